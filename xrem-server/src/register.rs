//! The life of a node in the directory: unknown, registered, deactivated \[mission-matrix N7\].
//!
//! ```text
//! unknown: its messages are answered 401; it is told once and listed
//!    | registered (and bootstrapped, when its document is made), approved, or accepted because it proved a shared secret
//!    v
//! active --first session, or its gateway reports it--> inventory read --> its owner is told
//!    | deactivated                    | with a wipe first
//!    v                                v
//! deactivated: sessions answered 403  leaving: one last session with the wipe, then deactivated
//!    | registered anew
//!    +--> active
//! ```
//!
//! Unspecified; chosen because nobody who only knows a DevId may fill the disk: the list of unknown devices is bounded, and one
//! that cannot be kept is not told either.

mod acceptance;

pub use acceptance::{Acceptance, SharedAccount};

use alloc::boxed::Box;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use crate::directory::NodeRecord;
use crate::session::Session;
use crate::task::TaskId;

/// Unknown devices that are kept.
pub const KEPT_STRANGERS: usize = 1024;
/// A device that was seen so long ago makes room for another one.
const FORGETTABLE: core::time::Duration = core::time::Duration::from_secs(600);
/// That a device came again is noted once in this time.
const NOTED_EVERY: core::time::Duration = core::time::Duration::from_secs(60);

/// Where a registered node is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Lifecycle {
    /// It is managed.
    #[default]
    Active,
    /// This task wipes it; then it is deactivated.
    Leaving(TaskId),
    /// It is not managed any more, since then.
    Deactivated(Instant),
}

/// How far the first inventory of a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Inventory {
    /// Nobody asked for one.
    #[default]
    Unwanted,
    /// It is read as soon as the node has come.
    Wanted,
    /// This task reads it.
    Asked(TaskId),
    /// It was read then.
    Read(Instant),
}

/// What becomes of the data on a node that is deactivated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Farewell {
    /// It stays as it is; the node is turned away at once.
    Keep,
    /// One last session, or two when the device wipes after the first: Wipe of all that its lock and wipe object lists, then
    /// Delete of its account \[mo 8.1\].
    Wipe {
        /// The number of the task that does it.
        task: TaskId,
        /// The root of the lock and wipe object, such as `./LAWMO`.
        lawmo: alloc::string::String,
        /// The account of this server, such as `./DMAcc/nrem`.
        account: alloc::string::String,
    },
}

/// A device that came without being registered.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Stranger {
    /// What it calls itself.
    pub dev_id: DevId,
    /// When it came first.
    pub first_seen: Instant,
    /// When it came last, to the minute.
    pub last_seen: Instant,
    /// What it is once it has proved the shared secret.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) candidate: Option<Box<Candidate>>,
}

/// A device that may prove that it has the shared secret.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Candidate {
    /// What it will be registered as.
    pub(crate) node: NodeRecord,
    /// Its challenges so far.
    pub(crate) session: Session,
}

/// What is known of unknown devices when one of them comes.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Strangers {
    /// The one that comes, if it came before.
    pub own: Option<Stranger>,
    /// When the list is full: when the one was seen that was not seen for the longest time.
    pub full_since: Option<Instant>,
    /// What becomes of it.
    pub acceptance: Acceptance,
}

impl Strangers {
    /// What a store that keeps `all` hands out when `id` comes.
    #[must_use]
    pub fn of<'s>(
        id: &DevId,
        own: Option<&Stranger>,
        all: impl ExactSizeIterator<Item = &'s Stranger>,
        acceptance: Acceptance,
    ) -> Self {
        let is_full = all.len() >= KEPT_STRANGERS;
        let oldest = if own.is_none() && is_full { all.map(|stranger| stranger.last_seen).min() } else { None };
        debug_assert!(own.is_none_or(|own| own.dev_id == *id), "the record of another device");
        Self { own: own.cloned(), full_since: oldest, acceptance }
    }

    /// `id` came: what is to be stored, and whether it is told.
    pub(crate) fn note(&self, now: Instant, id: DevId) -> Option<(Stranger, bool)> {
        match (&self.own, self.full_since) {
            (Some(own), _) if now.since(own.last_seen) < NOTED_EVERY => None,
            (Some(own), _) => Some((Stranger { last_seen: now, ..own.clone() }, false)),
            (None, Some(oldest)) if now.since(oldest) < FORGETTABLE => None,
            (None, _) => Some((Stranger { dev_id: id, first_seen: now, last_seen: now, candidate: None }, true)),
        }
    }
}
