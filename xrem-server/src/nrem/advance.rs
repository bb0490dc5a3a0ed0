//! The jobs of one node during one step: what is offered, what was answered, what comes next.
//!
//! Commands of one job only are in a package, so that an answer can be told from its key alone. A job that waits for an
//! alert lets the next one pass; inside a task the order of commands is kept.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use omadm_proto::message::{Command, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;

use super::plan::{self, Expected};
use super::repetition::{self, Fate, fate};
use super::{Event, Nrem, Step};
use crate::directory::NodeId;
use crate::program::{self, Planned};
use crate::session::{CommandAnswer, Reply, Work};
use crate::store::Record;
use crate::task::{
    CommandState, Job, JobFault, JobState, Outcome, OutcomeFault, Progress, Purpose, Task, TaskId, Walk,
};

/// The loaded jobs, and which of them changed.
pub(super) struct Jobs<'n> {
    nrem: &'n Nrem,
    now: Instant,
    jobs: Vec<Tracked>,
}

/// A job with its task.
pub(super) struct Tracked {
    pub(super) job: Job,
    pub(super) task: Arc<Task>,
    pub(super) changed: bool,
    told: Told,
}

/// How far a job was when that was told last.
struct Told {
    started: bool,
    step: u32,
    done: usize,
}

/// Whether something of it went out.
fn has_started(job: &Job) -> bool {
    job.step > 0 || job.progress.iter().any(|progress| progress.state != CommandState::Pending)
}

impl Told {
    fn of(job: &Job) -> Self {
        Self { started: has_started(job), step: job.step, done: job.done() }
    }
}

impl<'n> Jobs<'n> {
    /// `jobs` with their `tasks`; one whose task is gone is left alone.
    pub(super) fn new(nrem: &'n Nrem, jobs: Vec<Job>, tasks: &BTreeMap<TaskId, Arc<Task>>, now: Instant) -> Self {
        let tracked = |job: Job| {
            let task = Arc::clone(tasks.get(&job.task())?);
            Some(Tracked { told: Told::of(&job), job, task, changed: false })
        };
        Self { nrem, now, jobs: jobs.into_iter().filter_map(tracked).collect() }
    }

    pub(super) const fn nrem(&self) -> &'n Nrem {
        self.nrem
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Tracked> {
        self.jobs.iter_mut()
    }

    pub(super) fn has_pending(&self) -> bool {
        self.jobs.iter().any(|tracked| tracked.job.has_pending())
    }

    pub(super) fn has_sent(&self) -> bool {
        self.jobs.iter().any(|tracked| tracked.job.has_sent())
    }

