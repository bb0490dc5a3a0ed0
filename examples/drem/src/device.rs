//! The driver: one thread that owns the machine, performs its outputs in order, and hands back what came of them.
//!
//! A reboot of the device drops everything and builds it anew from what is on disk, as a power cut does.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use dm_binding::client::Client;
use dm_binding::download::{Downloads, FetchFailure};
use omadm_proto::auth::nonce::Seed;
use omadm_proto::ids::ServerId;
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, UtcTime};
use omadm_tree::Tree;
use omadm_tree::mo::{DmAcc112View, DmAccView};
use xrem_client::account::AccountRules;
use xrem_client::bootstrap::{BootstrapDocument, BootstrapPolicy, Origin, read_account};
use xrem_client::lock::{LockAction, LockResult};
use xrem_client::output::{ActionFailure, ActionResult, Place, Whole};
use xrem_client::record::{Record, take_tree};
use xrem_client::update::{ImageKey, UserConsent};
use xrem_client::{Account, Action, Drem, Output, Trigger};

use crate::error::Error;
use crate::metrics::Metrics;
use crate::packages::Packages;
use crate::records::Records;
use crate::slots::Slots;
use crate::told::{self, Told};
use crate::tree_file::{self, Identity};
use crate::ui::{Rule, User};

/// The longest the loop sleeps before it looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(100);

/// Everything a device is told at its start.
#[derive(Debug, Clone)]
pub struct Config {
    /// The tree of a factory-fresh device; what is in `state` wins afterwards.
    pub tree: Option<PathBuf>,
    /// Who it is, when the tree does not say.
    pub identity: Identity,
    /// Where everything that survives is kept.
    pub state: PathBuf,
    /// The image of the first slot of a factory-fresh device.
    pub image: Option<PathBuf>,
    /// Where its software is kept; `None`: in a folder of `state`.
    pub packages: Option<PathBuf>,
    /// Bytes that installed software may take.
    pub package_room: Option<u64>,
    /// Its server, besides those whose accounts are in the tree. What is new about it since the last run goes into the tree;
    /// then the tree counts.
    pub account: Option<Account>,
    /// How it gets other accounts.
    pub bootstrap: Bootstrap,
    /// Who answers when a server asks the user.
    pub ui: Rule,
    /// Seconds between sessions that nobody asked for; `None`: one at the start, then only on notifications and alerts.
    pub poll: Option<Duration>,
    /// A file that its metrics are read from, instead of the system.
    pub metrics: Option<PathBuf>,
    /// What it wants of firmware updates.
    pub firmware: Firmware,
    /// An HTTP CONNECT proxy.
    pub proxy: Option<String>,
    /// Whether to stop when nothing is left to do.
    pub until: Until,
}

/// How a device gets accounts that it was not made with.
#[derive(Debug, Clone, Default)]
pub struct Bootstrap {
    /// Whom it believes.
    pub policy: BootstrapPolicy,
    /// What accounts in the tree leave open.
    pub rules: AccountRules,
    /// A document to start with, before any session.
    pub document: Option<Document>,
}

/// What a device wants of firmware updates.
#[derive(Debug, Clone, Default)]
pub struct Firmware {
    /// Whether the user is asked before.
    pub consent: UserConsent,
    /// The key that images must be signed with.
    pub key: Option<ImageKey>,
}

/// A bootstrap document from a file.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its Content-Type, with SEC and MAC.
    pub content_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// When a device stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Never.
    Stopped,
    /// When the session, and what it started, is over.
    Idle,
}

/// Tells a running device to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops it at the next look, at most a message later.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it shall stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A device ready to run.
#[derive(Debug)]
pub struct Device {
    config: Config,
    socket: Option<UdpSocket>,
    slots: Slots,
    packages: Packages,
    records: Records,
    metrics: Metrics,
    user: User,
}

/// Why a run of the loop ended.
enum Ended {
    Rebooting,
    Stopped,
}

