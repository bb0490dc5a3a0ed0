//! A DREM: the DM client with the machines for firmware, software, locking and monitoring, over one tree.
//!
//! It runs Execs on FUMO, SCOMO and LAWMO objects and on performance functions and traps itself, and knows their samples; every
//! other Exec and every other live value leaves as an [`Action`].
//! After a restart a driver rebuilds it from its records and the tree from its snapshot, and tells it with
//! [`Drem::handle_boot`] which slot runs; without that call the device takes no update (result 408).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::{Inbound, SendFailure};
use omadm_proto::ids::{ActionId, ExchangeId, ServerId};
use omadm_proto::limits::Limits;
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::mo::diag_mon::DiagTime;
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

use crate::account::{Account, AccountRules};
use crate::bootstrap::{BootstrapDocument, BootstrapPolicy};
use crate::client::{Client, Reporting, SequenceRule, SessionTimes};
use crate::configuration::{self, Configuration};
use crate::interaction::UserInterface;
use crate::lock::{self, Lock};
use crate::monitor::{self, Monitor, TrapError, TrapEvent};
use crate::orders::Answer;
use crate::outbox::{AlertId, GenericAlert};
use crate::output::{Action, ActionResult, Output};
use crate::record::Record;
use crate::software::{self, Software};
use crate::trigger::{StartError, Trigger};
#[cfg(feature = "ed25519")]
use crate::update::ImageKey;
use crate::update::{self, Booted, CancelError, Request, RequestedBy, Update, UserConsent};

/// What a machine of the device works with, lent for one input.
pub(crate) struct Context<'c> {
    pub(crate) now: Instant,
    pub(crate) tree: &'c mut Tree,
    pub(crate) client: &'c mut Client,
}

/// A managed device.
#[derive(Debug)]
pub struct Drem {
    now: Instant,
    client: Client,
    update: Update,
    monitor: Monitor,
    software: Software,
    lock: Lock,
    configuration: Configuration,
    out: VecDeque<Output>,
}

impl Drem {
    /// A device with these accounts. The seed comes from the driver's random source.
    pub fn new(accounts: impl IntoIterator<Item = Account>, seed: Seed) -> Self {
        Self::restore(accounts, seed, [])
    }

    /// The same after a restart, with everything that was persisted.
    pub fn restore(
        accounts: impl IntoIterator<Item = Account>,
        seed: Seed,
        records: impl IntoIterator<Item = Record>,
    ) -> Self {
        let mut updated = None;
        let mut monitor = Monitor::default();
        let (mut installed, mut locked) = (None, None);
        let mut configuration = Configuration::default();
        let mut others = Vec::new();
        for record in records {
            if let Record::Update(record) = record {
                updated = Some(record);
            } else if let Record::Function(record) = record {
                monitor.restore_function(record);
            } else if let Record::Trap(record) = record {
                monitor.restore_trap(record);
            } else if let Record::Software(record) = record {
                installed = Some(record);
            } else if let Record::Lock(record) = record {
                locked = Some(record);
            } else if let Record::Configuration(record) = record {
                configuration = Configuration::restore(record);
            } else {
                others.push(record);
            }
        }
        let mut client = Client::restore(accounts, seed, others);
        let update = updated.map(|record| Update::restore(record, &mut client)).unwrap_or_default();
        let software = installed.map(|record| Software::restore(record, &mut client)).unwrap_or_default();
        let lock = locked.map(|record| Lock::restore(record, &mut client)).unwrap_or_default();
        Self { now: Instant::ZERO, client, update, monitor, software, lock, configuration, out: VecDeque::new() }
    }

