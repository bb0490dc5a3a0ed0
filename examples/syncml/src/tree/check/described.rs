//! What descriptions say about an address.

use omadm_tree::NodeUri;
use omadm_tree::ddf::Ddf;

use crate::tree::outline::{self, Entry};

/// All descriptions of a device.
#[derive(Default)]
pub(super) struct Described {
    pub(super) ddfs: Vec<Ddf>,
    entries: Vec<(Vec<String>, Entry)>,
}

impl Described {
    pub(super) fn add(&mut self, ddf: Ddf) {
        self.entries.extend(outline::described(&ddf).into_iter().map(|entry| {
            let names = entry.uri.split('/').filter(|name| !name.is_empty() && *name != ".");
            (names.map(str::to_string).collect(), entry)
        }));
        self.ddfs.push(ddf);
    }

    /// What is said about the node at `uri`: by names rather than by `<x>`, and the last word of several.
    pub(super) fn at(&self, uri: &NodeUri) -> Option<&Entry> {
        let fits = |names: &[String]| {
            names.len() == uri.depth()
                && names.iter().zip(uri.segments()).all(|(name, segment)| is_any(name) || name == segment)
        };
        let found = self.entries.iter().filter(|(names, _)| fits(names));
        // Of equal keys the last one is taken.
        found
            .max_by_key(|(names, _)| names.iter().map(|name| !is_any(name)).collect::<Vec<_>>())
            .map(|(_, entry)| entry)
    }
}

fn is_any(name: &str) -> bool {
    matches!(name, "<x>" | "*")
}
