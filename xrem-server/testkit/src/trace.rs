//! What happened, for people: the last lines, and a fingerprint of all of them.

use alloc::collections::VecDeque;
use core::fmt;

use omadm_proto::time::Instant;

/// Lines that are kept.
const KEPT: usize = 400;

/// The trace of one run.
#[derive(Clone)]
pub struct Trace {
    lines: VecDeque<String>,
    count: u64,
    fingerprint: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self { lines: VecDeque::new(), count: 0, fingerprint: 0xCBF2_9CE4_8422_2325 }
    }
}

impl Trace {
    pub(crate) fn note(&mut self, now: Instant, text: &dyn fmt::Display) {
        let line = format!("{:>10} {text}", now.as_millis());
        // FNV-1a: nobody attacks a trace.
        for byte in line.bytes() {
            self.fingerprint = (self.fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        self.count += 1;
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The last lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// How many lines there were, and a number that stands for all of them.
    #[must_use]
    pub const fn fingerprint(&self) -> (u64, u64) {
        (self.count, self.fingerprint)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}
