//! The message that waits for its answer, and when it is sent again \[dm 3.10\].
//!
//! A repetition is byte-identical, same MsgID and exchange: the server recognises it and answers from memory. Unspecified by
//! the standard; chosen: first after 500 ms, doubling to 30 s, at most 12 tries, then the session is lost.

use core::time::Duration;

use omadm_proto::exchange::{SendFailure, Transmit};
use omadm_proto::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that a server can ask for.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_secs(3600);
const MAX_TRIES: u32 = 12;

/// One message under way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) transmit: Transmit,
    pub(super) tries: u32,
    /// When to send it again; `None` while the driver is busy with it.
    pub(super) retry_at: Option<Instant>,
    /// When it was sent last.
    pub(super) sent_at: Instant,
}

/// What a failure means for the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterFailure {
    TryAgain,
    Lost,
    Refused,
}

impl Flight {
    pub(super) const fn new(transmit: Transmit, now: Instant) -> Self {
        Self { transmit, tries: 1, retry_at: None, sent_at: now }
    }

    pub(super) fn failed(&mut self, now: Instant, failure: SendFailure) -> AfterFailure {
        let pause = match failure {
            SendFailure::Network => backoff(FIRST_PAUSE, LONGEST_PAUSE, self.tries),
            SendFailure::RetryAfter(asked) => {
                asked.min(LONGEST_ASKED_PAUSE).max(backoff(FIRST_PAUSE, LONGEST_PAUSE, self.tries))
            }
            SendFailure::Refused | _ => return AfterFailure::Refused,
        };
        if self.tries >= MAX_TRIES {
            return AfterFailure::Lost;
        }
        self.retry_at = Some(now + pause);
        AfterFailure::TryAgain
    }

    /// The message once more, if its time has come.
    pub(super) fn retry(&mut self, now: Instant) -> Option<Transmit> {
        if self.retry_at.is_none_or(|at| at > now) {
            return None;
        }
        self.retry_at = None;
        self.sent_at = now;
        self.tries += 1;
        Some(self.transmit.clone())
    }
}

/// `first`, doubled for each failure after the first, at most `longest`.
pub(super) fn backoff(first: Duration, longest: Duration, failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    first.saturating_mul(1 << doublings).min(longest)
}
