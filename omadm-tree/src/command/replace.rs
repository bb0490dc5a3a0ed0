//! Replace \[dm 4.2\]: the value of a leaf, or a property.
//!
//! Format and Type follow the command where the node allows it. Else: Format `b64` is how binary travels, and is decoded
//! into what the node is; `chr` and `text/plain` are what the standard assumes when nothing is said, so saying them says
//! nothing; any other that is not the node's is answered 415. Without Meta the node keeps what it has.

use alloc::boxed::Box;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use super::object::is_tnds;
use super::{Actor, Refusal};
use crate::acl::Right;
use crate::node::Traits;
use crate::property::{Settable, TYPE_BYTES};
use crate::store::{Index, Node};
use crate::tree::Tree;
use crate::uri::{Query, TargetUri};
use crate::value::{NewNode, NewValue, fits};
use crate::wire::{TEXT_PLAIN, decode_base64};

impl Tree {
    /// Replace \[dm 4.2\].
    ///
    /// # Errors
    /// The status to answer.
    pub fn replace(&mut self, actor: Actor<'_>, target: &TargetUri, new: NewValue) -> Result<(), Refusal> {
        self.check_extent(target)?;
        target.query().map_or(Ok(()), |query| self.need_for(query))?;
        match target.query() {
            Some(Query::List(_)) => Err(StatusCode::COMMAND_NOT_ALLOWED.into()),
            Some(Query::Property(property)) => {
                let property = Settable::parse(*property)?;
                let index = self.existing(target.node())?;
                self.replace_property(actor, index, property, new)?;
                self.changed(target.node());
                Ok(())
            }
            None => {
                self.spare_inbox(actor, target.node())?;
                if is_tnds(new.type_name.as_deref()) {
                    return self.replace_object(actor, target.node(), new);
                }
                let index = self.existing(target.node())?;
                self.replace_value(actor, index, new)?;
                self.changed(target.node());
                Ok(())
            }
        }
    }

    pub(super) fn replace_value(&mut self, actor: Actor<'_>, index: Index, new: NewValue) -> Result<(), StatusCode> {
        let node = self.store.node(index);
        if node.is_interior() {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        self.permit(actor, Right::Replace, index)?;
        let retype = takes_type(node, new.type_name.as_deref())?;
        let fitting = fitting_value(node, new.format, new.value)?;
        self.judge_value(actor, index, new.type_name.as_deref(), &fitting.1)?;
        self.put_value(actor, index, fitting, new.type_name.as_deref().filter(|_| retype))
    }

    /// Replaces the value of a leaf by the one in `node`, whose Format is the one that the leaf shall have.
    pub(super) fn replace_by_node(&mut self, actor: Actor<'_>, index: Index, new: NewNode) -> Result<(), StatusCode> {
        self.permit(actor, Right::Replace, index)?;
        let node = self.store.node(index);
        let value = new.value.unwrap_or_default();
        let retype = takes_type(node, new.type_name.as_deref())?;
        let takes_format = node.traits.has(Traits::ANY_FORMAT) || new.format == node.format();
        if !takes_format || !fits(new.format, &value) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT);
        }
        self.judge_value(actor, index, new.type_name.as_deref(), &value)?;
        self.put_value(actor, index, (new.format, value.into()), new.type_name.as_deref().filter(|_| retype))
    }

    fn put_value(
        &mut self,
        actor: Actor<'_>,
        index: Index,
        (format, value): (Format, Box<[u8]>),
        type_name: Option<&str>,
    ) -> Result<(), StatusCode> {
        self.check_size(index, value.len())?;
        self.check_free(actor, index)?;
        self.store.set_value(index, format, value);
        if type_name.is_some() {
            self.store.set_type(index, type_name);
        }
        self.store.touch(index, Some(self.clock));
        Ok(())
    }

    /// 413 when the node or any node may not be that large, 420 when the tree has no room.
    pub(crate) fn check_size(&self, index: Index, bytes: usize) -> Result<(), StatusCode> {
        let node = self.store.node(index);
        let own_limit = node.max_size().map_or(usize::MAX, |limit| limit as usize);
        if bytes > self.limits.value_bytes.min(own_limit) {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        let grows_by = bytes.saturating_sub(node.value_len());
        if self.takes(0, grows_by) { Ok(()) } else { Err(StatusCode::DEVICE_FULL) }
    }
}

/// Whether the Type that was sent has to be set, or 415 when the node cannot have it.
fn takes_type(node: &Node, sent: Option<&str>) -> Result<bool, StatusCode> {
    let Some(sent) = sent else { return Ok(false) };
    if node.traits.has(Traits::ANY_TYPE) && sent.len() <= TYPE_BYTES {
        return Ok(true);
    }
    let keeps = sent.eq_ignore_ascii_case(TEXT_PLAIN) || sent.eq_ignore_ascii_case(node.type_name());
    if keeps { Ok(false) } else { Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT) }
}

/// The Format and bytes to store.
fn fitting_value(node: &Node, sent: Option<Format>, value: Option<Vec<u8>>) -> Result<(Format, Box<[u8]>), StatusCode> {
    let own = node.format();
    let any = node.traits.has(Traits::ANY_FORMAT);
    let (format, transport) = match sent {
        Some(Format::B64) if own != Format::B64 => (if any { Format::Bin } else { own }, Format::B64),
        Some(Format::Node) => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT),
        Some(format) if any || format == own => (format, format),
        None | Some(Format::Chr) => (own, own),
        Some(_) => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT),
    };
    let value = match value {
        Some(text) if transport == Format::B64 && format != Format::B64 => {
            decode_base64(&text).ok_or(StatusCode::BAD_REQUEST)?
        }
        Some(value) => value,
        None if format == Format::Null => Vec::new(),
        None => return Err(StatusCode::INCOMPLETE_COMMAND),
    };
    if fits(format, &value) { Ok((format, value.into())) } else { Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT) }
}
