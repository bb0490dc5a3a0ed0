//! What is in the place is hashed, block by block: before a transfer goes on after a restart, and once all of it is there.

use super::{Delivery, Work};
use crate::drem::Context;
use crate::output::ActionResult;
use crate::package::hashing::{Hashing, read};
use crate::package::{Failure, Package, Step};

/// Why the place is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// After a restart the hash of what came before has to be made again.
    Again,
    /// What was written is compared with what came.
    Back,
}

impl Delivery {
    /// Asks for the next bytes of the place, or draws the conclusion behind the last ones.
    pub(super) fn read_on(
        &mut self,
        ctx: &mut Context<'_>,
        package: &mut Package,
        hashing: Hashing,
        reading: Reading,
    ) -> Step {
        let left = package.written.saturating_sub(hashing.len());
        if left > 0 {
            let action = read(package.place, hashing.len(), left);
            self.work = Work::Reading(ctx.client.shared().out.action(action), hashing, reading);
            return Step::Wait;
        }
        match reading {
            Reading::Again => self.fetch(ctx, package, hashing),
            Reading::Back => {
                let is_right = package.sha256.as_ref() == Some(&hashing.hex());
                self.end(ctx, package, if is_right { Ok(()) } else { Err(Failure::Corrupted) })
            }
        }
    }

    pub(super) fn have_read(
        &mut self,
        ctx: &mut Context<'_>,
        package: &mut Package,
        (mut hashing, reading): (Hashing, Reading),
        result: ActionResult,
    ) -> Step {
        match (result.block(), reading) {
            (Ok(block), _) if !block.data.is_empty() => {
                hashing.add(&block.data);
                self.read_on(ctx, package, hashing, reading)
            }
            // The place holds less than it should: begin anew.
            (Ok(_) | Err(_), Reading::Again) => {
                let _ = self.begin(ctx, package);
                Step::Store
            }
            (Ok(_) | Err(_), Reading::Back) => self.end(ctx, package, Err(Failure::Corrupted)),
        }
    }
}
