//! The network server's side, scripted: what to send next, and what came back.

use alloc::collections::{BTreeSet, VecDeque};

use omadm_gwmo::payload::{Devices, Image, Job, PayloadLimits, Report};
use omadm_proto::alert::types;
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Secret};
use omadm_proto::exchange::{Inbound, Transmit};
use omadm_proto::message::{Command, Data, Format, Item, Meta, TreeCommand, Verb};
use omadm_proto::notification::Notification;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_client::account::Account;
use xrem_server::session::{Context, Incoming, Received, Session, Settings, Work};
use xrem_server::store::ClientAccount;

/// An alert as the server got it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) type_name: String,
    pub(crate) source: String,
    pub(crate) correlator: Option<String>,
    pub(crate) data: String,
}

pub(crate) struct Server {
    account: ClientAccount,
    session: Session,
    nonces: NonceSource,
    queue: VecDeque<(String, Command<'static>)>,
    sent: Vec<(String, Command<'static>)>,
    unanswered: BTreeSet<u32>,
    /// `Verb uri` with its status and what a Get returned.
    pub(crate) answers: Vec<(String, StatusCode, String)>,
    pub(crate) alerts: Vec<Heard>,
    /// Bytes of all messages in both directions.
    pub(crate) bytes: usize,
    wakes: u16,
    /// What is told about alerts.
    pub(crate) verdict: StatusCode,
}

pub(crate) fn north() -> Account {
    Account::new("nrem", "http://nrem/dm").client("gw1", Secret::new("gw1-secret")).server(Secret::new("nrem-secret"))
}

impl Server {
    pub(crate) fn new() -> Self {
        let account = ClientAccount::new(
            "urn:gw:1".into(),
            Credentials::new("gw1", Secret::new("gw1-secret")),
            Credentials::new("nrem", Secret::new("nrem-secret")),
        );
        Self {
            account,
            session: Session::new(),
            nonces: NonceSource::new(Seed::new([9; 32])),
            queue: VecDeque::new(),
            sent: Vec::new(),
            unanswered: BTreeSet::new(),
            answers: Vec::new(),
            alerts: Vec::new(),
            bytes: 0,
            wakes: 0,
            verdict: StatusCode::OK,
        }
    }

    fn command(&mut self, verb: Verb, uri: &str, correlator: Option<&str>, item: Item<'static>) {
        let mut command = TreeCommand::new(verb, 1, vec![item]);
        command.correlator = correlator.map(|text| text.to_string().into());
        self.queue.push_back((format!("{verb} {uri}"), Command::Tree(command)));
    }

    pub(crate) fn get(&mut self, uri: &str) {
        self.command(Verb::Get, uri, None, Item::target(uri.to_string()));
    }

    pub(crate) fn add_node(&mut self, uri: &str) {
        let item = Item::target(uri.to_string()).with_meta(Meta::with_format(Format::Node));
        self.command(Verb::Add, uri, None, item);
    }

    pub(crate) fn write(&mut self, verb: Verb, uri: &str, value: &str) {
        let item = Item::target(uri.to_string()).with_data(Data::text(value.to_string()));
        self.command(verb, uri, None, item);
    }

    pub(crate) fn write_bytes(&mut self, uri: &str, value: &[u8]) {
        let item = Item::target(uri.to_string())
            .with_meta(Meta::with_format(Format::Bin))
            .with_data(Data::from_bytes(value.to_vec()));
        self.command(Verb::Add, uri, None, item);
    }

    pub(crate) fn exec(&mut self, uri: &str, correlator: &str) {
        self.command(Verb::Exec, uri, Some(correlator), Item::target(uri.to_string()));
    }

    pub(crate) fn delete(&mut self, uri: &str) {
        self.command(Verb::Delete, uri, None, Item::target(uri.to_string()));
    }

    /// Queues an image and its download.
    pub(crate) fn image(&mut self, node: &str, hash: &str, size: usize) {
        let base = format!("./GwMO/ImgInv/Images/{node}");
        self.add_node(&base);
        self.write(Verb::Replace, &format!("{base}/Kind"), "1");
        self.write(Verb::Replace, &format!("{base}/Hash"), hash);
        self.write(Verb::Add, &format!("{base}/Size"), &size.to_string());
        self.write(Verb::Add, &format!("{base}/Version"), "2.0");
        self.write(Verb::Add, &format!("{base}/SrcURL"), "http://nrem/images/fw");
        self.exec(&format!("{base}/Operations/Download"), &format!("img-{node}"));
    }

    /// Queues a job on `targets` and its start.
    pub(crate) fn job(&mut self, node: &str, targets: &[&str], body: &str, leaves: &[(&str, &str)]) {
        let base = format!("./GwMO/Fanout/Fanout/{node}");
        self.add_node(&base);
        for (number, target) in targets.iter().enumerate() {
            self.write(Verb::Add, &format!("{base}/Target/DeviceIDs/{number}"), target);
        }
        self.write(Verb::Replace, &format!("{base}/Command/Body"), body);
        for (leaf, value) in leaves {
            let verb = if leaf.starts_with("Command/Images/") { Verb::Add } else { Verb::Replace };
            self.write(verb, &format!("{base}/{leaf}"), value);
        }
        self.exec(&format!("{base}/Operations/Start"), &format!("task-{node}"));
    }

    /// A Package #0 for the gateway.
    pub(crate) fn wake(&mut self) -> Vec<u8> {
        self.wakes += 1;
        Notification::new("nrem", self.wakes).encode(&self.account.server.secret, &self.account.server_nonce).unwrap()
    }

    /// The answer to a message of the gateway.
    pub(crate) fn answer(&mut self, now: Instant, transmit: &Transmit) -> Transmit {
        let inbound = Inbound::new(transmit.syntax, &transmit.body);
        let settings = Settings::default();
        let incoming = Incoming::decode(transmit.exchange, inbound, settings.reading).unwrap();
        let mut context = Context { account: &mut self.account, nonces: &mut self.nonces, settings: &settings };
        let reply = match self.session.receive(now, &mut context, &incoming) {
            Received::Turn(turn) => {
                for answer in turn.answers {
                    self.unanswered.remove(&answer.key);
                    let name = self.sent[usize::try_from(answer.key).unwrap()].0.clone();
                    let value = answer.values.first().and_then(|value| value.text()).unwrap_or_default().to_string();
                    self.answers.push((name, answer.status.unwrap(), value));
                }
                if turn.first || turn.repeat {
                    // What an earlier session left open is sent again, before anything new.
                    for key in core::mem::take(&mut self.unanswered).into_iter().rev() {
                        self.queue.push_front(self.sent[usize::try_from(key).unwrap()].clone());
                    }
                }
                let verdicts: Vec<StatusCode> = turn.alerts.iter().map(|_| self.verdict).collect();
                for alert in &turn.alerts {
                    let item = &alert.items[0];
                    self.alerts.push(Heard {
                        type_name: item.type_name.clone().unwrap(),
                        source: item.source.clone().unwrap_or_default(),
                        correlator: alert.correlator.clone(),
                        data: item.text().unwrap().into(),
                    });
                }
                let first = u32::try_from(self.sent.len()).unwrap();
                let mut work: Vec<Work<'_>> =
                    (first..).zip(&self.queue).map(|(key, (_, command))| Work::new(key, command.clone())).collect();
                let mut context = Context { account: &mut self.account, nonces: &mut self.nonces, settings: &settings };
                let reply = self.session.respond(&mut context, &incoming, &verdicts, &mut work).unwrap();
                assert!(reply.undeliverable.is_empty());
                self.unanswered.extend(first..first + u32::try_from(reply.accepted).unwrap());
                self.sent.extend(self.queue.drain(..reply.accepted));
                reply.transmit
            }
            Received::Repeated(reply) | Received::Answered(reply) | Received::Refused { reply, .. } => reply,
            other => panic!("{other:?}"),
        };
        self.bytes += transmit.body.len() + reply.body.len();
        reply
    }

    pub(crate) fn status(&self, name: &str) -> StatusCode {
        let found = self.answers.iter().rev().find(|(answered, ..)| answered == name);
        found.unwrap_or_else(|| panic!("{name} was not answered: {:?}", self.answers)).1
    }

    pub(crate) fn value(&self, uri: &str) -> &str {
        let name = format!("Get {uri}");
        let found = self.answers.iter().rev().find(|(answered, ..)| *answered == name);
        &found.unwrap_or_else(|| panic!("{name} was not answered: {:?}", self.answers)).2
    }

    pub(crate) fn heard<'a>(&'a self, registered: &'a str) -> impl Iterator<Item = &'a Heard> + 'a {
        self.alerts.iter().filter(move |alert| types::same(&alert.type_name, registered))
    }

    pub(crate) fn reports(&self) -> Vec<Report> {
        let heard = self.heard(types::GWMO_RESULT_AGGREGATION);
        heard.map(|alert| Report::parse(&alert.data, &PayloadLimits::default()).unwrap()).collect()
    }

    pub(crate) fn completions(&self) -> Vec<Job> {
        let heard = self.heard(types::GWMO_COMPLETION_STATUS);
        heard.map(|alert| Job::parse(&alert.data, &PayloadLimits::default()).unwrap()).collect()
    }

    pub(crate) fn attached(&self) -> Vec<Devices> {
        let heard = self.heard(types::GWMO_DEVICE_ATTACHED);
        heard.map(|alert| Devices::parse(&alert.data, &PayloadLimits::default()).unwrap()).collect()
    }

    pub(crate) fn ready(&self) -> Vec<Image> {
        let heard = self.heard(types::GWMO_IMAGE_READY);
        heard.map(|alert| Image::parse(&alert.data, &PayloadLimits::default()).unwrap()).collect()
    }

    pub(crate) fn failed(&self) -> Vec<Image> {
        let heard = self.heard(types::XREM_IMAGE_FAILED);
        heard.map(|alert| Image::parse(&alert.data, &PayloadLimits::default()).unwrap()).collect()
    }
}
