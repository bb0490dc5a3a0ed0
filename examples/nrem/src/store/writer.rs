//! The writer thread: steps of many sessions in one transaction.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use xrem_server::store::Record;

use super::{Database, StoreError};

/// Steps in one transaction.
const GROUP: usize = 64;
/// How long a group is gathered when others are at work.
const GATHERING: Duration = Duration::from_millis(2);
/// Steps that may wait for the writer.
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

    /// Stores `records` as one, and returns when they are on the disk. Nothing is stored when it fails.
    pub(crate) async fn commit(&self, records: Vec<Record>) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let (done, stored) = oneshot::channel();
        self.0.try_send(Commit { records, done }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Stopped,
        })?;
        stored.await.map_err(|_| StoreError::Stopped)?
    }
}

fn run(database: &Database, receiver: &Receiver<Commit>) {
    let mut alone = true;
    while let Ok(first) = receiver.recv() {
        let group = gather(first, receiver, alone);
        alone = group.len() == 1;
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

/// The steps that wait; when the last group had several, also those that come a moment later. A session that is alone is
/// not kept waiting.
fn gather(first: Commit, receiver: &Receiver<Commit>, alone: bool) -> Vec<Commit> {
    let mut group = vec![first];
    group.extend(receiver.try_iter().take(GROUP - 1));
    let until = Instant::now() + GATHERING;
    while !alone && group.len() < GROUP {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(next) => group.push(next),
            Err(_) => break,
        }
    }
    group
}
