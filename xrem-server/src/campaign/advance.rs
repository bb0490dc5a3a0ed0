//! Moving a campaign on.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::wave::{Judge, Results};
use super::{Campaign, CampaignState, Counts, Standing, Wave};
use crate::task::{ImageFile, TaskId};

/// How often the tasks of an open wave are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Nodes that wait for their next step share a task: one is made when no node of the wave is in a task, and otherwise so often.
const GATHER: Duration = Duration::from_secs(30);

/// A task that a wave wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Errand {
    /// The wave, in which the nodes' [`super::WaveNode::task`] is to be the task.
    pub wave: u32,
    /// What is to be done.
    pub work: Work,
    /// For whom.
    pub nodes: Vec<DevId>,
}

/// What an errand does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// Get FwV, and the digest of the running image if the node has it.
    Ask,
    /// Install this image.
    Install(ImageFile),
}

/// What happened to a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum News {
    /// A wave of so many nodes began.
    WaveBegan {
        /// Its number.
        wave: u32,
        /// Its nodes.
        nodes: usize,
    },
    /// Its nodes have their results.
    WaveEnded {
        /// Its number.
        wave: u32,
        /// What became of them.
        counts: Counts,
    },
    /// Too many nodes failed.
    Aborted {
        /// So many failed,
        failed: usize,
        /// of so many that had begun.
        begun: usize,
    },
    /// It is over, with these results.
    Ended(Counts),
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WaveBegan { wave, nodes } => write!(f, "wave {wave} of {nodes} nodes began"),
            Self::WaveEnded { wave, counts } => write!(f, "wave {wave} is over: {counts}"),
            Self::Aborted { failed, begun } => write!(f, "stopped: {failed} of {begun} nodes failed"),
            Self::Ended(counts) => write!(f, "over: {counts}"),
        }
    }
}

/// What [`Campaign::advance`] wants.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Advance {
    /// Tasks to submit.
    pub errands: Vec<Errand>,
    /// Tasks of which the jobs that have not begun are to be cancelled.
    pub cancel: Vec<TaskId>,
    /// What happened.
    pub news: Vec<News>,
}

impl Campaign {
    /// Moves the campaign on by what became of the tasks of its open `waves`; a new wave is added to them, one that is over
    /// leaves [`Campaign::open`]. Calling it early, late or twice is harmless.
    pub fn advance(&mut self, now: Instant, waves: &mut Vec<Wave>, results: &Results) -> Advance {
        let mut advance = Advance::default();
        if self.state.is_final() && self.open.is_empty() && self.ended.is_some() {
            self.due = None;
            return advance;
        }
        let judge = Judge { plan: &self.plan, release: &self.release, ends: self.state.is_final() };
        for wave in waves.iter_mut() {
            wave.take_results(now, &judge, results);
        }
        self.stop_if_too_many_failed(waves, &mut advance);
        for wave in waves.iter_mut() {
            self.move_on(now, wave, &mut advance);
        }
        self.close(waves, &mut advance);
        self.begin_wave(now, waves, &mut advance);
        self.end(now, &mut advance);
        self.due = self.next_look(now);
        advance
    }

