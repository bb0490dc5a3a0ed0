//! One simulated device: the machine and the tree of a real one, without a disk.
//!
//! It remembers what it did and what the server acknowledged, so that both can be counted against the server's store.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use dm_binding::post::{Poster, Reply};
use http::Uri;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::{SendFailure, Syntax, Transmit};
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_tree::mo::{DevDetail, DevInfo};
use omadm_tree::{AccessType, NodeSpec, Tree};
use xrem_client::output::ActionResult;
use xrem_client::{Account, Action, Client, Event, GenericAlert, Output, Trigger};

use super::link::{Link, Trouble};
use super::site::Identity;
use super::tally::Tally;
use crate::device::now;
use crate::error::Error;

/// What every device of a run has in common.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) server_id: String,
    pub(crate) path: Uri,
    pub(crate) syntax: Syntax,
    pub(crate) poster: Poster,
}

/// What a device did, and what it knows the server to know.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    /// Sessions that ended in order.
    pub(crate) finished: u64,
    /// Alerts that were queued, and those whose Status came.
    pub(crate) alerts: u64,
    pub(crate) alerts_acknowledged: u64,
    /// How often each Exec ran, by its Correlator.
    pub(crate) executed: BTreeMap<String, u32>,
    /// The Execs whose Status the server has answered: the session ended in order.
    pub(crate) acknowledged: Vec<String>,
}

/// A device.
#[derive(Debug)]
pub(crate) struct Simulated {
    pub(crate) identity: Identity,
    pub(crate) deeds: Deeds,
    client: Client,
    tree: Tree,
}

/// How the outputs of one input left the session.
struct Left {
    message: Option<Transmit>,
    over: Option<bool>,
}

impl Simulated {
    pub(crate) fn new(kind: &Kind, identity: Identity, seed: Seed) -> Result<Self, Error> {
        let leaf = |access, value: &str| NodeSpec::leaf(Format::Chr, value).access(access);
        let tree = Tree::builder()
            .mo(DevInfo::new(identity.id.as_str()).man("Load").model("L1").lang("en"))
            .mo(DevDetail::new().fw("1.0").large_objects(true))
            .leaf("./Load/Interval", 900)
            .node("./Load/Serial", leaf(AccessType::GET, &identity.id))
            .node("./Load/Run", leaf(AccessType::EXEC, ""))
            .managed_by(&kind.server_id)
            .build()
            .map_err(|error| Error::new(error.to_string()))?;
        // The destination is the path: the connection knows the rest.
        let account = Account::new(kind.server_id.as_str(), kind.path.to_string())
            .client(identity.name.as_str(), identity.secret.as_str())
            .server(identity.server_secret.as_str())
            .client_nonce(identity.client_nonce.clone())
            .server_nonce(identity.server_nonce.clone())
            .syntax(kind.syntax);
        let client = Client::new([account], seed);
        Ok(Self { identity, deeds: Deeds::default(), client, tree })
    }

    /// One session with one alert in it, from its start to its end; nothing is left half done but by `give_up`.
    pub(crate) async fn session(&mut self, kind: &Kind, link: &Link, tally: &Tally, give_up: &Cell<Option<Instant>>) {
        let begun = Instant::now();
        self.deeds.alerts += 1;
        let alert = GenericAlert::new("urn:x-xrem:at:load", self.deeds.alerts.to_string()).source("./Load/Serial");
        self.client.queue_alert(alert);
        let server = kind.server_id.as_str();
        if let Err(error) = self.client.start_session(now(), &mut self.tree, server, Trigger::Client) {
            return tally.session_failed(&error.to_string());
        }
        let mut executed = Vec::new();
        loop {
            let left = self.perform_outputs(tally, &mut executed);
            if let Some(message) = left.message {
                let asked = Instant::now();
                let answer = post(kind, link, tally, &message).await;
                tally.exchange(asked.elapsed());
                match answer {
                    Ok(reply) => {
                        self.client.handle_message(now(), &mut self.tree, message.exchange, reply.inbound());
                    }
                    Err(failure) => self.client.handle_send_failure(now(), message.exchange, failure),
                }
            } else if let Some(good) = left.over {
                if good {
                    self.deeds.finished += 1;
                    self.deeds.acknowledged.append(&mut executed);
                    tally.session_finished(begun.elapsed());
                }
                return;
            } else if !self.wait(give_up).await {
                return tally.session_failed("given up at the end of the run");
            }
        }
    }

    /// Waits for what the machine waits for; `false` when that is too far away.
    async fn wait(&mut self, give_up: &Cell<Option<Instant>>) -> bool {
        let Some(wakeup) = self.client.next_timeout() else { return false };
        let pause = wakeup.at.since(now());
        if give_up.get().is_some_and(|at| Instant::now() + pause > at) {
            return false;
        }
        tokio::time::sleep(pause.max(Duration::from_millis(1))).await;
        self.client.handle_timeout(now(), &mut self.tree);
        true
    }

    fn perform_outputs(&mut self, tally: &Tally, executed: &mut Vec<String>) -> Left {
        let mut left = Left { message: None, over: None };
        while let Some(output) = self.client.poll_output() {
            match output {
                // A simulated device never loses its power.
                Output::Persist(_) => {}
                Output::Transmit(message) => left.message = Some(message),
                Output::Action { id, action } => {
                    let result = self.act(action, executed);
                    self.client.handle_action_result(now(), &mut self.tree, id, result);
                }
                Output::Event(Event::AlertDelivered { .. }) => self.deeds.alerts_acknowledged += 1,
                Output::Event(Event::SessionFinished { .. }) => left.over = Some(true),
                Output::Event(event @ (Event::SessionFailed { .. } | Event::AuthenticationFailed { .. })) => {
                    tally.session_failed(&event.to_string());
                    left.over = Some(false);
                }
                Output::Event(Event::Retrying { .. }) => tally.retried(),
                Output::Event(_) => {}
            }
        }
        left
    }

    fn act(&mut self, action: Action, executed: &mut Vec<String>) -> ActionResult {
        let Action::Exec { correlator: Some(correlator), .. } = action else { return ActionResult::refused() };
        *self.deeds.executed.entry(correlator.clone()).or_default() += 1;
        executed.push(correlator);
        ActionResult::Status(StatusCode::OK)
    }
}

async fn post(kind: &Kind, link: &Link, tally: &Tally, message: &Transmit) -> Result<Reply, SendFailure> {
    let path = message.destination.parse().unwrap_or_else(|_| kind.path.clone());
    let answer = link.exchange(kind.poster.request(message, path)).await;
    let reply = answer.map_err(|trouble| {
        tally.trouble(match trouble {
            Trouble::Unreachable => "server not reached",
            Trouble::Broken => "connection broke",
            Trouble::Slow => "no answer in time",
            Trouble::TooLong => "answer too long",
        });
        SendFailure::Network
    });
    let (parts, body) = reply?;
    if !parts.status.is_success() {
        tally.trouble(parts.status.as_str());
    }
    kind.poster.reply(&parts, body, SystemTime::now())
}
