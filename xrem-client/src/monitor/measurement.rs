//! What a driver measures for the machine.

use alloc::string::String;
use core::fmt;

use omadm_tree::mo::diag_mon::{Decimal, NAME_BYTES};

/// The most measurements of one reading that are taken; the others are left out.
pub(super) const MOST_METRICS: usize = 64;
/// The most bytes of a unit; a longer one is left out.
const UNIT_BYTES: usize = 64;

/// One metric, measured.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Measurement {
    /// Its name: 1 to 255 bytes without control characters; anything else is not taken.
    pub metric: String,
    /// Its value.
    pub value: Decimal,
    /// Its unit, if it has one: at most 64 bytes.
    pub unit: Option<String>,
}

impl Measurement {
    /// A value without unit.
    #[must_use]
    pub fn new(metric: impl Into<String>, value: Decimal) -> Self {
        Self { metric: metric.into(), value, unit: None }
    }

    /// The same with a unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Whether reports can carry it.
    pub(super) fn is_usable(&self) -> bool {
        let name = &self.metric;
        !name.is_empty() && name.len() <= NAME_BYTES && !name.contains(char::is_control)
    }

    /// The unit, if reports can carry it.
    pub(super) fn usable_unit(&self) -> Option<&str> {
        self.unit.as_deref().filter(|unit| unit.len() <= UNIT_BYTES && !unit.contains(char::is_control))
    }
}

impl fmt::Debug for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measurement").field("metric", &self.metric).finish_non_exhaustive()
    }
}