    /// The same with other limits on what servers may send.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.client = self.client.with_limits(limits);
        self
    }

    /// The same with another answer to a failed command inside a Sequence.
    #[must_use]
    pub fn with_sequence_rule(mut self, rule: SequenceRule) -> Self {
        self.client = self.client.with_sequence_rule(rule);
        self
    }

    /// The same with other rules and secrets for bootstrap documents.
    #[must_use]
    pub fn with_bootstrap(mut self, policy: BootstrapPolicy) -> Self {
        self.client = self.client.with_bootstrap(policy);
        self
    }

    /// The same with a user who can be shown and asked something.
    #[must_use]
    pub fn with_user_interface(mut self, interface: UserInterface) -> Self {
        self.client = self.client.with_user_interface(interface);
        self
    }

    /// The same with other times that a session may take.
    #[must_use]
    pub fn with_session_times(mut self, times: SessionTimes) -> Self {
        self.client = self.client.with_session_times(times);
        self
    }

    /// The same with the accounts of `tree` besides those it was made with: see [`Client::with_tree_accounts`].
    #[must_use]
    pub fn with_tree_accounts(mut self, tree: &Tree, rules: AccountRules) -> Self {
        self.client = self.client.with_tree_accounts(tree, rules);
        self
    }

    /// From now on alerts that wait begin sessions as `reporting` says.
    pub const fn set_reporting(&mut self, reporting: Reporting) {
        self.client.set_reporting(reporting);
    }

    /// The same with the user's consent to firmware updates.
    #[must_use]
    pub const fn with_update_consent(mut self, consent: UserConsent) -> Self {
        self.update.rules().consent = consent;
        self
    }

    /// The same with another number of boots that a new firmware image gets to prove itself; 3 if nothing is said.
    #[must_use]
    pub const fn with_trial_boots(mut self, boots: u8) -> Self {
        self.update.rules().trial_boots = boots;
        self
    }

    /// The same with a key: firmware images without its signature are refused with result 404, software packages with 1407.
    #[cfg(feature = "ed25519")]
    #[must_use]
    pub fn with_image_key(mut self, key: ImageKey) -> Self {
        self.update.rules().key = Some(key.clone());
        self.software.demand_signatures(key);
        self
    }

    /// All records as they are now, without the tree.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Record> {
        let mut records = self.client.snapshot();
        records.push(self.update.record());
        records.extend(self.monitor.records());
        records.push(self.software.record());
        records.push(self.lock.record());
        records.push(self.configuration.record());
        records
    }

    /// Adds or replaces an account.
    pub fn set_account(&mut self, account: Account) {
        self.client.set_account(account);
    }

    /// Starts a session now, or after the running one.
    ///
    /// # Errors
    ///
    /// [`StartError`] when there is no such account, or the tree cannot say who this device is.
    pub fn start_session(
        &mut self,
        now: Instant,
        tree: &mut Tree,
        server: impl Into<ServerId>,
        trigger: Trigger,
    ) -> Result<(), StartError> {
        let started = self.client.start_session(now, tree, server, trigger);
        self.absorb(now, tree);
        started
    }

    /// The device came up from this slot. Once after each start, before anything else.
    pub fn handle_boot(&mut self, now: Instant, tree: &mut Tree, booted: Booted) {
        self.now = self.now.max(now);
        let mut ctx = Context { now: self.now, tree, client: &mut self.client };
        self.update.boot(&mut ctx, booted);
        self.absorb(now, tree);
    }

    /// The user cancels the firmware update that goes on: it ends with result 401.
    ///
    /// # Errors
    /// [`CancelError`] when there is nothing to cancel, or it is too late.
    pub fn cancel_update(&mut self, now: Instant, tree: &mut Tree) -> Result<(), CancelError> {
        self.now = self.now.max(now);
        let mut ctx = Context { now: self.now, tree, client: &mut self.client };
        let cancelled = self.update.cancel(&mut ctx);
        self.absorb(now, tree);
        cancelled
    }

    /// At `now` it is `utc`: reports carry the time of the wall clock. To be told before [`Self::handle_boot`] and whenever the
    /// clock was set; without it, `now` counts as the time since 1970.
    pub fn handle_clock(&mut self, now: Instant, utc: DiagTime) {
        self.now = self.now.max(now);
        self.monitor.set_clock(now, utc);
    }

    /// The event of the trap is there; it raises when it holds as long as HoldSec says. A trap that is disabled, or raised
    /// already, takes no notice.
    ///
    /// # Errors
    /// [`TrapError`] when there is no such trap, or it watches a metric.
    pub fn raise_event(
        &mut self,
        now: Instant,
        tree: &mut Tree,
        trap: &NodeUri,
        event: TrapEvent,
    ) -> Result<(), TrapError> {
        self.happened(now, tree, trap, Some(event))
    }

    /// The event of the trap is over.
    ///
    /// # Errors
    /// [`TrapError`] when there is no such trap, or it watches a metric.
    pub fn clear_event(&mut self, now: Instant, tree: &mut Tree, trap: &NodeUri) -> Result<(), TrapError> {
        self.happened(now, tree, trap, None)
    }

    /// Asks all servers for a firmware update, on behalf of the device or its user \[mo 5.5\].
    pub fn request_update(&mut self, tree: &Tree, by: RequestedBy) -> AlertId {
        self.client.queue_alert(by.alert(tree))
    }

    /// Whether no firmware image is right, and servers see but what is needed for a repair.
    #[must_use]
    pub const fn in_safe_mode(&self) -> bool {
        self.client.is_reduced()
    }

    /// Takes a received Package #0.
    pub fn handle_notification(&mut self, now: Instant, tree: &mut Tree, bytes: &[u8]) {
        self.client.handle_notification(now, tree, bytes);
        self.absorb(now, tree);
    }

    /// Takes a datagram of the notification port: a WAP push of Package #0 or of a bootstrap document, or a bare Package #0.
    pub fn handle_datagram(&mut self, now: Instant, tree: &mut Tree, bytes: &[u8]) {
        self.client.handle_datagram(now, tree, bytes);
        self.absorb(now, tree);
    }

    /// Takes a bootstrap document; nothing is answered to its sender.
    pub fn handle_bootstrap(&mut self, now: Instant, tree: &mut Tree, document: BootstrapDocument<'_>) {
        self.client.handle_bootstrap(now, tree, document);
        self.absorb(now, tree);
    }

    /// Takes what the smart card holds, at each start; no documents when there is no card.
    pub fn handle_smart_card(&mut self, now: Instant, tree: &mut Tree, documents: &[BootstrapDocument<'_>]) {
        self.client.handle_smart_card(now, tree, documents);
        self.absorb(now, tree);
    }

    /// Takes the answer to the message of `exchange`.
    pub fn handle_message(&mut self, now: Instant, tree: &mut Tree, exchange: ExchangeId, inbound: Inbound<'_>) {
        self.client.handle_message(now, tree, exchange, inbound);
        self.absorb(now, tree);
    }

    /// Takes the answer to an action.
    pub fn handle_action_result(&mut self, now: Instant, tree: &mut Tree, id: ActionId, result: ActionResult) {
        self.now = self.now.max(now);
        let mut ctx = Context { now: self.now, tree, client: &mut self.client };
        if self.update.owns(id) {
            self.update.action_result(&mut ctx, id, result);
        } else if self.monitor.owns(id) {
            self.monitor.action_result(&mut ctx, id, result);
        } else if self.software.owns(id) {
            self.software.action_result(&mut ctx, result);
        } else if self.lock.owns(id) {
            let answer = self.lock.action_result(&mut ctx, &result);
            self.answer(now, tree, answer);
        } else if self.configuration.owns(id) {
            self.configuration.action_result(&mut ctx, result);
        } else {
            self.client.handle_action_result(now, tree, id, result);
        }
        self.absorb(now, tree);
    }

    /// Takes the news that the message of `exchange` got no answer.
    pub fn handle_send_failure(&mut self, now: Instant, exchange: ExchangeId, failure: SendFailure) {
        self.client.handle_send_failure(now, exchange, failure);
    }

    /// Does what is due. Also to be called when the driver itself has changed a setting in the tree.
    pub fn handle_timeout(&mut self, now: Instant, tree: &mut Tree) {
        self.client.handle_timeout(now, tree);
        self.absorb(now, tree);
    }

    /// The next thing to do for the driver.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front().or_else(|| self.client.poll_output())
    }

    /// When to call [`Self::handle_timeout`]; `None` when nothing is to come by itself.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Wakeup> {
        if !self.out.is_empty() {
            return Some(Wakeup::new(self.now, "outputs wait"));
        }
        let in_session = self.client.in_session();
        let update = self.update.next_timeout(self.now, in_session);
        let software = self.software.next_timeout(self.now, in_session);
        let lock = self.lock.next_timeout(self.now, in_session);
        let configuration = self.configuration.next_timeout(self.now, in_session);
        let monitor = self.monitor.next_timeout(self.now);
        [update, software, lock, configuration, monitor].into_iter().fold(self.client.next_timeout(), Wakeup::earliest)
    }

    /// Queues an alert; it is persisted at once and stays until each of its servers took it.
    pub fn queue_alert(&mut self, alert: GenericAlert) -> AlertId {
        self.client.queue_alert(alert)
    }

    /// Ends the running session with alert 1223, as soon as it is our turn to send.
    pub fn abort_session(&mut self, now: Instant, tree: &mut Tree) {
        self.client.abort_session(now, tree);
        self.absorb(now, tree);
    }

    /// Whether a session runs.
    #[must_use]
    pub const fn in_session(&self) -> bool {
        self.client.in_session()
    }

    /// Whether nothing goes on and nothing waits: no session, no alert, no update or other operation, no user, no reading.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let client = !self.client.in_session() && self.client.waiting_alerts() == 0 && !self.client.asks_user();
        let machines =
            self.update.is_busy() || self.monitor.is_busy() || self.software.is_busy() || self.lock.is_busy();
        let machines = machines || self.configuration.is_busy();
        client && !machines
    }

    fn happened(
        &mut self,
        now: Instant,
        tree: &mut Tree,
        trap: &NodeUri,
        event: Option<TrapEvent>,
    ) -> Result<(), TrapError> {
        self.now = self.now.max(now);
        let mut ctx = Context { now: self.now, tree, client: &mut self.client };
        let known = self.monitor.happened(&mut ctx, trap.clone(), event);
        self.absorb(now, tree);
        known
    }

    /// Moves the client's outputs on in their order, keeping back the Execs that are ours.
    fn absorb(&mut self, now: Instant, tree: &mut Tree) {
        self.now = self.now.max(now);
        loop {
            while let Some(output) = self.client.poll_output() {
                match self.own_answer(tree, &output) {
                    Some(answer) => self.answer(now, tree, answer),
                    None => self.out.push_back(output),
                }
            }
            let mut ctx = Context { now: self.now, tree, client: &mut self.client };
            self.update.proceed(&mut ctx);
            self.software.proceed(&mut ctx);
            self.lock.proceed(&mut ctx);
            self.monitor.proceed(&mut ctx);
            self.configuration.proceed(&mut ctx);
            if !self.client.has_outputs() {
                return;
            }
        }
    }

    /// What becomes of an action that is none of the driver's.
    fn own_answer(&mut self, tree: &mut Tree, output: &Output) -> Option<Answer> {
        let Output::Action { id, action } = output else { return None };
        let id = *id;
        let mut ctx = Context { now: self.now, tree, client: &mut self.client };
        if let Action::Read(uri) = action {
            return self.monitor.data(&mut ctx, uri).map(|data| Answer::Now(id, data.into()));
        }
        let Action::Exec { server, uri, correlator, .. } = action else { return None };
        let request = || Request { server: server.clone(), uri: uri.clone(), correlator: correlator.clone() };
        let status = if update::is_operation(ctx.tree, uri) {
            self.update.exec(&mut ctx, request())
        } else if software::is_operation(ctx.tree, uri) {
            self.software.exec(&mut ctx, request())
        } else if lock::is_operation(ctx.tree, uri) {
            return Some(self.lock.exec(&mut ctx, id, request()));
        } else if monitor::is_operation(ctx.tree, uri) {
            self.monitor.exec(&mut ctx, request())
        } else if configuration::is_operation(ctx.tree, uri) {
            self.configuration.exec(&mut ctx, request())
        } else {
            return None;
        };
        Some(Answer::Now(id, status.into()))
    }

    /// Answers an action that a machine took, if it is to be answered now.
    fn answer(&mut self, now: Instant, tree: &mut Tree, answer: Answer) {
        if let Answer::Now(id, answer) = answer {
            self.client.handle_action_result(now, tree, id, answer);
        }
    }
}
