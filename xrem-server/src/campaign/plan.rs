//! What a campaign installs, and how carefully.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::time::Instant;

use crate::task::ImageFile;

const DAY: u64 = 86_400_000;

/// A release: the whole image, and deltas from images that nodes may be running.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Release {
    /// The version that nodes show in FwV when they run it.
    pub version: String,
    /// The root of the FUMO object.
    pub fumo: String,
    /// The whole image.
    pub full: ImageFile,
    /// Smaller ways to it: images made by [`ImageFile::with_delta`].
    pub deltas: Vec<ImageFile>,
}

impl Release {
    /// `version`, installed from `full` by the FUMO object at `./FUMO`.
    #[must_use]
    pub fn new(version: impl Into<String>, full: ImageFile) -> Self {
        Self { version: version.into(), fumo: "./FUMO".into(), full, deltas: Vec::new() }
    }

    /// The same with a delta.
    #[must_use]
    pub fn with_delta(mut self, delta: ImageFile) -> Self {
        self.deltas.push(delta);
        self
    }

    /// The same with another root of the FUMO object.
    #[must_use]
    pub fn at(mut self, fumo: impl Into<String>) -> Self {
        self.fumo = fumo.into();
        self
    }

    /// Which delta a node needs that runs the image of digest `sha256`.
    pub(super) fn delta_from(&self, sha256: &str) -> Option<usize> {
        let applies = |image: &ImageFile| image.delta.as_ref().is_some_and(|it| it.from.eq_ignore_ascii_case(sha256));
        self.deltas.iter().position(applies)
    }

    pub(super) fn check(&self) -> Result<(), CampaignError> {
        if self.version.trim().is_empty() {
            return Err(CampaignError::NoVersion);
        }
        let makes_it = |image: &ImageFile| image.delta.as_ref().is_some_and(|it| it.target == self.full.sha256);
        if self.deltas.iter().all(makes_it) { Ok(()) } else { Err(CampaignError::NoDelta) }
    }
}

/// How a campaign goes about it. Shares are per mille.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Plan {
    /// Nodes of the first wave; 0 is none. The second begins when all of them have their results.
    pub canary: usize,
    /// Nodes of each other wave.
    pub wave: usize,
    /// The next wave begins when this share of the nodes in the open ones have their results.
    pub proceed_at: u16,
    /// It is stopped when more than this share of the nodes that have begun failed; 1000 is never.
    pub abort_above: u16,
    /// No more nodes than that begin in a time.
    pub rate: Option<Rate>,
    /// Nodes begin only then; those that have not begun when it closes are put back.
    pub window: Option<Window>,
    /// How long a stage of a wave waits for a node; then it counts as unreached.
    pub patience: Duration,
}

/// So many nodes in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a rate is a number in a time")]
pub struct Rate {
    /// Nodes.
    pub nodes: usize,
    /// The time.
    pub per: Duration,
}

/// A time of the day, each day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a window is a start and a length")]
pub struct Window {
    /// From midnight to its start, less than a day.
    pub start: Duration,
    /// How long it is open, at most a day.
    pub length: Duration,
}

impl Window {
    /// Milliseconds since it opened last.
    fn since_opening(self, now: Instant) -> u64 {
        let start = millis(self.start) % DAY;
        (now.as_millis() % DAY + DAY - start) % DAY
    }

    /// Whether it is open.
    #[must_use]
    pub fn is_open(self, now: Instant) -> bool {
        self.since_opening(now) < millis(self.length)
    }

    /// When it opens or closes next.
    #[must_use]
    pub fn next_change(self, now: Instant) -> Instant {
        let since = self.since_opening(now);
        let length = millis(self.length);
        let wait = if since < length { length - since } else { DAY - since };
        now + Duration::from_millis(wait)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            canary: 5,
            wave: 100,
            proceed_at: 1000,
            abort_above: 50,
            rate: None,
            window: None,
            patience: Duration::from_secs(86_400),
        }
    }
}

impl Plan {
    /// Whether nodes may begin now.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.window.is_none_or(|window| window.is_open(now))
    }

    pub(super) fn check(&self) -> Result<(), CampaignError> {
        if self.wave == 0 {
            return Err(CampaignError::NoWave);
        }
        if self.proceed_at == 0 || self.proceed_at > 1000 || self.abort_above > 1000 {
            return Err(CampaignError::Share);
        }
        if self.rate.is_some_and(|rate| rate.nodes == 0 || rate.per.is_zero()) {
            return Err(CampaignError::Rate);
        }
        if self.patience.is_zero() {
            return Err(CampaignError::Patience);
        }
        let fits = |window: Window| {
            window.length <= Duration::from_millis(DAY)
                && !window.length.is_zero()
                && window.start < Duration::from_millis(DAY)
        };
        if self.window.is_none_or(fits) { Ok(()) } else { Err(CampaignError::Window) }
    }
}

/// A campaign as an application asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CampaignRequest {
    /// What people call it.
    pub name: String,
    /// What is installed.
    pub release: Release,
    /// How.
    pub plan: Plan,
}

impl CampaignRequest {
    /// Installs `release`: five nodes first, then hundreds, stopped when more than 5 % fail.
    #[must_use]
    pub fn new(name: impl Into<String>, release: Release) -> Self {
        Self { name: name.into(), release, plan: Plan::default() }
    }

    /// The same with another first wave.
    #[must_use]
    pub const fn canary(mut self, nodes: usize) -> Self {
        self.plan.canary = nodes;
        self
    }

    /// The same with other waves.
    #[must_use]
    pub const fn waves(mut self, nodes: usize) -> Self {
        self.plan.wave = nodes;
        self
    }

    /// The same, stopped when more than `per_mille` of the nodes fail.
    #[must_use]
    pub const fn abort_above(mut self, per_mille: u16) -> Self {
        self.plan.abort_above = per_mille;
        self
    }

    /// The same, in this window only.
    #[must_use]
    pub const fn window(mut self, window: Window) -> Self {
        self.plan.window = Some(window);
        self
    }

    /// The same at no higher rate.
    #[must_use]
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.plan.rate = Some(rate);
        self
    }
}

/// The longest name of a campaign, in bytes; unspecified, chosen so that a listing stays readable.
pub const MAX_NAME: usize = 256;

/// Why there is no such campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// The name is too long.
    #[error("the name has more than {MAX_NAME} bytes")]
    Name,
    /// Nobody to upgrade.
    #[error("the target names no node")]
    NoNodes,
    /// Nothing to compare FwV with.
    #[error("the release has no version; nodes are asked for it at the end")]
    NoVersion,
    /// Waves of nobody.
    #[error("wave is 0; it is the number of nodes that begin together")]
    NoWave,
    /// No share.
    #[error("a share is not between 0 and 1000 per mille, or proceed_at is 0")]
    Share,
    /// No rate.
    #[error("the rate has no nodes, or no time")]
    Rate,
    /// No patience.
    #[error("patience is 0; it is how long a wave waits for a node")]
    Patience,
    /// No window.
    #[error("the window does not start within a day, or is not open, or longer than a day")]
    Window,
    /// Something else among the deltas.
    #[error("an image among the deltas is none: it does not say which image it applies to, or it makes another one")]
    NoDelta,
}
