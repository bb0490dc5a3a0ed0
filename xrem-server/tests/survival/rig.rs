//! A client and a server that can be moved, killed and repeated between any two messages.

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::{Inbound, SendFailure, Syntax, Transmit};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::limits::Limits;
use omadm_proto::time::Instant;
use omadm_tree::mo::{DevDetail, DevInfo};
use omadm_tree::tree::Tree;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xrem_client::{Account, ActionResult, Client, Output, Trigger};
use xrem_server::directory::{NodeId, NodeKind, Registration, Route};
use xrem_server::nrem::{Nrem, Step};
use xrem_server::session::Settings;
use xrem_server::store::{ClientAccount, MemoryStore, Record, Store as _};
use xrem_server::task::{CommandSpec, Job, JobState, Target, TaskId, TaskRequest};

pub(crate) const DEVICE: &str = "urn:imei:004999010640000";
const SERVER: &str = "nrem.test";
const TASK: TaskId = TaskId::new(1);

/// What a session is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plot {
    /// Ten commands in one message.
    Plain,
    /// Values larger than messages in both directions.
    LargeObjects,
    /// Packages of several messages in both directions.
    ManyMessages,
    /// Both sides begin with nonces that the other does not know.
    Challenges,
    /// auth-basic, whose messages are the same every time.
    Basic,
}

impl Plot {
    pub(crate) const ALL: [Self; 5] =
        [Self::Plain, Self::LargeObjects, Self::ManyMessages, Self::Challenges, Self::Basic];
}

pub(crate) struct Rig {
    client: Client,
    tree: Tree,
    nrem: Nrem,
    settings: Settings,
    pub(crate) store: MemoryStore,
    nonces: NonceSource,
    pub(crate) now: Instant,
    syntax: Syntax,
}

/// The value of the large leaf.
pub(crate) fn large(len: usize) -> String {
    ('a'..='z').cycle().take(len).collect()
}

impl Rig {
    pub(crate) fn new(plot: Plot, syntax: Syntax) -> Self {
        let (own, other) = (Nonce::new(b"client nonce".to_vec()), Nonce::new(b"server nonce".to_vec()));
        let (client, server) = (Credentials::new("user", "client-secret"), Credentials::new(SERVER, "server-secret"));
        let scheme = if plot == Plot::Basic { Scheme::Basic } else { Scheme::Md5 };
        let mut account = Account::new(SERVER, "http://nrem.test/dm")
            .client(client.name.clone(), client.secret.clone())
            .server(server.secret.clone())
            .syntax(syntax)
            .minimum(scheme)
            .preferred(scheme);
        if plot != Plot::Challenges {
            account = account.client_nonce(own.clone()).server_nonce(other.clone());
        }
        let mut limits = Limits::DEFAULT;
        let mut settings = Settings::default();
        if matches!(plot, Plot::LargeObjects | Plot::ManyMessages) {
            limits.message_bytes = 4_000;
            settings.max_msg_size = 3_000;
        }
        let tree = Tree::builder()
            .mo(DevInfo::new(DEVICE).man("Acme").model("M1"))
            .mo(DevDetail::new().fw("4.2.0"))
            .leaf("./Vendor/Up", large(9_000))
            .leaf("./Vendor/Down", "old")
            .leaf("./Vendor/Label", "old")
            .managed_by(SERVER);
        let mut rig = Self {
            client: Client::new([account], Seed::new([7; 32])).with_limits(limits),
            tree: tree.build().unwrap(),
            nrem: Nrem::new(settings),
            settings,
            store: MemoryStore::new(),
            nonces: NonceSource::new(Seed::new([3; 32])),
            now: Instant::from_secs(1_800_000_000),
            syntax,
        };
        let mut registration = Registration::new(DEVICE.into(), NodeKind::Device);
        registration.account =
            Some(ClientAccount::new(DEVICE.into(), client, server).with_scheme(scheme).with_nonces(own, other));
        let (node, _) = registration.accept(rig.now).unwrap();
        rig.store.commit(&[Record::Node(node)]).unwrap();
        rig.submit(commands(plot));
        rig
    }

    fn submit(&mut self, commands: Vec<CommandSpec>) {
        let device = DevId::new(DEVICE);
        let request = TaskRequest::new(Target::Device(NodeId::of(&device)), commands);
        let submission = self.nrem.submit(self.now, TASK, request, vec![Route::Direct(device)]).unwrap();
        self.store.commit(&submission.persist).unwrap();
    }

    /// The first message of a session.
    pub(crate) fn start(&mut self) -> Transmit {
        self.client.start_session(self.now, &mut self.tree, SERVER, Trigger::Client).unwrap();
        self.transmit().expect("package 1")
    }

    /// What the server makes of `message`; committed, but not yet answered.
    pub(crate) fn serve(&mut self, message: &[u8]) -> Step {
        let inbound = Inbound::new(self.syntax, message);
        let incoming = self.nrem.identify(ExchangeId::new(1), inbound).unwrap();
        let mut records = self.store.load(&incoming.dev_id()).unwrap();
        let step = self.nrem.handle_message(self.now, &mut records, &mut self.nonces, &incoming);
        self.store.commit(&step.persist).unwrap();
        step
    }

