//! Asking a node to start a session: Package #0, repeated until it comes \[dm 8, mission-matrix N5\].
//!
//! A [`Wake`] is stored with each node that has work and has not come. The notification is signed with the server's
//! credentials and nonce at the moment it is sent, so a nonce that changed in between costs nothing.
//!
//! A client whose nonce got lost cannot verify it. When the first few stay unanswered and the account allows it, every other
//! one is signed with the resynchronisation nonce \[dm 7.6\]; the account remembers for which session.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::auth::Nonce;
use omadm_proto::ids::SessionId;
use omadm_proto::notification::{Notification, UiMode};
use omadm_proto::time::Instant;

use crate::store::{ClientAccount, Resync, Side};

/// The pause after the first notification; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause. Notifications are repeated as long as there is work: a lost datagram must not lose a task.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Unanswered notifications after which the resynchronisation nonce is tried.
const RESYNC_AFTER: u32 = 3;

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
    /// To be notified at once, for the session `session`, which is not 0.
    #[must_use]
    pub const fn at_once(now: Instant, session: u16) -> Self {
        Self { session, attempts: 0, next: now }
    }

    /// Whether the next notification is to try the resynchronisation nonce, if the account allows it.
    #[must_use]
    pub const fn tries_resync(self) -> bool {
        self.attempts >= RESYNC_AFTER && (self.attempts - RESYNC_AFTER).is_multiple_of(2)
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

/// The SessionID that follows `last`: never 0, and not that of the session that is open \[dm 8.1\]. Without a last one the
/// clock chooses, since a client that was registered before may still know the ids of that time.
#[must_use]
pub fn next_session(now: Instant, last: Option<u16>, open: Option<&SessionId>) -> u16 {
    let follow = |id: u16| id.checked_add(1).unwrap_or(1);
    let next = match last {
        Some(last) => follow(last),
        None => u16::try_from(now.as_millis() / 1_000 % 0xFFFF).unwrap_or(0).saturating_add(1),
    };
    if open.is_some_and(|open| *open == SessionId::from_u16(next)) { follow(next) } else { next }
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
    /// one. One with the resynchronisation nonce is noted in the account, which is to be stored before it is sent.
    #[must_use]
    pub fn new(to: String, account: &mut ClientAccount, wake: Wake) -> Option<Self> {
        // A client whose credentials are being changed is asked with the new ones and the old ones in turn; 60 is a multiple
        // of every number of them.
        let attempt = u8::try_from(wake.attempts % 60).unwrap_or_default();
        let (credentials, _) = account.server_credentials(attempt, account.open_changes(Side::Server));
        let mut notification = Notification::new(credentials.name.as_str(), wake.session);
        notification.ui_mode = UiMode::Background;
        let resync = wake.tries_resync() && account.resync != Resync::Refused;
        let nonce = if resync { &Nonce::resync() } else { &account.server_nonce };
        let datagram = notification.encode(&credentials.secret, nonce).ok()?;
        if resync {
            account.resync = Resync::Offered(wake.session);
        }
        Some(Self { to, datagram })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_count_up_leave_out_zero_and_the_open_session() {
        let now = Instant::from_secs(0x1_0005);
        assert_eq!(next_session(now, None, None), 7);
        assert_eq!(next_session(now, Some(0xFFFF), None), 1);
        assert_eq!(next_session(now, Some(0x00AA), SessionId::parse("AB").as_ref()), 0x00AC);
    }
}
