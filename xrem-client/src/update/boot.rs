//! Switching slots, and what a restart finds \[mo 5.3, 5.7\].

use omadm_tree::mo::{DevDetail, FumoState, FumoView};

use super::{Operation, Phase, ResultCode, Running, Update, Work};
use crate::drem::Context;
use crate::event::Event;
use crate::output::{Action, ActionFailure, ActionResult, Place, Slot};
use crate::package::{BLOCK, Hashing};

/// What the boot loader did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Booted {
    /// The slot that runs; `None` when no image works and this is what the device has for that case.
    pub slot: Option<Slot>,
    /// The slot whose image the loader found bad at this start, if it tells.
    pub rejected: Option<Slot>,
}

impl Booted {
    /// The device runs from `slot`.
    #[must_use]
    pub const fn from(slot: Slot) -> Self {
        Self { slot: Some(slot), rejected: None }
    }

    /// Neither slot has an image that works.
    #[must_use]
    pub const fn neither() -> Self {
        Self { slot: None, rejected: None }
    }

    /// The same, after the loader found the image in `slot` bad.
    #[must_use]
    pub const fn rejecting(self, slot: Slot) -> Self {
        Self { slot: self.slot, rejected: Some(slot) }
    }
}

impl Update {
    pub(super) fn select(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        let slot = job.image.slot;
        ctx.client.shared().persist_tree(ctx.tree);
        let action = Action::SelectSlot { slot, tries: self.rules.trial_boots };
        self.work = Work::Selecting(ctx.client.shared().out.action(action));
    }

    pub(super) fn selected(&mut self, ctx: &mut Context<'_>, result: &ActionResult) {
        match result.done() {
            Ok(()) => self.enter(ctx, Phase::Reboot),
            Err(ActionFailure::Unsupported) => self.finish(ctx, ResultCode::NOT_IMPLEMENTED),
            Err(_) => self.finish(ctx, ResultCode::UPDATE_FAILED),
        }
    }

    /// The device came up. First the running image is measured, then an interrupted job goes on.
    pub(crate) fn boot(&mut self, ctx: &mut Context<'_>, booted: Booted) {
        self.work = Work::None;
        self.delivery.forget();
        ctx.client.shared().reduced = None;
        self.told_rejected = booted.rejected;
        self.show_progress(ctx);
        match booted.slot {
            Some(slot) => {
                self.running = Running::Slot { slot, image: None };
                self.measure(ctx, slot, Hashing::new());
            }
            None => {
                self.running = Running::Neither;
                self.save(ctx);
            }
        }
    }

    /// The tree may be older than the record: a server that looks now is to see that the job runs.
    fn show_progress(&self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        let to = match (job.phase, job.operation) {
            (Phase::Accepted | Phase::Finished { .. }, _) => return,
            (Phase::Transfer, Operation::Download | Operation::DownloadAndUpdate) => FumoState::DOWNLOAD_PROGRESSING,
            (Phase::Transfer | Phase::Apply | Phase::Select | Phase::Reboot, _) => FumoState::UPDATE_PROGRESSING,
        };
        let shown = ctx.tree.node_at(&job.image.package.object).and_then(FumoView::around).and_then(FumoView::state);
        if shown.is_none_or(FumoState::is_terminal) || shown == Some(FumoState::IDLE) {
            self.move_to(ctx, &job.image.package.object, to);
        }
    }

    fn measure(&mut self, ctx: &mut Context<'_>, slot: Slot, hashing: Hashing) {
        let action = Action::ReadAt { place: Place::Slot(slot), offset: hashing.len(), max_len: BLOCK };
        self.work = Work::Measuring(ctx.client.shared().out.action(action), hashing);
    }

