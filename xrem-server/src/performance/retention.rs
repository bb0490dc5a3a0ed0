//! How long samples are kept.

use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::DiagTime;

use super::{Change, PmStore};
use crate::store::Record;

/// Nodes that are looked at in one round.
const NODES: usize = 64;

/// How long samples are kept; `None` is without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an age and a number")]
pub struct Retention {
    /// Older ones go, by the device's own clock.
    pub age: Option<Duration>,
    /// So many of one series stay.
    pub samples: Option<u64>,
}

impl Default for Retention {
    /// 90 days; unspecified, chosen so that a quarter can be looked back at.
    fn default() -> Self {
        Self { age: Some(Duration::from_secs(90 * 86_400)), samples: None }
    }
}

/// What a round of retention removes.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Trimming {
    /// To be committed.
    pub persist: Vec<Record>,
    /// Where the next round goes on; `None` when all series were looked at.
    pub next: Option<DevId>,
}

/// Looks at the series of the next nodes behind `after`, and tells what is to be removed of them at `now`.
///
/// # Errors
/// The store cannot be read.
pub fn trim<S: PmStore>(store: &S, now: DiagTime, after: Option<&DevId>) -> Result<Trimming, S::Error> {
    let Retention { age, samples } = store.retention()?;
    let age = age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
    let oldest = age.map_or(0, |age| now.as_unix_millis().saturating_sub(age));
    let (before, keep) = (DiagTime::from_unix_millis(oldest), samples.unwrap_or(u64::MAX));
    let nodes = store.measuring(after, NODES)?;
    let mut trimming = Trimming::default();
    for node in &nodes {
        for series in store.series(node)? {
            let extent = store.extent(&series.key)?;
            if extent.first.is_none_or(|first| first < before) || extent.count > keep {
                trimming.persist.push(Record::Performance(Change::Trim { series: series.key, before, keep }));
            }
        }
    }
    trimming.next = nodes.into_iter().nth(NODES - 1);
    Ok(trimming)
}
