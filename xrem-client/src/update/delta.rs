//! Applying a delta: head, empty target, the driver's patcher, and the result read back \[mo 5.7\].
//!
//! The delta lies in the staging area, its source is the slot that runs, its target the other one. A restart anywhere in here
//! begins with the head again: source and delta are still as they were.

use crate::drem::Context;
use crate::output::{Action, ActionResult, Delta, Place};
use crate::package::{BLOCK, Hashing, MAX_PACKAGE};

use super::{Phase, ResultCode, Running, Update, Work};

/// Bytes of the head of a BSDIFF40 container: its name, two lengths, and the length of the result.
const HEAD: u32 = 32;

impl Update {
    pub(super) fn apply(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        self.record.images.forget(job.image.slot);
        self.enter(ctx, Phase::Apply);
        self.continue_apply(ctx);
    }

    /// Begins, or begins again after a restart.
    pub(super) fn continue_apply(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        let action = Action::ReadAt { place: job.image.package.place, offset: 0, max_len: HEAD };
        self.work = Work::ReadingHead(ctx.client.shared().out.action(action));
    }

    pub(super) fn head_read(&mut self, ctx: &mut Context<'_>, result: ActionResult) {
        let Some(job) = &self.record.job else { return };
        let len = result.block().ok().and_then(|block| result_len(&block.data));
        let Some(len) = len else { return self.finish(ctx, ResultCode::CORRUPTED) };
        let action = Action::Erase { place: Place::Slot(job.image.slot), len: Some(len) };
        self.work = Work::Emptying(ctx.client.shared().out.action(action), len);
    }

    pub(super) fn emptied(&mut self, ctx: &mut Context<'_>, target_len: u64, result: &ActionResult) {
        if let Err(failure) = result.done() {
            return self.finish(ctx, ResultCode::of_storage(failure, ResultCode::UPDATE_MEMORY));
        }
        let Some(job) = &self.record.job else { return };
        let Running::Slot { slot: source, image: Some((_, source_len)) } = &self.running else {
            return self.finish(ctx, ResultCode::MISMATCH);
        };
        let delta = Delta {
            source: *source,
            source_len: *source_len,
            patch: job.image.package.place,
            patch_len: job.image.package.len(),
            target: job.image.slot,
            target_len,
        };
        self.work = Work::Applying(ctx.client.shared().out.action(Action::ApplyDelta(delta)), target_len);
    }

    pub(super) fn applied(&mut self, ctx: &mut Context<'_>, target_len: u64, result: &ActionResult) {
        match result.done() {
            Ok(()) => self.check(ctx, Hashing::new(), target_len),
            Err(failure) => self.finish(ctx, ResultCode::of_storage(failure, ResultCode::UPDATE_MEMORY)),
        }
    }

    fn check(&mut self, ctx: &mut Context<'_>, hashing: Hashing, target_len: u64) {
        let Some(job) = &self.record.job else { return };
        let (place, offset) = (Place::Slot(job.image.slot), hashing.len());
        let id = ctx.client.shared().out.action(Action::ReadAt { place, offset, max_len: BLOCK });
        self.work = Work::Checking(id, hashing, target_len);
    }

    pub(super) fn checked(&mut self, ctx: &mut Context<'_>, mut hashing: Hashing, len: u64, result: ActionResult) {
        match result.block() {
            Ok(block) if !block.end && !block.data.is_empty() && hashing.len() < len => {
                hashing.add(&block.data);
                self.check(ctx, hashing, len);
            }
            Ok(block) => {
                hashing.add(&block.data);
                let is_whole = hashing.len() == len;
                let Some(job) = &mut self.record.job else { return };
                job.image.complete = Some(hashing.hex());
                if !is_whole || job.image.claims.refuted_by(job.image.complete.as_deref()) {
                    return self.finish(ctx, ResultCode::NOT_AUTHENTIC);
                }
                self.enter(ctx, Phase::Select);
            }
            Err(_) => self.finish(ctx, ResultCode::CORRUPTED),
        }
    }
}

/// The length of the image that a BSDIFF40 container makes; `None` when it is no such container, or the length no image has.
fn result_len(head: &[u8]) -> Option<u64> {
    let lengths = head.strip_prefix(b"BSDIFF40")?;
    let bytes: [u8; 8] = lengths.get(16..24)?.try_into().ok()?;
    // The highest bit is a sign.
    Some(u64::from_le_bytes(bytes)).filter(|len| (1..=MAX_PACKAGE).contains(len))
}
