//! The records in redb: one file, one writer thread, several steps in one transaction.
//!
//! Measured choice: with one fsync for each step the disk decides; a group commit is an order of magnitude faster. While the
//! writer commits, the steps of other nodes queue and form the next group.

mod campaigns;
mod fault;
mod list;
mod performance;
mod read;
mod requesters;
mod tables;
mod told;
mod write;
mod writer;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use xrem_server::task::{Task, TaskId};

pub(crate) use list::Listed;
pub(crate) use writer::Writer;

/// Tasks that are kept decoded.
const CACHED_TASKS: usize = 256;

/// The database, for reading.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    db: Arc<redb::Database>,
    tasks: Arc<Mutex<BTreeMap<TaskId, Arc<Task>>>>,
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The database file.
    #[error("the database cannot be used: {0}")]
    Database(#[from] redb::Error),
    /// A record that this version does not understand.
    #[error("a stored record cannot be read: {0}")]
    Decode(#[from] rmp_serde::decode::Error),
    /// A record that cannot be written.
    #[error("a record cannot be stored: {0}")]
    Encode(#[from] rmp_serde::encode::Error),
    /// Samples that this version does not understand.
    #[error("stored samples cannot be read")]
    Samples,
    /// As many steps as may wait for the writer are waiting.
    #[error("the server has more to store than it can")]
    Busy,
    /// The writer has stopped.
    #[error("the server is stopping")]
    Stopped,
    /// The group of commits that this one was part of failed.
    #[error("the commit failed: {0}")]
    Group(String),
}

/// All errors of redb are kinds of one.
macro_rules! from_redb {
    ($($kind:ty),*) => {
        $(impl From<$kind> for StoreError {
            fn from(error: $kind) -> Self {
                Self::Database(error.into())
            }
        })*
    };
}

from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);

impl StoreError {
    /// Whether the database takes no write any more until it is opened anew: after one that the disk refused, nobody knows
    /// what it holds.
    pub(crate) const fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Database(
                redb::Error::Io(_)
                    | redb::Error::PreviousIo
                    | redb::Error::Corrupted(_)
                    | redb::Error::LockPoisoned(_)
                    | redb::Error::DatabaseClosed
            )
        )
    }
}

impl Database {
    /// Opens the database `file`, or makes it.
    pub(crate) fn open(file: &Path) -> Result<Self, StoreError> {
        let db = redb::Database::create(file)?;
        tables::create(&db)?;
        Ok(Self { db: Arc::new(db), tasks: Arc::default() })
    }

    fn cached(&self, id: TaskId) -> Option<Arc<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Keeps the newest tasks.
    fn cache(&self, task: &Arc<Task>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.insert(task.id, Arc::clone(task));
        if tasks.len() > CACHED_TASKS {
            tasks.pop_first();
        }
    }
}

#[cfg(test)]
mod tests;
