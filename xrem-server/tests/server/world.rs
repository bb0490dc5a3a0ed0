//! A network server on the store in memory, with a clock that the test moves.

use core::time::Duration;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::exchange::{Inbound, Syntax, TransportIdentity};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::time::Instant;
use serde_json::{Value, from_value, to_value};
use xrem_server::bootstrap::{BootstrapError, BootstrapRequest, Document, prepare};
use xrem_server::directory::{NodeKind, NodeRecord, Registration, routes};
use xrem_server::fault::{Alarm, AlarmKey, Filter, FmStore as _, HistoryQuery, Transition};
use xrem_server::nrem::{CredentialRequest, FirmwareRequest, Nrem, Step, Submission, SubmitError};
use xrem_server::store::{ClientAccount, MemoryStore, Record, Store as _};
use xrem_server::task::{Commands, DeviceResult, ImageFile, Reported, Target, TaskId, TaskRequest};
use xrem_server::wakeup::Notify;

use crate::client::Client;

pub(crate) struct World {
    nrem: Nrem,
    store: MemoryStore,
    nonces: NonceSource,
    now: Instant,
    tasks: u64,
    pub(crate) notified: Vec<Notify>,
    pub(crate) events: Vec<String>,
    pub(crate) commits: usize,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            nrem: Nrem::default(),
            store: MemoryStore::new(),
            nonces: NonceSource::new(Seed::new([3; 32])),
            now: Instant::from_secs(1_000),
            tasks: 0,
            notified: Vec::new(),
            events: Vec::new(),
            commits: 0,
        }
    }

    /// Lets the server take generic alerts of `types`.
    pub(crate) fn knows_alerts<const N: usize>(&mut self, types: [&str; N]) {
        self.nrem = self.nrem.clone().with_alert_types(types);
    }

    /// Lets the server read generic alerts of `types` as faults.
    pub(crate) fn knows_faults<const N: usize>(&mut self, types: [&str; N]) {
        self.nrem = self.nrem.clone().with_fault_types(types);
    }

    pub(crate) fn alarm(&self, key: &AlarmKey) -> Option<Alarm> {
        self.store.alarm(key).unwrap()
    }

    pub(crate) fn fault_history(&self) -> Vec<Transition> {
        self.store.history(&HistoryQuery::new(Filter::ALL)).unwrap()
    }

    pub(crate) fn device(&mut self, id: &str, syntax: Syntax) -> Client {
        self.register(id, syntax, NodeKind::Device)
    }

    pub(crate) fn gateway(&mut self, id: &str) -> Client {
        self.register(id, Syntax::Wbxml, NodeKind::Gateway)
    }

    fn register(&mut self, id: &str, syntax: Syntax, kind: NodeKind) -> Client {
        let client = Client::new(id, syntax);
        let mut registration = Registration::new(id.into(), kind);
        registration.account = Some(ClientAccount::new(id.into(), client.own.clone(), client.server.clone()));
        registration.bearers = vec!["udp://127.0.0.1:9".into()];
        let (node, _) = registration.accept(self.now).unwrap();
        self.store.commit(&[Record::Node(node)]).unwrap();
        client
    }

    pub(crate) fn task(&mut self, target: Value, commands: Value) -> TaskId {
        self.task_with(target, commands, false)
    }

    pub(crate) fn task_with(&mut self, target: Value, commands: Value, retry_unknown: bool) -> TaskId {
        let target = from_value(target).unwrap();
        let routes = routes(&self.store, &target).unwrap();
        let mut request = TaskRequest::new(target, from_value::<Commands>(commands).unwrap().0);
        request.retry_unknown = retry_unknown;
        self.tasks += 1;
        let submission = self.nrem.submit(self.now, TaskId::new(self.tasks), request, routes).unwrap();
        self.store.commit(&submission.persist).unwrap();
        submission.task.id
    }

    pub(crate) fn firmware(&mut self, target: Value) -> TaskId {
        let target = from_value(target).unwrap();
        let routes = routes(&self.store, &target).unwrap();
        let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let image = ImageFile::new("fw.bin", 4, sha256, "http://nrem.test/images/fw.bin").unwrap();
        let request = FirmwareRequest::new(target, image.with_version(Some("2.1".into())));
        self.tasks += 1;
        let submission = self.nrem.submit_firmware(self.now, TaskId::new(self.tasks), request, routes).unwrap();
        self.store.commit(&submission.persist).unwrap();
        submission.task.id
    }

    /// A task that changes credentials.
    pub(crate) fn credentials(&mut self, request: CredentialRequest) -> TaskId {
        self.tasks += 1;
        let submission = self.try_credentials(request).unwrap();
        self.store.commit(&submission.persist).unwrap();
        submission.task.id
    }

    pub(crate) fn try_credentials(&self, request: CredentialRequest) -> Result<Submission, SubmitError> {
        let routes = routes(&self.store, &Target::Device(request.device.clone())).unwrap();
        self.nrem.submit_credentials(self.now, TaskId::new(self.tasks), request, routes)
    }

    pub(crate) const fn store(&self) -> &MemoryStore {
        &self.store
    }

    pub(crate) fn debug_of_task(&self, task: TaskId) -> String {
        format!("{:?}", self.store.task(task).unwrap())
    }

    /// A bootstrap document for `device`, made after its account was stored.
    pub(crate) fn bootstrap(&mut self, device: &str, request: &BootstrapRequest) -> Result<Document, BootstrapError> {
        let registration = Registration::new(device.into(), NodeKind::Device);
        let bootstrap = prepare(self.now, &mut self.nonces, registration, request)?;
        self.commits += 1;
        self.store.commit(&bootstrap.persist).unwrap();
        Ok(bootstrap.document)
    }

    pub(crate) fn node(&self, device: &str) -> NodeRecord {
        self.store.node(&device.into()).unwrap().unwrap()
    }

    /// The account of `device` as it is stored.
    pub(crate) fn account(&self, device: &str) -> ClientAccount {
        self.store.node(&device.into()).unwrap().unwrap().account.unwrap()
    }

    /// Changes the stored account of `device`.
    pub(crate) fn change_account(&mut self, device: &str, change: impl FnOnce(ClientAccount) -> ClientAccount) {
        let mut node = self.store.node(&device.into()).unwrap().unwrap();
        node.account = node.account.map(change);
        self.store.commit(&[Record::Node(node)]).unwrap();
    }

    pub(crate) fn cancel(&mut self, task: TaskId) {
        for mut job in self.store.jobs(task).unwrap() {
            job.cancel();
            self.store.commit(&[Record::Job(job)]).unwrap();
        }
    }

    /// One message of `client`, as the driver handles it; the answer.
    pub(crate) fn send(&mut self, client: &Client, body: &[u8]) -> Vec<u8> {
        let incoming = self.nrem.identify(ExchangeId::new(1), Inbound::new(client.syntax, body)).expect("identified");
        let mut records = self.store.load(&incoming.dev_id()).unwrap();
        let mut step = self.nrem.handle_message(self.now, &mut records, &mut self.nonces, &incoming);
        self.settle(&mut step);
        self.perform(step).expect("an answer")
    }

    /// A message in XML that comes over a connection on which the transport knows the sender as `name`; the answer.
    pub(crate) fn send_over(&mut self, name: &str, body: &str) -> String {
        let inbound = Inbound::new(Syntax::Xml, body.as_bytes()).with_sender(Some(TransportIdentity::new(name)));
        let incoming = self.nrem.identify(ExchangeId::new(1), inbound).expect("identified");
        let mut records = self.store.load(&incoming.dev_id()).unwrap();
        let mut step = self.nrem.handle_message(self.now, &mut records, &mut self.nonces, &incoming);
        self.settle(&mut step);
        String::from_utf8(self.perform(step).expect("an answer")).unwrap()
    }

    /// A whole session of `client`.
    pub(crate) fn run_session(&mut self, client: &mut Client) {
        let mut message = client.start();
        for _ in 0..100 {
            let reply = self.send(client, &message);
            match client.answer(&reply) {
                Some(next) => message = next,
                None => return,
            }
        }
        panic!("the session does not end");
    }

    /// Lets time pass, doing what becomes due at the moment it does.
    pub(crate) fn advance_secs(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(due) = self.store.next_due().unwrap().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            for node in self.store.due(self.now, 100).unwrap() {
                self.timeout(&node);
            }
        }
        self.now = end;
    }

    fn timeout(&mut self, node: &DevId) {
        let mut records = self.store.load(node).unwrap();
        let mut step = self.nrem.handle_timeout(self.now, node, &mut records);
        self.settle(&mut step);
        self.perform(step);
    }

    fn settle(&mut self, step: &mut Step) {
        let tasks = &mut self.tasks;
        let settled = self.nrem.settle(self.now, &self.store, step, &mut || {
            *tasks += 1;
            TaskId::new(*tasks)
        });
        settled.unwrap();
    }

    fn perform(&mut self, step: Step) -> Option<Vec<u8>> {
        if !step.persist.is_empty() {
            self.commits += 1;
            self.store.commit(&step.persist).unwrap();
        }
        self.notified.extend(step.notify);
        self.events.extend(step.events.iter().map(ToString::to_string));
        step.reply.map(|reply| reply.body.to_vec())
    }

    fn device_result(&self, task: TaskId, device: &str) -> DeviceResult {
        let jobs = self.store.jobs(task).unwrap();
        let mut results = jobs.iter().flat_map(|job| job.results());
        results.find(|(id, _)| id.as_str() == device).expect("the device is part of the task").1
    }

    pub(crate) fn task_is_done(&self, task: TaskId) -> bool {
        self.store.jobs(task).unwrap().iter().all(|job| !job.is_active())
    }

    /// How the task stands for `device`, in words.
    pub(crate) fn state(&self, task: TaskId, device: &str) -> &'static str {
        self.device_result(task, device).state.text()
    }

    pub(crate) fn reason(&self, task: TaskId, device: &str) -> String {
        self.device_result(task, device).code.to_string()
    }

    /// The commands of the task with what became of them on `device`.
    pub(crate) fn result(&self, task: TaskId, device: &str) -> Value {
        let result = self.device_result(task, device);
        let task = self.store.task(task).unwrap().unwrap();
        let outcomes = (0..).map(|at: usize| result.outcomes.get(at));
        let reported = task.commands.iter().zip(outcomes).map(|(it, outcome)| Reported { spec: &it.spec, outcome });
        to_value(reported.collect::<Vec<_>>()).unwrap()
    }
}
