//! Asking a node to start a session: Package #0, repeated until it comes \[dm 8, mission-matrix N5\].
//!
//! A [`Wake`] is stored with each node that has work and has not come. The notification is signed with the server's
//! credentials and nonce at the moment it is sent, so a nonce that changed in between costs nothing.
//!
//! A node may have several bearers. The first has its turn until three notifications over it brought no session, or until it
//! says that it cannot; then the next one has. When all were dead once, the first has its turn again, each with its own pauses.
//! What was found dead is remembered for a quarter of an hour, so that the next task does not begin with it.
//!
//! A client whose nonce got lost cannot verify it. When the first few stay unanswered and the account allows it, every other
//! one is signed with the resynchronisation nonce \[dm 7.6\]; the account remembers for which session.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::auth::Nonce;
use omadm_proto::ids::{DevId, SessionId};
use omadm_proto::notification::{Notification, UiMode};
use omadm_proto::time::Instant;

use crate::directory::{Bearer, MAX_BEARERS, scheme};
use crate::store::{ClientAccount, Resync, Side};

/// The pause after the first notification over a bearer; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause. Notifications are repeated as long as there is work: a lost datagram must not lose a task.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Unanswered notifications over one bearer after which it is taken for dead and the next one has its turn.
const ROUND: u32 = 3;
/// How long a bearer that was found dead comes behind the others.
const BLOCKED: Duration = Duration::from_secs(900);

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
    /// How it went over each bearer of the node.
    #[cfg_attr(feature = "serde", serde(default))]
    pub tries: [Try; MAX_BEARERS],
    /// The bearer of the last notification.
    #[cfg_attr(feature = "serde", serde(default))]
    pub last: Option<u8>,
}

/// What was tried over one bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Try {
    /// Notifications that brought no session; a failure that was told at once counts as many as make a bearer dead.
    pub unanswered: u32,
    /// It is left alone until then.
    pub until: Instant,
}

impl Try {
    /// The pause after the notifications so far.
    fn pause(self) -> Duration {
        let factor = 1_u32 << self.unanswered.saturating_sub(1).min(16);
        FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
    }
}

