//! From the package to a verified slot: erase, fetch or copy, write, hash, read back \[mo 5.6, 5.7\].

use alloc::string::String;
use core::fmt::Write as _;
use core::time::Duration;

use bytes::Bytes;
use omadm_tree::mo::{DevDetail, FumoState, FumoView};
use sha2::{Digest as _, Sha256};

use super::{Context, Hashing, Last, Operation, Phase, ResultCode, Source, Update, Work};
use crate::output::{Action, ActionFailure, ActionResult};

/// Bytes asked for and written at once.
pub(super) const BLOCK: u32 = 256 << 10;
/// The offset is stored after so many bytes; a restart repeats at most those.
const PERSIST_EVERY: u64 = 1 << 20;
/// The longest image that is taken.
const MAX_IMAGE: u64 = 4 << 30;
/// How often in a row a Fetch may fail for a reason that may pass.
const MAX_FETCH_FAILURES: u32 = 6;

impl Update {
    /// Begins an accepted job, now that the server has its 202.
    pub(super) fn begin(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &mut self.record.job else { return };
        let Some(active) = self.active else {
            return self.finish(ctx, ResultCode::NOT_IMPLEMENTED);
        };
        let object = job.image.object.clone();
        if job.image.sha256.is_some() {
            if job.image.slot == active {
                return self.finish(ctx, ResultCode::UPDATE_FAILED);
            }
            self.move_to(ctx, &object, FumoState::UPDATE_PROGRESSING);
            self.enter(ctx, Phase::Verify);
            return self.verify(ctx);
        }
        job.image.slot = active.other();
        let state = match job.operation {
            Operation::Download | Operation::DownloadAndUpdate => FumoState::DOWNLOAD_PROGRESSING,
            Operation::Update => FumoState::UPDATE_PROGRESSING,
        };
        let delta_from = job.image.claims.delta_from.clone();
        self.move_to(ctx, &object, state);
        if !delta_from.is_empty() {
            // A delta for another image is the server's mistake, one for ours needs a patcher that does not exist yet.
            let running = ctx.tree.text(DevDetail::ACTIVE_SHA256).unwrap_or_default();
            let fits = delta_from.eq_ignore_ascii_case(running);
            return self.finish(ctx, if fits { ResultCode::NOT_IMPLEMENTED } else { ResultCode::MISMATCH });
        }
        self.drop_package_in_target_slot();
        self.enter(ctx, Phase::Transfer);
        self.erase(ctx);
    }

    /// What lies in the slot that is about to be erased is no package any more.
    fn drop_package_in_target_slot(&mut self) {
        let slot = self.record.job.as_ref().map(|job| job.image.slot);
        self.record.ready.take_if(|image| Some(image.slot) == slot);
    }

    fn erase(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        let slot = job.image.slot;
        self.fetch_failures = 0;
        self.work = Work::Erasing(ctx.client.shared().out.action(Action::EraseSlot { slot }));
    }

    pub(super) fn erased(&mut self, ctx: &mut Context<'_>, result: &ActionResult) {
        match result.done() {
            Ok(()) => self.fetch(ctx, Sha256::new()),
            Err(failure) => self.storage_failed(ctx, failure),
        }
    }

    /// Continues an interrupted transfer: first the bytes that are there already are hashed again.
    pub(super) fn continue_transfer(&mut self, ctx: &mut Context<'_>) {
        match self.record.job.as_ref().map(|job| job.image.written) {
            None => {}
            Some(0) => self.erase(ctx),
            Some(_) => self.rehash(ctx, Hashing::new()),
        }
    }

    fn rehash(&mut self, ctx: &mut Context<'_>, hashing: Hashing) {
        let Some(job) = &self.record.job else { return };
        let left = job.image.written.saturating_sub(hashing.len);
        if left == 0 {
            return self.fetch(ctx, hashing.sha256);
        }
        let action = read(job.image.slot, hashing.len, left);
        self.work = Work::Rehashing(ctx.client.shared().out.action(action), hashing);
    }

    pub(super) fn rehashed(&mut self, ctx: &mut Context<'_>, mut hashing: Hashing, result: ActionResult) {
        match result.block() {
            Ok(block) if !block.data.is_empty() => {
                hashing.add(&block.data);
                self.rehash(ctx, hashing);
            }
            // The slot holds less than it should: begin anew.
            Ok(_) | Err(_) => {
                if let Some(job) = &mut self.record.job {
                    job.image.written = 0;
                }
                self.enter(ctx, Phase::Transfer);
                self.erase(ctx);
            }
        }
    }

    /// Asks for the next block.
    pub(super) fn fetch(&mut self, ctx: &mut Context<'_>, sha256: Sha256) {
        let Some(job) = &self.record.job else { return };
        let offset = job.image.written;
        match &job.image.source {
            Source::Url(url) => {
                let action = Action::Fetch { url: url.clone(), offset, max_len: BLOCK };
                self.work = Work::Fetching(ctx.client.shared().out.action(action), sha256);
            }
            Source::PkgData => {
                let view = ctx.tree.node_at(&job.image.object).and_then(FumoView::around);
                let data = view.and_then(FumoView::pkg_data).unwrap_or_default();
                let rest = usize::try_from(offset).ok().and_then(|offset| data.get(offset..)).unwrap_or_default();
                let (block, rest) = rest.split_at(rest.len().min(BLOCK as usize));
                let last = if rest.is_empty() { Last::Yes } else { Last::No };
                let block = Bytes::copy_from_slice(block);
                self.write(ctx, sha256, block, last);
            }
        }
    }

