//! Switching slots, and what a restart finds \[mo 5.3, 5.7\].

use alloc::string::String;

use omadm_tree::mo::{DevDetail, FumoState};

use super::{Phase, ResultCode, Update, Work, report};
use crate::drem::Context;
use crate::event::Event;
use crate::output::{Action, ActionFailure, ActionResult, Place, Slot};
use crate::package::{BLOCK, Hashing, read};

/// What the boot loader did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Booted {
    /// The slot that runs.
    pub slot: Slot,
}

impl Booted {
    /// The device runs from `slot`.
    #[must_use]
    pub const fn from(slot: Slot) -> Self {
        Self { slot }
    }
}

impl Update {
    pub(super) fn select(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        let slot = job.image.slot;
        ctx.client.shared().persist_tree(ctx.tree);
        self.work = Work::Selecting(ctx.client.shared().out.action(Action::SelectSlot { slot }));
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
        self.active = Some(booted.slot);
        self.work = Work::None;
        self.delivery.forget();
        self.measure(ctx, booted.slot, Hashing::new());
    }

    fn measure(&mut self, ctx: &mut Context<'_>, slot: Slot, hashing: Hashing) {
        let action = read(Place::Slot(slot), hashing.len(), u64::from(BLOCK));
        self.work = Work::Measuring(ctx.client.shared().out.action(action), hashing);
    }

    pub(super) fn measured(&mut self, ctx: &mut Context<'_>, mut hashing: Hashing, result: ActionResult) {
        let Some(slot) = self.active else { return };
        let digest = match result.block() {
            Ok(block) if !block.end && !block.data.is_empty() => {
                hashing.add(&block.data);
                return self.measure(ctx, slot, hashing);
            }
            Ok(block) => {
                hashing.add(&block.data);
                hashing.hex()
            }
            Err(_) => String::new(),
        };
        // A tree without these nodes tells less, but works.
        let _ = ctx.tree.set(DevDetail::ACTIVE_SLOT, u32::from(slot.number()));
        let _ = ctx.tree.set(DevDetail::ACTIVE_SHA256, digest.as_str());
        ctx.client.shared().out.event(Event::Booted { slot, sha256: digest.clone() });
        self.judge_boot(ctx, slot, &digest);
    }

    fn judge_boot(&mut self, ctx: &mut Context<'_>, slot: Slot, digest: &str) {
        let Some(job) = &self.record.job else { return };
        let runs_target = job.image.slot == slot;
        match job.phase {
            Phase::Select | Phase::Reboot if runs_target => {
                if job.image.package.sha256() == Some(digest) {
                    let id = ctx.client.shared().out.action(Action::ConfirmSlot { slot });
                    self.work = Work::Confirming(id);
                } else {
                    // Not what was verified: unconfirmed, so a boot soon takes the old slot, and that is reported.
                    self.enter(ctx, Phase::Reboot);
                }
            }
            // The new image did not come up.
            Phase::Reboot => self.finish(ctx, ResultCode::UPDATE_FAILED),
            Phase::Transfer if runs_target => self.finish(ctx, ResultCode::UPDATE_FAILED),
            Phase::Transfer => self.continue_transfer(ctx),
            Phase::Finished { result, alert } => {
                if !ctx.client.shared().outbox.has_seen(alert) {
                    let alert = report(job, result);
                    ctx.client.queue_alert(alert);
                }
            }
            // Both go on between sessions.
            Phase::Accepted | Phase::Select => {}
        }
    }

    pub(super) fn confirmed(&mut self, ctx: &mut Context<'_>, result: &ActionResult) {
        if result.done().is_err() {
            return self.finish(ctx, ResultCode::UPDATE_FAILED);
        }
        let Some(job) = &self.record.job else { return };
        let object = job.image.package.object.clone();
        let version = job.image.claims.version.clone();
        if !version.is_empty() {
            let _ = ctx.tree.set(DevDetail::FW_V, version.as_str());
        }
        self.move_to(ctx, &object, FumoState::UPDATE_SUCCESSFUL_HAVE_DATA);
        self.finish(ctx, ResultCode::SUCCESS);
    }
}
