//! The fan-out machine: one template, run on many devices, answered by few reports \[gwmo 5\].
//!
//! ```text
//! job:    start -> Running -> (every device ended) -> Reporting -> (all acknowledged) -> Done | Cancelled
//! device: Queued -> Notified -> InSession -> Ok | Failed
//!            ^         |           |   \-> WaitAsync -> Ok | Failed
//!            +--- Backoff <--------+
//! ```
//!
//! Inputs: [`Fanout::start`], [`Fanout::stop`], [`Fanout::remove`] from the server's side; [`Fanout::contact`], [`Fanout::work`],
//! [`Fanout::sent`], [`Fanout::answered`], [`Fanout::alert`], [`Fanout::closed`] from the sessions with devices;
//! [`Fanout::acknowledged`] when the server took a report; [`Fanout::handle_timeout`]. Outputs come from
//! [`Fanout::poll_output`]; what must survive is named by [`Fanout::take_changes`] and has to be stored before any message
//! leaves that was built after it, in one transaction with the alerts that reports and completions become: a job that has
//! ended does not report again. Invariants: a device is in work for at most one job; at most Parallel devices of a job, and
//! `MaxParallel` of all jobs, are notified or in session; every outcome is reported once; a job's reports are numbered without gaps.
//!
//! `Instant`s are stored with the runs, so the driver's epoch must be the same after a restart (1970, for example).
//! Groups, filters, windows, rates, canaries, abort rules, sleepers and dynamic targets are refused at the start, not ignored.

mod finish;
mod job;
mod pace;
mod retry;
mod run;
mod south;
mod spec;
mod start;

pub use job::{Job, JobRecord, Progress};
pub use run::{Answer, Returned, Run};
pub use south::{AlertFacts, AlertUse, Work};
pub use spec::{JobSpec, Policy, Reason, ReportMode, ReportPolicy, StartRefused};

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;
use omadm_proto::ids::DevId;
use omadm_proto::time::{Instant, UtcTime, Wakeup};

use crate::code::{DeviceState, JobState, ResultCode};
use crate::image::ImageInventory;
use crate::inventory::Inventory;
use crate::payload;
use crate::template::Template;

/// What holds for all jobs of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FanoutSettings {
    /// DevId of the gateway, repeated in every report.
    pub gateway: DevId,
    /// Wall-clock time at `Instant::ZERO`.
    pub epoch: UtcTime,
    /// Jobs that may exist at once.
    pub max_jobs: usize,
    /// Devices in work at once, over all jobs.
    pub max_parallel: u32,
    /// Devices one job may address.
    pub max_targets: usize,
    /// Bytes of one report.
    pub max_report: usize,
    /// Bytes of values that are kept of one device in one job.
    pub max_values: usize,
}

impl FanoutSettings {
    /// The defaults for the gateway `gateway`, with an epoch of 1970.
    #[must_use]
    pub fn new(gateway: DevId) -> Self {
        Self {
            gateway,
            epoch: UtcTime::from_unix_secs(0),
            max_jobs: 64,
            max_parallel: 256,
            max_targets: 10_000,
            max_report: 32 << 10,
            max_values: 64 << 10,
        }
    }

    /// Wall-clock time at `now`.
    #[must_use]
    pub fn utc(&self, now: Instant) -> UtcTime {
        UtcTime::from_unix_secs(self.epoch.as_unix_secs().saturating_add(now.as_millis() / 1000))
    }
}

/// What a job needs to know of the rest of the gateway.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "a bundle of borrows, built by the caller")]
pub struct Surroundings<'a> {
    /// The devices.
    pub inventory: &'a Inventory,
    /// The images.
    pub images: &'a ImageInventory,
}

/// Something the fan-out wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a composition must perform every kind")]
pub enum FanoutOutput {
    /// Ask the device with this record for a session.
    Notify {
        /// The record number.
        record: u32,
    },
    /// Send this to the job's server as resultaggregation; then [`Fanout::acknowledged`].
    Report {
        /// Serial of the job.
        job: u64,
        /// The payload.
        report: payload::Report,
    },
    /// Send this to the job's server as completionstatus, after the reports; then [`Fanout::completion_acknowledged`].
    Completion {
        /// Serial of the job.
        job: u64,
        /// The payload.
        completion: payload::Job,
    },
}

/// What changed since the last look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Changes {
    /// Jobs, by serial.
    pub jobs: BTreeSet<u64>,
    /// Runs, by serial of the job and index.
    pub runs: BTreeSet<(u64, usize)>,
    /// Jobs that are gone with all their runs.
    pub removed: BTreeSet<u64>,
    /// Jobs whose runs were dropped because `KeepSec` is over.
    pub dropped: BTreeSet<u64>,
}

impl Changes {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.runs.is_empty() && self.removed.is_empty() && self.dropped.is_empty()
    }
}

/// All jobs of a gateway.
#[derive(Debug)]
pub struct Fanout {
    settings: FanoutSettings,
    jobs: BTreeMap<u64, Job>,
    last_serial: u64,
    /// The job and run that a device is in work for.
    busy: BTreeMap<u32, (u64, usize)>,
    /// Deadlines of runs; one that is no longer its run's deadline is stale and skipped.
    timers: BTreeSet<(Instant, u64, usize)>,
    outputs: VecDeque<FanoutOutput>,
    changes: Changes,
}

