//! The network server: sessions, jobs and notifications of all its nodes, one step at a time \[mission-matrix N1, N5, N6\].
//!
//! An [`Nrem`] keeps nothing between two calls. The driver reads the sender from the message ([`Nrem::identify`]), loads its
//! [`Records`], calls [`Nrem::handle_message`], lets [`Nrem::settle`] compare with the directory what a gateway told, commits
//! [`Step::persist`] as one, and only then sends [`Step::reply`]. What changes is moved out of the [`Records`] into the
//! [`Step`], nothing is copied; whoever keeps records in memory puts them back from there. The same goes for
//! [`Nrem::handle_timeout`], for nodes that the store says are due. Calls for one node must not overlap; calls for different
//! nodes may run anywhere, at the same time.

mod advance;
mod alerts;
mod campaigns;
mod credentials;
mod event;
mod faults;
mod gateway;
mod leaving;
mod lock;
mod performance;
mod plan;
mod repetition;
mod settle;
mod software;
mod stranger;
mod submit;
mod waking;

pub use campaigns::{CampaignStep, CampaignStepError};
pub use event::{Event, EventKind};
pub use submit::{ConfigurationRequest, CredentialRequest, DesiredRequest, FirmwareRequest, Submission, SubmitError};

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_gwmo::names::NodeNames;
use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::{Inbound, Transmit};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;

use self::advance::Jobs;
use crate::bootstrap::Standing;
use crate::directory::{NodeId, NodeRecord};
use crate::fault::{Alarms, OwnFault};
use crate::register::Lifecycle;
use crate::session::{Context, Fault, Importance, Incoming, Received, Settings, Turn};
use crate::store::{ClientAccount, Record, Records};
use crate::task::OutcomeFault;
use crate::wakeup::Notify;

/// A session in which nothing came for so long is freed, and its commands are queued anew. Longer than the silence after which
/// a node is asked again: it may be asking its user. A node that nobody can notify has no such deadline; its commands are
/// queued anew when it comes again.
const SESSION_LIFETIME: Duration = Duration::from_secs(600);
/// Leaves of DevInfo that are kept.
const MAX_DEV_INFO: usize = 64;
/// The longest name or value of them, in bytes.
const MAX_DEV_INFO_TEXT: usize = 256;

/// The network server.
#[derive(Debug, Clone)]
pub struct Nrem {
    settings: Settings,
    names: NodeNames,
    async_timeout: Duration,
    alert_types: Vec<String>,
    fault_types: Vec<String>,
}

/// What one call asks of the driver, in this order: [settle](Nrem::settle), commit, send, and the rest.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Step {
    /// To be committed as one before anything is sent.
    pub persist: Vec<Record>,
    /// The answer to the message. An empty body: nothing can be said in SyncML.
    pub reply: Option<Transmit>,
    /// Notifications to send.
    pub notify: Vec<Notify>,
    /// What happened, for logs and for people.
    pub events: Vec<Event>,
    reports: settle::Reports,
}

/// Why nobody can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifyError {
    /// The bytes are no message.
    #[error("not a SyncML message: {0}")]
    Undecodable(#[from] DecodeError),
    /// The message does not tell who sent it.
    #[error("SyncHdr/Source is empty: the message does not tell who sent it")]
    NoSource,
}

impl Step {
    /// Whether gateways told something, so that [`Nrem::settle`] has to be alone with the directory until the step is stored.
    #[must_use]
    pub fn has_reports(&self) -> bool {
        !self.reports.is_empty()
    }

    fn unchanged(mut self, reply: Transmit) -> Self {
        self.reply = Some(reply);
        self
    }
}

