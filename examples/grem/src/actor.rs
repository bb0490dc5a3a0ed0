//! The thread that owns the machine: inputs come through a channel, outputs are performed in their order.
//!
//! What a batch of inputs wants to survive is committed once, before anything that the batch wants said is said.

use std::collections::BTreeMap;
use std::io;
use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, SystemTime};

use dm_binding::endpoint::Received;
use omadm_gwmo::image::{ImageFailure, ImageHash, ImageResult, ServedImage};
use omadm_proto::exchange::Transmit;
use omadm_proto::ids::{ActionId, ExchangeId};
use omadm_proto::time::Instant;
use tokio::sync::oneshot;
use xrem_server::grem::{Grem, GremAction, GremEvent, GremOutput, Side};

use crate::images::ImageFiles;
use crate::lan::{Desk, LanAnswer};
use crate::north::{Fetch, North, NorthEvent};
use crate::store::{Change, Store};

/// Inputs that are taken into one batch.
const BATCH: usize = 64;

/// The longest sleep; wake-ups of the machine are shorter.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Something that happened outside.
pub(crate) enum Input {
    Device(Received, oneshot::Sender<LanAnswer>),
    Locate { token: String, name: String, found: oneshot::Sender<Option<ServedImage>> },
    Served(String),
    Notification(Vec<u8>),
    North(NorthEvent),
    Stop,
}

/// The end of the channel that the area network's server holds.
pub(crate) struct Inbox(pub(crate) Sender<Input>);

impl Desk for Inbox {
    async fn message(&self, message: Received) -> Option<LanAnswer> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Input::Device(message, reply)).ok()?;
        answer.await.ok()
    }

    async fn image(&self, token: String, name: String) -> Option<ServedImage> {
        let (found, image) = oneshot::channel();
        self.0.send(Input::Locate { token, name, found }).ok()?;
        image.await.ok().flatten()
    }

    fn served(&self, node: String) {
        // When the gateway is stopping, nobody counts any more.
        let _ = self.0.send(Input::Served(node));
    }
}

/// Everything the thread owns.
pub(crate) struct Actor {
    pub(crate) grem: Grem,
    pub(crate) store: Store,
    pub(crate) files: ImageFiles,
    pub(crate) north: North,
    pub(crate) notifications: UdpSocket,
    pub(crate) poll: Option<Duration>,
    waiting: BTreeMap<ExchangeId, oneshot::Sender<LanAnswer>>,
    exchanges: u64,
    next_poll: Option<Instant>,
}

impl Actor {
    pub(crate) fn new(grem: Grem, store: Store, files: ImageFiles, north: North, notifications: UdpSocket) -> Self {
        Self {
            grem,
            store,
            files,
            north,
            notifications,
            poll: None,
            waiting: BTreeMap::new(),
            exchanges: 0,
            next_poll: None,
        }
    }

