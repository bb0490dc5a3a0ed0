//! The writer thread.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use xrem_server::store::Record;

use super::{Database, StoreError};

/// Steps in one transaction.
const GROUP: usize = 64;
/// Steps that may wait for the writer; more are held back where they come from.
const QUEUE: usize = 4096;

/// One step to be stored.
struct Commit {
    records: Vec<Record>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// The way to the writer thread.
#[derive(Debug, Clone)]
pub(crate) struct Writer(SyncSender<Commit>);

impl Writer {
    /// Starts the thread; it ends when the last [`Writer`] is dropped.
    pub(crate) fn start(database: Database) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || run(&database, &receiver))?;
        Ok((Self(sender), thread))
    }

    /// Stores `records` as one, and returns when they are on the disk.
    pub(crate) async fn commit(&self, records: Vec<Record>) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let (done, stored) = oneshot::channel();
        let mut commit = Commit { records, done };
        loop {
            match self.0.try_send(commit) {
                Ok(()) => break,
                Err(TrySendError::Full(held_back)) => {
                    commit = held_back;
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                Err(TrySendError::Disconnected(_)) => return Err(StoreError::Stopped),
            }
        }
        stored.await.map_err(|_| StoreError::Stopped)?
    }
}

fn run(database: &Database, receiver: &Receiver<Commit>) {
    while let Ok(first) = receiver.recv() {
        let mut group = vec![first];
        group.extend(receiver.try_iter().take(GROUP - 1));
        let result = database.write(group.iter().flat_map(|commit| &commit.records));
        if let Err(error) = &result {
            tracing::error!(%error, steps = group.len(), "commit failed");
        }
        for commit in group {
            let outcome = result.as_ref().map(drop).map_err(|error| StoreError::Group(error.to_string()));
            // Whoever waited may be gone; the records are stored all the same.
            let _ = commit.done.send(outcome);
        }
    }
}
