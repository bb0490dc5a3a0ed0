//! Comparing an object in a tree with its table: what is missing, what has another format, what does not belong there.

use alloc::vec::Vec;
use core::fmt;

use omadm_proto::message::Format;

use super::moi;
use super::table::{ANY_NAME, Children, NodeRow, ObjectTable};
use crate::node::NodeRef;
use crate::uri::NodeUri;

/// One difference between an object and its table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The node; for a missing one where it should be, with `<x>` for a name that is free.
    pub uri: NodeUri,
    /// What is wrong with it.
    pub kind: FindingKind,
}

/// What is wrong with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// The Type of the root is neither the identifier of the table nor another version or spelling of it.
    Identifier,
    /// It must be there and is not.
    Missing,
    /// There are more of them than allowed: at most so many.
    TooMany(u32),
    /// The table has no such node, and it does not lie where vendors add theirs.
    Unexpected,
    /// It has another format.
    Format {
        /// That of the table.
        expected: Format,
        /// That of the node.
        found: Format,
    },
    /// Its value is none that the table allows.
    Value,
}

impl ObjectTable<'_> {
    /// What is different from this table in the object at `root`; nothing when it is as it should be. Empty values pass:
    /// a leaf may wait for its first value.
    #[must_use]
    pub fn check(self, root: NodeRef<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !moi::is_same_object(root.type_name(), self.moi) {
            findings.push(Finding { uri: root.uri(), kind: FindingKind::Identifier });
        }
        if let Some(row) = self.row("") {
            self.check_node(row, root, &mut findings);
        }
        findings
    }

    fn check_node(self, row: &NodeRow<'_>, node: NodeRef<'_>, findings: &mut Vec<Finding>) {
        let found = node.format();
        if !row.admits_format(found) {
            findings.push(Finding { uri: node.uri(), kind: FindingKind::Format { expected: row.format, found } });
            return;
        }
        if node.value().is_some_and(|value| !value.is_empty() && !row.allowed.admit(value)) {
            findings.push(Finding { uri: node.uri(), kind: FindingKind::Value });
        }
        // An operation may be a leaf here and an interior node there; what is below it is not ours.
        if row.format != Format::Node {
            return;
        }
        for child in self.children_of(row.path) {
            self.check_presence(child, node, findings);
        }
        for child in node.children() {
            match self.row_of_child(row.path, child.name()) {
                Some(row) => self.check_node(row, child, findings),
                None if row.children == Children::Open => {}
                None => findings.push(Finding { uri: child.uri(), kind: FindingKind::Unexpected }),
            }
        }
    }

    fn check_presence(self, row: &NodeRow<'_>, parent: NodeRef<'_>, findings: &mut Vec<Finding>) {
        let name = row.names().next_back().unwrap_or_default();
        let count = match name {
            ANY_NAME => {
                let entries = parent.children().filter(|child| {
                    self.row_of_child(above(row.path), child.name()).is_some_and(|found| found.path == row.path)
                });
                entries.count()
            }
            name => usize::from(parent.child(name).is_some()),
        };
        let uri = || parent.uri().child(name);
        match row.occurrence.max() {
            _ if count == 0 && row.occurrence.min() > 0 => {
                findings.push(Finding { uri: uri(), kind: FindingKind::Missing });
            }
            Some(most) if count > most as usize => {
                findings.push(Finding { uri: uri(), kind: FindingKind::TooMany(most) });
            }
            _ => {}
        }
    }

    fn row_of_child(&self, path: &str, name: &str) -> Option<&NodeRow<'_>> {
        let called = |wanted: &str| {
            self.children_of(path).find(|row| row.names().next_back().is_some_and(|last| last == wanted))
        };
        called(name).or_else(|| called(ANY_NAME))
    }
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FindingKind::Identifier => write!(f, "{} has the identifier of another object", self.uri),
            FindingKind::Missing => write!(f, "{} is missing", self.uri),
            FindingKind::TooMany(most) => write!(f, "{} occurs more than {most} times", self.uri),
            FindingKind::Unexpected => write!(f, "{} is no node of the object", self.uri),
            FindingKind::Format { expected, found } => {
                write!(f, "{} has format {found} instead of {expected}", self.uri)
            }
            FindingKind::Value => write!(f, "{} has a value that is not allowed", self.uri),
        }
    }
}
