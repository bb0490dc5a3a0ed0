//! What outlives a session: outbox, nonces, accepted Execs, limits, and the outputs of them all.

use alloc::collections::BTreeMap;
use alloc::string::String;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::ids::{ActionId, ServerId, SessionId};
use omadm_proto::limits::Limits;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

#[cfg(feature = "serde")]
use super::tree_log::TreeLog;

use crate::event::Event;
use crate::execlog::ExecLog;
use crate::execute::{Reduced, SequenceRule, Wanted};
use crate::interaction::UserInterface;
use crate::outbox::{AlertId, Outbox, Receipt};
use crate::output::Action;
use crate::outputs::Outputs;
use crate::record::{AccountRecord, Counters, Record};

/// The MaxMsgSize that is announced: much less than what is accepted.
const ANNOUNCED_MSG_BYTES: u64 = 64 << 10;

/// State that sessions come and go on.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) out: Outputs,
    pub(crate) outbox: Outbox,
    pub(crate) nonces: NonceSource,
    pub(crate) execlog: ExecLog,
    pub(crate) limits: Limits,
    pub(crate) sequence_rule: SequenceRule,
    pub(crate) user_interface: UserInterface,
    /// What servers see, when that is not the whole tree.
    pub(crate) reduced: Option<Reduced>,
    /// The latest time that was handed in.
    pub(crate) now: Instant,
    pub(crate) unsaved: Unsaved,
    /// Sessions that this client started by itself.
    pub(super) sessions: u64,
    saved: Counters,
    #[cfg(feature = "serde")]
    tree_log: TreeLog,
    running: BTreeMap<ActionId, RunningExec>,
}

/// Which records changed since they were output last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unsaved {
    pub(crate) account: bool,
    pub(crate) outbox: bool,
    pub(crate) execlog: bool,
}

/// An Exec that the driver has not answered.
#[derive(Debug)]
struct RunningExec {
    server: ServerId,
    uri: NodeUri,
    correlator: String,
}

impl Shared {
    pub(crate) fn new(seed: Seed, counters: Counters) -> Self {
        Self {
            out: Outputs::new(1),
            outbox: Outbox::default(),
            nonces: NonceSource::from_parts(seed, counters.nonces),
            execlog: ExecLog::default(),
            limits: Limits::DEFAULT,
            sequence_rule: SequenceRule::default(),
            user_interface: UserInterface::default(),
            reduced: None,
            now: Instant::ZERO,
            unsaved: Unsaved::default(),
            sessions: counters.sessions,
            saved: counters,
            #[cfg(feature = "serde")]
            tree_log: TreeLog::after(counters.trees),
            running: BTreeMap::new(),
        }
    }

    pub(crate) fn max_msg_size(&self) -> u64 {
        ANNOUNCED_MSG_BYTES.min(self.limits.message_bytes as u64)
    }

    pub(super) const fn counters(&self) -> Counters {
        #[cfg(feature = "serde")]
        let trees = self.tree_log.generation;
        #[cfg(not(feature = "serde"))]
        let trees = self.saved.trees;
        Counters { nonces: self.nonces.counter(), sessions: self.sessions, trees }
    }

    /// The id of a session of our own: counted, from a start that the seed decides, so that two devices differ \[dm 2.2\].
    pub(super) fn next_session_id(&mut self) -> SessionId {
        if self.sessions == 0 {
            let bytes = self.nonces.next();
            let start = bytes.as_bytes().iter().take(2).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            self.sessions = start;
        }
        self.sessions = self.sessions.wrapping_add(1);
        let id = self.sessions % u64::from(u16::MAX) + 1;
        SessionId::from_u16(u16::try_from(id).unwrap_or(1))
    }

    /// Outputs the numbers that must not be used twice.
    fn persist_counters(&mut self) {
        if self.counters() != self.saved {
            self.saved = self.counters();
            self.out.persist(Record::Counters(self.saved));
        }
    }

