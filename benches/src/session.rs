//! A whole session of both machines in one thread: no sockets, no files, no clock.
//!
//! Four messages in WBXML; md5 in both directions with the nonces that the session before left behind; ten commands. Both
//! drivers are as lean as drivers can be: the device drops what it is told to store, the server keeps the records of its step
//! in memory, for the next one.

use std::sync::Arc;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Nonce};
use omadm_proto::exchange::{Inbound, Syntax, Transmit};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::message::Format;
use omadm_proto::time::Instant;
use omadm_tree::mo::{DevDetail, DevInfo};
use omadm_tree::tree::Tree;
use xrem_client::{Account, Drem, Output, Trigger};
use xrem_server::directory::{NodeKind, Registration, Route};
use xrem_server::nrem::Nrem;
use xrem_server::store::{ClientAccount, Record, Records};
use xrem_server::task::{CommandSpec, Job, JobId, Target, TaskId, TaskRequest, Write};

const DEV_ID: &str = "urn:imei:004999010640000";
const SERVER: &str = "dm.example.net";
const URL: &str = "https://dm.example.net/omadm";
const TASK: TaskId = TaskId::new(1);

/// A device and its server, between two sessions.
#[derive(Debug)]
pub struct Pair {
    drem: Drem,
    tree: Tree,
    nrem: Nrem,
    records: Records,
    nonces: NonceSource,
    now: Instant,
}

/// The parts of a session, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The device writes package 1.
    Package1,
    /// The server reads it and writes package 2, with ten commands.
    Package2,
    /// The device carries them out and writes package 3.
    Package3,
    /// The server reads what came of them and ends the session.
    Package4,
    /// The device reads that.
    End,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Package1, Self::Package2, Self::Package3, Self::Package4, Self::End];

    /// The name in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Package1 => "device: package 1 written",
            Self::Package2 => "server: package 1 read, 2 written, with ten commands",
            Self::Package3 => "device: commands carried out, package 3 written",
            Self::Package4 => "server: results taken, package 4 written",
            Self::End => "device: the end is read",
        }
    }

    /// Whether the server works.
    #[must_use]
    pub const fn is_server(self) -> bool {
        matches!(self, Self::Package2 | Self::Package4)
    }
}

impl Default for Pair {
    fn default() -> Self {
        Self::new()
    }
}

impl Pair {
    /// A device that the server knows, both with a nonce for the first session.
    #[must_use]
    pub fn new() -> Self {
        let (client, server) = (Credentials::new("device01", "s3cr3t-device"), Credentials::new(SERVER, "srv-secret"));
        let nonces = (Nonce::new(b"first nonce, 16b".to_vec()), Nonce::new(b"other nonce, 16b".to_vec()));
        let account = Account::new(SERVER, URL)
            .client(client.name.clone(), client.secret.clone())
            .server(server.secret.clone())
            .client_nonce(nonces.0.clone())
            .server_nonce(nonces.1.clone())
            .syntax(Syntax::Wbxml);
        let tree = Tree::builder()
            .mo(DevInfo::new(DEV_ID).man("ExampleCorp").model("GW-1"))
            .mo(DevDetail::new().fw("4.2.0"))
            .leaf("./Vendor/Example/Interval", 900)
            .leaf("./Vendor/Example/Address", "10.0.0.1")
            .leaf("./Vendor/Example/Label", "before")
            .managed_by(SERVER);
        let mut registration = Registration::new(DevId::new(DEV_ID), NodeKind::Device);
        registration.account =
            Some(ClientAccount::new(DevId::new(DEV_ID), client, server).with_nonces(nonces.0, nonces.1));
        let (node, _) = registration.accept(Instant::ZERO).expect("a device with an account");
        let mut records = Records::default();
        records.node = Some(node);
        let nrem = Nrem::default();
        let request = TaskRequest::new(Target::Device(DevId::new(DEV_ID).into()), commands());
        let routes = vec![Route::Direct(DevId::new(DEV_ID))];
        let submission = nrem.submit(Instant::ZERO, TASK, request, routes).expect("ten plain commands");
        records.tasks.insert(TASK, Arc::clone(&submission.task));
        Self {
            drem: Drem::new([account], Seed::new([7; 32])),
            tree: tree.build().expect("a plain tree"),
            nrem,
            records,
            nonces: NonceSource::new(Seed::new([3; 32])),
            now: Instant::from_secs(1_800_000_000),
        }
    }

    /// Queues the ten commands for the next session; what came of those of the last one is forgotten.
    pub fn queue(&mut self) {
        self.records.jobs = vec![Job::direct(JobId::new(TASK, 0), DevId::new(DEV_ID))];
    }

    /// A whole session; the number of messages.
    ///
    /// # Panics
    /// When it does not go as it should.
    pub fn run(&mut self) -> usize {
        self.queue();
        let mut message = self.start();
        let mut messages = 1;
        loop {
            let answer = self.serve(&message);
            messages += 1;
            match self.hear(&message, &answer) {
                Some(next) => message = next,
                None => return messages,
            }
            messages += 1;
        }
    }