impl Wake {
    /// To be notified at once, for the session `session`, which is not 0.
    #[must_use]
    pub const fn at_once(now: Instant, session: u16) -> Self {
        let none = Try { unanswered: 0, until: Instant::ZERO };
        Self { session, attempts: 0, next: now, tries: [none; MAX_BEARERS], last: None }
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

    /// Which of `bearers` has its turn, and when: the first of those that were found dead least often. `None` when there is
    /// none.
    #[must_use]
    pub fn turn(self, now: Instant, bearers: &[Bearer]) -> Option<(usize, Instant)> {
        let rounds = |(_, (bearer, tried)): &(usize, (&Bearer, &Try))| {
            let blocked = bearer.blocked.is_some_and(|until| until > now);
            (tried.unanswered / ROUND).saturating_add(u32::from(blocked))
        };
        // The first of several that are equal.
        let (index, (_, tried)) = bearers.iter().zip(&self.tries).enumerate().min_by_key(rounds)?;
        Some((index, tried.until))
    }

    /// The state after a notification was sent over the bearer `index` now.
    #[must_use]
    pub fn sent(mut self, now: Instant, index: usize) -> Self {
        let mut next = now + FIRST_PAUSE;
        if let Some(tried) = self.tries.get_mut(index) {
            tried.unanswered = tried.unanswered.saturating_add(1);
            next = now + tried.pause();
            tried.until = next;
        }
        let last = u8::try_from(index).ok();
        Self { attempts: self.attempts.saturating_add(1), next, last, ..self }
    }

    /// The state after the bearer `index` of `bearers` said at once that it cannot: the next one has its turn.
    #[must_use]
    pub fn failed(mut self, now: Instant, bearers: &[Bearer], index: usize) -> Self {
        if let Some(tried) = self.tries.get_mut(index) {
            tried.unanswered = tried.unanswered.next_multiple_of(ROUND).max(ROUND);
            tried.until = now + tried.pause();
        }
        let next = self.turn(now, bearers).map_or(self.next, |(_, at)| at.max(now));
        Self { next, ..self }
    }

    /// A session came: what this tells about `bearers`. One that is dead is tried last for some time.
    pub(crate) fn answered(self, now: Instant, bearers: &mut [Bearer]) {
        for (index, (bearer, tried)) in bearers.iter_mut().zip(&self.tries).enumerate() {
            if self.last.map(usize::from) == Some(index) {
                bearer.blocked = None;
            } else if tried.unanswered >= ROUND {
                bearer.blocked = Some(now + BLOCKED);
            }
        }
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
    /// Who is notified; what [`crate::nrem::Nrem::handle_notify_failure`] is told.
    pub node: DevId,
    /// The bearer: scheme and address as they were registered.
    pub to: String,
    /// Package #0.
    pub datagram: Vec<u8>,
}

impl Notify {
    /// The scheme of the bearer, such as `udp`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        scheme(&self.to)
    }

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
        Some(Self { node: account.dev_id.clone(), to, datagram })
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// What is sent when nothing comes: bearer and second.
    fn silence(bearers: &[Bearer], seconds: u64) -> Vec<(usize, u64)> {
        let mut wake = Wake::at_once(Instant::ZERO, 1);
        let mut sent = Vec::new();
        while wake.next < Instant::from_secs(seconds) {
            let now = wake.next;
            match wake.turn(now, bearers) {
                Some((_, at)) if at > now => wake = wake.put_off(at),
                Some((index, _)) => {
                    sent.push((index, now.as_millis() / 1000));
                    wake = wake.sent(now, index);
                }
                None => break,
            }
        }
        sent
    }

    #[test]
    fn n5_one_bearer_is_tried_at_growing_pauses_and_of_two_the_second_follows_the_first_when_that_is_dead() {
        let [sms, ip] = [Bearer::new("sms:1"), Bearer::new("udp://192.0.2.1:2948")];
        assert_eq!(silence(core::slice::from_ref(&sms), 40), [(0, 0), (0, 2), (0, 6), (0, 14), (0, 30)]);
        let both = [sms, ip];
        let expected = [(0, 0), (0, 2), (0, 6), (1, 14), (1, 16), (1, 20), (0, 28), (0, 44), (0, 76), (1, 140)];
        assert_eq!(silence(&both, 150), expected);
    }

    #[test]
    fn n5_a_bearer_that_says_at_once_that_it_cannot_is_left_for_the_next_one() {
        let now = Instant::from_secs(9);
        let both = [Bearer::new("pigeon:7"), Bearer::new("udp://192.0.2.1:2948")];
        let wake = Wake::at_once(now, 1).sent(now, 0).failed(now, &both, 0);
        assert_eq!((wake.next, wake.turn(now, &both)), (now, Some((1, Instant::ZERO))));
        let alone = Wake::at_once(now, 1).sent(now, 0).failed(now, &both[..1], 0);
        assert_eq!(alone.next, Instant::from_secs(17));
    }

    #[test]
    fn n5_what_was_found_dead_comes_last_for_some_time() {
        let now = Instant::from_secs(9);
        let mut both = [Bearer::new("sms:1"), Bearer::new("udp://192.0.2.1:2948")];
        let wake = (0..3).fold(Wake::at_once(now, 1), |wake, _| wake.sent(now, 0)).sent(now, 1);
        wake.answered(now, &mut both);
        assert_eq!(Wake::at_once(now, 2).turn(now, &both).map(|(index, _)| index), Some(1));
        let later = Instant::from_secs(9 + 900);
        assert_eq!(Wake::at_once(later, 3).turn(later, &both).map(|(index, _)| index), Some(0));
    }

    #[test]
    fn session_ids_count_up_leave_out_zero_and_the_open_session() {
        let now = Instant::from_secs(0x1_0005);
        assert_eq!(next_session(now, None, None), 7);
        assert_eq!(next_session(now, Some(0xFFFF), None), 1);
        assert_eq!(next_session(now, Some(0x00AA), SessionId::parse("AB").as_ref()), 0x00AC);
    }
}
