//! Whoever wrote the descriptor is told how the delivery ended \[mo 6\].

use alloc::string::String;

use omadm_proto::download::{InstallNotify, InstallStatus};

use super::{Delivery, End, Retry, Work};
use crate::drem::Context;
use crate::output::{Action, ActionFailure, ActionResult};
use crate::package::{Described, Failure, Package, Step};

/// How often a notification is posted.
const MAX_POSTS: u32 = 3;

impl Delivery {
    pub(super) fn notify(&mut self, ctx: &mut Context<'_>, package: &mut Package, end: End) -> Step {
        let Some(url) = package.notify_uri() else {
            self.work = Work::None;
            return end.map_or_else(Step::Failed, |()| Step::Delivered);
        };
        let status = end.map_or_else(Failure::install_status, |()| InstallStatus::SUCCESS);
        let action = Action::Post { url, body: InstallNotify::new(status).to_body() };
        self.work = Work::Notifying(ctx.client.shared().out.action(action), end);
        Step::Wait
    }

    /// A notification that cannot be posted changes nothing about the package.
    pub(super) fn notified(
        &mut self,
        ctx: &mut Context<'_>,
        package: &mut Package,
        end: End,
        result: &ActionResult,
    ) -> Step {
        let may_pass = match result.done() {
            Ok(()) => false,
            Err(failure) => matches!(
                failure,
                ActionFailure::Network | ActionFailure::Timeout | ActionFailure::Unavailable | ActionFailure::Server
            ),
        };
        self.failures += 1;
        if may_pass && self.failures < MAX_POSTS {
            return self.pause(ctx, Retry::Notify(end));
        }
        package.forget_notify_uri();
        self.notify(ctx, package, end)
    }
}

impl Package {
    fn notify_uri(&self) -> Option<String> {
        self.described.as_ref()?.notify.clone()
    }

    fn forget_notify_uri(&mut self) {
        if let Some(described) = &mut self.described {
            described.notify = None;
        }
    }

    /// The descriptor is not followed; all that counts of it is where to say so.
    pub(super) fn refuse_to(&mut self, notify: Option<String>) {
        self.described = Some(Described {
            types: alloc::vec::Vec::new(),
            size: 0,
            object_uri: String::new(),
            notify,
            install_param: None,
        });
    }
}
