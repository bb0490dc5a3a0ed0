//! One node as the arena keeps it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;

use super::Index;
use crate::acl::Acl;
use crate::node::{AccessType, NodeSpec, Scope, Traits};
use crate::uri::NodeUri;
use crate::wire::TEXT_PLAIN;

/// One node. Rare things are in `extra`, so that a million plain leaves stay small.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) name: Box<str>,
    pub(crate) body: Body,
    /// `None` is `text/plain` for a leaf and no identifier for an interior node.
    pub(crate) type_name: Option<Box<str>>,
    pub(crate) extra: Option<Box<Extra>>,
    pub(crate) stamp: UtcTime,
    pub(super) parent: Index,
    pub(super) serial: u32,
    pub(crate) ver_no: u16,
    pub(crate) access: AccessType,
    pub(crate) traits: Traits,
}

/// The value or the children.
#[derive(Clone)]
pub(crate) enum Body {
    Interior(Vec<Index>),
    Leaf { format: Format, value: Box<[u8]> },
}

/// What few nodes have.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Extra {
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

impl Node {
    pub(crate) fn new(name: &str, body: Body) -> Self {
        Self {
            name: name.into(),
            body,
            type_name: None,
            extra: None,
            stamp: UtcTime::default(),
            parent: Index::ROOT,
            serial: 0,
            ver_no: 0,
            access: AccessType::DEFAULT,
            traits: Traits::default(),
        }
    }

    pub(crate) const fn format(&self) -> Format {
        match self.body {
            Body::Interior(_) => Format::Node,
            Body::Leaf { format, .. } => format,
        }
    }

    pub(crate) fn type_name(&self) -> &str {
        match (&self.type_name, &self.body) {
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

    /// Sets Type, leaving out what is the default.
    pub(crate) fn set_type_name(&mut self, type_name: Option<&str>) {
        let is_default = |name: &str| match self.body {
            Body::Leaf { .. } => name.eq_ignore_ascii_case(TEXT_PLAIN),
            Body::Interior(_) => name.is_empty(),
        };
        self.type_name = type_name.filter(|name| !is_default(name)).map(Into::into);
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
}