    /// What to send next: what the job that the session is working on has to send, else the oldest that has something.
    pub(super) fn offer(&mut self) -> Vec<Work<'_>> {
        let current = self.jobs.iter().position(|it| it.job.in_session && it.job.has_pending());
        let Some(index) = current.or_else(|| self.jobs.iter().position(|it| it.job.has_pending())) else {
            return Vec::new();
        };
        for (other, tracked) in self.jobs.iter_mut().enumerate() {
            let chosen = other == index;
            tracked.changed |= tracked.job.in_session != chosen;
            tracked.job.in_session = chosen;
        }
        let Some(Tracked { job, task, .. }) = self.jobs.get(index) else { return Vec::new() };
        let pending = (0..).zip(&job.progress).filter(|(_, progress)| progress.state == CommandState::Pending);
        plan::commands(&self.nrem.names, task, job, pending.map(|(key, _)| key))
    }

    /// Notes that the first commands that the offered job had to send went out, as many as `reply` accepted, but for those of
    /// them that it could not carry.
    pub(super) fn note_sent(&mut self, reply: &Reply) {
        let Some(tracked) = self.jobs.iter_mut().find(|tracked| tracked.job.in_session) else { return };
        let pending =
            (0..).zip(&mut tracked.job.progress).filter(|(_, progress)| progress.state == CommandState::Pending);
        for (key, progress) in pending.take(reply.accepted) {
            let fault = if reply.not_in_dialect.contains(&key) {
                Some(OutcomeFault::NotInDialect)
            } else {
                reply.undeliverable.contains(&key).then_some(OutcomeFault::TooLarge)
            };
            if let Some(fault) = fault {
                progress.outcome = Outcome::failed(fault);
                progress.state = CommandState::Done;
            } else {
                progress.state = CommandState::Sent;
            }
            tracked.changed = true;
        }
    }

    /// Hands an answer to the command it is for.
    pub(super) fn take_answer(&mut self, answer: CommandAnswer) {
        let (nrem, until) = (self.nrem, self.now + self.nrem.async_timeout);
        let Some(tracked) = self.jobs.iter_mut().find(|tracked| tracked.job.in_session) else { return };
        let task = Arc::clone(&tracked.task);
        let key = answer.key;
        let Some(expected) = plan::expected(&nrem.names, &task, &tracked.job, key) else { return };
        let Some(repeated) = tracked.job.at(key).map(|progress| progress.repeated) else { return };
        let mut outcome = Outcome::from_answer(answer);
        let at = usize::try_from(key).unwrap_or(usize::MAX);
        if let Some(uri) = program::walk_root(&task, &tracked.job, at) {
            let Some(progress) = tracked.job.at(key) else { return };
            let goes_on = Walk::go_on(&mut progress.walk, &uri, &mut progress.outcome, outcome);
            progress.state = if goes_on { CommandState::Pending } else { CommandState::Done };
            progress.outcome.tolerated |= progress.outcome.status.is_some_and(|it| expected.tolerance.covers(it));
            if !goes_on {
                tracked.judge(key);
            }
            tracked.changed = true;
            return;
        }
        if repeated {
            tolerate_repetition(&mut outcome, &planned(nrem, &task, &tracked.job), key);
        }
        settle(&mut outcome, &expected);
        let Some(progress) = tracked.job.at(key) else { return };
        progress.outcome.replace_with(outcome);
        progress.state =
            if progress.outcome.awaits_alert() { CommandState::Waiting(until) } else { CommandState::Done };
        if expected.owes_result {
            tracked.judge(key);
        }
        tracked.changed = true;
    }

    /// The client executed nothing of what was sent: it is offered again.
    pub(super) fn offer_again(&mut self) {
        for tracked in &mut self.jobs {
            for progress in tracked.job.progress.iter_mut().filter(|progress| progress.state == CommandState::Sent) {
                progress.state = CommandState::Pending;
                tracked.changed = true;
            }
        }
    }

    /// What was sent has no outcome and will have none.
    pub(super) fn fail_sent(&mut self, fault: OutcomeFault) {
        for tracked in &mut self.jobs {
            for progress in tracked.job.progress.iter_mut().filter(|progress| progress.state == CommandState::Sent) {
                progress.outcome = Outcome::failed(fault);
                progress.state = CommandState::Done;
                tracked.changed = true;
            }
        }
    }

    /// A new session began while commands had no answer: whether they were executed is not known \[gwmo 5.4\].
    pub(super) fn settle_lost_session(&mut self) {
        let (nrem, until) = (self.nrem, self.now + self.nrem.async_timeout);
        for tracked in &mut self.jobs {
            tracked.changed |= tracked.job.in_session;
            tracked.job.in_session = false;
            if !tracked.job.has_sent() {
                continue;
            }
            // The commands of a gateway's program are made to be repeated.
            let may_repeat = tracked.task.retry_unknown || tracked.job.is_fanout();
            let task = Arc::clone(&tracked.task);
            let commands = planned(nrem, &task, &tracked.job);
            let mut before = Vec::new();
            for (planned, progress) in commands.iter().zip(&mut tracked.job.progress) {
                if progress.state != CommandState::Sent {
                    continue;
                }
                match fate(planned, &before) {
                    _ if may_repeat => progress.repeat(),
                    Fate::Repeat => progress.repeat(),
                    Fate::Wait => progress.state = CommandState::Waiting(until),
                    Fate::Unknown => {
                        progress.outcome = Outcome::failed(OutcomeFault::Unknown);
                        progress.state = CommandState::Done;
                    }
                }
                before.push(&planned.command);
            }
            tracked.changed = true;
        }
    }

    /// Ends waits that are over.
    pub(super) fn expire(&mut self) {
        let now = self.now;
        for tracked in &mut self.jobs {
            for progress in &mut tracked.job.progress {
                if matches!(progress.state, CommandState::Waiting(until) if until <= now) {
                    let known = progress.outcome.status.is_some();
                    progress.outcome.give_up(if known { OutcomeFault::NoAlert } else { OutcomeFault::Unknown });
                    progress.state = CommandState::Done;
                    tracked.changed = true;
                }
            }
        }
    }

    /// Moves every job of the node `name` on as far as it goes.
    pub(super) fn advance(&mut self, name: &NodeId, events: &mut Vec<Event>) {
        for tracked in self.jobs.iter_mut().filter(|tracked| tracked.job.is_active()) {
            tracked.tell_progress(name, events);
            tracked.advance(self.nrem);
            if !tracked.job.is_active() {
                let job = &tracked.job;
                events.push(Event::JobEnded { job: job.id, node: name.clone(), state: job.state });
            }
        }
    }

    /// Whether a job of `task` is not over.
    pub(super) fn is_active(&self, task: TaskId) -> bool {
        self.jobs.iter().any(|tracked| tracked.job.task() == task && tracked.job.is_active())
    }

    /// The records of what changed. What the server's own tasks brought is reported.
    pub(super) fn store(self, step: &mut Step) {
        let is_over = |tracked: &&Tracked| tracked.changed && !tracked.job.is_active();
        let is_own = |tracked: &&Tracked| matches!(tracked.task.purpose, Purpose::Inventory | Purpose::Presence);
        let finished = self.jobs.iter().filter(is_over).filter(is_own);
        step.reports.finished.extend(finished.map(|it| (it.task.purpose.clone(), it.job.clone())));
        let changed = self.jobs.into_iter().filter(|tracked| tracked.changed);
        step.persist.extend(changed.map(|tracked| Record::Job(tracked.job)));
    }
}

