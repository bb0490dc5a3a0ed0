//! One wave: its nodes, each at its own step.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::progress::{Made, made, value};
use super::{CampaignId, Counts, Plan, Reason, Release, Standing};
use crate::task::{DeviceResult, TaskId};

/// The FUMO result with which a user declines; asking again with a larger image would be rude \[mo 5.4\].
const DECLINED: u16 = 401;

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
    /// When tasks were made for nodes of it last.
    pub last_tasks: Instant,
    /// Its nodes.
    pub nodes: BTreeMap<DevId, WaveNode>,
    /// Nodes whose delta failed and that got the whole image.
    pub retried: usize,
}

/// A node of a wave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct WaveNode {
    /// Where it stands.
    pub standing: Standing,
    /// Since when.
    pub since: Instant,
    /// The task that it is in, or was in last.
    pub task: Option<TaskId>,
}

/// What tasks made of nodes.
pub(super) type Results = BTreeMap<TaskId, BTreeMap<DevId, DeviceResult>>;

impl Wave {
    pub(super) fn new(now: Instant, campaign: CampaignId, number: u32, nodes: Vec<DevId>) -> Self {
        let asked = WaveNode { standing: Standing::Asked, since: now, task: None };
        let nodes = nodes.into_iter().map(|node| (node, asked.clone())).collect();
        Self { campaign, number, begun: now, last_tasks: now, nodes, retried: 0 }
    }

    /// How many of its nodes stand where; those put back are not counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { retried: self.retried, ..Counts::default() };
        for node in self.nodes.values() {
            counts.add(&node.standing);
        }
        counts
    }

    /// Whether all its nodes have their results.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.nodes.values().all(|node| node.standing.is_final())
    }

    /// The tasks that nodes of it are in.
    #[must_use]
    pub fn open_tasks(&self) -> BTreeSet<TaskId> {
        self.nodes.values().filter(|node| node.standing.awaits_task()).filter_map(|node| node.task).collect()
    }

    /// The tasks of nodes that have not installed what they are to install.
    pub(super) fn tasks_to_stop(&self) -> BTreeSet<TaskId> {
        let stops = |node: &&WaveNode| node.standing.awaits_task() && node.standing != Standing::Verify;
        self.nodes.values().filter(stops).filter_map(|node| node.task).collect()
    }

    /// Whether no node of it is in a task.
    pub(super) fn is_idle(&self) -> bool {
        !self.nodes.values().any(|node| node.standing.awaits_task())
    }

    /// Nodes that stand as `wanted` says.
    pub(super) fn nodes_in(&self, wanted: impl Fn(&Standing) -> bool) -> Vec<DevId> {
        self.nodes.iter().filter(|(_, node)| wanted(&node.standing)).map(|(id, _)| id.clone()).collect()
    }

    /// Moves the nodes that stand as `wanted` says to where `next` says.
    pub(super) fn move_all(
        &mut self,
        now: Instant,
        wanted: impl Fn(&Standing) -> bool,
        next: impl Fn(&Standing) -> Standing,
    ) {
        for node in self.nodes.values_mut().filter(|node| wanted(&node.standing)) {
            node.standing = next(&node.standing);
            node.since = now;
            node.task = None;
        }
    }

    /// `node` is in `task` now.
    pub(crate) fn set_task(&mut self, node: &DevId, task: TaskId) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.task = Some(task);
        }
    }

    /// Moves nodes on by what their tasks made of them.
    pub(super) fn take_results(&mut self, now: Instant, judge: &Judge<'_>, results: &Results) {
        for (id, node) in self.nodes.iter_mut().filter(|(_, node)| node.standing.awaits_task()) {
            let result = node.task.and_then(|task| results.get(&task)?.get(id));
            let late = now.since(node.since) >= judge.plan.patience;
            let next = match result.map(made) {
                // It got no route when the task was made.
                None => Standing::Failed(Reason::Unknown),
                Some(None) if late => Standing::Unreached,
                Some(None) => continue,
                Some(Some(made)) => judge.next(&node.standing, made),
            };
            node.standing = next;
            node.since = now;
        }
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
                Standing::Chosen { delta: self.release.delta_from(&sha256) }
            }
            (Standing::Delta | Standing::Full, Made::Good(_)) => Standing::Reported,
            (Standing::Delta, Made::Bad(reason)) if reason != Reason::Fumo(DECLINED) => Standing::DeltaFailed(reason),
            (Standing::Verify, Made::Good(outcomes)) => match value(outcomes, 0) {
                Some(version) if version == self.release.version => Standing::Upgraded,
                version => Standing::Failed(Reason::Version(version.unwrap_or_default())),
            },
            (_, Made::Bad(reason)) => Standing::Failed(reason),
            (other, Made::Good(_)) => other.clone(),
        }
    }
}
