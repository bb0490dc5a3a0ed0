//! From an accepted Exec to a package in its place: what must hold before, and the delivery \[mo 5.6, 5.7\].

use omadm_tree::mo::{FumoState, FumoView};

use super::{Operation, Phase, ResultCode, Running, Update};
use crate::drem::Context;
use crate::output::Place;
use crate::package::{Source, Step};

/// The one format of deltas \[mo 5.7\].
const BSDIFF4: &str = "bsdiff4";

impl Update {
    /// Begins an accepted job, now that the server has its 202.
    pub(super) fn begin(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        let object = job.image.package.object.clone();
        if ctx.tree.node_at(&object).and_then(FumoView::around).is_none() {
            return self.finish(ctx, ResultCode::CLIENT_ERROR);
        }
        if self.running == Running::Unknown {
            return self.finish(ctx, ResultCode::NOT_IMPLEMENTED);
        }
        let state = match job.operation {
            Operation::Download | Operation::DownloadAndUpdate => FumoState::DOWNLOAD_PROGRESSING,
            Operation::Update => FumoState::UPDATE_PROGRESSING,
        };
        let refused = self.refuses();
        self.move_to(ctx, &object, state);
        match refused {
            Some(result) => self.finish(ctx, result),
            None => self.deliver(ctx),
        }
    }

    /// What forbids to use the package, as far as that can be told before its first byte.
    fn refuses(&self) -> Option<ResultCode> {
        let image = &self.record.job.as_ref()?.image;
        #[cfg(feature = "ed25519")]
        if let Some(key) = &self.rules.key {
            let claims = &image.claims;
            if !key.vouches_for(&claims.version, &claims.target_sha256, &claims.signature) {
                return Some(ResultCode::NOT_AUTHENTIC);
            }
        }
        let lies_in = image.package.sha256().map(|_| image.package.place);
        if lies_in.is_some_and(|place| self.running.slot().map(Place::Slot) == Some(place)) {
            // It was downloaded into what is the running slot now.
            return Some(ResultCode::UPDATE_FAILED);
        }
        if !image.claims.is_delta() {
            return None;
        }
        let base = match &self.running {
            Running::Slot { image: Some((sha256, _)), .. } => sha256.as_str(),
            Running::Slot { image: None, .. } | Running::Unknown | Running::Neither => "",
        };
        if !image.claims.delta_from.eq_ignore_ascii_case(base) {
            return Some(ResultCode::MISMATCH);
        }
        // Without the digest of the result nobody could tell whether it is right.
        let is_usable = image.claims.delta_format == BSDIFF4 && !image.claims.target_sha256.is_empty();
        (!is_usable).then_some(ResultCode::NOT_ACCEPTABLE)
    }

    /// Has the package delivered, or, when it was before, read back once more.
    fn deliver(&mut self, ctx: &mut Context<'_>) {
        let target = self.target_slot();
        let Some(job) = &mut self.record.job else { return };
        let image = &mut job.image;
        if image.package.sha256().is_none() || image.claims.is_delta() {
            image.slot = target;
        }
        if image.package.sha256().is_some() {
            self.enter(ctx, Phase::Transfer);
            return self.continue_transfer(ctx);
        }
        image.package.place = if image.claims.is_delta() { Place::Staging } else { Place::Slot(target) };
        let place = image.package.place;
        // What lies in the place is about to be erased: it is no package and no image any more.
        self.record.ready.take_if(|ready| ready.package.place == place);
        if let Place::Slot(slot) = place {
            self.record.images.forget(slot);
        }
        self.enter(ctx, Phase::Transfer);
        let Some(job) = &mut self.record.job else { return };
        let step = self.delivery.begin(ctx, &mut job.image.package);
        self.follow(ctx, step);
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
        let Some(job) = &mut self.record.job else { return };
        let is_delta = job.image.claims.is_delta();
        if !is_delta {
            job.image.complete = job.image.package.sha256().map(Into::into);
            if job.image.claims.refuted_by(job.image.complete.as_deref()) {
                return self.finish(ctx, ResultCode::NOT_AUTHENTIC);
            }
        }
        if job.operation == Operation::Download {
            return self.finish(ctx, ResultCode::SUCCESS);
        }
        let object = job.image.package.object.clone();
        self.move_to(ctx, &object, FumoState::UPDATE_PROGRESSING);
        if is_delta {
            return self.apply(ctx);
        }
        self.enter(ctx, Phase::Select);
    }
}