    /// A whole session, in which `around` is called with each part and the work that it is.
    ///
    /// # Panics
    /// When it does not go as it should.
    pub fn run_parts(&mut self, mut around: impl FnMut(Part, &mut dyn FnMut())) {
        self.queue();
        let (mut sent, mut answer) = (None, None);
        for part in Part::ALL {
            around(part, &mut || match part {
                Part::Package1 => sent = Some(self.start()),
                Part::Package2 | Part::Package4 => answer = sent.as_ref().map(|sent| self.serve(sent)),
                Part::Package3 | Part::End => {
                    sent = self.hear(sent.as_ref().expect("a message"), answer.as_ref().expect("an answer"));
                }
            });
        }
    }

    /// A session up to and including `last`; the rest never comes.
    pub fn run_until(&mut self, last: Part) {
        let mut over = false;
        self.run_parts(|part, work| {
            if !over {
                work();
            }
            over |= part == last;
        });
    }

    /// The records that the server has between two messages.
    #[must_use]
    pub const fn records(&mut self) -> &mut Records {
        &mut self.records
    }

    fn start(&mut self) -> Transmit {
        self.drem.start_session(self.now, &mut self.tree, SERVER, Trigger::Client).expect("the account is there");
        self.transmit().expect("package 1")
    }

    fn serve(&mut self, message: &Transmit) -> Transmit {
        let inbound = Inbound::new(message.syntax, &message.body);
        let incoming = self.nrem.identify(ExchangeId::new(1), inbound).expect("a message of the device");
        let step = self.nrem.handle_message(self.now, &mut self.records, &mut self.nonces, &incoming);
        for record in step.persist {
            match record {
                Record::Node(node) => self.records.node = Some(node),
                Record::Session { session, .. } => self.records.session = *session,
                Record::Job(job) => self.records.jobs.extend(Some(job).filter(Job::is_active)),
                Record::Wake { wake, .. } => self.records.wake = wake,
                _ => panic!("a session stores nothing else"),
            }
        }
        step.reply.expect("an answer")
    }

    fn hear(&mut self, message: &Transmit, answer: &Transmit) -> Option<Transmit> {
        let inbound = Inbound::new(answer.syntax, &answer.body);
        self.drem.handle_message(self.now, &mut self.tree, message.exchange, inbound);
        self.transmit()
    }

    fn transmit(&mut self) -> Option<Transmit> {
        let mut sent = None;
        while let Some(output) = self.drem.poll_output() {
            if let Output::Transmit(transmit) = output {
                sent = Some(transmit);
            }
        }
        sent
    }
}

/// Reading, changing, adding, removing.
fn commands() -> Vec<CommandSpec> {
    let number = Write::text("./Vendor/Example/Interval", "600").with_format(Format::Int);
    vec![
        CommandSpec::get("./DevInfo/Man"),
        CommandSpec::get("./DevInfo/Mod"),
        CommandSpec::get("./DevDetail/FwV"),
        CommandSpec::get("./Vendor/Example/Address"),
        CommandSpec::Replace(number),
        CommandSpec::replace("./Vendor/Example/Address", "10.0.0.2"),
        CommandSpec::replace("./Vendor/Example/Label", "after"),
        CommandSpec::add("./Vendor/Example/Extra", "new"),
        CommandSpec::get("./Vendor/Example/Extra"),
        CommandSpec::Delete { uri: "./Vendor/Example/Extra".into() },
    ]
}

#[cfg(test)]
mod tests {
    use xrem_server::task::{JobState, Outcome};

    use super::*;

    #[test]
    fn the_session_has_four_messages_and_all_ten_commands_succeed() {
        let mut pair = Pair::new();
        for _ in 0..3 {
            assert_eq!(pair.run(), 4);
            assert!(pair.records.jobs.is_empty(), "the job is done");
        }
    }

    #[test]
    fn every_command_has_a_good_outcome() {
        let mut pair = Pair::new();
        pair.queue();
        let message = pair.start();
        let answer = pair.serve(&message);
        let message = pair.hear(&message, &answer).expect("package 3");
        let inbound = Inbound::new(message.syntax, &message.body);
        let incoming = pair.nrem.identify(ExchangeId::new(1), inbound).expect("a message");
        let step = pair.nrem.handle_message(pair.now, &mut pair.records, &mut pair.nonces, &incoming);
        let job = step.persist.iter().find_map(|record| match record {
            Record::Job(job) => Some(job),
            _ => None,
        });
        let job = job.expect("the job is stored");
        assert_eq!((job.state, job.progress.len()), (JobState::Finished, 10));
        assert!(job.progress.iter().map(|progress| &progress.outcome).all(Outcome::is_good));
        let read = |number: usize| job.progress[number].outcome.results[0].text();
        assert_eq!((read(0), read(8)), (Some("ExampleCorp"), Some("new")));
    }
}
