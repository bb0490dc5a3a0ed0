//! Who the client is, and whether it believes who we are \[dm 7.4, 7.5, 3.11\].
//!
//! The nonce of a challenge lives in the session: only after the client proved itself does the account get a new one, so a
//! stranger cannot spoil it. The NextNonce of a 212 is for the next session, yet some clients use it at once; so a later
//! Cred of an authenticated session may be made with the nonce it authenticated with or with the newest one.

use alloc::boxed::Box;

use omadm_proto::auth::{self, Nonce, Scheme};
use omadm_proto::ids::MsgId;
use omadm_proto::message::{Cred, Status, SyncHdr};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

use super::conversation::Conversation;
use super::owed::HeaderStatus;
use super::{Context, Fault};

/// Attempts of a client to authenticate in one session; some repeat a wrong password without end \[peers 1\].
const MAX_CLIENT_ATTEMPTS: u8 = 3;
/// How often the server sends its credentials anew in one session because the client refused them.
const MAX_SERVER_ATTEMPTS: u8 = 2;

/// What the client has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum ClientAuth {
    /// Nothing yet.
    Open {
        /// Failed attempts so far.
        attempts: u8,
        /// The nonce of our last challenge.
        nonce: Option<Nonce>,
    },
    /// Its identity, for the whole session.
    Proved {
        /// The scheme of its credentials.
        scheme: Scheme,
        /// The nonce it used.
        nonce: Nonce,
    },
}

impl Default for ClientAuth {
    fn default() -> Self {
        Self::Open { attempts: 0, nonce: None }
    }
}

/// What the client said about our credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// Checks versions and credentials of `header`; on success the account has a new nonce.
    pub(super) fn check_header(
        &mut self,
        context: &mut Context<'_>,
        header: &SyncHdr<'_>,
    ) -> Result<(), Box<Rejection>> {
        self.accepted_now = None;
        let Some(version) = header.version() else { return Err(Box::new(unsupported(header))) };
        self.version = version;
        let Some(cred) = &header.cred else {
            return match self.client_auth {
                ClientAuth::Proved { .. } => Ok(()),
                ClientAuth::Open { .. } => Err(Box::new(self.challenge_client(context, Fault::MissingCredentials))),
            };
        };
        let Some((scheme, nonce)) = self.proof(context, cred) else {
            return Err(Box::new(self.challenge_client(context, Fault::WrongCredentials)));
        };
        self.client_auth = ClientAuth::Proved { scheme, nonce };
        self.accepted_now = Some(scheme);
        if scheme != Scheme::Basic {
            context.account.client_nonce = context.nonces.next();
        }
        Ok(())
    }

    /// The Status for a header that passed: 212 with the next nonce when it carried credentials, else 200, which revokes
    /// nothing.
    pub(super) fn header_status(&self, context: &Context<'_>) -> HeaderStatus {
        match self.accepted_now {
            None => HeaderStatus::new(StatusCode::OK),
            Some(Scheme::Basic) => HeaderStatus::new(StatusCode::AUTHENTICATION_ACCEPTED),
            Some(scheme) => {
                let chal = auth::challenge(scheme, Some(&context.account.client_nonce));
                HeaderStatus { chal: Some(chal), ..HeaderStatus::new(StatusCode::AUTHENTICATION_ACCEPTED) }
            }
        }
    }

    /// The scheme and nonce with which `cred` is right, if it is and the scheme is strong enough.
    fn proof(&self, context: &Context<'_>, cred: &Cred<'_>) -> Option<(Scheme, Nonce)> {
        let account = &*context.account;
        let issued = match &self.client_auth {
            ClientAuth::Open { nonce, .. } => nonce.as_ref(),
            ClientAuth::Proved { nonce, .. } => Some(nonce),
        };
        [Some(&account.client_nonce), issued].into_iter().flatten().find_map(|nonce| {
            let scheme = auth::verify(cred, &account.client, nonce).ok()?;
            (scheme >= account.scheme).then(|| (scheme, nonce.clone()))
        })
    }

    fn challenge_client(&mut self, context: &mut Context<'_>, fault: Fault) -> Rejection {
        let attempts = match &self.client_auth {
            ClientAuth::Open { attempts, .. } => attempts.saturating_add(1),
            // A wrong Cred in an authenticated session ends it: the next attempt is package #1 again.
            ClientAuth::Proved { .. } => MAX_CLIENT_ATTEMPTS,
        };
        let code = if fault == Fault::MissingCredentials {
            StatusCode::MISSING_CREDENTIALS
        } else {
            StatusCode::INVALID_CREDENTIALS
        };
        if attempts >= MAX_CLIENT_ATTEMPTS {
            let status = HeaderStatus::new(code);
            return Rejection { fault: Fault::TooManyAttempts, status, closes: true };
        }
        let nonce = context.nonces.next();
        let chal = Some(auth::challenge(context.account.scheme, Some(&nonce)));
        self.client_auth = ClientAuth::Open { attempts, nonce: Some(nonce) };
        Rejection { fault, status: HeaderStatus { code, chal, supported: None }, closes: false }
    }

    /// Reads the client's Status for our header.
    pub(super) fn read_header_status(&mut self, context: &mut Context<'_>, status: &Status<'_>) -> ServerStanding {
        let challenge = status.chal().and_then(|chal| auth::read_challenge(chal).ok());
        if let Some((scheme, Some(nonce))) = &challenge
            && *scheme >= context.account.scheme
        {
            context.account.server_nonce = nonce.clone();
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
                let answerable = challenge.is_some_and(|(scheme, _)| scheme >= context.account.scheme);
                if answerable && refusals <= MAX_SERVER_ATTEMPTS {
                    ServerStanding::Challenged
                } else {
                    ServerStanding::Refused
                }
            }
            _ => ServerStanding::Good,
        }
    }

    /// The Cred of our next message, while it needs one.
    pub(super) fn own_cred(&self, context: &Context<'_>) -> Option<Cred<'static>> {
        let account = &*context.account;
        match (self.server_auth, &self.client_auth) {
            (ServerAuth::Needed { .. }, ClientAuth::Proved { .. }) => {
                auth::cred(account.scheme, &account.server, &account.server_nonce)
            }
            (ServerAuth::Accepted, _) | (_, ClientAuth::Open { .. }) => None,
        }
    }

    /// Whether a repetition of the only message of this closed session is more likely the next session: a client that uses
    /// auth-basic, and does not count its sessions, starts each with the same bytes.
    pub(super) fn looks_like_its_successor(&self) -> bool {
        let basic = matches!(self.client_auth, ClientAuth::Proved { scheme: Scheme::Basic, .. });
        self.closed && basic && self.received == MsgId::FIRST
    }

    /// Whether the client has authenticated.
    pub(super) const fn is_authenticated(&self) -> bool {
        matches!(self.client_auth, ClientAuth::Proved { .. })
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
