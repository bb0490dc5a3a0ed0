//! Which waiting alerts begin a session \[dm 3.1, 6.4\].
//!
//! Unspecified by the standard, which lets a client begin sessions as it likes. Whatever is chosen, every session carries all
//! alerts that wait for its server.

use super::Client;
use crate::outbox::{GenericAlert, Mark};

/// When alerts that wait begin a session by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Reporting {
    /// At once, with growing pauses after sessions that failed.
    #[default]
    AtOnce,
    /// At once when one of them has this Mark or a more important one; the others wait for the next session.
    Marked(Mark),
    /// Never: alerts wait for a session that somebody asks for.
    InSessions,
}

impl Reporting {
    /// Whether `alert` begins a session.
    pub(super) fn admits(self, alert: &GenericAlert) -> bool {
        match self {
            Self::AtOnce => true,
            Self::Marked(least) => alert.mark.unwrap_or_default() <= least,
            Self::InSessions => false,
        }
    }
}

impl Client {
    /// From now on alerts begin sessions as `reporting` says.
    pub const fn set_reporting(&mut self, reporting: Reporting) {
        self.reporting = reporting;
    }
}
