//! A desired state as an application asks for it.

use alloc::vec::Vec;

use omadm_proto::time::Instant;

use super::{Submission, SubmitError, accept};
use crate::nrem::Nrem;
use crate::program;
use crate::requester::Permit;
use crate::task::{CommandSpec, Purpose, Target, Task, TaskId, Write};

/// Settings in one task.
const MAX_SETTINGS: usize = 256;

/// The values that nodes shall have. They are read first; only what differs is written, all or nothing where the device can
/// do that, and read again.
///
/// ```
/// use xrem_server::nrem::DesiredRequest;
/// use xrem_server::task::{Target, Write};
///
/// let request = DesiredRequest::new(Target::group("meters"), [("./App/Interval", 300)]);
/// let request = request.and([("./App/Name", "roof")]).and([Write::text("./App/Zone", "north")]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DesiredRequest {
    /// For whom.
    pub target: Target,
    /// The nodes and their values, in the order in which they are written.
    pub settings: Vec<Write>,
}

impl DesiredRequest {
    /// `settings` for `target`: URIs with numbers, texts or truth values, or [`Write`]s.
    pub fn new(target: Target, settings: impl IntoIterator<Item = impl Into<Write>>) -> Self {
        Self { target, settings: Vec::new() }.and(settings)
    }

    /// The same with more `settings`.
    #[must_use]
    pub fn and(mut self, settings: impl IntoIterator<Item = impl Into<Write>>) -> Self {
        self.settings.extend(settings.into_iter().map(Into::into));
        self
    }
}

impl Nrem {
    /// Makes the task `id` that brings the nodes of `permit` into the state that `request` describes. What became of each
    /// setting is told as the outcomes inside one Atomic; [`crate::task::Outcome::unchanged`] marks those that were not
    /// written.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit_desired(
        &self,
        now: Instant,
        id: TaskId,
        request: DesiredRequest,
        permit: impl Into<Permit>,
    ) -> Result<Submission, SubmitError> {
        let DesiredRequest { target, settings } = request;
        if settings.len() > MAX_SETTINGS {
            return Err(SubmitError::TooManyCommands(settings.len()));
        }
        for (position, setting) in settings.iter().enumerate() {
            CommandSpec::Replace(setting.clone()).check(position)?;
            if settings.iter().take(position).any(|other| other.uri == setting.uri) {
                return Err(SubmitError::SetTwice(setting.uri.clone()));
            }
        }
        if settings.is_empty() {
            return Err(SubmitError::NoCommands);
        }
        let commands = program::desired_commands(&settings);
        let mut task = Task::new(id, now, target, Purpose::DesiredState { settings });
        task.commands = commands;
        accept(task, permit.into())
    }
}
