//! The port to our own network server in this process: [`Nrem`] on the store in memory, with a clock that rows move.

use std::time::Duration;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::{Inbound, TransportIdentity};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use serde_json::{Value, json};
use xrem_server::bootstrap::{BootstrapRequest, Profile, Standing, prepare};
use xrem_server::directory::{Bearer, NodeId, NodeKind, Registration, routes};
use xrem_server::nrem::{CredentialRequest, Event, Nrem, Step};
use xrem_server::session::Settings;
use xrem_server::store::{ClientAccount, MemoryStore, Record, Side, Store as _};
use xrem_server::task::{
    Commands, DeviceResult, JobState, Outcome as TaskOutcome, Reported, Target, TaskId, TaskRequest,
};

use super::handout::{self, Handout};
use super::outcome::Outcome;
use super::{Account, Answer, Job, Post, ServerPort, StoredAlert, Want};
use crate::row::Stop;

/// Where the server lives, as its clients write it.
const URL: &str = "http://nrem.test/dm";

/// The server.
#[derive(Debug)]
pub struct InProcess {
    nrem: Nrem,
    store: MemoryStore,
    nonces: NonceSource,
    now: Instant,
    devices: u32,
    tasks: u64,
    notified: Vec<(String, Vec<u8>)>,
    alerts: Vec<(NodeId, StoredAlert)>,
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new(Settings::default(), Instant::from_secs(1_000))
    }
}

impl InProcess {
    /// A server with `settings` whose clock says `now`.
    #[must_use]
    pub fn new(settings: Settings, now: Instant) -> Self {
        Self {
            nrem: Nrem::new(settings),
            store: MemoryStore::new(),
            nonces: NonceSource::new(Seed::new([9; 32])),
            now,
            devices: 0,
            tasks: 0,
            notified: Vec::new(),
            alerts: Vec::new(),
        }
    }

    fn commit(&mut self, records: &[Record]) {
        // The store in memory cannot fail.
        let Ok(()) = self.store.commit(records);
    }

    fn perform(&mut self, step: Step) -> Answer {
        self.commit(&step.persist);
        self.notified.extend(step.notify.into_iter().map(|notify| (notify.to, notify.datagram)));
        for event in step.events {
            if let Event::Alert { node, type_name, source, .. } = event {
                self.alerts.push((node, StoredAlert { type_name, source }));
            }
        }
        match step.reply.filter(|reply| !reply.body.is_empty()) {
            Some(reply) => Answer {
                status: 200,
                content_type: reply.syntax.media_type().into(),
                mac: reply.mac,
                body: reply.body.to_vec(),
            },
            None => Answer { status: 400, content_type: "text/plain".into(), mac: None, body: b"no answer".to_vec() },
        }
    }

    /// The DevId of another device: no row needs more than ten.
    fn new_device(&mut self) -> String {
        self.devices += 1;
        format!("urn:imei:49300510059280{}", self.devices % 10)
    }

    /// Does what is due until `end`.
    fn advance_to(&mut self, end: Instant) {
        let Ok(mut next) = self.store.next_due();
        while let Some(due) = next.filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let Ok(nodes) = self.store.due(self.now, 100);
            for node in nodes {
                let Ok(mut records) = self.store.load(&node);
                let step = self.nrem.handle_timeout(self.now, &node, &mut records);
                self.perform(step);
            }
            Ok(next) = self.store.next_due();
        }
        self.now = self.now.max(end);
    }
}

