//! The records of a network server, and the port that a database implements \[architecture 4\].
//!
//! Reading is handed in, writing leaves as records: a step of [`crate::nrem::Nrem`] gets [`Records`] and gives a list of
//! [`Record`], to be committed as one before its reply is sent. Each record replaces the one with the same key. What must be
//! found fast has an index that the store keeps: the active jobs of a node, the devices behind a gateway, what is due.

mod account;
mod budget;
mod memory;
mod record;

pub use account::{ClientAccount, CredentialChange, Resync, Side};
pub use budget::ChallengeBudget;
pub use memory::MemoryStore;
pub use record::{Behind, KEPT_ALERTS, KeptAlert, Record, Records};

use alloc::sync::Arc;
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use crate::directory::{self, NodeId, NodeRecord, Place};
use crate::register::{Acceptance, Stranger};
use crate::task::{ImageFile, Job, Task, TaskId};

/// Jobs of one node that are loaded at a time; the others wait their turn.
pub const LOADED_JOBS: usize = 32;

/// A database of the network server.
///
/// # Errors
/// Every method fails with the store's own error when the database cannot be read or written.
#[allow(clippy::missing_errors_doc, reason = "said once, for all methods")]
pub trait Store {
    /// What can go wrong.
    type Error: core::error::Error + 'static;

    /// Everything that a message of `node` needs, in one read: at most [`LOADED_JOBS`] active jobs, oldest first.
    fn load(&self, node: &DevId) -> Result<Records, Self::Error>;

    /// Stores all records or none, and returns when they are safe.
    fn commit(&mut self, records: &[Record]) -> Result<(), Self::Error>;

    /// Nodes of which a notification or a job is due, at most `limit`, the longest overdue first.
    fn due(&self, now: Instant, limit: usize) -> Result<Vec<DevId>, Self::Error>;

    /// When the next one is due.
    fn next_due(&self) -> Result<Option<Instant>, Self::Error>;

    /// One registered node.
    fn node(&self, id: &DevId) -> Result<Option<NodeRecord>, Self::Error>;

    /// All registered nodes, by DevId.
    fn nodes(&self) -> Result<Vec<NodeRecord>, Self::Error>;

    /// The node that was given `name`, or got it made; not one whose name is the text of its DevId.
    fn named(&self, name: &NodeId) -> Result<Option<DevId>, Self::Error>;

    /// The node that applications call `name`.
    fn node_by_name(&self, name: &NodeId) -> Result<Option<DevId>, Self::Error> {
        if let Some(id) = self.named(name)? {
            return Ok(Some(id));
        }
        let id = DevId::new(name.as_str());
        let (node, place) = (self.node(&id)?, self.place(&id)?);
        let is_known = node.is_some() || place.is_some();
        Ok((is_known && directory::name_of(&id, node.as_ref(), place.as_ref()) == *name).then_some(id))
    }

    /// What applications call the node `id`.
    fn name_of(&self, id: &DevId) -> Result<NodeId, Self::Error> {
        Ok(directory::name_of(id, self.node(id)?.as_ref(), self.place(id)?.as_ref()))
    }

    /// The unknown devices that are kept, by DevId.
    fn strangers(&self) -> Result<Vec<Stranger>, Self::Error>;

    /// What becomes of unknown devices.
    fn acceptance(&self) -> Result<Acceptance, Self::Error>;

    /// Where a device is.
    fn place(&self, id: &DevId) -> Result<Option<Place>, Self::Error>;

    /// The devices behind a gateway, by DevId.
    fn behind(&self, gateway: &DevId) -> Result<Vec<(DevId, Place)>, Self::Error>;

    /// The newest alerts of a node that no task waited for, oldest first.
    fn alerts(&self, node: &DevId) -> Result<Vec<KeptAlert>, Self::Error>;

    /// One task.
    fn task(&self, id: TaskId) -> Result<Option<Arc<Task>>, Self::Error>;

    /// All tasks, oldest first.
    fn tasks(&self) -> Result<Vec<Arc<Task>>, Self::Error>;

    /// The jobs of a task, by number.
    fn jobs(&self, task: TaskId) -> Result<Vec<Job>, Self::Error>;

    /// One image.
    fn image(&self, name: &str) -> Result<Option<ImageFile>, Self::Error>;

    /// All images, by name.
    fn images(&self) -> Result<Vec<ImageFile>, Self::Error>;
}
