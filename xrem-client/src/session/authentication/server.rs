//! What we think of the server: whether a message of it may be believed, and which nonce it is to use next.

use alloc::vec::Vec;

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::message::{Chal, Cred};
use omadm_proto::status::StatusCode;

use super::{MAX_REFUSALS, Standing, Verdict};
use crate::account::Account;
use crate::record::AccountRecord;
use crate::trigger::Trigger;

/// The server's side.
#[derive(Debug)]
pub(super) struct ServerSide {
    trust: Trust,
    /// What it may have been told, oldest first; what it proved itself with last is the first of them.
    nonces: Vec<Nonce>,
    /// The scheme it proved itself with in this session; a weaker one proves nothing any more.
    accepted: Option<Scheme>,
    /// How often its credentials were wrong.
    refusals: u8,
    challenges: u8,
    /// It has to be told its next nonce, in a Chal of this scheme.
    owes_nonce: Option<Scheme>,
    /// The nonce of the latest proof, until it is stored.
    proven_with: Option<Nonce>,
    /// A nonce went out in this session, so that an answer confirms it.
    issued: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Not proven yet.
    Unproven,
    /// Proven for this session.
    Proven,
}

/// What came with a message to prove its sender.
#[derive(Clone, Copy)]
pub(in crate::session) struct Evidence<'m> {
    pub(in crate::session) cred: Option<&'m Cred<'m>>,
    /// The value of `x-syncml-hmac`.
    pub(in crate::session) mac: Option<&'m str>,
    /// The exact bytes of the message.
    pub(in crate::session) body: &'m [u8],
}

impl ServerSide {
    pub(super) fn new(account: &Account, record: &AccountRecord, trigger: Trigger) -> Self {
        let resync = matches!(trigger, Trigger::Resync { .. }).then(Nonce::resync);
        let known = record.server_nonces().cloned();
        Self {
            trust: if account.server.is_some() { Trust::Unproven } else { Trust::Proven },
            nonces: resync.into_iter().chain(known).collect(),
            accepted: None,
            refusals: 0,
            challenges: 0,
            owes_nonce: None,
            proven_with: None,
            issued: false,
        }
    }

    /// A server without credentials in the account is authenticated by the transport. Otherwise the first proof counts:
    /// a MAC if there is one, else the Cred, else what an earlier Cred proved for the session.
    pub(super) fn judge(&mut self, evidence: Evidence<'_>, account: &Account) -> Verdict {
        let Some(credentials) = &account.server else { return Verdict::Trusted(Standing::Known) };
        let proof = match (evidence.mac, evidence.cred) {
            (Some(mac), _) => self.mac_proof(mac, evidence.body, credentials),
            (None, Some(cred)) => self.cred_proof(cred, credentials),
            (None, None) if self.accepted == Some(Scheme::Mac) || self.trust == Trust::Unproven => {
                return self.refusal(StatusCode::MISSING_CREDENTIALS);
            }
            (None, None) => return Verdict::Trusted(Standing::Known),
        };
        let strong = |scheme: Scheme| {
            account.server_schemes.admit(scheme) && self.accepted.is_none_or(|accepted| scheme >= accepted)
        };
        match proof.filter(|(scheme, _)| strong(*scheme)) {
            Some((scheme, nonce)) => Verdict::Trusted(self.prove(scheme, nonce)),
            None => self.refusal(StatusCode::INVALID_CREDENTIALS),
        }
    }

    /// The last nonce of a session proves the first message of the next: no message carries a newer one when the server had
    /// nothing more to say. Replay gains nothing, for the MAC covers SessionID and MsgID.
    fn mac_proof(&self, mac: &str, body: &[u8], credentials: &Credentials) -> Option<(Scheme, Nonce)> {
        let header = MacHeader::parse(mac).ok()?;
        let nonce = self.nonces.iter().find(|nonce| header.verify(credentials, nonce, body))?;
        Some((Scheme::Mac, nonce.clone()))
    }

