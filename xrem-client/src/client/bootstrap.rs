//! Bootstrap documents: from their arrival to an account that works \[dm 12\].

use alloc::vec::Vec;

use omadm_proto::auth::Secret;
use omadm_proto::ids::{ActionId, ServerId};
use omadm_proto::provisioning::SecurityFault;
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

use super::Client;
use crate::bootstrap::{
    BootstrapDocument, BootstrapPolicy, BootstrapRefusal, CardAccounts, Origin, Unproven, accounts_of,
};
use crate::event::Event;
use crate::interaction::{Interaction, UserAnswer, UserInterface};
use crate::output::{Action, ActionResult};
use crate::record::Record;
use crate::trigger::Trigger;

/// What bootstrap remembers between inputs.
#[derive(Debug, Default)]
pub(super) struct Bootstrapping {
    policy: BootstrapPolicy,
    asked: Option<Asked>,
    pub(super) card: CardAccounts,
}

/// A document that waits for its PIN.
#[derive(Debug)]
struct Asked {
    action: ActionId,
    until: Instant,
    unproven: Unproven,
}

impl Client {
    /// The same with other rules and secrets for bootstrap documents; without any, every pushed document is refused.
    #[must_use]
    pub fn with_bootstrap(mut self, policy: BootstrapPolicy) -> Self {
        self.bootstrapping.policy = policy;
        self
    }

    /// Takes a bootstrap document: [`Event::Bootstrapped`] for each account and a session with it, or
    /// [`Event::BootstrapRefused`]. Nothing is ever answered to the sender. For what is on the card see
    /// [`Self::handle_smart_card`].
    pub fn handle_bootstrap(&mut self, now: Instant, tree: &mut Tree, document: BootstrapDocument<'_>) {
        self.tick(now);
        self.take_document(tree, &document, None);
        self.start_next(tree);
    }

    /// Takes what the smart card holds: once at each start, and with no documents when there is no card. Accounts that came
    /// from the card and are no longer on it are removed.
    pub fn handle_smart_card(&mut self, now: Instant, tree: &mut Tree, documents: &[BootstrapDocument<'_>]) {
        self.tick(now);
        let mut there: Vec<ServerId> = Vec::new();
        for document in documents {
            let document = BootstrapDocument { origin: Origin::SmartCard, ..*document };
            match self.prove_and_apply(tree, &document, None) {
                Ok(servers) => there.extend(servers),
                // The account of an earlier start, with all that happened to it since.
                Err(BootstrapRefusal::KnownServer(server)) if self.bootstrapping.card.servers.contains(&server) => {
                    there.push(server);
                }
                Err(refusal) => self.refuse_document(refusal),
            }
        }
        let before = core::mem::replace(&mut self.bootstrapping.card, CardAccounts { servers: there });
        for server in &before.servers {
            if !self.bootstrapping.card.servers.contains(server) {
                self.remove_account(tree, server);
            }
        }
        if self.bootstrapping.card != before {
            self.shared.persist_tree(tree);
            self.shared.out.persist(Record::Card(self.bootstrapping.card.clone()));
        }
        self.start_next(tree);
    }

    /// Takes the answer to the question for a PIN. False when the action is another one.
    pub(super) fn take_pin(&mut self, tree: &mut Tree, id: ActionId, result: &ActionResult) -> bool {
        let Some(asked) = self.bootstrapping.asked.take_if(|asked| asked.action == id) else { return false };
        let mut unproven = asked.unproven;
        let ActionResult::User(UserAnswer::Text(pin)) = result else {
            self.refuse_document(BootstrapRefusal::Pin);
            return true;
        };
        let document = unproven.document();
        match self.prove_and_apply(tree, &document, Some(Secret::new(pin.as_str()))) {
            Ok(_) => {}
            Err(BootstrapRefusal::Security(SecurityFault::Wrong)) => {
                if unproven.failed() == 0 {
                    self.refuse_document(BootstrapRefusal::Pin);
                } else {
                    self.ask_for_pin(unproven);
                }
            }
            Err(refusal) => self.refuse_document(refusal),
        }
        true
    }

    /// When the time to type a PIN is over.
    pub(super) fn pin_patience(&self) -> Option<Wakeup> {
        self.bootstrapping.asked.as_ref().map(|asked| Wakeup::new(asked.until, "nobody has typed the PIN"))
    }

    /// Gives up on a PIN that nobody typed in time.
    pub(super) fn give_up_on_pin(&mut self) {
        if self.bootstrapping.asked.take_if(|asked| asked.until <= self.now).is_some() {
            self.refuse_document(BootstrapRefusal::Pin);
        }
    }

    fn take_document(&mut self, tree: &mut Tree, document: &BootstrapDocument<'_>, pin: Option<Secret>) {
        match self.prove_and_apply(tree, document, pin) {
            Ok(_) => {}
            Err(BootstrapRefusal::Security(SecurityFault::PinNeeded))
                if self.shared.user_interface == UserInterface::Present =>
            {
                match document.security {
                    Some(_) if self.bootstrapping.asked.is_some() => self.refuse_document(BootstrapRefusal::Busy),
                    Some(security) => self.ask_for_pin(Unproven::new(document, security)),
                    None => {}
                }
            }
            Err(refusal) => self.refuse_document(refusal),
        }
    }

    fn ask_for_pin(&mut self, unproven: Unproven) {
        let action = self.shared.out.action(Action::AskPin { tries_left: unproven.tries_left() });
        let until = self.now + Interaction::LONGEST_WAIT;
        self.bootstrapping.asked = Some(Asked { action, until, unproven });
    }

    fn refuse_document(&mut self, refusal: BootstrapRefusal) {
        self.shared.out.event(Event::BootstrapRefused(refusal));
    }

    /// Makes the accounts of a document that proves itself; their servers.
    fn prove_and_apply(
        &mut self,
        tree: &mut Tree,
        document: &BootstrapDocument<'_>,
        pin: Option<Secret>,
    ) -> Result<Vec<ServerId>, BootstrapRefusal> {
        let policy = &self.bootstrapping.policy;
        policy.verify(document, pin)?;
        let known: Vec<ServerId> = self.accounts.servers().cloned().collect();
        let accounts = policy.apply(tree, document, &known, &self.shared.limits)?;
        // First the tree with the account, then what refers to it.
        self.shared.persist_tree(tree);
        let mut servers = Vec::new();
        for (object, account) in accounts {
            let server = account.server_id().clone();
            // Nonces of an account that was replaced are of no use.
            self.accounts.remove(&server);
            self.set_account(account);
            if let Some(entry) = self.accounts.get(&server) {
                self.shared.out.persist(Record::Account(entry.record.clone()));
            }
            self.shared.out.event(Event::Bootstrapped { server: server.clone(), object });
            self.schedule.ask(server.clone(), Trigger::Client);
            servers.push(server);
        }
        Ok(servers)
    }

    fn remove_account(&mut self, tree: &mut Tree, server: &ServerId) {
        self.accounts.remove(server);
        let objects: Vec<NodeUri> = accounts_of(tree, server).collect();
        for object in objects {
            // It was there a moment ago.
            let _ = tree.remove(&alloc::format!("{object}"));
        }
        self.shared.out.event(Event::AccountRemoved { server: server.clone() });
    }
}
