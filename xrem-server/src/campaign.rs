//! Campaigns: one firmware release for many nodes, in waves, stopped by themselves when it goes wrong \[mission-matrix N6b\].
//!
//! ```text
//! Campaign  Running <-> Paused     Running --> Finished
//!           Running, Paused --> Aborted (too many failed), Cancelled: what has begun goes on, nothing else begins
//! Node      Asked -> Chosen -> Delta -> Reported -> Verify -> Upgraded
//!              |         |       +-> DeltaFailed -> Full -> Reported
//!              |         +-> Full -> Reported
//!              +-> Already          any -> Failed, Unreached, Cancelled, PutBack
//! ```
//!
//! A campaign runs nothing itself. [`Campaign::advance`] looks at what became of the tasks of its open waves, moves nodes on
//! and asks for the next tasks; the driver submits them, stores everything as one and comes again at [`Campaign::due`]. So a
//! campaign survives a restart at any point, and whatever tasks can do (gateways, sleeping nodes, retries) campaigns can.
//!
//! The failed are counted against the nodes that have begun in all waves: a wave that has just started cannot stop a campaign
//! because its first node happened to fail. Nodes that did not answer at all count as unreached, not as failed.
//!
//! Windows are times of the day in UTC: a driver that uses them hands in `Instant`s that count from 1970.

mod advance;
mod memory;
mod plan;
mod progress;
mod store;
mod wave;

pub use advance::{Advance, Errand, News, Work};
pub use plan::{CampaignError, CampaignRequest, MAX_NAME, Plan, Rate, Release, Window};
pub use progress::{Counts, Reason, Standing};
pub use store::{CampaignRecords, CampaignStore, load};
pub use wave::{Wave, WaveNode};

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use crate::requester::{Permit, RequesterName};

/// Names a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct CampaignId(u64);

impl CampaignId {
    /// The campaign numbered `number`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum CampaignState {
    /// Waves begin and end.
    Running,
    /// Nothing begins until it is resumed.
    Paused,
    /// Every node has its result.
    Finished,
    /// Too many nodes failed.
    Aborted,
    /// Somebody cancelled it.
    Cancelled,
}

impl CampaignState {
    /// Whether nothing will begin any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Aborted | Self::Cancelled)
    }
}

/// A campaign. Its waves are records of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Campaign {
    /// Its name.
    pub id: CampaignId,
    /// On whose behalf it runs; `None`: the server's own operator.
    pub requester: Option<RequesterName>,
    /// What it is called by people.
    pub name: String,
    /// When it was begun.
    pub begun: Instant,
    /// When its last node had its result.
    pub ended: Option<Instant>,
    /// Where it stands.
    pub state: CampaignState,
    /// What is installed.
    pub release: Release,
    /// How.
    pub plan: Plan,
    /// Its nodes, in the order in which they begin; each once.
    pub nodes: Vec<DevId>,
    /// How many of them have been in a wave.
    pub taken: usize,
    /// Nodes that a closing window put back; they begin before the others.
    pub put_back: Vec<DevId>,
    /// Waves so far.
    pub waves: u32,
    /// Those that are not over.
    pub open: Vec<u32>,
    /// When the last wave began.
    pub last_wave: Option<Instant>,
    /// The results in the waves that are over.
    pub counts: Counts,
    /// When to look at it again; `None` when only an application can move it.
    pub due: Option<Instant>,
}

/// Why an application's wish is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It is over.
    #[error("the campaign is over")]
    Over,
    /// It is not paused.
    #[error("the campaign is not paused")]
    NotPaused,
}

impl Campaign {
    /// The campaign `id` that `request` asks for, for the nodes of `permit` in their order.
    ///
    /// # Errors
    /// [`CampaignError`] names what cannot be.
    pub fn new(now: Instant, id: CampaignId, request: CampaignRequest, permit: &Permit) -> Result<Self, CampaignError> {
        let CampaignRequest { name, release, plan } = request;
        if name.len() > MAX_NAME {
            return Err(CampaignError::Name);
        }
        plan.check()?;
        release.check()?;
        let mut seen = BTreeSet::new();
        let nodes: Vec<DevId> = permit.nodes().filter(|node| seen.insert(*node)).cloned().collect();
        if nodes.is_empty() {
            return Err(CampaignError::NoNodes);
        }
        Ok(Self {
            id,
            requester: permit.requester().cloned(),
            name,
            begun: now,
            ended: None,
            state: CampaignState::Running,
            release,
            plan,
            nodes,
            taken: 0,
            put_back: Vec::new(),
            waves: 0,
            open: Vec::new(),
            last_wave: None,
            counts: Counts::default(),
            due: Some(now),
        })
    }

    /// Lets nothing begin until [`Self::resume`]; what has begun goes on.
    ///
    /// # Errors
    /// [`StateError::Over`].
    pub const fn pause(&mut self) -> Result<(), StateError> {
        if self.state.is_final() {
            return Err(StateError::Over);
        }
        self.state = CampaignState::Paused;
        Ok(())
    }

    /// Goes on.
    ///
    /// # Errors
    /// [`StateError`].
    pub const fn resume(&mut self, now: Instant) -> Result<(), StateError> {
        match self.state {
            CampaignState::Paused => {
                self.state = CampaignState::Running;
                self.due = Some(now);
                Ok(())
            }
            CampaignState::Running => Err(StateError::NotPaused),
            CampaignState::Finished | CampaignState::Aborted | CampaignState::Cancelled => Err(StateError::Over),
        }
    }

    /// Ends it: nothing begins any more, and what has not begun at the nodes is cancelled.
    ///
    /// # Errors
    /// [`StateError::Over`].
    pub const fn cancel(&mut self, now: Instant) -> Result<(), StateError> {
        if self.state.is_final() {
            return Err(StateError::Over);
        }
        self.state = CampaignState::Cancelled;
        self.due = Some(now);
        Ok(())
    }

    /// Nodes that no wave has taken, those put back included.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.nodes.len().saturating_sub(self.taken) + self.put_back.len()
    }
}
