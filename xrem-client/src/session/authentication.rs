//! Who has proven what in this session \[dm 7.4, 7.5, 16.1\].
//!
//! Both directions live here and nowhere else. Invariants: credentials weaker than the account's minimum are neither sent nor
//! accepted; each side is given one fresh nonce and then refused for good, so no session goes round for ever; a nonce that an
//! unproven server set serves the immediate retry only and is stored when the server has proven itself.

use alloc::vec::Vec;

use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::auth::{self, Nonce, Scheme};
use omadm_proto::message::{Chal, Cred, Status};
use omadm_proto::status::StatusCode;

use crate::account::Account;
use crate::event::{Failure, Side};
use crate::record::AccountRecord;
use crate::trigger::Trigger;

/// How often one side's credentials are refused before the session is given up: the stored nonce may be stale, so the first
/// refusal is answered with a fresh one \[dm 7.4\].
const MAX_REFUSALS: u8 = 2;

/// The proofs of both directions.
#[derive(Debug)]
pub(super) struct Authentication {
    client: ClientSide,
    server: ServerSide,
}

/// What the server thinks of us.
#[derive(Debug)]
struct ClientSide {
    proof: Proof,
    scheme: Scheme,
    nonce: Option<Nonce>,
    sent_cred: bool,
    refusals: u8,
    challenges: u8,
    learned: Option<Nonce>,
}

/// Whether the next message carries our Cred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Each message does.
    EachMessage,
    /// No message does: accepted for the session, or never asked for.
    NotNeeded,
}

/// What we think of the server.
#[derive(Debug)]
struct ServerSide {
    trust: Trust,
    nonces: Vec<Nonce>,
    refusals: u8,
    owes_nonce: bool,
    /// The nonce of the latest proof, until it is stored.
    proven_with: Option<Nonce>,
    /// A nonce went out in this session, so that an answer confirms it.
    issued: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// The account demands no credentials of the server.
    ByTransport,
    /// Not proven yet.
    Unproven,
    /// Proven for this session.
    Proven,
}

/// What the server's answer to our SyncHdr means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderAnswer {
    /// Go on.
    Accepted,
    /// Go back to package 1 with credentials.
    Challenged,
    /// The session is over.
    Over(Over),
}

/// Why a session is over at its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Authentication(Side),
    Failure(Failure),
}

/// What the credentials of a received message prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Execute it. Tells whether the message carried the proof itself.
    Trusted { with_cred: bool },
    /// Refuse it with this status: 407 missing or 401 wrong.
    Untrusted(StatusCode),
}

impl Authentication {
    pub(super) fn new(account: &Account, record: &AccountRecord, trigger: Trigger) -> Self {
        let resync = matches!(trigger, Trigger::Resync { .. });
        let (client_nonce, mut server_nonces) = if resync {
            (Some(Nonce::resync()), alloc::vec![Nonce::resync()])
        } else {
            (record.client_nonce.clone(), Vec::new())
        };
        server_nonces.extend(record.server_nonce.iter().chain(&record.issued_nonce).cloned());
        let knows_proof = account.preferred == Scheme::Basic || client_nonce.is_some();
        let proof = if account.client.is_some() && knows_proof { Proof::EachMessage } else { Proof::NotNeeded };
        Self {
            client: ClientSide {
                proof,
                scheme: account.preferred,
                nonce: client_nonce,
                sent_cred: false,
                refusals: 0,
                challenges: 0,
                learned: None,
            },
            server: ServerSide {
                trust: if account.server.is_some() { Trust::Unproven } else { Trust::ByTransport },
                nonces: server_nonces,
                refusals: 0,
                owes_nonce: false,
                proven_with: None,
                issued: false,
            },
        }
    }

