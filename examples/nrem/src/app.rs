//! What all handlers share: the machine, the store, the clock.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use dm_binding::endpoint::Endpoint;
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::time::Instant;
use tokio::sync::{Semaphore, watch};
use xrem_server::campaign::{CampaignId, CampaignRecords};
use xrem_server::nrem::{Event, Nrem, Step};
use xrem_server::performance::SubscriptionId;
use xrem_server::requester::TokenDigest;
use xrem_server::store::{Record, Store as _};
use xrem_server::task::TaskId;
use xrem_server::wakeup::Notify;

use crate::api::InHand;
use crate::locks::{Guard, Locks};
use crate::notify::Notifier;
use crate::room::Room;
use crate::store::{Database, StoreError, Writer};
use crate::told::Hub;

/// Nonces that one message may use.
const NONCES_PER_MESSAGE: u64 = 16;

/// The shared state. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

/// The parts; handlers reach them by the App.
pub(crate) struct Shared {
    pub(crate) nrem: Nrem,
    pub(crate) database: Database,
    pub(crate) locks: Locks,
    pub(crate) notifier: Notifier,
    pub(crate) images: PathBuf,
    pub(crate) public_url: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) room: Room,
    /// Requests to the API that are worked on at the same time.
    pub(crate) api_turns: Semaphore,
    pub(crate) max_image: u64,
    /// The digest of the token of whoever started the server.
    pub(crate) operator_token: Option<TokenDigest>,
    pub(crate) in_hand: InHand,
    /// Campaigns that are under way, as they are stored. Whoever changes one holds this, and takes it out.
    pub(crate) campaigns: tokio::sync::Mutex<BTreeMap<CampaignId, CampaignRecords>>,
    /// Rung when a campaign was changed by an application.
    pub(crate) campaign_bell: tokio::sync::Notify,
    /// Held while the directory is changed by what gateways report, or by an application. Whoever holds it waits for no node.
    pub(crate) settling: tokio::sync::Mutex<()>,
    /// Rung when something may have become due.
    pub(crate) bell: tokio::sync::Notify,
    pub(crate) writer: Writer,
    pub(crate) hub: Hub,
    /// Streams of events that are open.
    pub(crate) streams: Arc<Semaphore>,
    /// True when the server ends.
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) seed: Seed,
    pub(crate) counter: AtomicU64,
    pub(crate) last_task: AtomicU64,
    pub(crate) last_audit: AtomicU64,
    /// Rung when samples have come, or somebody wants to be told of them.
    pub(crate) measured: tokio::sync::Notify,
    pub(crate) last_subscription: AtomicU64,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Milliseconds since 1970: moments outlive the process.
    pub(crate) fn now() -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Nonces that nobody else gets: the seed is new in each process, and each message has numbers of its own.
    pub(crate) fn nonces(&self) -> NonceSource {
        NonceSource::from_parts(self.seed.clone(), self.counter.fetch_add(NONCES_PER_MESSAGE, Ordering::Relaxed))
    }

    pub(crate) fn exchange(&self) -> ExchangeId {
        ExchangeId::new(self.counter.load(Ordering::Relaxed))
    }

    pub(crate) fn next_task(&self) -> TaskId {
        TaskId::new(self.last_task.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Tells entries of the audit of one moment apart.
    pub(crate) fn next_audit(&self) -> u64 {
        self.last_audit.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn next_subscription(&self) -> SubscriptionId {
        SubscriptionId::new(self.last_subscription.fetch_add(1, Ordering::Relaxed) + 1)
    }

    pub(crate) async fn commit(&self, records: Vec<Record>) -> Result<(), StoreError> {
        self.writer.commit(records, Arc::default()).await
    }

    /// Stores `records` as one, then tells what happened.
    pub(crate) async fn commit_and_tell(&self, records: Vec<Record>, events: Vec<Event>) -> Result<(), StoreError> {
        let events: Arc<[Event]> = events.into();
        self.writer.commit(records, Arc::clone(&events)).await?;
        events.iter().for_each(log);
        Ok(())
    }

    /// The right to change the record of `node`: meanwhile no message of it is handled, and nothing that a gateway reports.
    pub(crate) async fn changing(&self, node: &DevId) -> (Guard, tokio::sync::MutexGuard<'_, ()>) {
        (self.locks.lock(node).await, self.settling.lock().await)
    }

    /// Performs `step` up to its reply, which is left to the caller: stores, then notifies and tells.
    pub(crate) async fn perform(&self, step: &mut Step) -> Result<(), StoreError> {
        // What gateways tell is compared with the directory as it is until it is stored.
        let _settling = if step.has_reports() { Some(self.settling.lock().await) } else { None };
        self.nrem.settle(Self::now(), &self.database, step, &mut || self.next_task())?;
        let rings = step.persist.iter().any(|record| matches!(record, Record::Wake { .. } | Record::Job(_)));
        let measured = step.persist.iter().any(|record| matches!(record, Record::Samples(_)));
        self.commit_and_tell(std::mem::take(&mut step.persist), std::mem::take(&mut step.events)).await?;
        if rings {
            self.bell.notify_one();
        }
        if measured {
            self.measured.notify_one();
        }
        for notify in step.notify.drain(..) {
            self.notify(notify);
        }
        Ok(())
    }

    /// Sends a notification, without anybody waiting for it.
    fn notify(&self, notify: Notify) {
        let app = self.clone();
        tokio::spawn(async move {
            let Err(error) = app.notifier.send(&notify).await else { return };
            tracing::warn!(bearer = notify.scheme(), %error, "notification not sent");
            if let Err(error) = app.bearer_failed(&notify).await {
                tracing::error!(%error, "cannot turn to another bearer");
            }
        });
    }

    async fn bearer_failed(&self, notify: &Notify) -> Result<(), StoreError> {
        let _guard = self.locks.lock(&notify.node).await;
        let mut records = self.database.load(&notify.node)?;
        let step = self.nrem.handle_notify_failure(Self::now(), &notify.node, &mut records, &notify.to);
        self.commit_and_tell(step.persist, step.events).await?;
        self.bell.notify_one();
        Ok(())
    }

    /// Does what is due for `node`.
    pub(crate) async fn timeout(&self, node: &DevId) -> Result<(), StoreError> {
        let _guard = self.locks.lock(node).await;
        let mut records = self.database.load(node)?;
        let mut step = self.nrem.handle_timeout(Self::now(), node, &mut records);
        self.perform(&mut step).await
    }
}

/// Writes an event into the log, by its weight.
fn log(event: &Event) {
    match event {
        Event::UnknownDevice(_) | Event::Refused { .. } | Event::BadAlert { .. } => tracing::warn!("{event}"),
        Event::Collected { .. }
        | Event::News { .. }
        | Event::SessionStarted(_)
        | Event::SessionEnded(_)
        | Event::Notified { .. } => tracing::debug!("{event}"),
        Event::JobStarted { .. } | Event::JobProgress { .. } => tracing::debug!("{event}"),
        _ => tracing::info!("{event}"),
    }
}
