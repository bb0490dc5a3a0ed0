//! The write points of a device, and cuts of its power at chosen ones.
//!
//! A write point is a place where something durable changes: a record, a block of flash, the boot record. A test runs a
//! scenario once, learns which points it has, and runs it again with the power cut before, in the middle of, or after any.

use alloc::collections::VecDeque;

/// What is written at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "tests tell them apart")]
pub enum Point {
    /// A record of the machine.
    Record,
    /// An erasure or a block of a place.
    Block,
    /// The boot record: a slot is selected or confirmed.
    Flag,
    /// The boot record: the boot loader counts a boot on trial.
    Count,
}

/// Where in a write the power fails. Records and the boot record are written as a whole: they cannot be torn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "before, in, and behind it")]
pub enum Cut {
    /// Nothing of it is done.
    Before,
    /// Half of it is done.
    Torn,
    /// It is done, and nothing behind it.
    After,
}

/// Counts write points and cuts at those that a test chose.
#[derive(Debug, Clone, Default)]
pub struct Power {
    points: Vec<Point>,
    cuts: VecDeque<(usize, Cut)>,
    struck: bool,
}

impl Power {
    /// The write points since the test asked for cuts, or since the start.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// How many of the chosen cuts are still to come.
    #[must_use]
    pub fn to_come(&self) -> usize {
        self.cuts.len()
    }

    /// Counts from now on and cuts at these points, in rising order. A point counts each time it is reached.
    pub fn cut_at(&mut self, cuts: impl IntoIterator<Item = (usize, Cut)>) {
        (self.points, self.cuts) = (Vec::new(), cuts.into_iter().collect());
    }

    /// The next write point is reached: how the power fails there, if it does.
    pub(crate) fn reach(&mut self, point: Point) -> Option<Cut> {
        let at = self.points.len();
        self.points.push(point);
        let (_, cut) = *self.cuts.front().filter(|(chosen, _)| *chosen == at)?;
        self.cuts.pop_front();
        self.struck = true;
        Some(cut)
    }

    /// Whether the power that fails now does so where a test wanted it; what is done there is done.
    pub(crate) const fn take_strike(&mut self) -> bool {
        core::mem::replace(&mut self.struck, false)
    }
}
