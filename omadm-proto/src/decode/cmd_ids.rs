//! Whether the CmdIDs of a message are unique \[dm 2.2, windows-quirks L24\].

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::deviation::DeviationKind;
use crate::ids::CmdId;

/// The CmdIDs of a message so far. Numbers that go up by one, as nearly all do, are one run and cost one comparison.
#[derive(Debug, Default)]
pub(super) struct CmdIds<'a> {
    /// The latest run of numbers, first and last; `(0, 0)` before the first, since 0 is never an id.
    run: (u32, u32),
    /// The runs before it, in rising order.
    runs: Vec<(u32, u32)>,
    /// Texts, and numbers that came late.
    others: BTreeSet<CmdId<'a>>,
}

impl<'a> CmdIds<'a> {
    /// Takes the id of one more command and says what is wrong with it.
    #[inline]
    pub(super) fn admit(&mut self, id: &CmdId<'a>) -> Option<DeviationKind> {
        match id {
            CmdId::Number(number) if number.checked_sub(1) == Some(self.run.1) => {
                self.run.1 = *number;
                if self.run.0 == 0 {
                    self.run.0 = *number;
                }
                None
            }
            CmdId::Number(_) | CmdId::Text(_) | CmdId::Absent => self.irregular(id),
        }
    }

    #[cold]
    fn irregular(&mut self, id: &CmdId<'a>) -> Option<DeviationKind> {
        match *id {
            CmdId::Absent => return None,
            CmdId::Number(0) => return Some(DeviationKind::ZeroCmdId),
            CmdId::Number(number) if number > self.run.1 => {
                if self.run.0 != 0 {
                    self.runs.push(self.run);
                }
                self.run = (number, number);
                return None;
            }
            CmdId::Number(number) if self.is_in_run(number) => return Some(DeviationKind::DuplicateCmdId),
            CmdId::Number(_) | CmdId::Text(_) => {}
        }
        let is_new = self.others.insert(id.clone());
        Some(if is_new { DeviationKind::CmdIdOrder } else { DeviationKind::DuplicateCmdId })
    }

    fn is_in_run(&self, number: u32) -> bool {
        let holds = |run: (u32, u32)| run.0 <= number && number <= run.1;
        let before = self.runs.partition_point(|run| run.1 < number);
        holds(self.run) || self.runs.get(before).is_some_and(|run| holds(*run))
    }
}
