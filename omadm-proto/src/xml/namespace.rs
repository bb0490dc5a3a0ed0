//! Which space an element name means: by namespace where that is known, else by the place and the name.
//!
//! Real peers leave `xmlns` out, misspell it, or use prefixes that they never declare \[windows-quirks L1 to L6\]. The names
//! of the SyncML and MetInf spaces do not overlap, so inside a message the name decides; inside a DDF or DevInf subtree
//! the space of the parent goes first.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::deviation::DeviationKind;
use crate::element::{Name, Space, Tag, syncml};

/// What a prefix, or the lack of one, stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// No namespace.
    Nothing,
    /// A namespace of somebody else.
    Foreign,
    Space(Space),
}

/// A namespace name: what it means, how it is spelt, and which version of SyncML it names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Namespace {
    pub(super) bound: Bound,
    pub(super) deviation: Option<DeviationKind>,
    pub(super) version: Option<&'static str>,
}

/// The namespaces as they are spelt, and the VerDTD of those of SyncML. That of DDF has two spellings \[dm 1\].
static NAMESPACES: [(&str, Space, Option<&str>); 7] = [
    ("syncml:metinf", Space::MetInf, None),
    ("SYNCML:SYNCML1.2", Space::SyncMl, Some("1.2")),
    ("SYNCML:SYNCML1.1", Space::SyncMl, Some("1.1")),
    ("SYNCML:SYNCML1.0", Space::SyncMl, Some("1.0")),
    ("syncml:dmddf1.2", Space::DmDdf, None),
    ("syncml:dmddf", Space::DmDdf, None),
    ("syncml:devinf", Space::DevInf, None),
];

impl Namespace {
    /// The namespace called `uri`, if that is spelt as it should be.
    pub(super) fn exact(uri: &str) -> Option<Self> {
        let (_, space, version) = NAMESPACES.iter().find(|(name, ..)| *name == uri)?;
        Some(Self { bound: Bound::Space(*space), deviation: None, version: *version })
    }

    /// The namespace called `uri`, however it is spelt.
    pub(super) fn of(uri: &str) -> Self {
        if let Some(exact) = Self::exact(uri) {
            return exact;
        }
        let bound = match Space::from_namespace(uri) {
            Some(space) => Bound::Space(space),
            None if uri.is_empty() => Bound::Nothing,
            None => Bound::Foreign,
        };
        let known = NAMESPACES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(uri.trim()));
        let deviation = match (bound, known) {
            (Bound::Space(_), Some(_)) => Some(DeviationKind::NamespaceSpelling),
            (Bound::Space(_), None) => Some(DeviationKind::NamespaceMisspelt),
            (Bound::Nothing | Bound::Foreign, _) => None,
        };
        Self { bound, deviation, version: known.and_then(|(.., version)| *version) }
    }
}

/// The declarations of prefixes that are in force; default namespaces are among them, under the empty prefix, if they have
/// to be told by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Prefixes<'a> {
    declared: Vec<Declaration<'a>>,
}

#[derive(Debug, Clone)]
struct Declaration<'a> {
    prefix: &'a str,
    bound: Bound,
    uri: Cow<'a, str>,
}

impl<'a> Prefixes<'a> {
    pub(super) const fn count(&self) -> usize {
        self.declared.len()
    }

    pub(super) fn declare(&mut self, prefix: &'a str, bound: Bound, uri: Cow<'a, str>) {
        self.declared.push(Declaration { prefix, bound, uri });
    }

    /// Back to the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        self.declared.truncate(count);
    }

    /// What `prefix` stands for; `None` if nobody declared it.
    pub(super) fn find(&self, prefix: &str) -> Option<Bound> {
        if prefix == "xml" {
            return Some(Bound::Foreign);
        }
        self.latest(prefix).map(|declaration| declaration.bound)
    }

    /// The name of the namespace that `prefix` stands for, if it is somebody else's.
    pub(super) fn foreign(&self, prefix: &str) -> Option<&str> {
        self.latest(prefix)
            .filter(|declaration| declaration.bound == Bound::Foreign)
            .map(|declaration| &*declaration.uri)
    }

    fn latest(&self, prefix: &str) -> Option<&Declaration<'a>> {
        self.declared.iter().rev().find(|declaration| declaration.prefix == prefix)
    }
}

/// Where an element stands, as far as its name goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// The element around it, if that has a name of the tables.
    pub(super) parent: Option<Tag>,
    /// What its name is bound to by its prefix or by the default namespace.
    pub(super) bound: Bound,
    /// The element itself chose that, by its prefix or its own declaration.
    pub(super) explicit: bool,
}

impl Scope {
    /// The element called `local` here.
    pub(super) fn resolve(self, local: &str) -> Name<'_> {
        let parent = self.parent.map(Tag::space);
        let bound = match self.bound {
            Bound::Foreign => return Name::Unknown(local),
            Bound::Nothing => None,
            Bound::Space(space) => Some(space),
        };
        let first = if self.explicit { bound.or(parent) } else { parent.or(bound) };
        match first.and_then(|space| Tag::from_name(space, local)) {
            Some(tag) => Name::Known(tag),
            None => Self::resolve_elsewhere(if self.explicit { parent } else { bound }, local),
        }
    }

    #[cold]
    fn resolve_elsewhere(second: Option<Space>, local: &str) -> Name<'_> {
        let found = second.into_iter().chain(Space::ALL).find_map(|space| Tag::from_name(space, local));
        found.map_or_else(|| unknown(local), Name::Known)
    }

    /// What is wrong with the namespace of an element called `name`, if anything.
    pub(super) fn deviation(self, name: Name<'_>) -> Option<DeviationKind> {
        match (name.tag()?, self.bound) {
            (tag, Bound::Nothing) if tag.space() == Space::SyncMl && self.parent.is_none() => {
                Some(DeviationKind::NoNamespace)
            }
            (tag, Bound::Space(Space::SyncMl)) if tag.space() == Space::MetInf => {
                Some(DeviationKind::MetInfNamespace(tag))
            }
            _ => None,
        }
    }

    /// Whether what stands here is a value, whose namespaces are its own business.
    pub(super) fn is_value(self) -> bool {
        self.parent == Some(syncml::DATA)
    }
}

/// A name that no table has, or that stands for a WBXML token without a name.
fn unknown(local: &str) -> Name<'_> {
    match Name::parse(local) {
        token @ Name::Token { .. } if token.to_text() == local => token,
        Name::Known(_) | Name::Unknown(_) | Name::Token { .. } => Name::Unknown(local),
    }
}
