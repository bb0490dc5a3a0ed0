//! What the sessions with devices tell a job, and what it wants sent \[gwmo 5.4\].

use alloc::string::String;
use alloc::vec::Vec;
use omadm_proto::alert::types;
use omadm_proto::message::{Command, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::mo::ScomoReport;

use super::run::{Answer, Run};
use super::start::{reason_of, value_of};
use super::{Fanout, JobSpec, Surroundings};
use crate::code::{DeviceState, JobState, ResultCode};
use crate::template::{Placeholder, number_of, render};

/// A command to send to a device.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Work {
    /// Comes back in [`Fanout::sent`] and [`Fanout::answered`].
    pub key: u32,
    /// The command, with its placeholders filled in.
    pub command: Command<'static>,
}

/// A generic alert of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a bundle of borrows, built by the caller")]
pub struct AlertFacts<'a> {
    /// Its Correlator.
    pub correlator: Option<&'a str>,
    /// Source/LocURI of its Item.
    pub source: Option<&'a str>,
    /// Its type, without prefix.
    pub type_name: &'a str,
    /// Its data.
    pub data: &'a [u8],
}

/// What a job made of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a job's, or not")]
pub enum AlertUse {
    /// It ended a command of a job, or repeats one that did.
    Taken,
    /// No job waits for it.
    NotOurs,
}

impl Fanout {
    /// The device with the record `record` opened a session, for whatever reason. What an earlier session left unanswered is
    /// lost.
    pub fn contact(&mut self, now: Instant, record: u32) {
        if let Some(at) = self.busy.get(&record).copied() {
            let state = self.run(at).map(|run| run.state);
            if state == Some(DeviceState::InSession) {
                self.session_lost(now, at);
            } else if state == Some(DeviceState::Notified) {
                self.enter_session(now, at);
            }
        }
        self.advance(now);
    }

    /// What to send to the device in its session now; the first commands not yet sent, of one job.
    pub fn work(&mut self, now: Instant, record: u32, surroundings: Surroundings<'_>) -> Vec<Work> {
        loop {
            let Some(at) = self.busy.get(&record).copied().or_else(|| self.pick(now, record)) else {
                return Vec::new();
            };
            if self.run(at).is_none_or(|run| run.state != DeviceState::InSession) {
                return Vec::new();
            }
            match self.rest(at, surroundings) {
                Ok(work) => return work,
                Err(code) => {
                    self.end_run(now, at, DeviceState::Failed, code);
                    self.advance(now);
                }
            }
        }
    }

    /// A queued job that may use the session of this device.
    fn pick(&mut self, now: Instant, record: u32) -> Option<(u64, usize)> {
        let waits = self.jobs.values().filter(|job| job.record.state == JobState::Running).filter_map(|job| {
            let index = *job.by_record.get(&record)?;
            job.queued.contains(&index).then_some((job.record.spec.priority, job.record.serial, index))
        });
        let mut waiting: Vec<_> = waits.collect();
        waiting.sort_unstable();
        let (_, serial, index) = waiting.into_iter().find(|(_, serial, _)| self.has_slot(*serial))?;
        self.begin_attempt(now, (serial, index), DeviceState::InSession);
        Some((serial, index))
    }

    fn enter_session(&mut self, now: Instant, at: (u64, usize)) {
        let Some(job) = self.jobs.get_mut(&at.0) else { return };
        let limit = job.record.spec.policy.dev_timeout;
        if let Some(run) = job.runs.get_mut(at.1) {
            run.forget_sent();
        }
        self.set_state(at, DeviceState::InSession);
        self.set_deadline(at, now + limit);
    }

