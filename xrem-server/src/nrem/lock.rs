//! Taking in locks, wipes and resets.

use alloc::vec::Vec;

use omadm_proto::time::Instant;
use omadm_tree::mo::LawmoOperation;
use omadm_tree::uri::NodeUri;

use super::submit::accept;
use super::{Nrem, Submission, SubmitError};
use crate::directory::Route;
use crate::lock::LockRequest;
use crate::program;
use crate::requester::Permit;
use crate::task::{Purpose, Task, TaskId};

impl Nrem {
    /// Makes the task `id` from `request`, for the nodes of `permit`. Its Exec is repeated when its outcome is lost: devices
    /// know it by its Correlator and do nothing twice. After a lock the State is read, after an unlock too.
    ///
    /// A Wipe removes what is asked for and nothing else: marks that somebody else left in a device's list are taken away
    /// first. Devices behind a gateway cannot be wiped so, because a template does not know their lists.
    ///
    /// ```
    /// use omadm_proto::ids::DevId;
    /// use omadm_proto::time::Instant;
    /// use omadm_tree::mo::LawmoOperation;
    /// use xrem_server::directory::Route;
    /// use xrem_server::lock::LockRequest;
    /// use xrem_server::nrem::Nrem;
    /// use xrem_server::task::{Target, TaskId};
    ///
    /// let lost = DevId::new("urn:imei:1");
    /// let request = LockRequest::new(Target::Device(lost.clone().into()), LawmoOperation::FullyLock);
    /// let submission =
    ///     Nrem::default().submit_lock(Instant::from_secs(1), TaskId::new(1), request, vec![Route::Direct(lost)])?;
    /// assert_eq!(submission.persist.len(), 2); // the task and its one job, to be committed as one
    /// # Ok::<(), xrem_server::nrem::SubmitError>(())
    /// ```
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit_lock(
        &self,
        now: Instant,
        id: TaskId,
        request: LockRequest,
        permit: impl Into<Permit>,
    ) -> Result<Submission, SubmitError> {
        let LockRequest { target, operation, items, lawmo } = request;
        NodeUri::parse(&lawmo).map_err(|error| SubmitError::Lawmo(lawmo.clone(), error))?;
        if !items.is_empty() && operation != LawmoOperation::Wipe {
            return Err(SubmitError::NothingToWipe);
        }
        let permit = permit.into();
        let through = permit.routes().iter().any(|route| matches!(route, Route::Through { .. }));
        if through && operation == LawmoOperation::Wipe {
            return Err(SubmitError::NeedsWipeList);
        }
        let commands: Vec<_> = program::lock_commands(&lawmo, operation);
        let mut task = Task::new(id, now, target, Purpose::Lock { lawmo, operation, items });
        (task.commands, task.retry_unknown) = (commands, true);
        accept(task, permit)
    }
}
