//! Taking in changes of software.

use alloc::vec::Vec;

use omadm_proto::time::Instant;
use omadm_tree::uri::NodeUri;

use super::submit::accept;
use super::{Nrem, Submission, SubmitError};
use crate::directory::Route;
use crate::program;
use crate::requester::Permit;
use crate::software::SoftwareRequest;
use crate::task::{Purpose, SoftwareOperation, Task, TaskId};

/// The longest PkgID: it stands in names and in reports.
const MAX_PACKAGE_ID: usize = 255;

impl Nrem {
    /// Makes the task `id` from `request`, for the nodes of `permit`. Its Execs are repeated when their outcome is lost:
    /// devices know them by their Correlators and do nothing twice.
    ///
    /// Devices behind a gateway take installations only: what else there is to do depends on the inventory of each device,
    /// which a template cannot know.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit_software(
        &self,
        now: Instant,
        id: TaskId,
        request: SoftwareRequest,
        permit: impl Into<Permit>,
    ) -> Result<Submission, SubmitError> {
        let SoftwareRequest { target, operation, scomo } = request;
        NodeUri::parse(&scomo).map_err(|error| SubmitError::Scomo(scomo.clone(), error))?;
        let length = operation.package().len();
        if length == 0 || length > MAX_PACKAGE_ID {
            return Err(SubmitError::PackageId(length));
        }
        let permit = permit.into();
        let installs = matches!(operation, SoftwareOperation::Install { .. });
        let through = permit.routes().iter().any(|route| matches!(route, Route::Through { .. }));
        if through && !installs {
            return Err(SubmitError::NeedsInventory);
        }
        let commands = program::software_commands(id, &scomo, &operation);
        let images = match &operation {
            SoftwareOperation::Install { image, .. } => alloc::vec![image.clone()],
            SoftwareOperation::Remove { .. }
            | SoftwareOperation::Activate { .. }
            | SoftwareOperation::Deactivate { .. } => Vec::new(),
        };
        let (submitted, purpose) = (now, Purpose::Software { scomo, operation });
        accept(
            Task { id, submitted, target, purpose, commands, images, retry_unknown: true, jobs: 0, requester: None },
            permit,
        )
    }
}
