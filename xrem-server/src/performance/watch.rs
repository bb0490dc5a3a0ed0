//! Judging samples one by one: does a value cross a limit, has it changed?
//!
//! Samples are judged in the order of their time, each once: one that is not newer than the newest judged is no news, so that
//! repetitions, and samples that were overtaken, cannot tell anything twice.

use omadm_tree::mo::diag_mon::{Decimal, DiagTime};

use super::{Direction, News, Policy, Sample, SeriesKey};

/// What a subscription has seen of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "databases store it")]
pub struct Watch {
    /// The newest sample that was judged has this time, or there is none before it.
    pub time: DiagTime,
    /// Its value; for [`Policy::Change`] the value that was told last.
    pub value: Option<Decimal>,
}

impl Watch {
    /// Judges `sample`, which is newer than all judged before.
    pub fn judge(&mut self, policy: Policy, series: &SeriesKey, sample: Sample) -> Option<News> {
        let before = self.value;
        self.time = sample.time;
        match policy {
            Policy::Summary { .. } => None,
            Policy::Threshold { limit, direction } => {
                self.value = Some(sample.value);
                // Unspecified what the first value is; chosen: one beyond the limit has crossed it, as it was not there before.
                let crossed = match (before.is_some_and(|before| before > limit), sample.value > limit) {
                    (false, true) => Direction::Rising,
                    (true, false) => Direction::Falling,
                    (true, true) | (false, false) => return None,
                };
                let told = direction == Direction::Both || direction == crossed;
                told.then(|| News::Crossed { series: series.clone(), sample, direction: crossed })
            }
            Policy::Change { by } => {
                if before.is_some_and(|before| !differs(before, sample.value, by)) {
                    return None;
                }
                self.value = Some(sample.value);
                Some(News::Changed { series: series.clone(), sample, before })
            }
        }
    }
}

fn differs(one: Decimal, other: Decimal, by: Decimal) -> bool {
    let distance = if one > other { one.minus(other) } else { other.minus(one) };
    one != other && distance >= by
}
