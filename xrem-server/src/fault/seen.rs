//! The numbers of the transitions that came: nearly always one run, with a gap while one is on a detour.

use alloc::vec::Vec;

/// Runs that are kept; with more of them the two lowest become one, and what is missing between them counts as seen.
const MAX_RUNS: usize = 16;

/// A set of numbers as runs, in ascending order and apart from each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub(super) struct Seen(Vec<(u64, u64)>);

impl Seen {
    pub(super) fn of(number: u64) -> Self {
        Self(alloc::vec![(number, number)])
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }

    /// Adds `number`; `false` when it was there.
    pub(super) fn insert(&mut self, number: u64) -> bool {
        if self.contains(number) {
            return false;
        }
        let at = self.0.partition_point(|(first, _)| *first < number);
        self.0.insert(at, (number, number));
        self.join(at);
        if let Some(before) = at.checked_sub(1) {
            self.join(before);
        }
        if self.0.len() > MAX_RUNS {
            let (lowest, _) = self.0.remove(0);
            if let Some(second) = self.0.first_mut() {
                second.0 = lowest;
            }
        }
        true
    }

    /// Makes the run `at` and the next one a single run if nothing is missing between them.
    fn join(&mut self, at: usize) {
        if let Some([run, next]) = self.0.get_mut(at..at.saturating_add(2))
            && run.1.checked_add(1) == Some(next.0)
        {
            run.1 = next.1;
            self.0.remove(at + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_any_order_become_one_run() {
        let mut seen = Seen::default();
        for number in [5, 1, 3, 2, 4] {
            assert!(seen.insert(number));
        }
        assert_eq!(seen, Seen(alloc::vec![(1, 5)]));
        assert!(!seen.insert(3));
        assert!(seen.insert(u64::MAX));
        assert!(!seen.contains(0));
    }

    #[test]
    fn gaps_are_bounded_by_forgetting_the_lowest() {
        let mut seen = Seen::default();
        for number in 0..17 {
            seen.insert(number * 10);
        }
        assert_eq!(seen.0.len(), 16);
        assert!(seen.contains(5));
        assert!(!seen.contains(15));
    }
}