    pub(super) fn fetched(&mut self, ctx: &mut Context<'_>, sha256: Sha256, result: ActionResult) {
        match result.block() {
            Ok(block) if block.data.len() > BLOCK as usize => self.finish(ctx, ResultCode::UNDEFINED),
            Ok(block) if block.data.is_empty() && !block.end => {
                self.fetch_failed(ctx, sha256, ActionFailure::Network);
            }
            Ok(block) => {
                self.fetch_failures = 0;
                self.write(ctx, sha256, block.data, if block.end { Last::Yes } else { Last::No });
            }
            Err(failure) => self.fetch_failed(ctx, sha256, failure),
        }
    }

    fn fetch_failed(&mut self, ctx: &mut Context<'_>, sha256: Sha256, failure: ActionFailure) {
        let may_pass = matches!(failure, ActionFailure::Network | ActionFailure::Timeout | ActionFailure::Unavailable);
        self.fetch_failures += 1;
        if !may_pass || self.fetch_failures >= MAX_FETCH_FAILURES {
            return self.finish(ctx, ResultCode::of_fetch(failure));
        }
        let pause = Duration::from_secs(1 << (self.fetch_failures - 1).min(5));
        self.work = Work::Pausing(ctx.now + pause, sha256);
    }

    fn write(&mut self, ctx: &mut Context<'_>, mut sha256: Sha256, data: Bytes, last: Last) {
        let Some(job) = &self.record.job else { return };
        let (slot, offset) = (job.image.slot, job.image.written);
        if data.is_empty() {
            return self.transferred(ctx, sha256);
        }
        let len = offset.saturating_add(data.len() as u64);
        if len > MAX_IMAGE {
            return self.finish(ctx, ResultCode::DOWNLOAD_MEMORY);
        }
        sha256.update(&data);
        let id = ctx.client.shared().out.action(Action::WriteSlot { slot, offset, data });
        self.work = Work::Writing(id, Hashing { sha256, len }, last);
    }

    pub(super) fn wrote(&mut self, ctx: &mut Context<'_>, hashing: Hashing, last: Last, result: &ActionResult) {
        if let Err(failure) = result.done() {
            return self.storage_failed(ctx, failure);
        }
        let Some(job) = &mut self.record.job else { return };
        let before = job.image.written;
        job.image.written = hashing.len;
        if last == Last::Yes {
            return self.transferred(ctx, hashing.sha256);
        }
        if before / PERSIST_EVERY != hashing.len / PERSIST_EVERY {
            self.persist(ctx);
        }
        self.fetch(ctx, hashing.sha256);
    }

    /// All bytes are in the slot: compare with what the server says about them.
    fn transferred(&mut self, ctx: &mut Context<'_>, sha256: Sha256) {
        let Some(job) = &mut self.record.job else { return };
        let digest = hex(sha256);
        let refuted = job.image.claims.refutes(&digest);
        let empty = job.image.written == 0;
        job.image.sha256 = Some(digest);
        match refuted {
            Some(result) => self.finish(ctx, result),
            None if empty => self.finish(ctx, ResultCode::CORRUPTED),
            None => {
                self.enter(ctx, Phase::Verify);
                self.verify(ctx);
            }
        }
    }

    /// Reads back what was stored.
    pub(super) fn verify(&mut self, ctx: &mut Context<'_>) {
        self.read_on(ctx, Hashing::new());
    }

    fn read_on(&mut self, ctx: &mut Context<'_>, hashing: Hashing) {
        let Some(job) = &self.record.job else { return };
        let left = job.image.written.saturating_sub(hashing.len);
        if left == 0 {
            return self.verified(ctx, hashing.sha256);
        }
        let action = read(job.image.slot, hashing.len, left);
        self.work = Work::ReadingBack(ctx.client.shared().out.action(action), hashing);
    }

    pub(super) fn read_back(&mut self, ctx: &mut Context<'_>, mut hashing: Hashing, result: ActionResult) {
        match result.block() {
            Ok(block) if !block.data.is_empty() => {
                hashing.add(&block.data);
                self.read_on(ctx, hashing);
            }
            Ok(_) | Err(_) => self.finish(ctx, ResultCode::CORRUPTED),
        }
    }

    fn verified(&mut self, ctx: &mut Context<'_>, sha256: Sha256) {
        let Some(job) = &self.record.job else { return };
        if job.image.sha256 != Some(hex(sha256)) {
            return self.finish(ctx, ResultCode::CORRUPTED);
        }
        if job.operation == Operation::Download {
            return self.finish(ctx, ResultCode::SUCCESS);
        }
        let object = job.image.object.clone();
        self.move_to(ctx, &object, FumoState::UPDATE_PROGRESSING);
        self.enter(ctx, Phase::Select);
    }

    fn storage_failed(&mut self, ctx: &mut Context<'_>, failure: ActionFailure) {
        let no_space = match self.record.job.as_ref().map(|job| &job.image.source) {
            Some(Source::PkgData) => ResultCode::UPDATE_MEMORY,
            Some(Source::Url(_)) | None => ResultCode::DOWNLOAD_MEMORY,
        };
        self.finish(ctx, ResultCode::of_storage(failure, no_space));
    }
}

/// The next block of a slot of which `left` bytes are of interest.
pub(super) fn read(slot: crate::output::Slot, offset: u64, left: u64) -> Action {
    Action::ReadSlot { slot, offset, max_len: u32::try_from(left).unwrap_or(BLOCK).min(BLOCK) }
}

/// Lower-case hex, as the house profile wants it.
pub(super) fn hex(sha256: Sha256) -> String {
    let mut text = String::with_capacity(64);
    for byte in sha256.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl Hashing {
    pub(super) fn new() -> Self {
        Self { sha256: Sha256::new(), len: 0 }
    }

    pub(super) fn add(&mut self, data: &[u8]) {
        self.sha256.update(data);
        self.len = self.len.saturating_add(data.len() as u64);
    }
}
