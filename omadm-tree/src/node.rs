//! Nodes: how they are described (`NodeSpec`), addressed (`NodeId`) and read (`NodeRef`) \[dm 9.2\].

use core::fmt;
use core::ops::BitOr;

use crate::store::Index;

mod spec;
mod view;

pub use spec::NodeSpec;
pub use view::{NodeRef, Walk};

/// Names a node as long as it exists; a later node in the same place has another id. Not kept in snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub(crate) index: Index,
    pub(crate) serial: u32,
}

/// The commands that a node takes, whatever its ACL says \[dm 9.2\].
///
/// Add on an interior node means that children may be added to it. Copy is listed by device descriptions; a Copy is
/// checked as the Get, Add or Replace that it stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessType(u8);

/// Whether servers may create, delete and rename the node \[dm 9.2\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(clippy::exhaustive_enums, reason = "a node is permanent or dynamic; there is no third scope")]
pub enum Scope {
    /// They may not.
    Permanent,
    /// They may, within ACL and AccessType.
    #[default]
    Dynamic,
}

/// Whether case matters in the names of a node's children \[dm 9.1\].
///
/// Names are kept as they were given in either case. Unspecified how far the rule of a device description reaches; taken as
/// the rule for the names right below one node, because a name means something only among its siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(clippy::exhaustive_enums, reason = "the two values of CaseSense in a device description [dm 10.1]")]
pub enum CaseSense {
    /// CS: `a` and `A` are two nodes.
    #[default]
    Sensitive,
    /// CIS: they are one.
    Insensitive,
}

/// What a node is beyond its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traits(u8);

impl Traits {
    pub(crate) const PERMANENT: u8 = 1;
    pub(crate) const LIVE: u8 = 1 << 1;
    pub(crate) const ANY_FORMAT: u8 = 1 << 2;
    pub(crate) const ANY_TYPE: u8 = 1 << 3;
    /// The names of the children are compared without regard to case.
    pub(crate) const CASELESS: u8 = 1 << 4;
    /// The device needs the node as it is just now.
    pub(crate) const IN_USE: u8 = 1 << 5;

    pub(crate) const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    pub(crate) const fn with(self, bit: u8) -> Self {
        Self(self.0 | bit)
    }

    pub(crate) const fn without(self, bit: u8) -> Self {
        Self(self.0 & !bit)
    }

    pub(crate) const fn with_case_sense(self, rule: CaseSense) -> Self {
        match rule {
            CaseSense::Sensitive => self.without(Self::CASELESS),
            CaseSense::Insensitive => self.with(Self::CASELESS),
        }
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn of(bits: u8) -> Self {
        const KEPT: u8 = Traits::PERMANENT
            | Traits::LIVE
            | Traits::ANY_FORMAT
            | Traits::ANY_TYPE
            | Traits::CASELESS
            | Traits::IN_USE;
        Self(bits & KEPT)
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }
}

impl AccessType {
    /// No command at all.
    pub const NONE: Self = Self(0);
    /// Add.
    pub const ADD: Self = Self(1);
    /// Copy.
    pub const COPY: Self = Self(1 << 1);
    /// Delete.
    pub const DELETE: Self = Self(1 << 2);
    /// Exec.
    pub const EXEC: Self = Self(1 << 3);
    /// Get.
    pub const GET: Self = Self(1 << 4);
    /// Replace.
    pub const REPLACE: Self = Self(1 << 5);
    /// Every command.
    pub const ALL: Self = Self(0b11_1111);
    /// Get and Replace.
    pub const GET_REPLACE: Self = Self(Self::GET.0 | Self::REPLACE.0);
    /// Every command but Exec: what a node takes when nothing is said.
    pub const DEFAULT: Self = Self(Self::ALL.0 & !Self::EXEC.0);

    const NAMES: [(Self, &'static str); 6] = [
        (Self::ADD, "Add"),
        (Self::COPY, "Copy"),
        (Self::DELETE, "Delete"),
        (Self::EXEC, "Exec"),
        (Self::GET, "Get"),
        (Self::REPLACE, "Replace"),
    ];

    /// The command named `name`, as in a device description.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find_map(|(access, known)| (known == name).then_some(access))
    }

    /// Whether every command of `other` is taken.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The commands of either; `|` for constants.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// All but the commands of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names of the commands.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(access, _)| self.contains(*access)).map(|(_, name)| name)
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }
}

impl BitOr for AccessType {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Self> for AccessType {
    fn from_iter<I: IntoIterator<Item = Self>>(commands: I) -> Self {
        commands.into_iter().fold(Self::NONE, BitOr::bitor)
    }
}

impl fmt::Debug for AccessType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
