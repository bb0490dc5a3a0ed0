//! One result of a task for all its nodes, in numbers \[mission-matrix N1b\].

use alloc::collections::BTreeMap;

use omadm_gwmo::code::DeviceState;
use omadm_proto::status::StatusCode;

use super::{Conclusion, DeviceResult, Job, Outcome};

/// How many nodes of a task ended how. Each is counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Summary {
    /// All of them.
    pub total: usize,
    /// Everything was done.
    pub ok: usize,
    /// A command was refused: by the status that tells why.
    pub refused: BTreeMap<StatusCode, usize>,
    /// It failed in another way.
    pub failed: usize,
    /// Not tried, because the device was not there.
    pub skipped: usize,
    /// The task was cancelled before it was their turn.
    pub cancelled: usize,
    /// Not ended.
    pub pending: usize,
}

impl Summary {
    /// The summary of a task with `jobs`.
    pub fn of<'j>(jobs: impl IntoIterator<Item = &'j Job>) -> Self {
        let mut summary = Self::default();
        for (_, result) in jobs.into_iter().flat_map(Job::results) {
            summary.count(&result);
        }
        summary
    }

    fn count(&mut self, result: &DeviceResult) {
        self.total += 1;
        match result.state {
            DeviceState::Ok => self.ok += 1,
            DeviceState::Failed => match result.outcomes.iter().find_map(refusal) {
                Some(status) => *self.refused.entry(status).or_default() += 1,
                None => self.failed += 1,
            },
            DeviceState::Skipped => self.skipped += 1,
            DeviceState::Cancelled => self.cancelled += 1,
            DeviceState::Queued
            | DeviceState::WaitWake
            | DeviceState::WaitWindow
            | DeviceState::Notified
            | DeviceState::InSession
            | DeviceState::WaitAsync
            | DeviceState::Backoff
            | _ => self.pending += 1,
        }
    }
}

/// The status that tells why `outcome` is bad: that of the command inside that failed, before that of the Atomic around it.
fn refusal(outcome: &Outcome) -> Option<StatusCode> {
    outcome.commands.iter().find_map(refusal).or_else(|| match outcome.conclusion() {
        Conclusion::Failed(status) => Some(status),
        Conclusion::Declined => outcome.status,
        Conclusion::Succeeded
        | Conclusion::Pending
        | Conclusion::InTransfer
        | Conclusion::Cancelled
        | Conclusion::NotExecuted
        | Conclusion::Unknown => None,
    })
}
