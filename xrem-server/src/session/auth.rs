//! Who the client is, and whether it believes who we are \[dm 7.3-7.5, 3.11\].
//!
//! The nonces of challenges live in the session: only after the client proved itself does the account get a new one, so a
//! stranger cannot spoil it. The NextNonce of a 212 is for the next session, yet some clients use it at once; so a later
//! Cred of an authenticated session may be made with the nonce it authenticated with or with the newest one.
//!
//! auth-MAC is stricter \[dm 7.3\]: once a side used it, each of its messages has one, made with a nonce that is used for
//! nothing else; a message that breaks this ends the session.

mod proof;

use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::ids::{MsgId, SessionId};
use omadm_proto::message::{Cred, Status, SyncHdr};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_proto::version::DmVersion;

use self::proof::{Among, Proof, Shown};
use super::conversation::{Conversation, LINGER};
use super::owed::HeaderStatus;
use super::{Context, Fault, Incoming, intake};
use crate::store::{ClientAccount, Resync};
use crate::task::TaskId;

/// Attempts of a client to authenticate in one session; some repeat a wrong password without end \[peers 1\].
const MAX_CLIENT_ATTEMPTS: u8 = 3;
/// How often the server sends its credentials anew in one session because the client refused them.
const MAX_SERVER_ATTEMPTS: u8 = 2;
/// Challenges of a device that may still be answered, whoever of those that call themselves by its name got them.
const MAX_CHALLENGES: usize = 4;

/// What the client has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClientAuth {
    /// Nothing yet.
    Open {
        /// Failed attempts so far.
        attempts: u8,
    },
    /// Its identity, for the whole session or, by auth-MAC, for the message.
    Proved {
        /// The scheme of its credentials.
        scheme: Scheme,
        /// The nonce it used.
        nonce: Nonce,
    },
    /// Nothing, but the transport has authenticated it, which it does for every message anew.
    ByTransport,
}

impl Default for ClientAuth {
    fn default() -> Self {
        Self::Open { attempts: 0 }
    }
}

/// The nonces of challenges that nobody has answered yet, oldest first. They are the device's and not one session's, so that
/// a stranger who begins a session in between does not make the owner's answer worthless.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Challenges(pub(super) Vec<Nonce>);

impl Challenges {
    fn issue(&mut self, nonce: Nonce) {
        if self.0.len() >= MAX_CHALLENGES {
            self.0.remove(0);
        }
        self.0.push(nonce);
    }
}

/// What the client said about our credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerAuth {
    /// They are needed in each message.
    Needed {
        /// How often they were refused in this session.
        refusals: u8,
    },
    /// Accepted for the whole session (212).
    Accepted,
}

impl Default for ServerAuth {
    fn default() -> Self {
        Self::Needed { refusals: 0 }
    }
}

/// A header that was refused, and what to say.
pub(super) struct Rejection {
    pub(super) fault: Fault,
    pub(super) status: HeaderStatus,
    /// The session ends with it.
    pub(super) closes: bool,
}

impl Rejection {
    fn closing(fault: Fault, code: StatusCode) -> Box<Self> {
        Box::new(Self { fault, status: HeaderStatus::new(code), closes: true })
    }
}

/// What a client said about our header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerStanding {
    /// It accepts us, or has not said otherwise.
    Good,
    /// It wants credentials made with another nonce, and executed nothing.
    Challenged,
    /// It refuses us for good.
    Refused,
}

