//! Describing a node to create: for builders, the device's own `put`, and instance templates.

use alloc::string::String;
use core::fmt;

use omadm_proto::message::Format;

use super::{AccessType, CaseSense, Scope, Traits};
use crate::acl::Acl;
use crate::value::LeafValue;

/// The description of a node to create.
///
/// By default a node is dynamic, has an empty ACL and takes every command but Exec (a live one only Get). Format and Type
/// of a leaf are fixed: a Replace with others is answered 415, unless [`Self::any_format`] or [`Self::any_type`] is said.
#[derive(Clone, PartialEq, Eq)]
pub struct NodeSpec {
    pub(crate) format: Format,
    pub(crate) value: LeafValue,
    pub(crate) type_name: Option<String>,
    pub(crate) title: String,
    pub(crate) acl: Acl,
    pub(crate) access: AccessType,
    pub(crate) scope: Scope,
    pub(crate) max_size: Option<u32>,
    pub(crate) traits: Traits,
}

impl NodeSpec {
    fn new(format: Format, value: LeafValue) -> Self {
        Self {
            format,
            value,
            type_name: None,
            title: String::new(),
            acl: Acl::EMPTY,
            access: AccessType::DEFAULT,
            scope: Scope::Dynamic,
            max_size: None,
            traits: Traits::default(),
        }
    }

    /// A leaf of `format` that holds `value`. Format `node` makes no leaf: building such a tree fails.
    #[must_use]
    pub fn leaf(format: Format, value: impl Into<LeafValue>) -> Self {
        Self::new(format, value.into())
    }

    /// A leaf in the format that `value` has by itself.
    #[must_use]
    pub fn value(value: impl Into<LeafValue>) -> Self {
        let value = value.into();
        Self::new(value.format(), value)
    }

    /// An interior node.
    #[must_use]
    pub fn interior() -> Self {
        Self::new(Format::Node, LeafValue::new(Format::Node, ""))
    }

    /// A leaf whose value the device supplies each time it is asked for. Takes Get only, unless [`Self::access`] says more.
    #[must_use]
    pub fn live(format: Format) -> Self {
        let mut spec = Self::new(format, LeafValue::new(format, "")).access(AccessType::GET);
        spec.traits = spec.traits.with(Traits::LIVE);
        spec
    }

    /// The same as a management object: its Type is the identifier `moi`.
    #[must_use]
    pub fn mo(self, moi: impl Into<String>) -> Self {
        self.of_type(moi)
    }

    /// The same with Type: a MIME type for a leaf, a management object identifier for an interior node.
    #[must_use]
    pub fn of_type(mut self, type_name: impl Into<String>) -> Self {
        self.type_name = Some(type_name.into());
        self
    }

    /// The same taking the commands of `access`.
    #[must_use]
    pub const fn access(mut self, access: AccessType) -> Self {
        self.access = access;
        self
    }

    /// The same with an ACL of its own.
    #[must_use]
    pub fn acl(mut self, acl: Acl) -> Self {
        self.acl = acl;
        self
    }

    /// The same with `scope`.
    #[must_use]
    pub const fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The same, permanent.
    #[must_use]
    pub const fn permanent(self) -> Self {
        self.scope(Scope::Permanent)
    }

    /// The same with a Title; what exceeds 255 bytes makes building the tree fail.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The same holding at most `bytes`; a longer value is answered 413.
    #[must_use]
    pub const fn max_size(mut self, bytes: u32) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// The same with `rule` for the names of its children.
    #[must_use]
    pub const fn case_sense(mut self, rule: CaseSense) -> Self {
        self.traits = self.traits.with_case_sense(rule);
        self
    }

    pub(crate) const fn traits_with_scope(&self) -> Traits {
        match self.scope {
            Scope::Permanent => self.traits.with(Traits::PERMANENT),
            Scope::Dynamic => self.traits,
        }
    }

    /// The same taking the Format of each Replace.
    #[must_use]
    pub const fn any_format(mut self) -> Self {
        self.traits = self.traits.with(Traits::ANY_FORMAT);
        self
    }

    /// The same taking the Type of each Replace.
    #[must_use]
    pub const fn any_type(mut self) -> Self {
        self.traits = self.traits.with(Traits::ANY_TYPE);
        self
    }
}

impl fmt::Debug for NodeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeSpec")
            .field("value", &self.value)
            .field("format", &self.format)
            .field("type_name", &self.type_name)
            .field("access", &self.access)
            .field("scope", &self.scope)
            .field("acl", &self.acl)
            .finish_non_exhaustive()
    }
}