    pub(super) fn measured(&mut self, ctx: &mut Context<'_>, mut hashing: Hashing, result: ActionResult) {
        let Some(slot) = self.running.slot() else { return };
        let image = match result.block() {
            Ok(block) if !block.end && !block.data.is_empty() => {
                hashing.add(&block.data);
                return self.measure(ctx, slot, hashing);
            }
            Ok(block) => {
                hashing.add(&block.data);
                let len = hashing.len();
                Some((hashing.hex(), len))
            }
            Err(_) => None,
        };
        let sha256 = image.as_ref().map(|(sha256, _)| sha256.clone()).unwrap_or_default();
        self.running = Running::Slot { slot, image };
        // A tree without these nodes tells less, but works.
        let _ = ctx.tree.set(DevDetail::ACTIVE_SLOT, u32::from(slot.number()));
        let _ = ctx.tree.set(DevDetail::ACTIVE_SHA256, sha256.as_str());
        ctx.client.shared().out.event(Event::Booted { slot, sha256: sha256.clone() });
        self.judge_boot(ctx, slot, &sha256);
    }

    fn judge_boot(&mut self, ctx: &mut Context<'_>, slot: Slot, sha256: &str) {
        let is_trial = self
            .record
            .job
            .as_ref()
            .is_some_and(|job| matches!(job.phase, Phase::Select | Phase::Reboot) && job.image.slot == slot);
        if is_trial {
            return self.judge_trial(ctx, slot, sha256);
        }
        if self.judge_image(ctx, slot, sha256) {
            self.go_on(ctx);
        }
    }

    fn judge_trial(&mut self, ctx: &mut Context<'_>, slot: Slot, sha256: &str) {
        let verified = self.record.job.as_ref().and_then(|job| job.image.complete.as_deref());
        if verified == Some(sha256) {
            let id = ctx.client.shared().out.action(Action::ConfirmSlot { slot });
            self.work = Work::Confirming(id);
        } else {
            self.refuse_trial(ctx);
        }
    }

    /// The new image is not what was verified, or the driver does not confirm it: it is booted until the boot loader gives
    /// up on it and takes the old one, and that is reported.
    fn refuse_trial(&mut self, ctx: &mut Context<'_>) {
        let limit = self.rules.trial_boots;
        let Some(job) = &mut self.record.job else { return };
        job.boots = job.boots.saturating_add(1);
        if job.boots > limit {
            // This loader does not give up.
            return self.finish(ctx, ResultCode::UPDATE_FAILED);
        }
        self.enter(ctx, Phase::Reboot);
    }

    /// Goes on with the job after a start, from an image that runs as it should or from none.
    pub(super) fn go_on(&mut self, ctx: &mut Context<'_>) {
        let rejected = self.told_rejected.take();
        self.continue_job(ctx, rejected);
        if let Some(slot) = rejected {
            self.rejected(ctx, slot);
        }
    }

    fn continue_job(&mut self, ctx: &mut Context<'_>, rejected: Option<Slot>) {
        let Some(job) = &self.record.job else { return };
        let target = job.image.slot;
        let runs_target = self.running.slot() == Some(target);
        match job.phase {
            // The new image did not come up.
            Phase::Reboot => self.trial_failed(ctx),
            Phase::Select if rejected == Some(target) => self.trial_failed(ctx),
            Phase::Transfer | Phase::Apply if runs_target => self.finish(ctx, ResultCode::UPDATE_FAILED),
            Phase::Transfer => self.continue_transfer(ctx),
            Phase::Apply => self.continue_apply(ctx),
            // The first two go on between sessions.
            Phase::Accepted | Phase::Select | Phase::Finished { .. } => {}
        }
    }

    pub(super) fn confirmed(&mut self, ctx: &mut Context<'_>, result: &ActionResult) {
        let Running::Slot { slot, image: Some((sha256, _)) } = self.running.clone() else { return };
        if self.record.rescue.is_some() {
            return match result.done() {
                Ok(()) => self.rolled_back(ctx, slot),
                Err(_) => self.save(ctx),
            };
        }
        if result.done().is_err() {
            return self.refuse_trial(ctx);
        }
        let Some(job) = &self.record.job else { return };
        let object = job.image.package.object.clone();
        let version = job.image.claims.version.clone();
        if !version.is_empty() {
            let _ = ctx.tree.set(DevDetail::FW_V, version.as_str());
        }
        self.record.images.know(slot, &sha256, ctx.tree.text(DevDetail::FW_V).unwrap_or_default());
        self.move_to(ctx, &object, FumoState::UPDATE_SUCCESSFUL_HAVE_DATA);
        self.finish(ctx, ResultCode::SUCCESS);
    }
}
