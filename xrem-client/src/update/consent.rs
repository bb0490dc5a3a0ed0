//! The user's consent to an update, where the device wants it \[mo 5.3\].
//!
//! This is the device's own question, besides the alerts by which a server may ask. It is asked between the 202 and the
//! first byte; a "No", no answer within an hour, and whatever else is no "Yes" end the job with result 401.

use omadm_tree::mo::FumoView;

use super::{ResultCode, Update, Work};
use crate::drem::Context;
use crate::interaction::{Interaction, UserAnswer};
use crate::output::{Action, ActionResult, UpdateOffer};

/// Whether the user has to agree to an update before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "asked or not")]
pub enum UserConsent {
    /// Updates begin by themselves.
    #[default]
    NotNeeded,
    /// The driver asks the user with [`Action::ConfirmUpdate`].
    Needed,
}

impl Update {
    /// Begins the accepted job, when the user allows it.
    pub(super) fn ask(&mut self, ctx: &mut Context<'_>) {
        if self.rules.consent == UserConsent::NotNeeded {
            return self.begin(ctx);
        }
        let Some(job) = &self.record.job else { return };
        let object = job.image.package.object.clone();
        let view = ctx.tree.node_at(&object).and_then(FumoView::around);
        let offer = UpdateOffer {
            server: job.server.clone(),
            operation: job.operation,
            name: view.and_then(FumoView::pkg_name).unwrap_or_default().into(),
            version: job.image.claims.version.clone(),
            object,
        };
        let id = ctx.client.shared().out.action(Action::ConfirmUpdate(offer));
        self.work = Work::Asking(id, ctx.now + Interaction::LONGEST_WAIT);
    }

    pub(super) fn answered(&mut self, ctx: &mut Context<'_>, result: &ActionResult) {
        if *result == ActionResult::User(UserAnswer::Yes) {
            self.begin(ctx);
        } else {
            self.finish(ctx, ResultCode::USER_CANCELLED);
        }
    }
}