    fn rest(&self, at: (u64, usize), surroundings: Surroundings<'_>) -> Result<Vec<Work>, ResultCode> {
        let Some(job) = self.jobs.get(&at.0) else { return Ok(Vec::new()) };
        let Some(run) = job.runs.get(at.1) else { return Ok(Vec::new()) };
        let base = job.correlator_base();
        let mut work = Vec::new();
        for (key, command) in (0_u32..).zip(job.template.commands()) {
            if run.is_sent(key) {
                continue;
            }
            let Some(mut rest) = run.remaining(command) else { continue };
            set_correlators(&mut rest, run, &base);
            let command = fill(&rest, &job.record.spec, run, surroundings)?;
            work.push(Work { key, command });
        }
        Ok(work)
    }

    /// The command `key` left for the device.
    pub fn sent(&mut self, record: u32, key: u32) {
        if let Some(at) = self.busy.get(&record).copied()
            && let Some(run) = self.run_mut(at)
        {
            run.mark_sent(key);
            self.changes.runs.insert(at);
        }
    }

    /// The device executed nothing of what was sent in this session: it will be offered again.
    pub fn not_executed(&mut self, record: u32) {
        if let Some(at) = self.busy.get(&record).copied()
            && let Some(run) = self.run_mut(at)
        {
            run.forget_sent();
        }
    }

    /// The command `key` is too large for the device, however it is split.
    pub fn undeliverable(&mut self, now: Instant, record: u32, key: u32) {
        self.answered(now, record, key, Answer::status(StatusCode::REQUEST_ENTITY_TOO_LARGE));
    }

    /// The device answered the command `key`.
    pub fn answered(&mut self, now: Instant, record: u32, key: u32, answer: Answer) {
        let Some(at) = self.busy.get(&record).copied() else { return };
        let max_values = self.settings.max_values;
        let Some(job) = self.jobs.get_mut(&at.0) else { return };
        let Some(run) = job.runs.get_mut(at.1) else { return };
        let command = usize::try_from(key).ok().and_then(|key| job.template.commands().get(key));
        if let Some(command) = command
            && run.state == DeviceState::InSession
        {
            run.absorb(key, command, answer);
            run.limit_values(max_values);
            self.changes.runs.insert(at);
            self.judge(now, at);
            self.advance(now);
        }
    }

    /// The session with the device is over.
    pub fn closed(&mut self, now: Instant, record: u32) {
        if let Some(at) = self.busy.get(&record).copied()
            && self.run(at).is_some_and(|run| run.state == DeviceState::InSession)
        {
            self.session_lost(now, at);
            self.advance(now);
        }
    }

    /// The device with the record `record` is gone for good: its runs end.
    pub fn device_left(&mut self, now: Instant, record: u32) {
        let runs: Vec<(u64, usize)> =
            self.jobs.values().filter_map(|job| Some((job.record.serial, *job.by_record.get(&record)?))).collect();
        for at in runs {
            self.end_run(now, at, DeviceState::Failed, ResultCode::DEVICE_LEFT);
        }
        self.advance(now);
    }

    /// The device sent a generic alert: if it ends an Exec of a job, the job takes it.
    pub fn alert(&mut self, now: Instant, record: u32, alert: &AlertFacts<'_>) -> AlertUse {
        let Some((at, command, is_known)) = self.awaiting(record, alert) else { return AlertUse::NotOurs };
        if !is_known {
            if let Some(run) = self.run_mut(at) {
                run.finish(command, result_code(alert.data));
            }
            self.changes.runs.insert(at);
            self.judge(now, at);
            self.advance(now);
        }
        AlertUse::Taken
    }

    /// The run and the Exec that the alert ends: by Correlator, else by Source and family; and whether that was known.
    fn awaiting(&self, record: u32, alert: &AlertFacts<'_>) -> Option<((u64, usize), u32, bool)> {
        let mut by_source = None;
        for job in self.jobs.values() {
            let Some(index) = job.by_record.get(&record).copied() else { continue };
            let Some(run) = job.runs.get(index) else { continue };
            let at = (job.record.serial, index);
            let leaves = job.template.leaves();
            if let Some(correlator) = alert.correlator {
                let base = job.correlator_base();
                let ours = leaves.iter().find(|leaf| run.is_correlator(&base, leaf, correlator));
                if let Some(exec) = ours {
                    let known = run.state.is_terminal() || run.is_repeated(&base, exec, correlator);
                    return Some((at, number_of(&exec.cmd_id), known));
                }
            } else if by_source.is_none() {
                let awaited = run.awaited(&leaves);
                let exec = awaited.iter().find(|exec| is_about(alert, exec));
                by_source = exec.map(|exec| (at, number_of(&exec.cmd_id), run.state.is_terminal()));
            }
        }
        by_source
    }

