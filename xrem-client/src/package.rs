//! Packages on their way to the device: fetched, checked, stored and reported, for firmware and for software \[mo 5.6, 6\].
//!
//! ```text
//! begin -> first bytes -> (descriptor -> its object) -> erase -> write ... -> digest -> read back -> notify -> Delivered
//!              |               |                          |        |           |          |           |
//!              +---------------+--------------------------+--------+-----------+----------+--> notify +--> Failed
//! ```
//!
//! One [`Delivery`] brings one [`Package`] to its [`Place`]: a firmware slot, the staging area, or the package store. The bytes come
//! from a URL, by a download descriptor that the URL gives, or from a leaf of the tree. Transfers go on where they were (by
//! offset) after failures that may pass and after restarts; what was stored is hashed on the way and read back at the end.
//!
//! An owner, the update machine or the software machine, keeps the package in its own record and the delivery beside it:
//!
//! - It makes the package with [`Package::new`], persists its record, and calls [`Delivery::begin`].
//! - It hands in the results of actions for which [`Delivery::owns`] holds, calls [`Delivery::proceed`] whenever the driver gives it
//!   time, and counts [`Delivery::next_timeout`] among its own timeouts.
//! - Each of these returns a [`Step`]: at [`Step::Store`] it persists its record at once, at [`Step::Delivered`] the bytes lie
//!   verified in their place, at [`Step::Failed`] it maps the [`Failure`] to its result code and what it stored counts for nothing.
//! - After a restart it calls [`Delivery::resume`] with the package of its record.
//! - What was delivered earlier is read back once more with [`Delivery::verify`] before it is used.
//!
//! What the bytes are, which slot runs, signatures and deltas are the owner's business.

mod delivery;
mod descriptor;
mod failure;
mod hashing;

use alloc::string::String;
use alloc::vec::Vec;

use omadm_tree::uri::NodeUri;

pub(crate) use self::delivery::Delivery;
pub(crate) use self::failure::Failure;
pub(crate) use self::hashing::{BLOCK, Hashing};

use crate::output::Place;

/// The longest package that is taken.
pub(crate) const MAX_PACKAGE: u64 = 4 << 30;

/// A package and how far it has come: a part of its owner's record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Package {
    /// The node that events about it name.
    pub(crate) object: NodeUri,
    pub(crate) source: Source,
    pub(crate) place: Place,
    /// The SHA-256 that the server says it has, hexadecimal; empty when it says nothing.
    claim: String,
    /// Bytes that are durable in the place; all of them once `sha256` is known.
    written: u64,
    /// The digest of what was delivered, lower-case hexadecimal.
    sha256: Option<String>,
    described: Option<Described>,
}

/// Where the bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Source {
    /// A URL that gives the package, or a descriptor of it.
    Url(String),
    /// A leaf of the tree.
    Leaf(NodeUri),
}

/// What a download descriptor says that counts after it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Described {
    types: Vec<String>,
    size: u64,
    object_uri: String,
    /// Where the end of the download is to be posted; gone once it was.
    notify: Option<String>,
    install_param: Option<String>,
}

/// What the owner has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Step {
    /// Nothing: an action or a pause goes on.
    Wait,
    /// Persist the record that holds the package.
    Store,
    /// The bytes lie verified in their place.
    Delivered,
    /// It is over.
    Failed(Failure),
}

impl Package {
    /// A package from `source` for `place`. `claim` is its SHA-256 in hexadecimal, if the server tells one.
    pub(crate) fn new(object: NodeUri, source: Source, place: Place, claim: &str) -> Self {
        let claim = claim.trim().into();
        Self { object, source, place, claim, written: 0, sha256: None, described: None }
    }

    /// Its bytes; all of them once it is complete.
    pub(crate) const fn len(&self) -> u64 {
        self.written
    }

    /// The digest of the whole, once that lies in its place.
    pub(crate) fn sha256(&self) -> Option<&str> {
        self.sha256.as_deref()
    }

    /// The bytes to come, if a descriptor told them.
    fn size(&self) -> Option<u64> {
        self.described.as_ref().map(|described| described.size)
    }

    /// What the descriptor has for the installer.
    pub(crate) fn install_param(&self) -> Option<&str> {
        self.described.as_ref()?.install_param.as_deref()
    }

    /// It has to be delivered from the start.
    fn restart(&mut self) {
        (self.written, self.sha256, self.described) = (0, None, None);
    }
}