    /// The server's answer.
    pub(crate) fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        self.serve(message).reply.expect("a server always answers").body.to_vec()
    }

    /// The client takes the answer to `message`; its next one, if there is one.
    pub(crate) fn hear(&mut self, message: &Transmit, answer: &[u8]) -> Option<Transmit> {
        let inbound = Inbound::new(self.syntax, answer);
        self.client.handle_message(self.now, &mut self.tree, message.exchange, inbound);
        self.transmit()
    }

    /// The client gets no answer to `message`, and gives the session up.
    pub(crate) fn lose(&mut self, message: &Transmit) {
        self.client.handle_send_failure(self.now, message.exchange, SendFailure::Refused);
        assert!(self.transmit().is_none());
    }

    /// Whether the bytes are refused before anybody is asked who sent them.
    pub(crate) fn is_garbage(&self, bytes: &[u8]) -> bool {
        self.nrem.identify(ExchangeId::new(1), Inbound::new(self.syntax, bytes)).is_err()
    }

    /// Lets time pass, doing what becomes due at the moment it does.
    pub(crate) fn advance_secs(&mut self, seconds: u64) {
        let end = self.now + core::time::Duration::from_secs(seconds);
        while let Some(due) = self.store.next_due().unwrap().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            for node in self.store.due(self.now, 10).unwrap() {
                let mut records = self.store.load(&node).unwrap();
                let step = self.nrem.handle_timeout(self.now, &node, &mut records);
                self.store.commit(&step.persist).unwrap();
            }
        }
        self.now = end;
    }

    /// A whole session; `between` is called with each message of the client and its answer before that is delivered.
    pub(crate) fn run(&mut self, mut between: impl FnMut(&mut Self, &Transmit, &[u8])) -> Vec<Vec<u8>> {
        let mut message = self.start();
        let mut said = Vec::new();
        for _ in 0..200 {
            let answer = self.answer(&message.body);
            between(self, &message, &answer);
            said.push(answer.clone());
            match self.hear(&message, &answer) {
                Some(next) => message = next,
                None => return said,
            }
        }
        panic!("the session does not end");
    }

    /// Another process takes over: it has the records, as bytes, and nothing else.
    pub(crate) fn relocate(&mut self) {
        let mut store = MemoryStore::new();
        let mut records = Vec::new();
        for node in self.store.nodes().unwrap() {
            let loaded = self.store.load(&node.id).unwrap();
            let session = Box::new(through_bytes(&loaded.session));
            records.push(Record::Session { node: node.id.clone(), session });
            records.push(Record::Wake { node: node.id.clone(), wake: through_bytes(&loaded.wake) });
            records.push(Record::Node(through_bytes(&node)));
        }
        for task in self.store.tasks().unwrap() {
            records.push(Record::Task(std::sync::Arc::new(through_bytes(&*task))));
            records.extend(self.store.jobs(task.id).unwrap().iter().map(|job| Record::Job(through_bytes(job))));
        }
        store.commit(&records).unwrap();
        self.store = store;
        self.nrem = Nrem::new(self.settings);
    }

    /// All that the server has stored.
    pub(crate) fn stored(&self) -> String {
        let device = DevId::new(DEVICE);
        let loaded = self.store.load(&device).unwrap();
        let bytes = [
            rmp_serde::to_vec_named(&loaded.session).unwrap(),
            rmp_serde::to_vec_named(&loaded.node).unwrap(),
            rmp_serde::to_vec_named(&self.job()).unwrap(),
        ];
        format!("{bytes:02x?}")
    }

    pub(crate) fn job(&self) -> Job {
        self.store.jobs(TASK).unwrap().remove(0)
    }

    /// The task is done, every command of it succeeded, and the tree has what they wrote.
    pub(crate) fn assert_done(&self) {
        let job = self.job();
        assert_eq!(job.state, JobState::Finished);
        for (number, progress) in job.progress.iter().enumerate() {
            assert!(progress.outcome.is_good(), "command {number}: {:?}", progress.outcome);
        }
        assert_eq!(self.tree.text("./Vendor/Label"), Some("new"));
    }

    pub(crate) fn text(&self, uri: &str) -> Option<&str> {
        self.tree.text(uri)
    }

    fn transmit(&mut self) -> Option<Transmit> {
        let mut sent = None;
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Transmit(transmit) => sent = Some(transmit),
                Output::Action { id, .. } => {
                    self.client.handle_action_result(self.now, &mut self.tree, id, ActionResult::refused());
                }
                _ => {}
            }
        }
        sent
    }
}

fn commands(plot: Plot) -> Vec<CommandSpec> {
    let mut commands = vec![
        CommandSpec::get("./DevInfo/Man"),
        CommandSpec::add("./Vendor/Added", "1"),
        CommandSpec::Atomic { commands: vec![CommandSpec::replace("./Vendor/Label", "new")] },
        CommandSpec::get("./DevDetail/FwV"),
    ];
    match plot {
        Plot::Plain | Plot::Challenges | Plot::Basic => {}
        Plot::LargeObjects => {
            commands.push(CommandSpec::get("./Vendor/Up"));
            commands.push(CommandSpec::replace("./Vendor/Down", large(11_000)));
            commands.push(CommandSpec::get("./DevInfo/Mod"));
        }
        Plot::ManyMessages => commands.extend((0..120).map(|_| CommandSpec::get("./DevInfo/Mod"))),
    }
    commands
}

fn through_bytes<T: Serialize + DeserializeOwned>(record: &T) -> T {
    rmp_serde::from_slice(&rmp_serde::to_vec_named(record).unwrap()).unwrap()
}