    /// Runs until [`Input::Stop`] or until the store fails; then nothing is said that was not stored.
    pub(crate) fn run(mut self, inbox: &Receiver<Input>) -> io::Result<()> {
        self.start_session();
        loop {
            self.perform_outputs()?;
            match inbox.recv_timeout(self.sleep()) {
                Ok(Input::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Ok(input) => {
                    self.take(input);
                    for input in inbox.try_iter().take(BATCH) {
                        if matches!(input, Input::Stop) {
                            return self.perform_outputs();
                        }
                        self.take(input);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = now();
            if self.grem.next_timeout().is_some_and(|wakeup| wakeup.at <= now) {
                self.grem.handle_timeout(now);
            }
            if self.next_poll.is_some_and(|at| at <= now) && !self.grem.in_session() {
                self.start_session();
            }
        }
    }

    fn sleep(&self) -> Duration {
        let now = now();
        let due = self.grem.next_timeout().map(|wakeup| wakeup.at).into_iter().chain(self.next_poll).min();
        due.map_or(LONGEST_SLEEP, |at| at.since(now)).min(LONGEST_SLEEP)
    }

    fn start_session(&mut self) {
        let now = now();
        self.next_poll = self.poll.map(|interval| now + interval);
        if let Err(error) = self.grem.start_session(now) {
            tracing::error!(%error, "no session with the NREM");
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Device(message, reply) => self.take_message(&message, reply),
            Input::Locate { token, name, found } => {
                let _ = found.send(self.grem.locate_image(&token, &name));
            }
            Input::Served(node) => self.grem.image_served(now(), &node),
            Input::Notification(bytes) => self.grem.handle_notification(now(), &bytes),
            Input::North(NorthEvent::Answer { exchange, result }) => match result {
                Ok(reply) => self.grem.handle_north(now(), exchange, reply.inbound()),
                Err(failure) => self.grem.handle_north_failure(now(), exchange, failure),
            },
            Input::North(NorthEvent::Fetched { ticket, result }) => {
                let result = match result {
                    Ok((data, end)) => ImageResult::Block { data, end },
                    Err(failure) => ImageResult::Failed(failure),
                };
                self.grem.handle_action_result(now(), ActionId::new(ticket), result);
            }
            Input::Stop => {}
        }
    }

    fn take_message(&mut self, message: &Received, reply: oneshot::Sender<LanAnswer>) {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        match self.grem.handle_south(now(), exchange, message.inbound()) {
            Ok(()) => {
                self.waiting.insert(exchange, reply);
            }
            Err(error) => {
                tracing::warn!(%error, "a device sent something that is no DM message");
                let _ = reply.send(LanAnswer::Malformed(format!("not a SyncML message: {error}")));
            }
        }
    }

    fn perform_outputs(&mut self) -> io::Result<()> {
        loop {
            let outputs: Vec<GremOutput> = std::iter::from_fn(|| self.grem.poll_output()).collect();
            if outputs.is_empty() {
                return Ok(());
            }
            let changes = outputs.iter().filter_map(change).collect::<io::Result<Vec<Change>>>()?;
            if !changes.is_empty() {
                self.store.commit(&changes).map_err(io::Error::other)?;
            }
            for output in outputs {
                self.perform(output);
            }
        }
    }

    fn perform(&mut self, output: GremOutput) {
        match output {
            GremOutput::Persist(_) | GremOutput::Forget(_) => {}
            GremOutput::Transmit { side: Side::North, transmit } => self.north.post(transmit),
            GremOutput::Transmit { side: Side::South, transmit } => self.answer(transmit),
            GremOutput::Notify { device, address, bytes } => {
                if let Err(error) = self.notifications.send_to(&bytes, &address) {
                    tracing::warn!(%device, address, %error, "a notification was not sent");
                }
            }
            GremOutput::Action { id, action } => {
                if let Some(result) = self.act(id, action) {
                    self.grem.handle_action_result(now(), id, result);
                }
            }
            GremOutput::Event(event) => note(&event),
        }
    }

    fn answer(&mut self, transmit: Transmit) {
        let Some(reply) = self.waiting.remove(&transmit.exchange) else { return };
        let answer = if transmit.body.is_empty() {
            LanAnswer::Malformed("the message cannot be answered in SyncML".to_owned())
        } else {
            LanAnswer::Message(transmit)
        };
        // A device that hung up meanwhile repeats its message.
        let _ = reply.send(answer);
    }

    /// Does the work at once, or hands it to the network's thread.
    fn act(&self, id: ActionId, action: GremAction) -> Option<ImageResult> {
        let files = &self.files;
        let done = |what: &str, hash: ImageHash, result: io::Result<()>| match result {
            Ok(()) => ImageResult::Done,
            Err(error) => storage(what, hash, &error),
        };
        Some(match action {
            GremAction::Fetch { url, offset, max_len } => {
                self.north.fetch(Fetch { ticket: id.get(), url, offset, max_len });
                return None;
            }
            GremAction::StoreBlock { hash, offset, data } => done("stored", hash, files.store(hash, offset, &data)),
            GremAction::ReadBlock { hash, offset, max_len } => match files.read(hash, offset, max_len) {
                Ok((data, end)) => ImageResult::Block { data, end },
                Err(error) => storage("read", hash, &error),
            },
            GremAction::FinalizeImage { hash, size } => done("finished", hash, files.finalize(hash, size)),
            GremAction::DropImage { hash } => {
                if let Err(error) = files.remove(hash) {
                    tracing::warn!(%hash, %error, "an image was not removed");
                }
                return None;
            }
        })
    }
}

fn change(output: &GremOutput) -> Option<io::Result<Change>> {
    match output {
        GremOutput::Persist(record) => Some(
            rmp_serde::to_vec_named(record)
                .map(|value| Change::Put { key: record.key(), value })
                .map_err(io::Error::other),
        ),
        GremOutput::Forget(prefix) => Some(Ok(Change::Forget(prefix.clone()))),
        GremOutput::Transmit { .. } | GremOutput::Notify { .. } | GremOutput::Action { .. } | GremOutput::Event(_) => {
            None
        }
    }
}

fn storage(what: &str, hash: ImageHash, error: &io::Error) -> ImageResult {
    tracing::error!(%hash, %error, "image bytes were not {what}");
    ImageResult::Failed(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ImageFailure::NoSpace,
        _ => ImageFailure::Storage,
    })
}

fn note(event: &GremEvent) {
    match event {
        GremEvent::DeviceRefused { .. }
        | GremEvent::Stranger { .. }
        | GremEvent::JobRefused(_)
        | GremEvent::InventoryFull { .. } => {
            tracing::warn!("{event}");
        }
        GremEvent::DeviceSession { .. } => tracing::debug!("{event}"),
        _ => tracing::info!("{event}"),
    }
}

/// Milliseconds since 1970: the epoch that the machine expects, so that stored deadlines mean the same after a restart.
pub(crate) fn now() -> Instant {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Instant::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