    /// What became of all nodes that were in a wave, `open` waves included.
    #[must_use]
    pub fn totals<'w>(&self, open: impl IntoIterator<Item = &'w Wave>) -> Counts {
        open.into_iter().map(Wave::counts).fold(self.counts, Counts::and)
    }

    fn stop_if_too_many_failed(&mut self, waves: &[Wave], advance: &mut Advance) {
        let Counts { failed, .. } = self.totals(waves);
        let begun = self.totals(waves).begun();
        if !self.state.is_final() && failed * 1000 > begun * usize::from(self.plan.abort_above) {
            self.state = CampaignState::Aborted;
            advance.news.push(News::Aborted { failed, begun });
        }
    }

    /// Whether nodes may begin now.
    fn may_begin(&self, now: Instant) -> bool {
        self.state == CampaignState::Running && self.plan.is_open(now)
    }

    /// Gives the nodes of a wave that are between two tasks their next one.
    fn move_on(&self, now: Instant, wave: &mut Wave, advance: &mut Advance) {
        let over = self.state.is_final();
        if over || !self.plan.is_open(now) {
            let stopped = if over { Standing::Cancelled } else { Standing::PutBack };
            wave.move_all(now, |it| matches!(it, Standing::Chosen { .. }), |_| stopped.clone());
            advance.cancel.extend(wave.tasks_to_stop());
        }
        if over {
            // Nothing is tried again.
            wave.move_all(now, |it| matches!(it, Standing::DeltaFailed(_)), failed);
        }
        if !wave.is_idle() && now.since(wave.last_tasks) < GATHER {
            return;
        }
        let before = advance.errands.len();
        if self.may_begin(now) {
            self.install(now, wave, advance);
        }
        send(now, wave, Work::Ask, &|it| *it == Standing::Reported, &Standing::Verify, advance);
        if advance.errands.len() > before {
            wave.last_tasks = now;
        }
    }

    /// One errand for each image that nodes of the wave need.
    fn install(&self, now: Instant, wave: &mut Wave, advance: &mut Advance) {
        for (at, delta) in self.release.deltas.iter().enumerate() {
            let work = Work::Install(delta.clone());
            send(now, wave, work, &|it| *it == Standing::Chosen { delta: Some(at) }, &Standing::Delta, advance);
        }
        wave.retried += wave.nodes_in(|it| matches!(it, Standing::DeltaFailed(_))).len();
        let wants = |it: &Standing| matches!(it, Standing::Chosen { delta: None } | Standing::DeltaFailed(_));
        send(now, wave, Work::Install(self.release.full.clone()), &wants, &Standing::Full, advance);
    }

    /// Takes the waves that are over out of the open ones.
    fn close(&mut self, waves: &[Wave], advance: &mut Advance) {
        for wave in waves.iter().filter(|wave| wave.is_over()) {
            let Some(at) = self.open.iter().position(|open| *open == wave.number) else { continue };
            self.open.remove(at);
            let counts = wave.counts();
            self.counts = self.counts.and(counts);
            self.put_back.extend(wave.nodes_in(|standing| *standing == Standing::PutBack));
            advance.news.push(News::WaveEnded { wave: wave.number, counts });
        }
    }

    fn begin_wave(&mut self, now: Instant, waves: &mut Vec<Wave>, advance: &mut Advance) {
        if !self.may_begin(now) || self.waiting() == 0 || !self.proceeds(waves) || self.next_by_rate() > Some(now) {
            return;
        }
        let first = self.waves == 0 && self.plan.canary > 0;
        let most = if first { self.plan.canary } else { self.plan.wave };
        let most = self.plan.rate.map_or(most, |rate| most.min(rate.nodes));
        let back = self.put_back.len().min(most);
        let mut nodes: Vec<DevId> = self.put_back.drain(..back).collect();
        let fresh = self.nodes.iter().skip(self.taken).take(most - back).cloned();
        let before = nodes.len();
        nodes.extend(fresh);
        self.taken += nodes.len() - before;
        self.waves += 1;
        self.open.push(self.waves);
        self.last_wave = Some(now);
        advance.news.push(News::WaveBegan { wave: self.waves, nodes: nodes.len() });
        advance.errands.push(Errand { wave: self.waves, work: Work::Ask, nodes: nodes.clone() });
        waves.push(Wave::new(now, self.id, self.waves, nodes));
    }

    /// Whether enough nodes of the open waves have their results.
    fn proceeds(&self, waves: &[Wave]) -> bool {
        let canary_is_open = self.plan.canary > 0 && self.open.contains(&1);
        let share = if canary_is_open { 1000 } else { usize::from(self.plan.proceed_at) };
        let open = waves.iter().filter(|wave| self.open.contains(&wave.number));
        let counts = open.map(Wave::counts).fold(Counts::default(), Counts::and);
        (counts.ended() + counts.cancelled) * 1000 >= (counts.begun() + counts.cancelled) * share
    }

    fn next_by_rate(&self) -> Option<Instant> {
        Some(self.last_wave? + self.plan.rate?.per)
    }

    fn end(&mut self, now: Instant, advance: &mut Advance) {
        if !self.open.is_empty() || self.ended.is_some() {
            return;
        }
        if self.state == CampaignState::Running && self.waiting() == 0 {
            self.state = CampaignState::Finished;
        }
        if self.state.is_final() {
            self.ended = Some(now);
            advance.news.push(News::Ended(self.counts));
        }
    }

    fn next_look(&self, now: Instant) -> Option<Instant> {
        if !self.open.is_empty() {
            return Some(now + LOOK);
        }
        if self.state != CampaignState::Running {
            return None;
        }
        match self.plan.window {
            Some(window) if !window.is_open(now) => Some(window.next_change(now)),
            _ => Some(self.next_by_rate().unwrap_or(now).max(now + LOOK)),
        }
    }
}

/// Makes an errand for the nodes that stand as `wanted` says; they stand as `next` then.
fn send(
    now: Instant,
    wave: &mut Wave,
    work: Work,
    wanted: &dyn Fn(&Standing) -> bool,
    next: &Standing,
    advance: &mut Advance,
) {
    let nodes = wave.nodes_in(wanted);
    if nodes.is_empty() {
        return;
    }
    wave.move_all(now, wanted, |_| next.clone());
    advance.errands.push(Errand { wave: wave.number, work, nodes });
}

fn failed(standing: &Standing) -> Standing {
    if let Standing::DeltaFailed(reason) = standing { Standing::Failed(reason.clone()) } else { standing.clone() }
}