impl Fanout {
    /// No jobs.
    #[must_use]
    pub const fn new(settings: FanoutSettings) -> Self {
        Self {
            settings,
            jobs: BTreeMap::new(),
            last_serial: 0,
            busy: BTreeMap::new(),
            timers: BTreeSet::new(),
            outputs: VecDeque::new(),
            changes: Changes {
                jobs: BTreeSet::new(),
                runs: BTreeSet::new(),
                removed: BTreeSet::new(),
                dropped: BTreeSet::new(),
            },
        }
    }

    /// The jobs after a restart. Devices that were in a session are tried again; those that wait for a final alert go on
    /// waiting \[gwmo 5.6\]. `last_serial` is the largest serial ever given.
    #[must_use]
    pub fn restore(
        settings: FanoutSettings,
        now: Instant,
        last_serial: u64,
        jobs: impl IntoIterator<Item = JobRecord>,
        runs: impl IntoIterator<Item = (u64, usize, Run)>,
    ) -> Self {
        let mut fanout = Self { last_serial, ..Self::new(settings) };
        let mut sorted: BTreeMap<u64, BTreeMap<usize, Run>> = BTreeMap::new();
        for (serial, index, run) in runs {
            sorted.entry(serial).or_default().insert(index, run);
        }
        for record in jobs {
            // A template that was accepted once is accepted again; a record that is damaged is dropped.
            let Ok(template) = Template::parse(record.spec.syntax, &record.spec.template) else { continue };
            let mut runs: Vec<Run> = sorted.remove(&record.serial).unwrap_or_default().into_values().collect();
            let leaves = template.leaves();
            for run in &mut runs {
                run.survive_restart(&leaves);
            }
            let serial = record.serial;
            fanout.last_serial = fanout.last_serial.max(serial);
            let mut job = Job::new(record, template, runs);
            job.unreported_since = (!job.unreported.is_empty()).then_some(now);
            fanout.jobs.insert(serial, job);
            fanout.restore_timers(now, serial);
        }
        fanout
    }

    fn restore_timers(&mut self, now: Instant, serial: u64) {
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        for (index, run) in job.runs.iter_mut().enumerate() {
            if run.state == DeviceState::Backoff || run.state == DeviceState::WaitAsync {
                let at = *run.deadline.get_or_insert(now);
                self.timers.insert((at, serial, index));
            }
            if run.state == DeviceState::WaitAsync {
                self.busy.extend(run.record.map(|record| (record, (serial, index))));
            }
        }
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &FanoutSettings {
        &self.settings
    }

    /// The largest serial ever given.
    #[must_use]
    pub const fn last_serial(&self) -> u64 {
        self.last_serial
    }

    /// The job with this serial.
    #[must_use]
    pub fn job(&self, serial: u64) -> Option<&Job> {
        self.jobs.get(&serial)
    }

    /// The job with this node name.
    #[must_use]
    pub fn find(&self, node: &str) -> Option<&Job> {
        self.jobs.values().find(|job| job.node() == node)
    }

    /// All jobs in the order of their start.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    /// How many jobs that have not ended need the image `id`.
    #[must_use]
    pub fn references(&self, id: &str) -> usize {
        let uses =
            |job: &&Job| !job.record.state.is_terminal() && job.record.spec.images.iter().any(|image| image == id);
        self.jobs.values().filter(uses).count()
    }

    /// Exec on Operations/Stop: cancels the job `node`. A job that ended is left as it is.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn stop(&mut self, now: Instant, node: &str) -> Result<(), StartRefused> {
        let Some(serial) = self.find(node).map(|job| job.record.serial) else { return Err(Reason::NoJob.refuse(node)) };
        self.cancel(now, serial);
        self.advance(now);
        Ok(())
    }

    /// The node of the job is gone: cancels it and forgets it, without a report.
    pub fn remove(&mut self, now: Instant, node: &str) {
        if let Some(serial) = self.find(node).map(|job| job.record.serial) {
            self.cancel(now, serial);
            self.jobs.remove(&serial);
            self.changes.jobs.remove(&serial);
            self.changes.runs.retain(|(job, _)| *job != serial);
            self.changes.removed.insert(serial);
            self.advance(now);
        }
    }

    fn cancel(&mut self, now: Instant, serial: u64) {
        let Some(job) = self.jobs.get_mut(&serial) else { return };
        if job.record.state != JobState::Running {
            return;
        }
        job.record.outcome = JobState::Cancelled;
        for index in 0..job.runs.len() {
            self.end_run(now, (serial, index), DeviceState::Cancelled, ResultCode::CANCELLED);
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<FanoutOutput> {
        self.outputs.pop_front()
    }

    /// What changed since the last call and has to be stored.
    pub fn take_changes(&mut self) -> Changes {
        core::mem::take(&mut self.changes)
    }

    /// When [`Fanout::handle_timeout`] is due.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Wakeup> {
        if !self.outputs.is_empty() {
            return Some(Wakeup::new(Instant::ZERO, "a fan-out output waits"));
        }
        let run = self.timers.first().map(|(at, ..)| Wakeup::new(*at, "a device of a job is due"));
        self.jobs
            .values()
            .filter_map(Job::next_timeout)
            .fold(run, |earliest, next| Wakeup::earliest(earliest, Some(next)))
    }
}

impl Job {
    fn next_timeout(&self) -> Option<Wakeup> {
        let keep = self.record.drop_at.map(|at| Wakeup::new(at, "results of a job are dropped"));
        let after = self.record.spec.report.batch_after;
        let due = self.unreported_since.filter(|_| after > Duration::ZERO && self.record.state == JobState::Running);
        Wakeup::earliest(keep, due.map(|since| Wakeup::new(since + after, "outcomes of a job are reported")))
    }
}
