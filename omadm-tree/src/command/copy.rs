//! Copy \[dm 4.6\]: the value of one leaf over another, or into a new one.
//!
//! Needs the rights of the equivalent commands. Interior nodes on either side answer 403 once both are found; so does,
//! after the rights, everything but them that keeps the target from taking the value: another Format or Type than it can
//! have, too many bytes, a live source, a target in use.

use alloc::boxed::Box;
use alloc::string::ToString as _;

use omadm_proto::status::StatusCode;

use super::{Actor, Answer, Refusal};
use crate::acl::Right;
use crate::feature::Feature;
use crate::node::Traits;
use crate::store::{Index, Node};
use crate::tree::Tree;
use crate::uri::TargetUri;
use crate::value::NewNode;

impl Tree {
    /// Copy \[dm 4.6\].
    ///
    /// # Errors
    /// The status to answer.
    pub fn copy(&mut self, actor: Actor<'_>, source: &TargetUri, target: &TargetUri) -> Result<(), Refusal> {
        self.need(Feature::Copy)?;
        let (to, from) = (self.addressed(target)?, self.addressed(source)?);
        self.spare_inbox(actor, to)?;
        self.spare_inbox(actor, from)?;
        let from = self.existing(from)?;
        let existing = self.locate(to);
        if [Some(from), existing].into_iter().flatten().any(|index| self.store.node(index).is_interior()) {
            return Err(StatusCode::FORBIDDEN.into());
        }
        self.permit(actor, Right::Get, from)?;
        if let Some(index) = existing {
            self.permit(actor, Right::Replace, index)?;
        }
        let (format, type_name, value) = match self.answer(from) {
            Answer::Leaf { format, type_name, value } => (format, type_name.to_string(), value.to_vec()),
            Answer::Interior { .. } | Answer::Property(_) | Answer::Live(_) | Answer::List(_) => {
                return Err(StatusCode::FORBIDDEN.into());
            }
        };
        let Some(index) = existing else {
            return self.create(actor, to, NewNode::leaf(format, value).of_type(type_name));
        };
        self.check_takes(from, index, value.len())?;
        self.judge_value(actor, index, Some(&type_name), &value).map_err(|_| StatusCode::FORBIDDEN)?;
        self.check_free(actor, index)?;
        self.store.set_value(index, format, Box::from(value));
        self.store.set_type(index, Some(&type_name));
        self.store.touch(index, Some(self.clock));
        self.changed(to);
        Ok(())
    }

    /// Whether the leaf `to` can hold what the leaf `from` holds, with its Format and Type: 403 or 420 when not.
    fn check_takes(&self, from: Index, to: Index, bytes: usize) -> Result<(), StatusCode> {
        let (source, leaf) = (self.store.node(from), self.store.node(to));
        let format = leaf.format() == source.format() || leaf.traits.has(Traits::ANY_FORMAT);
        let kind = same_type(leaf, source) || leaf.traits.has(Traits::ANY_TYPE);
        match self.check_size(to, bytes) {
            Err(StatusCode::DEVICE_FULL) if format && kind => Err(StatusCode::DEVICE_FULL),
            Ok(()) if format && kind => Ok(()),
            _ => Err(StatusCode::FORBIDDEN),
        }
    }
}

fn same_type(a: &Node, b: &Node) -> bool {
    a.type_name().eq_ignore_ascii_case(b.type_name())
}