    fn cred_proof(&self, cred: &Cred<'_>, credentials: &Credentials) -> Option<(Scheme, Nonce)> {
        let proof_with =
            |nonce: &Nonce| auth::verify(cred, credentials, nonce).ok().map(|scheme| (scheme, nonce.clone()));
        // Basic needs no nonce, so that one has to work where none is known.
        let without = || proof_with(&Nonce::EMPTY).filter(|(scheme, _)| *scheme == Scheme::Basic);
        self.nonces.iter().find_map(proof_with).or_else(without)
    }

    fn prove(&mut self, scheme: Scheme, nonce: Nonce) -> Standing {
        let is_first = self.trust == Trust::Unproven;
        self.trust = Trust::Proven;
        self.accepted = Some(scheme);
        match scheme {
            Scheme::Mac => self.owes_nonce = Some(scheme),
            Scheme::Md5 if is_first => self.owes_nonce = Some(scheme),
            Scheme::Md5 | Scheme::Basic | _ => {}
        }
        if scheme != Scheme::Basic {
            // What is older proves nothing any more.
            self.nonces.drain(..self.nonces.iter().position(|known| *known == nonce).unwrap_or(0));
            self.proven_with = (nonce != Nonce::resync()).then_some(nonce);
        }
        if scheme == Scheme::Mac { Standing::Message } else { Standing::Session }
    }

    fn refusal(&self, code: StatusCode) -> Verdict {
        if self.accepted == Some(Scheme::Mac) { Verdict::Broken(code) } else { Verdict::Untrusted(code) }
    }

    /// The nonce goes to `record` if nothing else waits there for a confirmation: a server that gets it and is not heard
    /// again may use it for a notification or in the next session. From now on it is the only one that counts.
    pub(super) fn challenge(
        &mut self,
        code: StatusCode,
        account: &Account,
        nonces: &mut NonceSource,
        record: &mut AccountRecord,
    ) -> Option<Chal<'static>> {
        if code == StatusCode::INVALID_CREDENTIALS {
            self.refusals = self.refusals.saturating_add(1);
        }
        if self.refusals >= MAX_REFUSALS || self.challenges >= MAX_REFUSALS {
            return None;
        }
        self.challenges += 1;
        let nonce = nonces.next();
        let scheme = account.server_schemes.first(None).max(self.accepted.unwrap_or(Scheme::Basic));
        let chal = auth::challenge(scheme, Some(&nonce));
        if record.issued_nonce.is_none() {
            record.issued_nonce = Some(nonce.clone());
        }
        self.trust = Trust::Unproven;
        self.nonces.clear();
        self.nonces.push(nonce);
        Some(chal)
    }

    pub(super) fn next_nonce(&mut self, nonces: &mut NonceSource, record: &mut AccountRecord) -> Option<Chal<'static>> {
        let scheme = self.owes_nonce.take()?;
        let nonce = nonces.next();
        let chal = auth::challenge(scheme, Some(&nonce));
        if scheme == Scheme::Mac || self.used_resync() {
            // A new one for every message; a Cred that is sent again keeps its own until the server takes up the next.
            self.nonces.clear();
        }
        self.nonces.push(nonce.clone());
        self.issued = true;
        record.issued_nonce = Some(nonce);
        Some(chal)
    }

    fn used_resync(&self) -> bool {
        self.trust == Trust::Proven && self.nonces.first() == Some(&Nonce::resync())
    }

    /// Whether the server proved itself with the zero nonce and has not been told another one: it has to be \[dm 7.6\].
    pub(super) fn awaits_nonce(&self) -> bool {
        self.owes_nonce.is_some() && self.used_resync()
    }

    /// The newest nonce that the server is known to have: the one that this session issued and this message answers, else the
    /// one it proved itself with.
    pub(super) fn learn(&mut self, record: &mut AccountRecord) -> bool {
        let proven = self.proven_with.take();
        if core::mem::take(&mut self.issued) {
            record.server_nonce = record.issued_nonce.take().or(proven);
            return true;
        }
        let Some(nonce) = proven else { return false };
        let was_issued = record.issued_nonce.take_if(|issued| *issued == nonce).is_some();
        let is_news = record.server_nonce.as_ref() != Some(&nonce);
        record.server_nonce = Some(nonce);
        was_issued || is_news
    }
}
