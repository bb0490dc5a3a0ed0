//! The accounts, those of the application and those of the tree \[dm 7.3, 11.3\].
//!
//! Invariants: an account does not change while a session runs; the nonces of an account outlive its changes, unless AAuthData
//! was replaced.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use omadm_proto::ids::ServerId;
use omadm_proto::version::DmVersion;
use omadm_tree::tree::Tree;

use super::notified::ResyncPause;
use super::{Client, Shared};
use crate::account::{Account, AccountRules, accounts_in};
use crate::record::{AccountRecord, Record};

/// All accounts by their server.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    entries: BTreeMap<ServerId, Entry>,
    /// What the accounts of the tree leave open, if they count.
    rules: Option<AccountRules>,
    /// The revision of the tree that they were read from.
    revision: Option<u64>,
    /// Records whose accounts are not here yet.
    kept: BTreeMap<ServerId, AccountRecord>,
}

/// An account and what it has to remember.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) account: Account,
    pub(super) record: AccountRecord,
    /// The version that the server fell back to, until a session with it succeeded.
    pub(super) fallback: Option<DmVersion>,
    pub(super) resync: ResyncPause,
    origin: Origin,
}

/// Where an account comes from.
#[derive(Debug)]
enum Origin {
    Application,
    /// The tree, and what the application says about the same server.
    Tree(Option<Box<Account>>),
}

impl Accounts {
    pub(super) fn get(&self, server: &ServerId) -> Option<&Entry> {
        self.entries.get(server)
    }

    pub(super) fn get_mut(&mut self, server: &ServerId) -> Option<&mut Entry> {
        self.entries.get_mut(server)
    }

    pub(super) fn remove(&mut self, server: &ServerId) {
        self.entries.remove(server);
        self.kept.remove(server);
    }

    pub(super) fn servers(&self) -> impl Iterator<Item = &ServerId> {
        self.entries.keys()
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &AccountRecord> {
        self.entries.values().map(|entry| &entry.record).chain(self.kept.values())
    }

    pub(super) fn set(&mut self, account: Account) {
        let server = account.server_id.clone();
        let record = match (self.entries.remove(&server), self.kept.remove(&server)) {
            (Some(entry), _) => entry.record,
            (None, Some(record)) => record,
            (None, None) => {
                AccountRecord::new(server.clone(), account.client_nonce.clone(), account.server_nonce.clone())
            }
        };
        self.entries.insert(server, Entry::new(account, record, Origin::Application));
        self.revision = None;
    }

    pub(super) fn restore(&mut self, record: AccountRecord) {
        match self.entries.get_mut(&record.server_id) {
            Some(entry) => entry.record = record,
            None => drop(self.kept.insert(record.server_id.clone(), record)),
        }
    }

    /// Takes the accounts as they stand in `tree`, if they changed.
    fn follow(&mut self, tree: &Tree, shared: &mut Shared) {
        let Some(rules) = self.rules.filter(|_| self.revision != Some(tree.revision())) else { return };
        self.revision = Some(tree.revision());
        let found = accounts_in(tree, |server| {
            let record = self.entries.get(server).map(|entry| &entry.record).or_else(|| self.kept.get(server));
            record.and_then(|record| record.client_scheme)
        });
        let is_gone = |(server, entry): &(&ServerId, &Entry)| {
            matches!(entry.origin, Origin::Tree(_)) && !found.contains_key(*server)
        };
        let gone: Vec<ServerId> = self.entries.iter().filter(is_gone).map(|(server, _)| server.clone()).collect();
        for server in gone {
            self.entries.remove(&server);
            shared.forget_server(&server);
        }
        for (server, provisioned) in found {
            let mut entry = match self.entries.remove(&server) {
                Some(Entry { account, origin: Origin::Application, record, .. }) => {
                    Entry::new(account.clone(), record, Origin::Tree(Some(Box::new(account))))
                }
                Some(entry) => entry,
                None => {
                    let record = self.kept.remove(&server);
                    let record = record.unwrap_or_else(|| AccountRecord::new(server.clone(), None, None));
                    Entry::new(Account::new(server.clone(), ""), record, Origin::Tree(None))
                }
            };
            let base = match &entry.origin {
                Origin::Tree(base) => base.as_deref(),
                Origin::Application => None,
            };
            let rules = base.map_or(rules, Account::rules);
            entry.account = Account::provisioned(server.clone(), provisioned, rules);
            let nonces = [entry.account.client_nonce.clone(), entry.account.server_nonce.clone()];
            if let Some(base) = base {
                entry.account.complete_from(base);
            }
            if entry.record.take_provisioned(nonces) {
                shared.out.persist(Record::Account(entry.record.clone()));
            }
            self.entries.insert(server, entry);
        }
    }
}

impl Entry {
    const fn new(account: Account, record: AccountRecord, origin: Origin) -> Self {
        Self { account, record, fallback: None, resync: ResyncPause::NONE, origin }
    }
}

impl Client {
    /// The same with the accounts of `tree` besides those it was made with, as a server may change them: each change counts
    /// from the next session on. Where both have an account with a server that of the tree counts, with the rules of the
    /// other, and with its credentials for a direction that the tree has none for; and when it goes from the tree, the account
    /// is gone.
    ///
    /// [`Account::object`] is what an account looks like there.
    ///
    /// AAuthData is the nonce that an account begins with; the present one is in the [`Record`] of the account. When a
    /// server replaces AAuthData with other bytes, they are the next nonce.
    #[must_use]
    pub fn with_tree_accounts(mut self, tree: &Tree, rules: AccountRules) -> Self {
        self.accounts.rules = Some(rules);
        self.refresh_accounts(tree);
        self
    }

    /// Takes over what became of the accounts in the tree, between two sessions.
    pub(super) fn refresh_accounts(&mut self, tree: &Tree) {
        if self.session.is_none() {
            self.accounts.follow(tree, &mut self.shared);
        }
    }
}