impl Tracked {
    /// Holds what the session read as `key` against everything that the job knows.
    fn judge(&mut self, key: u32) {
        let at = usize::try_from(key).unwrap_or(usize::MAX);
        if let Some(fault) = program::judge(&self.task, &self.job, at)
            && let Some(progress) = self.job.at(key)
        {
            progress.outcome.fault = progress.outcome.fault.or(Some(fault));
        }
    }

    /// Tells that the job runs, and how far it is, when that has changed since it was told last.
    fn tell_progress(&mut self, node: &NodeId, events: &mut Vec<Event>) {
        let job = self.job.id;
        let done = self.job.done();
        if !self.told.started && has_started(&self.job) {
            events.push(Event::JobStarted { job, node: node.clone() });
        }
        if done > self.told.done && self.job.step == self.told.step {
            events.push(Event::JobProgress { job, node: node.clone(), done, of: self.job.total() });
        }
        self.told = Told::of(&self.job);
    }

    fn advance(&mut self, nrem: &Nrem) {
        let job = &mut self.job;
        while job.is_active() && job.step_is_done() {
            let fresh = job.progress.is_empty();
            self.changed = true;
            if !fresh
                && job.is_fanout()
                && let Some(fault) = failed(job)
            {
                if !job.text_only && program::refuses_wbxml(&nrem.names, &self.task, job) {
                    job.text_only = true;
                    job.progress.clear();
                    continue;
                }
                job.in_session = false;
                job.state = JobState::Failed(fault);
                return;
            }
            let number = if fresh { job.step } else { job.step.saturating_add(1) };
            if program::builds_on_answers(&self.task.purpose) && !job.is_fanout() && !fresh {
                job.earlier.push(core::mem::take(&mut job.progress));
            }
            match plan::commands_in(&nrem.names, &self.task, job, number) {
                Ok(Some(count)) => {
                    job.step = number;
                    job.progress.clear();
                    job.progress.resize_with(count, Progress::default);
                    if job.progress.is_empty() {
                        job.state = JobState::Finished;
                    }
                }
                Ok(None) => {
                    job.in_session = false;
                    job.state = JobState::Finished;
                    if job.concludes {
                        let earlier = core::mem::take(&mut job.earlier);
                        job.progress = program::conclude(&self.task, earlier);
                    } else if let Some(last) = job.earlier.pop() {
                        job.progress = last;
                    }
                }
                Err(fault) => {
                    job.in_session = false;
                    job.state = JobState::Failed(fault);
                }
            }
        }
    }
}

impl Progress {
    fn repeat(&mut self) {
        self.state = CommandState::Pending;
        self.repeated = true;
    }
}

impl Job {
    /// The progress of the command that the session knows as `key`.
    fn at(&mut self, key: u32) -> Option<&mut Progress> {
        self.progress.get_mut(usize::try_from(key).ok()?)
    }
}

/// The commands of the step that `job` is at.
pub(super) fn planned<'a>(nrem: &Nrem, task: &'a Task, job: &Job) -> Vec<Planned<'a>> {
    program::step(&nrem.names, task, job, job.step).ok().flatten().map(|step| step.commands).unwrap_or_default()
}

/// Reads the statuses of `outcome` in the light of an earlier execution of `commands` that may have been.
fn tolerate_repetition(outcome: &mut Outcome, commands: &[Planned<'_>], key: u32) {
    let mut commands = commands.iter().skip(usize::try_from(key).unwrap_or(usize::MAX));
    let Some(planned) = commands.next() else { return };
    let later: Vec<&Command<'_>> = commands.map(|later| &later.command).collect();
    repetition::tolerate(outcome, &planned.command, &later);
    // An operation of a gateway that is answered "not allowed" the second time has been accepted the first time.
    if planned.has_exec() && outcome.status == Some(StatusCode::COMMAND_NOT_ALLOWED) {
        outcome.status = Some(StatusCode::ACCEPTED_FOR_PROCESSING);
    }
}

/// Holds `outcome` against what was expected.
fn settle(outcome: &mut Outcome, expected: &Expected<'_>) {
    outcome.tolerated |= outcome.status.is_some_and(|status| expected.tolerance.covers(status));
    if expected.owes_result && outcome.status.is_some_and(StatusCode::is_good) && outcome.results.is_empty() {
        outcome.fault = Some(OutcomeFault::NoResult);
    }
}

/// Why a step of a gateway's program failed, if it did.
fn failed(job: &Job) -> Option<JobFault> {
    let bad = job.progress.iter().find(|progress| !progress.outcome.is_good())?;
    Some(match (bad.outcome.status, bad.outcome.fault) {
        (_, Some(fault)) => JobFault::NoOutcome(fault),
        (Some(status), None) => JobFault::Refused(status),
        (None, None) => JobFault::NoOutcome(OutcomeFault::NoStatus),
    })
}

/// Whether `command` is an Exec.
pub(super) const fn is_exec(command: &Command<'_>) -> bool {
    matches!(command, Command::Tree(tree) if matches!(tree.verb, Verb::Exec))
}
