//! The two machines authenticate each other: the device with its account in the tree, the server with its own \[dm 7\].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Nonce, Scheme, Secret};
use omadm_proto::exchange::{Inbound, Syntax, Transmit};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::message::Message;
use omadm_proto::notification::Notification;
use omadm_proto::time::Instant;
use omadm_tree::mo::{DevDetail, DevInfo, DmAcc};
use omadm_tree::tree::Tree;
use xrem_client::account::{self, AccountRules};
use xrem_client::{Drem, Event, Output, Trigger};
use xrem_server::directory::{NodeKind, Registration, Route};
use xrem_server::nrem::{CredentialRequest, Nrem, Submission};
use xrem_server::store::{ClientAccount, Record, Records, Resync, Side};
use xrem_server::task::{CommandSpec, Job, JobId, Target, TaskId, TaskRequest};

const DEV_ID: &str = "urn:imei:004999010640000";
const SERVER: &str = "dm.example.net";
const LEAF: &str = "./Vendor/Example/Label";

/// A device and its server, and every message between them.
struct Pair {
    drem: Drem,
    tree: Tree,
    nrem: Nrem,
    records: Records,
    nonces: NonceSource,
    now: Instant,
    tasks: u64,
    messages: Vec<Transmit>,
    events: Vec<Event>,
}

impl Pair {
    fn new(scheme: Scheme, syntax: Syntax) -> Self {
        let auth_type = scheme.auth_type();
        let account = DmAcc::at("./DMAcc/A", SERVER)
            .addr("https://dm.example.net/omadm")
            .client(auth_type, "device01", "s3cr3t-device", "")
            .server(auth_type, SERVER, "srv-secret", "");
        let tree = Tree::builder()
            .mo(DevInfo::new(DEV_ID).man("ExampleCorp").model("GW-1"))
            .mo(DevDetail::new().fw("4.2.0"))
            .leaf(LEAF, "before")
            .managed_by(SERVER)
            .mo(account)
            .build()
            .unwrap();
        let rules = AccountRules::new().syntax(syntax).minimum(scheme).resync(account::Resync::Allowed);
        let drem = Drem::new([], Seed::new([7; 32])).with_tree_accounts(&tree, rules);
        let (client, server) = (Credentials::new("device01", "s3cr3t-device"), Credentials::new(SERVER, "srv-secret"));
        let mut registration = Registration::new(DevId::new(DEV_ID), NodeKind::Device);
        registration.account = Some(ClientAccount::new(DevId::new(DEV_ID), client, server).with_scheme(scheme));
        let mut records = Records::default();
        records.node = Some(registration.accept(Instant::ZERO).unwrap().0);
        Self {
            drem,
            tree,
            nrem: Nrem::default(),
            records,
            nonces: NonceSource::new(Seed::new([3; 32])),
            now: Instant::from_secs(1_000_000),
            tasks: 0,
            messages: Vec::new(),
            events: Vec::new(),
        }
    }

    fn account(&mut self) -> &mut ClientAccount {
        self.records.node.as_mut().unwrap().account.as_mut().unwrap()
    }

    fn queue(&mut self, submit: impl FnOnce(&Nrem, TaskId, Vec<Route>) -> Submission) {
        self.tasks += 1;
        let id = TaskId::new(self.tasks);
        let submission = submit(&self.nrem, id, vec![Route::Direct(DevId::new(DEV_ID))]);
        self.records.tasks.insert(id, Arc::clone(&submission.task));
        self.records.jobs.push(Job::direct(JobId::new(id, 0), DevId::new(DEV_ID)));
    }

    fn queue_value(&mut self, value: &str) {
        let request =
            TaskRequest::new(Target::Device(DevId::new(DEV_ID).into()), vec![CommandSpec::replace(LEAF, value)]);
        self.queue(|nrem, id, routes| nrem.submit(Instant::ZERO, id, request, routes).unwrap());
    }

    fn queue_secret(&mut self, side: Side, node: &str, secret: &str) {
        let request = CredentialRequest::new(DevId::new(DEV_ID).into(), side, node, secret);
        self.queue(|nrem, id, routes| nrem.submit_credentials(Instant::ZERO, id, request, routes).unwrap());
    }

    fn start(&mut self) {
        self.drem.start_session(self.now, &mut self.tree, SERVER, Trigger::Client).unwrap();
    }

    /// Carries messages until nobody has any, or `most` were carried.
    fn carry(&mut self, most: usize) {
        for _ in 0..most {
            let mut sent = None;
            while let Some(output) = self.drem.poll_output() {
                match output {
                    Output::Transmit(transmit) => sent = Some(transmit),
                    Output::Event(event) => self.events.push(event),
                    _ => {}
                }
            }
            let Some(sent) = sent else { return };
            let inbound = Inbound::new(sent.syntax, &sent.body).with_mac(sent.mac.as_deref());
            let incoming = self.nrem.identify(ExchangeId::new(1), inbound).unwrap();
            let (node, session, jobs) =
                (self.records.node.clone(), self.records.session.clone(), self.records.jobs.clone());
            let step = self.nrem.handle_message(self.now, &mut self.records, &mut self.nonces, &incoming);
            (self.records.node, self.records.session, self.records.jobs) = (node, session, jobs);
            for record in step.persist {
                match record {
                    Record::Node(node) => self.records.node = Some(node),
                    Record::Session { session, .. } => self.records.session = *session,
                    Record::Job(job) => {
                        self.records.jobs.retain(|known| known.id != job.id);
                        self.records.jobs.extend(Some(job).filter(Job::is_active));
                    }
                    Record::Wake { wake, .. } => self.records.wake = wake,
                    _ => {}
                }
            }
            let reply = step.reply.unwrap();
            let inbound = Inbound::new(reply.syntax, &reply.body).with_mac(reply.mac.as_deref());
            self.drem.handle_message(self.now, &mut self.tree, sent.exchange, inbound);
            self.messages.extend([sent, reply]);
        }
    }