impl Default for Nrem {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Nrem {
    /// A server with `settings`, the usual node names of gateways, and 24 hours for the alert of an accepted command.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            names: NodeNames::new(),
            async_timeout: Duration::from_secs(86_400),
            alert_types: Vec::new(),
            fault_types: Vec::new(),
        }
    }

    /// The same with another time for the alert of a command that was answered 202.
    #[must_use]
    pub fn with_async_timeout(mut self, timeout: Duration) -> Self {
        self.async_timeout = timeout;
        self
    }

    /// The same, taking generic alerts whose types begin with one of `types`, such as `com.example.`. Those of the OMA are
    /// taken anyway; others are answered 415 unless a task waits for them \[X-GAL-03\].
    #[must_use]
    pub fn with_alert_types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.alert_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// The same, reading generic alerts whose types begin with one of `types` as faults by their Mark: `warning` and above
    /// raise, anything below clears. They are still taken as alerts as well.
    #[must_use]
    pub fn with_fault_types(mut self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fault_types = types.into_iter().map(Into::into).collect();
        self
    }

    /// The same with other node names of gateways.
    #[must_use]
    pub fn with_names(mut self, names: NodeNames) -> Self {
        self.names = names;
        self
    }

    /// Decodes a message; [`Incoming::dev_id`] tells whose records to load.
    ///
    /// # Errors
    /// [`IdentifyError`]; nobody can be answered in SyncML then, and nothing changes.
    pub fn identify<'a>(&self, exchange: ExchangeId, inbound: Inbound<'a>) -> Result<Incoming<'a>, IdentifyError> {
        let incoming = Incoming::decode(exchange, inbound, self.settings.reading)?;
        if incoming.dev_id().as_str().is_empty() { Err(IdentifyError::NoSource) } else { Ok(incoming) }
    }

    /// Takes a message of the node that `records` belong to. What it changes is moved from `records` to [`Step::persist`].
    pub fn handle_message(
        &self,
        now: Instant,
        records: &mut Records,
        nonces: &mut NonceSource,
        incoming: &Incoming<'_>,
    ) -> Step {
        let mut step = Step::default();
        if let Some(node) = records.node.as_ref().filter(|node| node.is_deactivated()) {
            return Self::turn_away(node, incoming);
        }
        let Some((mut node, mut account)) = take_account(&mut records.node) else {
            return self.meet_stranger(now, records, nonces, incoming);
        };
        node.messages = node.messages.saturating_add(1);
        let mut context = Context { account: &mut account, nonces, settings: &self.settings };
        let changes = context.account.changes.len();
        let received = records.session.receive(now, &mut context, incoming);
        if context.account.changes.len() < changes {
            step.events.push(Event::CredentialsInUse(node.node_id()));
        }
        let mut jobs = Jobs::new(self, core::mem::take(&mut records.jobs), &records.tasks, now);
        match received {
            // Nothing has changed, and neither repetitions nor a flood of guesses cost writes.
            Received::Repeated(reply) => return step.unchanged(reply),
            Received::Refused { reply, fault: Fault::Throttled } => {
                step.events.push(Event::Refused { node: node.node_id(), fault: Fault::Throttled });
                return step.unchanged(reply);
            }
            Received::Answered(reply) => step.reply = Some(reply),
            Received::Refused { reply, fault } => {
                step.reply = Some(reply);
                if fault == Fault::ServerNotAccepted {
                    jobs.fail_sent(OutcomeFault::ServerNotAccepted);
                    jobs.advance(&node.node_id(), &mut step.events);
                }
                step.events.push(Event::Refused { node: node.node_id(), fault });
            }
            Received::Turn(turn) => {
                let alarms = core::mem::take(&mut records.alarms);
                let mut work = Work { now, node: &mut node, jobs: &mut jobs, step: &mut step, incoming, alarms };
                work.take_turn(turn, records, &mut context);
                let Work { mut alarms, .. } = work;
                step.persist.extend(alarms.drain());
            }
        }
        let session = Box::new(core::mem::take(&mut records.session));
        step.persist.push(Record::Session { node: node.id.clone(), session });
        node.account = Some(account);
        Self::leave(now, &mut node, |task| jobs.is_active(task), &mut step);
        step.persist.push(Record::Node(node));
        jobs.store(&mut step);
        step
    }

    /// Does what is due for the node that `records` belong to: starts fresh jobs, ends waits that were too long, notifies.
    /// Calling it early, late or twice is harmless. What it changes is moved from `records` to [`Step::persist`].
    pub fn handle_timeout(&self, now: Instant, node: &DevId, records: &mut Records) -> Step {
        let mut step = Step::default();
        let mut jobs = Jobs::new(self, core::mem::take(&mut records.jobs), &records.tasks, now);
        if records.session.end_if_silent(now, SESSION_LIFETIME) {
            jobs.settle_lost_session();
            step.events.push(Event::SessionEnded(name_of(node, records)));
            let session = Box::new(core::mem::take(&mut records.session));
            step.persist.push(Record::Session { node: node.clone(), session });
        }
        jobs.expire();
        jobs.advance(&name_of(node, records), &mut step.events);
        let busy = jobs.has_pending() || jobs.has_sent();
        if let Some(record) = records.node.as_mut().filter(|record| matches!(record.lifecycle, Lifecycle::Leaving(_))) {
            Self::leave(now, record, |task| jobs.is_active(task), &mut step);
            step.persist.push(Record::Node(record.clone()));
        }
        let wake = waking::next_wake(now, records, busy, &mut step);
        if wake != records.wake {
            step.persist.push(Record::Wake { node: node.clone(), wake });
        }
        jobs.store(&mut step);
        step
    }
}

