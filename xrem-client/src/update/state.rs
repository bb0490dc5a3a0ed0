//! The State of a FUMO object and the legal ways from one value to the next \[mo 5.2\].

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use omadm_tree::mo::FumoState;

/// Who makes a transition happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the two causes of the standard's figure")]
pub enum Cause {
    /// A command of the server.
    Server,
    /// The device itself.
    Client,
}

/// Every legal transition. There is none from 70 to 10: a failed package is cleaned up (80) first.
pub const TRANSITIONS: [(FumoState, FumoState, Cause); 15] = [
    (FumoState::IDLE, FumoState::DOWNLOAD_PROGRESSING, Cause::Server),
    (FumoState::IDLE, FumoState::READY_TO_UPDATE, Cause::Server),
    (FumoState::DOWNLOAD_PROGRESSING, FumoState::DOWNLOAD_FAILED, Cause::Client),
    (FumoState::DOWNLOAD_PROGRESSING, FumoState::DOWNLOAD_COMPLETE, Cause::Client),
    (FumoState::DOWNLOAD_COMPLETE, FumoState::READY_TO_UPDATE, Cause::Client),
    (FumoState::READY_TO_UPDATE, FumoState::UPDATE_PROGRESSING, Cause::Server),
    (FumoState::READY_TO_UPDATE, FumoState::IDLE, Cause::Client),
    (FumoState::UPDATE_PROGRESSING, FumoState::UPDATE_FAILED_HAVE_DATA, Cause::Client),
    (FumoState::UPDATE_PROGRESSING, FumoState::UPDATE_SUCCESSFUL_HAVE_DATA, Cause::Client),
    (FumoState::UPDATE_FAILED_HAVE_DATA, FumoState::UPDATE_FAILED_NO_DATA, Cause::Client),
    (FumoState::UPDATE_SUCCESSFUL_HAVE_DATA, FumoState::UPDATE_SUCCESSFUL_NO_DATA, Cause::Client),
    (FumoState::DOWNLOAD_FAILED, FumoState::IDLE, Cause::Client),
    (FumoState::UPDATE_FAILED_NO_DATA, FumoState::IDLE, Cause::Client),
    (FumoState::UPDATE_SUCCESSFUL_HAVE_DATA, FumoState::IDLE, Cause::Client),
    (FumoState::UPDATE_SUCCESSFUL_NO_DATA, FumoState::IDLE, Cause::Client),
];

/// The shortest legal way from one state to another, without the first; the table connects every pair of its states. From
/// a state that is not in the table (a vendor's own) the way starts at 10.
pub(super) fn route(from: FumoState, to: FumoState) -> Vec<FumoState> {
    let known = TRANSITIONS.iter().any(|(state, _, _)| *state == from);
    if !known && from != to {
        let mut way = alloc::vec![FumoState::IDLE];
        way.extend(route(FumoState::IDLE, to));
        return way;
    }
    let mut ways: VecDeque<Vec<FumoState>> = VecDeque::from([Vec::new()]);
    let mut seen = alloc::vec![from];
    while let Some(way) = ways.pop_front() {
        let at = way.last().copied().unwrap_or(from);
        if at == to {
            return way;
        }
        for (_, next, _) in TRANSITIONS.iter().filter(|(state, _, _)| *state == at) {
            if !seen.contains(next) {
                seen.push(*next);
                let mut longer = way.clone();
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

    /// The figure as the sheet prints it [mo 5.2].
    const FIGURE: [(u16, u16); 15] = [
        (10, 30),
        (10, 50),
        (20, 10),
        (30, 20),
        (30, 40),
        (40, 50),
        (50, 10),
        (50, 60),
        (60, 70),
        (60, 90),
        (70, 80),
        (80, 10),
        (90, 10),
        (90, 100),
        (100, 10),
    ];

    #[test]
    fn the_table_has_exactly_the_transitions_of_the_figure() {
        let mut table: Vec<(u16, u16)> = TRANSITIONS.iter().map(|(from, to, _)| (from.as_u16(), to.as_u16())).collect();
        table.sort_unstable();
        assert_eq!(table, FIGURE);
    }

    #[test]
    fn every_state_is_reached_from_every_other_by_legal_steps_only() {
        let states = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
        for from in states {
            for to in states {
                let mut at = from;
                for next in route(FumoState::from_u16(from), FumoState::from_u16(to)) {
                    assert!(FIGURE.contains(&(at, next.as_u16())), "{at} to {next} on the way {from} to {to}");
                    at = next.as_u16();
                }
                assert_eq!(at, to, "from {from}");
            }
        }
    }

    #[test]
    fn a_failed_package_is_cleaned_up_before_the_next_download() {
        let numbers = |from, to| -> Vec<u16> {
            route(FumoState::from_u16(from), FumoState::from_u16(to)).iter().map(|state| state.as_u16()).collect()
        };
        assert_eq!(numbers(70, 30), [80, 10, 30]);
        assert_eq!(numbers(30, 60), [40, 50, 60]);
        assert_eq!(numbers(60, 100), [90, 100]);
        assert_eq!(numbers(190, 50), [10, 50]);
    }
}
