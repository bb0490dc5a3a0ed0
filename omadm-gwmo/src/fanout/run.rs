//! One device inside a job: what was sent, what came back, and what that means \[gwmo 5.4\].
//!
//! A [`Run`] knows no clock and no slots; [`super::Fanout`] moves it between states. Outcomes are kept per CmdID of the
//! template; a top-level command of the template is the unit that is sent and answered, by its position (`key`).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use omadm_proto::ids::DevId;
use omadm_proto::message::{Command, Container, Format, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, UtcTime};

use super::retry::{self, Retry};
use crate::code::{DeviceState, ResultCode};
use crate::payload::CommandOutcome;
use crate::template::{Part, number_of};

/// The answer of a device to one command of a template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Answer {
    /// Its final Status; `None` when the device's package ended without one.
    pub status: Option<StatusCode>,
    /// What a Get returned.
    pub values: Vec<Returned>,
    /// The answers to the commands inside an Atomic or Sequence, in order.
    pub inner: Vec<Self>,
}

impl Answer {
    /// A Status without values.
    #[must_use]
    pub const fn status(status: StatusCode) -> Self {
        Self { status: Some(status), values: Vec::new(), inner: Vec::new() }
    }

    /// A Status, what a Get returned, and the answers to the commands inside.
    #[must_use]
    pub const fn new(status: Option<StatusCode>, values: Vec<Returned>, inner: Vec<Self>) -> Self {
        Self { status, values, inner }
    }
}

/// A value that a device returned.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Returned {
    /// CmdID of the Get in the template.
    pub command: u32,
    /// The node.
    pub uri: String,
    /// Its format.
    pub format: Format,
    /// The value.
    pub data: Vec<u8>,
    /// The value was longer than the gateway keeps.
    pub cut: bool,
}

impl Returned {
    /// The value `data` of the node `uri`.
    #[must_use]
    pub fn new(uri: impl Into<String>, format: Format, data: Vec<u8>) -> Self {
        Self { command: 0, uri: uri.into(), format, data, cut: false }
    }
}

impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.uri, self.data.len())
    }
}

/// One device inside a job, as it survives a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Run {
    /// The device.
    pub device: DevId,
    /// Its record; `None` when the inventory did not know it.
    pub record: Option<u32>,
    /// Where it is.
    pub state: DeviceState,
    /// Its outcome; [`ResultCode::NONE`] until it ended.
    pub code: ResultCode,
    /// Sessions used.
    pub attempts: u32,
    /// When it ended.
    pub ended: Option<UtcTime>,
    /// What came back, by CmdID.
    outcomes: BTreeMap<u32, CommandOutcome>,
    /// What Get commands returned.
    values: Vec<Returned>,
    /// Commands whose outcome was lost once: a later 418 to such an Add is good.
    unknown: BTreeSet<u32>,
    /// How often an Exec was sent again after it had ended badly, by CmdID.
    again: BTreeMap<u32, u32>,
    /// A retry of the class "once" was used.
    retried_once: bool,
    /// When the present state ends by itself.
    pub(super) deadline: Option<Instant>,
    /// Keys that were sent and have no answer.
    #[cfg_attr(feature = "serde", serde(skip))]
    sent: BTreeSet<u32>,
    /// When a notification is repeated, and after how long it was sent.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(super) remind: Option<(Instant, core::time::Duration)>,
    /// Whether the outcome stands in a report.
    pub(super) reported: bool,
}

/// What the answers so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Some commands have no answer yet.
    Open,
    /// Everything is good.
    Good,
    /// An Exec was accepted and its final alert has not come.
    Async,
    /// The outcome of a command is not known.
    Unknown,
    /// A command ended badly.
    Bad(Retry),
}

impl Run {
    pub(super) const fn new(device: DevId, record: Option<u32>) -> Self {
        Self {
            device,
            record,
            state: DeviceState::Queued,
            code: ResultCode::NONE,
            attempts: 0,
            ended: None,
            outcomes: BTreeMap::new(),
            values: Vec::new(),
            unknown: BTreeSet::new(),
            again: BTreeMap::new(),
            retried_once: false,
            deadline: None,
            sent: BTreeSet::new(),
            remind: None,
            reported: false,
        }
    }

