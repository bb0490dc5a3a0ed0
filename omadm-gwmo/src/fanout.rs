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
//! leaves that was built after it. Invariants: a device is in work for at most one job; at most Parallel devices of a job, and
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

pub use job::{Job, JobRecord, Progress};
pub use run::{Answer, Returned, Run};
pub use south::{AlertFacts, AlertUse, Work};
pub use spec::{JobSpec, Policy, Reason, ReportMode, ReportPolicy, StartRefused};

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use omadm_proto::ids::DevId;
use omadm_proto::time::{Instant, UtcTime, Wakeup};

use crate::code::{DeviceState, JobState, ResultCode};
use crate::image::ImageInventory;
use crate::inventory::Inventory;
use crate::payload;
use crate::target::Target;
use crate::template::{self, DeviceFact, ImageFact, Placeholder, RenderError, Template};

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

    /// Starts a job: checks it, freezes its target set and runs it. `problem` is what was found wrong with its leaves when it
    /// was read; `may_exec` tells whether its server has the Exec right on a record.
    ///
    /// # Errors
    /// The first check that fails, in the order of \[gwmo 5.1\]; nothing happened then.
    pub fn start(
        &mut self,
        now: Instant,
        spec: JobSpec,
        problem: Option<Reason>,
        surroundings: Surroundings<'_>,
        may_exec: impl Fn(u32) -> bool,
    ) -> Result<u64, StartRefused> {
        let node = spec.node.clone();
        let refuse = |reason: Reason| reason.refuse(&node);
        if self.find(&node).is_some() {
            return Err(refuse(Reason::Started));
        }
        if problem == Some(Reason::BodyOrBin) {
            return Err(refuse(Reason::BodyOrBin));
        }
        let template = Template::parse(spec.syntax, &spec.template).map_err(|error| refuse(error.into()))?;
        let mut targets = spec.targets.resolve(surroundings.inventory);
        self.check_values(&spec, &template, &targets, surroundings).map_err(refuse)?;
        if let Some(image) = spec.images.iter().find(|image| !surroundings.images.is_ready(image)) {
            return Err(refuse(Reason::Image(image.clone())));
        }
        self.check_limits(targets.len()).map_err(refuse)?;
        for target in &mut targets {
            if target.skip.is_none() && !target.record.is_some_and(&may_exec) {
                target.skip = Some(ResultCode::NOT_PERMITTED);
            }
        }
        let refused = |target: &Target| target.skip == Some(ResultCode::NOT_PERMITTED);
        if targets.iter().any(refused) && targets.iter().all(|target| target.skip.is_some()) {
            return Err(refuse(Reason::NotPermitted));
        }
        if let Some(problem) = problem {
            return Err(refuse(problem));
        }
        Ok(self.admit(now, spec, template, &targets))
    }

    fn check_limits(&self, targets: usize) -> Result<(), Reason> {
        let (limit, max_jobs) = (self.settings.max_targets, self.settings.max_jobs);
        if targets == 0 {
            Err(Reason::NoTarget)
        } else if targets > limit {
            Err(Reason::TooManyTargets { targets, limit })
        } else if self.jobs.len() >= max_jobs {
            Err(Reason::TooManyJobs { limit: max_jobs })
        } else {
            Ok(())
        }
    }

    /// Every placeholder must have a value for every explicit target that is there \[gwmo 5.1\].
    fn check_values(
        &self,
        spec: &JobSpec,
        template: &Template,
        targets: &[Target],
        surroundings: Surroundings<'_>,
    ) -> Result<(), Reason> {
        let explicit = targets.iter().take(spec.targets.devices.len()).filter(|target| target.record.is_some());
        for target in explicit {
            for command in template.commands() {
                let value = |placeholder: &Placeholder| value_of(placeholder, spec, &target.id, surroundings);
                template::render(command, &value).map_err(|error| reason_of(error, &target.id))?;
            }
        }
        Ok(())
    }

    fn admit(&mut self, now: Instant, spec: JobSpec, template: Template, targets: &[Target]) -> u64 {
        self.last_serial += 1;
        let serial = self.last_serial;
        let record = JobRecord {
            serial,
            spec,
            state: JobState::Running,
            code: ResultCode::NONE,
            total: u32::try_from(targets.len()).unwrap_or(u32::MAX),
            started: self.settings.utc(now),
            ended: None,
            reports: 0,
            outcome: JobState::Done,
            unacknowledged: BTreeSet::new(),
            completion_pending: false,
            drop_at: None,
        };
        let runs = targets.iter().map(|target| Run::new(target.id.clone(), target.record)).collect();
        self.jobs.insert(serial, Job::new(record, template, runs));
        self.changes.jobs.insert(serial);
        for (index, target) in targets.iter().enumerate() {
            self.changes.runs.insert((serial, index));
            if let Some(code) = target.skip {
                self.end_run(now, (serial, index), DeviceState::Skipped, code);
            }
        }
        self.advance(now);
        serial
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

/// The value of `placeholder` for the device `id`.
fn value_of(placeholder: &Placeholder, spec: &JobSpec, id: &DevId, surroundings: Surroundings<'_>) -> Option<String> {
    match placeholder {
        Placeholder::Image { id, fact } => {
            let image = surroundings.images.ready(id)?;
            match fact {
                ImageFact::Url => Some(image.url.clone()),
                ImageFact::Size => Some(alloc::format!("{}", image.size)),
                ImageFact::Hash => Some(image.hash.clone()),
                ImageFact::Version => image.version.clone(),
            }
        }
        Placeholder::Device(fact) => {
            let device = surroundings.inventory.find(id)?;
            match fact {
                DeviceFact::Id => Some(device.id.as_str().into()),
                DeviceFact::Record => Some(alloc::format!("{}", device.record_name())),
                DeviceFact::Man => device.facts.man.clone(),
                DeviceFact::Model => device.facts.model.clone(),
                DeviceFact::SwV => device.facts.swv.clone(),
                DeviceFact::FwV => device.facts.fwv.clone(),
                DeviceFact::HwV => device.facts.hwv.clone(),
            }
        }
        Placeholder::Arg(key) => spec.args.get(id)?.get(key).cloned(),
    }
}

fn reason_of(error: RenderError, device: &DevId) -> Reason {
    match error {
        RenderError::NoValue(placeholder) => {
            Reason::NoValue { placeholder: alloc::format!("{placeholder}"), device: device.clone() }
        }
        RenderError::Uri(uri) => Reason::Uri { uri, device: device.clone() },
    }
}
