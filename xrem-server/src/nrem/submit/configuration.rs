//! A configuration file as an application asks for it.

use alloc::string::String;

use omadm_proto::time::Instant;
use omadm_tree::uri::NodeUri;
use sha2::{Digest as _, Sha256};

use super::{Submission, SubmitError, accept};
use crate::nrem::Nrem;
use crate::program;
use crate::requester::Permit;
use crate::task::{FileData, ImageFile, Purpose, Target, Task, TaskId};

/// A configuration file for nodes that have our object for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigurationRequest {
    /// For whom.
    pub target: Target,
    /// The file: its name, version, size and digest, and where gateways fetch it.
    pub file: ImageFile,
    /// Its bytes.
    pub data: FileData,
    /// The root of the object on the nodes.
    pub root: String,
}

impl ConfigurationRequest {
    /// `file`, which consists of `data`, for the object at `./XRem/Config` of the nodes of `target`.
    #[must_use]
    pub fn new(target: Target, file: ImageFile, data: impl Into<FileData>) -> Self {
        Self { target, file, data: data.into(), root: "./XRem/Config".into() }
    }

    /// The same with another root.
    #[must_use]
    pub fn at(mut self, root: impl Into<String>) -> Self {
        self.root = root.into();
        self
    }
}

impl Nrem {
    /// Makes the task `id` that delivers a file and has it applied. Devices know it by its digest and do not apply it twice,
    /// so the Exec is repeated when its outcome is lost.
    ///
    /// # Errors
    /// [`SubmitError`]; [`SubmitError::Digest`] when the bytes are not those that the file's digest is of.
    pub fn submit_configuration(
        &self,
        now: Instant,
        id: TaskId,
        request: ConfigurationRequest,
        permit: impl Into<Permit>,
    ) -> Result<Submission, SubmitError> {
        let ConfigurationRequest { target, file, data, root } = request;
        NodeUri::parse(&root).map_err(|error| SubmitError::Configuration(root.clone(), error))?;
        if data.as_bytes().is_empty() || data.as_bytes().len() > FileData::MAX_LEN {
            return Err(SubmitError::FileSize(data.as_bytes().len()));
        }
        let digest: String = Sha256::digest(data.as_bytes()).iter().map(|byte| alloc::format!("{byte:02x}")).collect();
        if digest != file.sha256 {
            return Err(SubmitError::Digest);
        }
        let (commands, images) = (program::configuration_commands(&root, &file), alloc::vec![file.clone()]);
        let mut task = Task::new(id, now, target, Purpose::Configuration { root, file, data });
        (task.commands, task.images, task.retry_unknown) = (commands, images, true);
        accept(task, permit.into())
    }
}