impl Conversation {
    /// Checks versions and credentials of `incoming`; on success the account has a new nonce.
    pub(super) fn check_header(
        &mut self,
        context: &mut Context<'_>,
        challenges: &mut Challenges,
        incoming: &Incoming<'_>,
    ) -> Result<(), Box<Rejection>> {
        self.accepted_now = None;
        let header = &incoming.message.header;
        let Some(version) = header.version() else { return Err(Box::new(unsupported(header))) };
        self.version = version;
        self.expect_package_1(incoming)?;
        let shown = self.shown(context.account, challenges, incoming);
        match (&self.client_auth, shown) {
            (ClientAuth::Proved { scheme: Scheme::Mac, .. }, Shown::Proof(proof)) if proof.scheme != Scheme::Mac => {
                Err(self.end_for_violation())
            }
            (_, Shown::Proof(proof)) => {
                self.accept(context, challenges, proof);
                Ok(())
            }
            (ClientAuth::Proved { scheme: Scheme::Mac, .. }, Shown::Nothing | Shown::ByTransport | Shown::Wrong) => {
                Err(self.end_for_violation())
            }
            (ClientAuth::Proved { .. }, Shown::Nothing | Shown::ByTransport) => Ok(()),
            // A wrong Cred in an authenticated session ends it: the next attempt is package #1 again.
            (ClientAuth::Proved { .. }, Shown::Wrong) => {
                Err(Rejection::closing(Fault::TooManyAttempts, StatusCode::INVALID_CREDENTIALS))
            }
            (ClientAuth::Open { .. } | ClientAuth::ByTransport, Shown::ByTransport) => {
                self.client_auth = ClientAuth::ByTransport;
                Ok(())
            }
            (ClientAuth::Open { .. } | ClientAuth::ByTransport, Shown::Nothing) => {
                Err(self.challenge_client(context, challenges, Fault::MissingCredentials))
            }
            (ClientAuth::Open { .. } | ClientAuth::ByTransport, Shown::Wrong) => {
                Err(self.challenge_client(context, challenges, Fault::WrongCredentials))
            }
        }
    }

    /// What `incoming` shows of its sender.
    fn shown(&self, account: &ClientAccount, challenges: &Challenges, incoming: &Incoming<'_>) -> Shown {
        let resync = self.resync_nonce(account);
        let nonces = self.valid_nonces(account, challenges).chain(&resync);
        let among = if self.is_authenticated() { Among::InUse } else { Among::All };
        proof::shown(account, incoming, &nonces, among)
    }

    /// A client that was challenged goes back to package #1 \[dm 7.4\]: without its alert and its device information nothing
    /// is looked at, and the server keeps waiting.
    fn expect_package_1(&mut self, incoming: &Incoming<'_>) -> Result<(), Box<Rejection>> {
        let ClientAuth::Open { attempts } = &mut self.client_auth else { return Ok(()) };
        if *attempts == 0 || intake::is_package_1(incoming, self.dialect) {
            return Ok(());
        }
        *attempts = attempts.saturating_add(1);
        let closes = *attempts >= MAX_CLIENT_ATTEMPTS;
        let status = HeaderStatus::new(StatusCode::INCOMPLETE_COMMAND);
        Err(Box::new(Rejection { fault: Fault::NotPackage1, status, closes }))
    }

