//! When a session starts, and with what \[dm 3.1, 3.2, 8\].

use omadm_proto::alert::AlertCode;
use omadm_proto::ids::ServerId;

/// Who wanted the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trigger {
    /// The client itself: alert 1201, a session id of its own.
    Client,
    /// A notification: alert 1200, the session id that it named.
    Server {
        /// The id in the notification.
        session_id: u16,
    },
    /// A notification whose digest only the resynchronisation nonce explains \[dm 7.6\].
    Resync {
        /// The id in the notification.
        session_id: u16,
    },
}

impl Trigger {
    /// The alert that says it in package 1.
    pub(crate) const fn alert(self) -> AlertCode {
        match self {
            Self::Client => AlertCode::CLIENT_INITIATED,
            Self::Server { .. } | Self::Resync { .. } => AlertCode::SERVER_INITIATED,
        }
    }
}

/// Why a session cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no account with that server.
    #[error("no account with the server {0}: add one with its URL and credentials")]
    UnknownServer(ServerId),
    /// The tree has no device id.
    #[error("./DevInfo/DevId is missing in the tree: build it with the DevInfo object")]
    NoDevId,
}
