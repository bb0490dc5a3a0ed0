//! When devices are started, given up and tried again \[gwmo 5.4, 5.5\].

use core::time::Duration;
use omadm_proto::time::Instant;

use super::retry::{self, Retry};
use super::run::Verdict;
use super::{Fanout, FanoutOutput};
use crate::code::{DeviceState, JobState, ResultCode};

/// The first repetition of a notification, which a network may lose; doubled each time. Unspecified; chosen short against
/// `DevTimeout` and long against a round trip.
const REMIND_AFTER: Duration = Duration::from_secs(5);

impl Fanout {
    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, serial, index)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.remove(&(at, serial, index));
            self.run_is_due(now, (serial, index));
        }
        let due: alloc::vec::Vec<u64> = self
            .jobs
            .values()
            .filter(|job| job.record.drop_at.is_some_and(|at| at <= now))
            .map(|job| job.record.serial)
            .collect();
        for serial in due {
            self.drop_results(serial);
        }
        self.advance(now);
    }

    fn run_is_due(&mut self, now: Instant, (serial, index): (u64, usize)) {
        let Some(run) = self.jobs.get(&serial).and_then(|job| job.runs.get(index)) else { return };
        if let Some((at, after)) = run.remind
            && at <= now
            && run.deadline.is_some_and(|deadline| deadline > now)
        {
            self.notify(now, (serial, index), after.saturating_mul(2));
            return;
        }
        if run.deadline.is_none_or(|deadline| deadline > now) {
            return;
        }
        match run.state {
            DeviceState::Notified => self.retry_or_fail(now, (serial, index), ResultCode::DID_NOT_COME),
            DeviceState::InSession => self.session_lost(now, (serial, index)),
            DeviceState::WaitAsync => {
                self.end_run(now, (serial, index), DeviceState::Failed, ResultCode::NO_ASYNC_RESULT);
            }
            DeviceState::Backoff => self.set_state((serial, index), DeviceState::Queued),
            DeviceState::Queued
            | DeviceState::WaitWake
            | DeviceState::WaitWindow
            | DeviceState::Ok
            | DeviceState::Failed
            | DeviceState::Skipped
            | DeviceState::Cancelled => {}
        }
    }

    /// Starts devices as far as slots are free, and ends jobs whose devices all ended.
    pub(super) fn advance(&mut self, now: Instant) {
        self.fill(now);
        self.report_what_is_due(now);
    }

    fn fill(&mut self, now: Instant) {
        let mut order: alloc::vec::Vec<(u8, u64)> = self
            .jobs
            .values()
            .filter(|job| job.record.state == JobState::Running && !job.queued.is_empty())
            .map(|job| (job.record.spec.priority, job.record.serial))
            .collect();
        order.sort_unstable();
        for (_, serial) in order {
            while let Some(index) = self.next_to_start(serial) {
                self.begin_attempt(now, (serial, index), DeviceState::Notified);
                self.notify(now, (serial, index), REMIND_AFTER);
            }
        }
    }

    /// The next queued device of the job that is free, if a slot is.
    fn next_to_start(&self, serial: u64) -> Option<usize> {
        if !self.has_slot(serial) {
            return None;
        }
        let job = self.jobs.get(&serial)?;
        job.queued.iter().copied().find(|index| {
            let record = job.runs.get(*index).and_then(|run| run.record);
            record.is_some_and(|record| !self.busy.contains_key(&record))
        })
    }

    pub(super) fn has_slot(&self, serial: u64) -> bool {
        let total: u32 = self.jobs.values().map(|job| job.slots).sum();
        self.jobs.get(&serial).is_some_and(|job| job.slots < job.record.spec.policy.parallel.max(1))
            && total < self.settings.max_parallel
    }

    /// A device is in work from here on: notified, or in a session that it opened by itself.
    pub(super) fn begin_attempt(&mut self, now: Instant, at: (u64, usize), state: DeviceState) {
        self.set_state(at, state);
        let Some(job) = self.jobs.get_mut(&at.0) else { return };
        let limit = job.record.spec.policy.dev_timeout;
        let Some(run) = job.runs.get_mut(at.1) else { return };
        run.attempts += 1;
        run.forget_sent();
        self.busy.extend(run.record.map(|record| (record, at)));
        self.set_deadline(at, now + limit);
    }

    fn notify(&mut self, now: Instant, at: (u64, usize), again_after: Duration) {
        let Some(run) = self.jobs.get_mut(&at.0).and_then(|job| job.runs.get_mut(at.1)) else { return };
        let remind = now + again_after;
        run.remind = Some((remind, again_after));
        self.timers.insert((remind, at.0, at.1));
        self.outputs.extend(run.record.map(|record| FanoutOutput::Notify { record }));
    }

    pub(super) fn set_deadline(&mut self, at: (u64, usize), deadline: Instant) {
        if let Some(run) = self.jobs.get_mut(&at.0).and_then(|job| job.runs.get_mut(at.1)) {
            run.deadline = Some(deadline);
            self.timers.insert((deadline, at.0, at.1));
        }
    }

    /// The one place where a run changes its state.
    pub(super) fn set_state(&mut self, at: (u64, usize), state: DeviceState) {
        let Some(job) = self.jobs.get_mut(&at.0) else { return };
        job.set_state(at.1, state);
        let works = matches!(state, DeviceState::Notified | DeviceState::InSession | DeviceState::WaitAsync);
        if !works
            && let Some(record) = job.runs.get(at.1).and_then(|run| run.record)
            && self.busy.get(&record) == Some(&at)
        {
            self.busy.remove(&record);
        }
        self.changes.runs.insert(at);
    }

    /// A run reached its outcome.
    pub(super) fn end_run(&mut self, now: Instant, at: (u64, usize), state: DeviceState, code: ResultCode) {
        let ended = self.settings.utc(now);
        let Some(job) = self.jobs.get_mut(&at.0) else { return };
        let Some(run) = job.runs.get_mut(at.1) else { return };
        if run.state.is_terminal() {
            return;
        }
        run.code = code;
        run.ended = Some(ended);
        job.unreported.insert(at.1);
        job.unreported_since.get_or_insert(now);
        self.set_state(at, state);
    }

    /// The session broke, or the device began another one \[gwmo 5.4\].
    pub(super) fn session_lost(&mut self, now: Instant, at: (u64, usize)) {
        let Some(job) = self.jobs.get_mut(&at.0) else { return };
        let may_repeat = job.record.spec.policy.retry_unknown || job.template.is_read_only();
        let Some(run) = job.runs.get_mut(at.1) else { return };
        let outcome_lost = run.has_unanswered();
        run.lose_sent(job.template.commands());
        if outcome_lost && !may_repeat {
            self.end_run(now, at, DeviceState::Failed, ResultCode::UNKNOWN_OUTCOME);
        } else {
            let code = if outcome_lost { ResultCode::UNKNOWN_OUTCOME } else { ResultCode::DID_NOT_COME };
            self.retry_or_fail(now, at, code);
        }
    }

    /// Another attempt after a back-off, or the end with `code` when all are used.
    pub(super) fn retry_or_fail(&mut self, now: Instant, at: (u64, usize), code: ResultCode) {
        let Some(job) = self.jobs.get(&at.0) else { return };
        let Some(run) = job.runs.get(at.1) else { return };
        let policy = job.record.spec.policy;
        if run.attempts > policy.retry_max {
            self.end_run(now, at, DeviceState::Failed, code);
            return;
        }
        let device = run.device.as_str();
        let wait = retry::back_off(policy.retry_base, policy.retry_cap, &job.record.spec.id, device, run.attempts);
        self.set_state(at, DeviceState::Backoff);
        self.set_deadline(at, now + wait);
    }

    /// Acts on what the answers of a device mean by now.
    pub(super) fn judge(&mut self, now: Instant, at: (u64, usize)) {
        let Some(job) = self.jobs.get_mut(&at.0) else { return };
        let policy = job.record.spec.policy;
        let leaves = job.template.leaves();
        let Some(run) = job.runs.get_mut(at.1) else { return };
        let in_work = matches!(run.state, DeviceState::InSession | DeviceState::WaitAsync);
        match run.verdict(job.template.commands(), &leaves) {
            Verdict::Open => {}
            Verdict::Good => self.end_run(now, at, DeviceState::Ok, ResultCode::SUCCESS),
            Verdict::Bad(Retry::No) => self.end_run(now, at, DeviceState::Failed, ResultCode::FAILED),
            _ if !in_work => {}
            Verdict::Async => {
                if run.state == DeviceState::InSession {
                    self.set_state(at, DeviceState::WaitAsync);
                    self.set_deadline(at, now + policy.async_timeout);
                }
            }
            Verdict::Unknown if policy.retry_unknown || job.template.is_read_only() => {
                self.retry_or_fail(now, at, ResultCode::UNKNOWN_OUTCOME);
            }
            Verdict::Unknown => self.end_run(now, at, DeviceState::Failed, ResultCode::UNKNOWN_OUTCOME),
            Verdict::Bad(class) => {
                if run.use_retry(class) {
                    self.retry_or_fail(now, at, ResultCode::FAILED);
                } else {
                    self.end_run(now, at, DeviceState::Failed, ResultCode::FAILED);
                }
            }
        }
    }
}