    /// The nonces that credentials may be made with now.
    fn valid_nonces<'n>(
        &'n self,
        account: &'n ClientAccount,
        challenges: &'n Challenges,
    ) -> impl Iterator<Item = &'n Nonce> + Clone {
        let exhausted = account.challenges.is_exhausted(self.last_message);
        // Whoever has spent all challenges must know a nonce to be heard; auth-basic has none.
        let is_heard = account.client_nonce != Nonce::EMPTY || account.scheme == Scheme::Basic || !exhausted;
        let (issued, proved): (&[Nonce], Option<&Nonce>) = match &self.client_auth {
            ClientAuth::Open { .. } | ClientAuth::ByTransport => (&challenges.0, None),
            ClientAuth::Proved { scheme: Scheme::Mac, .. } => (&[], None),
            ClientAuth::Proved { nonce, .. } => (&[], Some(nonce)),
        };
        is_heard.then_some(&account.client_nonce).into_iter().chain(issued).chain(proved)
    }

    /// The zero nonce, if this is the session that a notification with it asked for \[dm 7.6\].
    fn resync_nonce(&self, account: &ClientAccount) -> Option<Nonce> {
        let Resync::Offered(session) = account.resync else { return None };
        (!self.is_authenticated() && SessionId::from_u16(session) == self.id).then(Nonce::resync)
    }

    fn accept(&mut self, context: &mut Context<'_>, challenges: &mut Challenges, proof: Proof) {
        let Proof { scheme, nonce, change } = proof;
        if let Some(task) = change {
            context.account.adopt_change(task);
        }
        if let Resync::Offered(_) = context.account.resync {
            context.account.resync = Resync::Allowed;
            if nonce.as_bytes() == Nonce::RESYNC {
                // Our own credentials are made with it as well, until the client gives us another nonce.
                context.account.server_nonce = Nonce::resync();
            }
        }
        self.client_auth = ClientAuth::Proved { scheme, nonce };
        self.accepted_now = Some(scheme);
        challenges.0.clear();
        context.account.challenges.reset();
        if scheme != Scheme::Basic {
            context.account.client_nonce = context.nonces.next();
        }
    }

    /// The Status for a header that passed: 212 when it carried credentials, 200 when it carried a MAC, both with the next
    /// nonce; else 200, which revokes nothing.
    pub(super) fn header_status(&self, context: &Context<'_>) -> HeaderStatus {
        let (code, scheme) = match self.accepted_now {
            None => return HeaderStatus::new(StatusCode::OK),
            Some(Scheme::Basic) => return HeaderStatus::new(StatusCode::AUTHENTICATION_ACCEPTED),
            Some(Scheme::Mac) => (StatusCode::OK, Scheme::Mac),
            Some(scheme) => (StatusCode::AUTHENTICATION_ACCEPTED, scheme),
        };
        let chal = auth::challenge(scheme, Some(&context.account.client_nonce));
        HeaderStatus { chal: Some(chal), ..HeaderStatus::new(code) }
    }

    fn challenge_client(
        &mut self,
        context: &mut Context<'_>,
        challenges: &mut Challenges,
        fault: Fault,
    ) -> Box<Rejection> {
        let attempts = match &self.client_auth {
            ClientAuth::Open { attempts } => attempts.saturating_add(1),
            ClientAuth::Proved { .. } | ClientAuth::ByTransport => 1,
        };
        let code = if fault == Fault::MissingCredentials {
            StatusCode::MISSING_CREDENTIALS
        } else {
            StatusCode::INVALID_CREDENTIALS
        };
        if attempts >= MAX_CLIENT_ATTEMPTS {
            return Rejection::closing(Fault::TooManyAttempts, code);
        }
        if !context.account.challenges.spend(self.last_message) {
            return Rejection::closing(Fault::Throttled, code);
        }
        let nonce = context.nonces.next();
        let chal = Some(auth::challenge(context.account.scheme, Some(&nonce)));
        challenges.issue(nonce);
        self.client_auth = ClientAuth::Open { attempts };
        Box::new(Rejection { fault, status: HeaderStatus { code, chal, supported: None }, closes: false })
    }

    /// A message of a session under auth-MAC without a right MAC: it is not the client's, or was changed on its way.
    fn end_for_violation(&mut self) -> Box<Rejection> {
        self.client_auth = ClientAuth::Open { attempts: MAX_CLIENT_ATTEMPTS };
        Rejection::closing(Fault::WrongMac, StatusCode::INVALID_CREDENTIALS)
    }

    /// Reads the client's Status for our header.
    pub(super) fn read_header_status(&mut self, context: &mut Context<'_>, status: &Status<'_>) -> ServerStanding {
        let challenge = status.chal().and_then(|chal| auth::read_challenge(chal).ok());
        if let Some((scheme, Some(nonce))) = &challenge
            && *scheme >= context.account.scheme
        {
            context.account.server_nonce = nonce.clone();
            self.own_nonce_is_spent = false;
        }
        if status.code == StatusCode::OK || status.code == StatusCode::AUTHENTICATION_ACCEPTED {
            self.settle_own_credentials(context.account);
        }
        match status.code {
            StatusCode::AUTHENTICATION_ACCEPTED => {
                self.server_auth = ServerAuth::Accepted;
                ServerStanding::Good
            }
            StatusCode::INVALID_CREDENTIALS | StatusCode::MISSING_CREDENTIALS => {
                let refusals = match self.server_auth {
                    ServerAuth::Needed { refusals } => refusals.saturating_add(1),
                    ServerAuth::Accepted => 1,
                };
                self.server_auth = ServerAuth::Needed { refusals };
                // Never answered with a weaker scheme than the account allows: the session ends instead.
                let answerable = challenge.as_ref().is_some_and(|(scheme, _)| *scheme >= context.account.scheme);
                if answerable && refusals <= MAX_SERVER_ATTEMPTS {
                    self.own_scheme = challenge.map(|(scheme, _)| scheme);
                    ServerStanding::Challenged
                } else {
                    ServerStanding::Refused
                }
            }
            _ => ServerStanding::Good,
        }
    }

    /// The scheme of our own credentials: the account's, or the stronger one that the client demanded.
    fn own_scheme(&self, context: &Context<'_>) -> Scheme {
        self.own_scheme.unwrap_or(context.account.scheme)
    }

    /// What we show, and which change it is: while the client may have old credentials or new ones, each in turn.
    fn own_credentials<'a>(&self, account: &'a ClientAccount) -> (&'a Credentials, Option<TaskId>) {
        let refusals = if let ServerAuth::Needed { refusals } = self.server_auth { refusals } else { 0 };
        account.server_credentials(refusals, self.server_changes)
    }

    /// The client accepted the credentials of our last message, if it had some: the session stays with them.
    fn settle_own_credentials(&mut self, account: &mut ClientAccount) {
        if !core::mem::take(&mut self.showed_credentials) {
            return;
        }
        let (_, change) = self.own_credentials(account);
        if let Some(task) = change {
            account.adopt_change(task);
        }
        self.server_changes = 0;
    }

    /// Whether our next message shows credentials.
    pub(super) fn shows_credentials(&self, context: &Context<'_>) -> bool {
        let needed = matches!(self.server_auth, ServerAuth::Needed { .. }) || self.own_scheme(context) == Scheme::Mac;
        needed && self.is_authenticated()
    }

    /// The Cred of our next message, while it needs one.
    pub(super) fn own_cred(&self, context: &Context<'_>) -> Option<Cred<'static>> {
        let account = &*context.account;
        if !self.shows_credentials(context) {
            return None;
        }
        auth::cred(self.own_scheme(context), self.own_credentials(account).0, &account.server_nonce)
    }

    /// The value of the `x-syncml-hmac` header for `body`, under auth-MAC. Without a fresh nonce there is none: nothing is
    /// signed twice with the same.
    pub(super) fn own_mac(&mut self, context: &Context<'_>, body: &[u8]) -> Option<Box<str>> {
        let uses_mac = self.is_authenticated() && self.own_scheme(context) == Scheme::Mac;
        if !uses_mac || self.own_nonce_is_spent || body.is_empty() {
            return None;
        }
        self.own_nonce_is_spent = true;
        let account = &*context.account;
        let (credentials, _) = self.own_credentials(account);
        Some(MacHeader::new(credentials, &account.server_nonce, body).to_string().into_boxed_str())
    }

    /// Whether the client took our last message under auth-MAC and gave no nonce for the next.
    pub(super) const fn lacks_own_nonce(&self) -> bool {
        self.own_nonce_is_spent && !self.aborted
    }

    /// Whether a repetition of the only message of this closed session is more likely the next session: a client that uses
    /// auth-basic, and does not count its sessions, starts each with the same bytes. One that comes at once is a duplicate.
    pub(super) fn looks_like_its_successor(&self, now: Instant) -> bool {
        let basic = matches!(self.client_auth, ClientAuth::Proved { scheme: Scheme::Basic, .. });
        self.closed && basic && self.received == MsgId::FIRST && now.since(self.last_message) >= LINGER
    }

    /// Whether the client has authenticated.
    pub(super) const fn is_authenticated(&self) -> bool {
        matches!(self.client_auth, ClientAuth::Proved { .. } | ClientAuth::ByTransport)
    }
}

/// 505 when VerDTD is unknown, 513 when VerProto is; what is supported stands in the Item.
fn unsupported(header: &SyncHdr<'_>) -> Rejection {
    let known_dtd = [DmVersion::V1_1, DmVersion::V1_2, DmVersion::V1_3]
        .iter()
        .any(|known| known.ver_dtd() == header.ver_dtd.trim());
    let (fault, code, supported) = if known_dtd {
        (Fault::UnsupportedProtocol, StatusCode::PROTOCOL_VERSION_NOT_SUPPORTED, DmVersion::V1_2.ver_proto())
    } else {
        (Fault::UnsupportedDtd, StatusCode::DTD_VERSION_NOT_SUPPORTED, DmVersion::V1_2.ver_dtd())
    };
    Rejection { fault, status: HeaderStatus { code, chal: None, supported: Some(supported) }, closes: true }
}
