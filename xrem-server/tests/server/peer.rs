//! A server session with a list of commands, which a test drives.

use omadm_proto::auth::Credentials;
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::exchange::{Inbound, Syntax, Transmit};
use omadm_proto::ids::ExchangeId;
use omadm_proto::reading::Reading;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_server::session::{CommandAnswer, Context, Fault, Incoming, Received, Session, Settings, Work};
use xrem_server::store::ClientAccount;
use xrem_server::task::CommandSpec;

use crate::client::Client;

/// A server with a list of commands for one client, each sent until it is answered.
pub(crate) struct Server {
    pub(crate) account: ClientAccount,
    pub(crate) session: Session,
    pub(crate) nonces: NonceSource,
    pub(crate) settings: Settings,
    pub(crate) todo: Vec<CommandSpec>,
    pub(crate) sent: Vec<bool>,
    pub(crate) answers: Vec<CommandAnswer>,
    pub(crate) undeliverable: Vec<u32>,
    pub(crate) not_in_dialect: Vec<u32>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) turns: usize,
    pub(crate) now: Instant,
}

impl Server {
    pub(crate) fn new(todo: Vec<CommandSpec>) -> Self {
        let client = Credentials::new("dev-user", "client-secret");
        let account = ClientAccount::new("dev".into(), client, Credentials::new("nrem.test", "server-secret"));
        Self {
            account,
            session: Session::new(),
            nonces: NonceSource::new(Seed::new([1; 32])),
            settings: Settings::default(),
            sent: vec![false; todo.len()],
            todo,
            answers: Vec::new(),
            undeliverable: Vec::new(),
            not_in_dialect: Vec::new(),
            faults: Vec::new(),
            turns: 0,
            now: Instant::ZERO,
        }
    }

    pub(crate) fn handle(&mut self, syntax: Syntax, body: &[u8]) -> Vec<u8> {
        self.receive(Inbound::new(syntax, body)).body.to_vec()
    }

    /// Takes a message with what the transport tells of it.
    pub(crate) fn receive(&mut self, inbound: Inbound<'_>) -> Transmit {
        let incoming = Incoming::decode(ExchangeId::new(1), inbound, Reading::LENIENT).expect("decodes");
        let mut context = Context { account: &mut self.account, nonces: &mut self.nonces, settings: &self.settings };
        let turn = match self.session.receive(self.now, &mut context, &incoming) {
            Received::Turn(turn) => turn,
            Received::Answered(reply) | Received::Repeated(reply) => return reply,
            Received::Refused { reply, fault } => {
                self.faults.push(fault);
                return reply;
            }
            other => panic!("unknown: {other:?}"),
        };
        self.turns += 1;
        if turn.repeat {
            self.sent.fill(false);
        }
        self.answers.extend(turn.answers);
        let (mut next, mut work) = (1, Vec::new());
        for (key, spec) in self.todo.iter().enumerate().filter(|(key, _)| !self.sent[*key]) {
            work.push(Work::new(u32::try_from(key).unwrap(), spec.to_command(&mut next)));
        }
        let verdicts = vec![StatusCode::OK; turn.alerts.len()];
        let reply = self.session.respond(&mut context, &incoming, &verdicts, &mut work).expect("our turn");
        for work in work.iter().take(reply.accepted) {
            self.sent[work.key as usize] = true;
        }
        self.undeliverable.extend(reply.undeliverable);
        self.not_in_dialect.extend(reply.not_in_dialect);
        reply.transmit
    }

    pub(crate) fn status_of(&self, key: u32) -> Option<u16> {
        self.answers.iter().find(|answer| answer.key == key)?.status.map(StatusCode::as_u16)
    }
}

/// Runs one session to its end; the number of messages of the client.
pub(crate) fn run(client: &mut Client, server: &mut Server) -> usize {
    let mut message = client.start();
    for count in 1..200 {
        let reply = exchange(client, server, &message);
        match client.answer(&reply) {
            Some(next) => message = next,
            None => return count,
        }
    }
    panic!("the session does not end");
}

/// One message of the client with the MAC that it deserves, and the answer, whose MAC the client is told.
pub(crate) fn exchange(client: &mut Client, server: &mut Server, message: &[u8]) -> Vec<u8> {
    let mac = client.mac_for(message);
    let reply = server.receive(Inbound::new(client.syntax, message).with_mac(mac.as_deref()));
    client.mac_of_server.clone_from(&reply.mac);
    reply.body.to_vec()
}
