//! Tasks that change credentials \[dm 7.3\].
//!
//! The change counts from the client's next session on. Until it is seen in use nobody knows whether it arrived, so the
//! account keeps both; it is stored with the step whose reply tells the client.

use omadm_proto::auth::Credentials;
use omadm_proto::status::StatusCode;

use super::Work;
use crate::store::{ClientAccount, CredentialChange, Side};
use crate::task::{CommandState, Purpose};

impl Work<'_, '_> {
    /// Commands that change credentials are about to leave.
    pub(super) fn remember_credentials(&mut self, account: &mut ClientAccount) {
        for tracked in self.jobs.iter_mut().filter(|tracked| tracked.job.has_sent()) {
            let Purpose::Credentials { side, name, secret, .. } = &tracked.task.purpose else { continue };
            let current = if *side == Side::Client { &account.client } else { &account.server };
            let name = name.as_deref().unwrap_or(&current.name);
            let credentials = Credentials::new(name, secret.clone());
            account.remember(CredentialChange::new(*side, credentials, tracked.task.id));
        }
    }

    /// The client said that it keeps its old credentials. What it could not roll back it may have changed all the same.
    pub(super) fn forget_refused_credentials(&mut self, account: &mut ClientAccount) {
        for tracked in self.jobs.iter_mut() {
            let is_change = matches!(tracked.task.purpose, Purpose::Credentials { .. });
            let refused = tracked.job.progress.iter().any(|progress| {
                let status = progress.outcome.status.filter(|status| !status.is_good());
                let stuck =
                    progress.outcome.commands.iter().any(|it| it.status == Some(StatusCode::ATOMIC_ROLL_BACK_FAILED));
                progress.state == CommandState::Done && status.is_some() && !stuck
            });
            if is_change && refused {
                account.forget_change(tracked.task.id);
            }
        }
    }
}