impl Device {
    /// Prepares the state folder. Notifications are taken from `socket`, if there is one.
    ///
    /// # Errors
    /// A folder or file cannot be used: the message names it.
    pub fn open(config: Config, socket: Option<UdpSocket>) -> Result<Self, Error> {
        let state = &config.state;
        let cannot = |what: &str, error: io::Error| Error::new(format!("cannot use {what}: {error}"));
        std::fs::create_dir_all(state).map_err(|error| cannot(&state.display().to_string(), error))?;
        let slots = Slots::open(state, config.image.as_deref()).map_err(|error| cannot("the firmware slots", error))?;
        let folder = config.packages.clone().unwrap_or_else(|| state.join("packages"));
        let packages = Packages::open(&folder, config.package_room)
            .map_err(|error| cannot(&folder.display().to_string(), error))?;
        let records = Records::open(state).map_err(|error| cannot("the records", error))?;
        let metrics = config.metrics.clone().map_or_else(|| Metrics::System(state.clone()), Metrics::File);
        let user = User::new(config.ui);
        Ok(Self { config, socket, slots, packages, records, metrics, user })
    }

    /// Where notifications are taken.
    pub fn notify_address(&self) -> Option<SocketAddr> {
        self.socket.as_ref().and_then(|socket| socket.local_addr().ok())
    }

    /// The file of the slot that is kept.
    ///
    /// # Errors
    /// The boot record cannot be read.
    pub fn active_slot(&self) -> io::Result<PathBuf> {
        self.slots.active().map(|slot| self.slots.path(slot))
    }

    /// Runs until `stop` is set, or nothing is left to do; whether the last session ended as it should.
    ///
    /// # Errors
    /// The state cannot be read or written. Nothing that was acknowledged is lost: the device can run again.
    pub fn run(&self, stop: &Stop) -> Result<bool, Error> {
        let mut document = self.config.bootstrap.document.as_ref();
        loop {
            let mut run = Run::boot(self, stop)?;
            match document.take() {
                Some(document) => run.take_document(document)?,
                None => run.start_sessions(),
            }
            match run.go(stop)? {
                Ended::Rebooting => tracing::info!("rebooting"),
                Ended::Stopped => return Ok(run.session_was_good),
            }
        }
    }
}

/// One life of the machine, from a boot to the next.
struct Run<'d> {
    device: &'d Device,
    stop: &'d Stop,
    drem: Drem,
    tree: Tree,
    /// What to remember as soon as the tree is stored.
    told: Option<Told>,
    client: Client,
    downloads: Downloads,
    next_poll: Option<Instant>,
    session_was_good: bool,
}

