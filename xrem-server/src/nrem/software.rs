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
    /// ```
    /// use omadm_proto::ids::DevId;
    /// use omadm_proto::time::Instant;
    /// use xrem_server::directory::Route;
    /// use xrem_server::nrem::Nrem;
    /// use xrem_server::software::SoftwareRequest;
    /// use xrem_server::task::{ImageFile, Target, TaskId};
    ///
    /// let sha256 = "6dc8bdbec9f464b93ecb16f243d37b6563d667bf0a8ae29ddfa2ef4cdb7fa061";
    /// let package = ImageFile::new("suite-2.pkg", 13, sha256, "http://nrem.example/images/suite-2.pkg")?;
    /// let request = SoftwareRequest::install(Target::group("desks"), "suite", package.with_version(Some("2.0".into())));
    /// // Who is in the group, the directory tells; a requester's rights are looked at on the way.
    /// let routes = vec![Route::Direct(DevId::new("urn:imei:1")), Route::Direct(DevId::new("urn:imei:2"))];
    /// let submission = Nrem::default().submit_software(Instant::from_secs(1), TaskId::new(1), request, routes)?;
    /// assert_eq!(submission.persist.len(), 3); // the task and a job for each device, to be committed as one
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
