//! The driver of the client in this process: outputs are performed in order, time is a number.

use std::collections::VecDeque;

use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_proto::provisioning::imsi_key;
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, UtcTime};
use omadm_tree::Tree;
use xrem_client::account::AccountRules;
use xrem_client::bootstrap::{BootstrapDocument, BootstrapPolicy, Origin};
use xrem_client::interaction::{self, Interaction, UserInterface};
use xrem_client::{Account, Action, ActionResult, Drem, Event, GenericAlert, Output};

use super::Item;
use crate::device::bootstrap::{IMSI, NAP};
use crate::device::{Bootstrap, Deed, DeviceAlert, Feature, Known, Observed, Setup, Shown, UserAnswer};
use crate::row::Stop;

/// 2001-07-11 16:38:17 UTC, the time in the catalogue.
const EPOCH: u64 = 994_869_497;

/// A client, its tree and its clock.
pub(super) struct Device {
    pub(super) drem: Drem,
    pub(super) tree: Tree,
    pub(super) now: Instant,
    pub(super) given: VecDeque<Item>,
    pub(super) observed: Observed,
    accounts: Vec<Account>,
    user: VecDeque<UserAnswer>,
    /// The server and the Correlator of asynchronous Execs that run.
    running: Vec<(String, Option<String>)>,
}

impl Device {
    pub(super) fn new(accounts: Vec<Account>, tree: Tree, seed: Seed, setup: &Setup, syntax: Syntax) -> Self {
        let mute = setup.without.contains(&Feature::UserInterface);
        let interface = if mute { UserInterface::None } else { UserInterface::Present };
        let drem = Drem::new(accounts.clone(), seed).with_user_interface(interface).with_bootstrap(policy(syntax));
        let rules = AccountRules::new().syntax(syntax).minimum(setup.minimum);
        let drem = if setup.known == Known::BuiltIn { drem.with_tree_accounts(&tree, rules) } else { drem };
        let mut device = Self {
            drem,
            tree,
            now: Instant::ZERO,
            given: VecDeque::new(),
            observed: Observed::default(),
            accounts,
            user: VecDeque::new(),
            running: Vec::new(),
        };
        device.tree.set_clock(UtcTime::from_unix_secs(EPOCH));
        device
    }

    /// Performs outputs until there are none.
    pub(super) fn pump(&mut self) {
        while let Some(output) = self.drem.poll_output() {
            match output {
                Output::Transmit(transmit) => self.given.push_back(Item::Sent(transmit)),
                Output::Persist(_) => {}
                Output::Event(event) => {
                    if matches!(
                        event,
                        Event::SessionFinished { .. }
                            | Event::SessionFailed { .. }
                            | Event::AuthenticationFailed { .. }
                    ) {
                        self.given.push_back(Item::Ended);
                    }
                }
                Output::Action { id, action } => {
                    if let Some(result) = self.perform(action) {
                        self.drem.handle_action_result(self.now, &mut self.tree, id, result);
                    }
                }
            }
        }
    }

    /// What comes of an action; `None` when nothing comes of it in any time.
    fn perform(&mut self, action: Action) -> Option<ActionResult> {
        Some(match action {
            Action::Interact(interaction) => {
                self.observed.shown.push(shown(&interaction));
                ActionResult::User(self.user_answer()?)
            }
            Action::Exec { server, uri, correlator, data } => {
                let argument = String::from_utf8_lossy(&data.unwrap_or_default()).into_owned();
                let is_asynchronous = uri.to_string().ends_with("/xa");
                self.observed.execs.push((uri.to_string(), argument));
                if is_asynchronous {
                    self.running.push((server.to_string(), correlator));
                    return Some(ActionResult::Status(StatusCode::ACCEPTED_FOR_PROCESSING));
                }
                ActionResult::Status(StatusCode::OK)
            }
            Action::ConfirmSession { .. } | Action::AskPin { .. } => ActionResult::User(self.user_answer()?),
            _ => ActionResult::refused(),
        })
    }

