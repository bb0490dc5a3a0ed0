//! Where bytes of packages and images are kept: the two firmware slots, the staging area, the package store.

use core::fmt;

/// One of the two places that a firmware image can live in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "an A/B scheme has two slots")]
pub enum Slot {
    /// The first slot; number 0 in `./DevDetail/Ext/XRem/ActiveSlot`.
    A,
    /// The second slot; number 1.
    B,
}

impl Slot {
    /// The slot that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// The number in the tree.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
        })
    }
}

/// The number of a package in the package store of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PackageId(u32);

impl PackageId {
    /// The package with this number; who owns the package gives it.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A place that bytes are written to and read from.
///
/// Each holds one run of bytes from 0 on and knows how many they are. A driver makes what was written durable before it
/// says so; a write that is cut by a loss of power leaves what was in front of it as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Place {
    /// A firmware slot.
    Slot(Slot),
    /// Where the delta for an image waits until it is applied: the source of a delta is the slot that runs and its target
    /// the other one, so it can be in neither.
    Staging,
    /// A package in the package store.
    Package(PackageId),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot(slot) => write!(f, "slot {slot}"),
            Self::Staging => f.write_str("staging"),
            Self::Package(id) => write!(f, "package {id}"),
        }
    }
}
