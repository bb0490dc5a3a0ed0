//! Building the tree of a device: management objects, leaves, who manages it.
//!
//! A mistake (a bad URI, a value that does not fit) is kept and told by [`TreeBuilder::build`], so that a tree reads as one
//! expression.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;
use thiserror::Error;

use crate::acl::{Acl, Right};
use crate::ddf::{Ddf, DescribeError};
use crate::feature::Feature;
use crate::node::{AccessType, NodeRef, NodeSpec};
use crate::store::Index;
use crate::tree::{CreatorAcl, LocalError, Tree, TreeLimits};
use crate::uri::{NodeUri, UriError};
use crate::value::LeafValue;

/// A tree under construction.
#[derive(Debug)]
pub struct TreeBuilder {
    tree: Tree,
    mistake: Option<BuildError>,
}

/// What was wrong with a node of a tree to build.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("node \"{uri}\": {reason}")]
#[non_exhaustive]
pub struct BuildError {
    /// The URI as it was given.
    pub uri: String,
    /// What is wrong.
    pub reason: LocalError,
}

/// A management object that can be built into a tree.
pub trait ManagementObject {
    /// Creates the nodes of the object.
    fn build(self, tree: &mut TreeBuilder);
}

impl TreeBuilder {
    pub(crate) fn new() -> Self {
        Self { tree: Tree::empty(), mistake: None }
    }

    /// Adds a management object.
    #[must_use]
    pub fn mo(mut self, object: impl ManagementObject) -> Self {
        object.build(&mut self);
        self
    }

    /// Adds a dynamic leaf that takes Get and Replace, in the format that `value` has by itself.
    #[must_use]
    pub fn leaf(self, uri: &str, value: impl Into<LeafValue>) -> Self {
        self.node(uri, NodeSpec::value(value).access(AccessType::GET_REPLACE))
    }

    /// Adds a leaf whose value the device supplies each time somebody Gets it.
    #[must_use]
    pub fn live(self, uri: &str, format: Format) -> Self {
        self.node(uri, NodeSpec::live(format))
    }

    /// Adds a node, with the interior nodes above it that do not exist yet.
    #[must_use]
    pub fn node(mut self, uri: &str, spec: NodeSpec) -> Self {
        self.put(uri, spec);
        self
    }

    /// Lets `server` manage everything: root ACL `Add=*&Get=*`, and Delete, Exec and Replace for it. May be said of several.
    #[must_use]
    pub fn managed_by(mut self, server: impl AsRef<str>) -> Self {
        let server = ServerId::new(server.as_ref());
        let acl = [Right::Delete, Right::Exec, Right::Replace]
            .into_iter()
            .fold(self.tree.root().acl().clone(), |acl, right| acl.grant(right, &server));
        self.set_root_acl(acl);
        self
    }

    /// Sets the ACL of the root; it must not be empty. Without it, it is `Add=*&Get=*`.
    #[must_use]
    pub fn root_acl(mut self, acl: Acl) -> Self {
        self.set_root_acl(acl);
        self
    }

    /// Whenever a command adds an interior child below `parent`, these nodes are created with it: see [`Tree::instances`].
    #[must_use]
    pub fn instances(mut self, parent: &str, template: Vec<(&str, NodeSpec)>) -> Self {
        self.put_instances(parent, template);
        self
    }

    /// Describes nodes. In the end those that have to be there are created, with their defaults; of those that are there
    /// already, interior nodes get the AccessType and Scope that are described, and leaves stay as they are. The commands of
    /// servers are judged by it: see [`Description`](crate::ddf::Description).
    #[must_use]
    pub fn ddf(mut self, ddf: &Ddf) -> Self {
        match self.tree.describe_more(ddf) {
            Ok(()) => {}
            Err(DescribeError::Name(name)) => self.note(&name, Err(LocalError::Name(NodeUri::ROOT.child(&name)))),
            Err(DescribeError::Path) => self.note("Path", Err(LocalError::Uri(UriError::TooLong))),
        }
        self
    }

    /// Evaluates the regular expressions of descriptions: see [`Description::matching`](crate::ddf::Description::matching).
    #[must_use]
    pub fn matching(mut self, matches: fn(&str, &str) -> bool) -> Self {
        let description = self.tree.description().cloned().unwrap_or_default();
        self.tree.describe(description.matching(matches));
        self
    }

    /// Limits the tree.
    #[must_use]
    pub const fn limits(mut self, limits: TreeLimits) -> Self {
        self.tree.limits = limits;
        self
    }

    /// Chooses the ACL that a server gets on an interior node that it adds without having Replace on the parent.
    #[must_use]
    pub const fn creator_acl(mut self, rule: CreatorAcl) -> Self {
        self.tree.creator_acl = rule;
        self
    }

    /// Lets the tree go without `feature`: see [`crate::feature`].
    #[must_use]
    pub const fn without(mut self, feature: Feature) -> Self {
        self.tree.leave_out(feature);
        self
    }

    /// Objects with the identifier `moi` that servers put into the Inbox become children of `parent`: see [`Tree::file_under`].
    #[must_use]
    pub fn file_under(mut self, moi: &str, parent: &str) -> Self {
        let outcome = self.tree.file_under(moi, parent);
        self.note(parent, outcome);
        self
    }

    /// Tells the time that the nodes get as TStamp; say it first.
    #[must_use]
    pub const fn clock(mut self, now: UtcTime) -> Self {
        self.tree.set_clock(now);
        self
    }

    /// Adds a node; for [`ManagementObject`]s.
    pub fn put(&mut self, uri: &str, spec: NodeSpec) {
        let outcome = self.tree.put(uri, spec);
        self.note(uri, outcome);
    }

    /// Sets the template of instances below `parent`; for [`ManagementObject`]s.
    pub fn put_instances(&mut self, parent: &str, template: Vec<(&str, NodeSpec)>) {
        let outcome = self.tree.instances(parent, template);
        self.note(parent, outcome);
    }

    /// The tree.
    ///
    /// # Errors
    /// The first node that could not be built.
    pub fn build(mut self) -> Result<Tree, BuildError> {
        for (uri, spec) in self.tree.described_nodes() {
            let there = self.tree.node_at(&uri).map(NodeRef::is_interior);
            let uri = uri.to_string();
            match there {
                None => self.put(&uri, spec),
                Some(true) => {
                    let outcome = self.tree.set_rules_of(&uri, &spec);
                    self.note(&uri, outcome);
                }
                Some(false) => {}
            }
        }
        match self.mistake {
            Some(mistake) => Err(mistake),
            None => Ok(self.tree),
        }
    }

    fn set_root_acl(&mut self, acl: Acl) {
        if acl.is_empty() {
            self.note(".", Err(LocalError::Root));
        } else {
            self.tree.store.edit_extra(Index::ROOT, |extra| extra.acl = acl);
        }
    }

    pub(crate) fn note(&mut self, uri: &str, outcome: Result<(), LocalError>) {
        if let (Err(reason), None) = (outcome, &self.mistake) {
            self.mistake = Some(BuildError { uri: uri.to_string(), reason });
        }
    }
}
