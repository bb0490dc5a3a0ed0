//! What the server thinks of us: which credentials the next message carries.

use alloc::string::{String, ToString as _};

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{self, Nonce, Scheme};
use omadm_proto::message::{Cred, Status};
use omadm_proto::status::StatusCode;

use super::{HeaderAnswer, MAX_REFUSALS, Over};
use crate::account::Account;
use crate::event::{Failure, Side};
use crate::record::AccountRecord;
use crate::trigger::Trigger;

/// Our side.
#[derive(Debug)]
pub(super) struct ClientSide {
    proof: Proof,
    scheme: Scheme,
    nonce: Option<Nonce>,
    /// What the last message was proven with.
    sent: Option<Scheme>,
    /// What the server accepted in this session; it stays \[dm 7.4\].
    accepted: Option<Scheme>,
    refusals: u8,
    challenges: u8,
    /// The nonce for the next session, until it is stored.
    learned: Option<Nonce>,
}

/// Whether the next message carries our proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Each message does.
    EachMessage,
    /// No message does: accepted for the session, or never asked for.
    NotNeeded,
}

/// What a Chal says.
type Challenge = (Scheme, Option<Nonce>);

impl ClientSide {
    pub(super) fn new(account: &Account, record: &AccountRecord, trigger: Trigger) -> Self {
        let resync = matches!(trigger, Trigger::Resync { .. });
        let nonce = if resync { Some(Nonce::resync()) } else { record.client_nonce.clone() };
        let scheme = account.client_schemes.first(record.client_scheme);
        let knows_proof = scheme == Scheme::Basic || nonce.is_some();
        let proof = if account.client.is_some() && knows_proof { Proof::EachMessage } else { Proof::NotNeeded };
        Self { proof, scheme, nonce, sent: None, accepted: None, refusals: 0, challenges: 0, learned: None }
    }

    pub(super) fn cred(&mut self, account: &Account) -> Option<Cred<'static>> {
        self.sent = None;
        let credentials = account.client.as_ref().filter(|_| self.proof == Proof::EachMessage)?;
        self.sent = Some(self.scheme);
        auth::cred(self.scheme, credentials, self.nonce.as_ref().unwrap_or(&Nonce::EMPTY))
    }

    pub(super) fn mac(&self, account: &Account, body: &[u8]) -> Option<String> {
        let credentials = account.client.as_ref().filter(|_| self.sent == Some(Scheme::Mac))?;
        Some(MacHeader::new(credentials, self.nonce.as_ref().unwrap_or(&Nonce::EMPTY), body).to_string())
    }

    pub(super) fn header_answer(&mut self, status: Option<&Status<'_>>, account: &Account) -> HeaderAnswer {
        let challenge = status.and_then(Status::chal).and_then(|chal| auth::read_challenge(chal).ok());
        let Some(status) = status else { return self.accepted(None) };
        match status.code {
            StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS => self.refused(challenge, account),
            // A MAC speaks for one message, never for a session [dm 7.3].
            StatusCode::AUTHENTICATION_ACCEPTED if self.sent == Some(Scheme::Mac) => broken_mac(),
            StatusCode::AUTHENTICATION_ACCEPTED => {
                self.proof = Proof::NotNeeded;
                self.accepted(challenge.as_ref())
            }
            code if code.is_good() => self.accepted(challenge.as_ref()),
            StatusCode::IN_PROGRESS => self.accepted(None),
            code => HeaderAnswer::Over(Over::Failure(Failure::Status(code))),
        }
    }

    /// The server accepted the last message; what it sent in NextNonce is for our next credentials, this session's or the
    /// next one's. After a MAC there must be a new one \[dm 7.3\].
    fn accepted(&mut self, challenge: Option<&Challenge>) -> HeaderAnswer {
        let next = challenge.and_then(|(_, nonce)| nonce.as_ref());
        if self.sent == Some(Scheme::Mac) {
            let is_new = matches!(challenge, Some((Scheme::Mac, Some(_)))) && next != self.nonce.as_ref();
            if !is_new {
                return broken_mac();
            }
        }
        if self.sent.is_some() {
            self.accepted = self.sent;
            self.learned = self.nonce.clone().filter(|nonce| *nonce != Nonce::resync());
        }
        if let Some(nonce) = next {
            self.nonce = Some(nonce.clone());
            self.learned = Some(nonce.clone());
        }
        HeaderAnswer::Accepted
    }

    fn refused(&mut self, challenge: Option<Challenge>, account: &Account) -> HeaderAnswer {
        let failed = HeaderAnswer::Over(Over::Authentication(Side::Client));
        self.challenges = self.challenges.saturating_add(1);
        if self.sent.is_some() {
            self.refusals = self.refusals.saturating_add(1);
        }
        let exhausted = self.refusals >= MAX_REFUSALS || self.challenges > MAX_REFUSALS;
        let Some((scheme, nonce)) = challenge else { return failed };
        // Anything weaker than the minimum, or than what this session began with, is a downgrade.
        let is_strong = account.client_schemes.admit(scheme) && self.accepted.is_none_or(|accepted| scheme >= accepted);
        let is_answerable = scheme != Scheme::Mac || nonce.is_some();
        if exhausted || account.client.is_none() || !is_strong || !is_answerable {
            return failed;
        }
        self.scheme = scheme;
        self.nonce = nonce.or_else(|| self.nonce.take());
        self.proof = Proof::EachMessage;
        HeaderAnswer::Challenged
    }

    pub(super) fn learn(&mut self, record: &mut AccountRecord) -> bool {
        let nonce = self.learned.take().filter(|nonce| record.client_nonce.as_ref() != Some(nonce));
        let scheme = self.accepted.filter(|scheme| record.client_scheme != Some(*scheme));
        let is_news = nonce.is_some() || scheme.is_some();
        record.client_nonce = nonce.or_else(|| record.client_nonce.take());
        record.client_scheme = scheme.or(record.client_scheme);
        is_news
    }
}

const fn broken_mac() -> HeaderAnswer {
    HeaderAnswer::Over(Over::Failure(Failure::MacRule))
}
