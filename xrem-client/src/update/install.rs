//! From an accepted Exec to an image that may be booted: delivery, and what the house profile says about it \[mo 5.6, 5.7\].

use omadm_tree::mo::{DevDetail, FumoState};

use super::{Operation, Phase, ResultCode, Update};
use crate::drem::Context;
use crate::output::Place;
use crate::package::{Source, Step};

impl Update {
    /// Begins an accepted job, now that the server has its 202.
    pub(super) fn begin(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &mut self.record.job else { return };
        let Some(active) = self.active else {
            return self.finish(ctx, ResultCode::NOT_IMPLEMENTED);
        };
        let object = job.image.package.object.clone();
        if job.image.package.sha256().is_some() {
            if job.image.slot == active {
                return self.finish(ctx, ResultCode::UPDATE_FAILED);
            }
            self.move_to(ctx, &object, FumoState::UPDATE_PROGRESSING);
            self.enter(ctx, Phase::Transfer);
            return self.continue_transfer(ctx);
        }
        job.image.slot = active.other();
        job.image.package.place = Place::Slot(job.image.slot);
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
        let Some(job) = &mut self.record.job else { return };
        let step = self.delivery.begin(ctx, &mut job.image.package);
        self.follow(ctx, step);
    }

    /// What lies in the slot that is about to be erased is no package any more.
    fn drop_package_in_target_slot(&mut self) {
        let slot = self.record.job.as_ref().map(|job| job.image.slot);
        self.record.ready.take_if(|image| Some(image.slot) == slot);
    }

    /// Goes on with a transfer that a restart interrupted, or reads back what was delivered before.
    pub(super) fn continue_transfer(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &mut self.record.job else { return };
        let step = self.delivery.resume(ctx, &mut job.image.package);
        self.follow(ctx, step);
    }

    /// Does what the delivery wants of its owner.
    pub(super) fn follow(&mut self, ctx: &mut Context<'_>, step: Step) {
        match step {
            Step::Wait => {}
            Step::Store => self.persist(ctx),
            Step::Delivered => self.delivered(ctx),
            Step::Failed(failure) => {
                let no_space = match self.record.job.as_ref().map(|job| &job.image.package.source) {
                    Some(Source::Leaf(_)) => ResultCode::UPDATE_MEMORY,
                    Some(Source::Url(_)) | None => ResultCode::DOWNLOAD_MEMORY,
                };
                self.finish(ctx, ResultCode::of_delivery(failure, no_space));
            }
        }
    }

    fn delivered(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        if job.image.package.sha256().is_some_and(|sha256| job.image.claims.refutes(sha256)) {
            return self.finish(ctx, ResultCode::NOT_AUTHENTIC);
        }
        if job.operation == Operation::Download {
            return self.finish(ctx, ResultCode::SUCCESS);
        }
        let object = job.image.package.object.clone();
        self.move_to(ctx, &object, FumoState::UPDATE_PROGRESSING);
        self.enter(ctx, Phase::Select);
    }
}
