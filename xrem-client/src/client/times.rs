//! How long a session may take. Unspecified by the standard \[dm 3.5\]; chosen: ten minutes for one answer, a day for all.

use core::time::Duration;

use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::tree::Tree;

use super::Client;
use crate::event::Failure;
use crate::session::{End, Session};

/// The times that a session may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionTimes {
    /// From a message to its answer, or to the news that it failed.
    pub idle: Duration,
    /// From the first message to the last.
    pub lifetime: Duration,
}

impl SessionTimes {
    /// The defaults, as a constant.
    pub const DEFAULT: Self = Self { idle: Duration::from_secs(600), lifetime: Duration::from_secs(86_400) };

    /// The same with another time for an answer.
    #[must_use]
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// The same with another time for the whole session.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }
}

impl Default for SessionTimes {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Client {
    /// When the running session is over for being late.
    pub(super) fn expiry(&self) -> Option<Wakeup> {
        self.session.as_ref()?;
        let idle = self.idle_until().map(|at| Wakeup::new(at, "an answer is overdue"));
        let lifetime = self.lives_until().map(|at| Wakeup::new(at, "a session takes too long"));
        Wakeup::earliest(idle, lifetime)
    }

    /// Ends the session if it is late.
    pub(super) fn expire(&mut self, tree: &mut Tree) {
        if self.lives_until().is_some_and(|at| at <= self.now) {
            self.flight = None;
            self.with_session(tree, Session::expire);
        } else if self.idle_until().is_some_and(|at| at <= self.now) {
            self.flight = None;
            if let Some(session) = self.session.take() {
                self.ended(&session, End::Failure(Failure::TimedOut));
            }
        }
    }

    /// Only the driver's silence counts, not the pauses between two tries.
    fn idle_until(&self) -> Option<Instant> {
        let flight = self.flight.as_ref().filter(|flight| flight.retry_at.is_none())?;
        Some(flight.sent_at + self.times.idle)
    }

    /// `None` when the last message is out already.
    fn lives_until(&self) -> Option<Instant> {
        self.session.as_ref().filter(|session| !session.is_closing())?;
        Some(self.started + self.times.lifetime)
    }
}
