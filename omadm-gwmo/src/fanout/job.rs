//! One job: its runs, its counters and what is still to be reported \[gwmo 5.4, 5.6, 5.7\].

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use omadm_proto::time::{Instant, UtcTime};

use super::run::Run;
use super::spec::JobSpec;
use crate::code::{DeviceState, JobState, ResultCode};
use crate::payload;
use crate::template::Template;

/// What of a job survives a restart, its runs apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct JobRecord {
    /// Tells this job from all others that the gateway ever had, also of the same name.
    pub serial: u64,
    /// What it asks for.
    pub spec: JobSpec,
    /// Where it is.
    pub state: JobState,
    /// Its outcome.
    pub code: ResultCode,
    /// Devices it addresses.
    pub total: u32,
    /// When it started.
    pub started: UtcTime,
    /// When it ended.
    pub ended: Option<UtcTime>,
    /// Reports sent.
    pub reports: u32,
    /// The state it will be in when everything is acknowledged.
    pub(super) outcome: JobState,
    /// Reports that are not acknowledged.
    pub(super) unacknowledged: BTreeSet<u32>,
    /// Whether completionstatus is sent and not acknowledged.
    pub(super) completion_pending: bool,
    /// When its results are dropped.
    pub(super) drop_at: Option<Instant>,
}

/// How many devices are where \[gwmo 3.4, Progress\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Targets.
    pub total: u32,
    /// Not started, or in back-off.
    pub waiting: u32,
    /// Notified, in session, or waiting for a final alert.
    pub running: u32,
    /// Succeeded.
    pub ok: u32,
    /// Failed for good.
    pub failed: u32,
    /// Never tried.
    pub skipped: u32,
    /// Cancelled; counts as skipped in reports \[gwmo 4.3\].
    pub cancelled: u32,
}

impl Progress {
    fn counter(&mut self, state: DeviceState) -> &mut u32 {
        match state {
            DeviceState::Notified | DeviceState::InSession | DeviceState::WaitAsync => &mut self.running,
            DeviceState::Ok => &mut self.ok,
            DeviceState::Failed => &mut self.failed,
            DeviceState::Skipped => &mut self.skipped,
            DeviceState::Cancelled => &mut self.cancelled,
            DeviceState::Queued | DeviceState::WaitWake | DeviceState::WaitWindow | DeviceState::Backoff => {
                &mut self.waiting
            }
        }
    }

    /// Skipped and cancelled devices together, as reports count them.
    #[must_use]
    pub const fn untouched(&self) -> u32 {
        self.skipped.saturating_add(self.cancelled)
    }
}

/// A started job.
#[derive(Debug, Clone)]
pub struct Job {
    pub(super) record: JobRecord,
    pub(super) template: Template,
    pub(super) runs: Vec<Run>,
    pub(super) by_record: BTreeMap<u32, usize>,
    pub(super) queued: BTreeSet<usize>,
    /// Devices in states 3 and 4.
    pub(super) slots: u32,
    progress: Progress,
    pub(super) unreported: BTreeSet<usize>,
    pub(super) unreported_since: Option<Instant>,
}

impl Job {
    pub(super) fn new(record: JobRecord, template: Template, runs: Vec<Run>) -> Self {
        let mut job = Self {
            progress: Progress { total: record.total, ..Progress::default() },
            record,
            template,
            by_record: BTreeMap::new(),
            queued: BTreeSet::new(),
            slots: 0,
            unreported: BTreeSet::new(),
            unreported_since: None,
            runs,
        };
        for (index, run) in job.runs.iter().enumerate() {
            *job.progress.counter(run.state) += 1;
            job.by_record.extend(run.record.map(|record| (record, index)));
            if run.state == DeviceState::Queued {
                job.queued.insert(index);
            }
            if run.state.is_terminal() && !run.reported {
                job.unreported.insert(index);
            }
            job.slots += u32::from(holds_slot(run.state));
        }
        job
    }

    /// What of it survives a restart.
    #[must_use]
    pub const fn record(&self) -> &JobRecord {
        &self.record
    }

    /// The name of its node.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.record.spec.node
    }

    /// Its devices.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// How many devices are where.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// Moves the run `index` to `state` and keeps every count right.
    pub(super) fn set_state(&mut self, index: usize, state: DeviceState) {
        let Some(run) = self.runs.get_mut(index) else { return };
        let from = core::mem::replace(&mut run.state, state);
        run.deadline = None;
        run.remind = None;
        *self.progress.counter(from) -= 1;
        *self.progress.counter(state) += 1;
        self.slots = self.slots + u32::from(holds_slot(state)) - u32::from(holds_slot(from));
        if state == DeviceState::Queued {
            self.queued.insert(index);
        } else {
            self.queued.remove(&index);
        }
    }

    /// Whether every device ended.
    pub(super) const fn all_ended(&self) -> bool {
        self.progress.waiting == 0 && self.progress.running == 0
    }

    /// The result code of a job whose devices all ended \[gwmo 5.6\].
    pub(super) const fn final_code(&self) -> ResultCode {
        let Progress { ok, failed, skipped, .. } = self.progress;
        match self.record.outcome {
            JobState::Cancelled => ResultCode::CANCELLED,
            JobState::Aborted => ResultCode::STOPPED_BY_RULE,
            JobState::Expired => ResultCode::EXPIRED,
            _ if failed > 0 && ok == 0 && skipped == 0 => ResultCode::FAILED,
            _ if failed > 0 => ResultCode::SOME_FAILED,
            _ if skipped > 0 => ResultCode::SOME_SKIPPED,
            JobState::Draft
            | JobState::Scheduled
            | JobState::Running
            | JobState::Paused
            | JobState::Reporting
            | JobState::Done => ResultCode::SUCCESS,
        }
    }

    /// The next report, with the counters as they are.
    pub(super) fn next_report(&mut self, gateway: &str) -> payload::Report {
        self.record.reports += 1;
        let mut report = payload::Report::new(self.record.spec.id.clone(), gateway, self.record.reports);
        report.total = self.progress.total;
        report.ok = self.progress.ok;
        report.failed = self.progress.failed;
        report.skipped = self.progress.untouched();
        report.pending = self.progress.waiting + self.progress.running;
        report
    }

    /// The payload of completionstatus.
    pub(super) fn completion(&self) -> payload::Job {
        let mut job = payload::Job::new(self.record.spec.id.clone(), self.record.outcome, self.record.code);
        job.total = self.progress.total;
        job.ok = self.progress.ok;
        job.failed = self.progress.failed;
        job.skipped = self.progress.untouched();
        job.reports = self.record.reports;
        job.start = Some(alloc::format!("{}", self.record.started));
        job.end = self.record.ended.map(|ended| alloc::format!("{ended}"));
        job
    }

    /// What the device sees as Correlator when the template gives none; unique over all jobs of the gateway.
    pub(super) fn correlator_base(&self) -> String {
        alloc::format!("{}.{}", self.record.spec.id, self.record.serial)
    }
}

/// States that occupy one of the job's parallel slots.
const fn holds_slot(state: DeviceState) -> bool {
    matches!(state, DeviceState::Notified | DeviceState::InSession)
}