    /// Outputs what became of the tree since it was stored last, behind the number of the tree. Without the feature `serde`
    /// trees have no snapshots, and the driver keeps its tree by itself.
    #[cfg(feature = "serde")]
    pub(crate) fn persist_tree(&mut self, tree: &mut Tree) {
        if let Some(record) = self.tree_log.record(tree) {
            self.persist_counters();
            self.out.persist(record);
        }
    }

    #[cfg(not(feature = "serde"))]
    #[expect(clippy::unused_self, reason = "the same as with the feature")]
    pub(crate) const fn persist_tree(&mut self, _: &mut Tree) {}

    /// Outputs every record that changed; `record` is that of the account in use.
    pub(super) fn persist_changes(&mut self, record: &AccountRecord) {
        self.persist_counters();
        let unsaved = core::mem::take(&mut self.unsaved);
        if unsaved.account {
            self.out.persist(Record::Account(record.clone()));
        }
        if unsaved.outbox {
            self.out.persist(Record::Outbox(self.outbox.clone()));
        }
        if unsaved.execlog {
            self.out.persist(Record::ExecLog(self.execlog.clone()));
        }
    }

    /// Puts what a command wants to the driver.
    pub(crate) fn ask(&mut self, server: &ServerId, wanted: &Wanted) -> ActionId {
        match wanted {
            Wanted::Read { uri, .. } | Wanted::ReadListed { uri, .. } => self.out.action(Action::Read(uri.clone())),
            Wanted::User { interaction, .. } => self.out.action(Action::Interact((**interaction).clone())),
            Wanted::Exec { uri, correlator, data } => {
                let action = Action::Exec {
                    server: server.clone(),
                    uri: uri.clone(),
                    correlator: correlator.clone(),
                    data: data.clone(),
                };
                let id = self.out.action(action);
                if let Some(correlator) = correlator.clone() {
                    self.running.insert(id, RunningExec { server: server.clone(), uri: uri.clone(), correlator });
                }
                id
            }
        }
    }

    /// The status of the same Exec, if it runs or was accepted already.
    pub(crate) fn known_exec(&self, server: &ServerId, uri: &NodeUri, correlator: &str) -> Option<StatusCode> {
        let runs = self
            .running
            .values()
            .any(|exec| exec.server == *server && exec.uri == *uri && exec.correlator == correlator);
        if runs {
            return Some(StatusCode::ACCEPTED_FOR_PROCESSING);
        }
        self.execlog.status_of(server, uri, correlator)
    }

    /// The driver has answered an Exec; an accepted one is not run again.
    pub(super) fn exec_done(&mut self, id: ActionId, status: StatusCode) {
        if let Some(exec) = self.running.remove(&id)
            && status.is_good()
        {
            self.execlog.remember(&exec.server, &exec.uri, &exec.correlator, status);
            self.unsaved.execlog = true;
        }
    }

    /// The Exec on a node of `object` that was accepted under `correlator` came to nothing: the same one again is a new one.
    pub(crate) fn forget_exec(&mut self, server: &ServerId, object: &NodeUri, correlator: &str) {
        self.execlog.forget(server, object, correlator);
        self.unsaved.execlog = true;
    }

    /// The account with `server` is gone, and with it what waited for it.
    pub(super) fn forget_server(&mut self, server: &ServerId) {
        if self.outbox.remove_server(server) {
            self.out.persist(Record::Outbox(self.outbox.clone()));
        }
        self.out.persist(Record::Account(AccountRecord::new(server.clone(), None, None)));
    }

    pub(crate) fn note_receipt(&mut self, server: &ServerId, alert: AlertId, status: StatusCode, receipt: Receipt) {
        let server = server.clone();
        match receipt {
            Receipt::Delivered => self.out.event(Event::AlertDelivered { server, alert, status }),
            Receipt::Refused => self.out.event(Event::AlertRefused { server, alert, status }),
            Receipt::Kept => return,
        }
        self.unsaved.outbox = true;
    }
}
