//! One Item of Add, Replace, Copy, Delete, Get or Exec \[dm 4.1 to 4.7\].

use alloc::string::ToString;
use alloc::vec::Vec;

use omadm_proto::message::{Data, Format, Item, Meta, Results, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_tree::command::{Actor, Answer, Refusal};
use omadm_tree::node::{NodeId, NodeRef};
use omadm_tree::uri::TargetUri;
use omadm_tree::value::{LeafValue, NewNode, NewValue};

use super::{Answered, Executor, Outcome, Wanted};
use crate::monitor::judge;
use crate::output::{ActionFailure, ActionResult};

impl Executor<'_> {
    pub(super) fn item(&mut self, command: &TreeCommand<'_>, item: &Item<'_>) -> Outcome {
        let target = match target(item) {
            Ok(target) => target,
            Err(code) => return Outcome::Answered(code.into()),
        };
        if let Some(code) = self.hidden(command.verb, &target) {
            return Outcome::Answered(code.into());
        }
        match command.verb {
            Verb::Get => self.get(command, item, &target),
            Verb::Exec => self.exec(command, item, &target),
            Verb::Add | Verb::Replace | Verb::Copy | Verb::Delete => {
                Outcome::Answered(self.change(command, item, &target))
            }
        }
    }

    /// Add, Replace, Copy or Delete.
    pub(super) fn change(&mut self, command: &TreeCommand<'_>, item: &Item<'_>, target: &TargetUri) -> Answered {
        match self.try_change(command, item, target) {
            Ok(()) => StatusCode::OK.into(),
            Err(refusal) => refusal.into(),
        }
    }

    /// The status of a command on a node that servers do not see at present.
    fn hidden(&self, verb: Verb, target: &TargetUri) -> Option<StatusCode> {
        self.shared.reduced.as_ref()?.hides(verb, target)
    }

    fn try_change(&mut self, command: &TreeCommand<'_>, item: &Item<'_>, target: &TargetUri) -> Result<(), Refusal> {
        if let Some(code) = self.hidden(command.verb, target) {
            return Err(code.into());
        }
        let actor = Actor::Server(self.server);
        let meta = command.meta.as_ref();
        match command.verb {
            Verb::Add => self.tree.add(actor, target, NewNode::from_item(item, meta)?),
            Verb::Replace => {
                let new = NewValue::from_item(item, meta)?;
                if let (Some(value), None) = (&new.value, target.query()) {
                    judge(self.tree, target.node(), value)?;
                }
                self.tree.replace(actor, target, new)
            }
            Verb::Delete => self.tree.delete(actor, target),
            Verb::Copy => {
                let source = item.source_uri().ok_or(StatusCode::INCOMPLETE_COMMAND)?;
                let source = TargetUri::parse(source).map_err(|error| error.status())?;
                if let Some(code) = self.hidden(Verb::Copy, &source) {
                    return Err(code.into());
                }
                self.tree.copy(actor, &source, target)
            }
            Verb::Get | Verb::Exec => Err(StatusCode::COMMAND_FAILED.into()),
        }
    }

    fn get(&mut self, command: &TreeCommand<'_>, item: &Item<'_>, target: &TargetUri) -> Outcome {
        let answer = match self.tree.get(Actor::Server(self.server), target) {
            Ok(answer) => answer,
            Err(refusal) => return Outcome::Answered(refusal.into()),
        };
        let answer = match &self.shared.reduced {
            Some(reduced) => reduced.without_hidden(target.node(), answer),
            None => answer,
        };
        match &answer {
            Answer::Live(node) => {
                return Outcome::Wants(Wanted::Read { uri: target.node().clone(), node: *node });
            }
            Answer::List(list) => {
                let mut live: Vec<NodeId> = list.live().collect();
                live.reverse();
                return match self.next_listed(live) {
                    Some(wanted) => Outcome::Wants(wanted),
                    None => Outcome::Answered(self.list(command, target).into()),
                };
            }
            Answer::Leaf { .. } | Answer::Interior { .. } | Answer::Property(_) | _ => {}
        }
        let (meta, data) = answer.to_meta_and_data(self.syntax);
        let (meta, data) = (meta.map(Meta::into_owned), data.map(Data::into_owned));
        Outcome::Answered(self.result(command, item, meta, data).into())
    }

    /// Queues the Results of a Get, if the server and we can hold them.
    fn result(
        &mut self,
        command: &TreeCommand<'_>,
        item: &Item<'_>,
        meta: Option<Meta<'static>>,
        data: Option<Data<'static>>,
    ) -> StatusCode {
        let len = data.as_ref().map_or(0, |data| data.as_bytes().len());
        if !self.reply.has_room_for(len) || self.max_obj_size.is_some_and(|max| len as u64 > max) {
            return StatusCode::REQUEST_ENTITY_TOO_LARGE;
        }
        let mut result = Item::source(item.target_uri().unwrap_or_default().to_string());
        result.meta = meta;
        result.data = data;
        let cmd_ref = command.cmd_id.clone().into_owned();
        let results = Results::new(0, self.msg_ref, cmd_ref, alloc::vec![result]);
        if !self.can_send(&results) {
            return StatusCode::REQUEST_ENTITY_TOO_LARGE;
        }
        self.reply.results(results);
        StatusCode::OK
    }

    /// Lets the driver run it, unless the same Exec was accepted before.
    fn exec(&mut self, command: &TreeCommand<'_>, item: &Item<'_>, target: &TargetUri) -> Outcome {
        if let Err(refusal) = self.tree.exec(Actor::Server(self.server), target) {
            return Outcome::Answered(refusal.into());
        }
        let uri = target.node().clone();
        let correlator = command.correlator.as_deref().filter(|text| !text.is_empty()).map(ToString::to_string);
        if let Some(correlator) = &correlator
            && let Some(status) = self.shared.known_exec(self.server, &uri, correlator)
        {
            return Outcome::Answered(status.into());
        }
        let data = item.data.as_ref().map(|data| data.as_bytes().to_vec());
        Outcome::Wants(Wanted::Exec { uri, correlator, data })
    }

    /// Answers an Item that waited, with what the driver found, unless it wants more before.
    pub(crate) fn answer_wanted(
        &mut self,
        command: &TreeCommand<'_>,
        item: &Item<'_>,
        wanted: Wanted,
        result: ActionResult,
    ) -> Option<Wanted> {
        let code = match wanted {
            Wanted::Read { node, .. } => self.read_result(command, item, node, result),
            Wanted::ReadListed { node, rest, .. } => match self.supply(node, result) {
                Err(code) => code,
                Ok(()) => match (self.next_listed(rest), target(item)) {
                    (Some(more), _) => return Some(more),
                    (None, Ok(target)) => self.list(command, &target),
                    (None, Err(code)) => code,
                },
            },
            Wanted::Exec { .. } => exec_status(&result),
            // An alert has no Items of a tree command.
            Wanted::User { .. } => StatusCode::COMMAND_FAILED,
        };
        self.answer_item(command, item, code.into());
        None
    }

    fn read_result(
        &mut self,
        command: &TreeCommand<'_>,
        item: &Item<'_>,
        node: NodeId,
        result: ActionResult,
    ) -> StatusCode {
        let value = match self.live_value(node, result) {
            Ok(value) => value,
            Err(code) => return code,
        };
        let Ok(answer) = self.tree.answer_live(node, value) else {
            return StatusCode::COMMAND_FAILED;
        };
        let (meta, data) = answer.to_meta_and_data(self.syntax);
        let (meta, data) = (meta.map(Meta::into_owned), data.map(Data::into_owned));
        self.result(command, item, meta, data)
    }

    /// The value that the driver found for the live node, or the status of the Get that wanted it.
    pub(super) fn live_value(&self, node: NodeId, result: ActionResult) -> Result<LeafValue, StatusCode> {
        let value = match result {
            ActionResult::Value(value) => value,
            ActionResult::Status(status) => return Err(status),
            ActionResult::Failed(ActionFailure::Unsupported) => {
                return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
            }
            ActionResult::Done
            | ActionResult::Block { .. }
            | ActionResult::Fetched { .. }
            | ActionResult::User(_)
            | ActionResult::Measured(_)
            | ActionResult::Software(_)
            | ActionResult::Lock(_)
            | ActionResult::Failed(_) => {
                return Err(StatusCode::COMMAND_FAILED);
            }
        };
        let format = self.tree.node(node).map_or(Format::Chr, NodeRef::format);
        Ok(LeafValue::new(format, value.to_vec()))
    }
}

/// The status of an Exec that the driver ran or refused.
pub(crate) fn exec_status(result: &ActionResult) -> StatusCode {
    match result {
        ActionResult::Done | ActionResult::Value(_) => StatusCode::OK,
        ActionResult::Status(status) => *status,
        ActionResult::Failed(ActionFailure::Unsupported) => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        ActionResult::Failed(ActionFailure::NoSpace) => StatusCode::DEVICE_FULL,
        ActionResult::Block { .. } | ActionResult::Fetched { .. } | ActionResult::User(_) => StatusCode::COMMAND_FAILED,
        ActionResult::Measured(_) | ActionResult::Software(_) | ActionResult::Lock(_) | ActionResult::Failed(_) => {
            StatusCode::COMMAND_FAILED
        }
    }
}

pub(super) fn target(item: &Item<'_>) -> Result<TargetUri, StatusCode> {
    let uri = item.target_uri().filter(|uri| !uri.is_empty()).ok_or(StatusCode::BAD_REQUEST)?;
    TargetUri::parse(uri).map_err(|error| error.status())
}
