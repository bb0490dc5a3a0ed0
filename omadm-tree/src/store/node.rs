//! One node as the arena keeps it: 80 bytes, so that a million of them with their names and values stay small.

use alloc::boxed::Box;

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;

use super::Index;
use super::children::{Children, Link};
use crate::acl::Acl;
use crate::node::{AccessType, NodeSpec, Scope, Traits};
use crate::uri::NodeUri;
use crate::wire::TEXT_PLAIN;

/// One node. Rare things are in `extra`, so that a million plain leaves stay small.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) name: Box<str>,
    pub(crate) body: Body,
    pub(crate) extra: Option<Box<Extra>>,
    pub(crate) stamp: UtcTime,
    pub(super) parent: Index,
    pub(super) before: Link,
    pub(super) after: Link,
    pub(super) serial: u32,
    pub(crate) ver_no: u16,
    pub(crate) access: AccessType,
    pub(crate) traits: Traits,
    pub(super) hold: Hold,
}

/// Whether a node hangs on its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Hanging,
    /// The log may want it back.
    TakenOff,
}

/// The value or the children.
#[derive(Clone)]
pub(crate) enum Body {
    Interior(Box<Children>),
    Leaf { format: Format, value: Box<[u8]> },
}

/// What few nodes have.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Extra {
    /// `None` is `text/plain` for a leaf and no identifier for an interior node.
    pub(crate) type_name: Option<Box<str>>,
    pub(crate) acl: Acl,
    pub(crate) title: Box<str>,
    pub(crate) max_size: Option<u32>,
    pub(crate) template: Option<Template>,
}

/// What is created below a new child: addresses relative to the child, parents first.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) nodes: Box<[(NodeUri, NodeSpec)]>,
}

impl Body {
    /// An interior node without children.
    pub(crate) fn interior() -> Self {
        Self::Interior(Box::default())
    }
}

impl Node {
    pub(crate) fn new(name: &str, body: Body) -> Self {
        Self {
            name: name.into(),
            body,
            extra: None,
            stamp: UtcTime::default(),
            parent: Index::ROOT,
            before: Link::NONE,
            after: Link::NONE,
            serial: 0,
            ver_no: 0,
            access: AccessType::DEFAULT,
            traits: Traits::default(),
            hold: Hold::Hanging,
        }
    }

    /// What a free slot holds.
    pub(super) fn vacant() -> Self {
        Self::new("", Body::Leaf { format: Format::Null, value: Box::default() })
    }

    pub(crate) const fn format(&self) -> Format {
        match self.body {
            Body::Interior(_) => Format::Node,
            Body::Leaf { format, .. } => format,
        }
    }

    pub(crate) fn type_name(&self) -> &str {
        match (self.own_type(), &self.body) {
            (Some(name), _) => name,
            (None, Body::Leaf { .. }) => TEXT_PLAIN,
            (None, Body::Interior(_)) => "",
        }
    }

    pub(crate) const fn scope(&self) -> Scope {
        if self.traits.has(Traits::PERMANENT) { Scope::Permanent } else { Scope::Dynamic }
    }

    pub(crate) fn acl(&self) -> &Acl {
        const INHERITED: &Acl = &Acl::EMPTY;
        self.extra.as_ref().map_or(INHERITED, |extra| &extra.acl)
    }

    pub(crate) fn title(&self) -> &str {
        self.extra.as_ref().map_or("", |extra| &extra.title)
    }

    pub(crate) fn max_size(&self) -> Option<u32> {
        self.extra.as_ref().and_then(|extra| extra.max_size)
    }

    pub(crate) fn template(&self) -> Option<&Template> {
        self.extra.as_ref().and_then(|extra| extra.template.as_ref())
    }

    pub(crate) const fn is_interior(&self) -> bool {
        matches!(self.body, Body::Interior(_))
    }

    /// Type where it is not the default.
    pub(crate) fn own_type(&self) -> Option<&str> {
        self.extra.as_ref()?.type_name.as_deref()
    }

    /// `type_name` unless it is the default.
    pub(super) fn uncommon_type<'n>(&self, type_name: Option<&'n str>) -> Option<&'n str> {
        type_name.filter(|name| match self.body {
            Body::Leaf { .. } => !name.eq_ignore_ascii_case(TEXT_PLAIN),
            Body::Interior(_) => !name.is_empty(),
        })
    }

    /// Sets Type of a node that is not in the tree yet.
    pub(crate) fn set_type_name(&mut self, type_name: Option<&str>) {
        let type_name = self.uncommon_type(type_name).map(Into::into);
        if type_name.is_some() || self.extra.is_some() {
            self.extra.get_or_insert_default().type_name = type_name;
        }
    }

    /// The bytes of a leaf's value; 0 for an interior node.
    pub(crate) fn value_len(&self) -> usize {
        match &self.body {
            Body::Leaf { value, .. } => value.len(),
            Body::Interior(_) => 0,
        }
    }

    /// The bytes that count against the limit of the tree.
    pub(crate) fn weight(&self) -> usize {
        self.name.len() + self.value_len()
    }

    /// The bytes of the properties that peers set: Type, Title and ACL.
    pub(crate) fn label_bytes(&self) -> usize {
        let of =
            |extra: &Extra| extra.type_name.as_deref().map_or(0, str::len) + extra.title.len() + extra.acl.weight();
        self.extra.as_deref().map_or(0, of)
    }
}