impl<'d> Run<'d> {
    fn boot(device: &'d Device, stop: &'d Stop) -> Result<Self, Error> {
        let config = &device.config;
        let mut records = device.records.load()?;
        let (mut tree, before) = match take_tree(&mut records).map_err(|error| Error::new(error.to_string()))? {
            Some(tree) => (tree, Told::load(&config.state)?),
            None => (tree_file::load(config.tree.as_deref(), &config.identity)?, None),
        };
        tree_file::describe(&mut tree)?;
        let told = match &config.account {
            Some(account) => told::tell(account, before.as_ref(), &mut tree)?,
            None => None,
        };
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| Error::new(format!("no random numbers: {error}")))?;
        let mut drem = Drem::restore(own_account(config, &tree), Seed::new(seed), records)
            .with_tree_accounts(&tree, config.bootstrap.rules)
            .with_bootstrap(config.bootstrap.policy.clone())
            .with_user_interface(device.user.interface())
            .with_update_consent(config.firmware.consent);
        if let Some(key) = &config.firmware.key {
            drem = drem.with_image_key(key.clone());
        }
        let client = Client::new(config.proxy.as_deref(), concat!("drem/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| Error::new(format!("cannot use the proxy: {error}")))?;
        let booted = device.slots.boot().map_err(|error| Error::new(format!("cannot boot: {error}")))?;
        let now = now();
        tree.set_clock(UtcTime::from_unix_secs(now.as_millis() / 1000));
        drem.handle_boot(now, &mut tree, booted);
        Ok(Self {
            device,
            stop,
            drem,
            tree,
            told,
            downloads: client.downloads(),
            client,
            next_poll: None,
            session_was_good: false,
        })
    }

    fn go(&mut self, stop: &Stop) -> Result<Ended, Error> {
        loop {
            while let Some(output) = self.drem.poll_output() {
                if let Some(ended) = self.perform(output)? {
                    return Ok(ended);
                }
                if stop.is_set() {
                    return Ok(Ended::Stopped);
                }
            }
            if stop.is_set() || (self.device.config.until == Until::Idle && self.drem.is_idle()) {
                return Ok(Ended::Stopped);
            }
            self.wait();
            let now = now();
            self.tree.set_clock(UtcTime::from_unix_secs(now.as_millis() / 1000));
            if self.drem.next_timeout().is_some_and(|wakeup| wakeup.at <= now) {
                self.drem.handle_timeout(now, &mut self.tree);
            }
            if self.next_poll.is_some_and(|at| at <= now) && !self.drem.in_session() {
                self.start_sessions();
            }
        }
    }

    /// Sleeps until something is due, or takes a notification.
    fn wait(&mut self) {
        let now = now();
        let due = self.drem.next_timeout().map_or(LOOK, |wakeup| wakeup.at.since(now)).min(LOOK);
        let Some(socket) = &self.device.socket else {
            std::thread::sleep(due);
            return;
        };
        // A socket takes no zero as a time-out.
        if socket.set_read_timeout(Some(due.max(Duration::from_millis(1)))).is_err() {
            std::thread::sleep(due);
            return;
        }
        let mut datagram = [0; 1024];
        if let Ok((length, _)) = socket.recv_from(&mut datagram) {
            let bytes = datagram.get(..length).unwrap_or_default();
            self.drem.handle_datagram(crate::device::now(), &mut self.tree, bytes);
        }
    }

    /// A session with each server that there is an account with.
    fn start_sessions(&mut self) {
        let now = now();
        self.next_poll = self.device.config.poll.map(|interval| now + interval);
        for server in servers(&self.device.config, &self.tree) {
            if let Err(error) = self.drem.start_session(now, &mut self.tree, server, Trigger::Client) {
                tracing::warn!("{error}");
            }
        }
    }

    fn take_document(&mut self, document: &Document) -> Result<(), Error> {
        let document = BootstrapDocument::new(Origin::Push, &document.content_type, &document.body)
            .map_err(|fault| Error::new(format!("--content-type: {fault}")))?;
        self.drem.handle_bootstrap(now(), &mut self.tree, document);
        Ok(())
    }

    fn perform(&mut self, output: Output) -> Result<Option<Ended>, Error> {
        match output {
            Output::Persist(record) => {
                self.device.records.store(&record)?;
                if let Record::WholeTree(_) = record
                    && let Some(told) = self.told.take()
                {
                    told.store(&self.device.config.state)?;
                }
            }
            Output::Transmit(message) => match self.client.post(&message) {
                Ok(reply) => self.drem.handle_message(now(), &mut self.tree, message.exchange, reply.inbound()),
                Err(failure) => self.drem.handle_send_failure(now(), message.exchange, failure),
            },
            Output::Action { action: Action::Reboot, .. } => return Ok(Some(Ended::Rebooting)),
            Output::Action { id, action } => {
                let result = self.act(action);
                self.drem.handle_action_result(now(), &mut self.tree, id, result);
            }
            Output::Event(event) => self.note(&event),
        }
        Ok(None)
    }

    fn note(&mut self, event: &xrem_client::Event) {
        use xrem_client::Event;
        match event {
            Event::SessionFinished { .. } => self.session_was_good = true,
            Event::SessionFailed { .. } | Event::AuthenticationFailed { .. } => self.session_was_good = false,
            _ => {}
        }
        match event {
            Event::SessionFailed { .. } | Event::AuthenticationFailed { .. } | Event::BootstrapRefused(_) => {
                tracing::warn!("{event}");
            }
            Event::CommandExecuted { .. } => tracing::debug!("{event}"),
            _ => tracing::info!("{event}"),
        }
    }

    /// Does what the machine cannot do.
    fn act(&mut self, action: Action) -> ActionResult {
        let (slots, packages) = (&self.device.slots, &self.device.packages);
        let done = |result: io::Result<()>| result.map_or_else(|error| storage(&error), |()| ActionResult::Done);
        match action {
            Action::Fetch { url, offset, max_len } => match self.downloads.block(&url, offset, max_len) {
                Ok((data, end)) => {
                    let whole = self.downloads.whole().clone();
                    ActionResult::Fetched { data, end, whole: Whole::new(whole.media_type, whole.size) }
                }
                Err(failure) => ActionResult::Failed(fetch(failure)),
            },
            Action::Post { url, body } => match self.downloads.post(&url, &body) {
                Ok(()) => ActionResult::Done,
                Err(failure) => ActionResult::Failed(fetch(failure)),
            },
            Action::Erase { place: Place::Package(id), .. } => done(packages.erase(id)),
            Action::WriteAt { place: Place::Package(id), offset, data } => done(packages.write_at(id, offset, &data)),
            Action::ReadAt { place: Place::Package(id), offset, max_len } => {
                match packages.read_at(id, offset, max_len) {
                    Ok((data, end)) => ActionResult::Block { data, end },
                    Err(error) => storage(&error),
                }
            }
            Action::Software(action) => packages.perform(&action).into(),
            // Nothing of a drem can be locked: that it is shows in its tree.
            Action::Lock(LockAction { operation, .. }) => {
                tracing::warn!(?operation, "locking, unlocking or wiping");
                LockResult::Done.into()
            }
            Action::Erase { place, .. } => done(slots.erase(place)),
            Action::WriteAt { place, offset, data } => done(slots.write_at(place, offset, &data)),
            Action::ReadAt { place, offset, max_len } => match slots.read_at(place, offset, max_len) {
                Ok((data, end)) => ActionResult::Block { data, end },
                Err(error) => storage(&error),
            },
            Action::ApplyDelta(delta) => done(slots.apply(&delta)),
            Action::SelectSlot { slot, tries } => done(slots.select(slot, tries)),
            Action::ConfirmSlot { slot } => done(slots.confirm(slot)),
            // A node of the tree file that takes Exec stands for nothing but itself.
            Action::Exec { uri, .. } => {
                tracing::info!(%uri, "executed");
                ActionResult::Status(StatusCode::OK)
            }
            Action::ApplyConfiguration(file) => {
                let path = self.device.config.state.join(configuration_file(&file.object.to_string()));
                tracing::info!(name = file.name, version = file.version, path = %path.display(), "configuration file");
                done(crate::files::replace(&path, &file.data))
            }
            Action::Sample { function } => self.device.metrics.sample(function.name().unwrap_or_default()),
            Action::Measure { metric } => self.device.metrics.measure(&metric),
            Action::Interact(interaction) => self.device.user.interact(&interaction, self.stop).into(),
            Action::ConfirmUpdate(offer) => self.device.user.allows(&offer, self.stop).into(),
            Action::ConfirmSession { server, .. } => self.device.user.consents(server.as_str(), self.stop).into(),
            Action::AskPin { tries_left } => self.device.user.pin(tries_left, self.stop).into(),
            _ => ActionResult::refused(),
        }
    }
}

/// The account of the configuration; none when its server removed it from the tree.
fn own_account(config: &Config, tree: &Tree) -> Option<Account> {
    config.account.clone().filter(|account| told::place(tree, account.server_id().as_str()).is_some())
}

/// The servers that there is an account with.
fn servers(config: &Config, tree: &Tree) -> BTreeSet<ServerId> {
    let own = own_account(config, tree).into_iter().chain(DmAccView::all(tree).filter_map(read_account));
    let old = DmAcc112View::all(tree).filter_map(|view| view.text(DmAcc112View::SERVER_ID).map(ServerId::new));
    own.map(|account| account.server_id().clone()).chain(old).collect()
}

fn fetch(failure: FetchFailure) -> ActionFailure {
    match failure {
        FetchFailure::BadUrl => ActionFailure::BadUrl,
        FetchFailure::Unauthorized => ActionFailure::Unauthorized,
        FetchFailure::Timeout => ActionFailure::Timeout,
        FetchFailure::Unavailable => ActionFailure::Unavailable,
        FetchFailure::Server => ActionFailure::Server,
        FetchFailure::Network => ActionFailure::Network,
    }
}

/// The file in the state folder that is in force for the object at `uri`.
fn configuration_file(uri: &str) -> String {
    format!("configuration-{}", uri.trim_start_matches("./").replace('/', "-"))
}

fn storage(error: &io::Error) -> ActionResult {
    tracing::error!(%error, "the state folder failed");
    ActionResult::Failed(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ActionFailure::NoSpace,
        io::ErrorKind::Unsupported => ActionFailure::Unsupported,
        _ => ActionFailure::Storage,
    })
}

/// Milliseconds since 1970: the epoch of this driver, so that stored moments mean the same after a restart.
pub(crate) fn now() -> Instant {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Instant::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
