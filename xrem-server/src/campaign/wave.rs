//! One wave: its nodes, stage by stage.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::progress::{Made, made, value};
use super::{CampaignId, Counts, Plan, Reason, Release, Standing};
use crate::task::{DeviceResult, TaskId};

/// The FUMO result with which a user declines; asking again with a larger image would be rude \[mo 5.4\].
const DECLINED: u16 = 401;

/// What the nodes of a wave are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum WaveStage {
    /// They are asked what they run.
    Inventory,
    /// They install.
    Upgrade,
    /// Those whose delta failed install the whole image.
    Retry,
    /// They are asked what they run now.
    Verify,
    /// All have their result.
    Over,
}

/// A wave of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Wave {
    /// Its campaign.
    pub campaign: CampaignId,
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub begun: Instant,
    /// What its nodes are doing.
    pub stage: WaveStage,
    /// Since when.
    pub since: Instant,
    /// The tasks of this stage.
    pub tasks: Vec<TaskId>,
    /// Its nodes.
    pub nodes: BTreeMap<DevId, Standing>,
    /// Nodes whose delta failed and that got the whole image.
    pub retried: usize,
}

/// What tasks made of nodes.
pub(super) type Results = BTreeMap<TaskId, BTreeMap<DevId, DeviceResult>>;

impl Wave {
    pub(super) fn new(now: Instant, campaign: CampaignId, number: u32, nodes: Vec<DevId>) -> Self {
        let nodes = nodes.into_iter().map(|node| (node, Standing::Asked)).collect();
        let (stage, tasks) = (WaveStage::Inventory, Vec::new());
        Self { campaign, number, begun: now, stage, since: now, tasks, nodes, retried: 0 }
    }

    /// How many of its nodes stand where; those put back are not counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { retried: self.retried, ..Counts::default() };
        for standing in self.nodes.values() {
            counts.add(standing);
        }
        counts
    }

    /// Whether no node of it is under way.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stage == WaveStage::Over
    }

    /// Nodes that stand as `wanted` says.
    pub(super) fn nodes_in(&self, wanted: impl Fn(&Standing) -> bool) -> Vec<DevId> {
        self.nodes.iter().filter(|(_, standing)| wanted(standing)).map(|(node, _)| node.clone()).collect()
    }

    /// Whether the stage's tasks are about a node that stands so.
    const fn concerns(&self, standing: &Standing) -> bool {
        match self.stage {
            WaveStage::Inventory => matches!(standing, Standing::Asked),
            WaveStage::Upgrade | WaveStage::Retry => matches!(standing, Standing::Delta { .. } | Standing::Full { .. }),
            WaveStage::Verify => matches!(standing, Standing::Verify),
            WaveStage::Over => false,
        }
    }

    /// Whether every node has its result of this stage.
    pub(super) fn stage_is_done(&self) -> bool {
        !self.nodes.values().any(|standing| self.concerns(standing))
    }

    /// Moves nodes on by what the tasks made of them.
    pub(super) fn take_results(&mut self, now: Instant, context: &Judge<'_>, results: &Results) {
        let late = now.since(self.since) >= context.plan.patience;
        let open = self.nodes_in(|standing| self.concerns(standing));
        for node in open {
            let result = self.tasks.iter().find_map(|task| results.get(task)?.get(&node));
            let Some(standing) = self.nodes.get_mut(&node) else { continue };
            *standing = match result.map(made) {
                None => Standing::Failed(Reason::Unknown),
                Some(None) if late => Standing::Unreached,
                Some(None) => continue,
                Some(Some(made)) => context.next(standing, made),
            };
        }
    }

    /// Enters `stage`, for which tasks are still to be made.
    pub(super) fn enter(&mut self, now: Instant, stage: WaveStage) {
        self.stage = stage;
        self.since = now;
        self.tasks.clear();
    }
}

/// What decides where a node goes next.
pub(super) struct Judge<'c> {
    pub(super) plan: &'c Plan,
    pub(super) release: &'c Release,
    /// The campaign is over.
    pub(super) ends: bool,
}

impl Judge<'_> {
    fn next(&self, standing: &Standing, made: Made<'_>) -> Standing {
        match (standing, made) {
            (_, Made::Cancelled) if self.ends => Standing::Cancelled,
            (_, Made::Cancelled) => Standing::PutBack,
            (Standing::Asked, Made::Good(outcomes)) => {
                if value(outcomes, 0).as_deref() == Some(&self.release.version) {
                    return Standing::Already;
                }
                let sha256 = value(outcomes, 1).unwrap_or_default();
                match self.release.delta_from(&sha256) {
                    Some(number) => Standing::Delta { number },
                    None => Standing::Full { again: false },
                }
            }
            (Standing::Delta { .. } | Standing::Full { .. }, Made::Good(_)) => Standing::Verify,
            (Standing::Delta { .. }, Made::Bad(reason)) if reason != Reason::Fumo(DECLINED) => {
                Standing::DeltaFailed(reason)
            }
            (Standing::Verify, Made::Good(outcomes)) => match value(outcomes, 0) {
                Some(version) if version == self.release.version => Standing::Upgraded,
                version => Standing::Failed(Reason::Version(version.unwrap_or_default())),
            },
            (_, Made::Bad(reason)) => Standing::Failed(reason),
            (other, Made::Good(_)) => other.clone(),
        }
    }
}
