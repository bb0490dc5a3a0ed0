//! One lock for each node that is being worked on: messages of one node are handled one after the other, all others at the
//! same time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use omadm_proto::ids::DevId;
use tokio::sync::OwnedMutexGuard;

/// The locks of the nodes that somebody holds or waits for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Locks {
    held: Arc<Mutex<HashMap<DevId, Arc<tokio::sync::Mutex<()>>>>>,
}

/// The right to work on one node, until it is dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    locks: Locks,
    node: DevId,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Locks {
    /// Waits for the right to work on `node`.
    pub(crate) async fn lock(&self, node: &DevId) -> Guard {
        let lock = Arc::clone(self.table().entry(node.clone()).or_default());
        let guard = Some(lock.lock_owned().await);
        Guard { locks: self.clone(), node: node.clone(), guard }
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<DevId, Arc<tokio::sync::Mutex<()>>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut table = self.locks.table();
        // One reference is the table's: nobody holds it and nobody waits.
        if table.get(&self.node).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            table.remove(&self.node);
        }
    }
}
