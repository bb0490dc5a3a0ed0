//! The gateway: a DM client to its network server, a DM server to its devices, and what lies between \[gwmo 2, mode 2\].
//!
//! ```text
//!  server --handle_north--> Client --Exec--> jobs, images          (north.rs)
//!         <--Transmit North--       <--alerts-- reports, imageready, attached devices, relayed alerts
//!  device --handle_south--> Session --answers, alerts--> jobs      (south.rs)
//!         <--Transmit South--       <--commands-- jobs
//!         <--Notify-- (Package #0)
//! ```
//!
//! One pure machine: bytes and results go in, an ordered list of [`GremOutput`]s comes out. The tree holds DevInfo, DevDetail,
//! DMAcc and the five GwMO objects; the machines own their state, and the tree shows copies that are refreshed before the
//! server looks. Invariants: all that an input changed, in every machine and in the outbox, is output as one transaction of
//! [`GremOutput::Persist`]s before anything else that came of it, so that no job ends without its report and no device counts
//! as announced without its announcement; an image crosses the WAN once; a device is answered only after its account's new
//! nonces were output. Sessions with devices are not stored: after a restart a device that was in one is notified again.

mod config;
mod north;
mod output;
mod persist;
mod south;

pub use config::{GremConfig, LanDevice};
pub use output::{AlertPurpose, GremAction, GremEvent, GremOutput, GremRecord, LanNonces, Side};

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;

use omadm_gwmo::draft;
use omadm_gwmo::fanout::Fanout;
use omadm_gwmo::image::{ImageInventory, ImageResult, OpId, ServedImage};
use omadm_gwmo::inventory::Inventory;
use omadm_gwmo::names::NodeNames;
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::{Inbound, SendFailure};
use omadm_proto::ids::{ActionId, DevId, ExchangeId, ServerId};
use omadm_proto::time::{Instant, UtcTime, Wakeup};
use omadm_tree::{BuildError, Tree};
use xrem_client::GenericAlert;
use xrem_client::client::Client;
use xrem_client::outbox::AlertId;
use xrem_client::trigger::{StartError, Trigger};

use crate::session::Settings;
use south::South;

/// A gateway.
#[derive(Debug)]
pub struct Grem {
    now: Instant,
    server: ServerId,
    names: NodeNames,
    settings: Settings,
    max_waiting_alerts: usize,
    tree: Tree,
    /// The revision of the tree up to which the machines followed it.
    followed: u64,
    client: Client,
    inventory: Inventory,
    images: ImageInventory,
    fanout: Fanout,
    south: BTreeMap<DevId, South>,
    nonces: NonceSource,
    alerts: BTreeMap<AlertId, AlertPurpose>,
    alerts_changed: bool,
    actions: BTreeMap<ActionId, OpId>,
    /// Images that were delivered in the tree and are not stored yet. Until then their bytes stay in the tree, which survives.
    delivered: BTreeSet<String>,
    last_action: u64,
    stale: Stale,
    /// What is to be stored. Polled before `outputs`: one transaction, whichever of the machines it comes from.
    changes: VecDeque<GremOutput>,
    outputs: VecDeque<GremOutput>,
}

/// Copies in the tree that are older than what they show.
#[derive(Debug, Default)]
struct Stale {
    devices: BTreeSet<u32>,
    jobs: BTreeSet<u64>,
    runs: BTreeSet<(u64, usize)>,
    images: BTreeSet<String>,
}

impl Grem {
    /// A gateway that starts for the first time. The seed comes from the driver's random source.
    ///
    /// # Errors
    /// When the configuration cannot be written into a tree (a value too long for its leaf).
    pub fn new(config: GremConfig, seed: Seed) -> Result<Self, BuildError> {
        Self::restore(config, seed, Instant::ZERO, [])
    }

