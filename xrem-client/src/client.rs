//! The DM client alone: sessions, outbox and retries, without the update machine \[dm 3, 16.1\].
//!
//! One machine serves all accounts, one session at a time; sessions that are asked for meanwhile follow. It opens sessions by
//! itself only to deliver alerts. Callers: [`crate::drem::Drem`] on a device, the gateway composition towards its server.
//!
//! Invariants: every record that changed is output before the message that depends on it; `now` never goes backwards, an
//! earlier one counts as the latest seen; inputs that belong to nothing are ignored.

mod accounts;
mod bootstrap;
mod calls;
mod ending;
mod flight;
mod interaction;
mod notified;
mod push;
mod reporting;
mod schedule;
mod shared;
mod times;
#[cfg(feature = "serde")]
mod tree_log;

use alloc::string::ToString as _;
use alloc::vec::Vec;

use bytes::Bytes;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::{Inbound, SendFailure, Transmit};
use omadm_proto::ids::{ActionId, ExchangeId, ServerId, SessionId};
use omadm_proto::limits::Limits;
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::tree::Tree;

pub use self::reporting::Reporting;
pub use self::times::SessionTimes;

pub(crate) use self::shared::Shared;

use self::accounts::Accounts;
use self::bootstrap::Bootstrapping;
use self::calls::Calls;
use self::flight::{AfterFailure, Flight};
use self::schedule::Schedule;
use crate::account::Account;
use crate::event::{Event, Failure};
pub use crate::execute::SequenceRule;
use crate::execute::exec_status;
use crate::outbox::{AlertId, GenericAlert};
use crate::output::{ActionResult, Output};
use crate::record::Record;
use crate::session::{Context, End, Session, Step};
use crate::trigger::{StartError, Trigger};

/// The DM client.
#[derive(Debug)]
pub struct Client {
    now: Instant,
    accounts: Accounts,
    shared: Shared,
    session: Option<Session>,
    flight: Option<Flight>,
    schedule: Schedule,
    next_exchange: u64,
    bootstrapping: Bootstrapping,
    calls: Calls,
    times: SessionTimes,
    reporting: Reporting,
    /// When the running session began.
    started: Instant,
}

impl Client {
    /// A client with these accounts. The seed comes from the driver's random source; nonces are derived from it.
    pub fn new(accounts: impl IntoIterator<Item = Account>, seed: Seed) -> Self {
        Self::restore(accounts, seed, [])
    }

    /// The same after a restart, with everything that was persisted; records of other machines and of accounts that are gone
    /// are skipped. With the same seed as before no nonce is used twice.
    pub fn restore(
        accounts: impl IntoIterator<Item = Account>,
        seed: Seed,
        records: impl IntoIterator<Item = Record>,
    ) -> Self {
        let records: Vec<Record> = records.into_iter().collect();
        let counters = records.iter().find_map(|record| match record {
            Record::Counters(counters) => Some(*counters),
            Record::Account(_) | Record::Outbox(_) | Record::ExecLog(_) | Record::Card(_) => None,
            Record::Update(_) | Record::Function(_) | Record::Trap(_) => None,
            Record::Software(_) | Record::Lock(_) | Record::Configuration(_) => None,
            #[cfg(feature = "serde")]
            Record::Tree(_) | Record::WholeTree(_) | Record::TreeChange(_) => None,
        });
        let mut client = Self {
            now: Instant::ZERO,
            accounts: Accounts::default(),
            shared: Shared::new(seed, counters.unwrap_or_default()),
            session: None,
            flight: None,
            schedule: Schedule::default(),
            next_exchange: 1,
            bootstrapping: Bootstrapping::default(),
            calls: Calls::default(),
            times: SessionTimes::DEFAULT,
            reporting: Reporting::default(),
            started: Instant::ZERO,
        };
        for account in accounts {
            client.set_account(account);
        }
        for record in records {
            match record {
                Record::Account(record) => client.accounts.restore(record),
                Record::Outbox(outbox) => client.shared.outbox = outbox,
                Record::ExecLog(execlog) => client.shared.execlog = execlog,
                Record::Card(card) => client.bootstrapping.card = card,
                Record::Counters(_) | Record::Update(_) | Record::Function(_) | Record::Trap(_) => {}
                Record::Software(_) | Record::Lock(_) | Record::Configuration(_) => {}
                #[cfg(feature = "serde")]
                Record::Tree(_) | Record::WholeTree(_) | Record::TreeChange(_) => {}
            }
        }
        client
    }