/// What applications call the node `id`, of which `records` are loaded.
fn name_of(id: &DevId, records: &Records) -> NodeId {
    records.node.as_ref().map_or_else(|| id.into(), NodeRecord::node_id)
}

/// The node and its account, side by side while they are worked with.
fn take_account(node: &mut Option<NodeRecord>) -> Option<(NodeRecord, ClientAccount)> {
    let account = node.as_mut()?.account.take()?;
    Some((node.take()?, account))
}

/// One turn of one session.
struct Work<'w, 'n> {
    now: Instant,
    node: &'w mut NodeRecord,
    jobs: &'w mut Jobs<'n>,
    step: &'w mut Step,
    incoming: &'w Incoming<'w>,
    alarms: Alarms,
}

impl Work<'_, '_> {
    fn take_turn(&mut self, turn: Turn, records: &mut Records, context: &mut Context<'_>) {
        if turn.first {
            self.node.last_session = Some(self.now);
            self.node.sessions = self.node.sessions.saturating_add(1);
            self.step.events.push(Event::SessionStarted(self.node.node_id()));
            if let Some(Standing::HandedOut(_)) = self.node.bootstrap {
                self.node.bootstrap = Some(Standing::Done(self.now));
                self.step.events.push(Event::Bootstrapped(self.node.node_id()));
            }
            self.jobs.settle_lost_session();
        }
        if turn.repeat {
            self.jobs.offer_again();
        }
        self.keep_dev_info(&turn);
        for answer in turn.answers {
            self.take_read_samples(&answer);
            if answer.mentions(StatusCode::ATOMIC_ROLL_BACK_FAILED) {
                self.step.events.push(Event::RollBackFailed(self.node.node_id()));
                let problem = "an Atomic failed and could not be rolled back (516): its settings are inconsistent";
                let node = self.node.id.clone();
                self.raise_own(OwnFault::new(node, "roll-back-failed", Importance::Critical, problem));
            }
            self.jobs.take_answer(answer);
        }
        self.forget_refused_credentials(context.account);
        let dialect = context.account.dialect.unwrap_or_default();
        let verdicts: Vec<StatusCode> =
            turn.alerts.iter().map(|alert| self.take_alert(alert, &records.behind, dialect)).collect();
        self.jobs.advance(&self.node.node_id(), &mut self.step.events);
        self.answer(&verdicts, records, context);
    }

    /// Sends what is to be sent, and notes what went out.
    fn answer(&mut self, verdicts: &[StatusCode], records: &mut Records, context: &mut Context<'_>) {
        let mut work = self.jobs.offer();
        let Some(reply) = records.session.respond(context, self.incoming, verdicts, &mut work) else { return };
        drop(work);
        self.jobs.note_sent(&reply);
        self.remember_credentials(context.account);
        self.jobs.advance(&self.node.node_id(), &mut self.step.events);
        self.step.reply = Some(reply.transmit);
        let unfinished = self.jobs.has_pending() || self.jobs.has_sent();
        if reply.closed {
            self.step.events.push(Event::SessionEnded(self.node.node_id()));
        }
        self.wake_later(records, unfinished);
    }

    fn keep_dev_info(&mut self, turn: &Turn) {
        for leaf in &turn.dev_info {
            let Some(text) = leaf.text().filter(|_| leaf.format.as_deref() != Some("node")) else { continue };
            if leaf.uri.len() > MAX_DEV_INFO_TEXT || text.len() > MAX_DEV_INFO_TEXT {
                continue;
            }
            let may_grow = self.node.dev_info.len() < MAX_DEV_INFO;
            match self.node.dev_info.get_mut(&leaf.uri) {
                Some(known) if known == text => {}
                Some(known) => *known = text.into(),
                None if may_grow => drop(self.node.dev_info.insert(leaf.uri.clone(), text.into())),
                None => {}
            }
        }
    }
}
