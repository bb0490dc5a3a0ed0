//! Which space an element name means: by namespace where that is known, else by the place and the name.
//!
//! Real peers leave `xmlns` out, misspell it, or use prefixes that they never declare \[windows-quirks L1 to L6\]. The names
//! of the SyncML and MetInf spaces do not overlap, so inside a message the name decides; inside a DDF or DevInf subtree
//! the space of the parent goes first.

use alloc::vec::Vec;

use crate::element::{Name, Space, Tag};

/// The namespace declarations in force. A prefix is empty for the default namespace.
#[derive(Debug, Default)]
pub(super) struct Bindings<'a> {
    stack: Vec<Binding<'a>>,
}

#[derive(Debug)]
struct Binding<'a> {
    prefix: &'a str,
    /// `None`: a namespace of somebody else.
    space: Option<Space>,
    depth: usize,
}

/// The order in which spaces are tried for a name that its namespace does not settle.
const FALLBACK: [Space; 5] = [Space::SyncMl, Space::MetInf, Space::DmDdf, Space::DevInf, Space::Provisioning];

impl<'a> Bindings<'a> {
    /// The element at `depth` declares that `prefix` means the namespace `uri`.
    pub(super) fn declare(&mut self, depth: usize, prefix: &'a str, uri: &str) {
        self.stack.push(Binding { prefix, space: Space::from_namespace(uri), depth });
    }

    /// The element at `depth` has ended.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.stack.last().is_some_and(|binding| binding.depth >= depth) {
            self.stack.pop();
        }
    }

    /// The element called `local`, with `prefix`, at `depth` inside an element of the space `parent`.
    pub(super) fn resolve(&self, depth: usize, prefix: &str, local: &'a str, parent: Option<Space>) -> Name<'a> {
        let binding = self.stack.iter().rev().find(|binding| binding.prefix == prefix);
        let bound = match binding {
            Some(Binding { space: None, .. }) => return Name::Unknown(local),
            Some(binding) => binding.space,
            None => None,
        };
        let explicit = binding.is_some_and(|binding| binding.depth == depth || !prefix.is_empty());
        let preferred = if explicit { [bound, parent] } else { [parent, bound] };
        let found = preferred.into_iter().flatten().chain(FALLBACK).find_map(|space| Tag::from_name(space, local));
        found.map_or(Name::Unknown(local), Name::Known)
    }
}