    /// The Cred for the next message. `None` in a message that needs none.
    pub(super) fn cred(&mut self, account: &Account) -> Option<Cred<'static>> {
        let cred = match (&account.client, self.client.proof) {
            (Some(credentials), Proof::EachMessage) => {
                let nonce = self.client.nonce.clone().unwrap_or_default();
                auth::cred(self.client.scheme, credentials, &nonce)
            }
            (_, Proof::NotNeeded) | (None, Proof::EachMessage) => None,
        };
        self.client.sent_cred = cred.is_some();
        cred
    }

    /// Takes the server's Status for the SyncHdr of our last message; without one the message counts as accepted.
    pub(super) fn header_answer(&mut self, status: Option<&Status<'_>>, account: &Account) -> HeaderAnswer {
        let Some(status) = status else { return HeaderAnswer::Accepted };
        let challenge = status.chal().and_then(|chal| auth::read_challenge(chal).ok());
        match status.code {
            StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS => self.refused(challenge, account),
            StatusCode::AUTHENTICATION_ACCEPTED => {
                self.client.proof = Proof::NotNeeded;
                self.accepted(challenge);
                HeaderAnswer::Accepted
            }
            code if code.is_good() => {
                self.accepted(challenge);
                HeaderAnswer::Accepted
            }
            StatusCode::IN_PROGRESS => HeaderAnswer::Accepted,
            code => HeaderAnswer::Over(Over::Failure(Failure::Status(code))),
        }
    }

    /// The server accepted the last message; what it sent in NextNonce is for the next Cred, this session's or the next one's.
    fn accepted(&mut self, challenge: Option<(Scheme, Option<Nonce>)>) {
        if self.client.sent_cred {
            self.client.learned.clone_from(&self.client.nonce);
        }
        if let Some((_, Some(nonce))) = challenge {
            self.client.nonce = Some(nonce.clone());
            self.client.learned = Some(nonce);
        }
    }

    fn refused(&mut self, challenge: Option<(Scheme, Option<Nonce>)>, account: &Account) -> HeaderAnswer {
        let failed = HeaderAnswer::Over(Over::Authentication(Side::Client));
        self.client.challenges = self.client.challenges.saturating_add(1);
        if self.client.sent_cred {
            self.client.refusals = self.client.refusals.saturating_add(1);
        }
        let exhausted = self.client.refusals >= MAX_REFUSALS || self.client.challenges > MAX_REFUSALS;
        let Some((scheme, nonce)) = challenge else { return failed };
        // auth-MAC travels in a header that this session does not write; anything weaker than the minimum is a downgrade.
        let speakable = scheme != Scheme::Mac && scheme >= account.minimum;
        if exhausted || account.client.is_none() || !speakable {
            return failed;
        }
        self.client.scheme = scheme;
        self.client.nonce = nonce.or_else(|| self.client.nonce.take());
        self.client.proof = Proof::EachMessage;
        HeaderAnswer::Challenged
    }

    /// Judges the credentials of a received message.
    pub(super) fn judge(&mut self, cred: Option<&Cred<'_>>, account: &Account) -> Verdict {
        let Some(credentials) = &account.server else { return Verdict::Trusted { with_cred: false } };
        let Some(cred) = cred else {
            return match self.server.trust {
                Trust::Proven | Trust::ByTransport => Verdict::Trusted { with_cred: false },
                Trust::Unproven => Verdict::Untrusted(StatusCode::MISSING_CREDENTIALS),
            };
        };
        let proof_with =
            |nonce: &Nonce| auth::verify(cred, credentials, nonce).ok().map(|scheme| (scheme, nonce.clone()));
        let proof = match proof_with(&Nonce::EMPTY) {
            Some((Scheme::Basic, nonce)) => Some((Scheme::Basic, nonce)),
            Some(_) | None => self.server.nonces.iter().find_map(proof_with),
        };
        match proof {
            Some((scheme, nonce)) if scheme >= account.minimum => {
                if scheme != Scheme::Basic {
                    self.server.proven_with = Some(nonce);
                }
                self.server.owes_nonce |= self.server.trust == Trust::Unproven && scheme != Scheme::Basic;
                self.server.trust = Trust::Proven;
                Verdict::Trusted { with_cred: true }
            }
            Some(_) | None => Verdict::Untrusted(StatusCode::INVALID_CREDENTIALS),
        }
    }

    /// The Chal that goes with a refusal, its nonce fresh. `None` when the server was refused often enough. The nonce goes to
    /// `record` if nothing else waits there for a confirmation: a server that gets it and is not heard again may use it for
    /// a notification or in the next session.
    pub(super) fn challenge(
        &mut self,
        account: &Account,
        nonces: &mut NonceSource,
        record: &mut AccountRecord,
    ) -> Option<Chal<'static>> {
        if self.server.refusals >= MAX_REFUSALS {
            return None;
        }
        self.server.refusals += 1;
        let nonce = nonces.next();
        let chal = auth::challenge(account.preferred.max(account.minimum), Some(&nonce));
        if record.issued_nonce.is_none() {
            record.issued_nonce = Some(nonce.clone());
        }
        self.server.nonces.push(nonce);
        Some(chal)
    }

    /// The Chal that tells a newly proven server its next nonce; `None` when it has one. The nonce goes to `record` before
    /// the message goes out, so that a notification computed with it is understood even after a restart.
    pub(super) fn next_nonce(
        &mut self,
        account: &Account,
        nonces: &mut NonceSource,
        record: &mut AccountRecord,
    ) -> Option<Chal<'static>> {
        if !core::mem::take(&mut self.server.owes_nonce) {
            return None;
        }
        let nonce = nonces.next();
        let chal = auth::challenge(account.preferred.max(Scheme::Md5), Some(&nonce));
        self.server.nonces.push(nonce.clone());
        self.server.issued = true;
        record.issued_nonce = Some(nonce);
        Some(chal)
    }

    /// Stores what a trusted message taught: the nonce for our next Cred, and the newest nonce that the server is known to
    /// have: the one it proved itself with, or the one that this session issued and this message answers. Tells whether
    /// `record` changed.
    pub(super) fn learn(&mut self, record: &mut AccountRecord) -> bool {
        let before = record.clone();
        if let Some(nonce) = self.client.learned.take() {
            record.client_nonce = Some(nonce);
        }
        let proven = self.server.proven_with.take();
        if core::mem::take(&mut self.server.issued) {
            record.server_nonce = record.issued_nonce.take().or(proven);
        } else if let Some(nonce) = proven {
            record.issued_nonce.take_if(|issued| *issued == nonce);
            record.server_nonce = Some(nonce);
        }
        *record != before
    }
}