    /// What the user does now; `None` if nothing.
    fn user_answer(&mut self) -> Option<interaction::UserAnswer> {
        Some(match self.user.pop_front()? {
            UserAnswer::Shown => interaction::UserAnswer::Shown,
            UserAnswer::Yes => interaction::UserAnswer::Yes,
            UserAnswer::No => interaction::UserAnswer::No,
            UserAnswer::Text(text) => interaction::UserAnswer::Text(text),
            UserAnswer::Choice(number) => interaction::UserAnswer::Choice(number),
            UserAnswer::Choices(numbers) => interaction::UserAnswer::Choices(numbers),
            UserAnswer::Cancel => interaction::UserAnswer::Cancelled,
            UserAnswer::Nothing => return None,
        })
    }

    /// Lets time pass until the client wants something; false when it wants nothing.
    pub(super) fn wait(&mut self) -> bool {
        let Some(wakeup) = self.drem.next_timeout() else { return false };
        self.now = self.now.max(wakeup.at);
        self.tree.set_clock(UtcTime::from_unix_secs(EPOCH + self.now.as_millis() / 1000));
        self.drem.handle_timeout(self.now, &mut self.tree);
        true
    }

    pub(super) fn act(&mut self, deed: Deed) -> Result<(), Stop> {
        match deed {
            Deed::User(answer) => self.user.push_back(answer),
            Deed::Alert(alert) => {
                // For the server of the rows: with every server as its receiver each would get a session of its own.
                let server = self.accounts.first().map(|account| account.server_id().clone());
                let alert = generic(&alert);
                self.drem.queue_alert(server.into_iter().fold(alert, GenericAlert::for_server));
            }
            Deed::Abort => self.drem.abort_session(self.now, &mut self.tree),
            Deed::Finish => {
                for (server, correlator) in std::mem::take(&mut self.running) {
                    let mut alert = GenericAlert::new("com.example.conformance.done", "200")
                        .format(Format::Int)
                        .for_server(server.as_str().into())
                        .source("./T/xa");
                    alert.correlator = correlator;
                    self.drem.queue_alert(alert);
                }
            }
            Deed::Bootstrap(bootstrap) => self.take(Origin::Push, &bootstrap),
            Deed::Fetched(bootstrap) => self.take(Origin::Fetched, &bootstrap),
            Deed::SmartCard(card) => {
                let documents: Vec<BootstrapDocument<'_>> =
                    card.iter().filter_map(|card| document(Origin::SmartCard, card)).collect();
                self.drem.handle_smart_card(self.now, &mut self.tree, &documents);
            }
        }
        Ok(())
    }

    fn take(&mut self, origin: Origin, bootstrap: &Bootstrap) {
        if let Some(document) = document(origin, bootstrap) {
            self.drem.handle_bootstrap(self.now, &mut self.tree, document);
        }
    }
}

/// What the client believes bootstrap documents by, and what it makes of them.
fn policy(syntax: Syntax) -> BootstrapPolicy {
    let key = imsi_key(IMSI).map(|key| key.to_vec()).unwrap_or_default();
    BootstrapPolicy::default().network_key(key).network_id(IMSI).connection(NAP, "./Net/internet").syntax(syntax)
}

/// The document as it came; `None` when SEC and MAC are malformed, which a driver need not bring before the machine.
fn document(origin: Origin, bootstrap: &Bootstrap) -> Option<BootstrapDocument<'_>> {
    BootstrapDocument::new(origin, &bootstrap.content_type, &bootstrap.body).ok()
}

fn shown(interaction: &Interaction) -> Shown {
    let default = interaction.options.default.clone();
    Shown {
        text: interaction.text.clone(),
        choices: interaction.choices.clone(),
        min_seconds: interaction.options.min_display.map(|time| time.as_secs()),
        default: default.and_then(|answer| match answer {
            interaction::UserAnswer::Yes => Some(UserAnswer::Yes),
            interaction::UserAnswer::No => Some(UserAnswer::No),
            interaction::UserAnswer::Text(text) => Some(UserAnswer::Text(text)),
            interaction::UserAnswer::Choice(number) => Some(UserAnswer::Choice(number)),
            interaction::UserAnswer::Choices(numbers) => Some(UserAnswer::Choices(numbers)),
            _ => None,
        }),
    }
}

fn generic(alert: &DeviceAlert) -> GenericAlert {
    let format = if alert.is_number { Format::Int } else { Format::Chr };
    let mut made = GenericAlert::new(alert.type_name, alert.data.as_str()).format(format).source(alert.source);
    made.correlator = alert.correlator.map(str::to_string);
    made
}
