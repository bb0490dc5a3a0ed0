//! Reports and the end of a job \[gwmo 5.7\].

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::time::Duration;
use omadm_proto::time::Instant;

use super::{Fanout, FanoutOutput, Job};
use crate::code::JobState;
use crate::report;

impl Fanout {
    /// Sends the reports that are due, and ends the jobs whose devices all ended.
    pub(super) fn report_what_is_due(&mut self, now: Instant) {
        let running: Vec<u64> = self
            .jobs
            .values()
            .filter(|job| job.record.state == JobState::Running)
            .map(|job| job.record.serial)
            .collect();
        for serial in running {
            let Some(job) = self.jobs.get(&serial) else { continue };
            if job.all_ended() {
                self.finish(now, serial);
            } else if job.is_report_due(now) {
                self.report(serial, Position::Between);
            }
        }
    }

    fn finish(&mut self, now: Instant, serial: u64) {
        let ended = self.settings.utc(now);
        if let Some(job) = self.jobs.get_mut(&serial) {
            job.record.code = job.final_code();
            job.record.ended = Some(ended);
            job.record.state = JobState::Reporting;
            job.record.drop_at = Some(now + job.record.spec.policy.keep);
        }
        self.report(serial, Position::Last);
        if let Some(job) = self.jobs.get_mut(&serial)
            && job.record.spec.report.mode != super::ReportMode::Nothing
        {
            job.record.completion_pending = true;
            let completion = job.completion();
            self.outputs.push_back(FanoutOutput::Completion { job: serial, completion });
        }
        self.settle(serial);
    }

    fn report(&mut self, serial: u64, position: Position) {
        let gateway = self.settings.gateway.as_str();
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        let new = core::mem::take(&mut job.unreported);
        job.unreported_since = None;
        let policy = job.record.spec.report;
        if policy.mode.has_reports() {
            let asked = usize::try_from(policy.max_bytes).unwrap_or(usize::MAX);
            let max_bytes = if asked == 0 { self.settings.max_report } else { asked.min(self.settings.max_report) };
            let runs: Vec<_> = new.iter().filter_map(|index| job.runs.get(*index)).collect();
            let mut split = report::split(&runs, &policy, max_bytes).into_iter().peekable();
            while let Some(groups) = split.next() {
                let mut report = job.next_report(gateway);
                report.groups = groups;
                report.last = position == Position::Last && split.peek().is_none();
                job.record.unacknowledged.insert(report.seq);
                self.outputs.push_back(FanoutOutput::Report { job: serial, report });
            }
        }
        for index in new {
            if let Some(run) = job.runs.get_mut(index) {
                run.reported = true;
                self.changes.runs.insert((serial, index));
            }
        }
        self.changes.jobs.insert(serial);
    }

    /// The server took report `seq` of the job, or refused it for good.
    pub fn acknowledged(&mut self, serial: u64, seq: u32) {
        if let Some(job) = self.jobs.get_mut(&serial) {
            job.record.unacknowledged.remove(&seq);
            self.settle(serial);
        }
    }

    /// The server took the completionstatus of the job, or refused it for good.
    pub fn completion_acknowledged(&mut self, serial: u64) {
        if let Some(job) = self.jobs.get_mut(&serial) {
            job.record.completion_pending = false;
            self.settle(serial);
        }
    }

    fn settle(&mut self, serial: u64) {
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        let quiet = job.record.unacknowledged.is_empty() && !job.record.completion_pending;
        if quiet && job.record.state == JobState::Reporting {
            job.record.state = job.record.outcome;
        }
        self.changes.jobs.insert(serial);
    }

    /// `KeepSec` is over: the per-device results go, the job's own node stays until the server deletes it.
    pub(super) fn drop_results(&mut self, serial: u64) {
        if let Some(job) = self.jobs.get_mut(&serial) {
            job.record.drop_at = None;
            job.runs.clear();
            job.by_record.clear();
            job.unreported = BTreeSet::new();
            self.changes.jobs.insert(serial);
            self.changes.runs.retain(|(of, _)| *of != serial);
            self.changes.dropped.insert(serial);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Between,
    Last,
}

impl Job {
    fn is_report_due(&self, now: Instant) -> bool {
        let policy = &self.record.spec.report;
        let enough = policy.batch_devices > 0
            && u32::try_from(self.unreported.len()).is_ok_and(|new| new >= policy.batch_devices);
        let old = policy.batch_after > Duration::ZERO
            && self.unreported_since.is_some_and(|since| since + policy.batch_after <= now);
        policy.mode.has_reports() && (enough || old)
    }
}
