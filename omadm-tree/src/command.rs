//! The commands of servers on the tree \[dm 4\], with the order of checks of \[dm 4.11\] from step 4 on.
//!
//! A command changes everything it should or nothing. Called by the client session, and by a gateway for its own tree.
//! Open points, decided: Delete needs the right on the addressed node only, and a permanent node anywhere below makes it
//! 405 with nothing deleted; Copy to a missing target creates it as Add would, and answers 403 for interior or live nodes;
//! what a property or list cannot be used for is answered 405 without looking for its node, as what is not supported is;
//! a list is judged as a Get of the node that it starts at; serialized trees are in `command/object`, the Inbox in
//! `command/inbox`.

use alloc::string::String;
use core::fmt;

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use thiserror::Error;

use crate::acl::Right;
use crate::feature::Feature;
use crate::node::{NodeId, Traits};
use crate::query::List;
use crate::store::{Body, Index};
use crate::tree::Tree;
use crate::uri::{NodeUri, Query, TargetUri};
use crate::wire::join_names;

mod add;
mod copy;
mod delete;
mod inbox;
mod object;
mod replace;

pub(crate) use inbox::Filing;

/// Where servers put management objects for the device to file.
pub(crate) const INBOX: &str = "Inbox";

/// Where the limits of URIs are.
const DEV_DETAIL: &str = "DevDetail";

/// Who commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a server under its ACLs, or the device that owns the tree")]
pub enum Actor<'a> {
    /// The device: no ACL, no AccessType, no permanence stands in its way.
    Device,
    /// The authenticated server.
    Server(&'a ServerId),
}

/// What a Get answers.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// The value of a leaf.
    Leaf {
        /// The Format property.
        format: Format,
        /// The Type property.
        type_name: &'a str,
        /// The stored bytes.
        value: &'a [u8],
    },
    /// The children of an interior node.
    Interior {
        /// Their names, escaped as in URIs, joined by `/`.
        names: String,
    },
    /// The text of a property.
    Property(String),
    /// A live leaf: ask the device, then [`Tree::answer_live`].
    Live(NodeId),
    /// The nodes of a subtree, each that may be read.
    List(List<'a>),
}

/// Why a command was not executed: the Status to answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("refused: {status}")]
#[non_exhaustive]
pub struct Refusal {
    /// The code.
    pub status: StatusCode,
    /// The interior node whose implicit creation failed, or the node of a serialized tree that did; belongs into an Item of
    /// the Status \[dm 4.1\].
    pub at: Option<NodeUri>,
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self { status, at: None }
    }
}

impl Tree {
    /// Get \[dm 4.4\].
    ///
    /// # Errors
    /// The status to answer.
    pub fn get(&self, actor: Actor<'_>, target: &TargetUri) -> Result<Answer<'_>, Refusal> {
        self.check_extent(target)?;
        if matches!(actor, Actor::Server(_)) && self.is_inbox(target.node()) {
            return Err(StatusCode::COMMAND_NOT_ALLOWED.into());
        }
        target.query().map_or(Ok(()), |query| self.need_for(query))?;
        let index = self.existing(target.node())?;
        match target.query() {
            Some(Query::Property(property)) => Ok(Answer::Property(self.read_property(actor, index, *property)?)),
            Some(Query::List(query)) => {
                self.permit(actor, Right::Get, index)?;
                Ok(Answer::List(self.list(actor, index, *query)))
            }
            None => {
                self.permit(actor, Right::Get, index)?;
                Ok(self.answer(index))
            }
        }
    }

    /// Exec \[dm 4.7\]: whether it may be run, and on which node. Running it is the caller's business.
    ///
    /// # Errors
    /// The status to answer.
    pub fn exec(&self, actor: Actor<'_>, target: &TargetUri) -> Result<NodeId, Refusal> {
        self.need(Feature::Exec)?;
        let uri = self.addressed(target)?;
        self.spare_inbox(actor, uri)?;
        let index = self.existing(uri)?;
        self.permit(actor, Right::Exec, index)?;
        Ok(self.store.id(index))
    }

    pub(crate) fn answer(&self, index: Index) -> Answer<'_> {
        let node = self.store.node(index);
        match &node.body {
            Body::Interior(_) => {
                let names = self.store.children(index).map(|child| &*self.store.node(child).name);
                Answer::Interior { names: join_names(names) }
            }
            Body::Leaf { .. } if node.traits.has(Traits::LIVE) => Answer::Live(self.store.id(index)),
            Body::Leaf { format, value } => Answer::Leaf { format: *format, type_name: node.type_name(), value },
        }
    }

    /// Whether `uri` is the Inbox of the device or below it: what is there is never shown \[dm 11.4\].
    fn is_inbox(&self, uri: &NodeUri) -> bool {
        let inbox = self.store.child(Index::ROOT, INBOX);
        inbox.is_some() && inbox == uri.segments().next().and_then(|first| self.store.child(Index::ROOT, first))
    }

    /// Takes up what a command may have changed for the tree itself.
    fn changed(&mut self, uri: &NodeUri) {
        if uri.segments().next().is_some_and(|first| first.eq_ignore_ascii_case(DEV_DETAIL)) {
            self.reload_uri_limits();
        }
    }

    /// The node that a command other than Get and Replace addresses; properties and lists take none of those.
    fn addressed<'u>(&self, target: &'u TargetUri) -> Result<&'u NodeUri, StatusCode> {
        self.check_extent(target)?;
        match target.query() {
            None => Ok(target.node()),
            Some(query) => Err(self.need_for(query).err().unwrap_or(StatusCode::COMMAND_NOT_ALLOWED)),
        }
    }

    pub(crate) fn check_extent(&self, target: &TargetUri) -> Result<(), StatusCode> {
        if self.uri_limits.admit(target.node(), target.extent()) { Ok(()) } else { Err(StatusCode::URI_TOO_LONG) }
    }

    /// 403 for a server when the device needs the node as it is: the last check before a change \[dm 4.11\].
    pub(crate) fn check_free(&self, actor: Actor<'_>, index: Index) -> Result<(), StatusCode> {
        let held = matches!(actor, Actor::Server(_)) && self.store.node(index).traits.has(Traits::IN_USE);
        if held { Err(StatusCode::FORBIDDEN) } else { Ok(()) }
    }

    fn existing(&self, uri: &NodeUri) -> Result<Index, StatusCode> {
        self.locate(uri).ok_or(StatusCode::NOT_FOUND)
    }
}

impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf { format, type_name, value } => {
                write!(f, "Leaf({format}, {type_name}, {} bytes)", value.len())
            }
            Self::Interior { names } => write!(f, "Interior({names})"),
            Self::Property(text) => write!(f, "Property({} bytes)", text.len()),
            Self::Live(id) => write!(f, "Live({id:?})"),
            Self::List(list) => list.fmt(f),
        }
    }
}
