//! What a process costs, as the system counts it.

use std::time::Duration;

/// Ticks of a second in `/proc/PID/stat`; the same on every Linux system that people run.
const TICKS: u64 = 100;

/// The costs so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Time of processors.
    pub(crate) cpu: Duration,
    /// Resident memory now and at most, in bytes.
    pub(crate) resident: u64,
    pub(crate) most_resident: u64,
}

impl Usage {
    /// Of the process `pid`, or `self`; `None` where the system does not tell.
    pub(crate) fn of(pid: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name may have spaces in it; what follows it has none.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
        };
        Some(Self {
            cpu: Duration::from_millis(ticks * 1000 / TICKS),
            resident: bytes("VmRSS:")?,
            most_resident: bytes("VmHWM:")?,
        })
    }
}
