//! Asking a node to start a session: Package #0, repeated until it comes \[dm 8, mission-matrix N5\].
//!
//! A [`Wake`] is stored with each node that has work and has not come. The notification is signed with the server's
//! credentials and nonce at the moment it is sent, so a nonce that changed in between costs nothing.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::notification::{Notification, UiMode};
use omadm_proto::time::Instant;

use crate::store::ClientAccount;

/// The pause after the first notification; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause. Notifications are repeated as long as there is work: a lost datagram must not lose a task.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// A node that is to be notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Wake {
    /// SessionID that the session is to have; the same in all repetitions \[dm 8.1\].
    pub session: u16,
    /// Notifications sent so far.
    pub attempts: u32,
    /// When the next one is due.
    pub next: Instant,
}

impl Wake {
    /// To be notified at once. `seed` makes the SessionID: another one for another reason to wake the node.
    #[must_use]
    pub fn at_once(now: Instant, seed: u64) -> Self {
        let session = u16::try_from(seed % 0xFFFF).unwrap_or(0).saturating_add(1);
        Self { session, attempts: 0, next: now }
    }

    /// The same, put off until `next`.
    #[must_use]
    pub const fn put_off(self, next: Instant) -> Self {
        Self { next, ..self }
    }

    /// The state after a notification was sent now.
    #[must_use]
    pub fn sent(self, now: Instant) -> Self {
        let factor = 1_u32 << self.attempts.min(16);
        let pause = FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE);
        Self { attempts: self.attempts.saturating_add(1), next: now + pause, ..self }
    }
}

/// A datagram to send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notify {
    /// Where to, as it was registered.
    pub to: String,
    /// Package #0.
    pub datagram: Vec<u8>,
}

impl Notify {
    /// Package #0 that asks the client of `account` for the session `wake` names; `None` when the ServerID is too long for
    /// one.
    #[must_use]
    pub fn new(to: String, account: &ClientAccount, wake: Wake) -> Option<Self> {
        let mut notification = Notification::new(account.server.name.as_str(), wake.session);
        notification.ui_mode = UiMode::Background;
        let datagram = notification.encode(&account.server.secret, &account.server_nonce).ok()?;
        Some(Self { to, datagram })
    }
}