    /// When [`Self::handle_timeout`] is due; `None` when nothing comes by itself.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Wakeup> {
        if !self.changes.is_empty() || !self.outputs.is_empty() {
            return Some(Wakeup::new(self.now, "outputs wait"));
        }
        let batching = draft::batching(&self.tree, &self.names);
        [
            self.client.next_timeout(),
            self.fanout.next_timeout(),
            self.images.next_timeout(),
            self.inventory.next_timeout(batching),
        ]
        .into_iter()
        .fold(None, Wakeup::earliest)
    }

    /// The next thing to do for the driver.
    pub fn poll_output(&mut self) -> Option<GremOutput> {
        self.changes.pop_front().or_else(|| self.outputs.pop_front())
    }

    /// The answer of the server to the message of `exchange`.
    pub fn handle_north(&mut self, now: Instant, exchange: ExchangeId, inbound: Inbound<'_>) {
        self.tick(now);
        self.refresh_tree();
        self.client.handle_message(self.now, &mut self.tree, exchange, inbound);
        self.settle();
    }

    /// The message of `exchange` got no answer from the server.
    pub fn handle_north_failure(&mut self, now: Instant, exchange: ExchangeId, failure: SendFailure) {
        self.tick(now);
        self.client.handle_send_failure(self.now, exchange, failure);
        self.settle();
    }

    /// A notification of the server (Package #0) arrived.
    pub fn handle_notification(&mut self, now: Instant, bytes: &[u8]) {
        self.tick(now);
        self.client.handle_notification(self.now, &mut self.tree, bytes);
        self.settle();
    }

    /// Opens a session with the server, now or after the running one.
    ///
    /// # Errors
    /// When the client has no account for it, which a configuration makes impossible.
    pub fn start_session(&mut self, now: Instant) -> Result<(), StartError> {
        self.tick(now);
        let server = self.server.clone();
        let started = self.client.start_session(self.now, &mut self.tree, server, Trigger::Client);
        self.settle();
        started
    }

    /// Tells the server something by an alert of the gateway's own, now or when it can.
    pub fn queue_alert(&mut self, now: Instant, alert: GenericAlert) {
        self.tick(now);
        self.client.queue_alert(alert);
        self.settle();
    }

    /// A message of a device. Its answer is among the outputs, on the same exchange.
    ///
    /// # Errors
    /// When the bytes are no DM message: answer HTTP 400.
    pub fn handle_south(
        &mut self,
        now: Instant,
        exchange: ExchangeId,
        inbound: Inbound<'_>,
    ) -> Result<(), DecodeError> {
        self.tick(now);
        let answered = self.receive_south(exchange, inbound);
        self.settle();
        if let Ok(answer) = &answered {
            self.outputs.push_back(GremOutput::Transmit { side: Side::South, transmit: answer.clone() });
        }
        answered.map(drop)
    }

    /// The result of an action.
    pub fn handle_action_result(&mut self, now: Instant, id: ActionId, result: ImageResult) {
        self.tick(now);
        if let Some(op) = self.actions.remove(&id) {
            self.images.handle_result(self.now, op, result);
        }
        self.settle();
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.tick(now);
        self.fanout.handle_timeout(self.now);
        self.images.handle_timeout(self.now);
        self.settle();
        self.refresh_tree();
        self.client.handle_timeout(self.now, &mut self.tree);
        self.settle();
    }

    /// What to serve for the local URL `…/i/<token>/<name>`.
    #[must_use]
    pub fn locate_image(&self, token: &str, name: &str) -> Option<ServedImage> {
        self.images.locate(token, name)
    }

    /// A device took the whole image of this node.
    pub fn image_served(&mut self, now: Instant, node: &str) {
        self.tick(now);
        self.images.served(node);
        self.settle();
    }

    /// The tree as it was last refreshed.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The devices.
    #[must_use]
    pub const fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The jobs.
    #[must_use]
    pub const fn fanout(&self) -> &Fanout {
        &self.fanout
    }

    /// The images.
    #[must_use]
    pub const fn images(&self) -> &ImageInventory {
        &self.images
    }

    /// Whether a session with the server runs.
    #[must_use]
    pub const fn in_session(&self) -> bool {
        self.client.in_session()
    }

    /// How many alerts the server has not taken yet.
    #[must_use]
    pub fn waiting_alerts(&self) -> usize {
        self.client.waiting_alerts()
    }

    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let clock = self.utc();
        self.tree.set_clock(clock);
    }

    fn utc(&self) -> UtcTime {
        self.fanout.settings().utc(self.now)
    }

    /// Lets the machines act on each other until nothing is left: their alerts go to the outbox, and what changed is output to
    /// be stored. Every input ends with it, so what is polled first is all that the input changed.
    fn settle(&mut self) {
        loop {
            self.drain_fanout();
            self.drain_images();
            self.announce_devices();
            self.persist_changes();
            if !self.drain_client() {
                return;
            }
        }
    }

    fn event(&mut self, event: GremEvent) {
        self.outputs.push_back(GremOutput::Event(event));
    }
}
