//! The Status of the three kinds of entries, and the legal ways from one value to the next \[mo 7.2, 7.3\].
//!
//! The sheet prints the values and what they mean, no figure; these tables are what follows from the meanings. Unspecified how
//! an entry leaves a failure; chosen as in FUMO: through 10, idle, when the next operation on it begins.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// From one Status to the next.
pub type Transition = (u16, u16);

/// Of an entry of Download.
pub const DOWNLOAD_TRANSITIONS: [Transition; 11] =
    [(10, 30), (30, 20), (30, 40), (40, 50), (50, 10), (50, 60), (50, 70), (20, 10), (40, 10), (60, 10), (70, 10)];

/// Of an entry of Inventory/Delivered.
pub const DELIVERED_TRANSITIONS: [Transition; 9] =
    [(10, 30), (30, 20), (10, 40), (40, 10), (40, 50), (40, 60), (20, 10), (50, 10), (60, 10)];

/// Of an entry of Inventory/Deployed.
pub const DEPLOYED_TRANSITIONS: [Transition; 11] =
    [(10, 30), (30, 20), (10, 50), (50, 40), (50, 10), (10, 70), (70, 60), (70, 10), (20, 10), (40, 10), (60, 10)];

/// The shortest legal way from one Status to another, without the first. From a value that is not in the table (a vendor's
/// own, or none) it starts at 10.
pub(super) fn way(table: &[Transition], from: u16, to: u16) -> Vec<u16> {
    if from != to && !table.iter().any(|(known, _)| *known == from) {
        let mut ways = alloc::vec![10];
        ways.extend(way(table, 10, to));
        return ways;
    }
    let mut ways: VecDeque<Vec<u16>> = VecDeque::from([Vec::new()]);
    let mut seen = alloc::vec![from];
    while let Some(found) = ways.pop_front() {
        let at = found.last().copied().unwrap_or(from);
        if at == to {
            return found;
        }
        for (_, next) in table.iter().filter(|(known, _)| *known == at) {
            if !seen.contains(next) {
                seen.push(*next);
                let mut longer = found.clone();
                longer.push(*next);
                ways.push_back(longer);
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_an_entry_is_reached_from_every_other() {
        let lists: [(&[Transition], &[u16]); 3] = [
            (&DOWNLOAD_TRANSITIONS, &[10, 20, 30, 40, 50, 60, 70]),
            (&DELIVERED_TRANSITIONS, &[10, 20, 30, 40, 50, 60]),
            (&DEPLOYED_TRANSITIONS, &[10, 20, 30, 40, 50, 60, 70]),
        ];
        for (table, values) in lists {
            for from in values {
                for to in values {
                    let end = way(table, *from, *to).last().copied().unwrap_or(*from);
                    assert_eq!(end, *to, "from {from}");
                }
            }
        }
    }

    #[test]
    fn an_operation_after_a_failure_passes_through_idle() {
        assert_eq!(way(&DOWNLOAD_TRANSITIONS, 20, 30), [10, 30]);
        assert_eq!(way(&DELIVERED_TRANSITIONS, 50, 40), [10, 40]);
        assert_eq!(way(&DEPLOYED_TRANSITIONS, 40, 70), [10, 70]);
        assert_eq!(way(&DOWNLOAD_TRANSITIONS, 0, 30), [10, 30]);
        assert_eq!(way(&DOWNLOAD_TRANSITIONS, 30, 50), [40, 50]);
    }
}