    fn run(&self, at: (u64, usize)) -> Option<&Run> {
        self.jobs.get(&at.0).and_then(|job| job.runs.get(at.1))
    }

    fn run_mut(&mut self, at: (u64, usize)) -> Option<&mut Run> {
        self.jobs.get_mut(&at.0).and_then(|job| job.runs.get_mut(at.1))
    }
}

fn fill(
    command: &Command<'static>,
    spec: &JobSpec,
    run: &Run,
    surroundings: Surroundings<'_>,
) -> Result<Command<'static>, ResultCode> {
    let value = |placeholder: &Placeholder| value_of(placeholder, spec, &run.device, surroundings);
    render(command, &value).map_err(|error| reason_of(error, &run.device).codes().1)
}

fn set_correlators(command: &mut Command<'static>, run: &Run, base: &str) {
    if let Command::Tree(leaf) = command {
        if leaf.verb == Verb::Exec {
            leaf.correlator = Some(run.correlator(base, leaf).into());
        }
    } else if let Command::Atomic(container) | Command::Sequence(container) = command {
        container.commands.iter_mut().for_each(|inner| set_correlators(inner, run, base));
    }
}

/// Whether an alert without Correlator speaks about the node that was executed: its Source is that node or the object above
/// it, and a FUMO alert only ends a FUMO operation.
fn is_about(alert: &AlertFacts<'_>, exec: &TreeCommand<'static>) -> bool {
    let Some(target) = exec.items.first().and_then(|item| item.target_uri()) else { return false };
    let operation = target.rsplit('/').next().unwrap_or_default();
    let family = |name: &str| types::same(alert.type_name, name);
    let fumo = [types::FUMO_DOWNLOAD, types::FUMO_UPDATE, types::FUMO_DOWNLOAD_AND_UPDATE].into_iter().any(family);
    if fumo && !matches!(operation, "Download" | "Update" | "DownloadAndUpdate") {
        return false;
    }
    match alert.source.map(str::trim) {
        Some(source) => {
            let (source, target) = (plain(source), plain(target));
            target.strip_prefix(source).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        None => fumo,
    }
}

fn plain(uri: &str) -> &str {
    uri.strip_prefix("./").unwrap_or(uri).trim_end_matches('/')
}

/// The result code that the data of a final alert begins with, or has as SCOMO writes it \[mo 7.5\]; 409, undefined error, when
/// there is none \[mo 5.4\].
fn result_code(data: &[u8]) -> u16 {
    let text = core::str::from_utf8(data).unwrap_or_default().trim();
    if let Some(report) = ScomoReport::parse(text) {
        return report.result.as_u16();
    }
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(409)
}

/// A Correlator without the number that a repeated execution adds.
fn stem(correlator: &str) -> &str {
    match correlator.rsplit_once('~') {
        Some((stem, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => correlator,
    }
}

impl Run {
    fn is_correlator(&self, base: &str, exec: &TreeCommand<'static>, received: &str) -> bool {
        exec.verb == Verb::Exec && {
            let ours = self.correlator(base, exec);
            received == ours || stem(received) == stem(&ours)
        }
    }

    /// Whether an alert with this Correlator repeats one that was taken, or ends an earlier execution.
    fn is_repeated(&self, base: &str, exec: &TreeCommand<'static>, received: &str) -> bool {
        received != self.correlator(base, exec) || self.has_ended(number_of(&exec.cmd_id))
    }
}
