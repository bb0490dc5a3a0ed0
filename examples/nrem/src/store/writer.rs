//! The writer thread: steps of many sessions in one transaction.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use xrem_server::nrem::Event;
use xrem_server::store::Record;

use super::write::Change;
use super::{Database, StoreError};
use crate::app::App;
use crate::told::{Hub, Told};

/// Steps in one transaction.
const GROUP: usize = 256;
/// How long a group is gathered when others are at work.
const GATHERING: Duration = Duration::from_millis(2);
/// Steps that may wait for the writer.
const QUEUE: usize = 4096;

/// One step to be stored.
struct Commit {
    change: Change,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// The way to the writer thread.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: SyncSender<Commit>,
    hub: Hub,
    writing: watch::Receiver<()>,
}

impl Writer {
    /// Starts the thread, which tells `hub` what it has stored; it ends when the last [`Writer`] is dropped, or when the
    /// database takes no more.
    pub(crate) fn start(database: Database, hub: Hub) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, receiver) = sync_channel(QUEUE);
        let (alive, writing) = watch::channel(());
        let teller = hub.clone();
        let run = move || {
            run(&database, &receiver, &teller);
            drop(alive);
        };
        let thread = std::thread::Builder::new().name("store".into()).spawn(run)?;
        Ok((Self { queue, hub, writing }, thread))
    }

    /// Closed when the thread has ended.
    pub(crate) fn writing(&self) -> watch::Receiver<()> {
        self.writing.clone()
    }

    /// Stores `records` as one, and returns when they are on the disk; subscribers are told `events` then. Nothing is stored
    /// and nothing is told when it fails. Events that go with no record are told at once, and are not kept.
    pub(crate) async fn commit(&self, records: Vec<Record>, events: Arc<[Event]>) -> Result<(), StoreError> {
        if records.is_empty() {
            events.iter().for_each(|event| self.hub.tell(Told::new(App::now(), event)));
            return Ok(());
        }
        let change = Change { records, events };
        let (done, stored) = oneshot::channel();
        self.queue.try_send(Commit { change, done }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Stopped,
        })?;
        stored.await.map_err(|_| StoreError::Stopped)?
    }
}

fn run(database: &Database, receiver: &Receiver<Commit>, hub: &Hub) {
    let mut alone = true;
    while let Ok(first) = receiver.recv() {
        let group = gather(first, receiver, alone);
        alone = group.len() == 1;
        let result = database.write_steps(App::now(), group.iter().map(|commit| &commit.change));
        let is_fatal = result.as_ref().is_err_and(StoreError::is_fatal);
        let outcome = match result {
            Ok(told) => {
                told.into_iter().for_each(|told| hub.tell(told));
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, steps = group.len(), "commit failed");
                Err(error.to_string())
            }
        };
        for commit in group {
            let outcome = outcome.clone().map_err(StoreError::Group);
            // Whoever waited may be gone; the records are stored all the same.
            let _ = commit.done.send(outcome);
        }
        if is_fatal {
            return;
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
