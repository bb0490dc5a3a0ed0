//! Playing rows one after the other: the chosen ones, each in the wanted syntaxes, with a line for each as it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use omadm_proto::exchange::Syntax;

use crate::report::{Entry, Report};
use crate::row::{Level, Row};

/// Which rows are played.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Groups and ids; empty means all.
    pub names: Vec<String>,
    /// Only these.
    pub level: Option<Level>,
}

impl Choice {
    /// Whether `row` is among them.
    pub fn has<P: ?Sized>(&self, row: &Row<P>) -> bool {
        let named = self.names.is_empty()
            || self
                .names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(row.group()) || name.eq_ignore_ascii_case(row.id));
        named && self.level.is_none_or(|level| level == row.level)
    }
}

/// How a run is paced and told about.
pub struct Pace<'p> {
    /// How long to rest between two rows.
    pub pause: Duration,
    /// Set when the run shall end.
    pub stop: &'p AtomicBool,
    /// Called with each entry as it comes.
    pub tell: &'p mut dyn FnMut(&Entry),
}

/// Plays `rows` in `syntax` on `peer`, which `fresh` makes ready before each. False when the run was ended early.
pub fn play<P>(
    rows: &[&'static Row<P>],
    syntax: Syntax,
    report: &mut Report,
    pace: &mut Pace<'_>,
    (peer, fresh): (&mut P, &dyn Fn(&mut P)),
) -> bool {
    for (nth, row) in rows.iter().enumerate() {
        if nth > 0 && !pace.pause.is_zero() {
            std::thread::sleep(pace.pause);
        }
        if pace.stop.load(Ordering::Relaxed) {
            return false;
        }
        let begun = Instant::now();
        fresh(peer);
        let verdict = row.play(peer);
        if pace.stop.load(Ordering::Relaxed) {
            return false;
        }
        let entry = Entry::new(row, syntax, verdict, begun.elapsed());
        (pace.tell)(&entry);
        report.entries.push(entry);
    }
    true
}