impl ServerPort for InProcess {
    fn account(&mut self, want: &Want) -> Result<Account, Stop> {
        let dev_id = self.new_device();
        let client = Credentials::new(format!("client{}", self.devices), format!("cpw-{}", self.devices));
        let server = want.server.clone().unwrap_or_else(|| Credentials::new(handout::SERVER_ID, "spw"));
        let scheme = want.scheme.unwrap_or(Scheme::Md5);
        let (client_nonce, server_nonce) = want.nonces.clone().unwrap_or((Nonce::EMPTY, Nonce::EMPTY));
        let mut registration = Registration::new(dev_id.as_str().into(), NodeKind::Device);
        let mut account = ClientAccount::new(dev_id.as_str().into(), client.clone(), server.clone())
            .with_scheme(scheme)
            .with_nonces(client_nonce.clone(), server_nonce.clone());
        let transport = want.transport.then(|| format!("CN={dev_id}"));
        if let Some(name) = &transport {
            account = account.known_to_transport_as(name.as_str());
        }
        registration.account = Some(account);
        registration.bearers = vec![Bearer::new(format!("udp://{dev_id}"))];
        let (node, _) = registration
            .accept(self.now)
            .map_err(|error| Stop::failed("a server that registers a device", error.to_string()))?;
        self.commit(&[Record::Node(node)]);
        let server_uri = URL.into();
        Ok(Account { dev_id, server_uri, client, server, scheme, transport, client_nonce, server_nonce })
    }

    fn post(&mut self, post: &Post<'_>) -> Result<Answer, Stop> {
        let mut inbound = Inbound::new(post.syntax, post.body).with_mac(post.mac.as_deref());
        inbound.sender = post.transport.map(TransportIdentity::new);
        let incoming = match self.nrem.identify(ExchangeId::new(1), inbound) {
            Ok(incoming) => incoming,
            Err(error) => {
                let body = error.to_string().into_bytes();
                return Ok(Answer { status: 400, content_type: "text/plain".into(), mac: None, body });
            }
        };
        let Ok(mut records) = self.store.load(&incoming.dev_id());
        let step = self.nrem.handle_message(self.now, &mut records, &mut self.nonces, &incoming);
        Ok(self.perform(step))
    }

    fn queue(&mut self, device: &Account, commands: &Value) -> Result<Job, Stop> {
        let refused = |why: String| Stop::failed("a server that takes the work", why).at(commands.to_string());
        let commands: Commands =
            serde_json::from_value(commands.clone()).map_err(|error| refused(error.to_string()))?;
        let target = Target::Device(DevId::new(device.dev_id.as_str()).into());
        let routes = routes(&self.store, &target).map_err(|error| refused(error.to_string()))?;
        self.tasks += 1;
        let request = TaskRequest::new(target, commands.0);
        let submission = self
            .nrem
            .submit(self.now, TaskId::new(self.tasks), request, routes)
            .map_err(|error| refused(error.to_string()))?;
        self.commit(&submission.persist);
        self.advance_to(self.now);
        Ok(Job(self.tasks.to_string()))
    }

    fn outcome(&mut self, job: &Job) -> Result<Outcome, Stop> {
        let unknown = || Stop::failed("a job that was queued", job.0.clone());
        let id = TaskId::new(job.0.parse().map_err(|_| unknown())?);
        let Ok(task) = self.store.task(id);
        let task = task.ok_or_else(unknown)?;
        let Ok(jobs) = self.store.jobs(id);
        let job = jobs.first().ok_or_else(unknown)?;
        let (_, result) = job.results().into_iter().next().ok_or_else(unknown)?;
        let reported = task.commands.iter().enumerate();
        let commands: Vec<Reported<'_>> =
            reported.map(|(at, command)| Reported { spec: &command.spec, outcome: result.outcomes.get(at) }).collect();
        let json = json!({"state": state(job.state, &result), "commands": commands, "reason": reason(&result)});
        Outcome::from_json(&json).map_err(|why| Stop::failed("an outcome", why))
    }

    fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        self.advance_to(self.now + time);
        Ok(())
    }

    fn notifications(&mut self, device: &Account) -> Result<Vec<Vec<u8>>, Stop> {
        self.advance_to(self.now);
        let to = format!("udp://{}", device.dev_id);
        let (own, others) = core::mem::take(&mut self.notified).into_iter().partition(|(address, _)| *address == to);
        self.notified = others;
        Ok(Vec::into_iter(own).map(|(_, datagram)| datagram).collect())
    }

    fn alerts(&mut self, device: &Account) -> Result<Vec<StoredAlert>, Stop> {
        let own = self.alerts.iter().filter(|(node, _)| node.as_str() == device.dev_id);
        Ok(own.map(|(_, alert)| alert.clone()).collect())
    }

    fn rotate(&mut self, device: &Account, secret: &str) -> Result<Job, Stop> {
        let refused = |why: String| Stop::failed("a server that takes the change of credentials", why);
        let target = Target::Device(DevId::new(device.dev_id.as_str()).into());
        let routes = routes(&self.store, &target).map_err(|error| refused(error.to_string()))?;
        self.tasks += 1;
        let id = TaskId::new(self.tasks);
        let request = CredentialRequest::new(
            DevId::new(device.dev_id.as_str()).into(),
            Side::Client,
            "./DMAcc/A/AppAuth/1",
            secret,
        );
        let submission =
            self.nrem.submit_credentials(self.now, id, request, routes).map_err(|error| refused(error.to_string()))?;
        self.commit(&submission.persist);
        self.advance_to(self.now);
        Ok(Job(self.tasks.to_string()))
    }

    fn bootstrap(&mut self, profile: Profile) -> Result<Handout, Stop> {
        let dev_id = self.new_device();
        let sec = handout::sec(profile);
        let request = BootstrapRequest::new(profile, handout::SERVER_ID, URL, sec, handout::secrets());
        let registration = Registration::new(dev_id.as_str().into(), NodeKind::Device);
        let made = prepare(self.now, &mut self.nonces, registration, &request)
            .map_err(|error| Stop::failed("a bootstrap document", error.to_string()))?;
        self.commit(&made.persist);
        Ok(Handout { dev_id, content_type: made.document.content_type, body: made.document.body })
    }

    fn is_bootstrapped(&mut self, handout: &Handout) -> Result<bool, Stop> {
        let Ok(node) = self.store.node(&handout.dev_id.as_str().into());
        Ok(node.is_some_and(|node| matches!(node.bootstrap, Some(Standing::Done(_)))))
    }

    fn twin(&self) -> Result<Box<dyn ServerPort>, Stop> {
        Ok(Box::new(Self::new(Settings::default(), Instant::from_secs(7_777_777))))
    }
}

/// The state of a device in one word, as nrem's API shows it.
fn state(job: JobState, result: &DeviceResult) -> &'static str {
    match (job, result.state.number()) {
        (JobState::Cancelled, _) => "cancelled",
        (_, 0..=2) => "waiting",
        (_, 3..=9) => "running",
        (_, 10) => "ok",
        _ => "failed",
    }
}

fn reason(result: &DeviceResult) -> String {
    culprit(&result.outcomes)
        .map(|outcome| match (outcome.fault, outcome.status) {
            (Some(fault), _) => fault.to_string(),
            (None, Some(status)) => status.to_string(),
            (None, None) => String::new(),
        })
        .unwrap_or_default()
}

/// The command that went wrong: one that could not be rolled back before all others, else the innermost one, and not those
/// that were only undone or left out because of it.
fn culprit(outcomes: &[TaskOutcome]) -> Option<&TaskOutcome> {
    let stuck = |outcome: &&TaskOutcome| outcome.status == Some(StatusCode::ATOMIC_ROLL_BACK_FAILED);
    outcomes.iter().flat_map(|outcome| core::iter::once(outcome).chain(&outcome.commands)).find(stuck).or_else(|| {
        let undone = |outcome: &TaskOutcome| matches!(outcome.status.map(StatusCode::as_u16), Some(215 | 216));
        let bad = outcomes.iter().find(|outcome| !outcome.is_good() && !undone(outcome))?;
        culprit(&bad.commands).or(Some(bad))
    })
}