    fn run_session(&mut self) -> usize {
        self.messages.clear();
        self.start();
        self.carry(50);
        assert!(!self.drem.in_session());
        self.messages.len()
    }

    fn label(&self) -> &str {
        self.tree.text(LEAF).unwrap()
    }

    fn failures(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::AuthenticationFailed { .. })).count()
    }
}

fn decode(transmit: &Transmit) -> Message<'_> {
    Message::decode_as(transmit.syntax, &transmit.body, &omadm_proto::limits::Limits::DEFAULT).unwrap()
}

#[test]
fn x_aut_14_two_sides_without_nonces_find_together_and_need_no_challenge_after_that() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut pair = Pair::new(Scheme::Md5, syntax);
        pair.queue_value("first");
        let first = pair.run_session();
        assert_eq!(pair.label(), "first");
        pair.queue_value("second");
        let second = pair.run_session();
        assert_eq!((pair.label(), second), ("second", 4), "{syntax}: the first session took {first} messages");
    }
}

#[test]
fn x_aut_18_x_aut_20_every_message_under_mac_is_proven_alone_and_the_session_completes() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut pair = Pair::new(Scheme::Mac, syntax);
        for value in ["first", "second", "third"] {
            pair.queue_value(value);
            pair.run_session();
            assert_eq!((pair.label(), pair.failures()), (value, 0), "{syntax}");
            // The first session begins with challenges.
            let unproven = pair.messages.iter().filter(|message| message.mac.is_none()).count();
            assert!(unproven <= if value == "first" { 2 } else { 0 }, "{syntax}, {value}: {unproven}");
            for message in &pair.messages {
                let message = decode(message);
                assert!(message.header.cred.is_none());
                assert!(message.statuses().all(|status| status.code.as_u16() != 212));
            }
        }
    }
}

#[test]
fn x_aut_03_a_wrong_secret_ends_the_session_after_one_fresh_nonce() {
    for scheme in [Scheme::Md5, Scheme::Mac] {
        let mut pair = Pair::new(scheme, Syntax::Xml);
        pair.tree.set("./DMAcc/A/AppAuth/1/AAuthSecret", "guess").unwrap();
        pair.queue_value("never");
        let messages = pair.run_session();
        assert_eq!(pair.label(), "before");
        assert_eq!(pair.failures(), 1);
        assert!(messages <= 6, "{messages}");
    }
}

#[test]
fn x_srv_22_changed_secrets_of_both_sides_count_from_the_next_session_on() {
    for scheme in [Scheme::Md5, Scheme::Mac] {
        let mut pair = Pair::new(scheme, Syntax::Wbxml);
        pair.run_session();
        pair.queue_secret(Side::Client, "./DMAcc/A/AppAuth/1", "new client secret");
        pair.run_session();
        pair.queue_secret(Side::Server, "./DMAcc/A/AppAuth/2", "new server secret");
        pair.run_session();
        pair.queue_value("after");
        pair.run_session();
        assert_eq!((pair.label(), pair.failures()), ("after", 0));
        assert_eq!(pair.tree.text("./DMAcc/A/AppAuth/1/AAuthSecret"), Some("new client secret"));
        assert_eq!(pair.account().client.secret, Secret::new("new client secret"));
        assert_eq!(pair.account().server.secret, Secret::new("new server secret"));
    }
}

#[test]
fn x_srv_22_a_session_that_breaks_around_the_change_locks_nobody_out() {
    for side in [(Side::Client, "./DMAcc/A/AppAuth/1"), (Side::Server, "./DMAcc/A/AppAuth/2")] {
        for carried in 1..6 {
            let mut pair = Pair::new(Scheme::Md5, Syntax::Xml);
            pair.run_session();
            pair.queue_secret(side.0, side.1, "new secret");
            pair.start();
            pair.carry(carried);
            // The rest of the session never happens.
            while pair.drem.in_session() {
                let at = pair.drem.next_timeout().unwrap().at;
                pair.now = pair.now.max(at);
                while pair.drem.poll_output().is_some() {}
                pair.drem.handle_timeout(pair.now, &mut pair.tree);
            }
            pair.queue_value("after");
            pair.run_session();
            pair.run_session();
            assert_eq!((pair.label(), pair.failures()), ("after", 0), "{side:?} broken after {carried}");
        }
    }
}

#[test]
fn lost_nonces_are_synchronised_anew_by_a_notification() {
    let mut pair = Pair::new(Scheme::Md5, Syntax::Xml);
    pair.run_session();
    let account = pair.account();
    account.client_nonce = Nonce::new(*b"what nobody has ");
    account.server_nonce = Nonce::new(*b"not this either ");
    account.resync = Resync::Offered(7);
    let bytes = Notification::new(SERVER, 7).encode(&Secret::new("srv-secret"), &Nonce::resync()).unwrap();
    pair.queue_value("found again");
    pair.drem.handle_notification(pair.now, &mut pair.tree, &bytes);
    pair.carry(50);
    assert_eq!((pair.label(), pair.failures()), ("found again", 0));
    assert_ne!(pair.account().server_nonce, Nonce::resync());
    pair.queue_value("and without it");
    assert_eq!(pair.run_session(), 4, "both sides have a nonce again");
    assert_eq!(pair.label(), "and without it");
}
