//! What must survive a restart: small keyed records, of which the latest of each key wins.
//!
//! A driver stores every [`Record`] under its [`Record::key`] when it is output, in the order of the outputs, and hands all
//! of them to `restore` after a restart. No record holds a password; nonces are no secrets once used, but they are kept out
//! of Debug output.
//!
//! The tree travels the same way, under the feature `serde`:
//!
//! | record | key | where keys replace | where a file is better |
//! |---|---|---|---|
//! | [`Record::WholeTree`] | `tree` | replaces | replaces; afterwards the changes may be dropped |
//! | [`Record::TreeChange`] | `tree change 0`, `1`, ... | replaces the one that an older tree left there | appends |
//! | all others | their own | replaces | replaces |
//!
//! A driver that knows nothing but keys is right. The changes behind a tree weigh at most as much as the tree or 4 KiB, so both their
//! number and what old ones leave behind are limited. A driver that appends drops a last change that is torn, which no message
//! spoke about yet; one that is there twice does no harm. After a restart `take_tree` makes the tree of all that; limits,
//! clock, features and description of the tree are not in it, they are the driver's to set again.

use alloc::string::{String, ToString as _};

use omadm_proto::auth::{Nonce, Scheme};
use omadm_proto::ids::ServerId;
use omadm_proto::version::DmVersion;
#[cfg(feature = "serde")]
use omadm_tree::snapshot::TreeSnapshot;

#[cfg(feature = "serde")]
mod tree;

pub use crate::bootstrap::CardAccounts;
pub use crate::execlog::ExecLog;
#[cfg(feature = "serde")]
pub use tree::{StoredTreeError, TreeChange, WholeTree, take_tree, take_tree_within};

use crate::configuration::ConfigurationRecord;
use crate::lock::LockRecord;
use crate::monitor::{FunctionRecord, TrapRecord};
use crate::outbox::Outbox;
use crate::software::SoftwareRecord;
use crate::update::UpdateRecord;

/// One thing to store.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Record {
    /// The nonces and the last notification of one account.
    Account(AccountRecord),
    /// The alerts that wait.
    Outbox(Outbox),
    /// The numbers that must not be used twice.
    Counters(Counters),
    /// Which Exec with a Correlator was accepted last on each node.
    ExecLog(ExecLog),
    /// Which accounts came from the smart card.
    Card(CardAccounts),
    /// The management tree as it was stored before there were changes: read and never written.
    #[cfg(feature = "serde")]
    Tree(TreeSnapshot),
    /// The whole management tree. Only with the feature `serde`, which snapshots of trees need.
    #[cfg(feature = "serde")]
    WholeTree(WholeTree),
    /// What changed in the tree since the record before.
    #[cfg(feature = "serde")]
    TreeChange(TreeChange),
    /// The update job.
    Update(UpdateRecord),
    /// The samples of one performance function, and its counters.
    Function(FunctionRecord),
    /// The state of one trap, and its counter.
    Trap(TrapRecord),
    /// The operations on software, and the packages that are stored.
    Software(SoftwareRecord),
    /// The operations that lock, reset and wipe.
    Lock(LockRecord),
    /// The configuration file that is applied, or was applied last.
    Configuration(ConfigurationRecord),
}

impl Record {
    /// The key under which the record replaces its predecessor: letters, digits and blanks, and in some the id of a server or
    /// the address of a node, which a driver may have to spell differently.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Account(record) => alloc::format!("account {}", record.server_id),
            Self::Outbox(_) => "outbox".to_string(),
            Self::Counters(_) => "counters".to_string(),
            Self::ExecLog(_) => "execlog".to_string(),
            Self::Card(_) => "card".to_string(),
            #[cfg(feature = "serde")]
            Self::Tree(_) | Self::WholeTree(_) => "tree".to_string(),
            #[cfg(feature = "serde")]
            Self::TreeChange(change) => alloc::format!("tree change {}", change.number()),
            Self::Update(_) => "update".to_string(),
            Self::Function(record) => alloc::format!("function {}", record.function()),
            Self::Trap(record) => alloc::format!("trap {}", record.trap()),
            Self::Software(_) => "software".to_string(),
            Self::Lock(_) => "lock".to_string(),
            Self::Configuration(_) => "configuration".to_string(),
        }
    }
}

/// The nonces of one account and the last notification that started a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AccountRecord {
    /// The server.
    pub server_id: ServerId,
    /// For our next credentials: the last NextNonce of the server.
    pub client_nonce: Option<Nonce>,
    /// For the server's next credentials and notifications: the last nonce that it is known to have.
    pub server_nonce: Option<Nonce>,
    /// The nonce that was sent to the server and not yet confirmed by an answer.
    pub issued_nonce: Option<Nonce>,
    /// The session id of the last notification that was taken.
    pub last_notified: Option<u16>,
    /// The version of the protocol that the server fell back to.
    #[cfg_attr(feature = "serde", serde(default))]
    pub version: Option<DmVersion>,
    /// What the server accepted our credentials with last.
    #[cfg_attr(feature = "serde", serde(default))]
    pub client_scheme: Option<Scheme>,
    /// The AAuthData of CLCRED and SRVCRED in the tree that nonces were taken from last.
    #[cfg_attr(feature = "serde", serde(default))]
    pub provisioned: [Option<Nonce>; 2],
}

impl AccountRecord {
    pub(crate) const fn new(server_id: ServerId, client_nonce: Option<Nonce>, server_nonce: Option<Nonce>) -> Self {
        Self {
            server_id,
            client_nonce,
            server_nonce,
            issued_nonce: None,
            last_notified: None,
            version: None,
            client_scheme: None,
            provisioned: [None, None],
        }
    }

    /// Takes the nonces that stand in the tree, for CLCRED and SRVCRED, where they are others than those taken last. Tells
    /// whether the record changed.
    pub(crate) fn take_provisioned(&mut self, nonces: [Option<Nonce>; 2]) -> bool {
        if self.provisioned == nonces {
            return false;
        }
        let [client, server] = &nonces;
        let [old_client, old_server] = &self.provisioned;
        if client != old_client {
            self.client_nonce.clone_from(client);
        }
        if server != old_server {
            self.server_nonce.clone_from(server);
            self.issued_nonce = None;
        }
        self.provisioned = nonces;
        true
    }

    /// What the server may compute its credentials with. The resynchronisation nonce is good in a session that a
    /// notification with it started, never by being stored \[dm 7.6\].
    pub(crate) fn server_nonces(&self) -> impl Iterator<Item = &Nonce> {
        self.server_nonce.iter().chain(&self.issued_nonce).filter(|nonce| nonce.as_bytes() != Nonce::RESYNC)
    }
}

/// Numbers that must not be used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Counters {
    /// How many nonces were drawn from the seed.
    pub nonces: u64,
    /// How many sessions this client started by itself.
    pub sessions: u64,
    /// How many whole trees were stored.
    #[cfg_attr(feature = "serde", serde(default))]
    pub trees: u64,
}