    /// The outcomes of the template's commands, in the order of their CmdIDs.
    pub fn outcomes(&self) -> impl Iterator<Item = &CommandOutcome> {
        self.outcomes.values()
    }

    /// What Get commands returned.
    #[must_use]
    pub fn values(&self) -> &[Returned] {
        &self.values
    }

    /// Whether a command was sent in this session and has no answer.
    pub(super) fn has_unanswered(&self) -> bool {
        !self.sent.is_empty()
    }

    pub(super) fn mark_sent(&mut self, key: u32) {
        self.sent.insert(key);
    }

    pub(super) fn is_sent(&self, key: u32) -> bool {
        self.sent.contains(&key)
    }

    /// The device executed nothing of what was sent: it is to be sent again.
    pub(super) fn forget_sent(&mut self) {
        self.sent.clear();
    }

    /// The answers to what was sent will never come.
    pub(super) fn lose_sent(&mut self, commands: &[Command<'static>]) {
        for key in core::mem::take(&mut self.sent) {
            if let Some(command) = usize::try_from(key).ok().and_then(|key| commands.get(key)) {
                self.lose(command);
            }
        }
    }

    fn lose(&mut self, command: &Command<'static>) {
        match Part::of(command) {
            Part::Leaf(leaf) => self.lose_one(number_of(&leaf.cmd_id)),
            Part::Atomic(container) | Part::Sequence(container) => {
                self.lose_one(number_of(&container.cmd_id));
                container.commands.iter().for_each(|inner| self.lose(inner));
            }
            Part::Other => {}
        }
    }

    fn lose_one(&mut self, id: u32) {
        self.outcomes.remove(&id);
        self.unknown.insert(id);
    }

    /// The device answered the top-level command `command` with the key `key`.
    pub(super) fn absorb(&mut self, key: u32, command: &Command<'static>, answer: Answer) {
        self.sent.remove(&key);
        self.absorb_command(command, answer);
    }

    fn absorb_command(&mut self, command: &Command<'static>, answer: Answer) {
        match Part::of(command) {
            Part::Leaf(leaf) => {
                let id = number_of(&leaf.cmd_id);
                self.note(id, answer.status);
                self.values.retain(|value| value.command != id);
                self.values.extend(answer.values.into_iter().map(|value| Returned { command: id, ..value }));
            }
            Part::Atomic(container) => {
                self.absorb_container(command, container, answer);
                if self.was_done_before(container) {
                    self.settle(command);
                }
            }
            Part::Sequence(container) => self.absorb_container(command, container, answer),
            Part::Other => {}
        }
    }

    fn absorb_container(&mut self, command: &Command<'static>, container: &Container<'static>, answer: Answer) {
        self.note(number_of(&container.cmd_id), answer.status);
        let sent = container.commands.iter().filter(|inner| !self.is_settled_in(command, inner));
        let sent: Vec<_> = sent.collect();
        let mut inner = answer.inner.into_iter();
        for command in sent {
            self.absorb_command(command, inner.next().unwrap_or_default());
        }
    }

    /// Whether an Atomic failed for nothing but what it had added itself, before its outcome was lost: it has been done as a
    /// whole then.
    fn was_done_before(&self, atomic: &Container<'static>) -> bool {
        let status = |id: u32| self.outcomes.get(&id).map(|outcome| outcome.status);
        let undone = [StatusCode::NOT_EXECUTED, StatusCode::ATOMIC_ROLL_BACK_OK].map(Some);
        let leaves = || atomic.commands.iter().map(Part::of);
        status(number_of(&atomic.cmd_id)) == Some(StatusCode::ATOMIC_FAILED)
            && leaves().any(|part| matches!(part, Part::Leaf(leaf) if self.was_added_before(leaf)))
            && leaves().all(|part| {
                matches!(part, Part::Leaf(leaf)
                    if self.is_good(leaf) || undone.contains(&status(number_of(&leaf.cmd_id))))
            })
    }

    /// `command` and all inside it are done.
    fn settle(&mut self, command: &Command<'static>) {
        match Part::of(command) {
            Part::Leaf(leaf) => self.note(number_of(&leaf.cmd_id), Some(StatusCode::OK)),
            Part::Atomic(container) | Part::Sequence(container) => {
                self.note(number_of(&container.cmd_id), Some(StatusCode::OK));
                container.commands.iter().for_each(|inner| self.settle(inner));
            }
            Part::Other => {}
        }
    }

    fn note(&mut self, id: u32, status: Option<StatusCode>) {
        match status {
            // A repetition of what has ended: its alert does not come again.
            Some(StatusCode::ACCEPTED_FOR_PROCESSING) if self.has_ended(id) => {}
            Some(status) => {
                self.outcomes.insert(id, CommandOutcome::new(id, status, None));
            }
            None => self.lose_one(id),
        }
    }

    /// The part of the top-level command that has no good outcome yet and no final one: all of an Atomic, the rest of a
    /// Sequence.
    pub(super) fn remaining(&self, command: &Command<'static>) -> Option<Command<'static>> {
        match Part::of(command) {
            Part::Sequence(container) => {
                let rest: Vec<_> = container.commands.iter().filter_map(|inner| self.remaining(inner)).collect();
                (!rest.is_empty()).then(|| {
                    let mut sequence = Container::new(container.cmd_id.clone(), rest);
                    sequence.meta.clone_from(&container.meta);
                    Command::Sequence(sequence)
                })
            }
            Part::Leaf(leaf) if self.has_ended(number_of(&leaf.cmd_id)) => None,
            Part::Leaf(_) | Part::Atomic(_) | Part::Other => (!self.is_settled(command)).then(|| command.clone()),
        }
    }

    /// The Correlator that the device sees for an Exec: the template's, or one of the job. A device takes the same Correlator
    /// on the same node for a repetition, so an Exec that is meant to run again gets another one.
    pub(super) fn correlator(&self, job: &str, exec: &TreeCommand<'static>) -> String {
        let id = number_of(&exec.cmd_id);
        let base = exec.correlator.as_deref().map_or_else(|| alloc::format!("{job}-{id}"), Into::into);
        match self.again.get(&id) {
            Some(times) => alloc::format!("{base}~{times}"),
            None => base,
        }
    }

    /// Whether `inner`, a command inside `outer`, was left out when `outer` was sent.
    fn is_settled_in(&self, outer: &Command<'static>, inner: &Command<'static>) -> bool {
        matches!(outer, Command::Sequence(_)) && self.remaining(inner).is_none()
    }

    fn is_settled(&self, command: &Command<'static>) -> bool {
        match Part::of(command) {
            Part::Leaf(leaf) => self.is_good(leaf),
            Part::Atomic(container) => {
                let own = self.outcomes.get(&number_of(&container.cmd_id));
                own.is_some_and(|own| own.status.is_good())
                    && container.commands.iter().all(|inner| self.is_settled(inner))
            }
            Part::Sequence(container) => container.commands.iter().all(|inner| self.is_settled(inner)),
            Part::Other => true,
        }
    }

    fn is_good(&self, leaf: &TreeCommand<'static>) -> bool {
        let id = number_of(&leaf.cmd_id);
        self.outcomes.get(&id).is_some_and(|outcome| {
            // An accepted Exec whose alert has not come is not to be sent again either.
            let good = outcome.status.is_good() || self.was_added_before(leaf);
            good && outcome.result.is_none_or(retry::is_good_result)
        })
    }

    /// Whether an Add found its node, after the outcome of an earlier attempt was lost.
    fn was_added_before(&self, leaf: &TreeCommand<'static>) -> bool {
        let id = number_of(&leaf.cmd_id);
        let found = self.outcomes.get(&id).is_some_and(|outcome| outcome.status == StatusCode::ALREADY_EXISTS);
        leaf.verb == Verb::Add && found && self.unknown.contains(&id)
    }

    /// The Execs that were accepted and have no final alert yet.
    pub(super) fn awaited<'t>(&self, leaves: &[&'t TreeCommand<'static>]) -> Vec<&'t TreeCommand<'static>> {
        let waits = |leaf: &&&'t TreeCommand<'static>| {
            let outcome = self.outcomes.get(&number_of(&leaf.cmd_id));
            leaf.verb == Verb::Exec
                && outcome.is_some_and(|outcome| {
                    outcome.status == StatusCode::ACCEPTED_FOR_PROCESSING && outcome.result.is_none()
                })
        };
        leaves.iter().filter(waits).copied().collect()
    }

    /// The final alert of the Exec `id` said `result`. Its Status may have been lost: the alert tells that it was accepted.
    pub(super) fn finish(&mut self, id: u32, result: u16) {
        let accepted = CommandOutcome::new(id, StatusCode::ACCEPTED_FOR_PROCESSING, None);
        self.outcomes.entry(id).or_insert(accepted).result = Some(result);
        if retry::of_result(result) != Retry::No {
            *self.again.entry(id).or_default() += 1;
        }
    }

    /// Whether the Exec `id` has ended for good: its final alert came, and said nothing that is tried again.
    pub(super) fn has_ended(&self, id: u32) -> bool {
        let result = self.outcomes.get(&id).and_then(|outcome| outcome.result);
        result.is_some_and(|result| retry::of_result(result) == Retry::No)
    }

    /// Cuts what Get commands returned to `limit` bytes together.
    pub(super) fn limit_values(&mut self, limit: usize) {
        let mut room = limit;
        self.values.retain_mut(|value| {
            let Some(left) = room.checked_sub(value.uri.len()) else { return false };
            if value.data.len() > left {
                value.data.truncate(left);
                value.cut = true;
            }
            room = left - value.data.len();
            true
        });
    }

    /// What the answers so far mean, with an eye on `commands`, the template.
    pub(super) fn verdict(&self, commands: &[Command<'static>], leaves: &[&TreeCommand<'static>]) -> Verdict {
        if self.has_unanswered() {
            return Verdict::Open;
        }
        if !self.awaited(leaves).is_empty() {
            return Verdict::Async;
        }
        let mut bad = None;
        for leaf in leaves {
            let id = number_of(&leaf.cmd_id);
            match self.outcomes.get(&id) {
                None if self.unknown.contains(&id) => return Verdict::Unknown,
                None => return Verdict::Open,
                Some(_) if self.is_good(leaf) => {}
                Some(outcome) => bad = bad.max(Some(class_of(outcome))),
            }
        }
        let containers_good = commands.iter().all(|command| self.is_settled(command));
        match bad {
            Some(class) => Verdict::Bad(class),
            None if containers_good => Verdict::Good,
            // The commands inside are good and the container is not: reported as it is.
            None => Verdict::Bad(Retry::No),
        }
    }

    /// Whether `class` of a bad outcome allows another attempt, which is used up by that.
    pub(super) const fn use_retry(&mut self, class: Retry) -> bool {
        match class {
            Retry::Yes => true,
            Retry::Once => !core::mem::replace(&mut self.retried_once, true),
            Retry::No => false,
        }
    }

    /// After a restart: what was in a session is tried again \[gwmo 5.6\].
    pub(super) fn survive_restart(&mut self, leaves: &[&TreeCommand<'static>]) {
        self.sent.clear();
        if self.state == DeviceState::InSession {
            let answered = &self.outcomes;
            let lost = leaves.iter().map(|leaf| number_of(&leaf.cmd_id)).filter(|id| !answered.contains_key(id));
            self.unknown.extend(lost);
        }
        if matches!(self.state, DeviceState::Notified | DeviceState::InSession) {
            self.state = DeviceState::Backoff;
        }
    }
}

fn class_of(outcome: &CommandOutcome) -> Retry {
    match outcome.result {
        Some(result) if outcome.status.is_good() => retry::of_result(result),
        _ => retry::of_status(outcome.status),
    }
}
