//! Get of a subtree: Struct, StructData and TNDS \[dm 4.5\].
//!
//! Live nodes of the subtree are read first, one after the other. Unspecified what becomes of the list when one of them
//! cannot be read; the Get fails, because an old value would look like a new one. The Items leave in Results that fit
//! most messages; those that do not fit are split when they are sent.

use alloc::vec::Vec;

use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Item, Results, TreeCommand};
use omadm_proto::status::StatusCode;
use omadm_tree::command::{Actor, Answer};
use omadm_tree::node::{NodeId, NodeRef};
use omadm_tree::query::List;
use omadm_tree::uri::TargetUri;

use super::{Executor, Wanted};
use crate::output::ActionResult;
use crate::session::{Reply, weight};

/// Items are put into one Results until they take this many bytes.
const RESULTS_BYTES: usize = 2048;

impl Executor<'_> {
    /// The next of the live nodes `rest`, last first, that still exists.
    pub(super) fn next_listed(&self, mut rest: Vec<NodeId>) -> Option<Wanted> {
        loop {
            let node = rest.pop()?;
            if let Some(uri) = self.tree.node(node).map(NodeRef::uri) {
                return Some(Wanted::ReadListed { uri, node, rest });
            }
        }
    }

    /// Keeps the value of a live node for the list that wants it. A node that is gone meanwhile is not missed.
    pub(super) fn supply(&mut self, node: NodeId, result: ActionResult) -> Result<(), StatusCode> {
        let value = self.live_value(node, result)?;
        if self.tree.node(node).is_some() {
            self.tree.answer_live(node, value).map_err(|_| StatusCode::COMMAND_FAILED)?;
        }
        Ok(())
    }

    /// Queues the Results of a subtree query whose live nodes have their values.
    pub(super) fn list(&mut self, command: &TreeCommand<'_>, target: &TargetUri) -> StatusCode {
        let list = match self.tree.get(Actor::Server(self.server), target) {
            Ok(Answer::List(list)) => list,
            Ok(_) => return StatusCode::COMMAND_FAILED,
            Err(refusal) => return refusal.status,
        };
        let items = match collect(&list, self.syntax, self.reply, self.max_obj_size) {
            Ok(items) => items,
            Err(code) => return code,
        };
        let cmd_ref = command.cmd_id.clone().into_owned();
        let alone = |item: &Item<'static>| Results::new(0, self.msg_ref, cmd_ref.clone(), alloc::vec![item.clone()]);
        if !self.has_large_objects() && !items.iter().all(|item| self.can_send(&alone(item))) {
            return StatusCode::REQUEST_ENTITY_TOO_LARGE;
        }
        let mut group = Vec::new();
        let mut bytes = 0;
        for item in items {
            bytes += weight(&item);
            if bytes > RESULTS_BYTES && !group.is_empty() {
                bytes = weight(&item);
                let full = core::mem::take(&mut group);
                self.reply.results(Results::new(0, self.msg_ref, cmd_ref.clone(), full));
            }
            group.push(item);
        }
        if !group.is_empty() {
            self.reply.results(Results::new(0, self.msg_ref, cmd_ref, group));
        }
        StatusCode::OK
    }
}

/// The Items of `list`, or 413 when the server or we cannot hold them.
fn collect(
    list: &List<'_>,
    syntax: Syntax,
    reply: &Reply,
    max_obj_size: Option<u64>,
) -> Result<Vec<Item<'static>>, StatusCode> {
    let mut items = Vec::new();
    let mut bytes = 0;
    for item in list.items(syntax).map_err(|_| StatusCode::COMMAND_FAILED)? {
        let data = item.data.as_ref().map_or(0, |data| data.as_bytes().len());
        bytes += weight(&item);
        if !reply.has_room_for(bytes) || max_obj_size.is_some_and(|max| data as u64 > max) {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        items.push(item.into_owned());
    }
    Ok(items)
}
