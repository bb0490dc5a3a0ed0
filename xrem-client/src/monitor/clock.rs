//! Wall-clock time beside the time that is handed in.
//!
//! An [`Instant`] counts from an epoch of the driver's; reports carry UTC. Unspecified what holds before the driver has told the
//! time; chosen: its epoch is 1970, which is what a driver that counts wall-clock time has anyway.

use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::DiagTime;

/// UTC at some moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    at: Instant,
    utc: DiagTime,
}

impl Clock {
    /// At `at` it is `utc`.
    pub(super) const fn new(at: Instant, utc: DiagTime) -> Self {
        Self { at, utc }
    }

    /// UTC at `moment`.
    pub(super) const fn utc(self, moment: Instant) -> DiagTime {
        let (utc, at, moment) = (self.utc.as_unix_millis(), self.at.as_millis(), moment.as_millis());
        DiagTime::from_unix_millis(if moment >= at {
            utc.saturating_add(moment - at)
        } else {
            utc.saturating_sub(at - moment)
        })
    }
}
