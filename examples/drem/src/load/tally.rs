//! What a run has come to: counts, failures by kind, times.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest time that is told apart.
const LONGEST_MICROS: u64 = 600_000_000;

/// Shared by the threads of a run.
#[derive(Debug)]
pub(crate) struct Tally(Mutex<Counts>);

/// The counts.
#[derive(Debug, Clone)]
pub(crate) struct Counts {
    pub(crate) finished: u64,
    pub(crate) failed: u64,
    pub(crate) retried: u64,
    failures: BTreeMap<String, u64>,
    pub(crate) troubles: BTreeMap<String, u64>,
    sessions: Histogram<u64>,
    exchanges: Histogram<u64>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Counts {
            finished: 0,
            failed: 0,
            retried: 0,
            failures: BTreeMap::new(),
            troubles: BTreeMap::new(),
            sessions: histogram(),
            exchanges: histogram(),
        }))
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy as it stands.
    pub(crate) fn now(&self) -> Counts {
        self.counts().clone()
    }

    pub(crate) fn session_finished(&self, took: Duration) {
        let mut counts = self.counts();
        counts.finished += 1;
        record(&mut counts.sessions, took);
    }

    /// A session that did not end in order.
    pub(crate) fn session_failed(&self, why: &str) {
        let mut counts = self.counts();
        counts.failed += 1;
        *counts.failures.entry(why.to_owned()).or_default() += 1;
    }

    /// A message that was sent again.
    pub(crate) fn retried(&self) {
        self.counts().retried += 1;
    }

    /// An exchange that gave no message; the session may still go on.
    pub(crate) fn trouble(&self, kind: &str) {
        *self.counts().troubles.entry(kind.to_owned()).or_default() += 1;
    }

    pub(crate) fn exchange(&self, took: Duration) {
        record(&mut self.counts().exchanges, took);
    }
}

fn histogram() -> Histogram<u64> {
    // Three digits of what is between a microsecond and ten minutes: the bounds are good.
    Histogram::new_with_bounds(1, LONGEST_MICROS, 3).unwrap_or_else(|_| unreachable!("constant bounds"))
}

fn record(histogram: &mut Histogram<u64>, took: Duration) {
    histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(LONGEST_MICROS));
}

impl Counts {
    /// Milliseconds within which 99 of 100 sessions ended.
    pub(crate) fn p99(&self) -> f64 {
        milliseconds(&self.sessions, 0.99)
    }
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn milliseconds(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1000.0
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |histogram: &Histogram<u64>| {
            let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|quantile| milliseconds(histogram, quantile));
            format!("p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms, most {:.1} ms", milliseconds(histogram, 1.0))
        };
        writeln!(f, "session times     {}", times(&self.sessions))?;
        writeln!(f, "exchange times    {}", times(&self.exchanges))?;
        let list = |kinds: &BTreeMap<String, u64>| {
            let mut text = String::new();
            for (kind, count) in kinds {
                let _ = write!(text, "\n    {count:>8}  {kind}");
            }
            text
        };
        writeln!(f, "sessions failed   {}{}", self.failed, list(&self.failures))?;
        let troubles: u64 = self.troubles.values().sum();
        write!(f, "without answer    {troubles}, messages sent again {}{}", self.retried, list(&self.troubles))
    }
}