    /// The same with other limits on what servers may send.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.shared.limits = limits;
        self
    }

    /// The same with another answer to a failed command inside a Sequence.
    #[must_use]
    pub const fn with_sequence_rule(mut self, rule: SequenceRule) -> Self {
        self.shared.sequence_rule = rule;
        self
    }

    /// The same with other times that a session may take.
    #[must_use]
    pub const fn with_session_times(mut self, times: SessionTimes) -> Self {
        self.times = times;
        self
    }

    /// All records as they are now, without the tree.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self.accounts.records().cloned().map(Record::Account).collect();
        records.push(Record::Outbox(self.shared.outbox.clone()));
        records.push(Record::ExecLog(self.shared.execlog.clone()));
        records.push(Record::Card(self.bootstrapping.card.clone()));
        records.push(Record::Counters(self.shared.counters()));
        records
    }

    /// Adds or replaces an account; the nonces of one that was there already are kept. A running session ends as it began.
    pub fn set_account(&mut self, account: Account) {
        self.accounts.set(account);
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
        self.tick(now);
        self.refresh_accounts(tree);
        let server = server.into();
        if self.accounts.get(&server).is_none() {
            return Err(StartError::UnknownServer(server));
        }
        if tree.text("./DevInfo/DevId").is_none() {
            return Err(StartError::NoDevId);
        }
        self.schedule.ask(server, trigger);
        self.start_next(tree);
        Ok(())
    }

    /// Takes a received Package #0; one that proves itself starts a session, or queues one behind the running session.
    pub fn handle_notification(&mut self, now: Instant, tree: &mut Tree, bytes: &[u8]) {
        self.tick(now);
        self.refresh_accounts(tree);
        match self.judge_notification(bytes) {
            Ok(call) => self.answer_call(tree, call),
            Err(ignored) => self.ignore(ignored),
        }
    }

    /// Takes the answer to the message of `exchange`. An older message of the server is none: it counts as a failure to send.
    pub fn handle_message(&mut self, now: Instant, tree: &mut Tree, exchange: ExchangeId, inbound: Inbound<'_>) {
        self.tick(now);
        let Some(flight) = self.flight.take_if(|flight| flight.transmit.exchange == exchange) else { return };
        let mut is_stale = false;
        self.with_session(tree, |session, ctx| {
            let step = session.receive(ctx, inbound);
            is_stale = matches!(step, Step::Stale);
            step
        });
        if is_stale {
            self.flight = Some(flight);
            self.handle_send_failure(now, exchange, SendFailure::Network);
        }
        self.start_next(tree);
    }

    /// Takes the answer to an action.
    pub fn handle_action_result(&mut self, now: Instant, tree: &mut Tree, id: ActionId, result: ActionResult) {
        self.tick(now);
        if self.take_pin(tree, id, &result) || self.take_permission(tree, id, &result) {
            return self.start_next(tree);
        }
        self.shared.exec_done(id, exec_status(&result));
        self.with_session(tree, |session, ctx| session.resume(ctx, id, result));
        self.start_next(tree);
    }

    /// Takes the news that the message of `exchange` got no answer.
    pub fn handle_send_failure(&mut self, now: Instant, exchange: ExchangeId, failure: SendFailure) {
        self.tick(now);
        let now = self.now;
        let Some(flight) = self.flight.as_mut().filter(|flight| flight.transmit.exchange == exchange) else { return };
        let failure = match flight.failed(now, failure) {
            AfterFailure::TryAgain => return,
            AfterFailure::Lost => Failure::Lost,
            AfterFailure::Refused => Failure::Refused,
        };
        self.flight = None;
        if let Some(session) = self.session.take() {
            self.ended(&session, End::Failure(failure));
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant, tree: &mut Tree) {
        self.tick(now);
        if let (Some(flight), Some(session)) = (&mut self.flight, &self.session)
            && let Some(transmit) = flight.retry(self.now)
        {
            let event = Event::Retrying { server: session.server().clone(), tries: flight.tries - 1 };
            self.shared.out.event(event);
            self.shared.out.transmit(transmit);
        }
        self.give_up_on_user(tree);
        self.expire(tree);
        self.start_next(tree);
    }

    /// The next thing to do for the driver.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.shared.out.poll()
    }

    /// When to call [`Self::handle_timeout`]; `None` when nothing is to come by itself.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Wakeup> {
        if !self.shared.out.is_empty() {
            return Some(Wakeup::new(self.now, "outputs wait"));
        }
        if self.session.is_some() {
            let retry_at = self.flight.as_ref().and_then(|flight| flight.retry_at);
            let retry = retry_at.map(|at| Wakeup::new(at, "a message is sent again"));
            return Wakeup::earliest(retry, Wakeup::earliest(self.patience(), self.expiry()));
        }
        if self.schedule.has_asked() {
            return Some(Wakeup::new(self.now, "a session is asked for"));
        }
        let report = self.reporting().map(|server| self.schedule.report_from(server)).min();
        let report = report.map(|at| Wakeup::new(at.max(self.now), "alerts are reported"));
        Wakeup::earliest(report, self.patience())
    }

    /// Queues an alert; it is persisted at once and stays until each of its servers took it.
    pub fn queue_alert(&mut self, alert: GenericAlert) -> AlertId {
        let id = self.shared.outbox.next_id();
        self.queue_alerts([alert]);
        id
    }

    /// Queues several; they are persisted together.
    pub(crate) fn queue_alerts(&mut self, alerts: impl IntoIterator<Item = GenericAlert>) {
        for alert in alerts {
            let servers = match &alert.server {
                Some(server) => alloc::vec![server.clone()],
                None => self.accounts.servers().cloned().collect(),
            };
            self.shared.outbox.push(alert, servers);
        }
        self.shared.out.persist(Record::Outbox(self.shared.outbox.clone()));
    }

    /// The servers that there are accounts with.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &ServerId> {
        self.accounts.servers()
    }

    /// Whether anybody can be told anything.
    pub(crate) fn has_accounts(&self) -> bool {
        self.accounts.servers().next().is_some()
    }

    /// Ends the running session with alert 1223, as soon as it is our turn to send.
    pub fn abort_session(&mut self, now: Instant, tree: &mut Tree) {
        self.tick(now);
        self.with_session(tree, Session::abort);
    }

    /// Whether a session runs.
    #[must_use]
    pub const fn in_session(&self) -> bool {
        self.session.is_some()
    }

    /// How many alerts wait for a server.
    #[must_use]
    pub fn waiting_alerts(&self) -> usize {
        self.shared.outbox.len()
    }

    /// Whether servers see but a part of the tree.
    pub(crate) const fn is_reduced(&self) -> bool {
        self.shared.reduced.is_some()
    }

    pub(crate) fn has_outputs(&self) -> bool {
        !self.shared.out.is_empty()
    }

    pub(crate) const fn shared(&mut self) -> &mut Shared {
        &mut self.shared
    }

    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.shared.now = self.now;
    }

    /// The servers that alerts wait for which begin a session, and an account exists with.
    fn reporting(&self) -> impl Iterator<Item = &ServerId> {
        let begins =
            |server: &ServerId| self.shared.outbox.waiting_for(server).any(|(_, alert)| self.reporting.admits(alert));
        self.accounts.servers().filter(move |server| begins(server))
    }

    /// Starts what is due, if no session runs.
    fn start_next(&mut self, tree: &mut Tree) {
        while self.session.is_none() {
            self.refresh_accounts(tree);
            let due = self.reporting().find(|server| self.schedule.report_from(server) <= self.now).cloned();
            let Some((server, trigger)) =
                self.schedule.next_asked().or_else(|| due.map(|server| (server, Trigger::Client)))
            else {
                return;
            };
            self.begin(tree, server, trigger);
        }
    }

    fn begin(&mut self, tree: &mut Tree, server: ServerId, trigger: Trigger) {
        let Some(entry) = self.accounts.get_mut(&server) else { return };
        let session_id = match trigger {
            Trigger::Server { session_id } | Trigger::Resync { session_id } => SessionId::from_u16(session_id),
            Trigger::Client => self.shared.next_session_id(),
        };
        self.shared.out.event(Event::SessionStarted { server: server.clone(), session: session_id.clone() });
        self.started = self.now;
        let version = entry.version();
        let mut ctx = Context { tree, account: &entry.account, record: &mut entry.record, shared: &mut self.shared };
        match Session::open(&mut ctx, session_id, trigger, version) {
            Ok((session, step)) => self.follow(tree, session, step),
            Err(failure) => {
                self.schedule.failed(&server, self.now);
                self.shared.out.event(Event::SessionFailed { server, failure });
            }
        }
    }

    fn with_session(&mut self, tree: &mut Tree, input: impl FnOnce(&mut Session, &mut Context<'_>) -> Step) {
        let Some(mut session) = self.session.take() else { return };
        let Some(entry) = self.accounts.get_mut(session.server()) else { return };
        let mut ctx = Context { tree, account: &entry.account, record: &mut entry.record, shared: &mut self.shared };
        let step = input(&mut session, &mut ctx);
        self.follow(tree, session, step);
    }

    fn follow(&mut self, tree: &mut Tree, session: Session, step: Step) {
        match step {
            Step::Wait | Step::Stale => self.session = Some(session),
            Step::End(end) => self.ended(&session, end),
            Step::Send(letter) => {
                self.persist_changes(session.server());
                self.shared.persist_tree(tree);
                let exchange = ExchangeId::new(self.next_exchange);
                self.next_exchange += 1;
                let destination = session.destination().to_string();
                let mut transmit = Transmit::new(exchange, destination, session.syntax(), Bytes::from(letter.body));
                transmit.mac = letter.mac;
                self.shared.out.transmit(transmit.clone());
                self.flight = Some(Flight::new(transmit, self.now));
                self.session = Some(session);
            }
        }
    }

    fn persist_changes(&mut self, server: &ServerId) {
        if let Some(entry) = self.accounts.get(server) {
            self.shared.persist_changes(&entry.record);
        }
    }
}
