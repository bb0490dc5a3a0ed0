//! What a script has in its hands: a port to the client, and what the servers remember from session to session.

use std::collections::BTreeMap;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::notification::{Notification, UiMode};

use super::fixture::{Account, Fixture};
use super::session::Session;
use super::{Deed, Feature, Incoming, Observed, Port, Received, Reply, Server, Setup, Start};
use crate::row::Stop;

/// What a server knows of the nonces of an account.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// What the client's next Cred is computed with.
    pub client_nonce: Option<Nonce>,
    /// What our next Cred is computed with.
    pub server_nonce: Option<Nonce>,
}

/// The peer of the rows about clients.
pub struct Bench {
    port: Box<dyn Port>,
    memory: BTreeMap<Server, Memory>,
    nonces: NonceSource,
    seed: Seed,
    prepared: bool,
    setup: Setup,
    /// The server of the last session that was started.
    present: Server,
}

impl Bench {
    /// A bench at `port`; nonces are derived from `seed`.
    pub fn new(port: Box<dyn Port>, seed: Seed) -> Self {
        Self {
            port,
            memory: BTreeMap::new(),
            nonces: NonceSource::new(seed.clone()),
            seed,
            prepared: false,
            setup: Setup::default(),
            present: Server::A,
        }
    }

    /// A factory-fresh client as `setup` says.
    ///
    /// # Errors
    /// Skipped: the client cannot be made so.
    pub fn prepare(&mut self, setup: &Setup) -> Result<(), Stop> {
        self.setup = self.port.prepare(setup)?;
        self.prepared = true;
        self.memory.clear();
        for server in [Server::A, Server::B] {
            if let Ok(account) = self.port.fixture().account(server) {
                let memory =
                    Memory { client_nonce: account.client_nonce.clone(), server_nonce: account.server_nonce.clone() };
                self.memory.insert(server, memory);
            }
        }
        Ok(())
    }

    /// Skips the row if the client goes without `feature`.
    ///
    /// # Errors
    /// Skipped: it does.
    pub fn needs(&mut self, feature: Feature) -> Result<(), Stop> {
        self.prepare_once()?;
        if self.port.fixture().without.contains(&feature) {
            return Err(Stop::skipped(format!("the client goes without {}", feature.name())));
        }
        Ok(())
    }

    /// A factory-fresh client like the last one.
    ///
    /// # Errors
    /// Skipped: the client cannot be made so.
    pub fn fresh(&mut self) -> Result<(), Stop> {
        self.prepare(&self.setup.clone())
    }

    /// Uses the nonces of before once more, to see the same twice.
    pub fn rewind_nonces(&mut self) {
        self.nonces = NonceSource::new(self.seed.clone());
    }

    /// The next row begins: what the last one left is forgotten.
    pub fn reset(&mut self) {
        self.prepared = false;
    }

    fn prepare_once(&mut self) -> Result<(), Stop> {
        if self.prepared { Ok(()) } else { self.prepare(&Setup::default()) }
    }

    /// The scheme by which the client proves itself, if it does.
    pub fn client_scheme(&self) -> Option<Scheme> {
        self.setup.client
    }

    /// Whether the client demands credentials of servers.
    pub fn server_proves(&self) -> bool {
        self.setup.server_proves
    }

    /// The syntax of the run.
    pub fn syntax(&self) -> Syntax {
        self.port.syntax()
    }

    /// Where the client has what.
    pub fn fixture(&self) -> &Fixture {
        self.port.fixture()
    }

    /// The account of `server`.
    ///
    /// # Errors
    /// Skipped: there is none.
    pub fn account(&self, server: Server) -> Result<Account, Stop> {
        self.port.fixture().account(server).cloned()
    }

    /// What `server` remembers.
    pub fn memory(&mut self, server: Server) -> &mut Memory {
        self.memory.entry(server).or_default()
    }

    /// A nonce that was never used.
    pub fn fresh_nonce(&mut self) -> Nonce {
        self.nonces.next()
    }

    /// Starts a session of the client with server A and gives its package 1.
    ///
    /// # Errors
    /// It cannot be started, or no package 1 comes.
    pub fn start(&mut self) -> Result<Received, Stop> {
        self.start_with(Server::A)
    }

    /// The same with `server`.
    ///
    /// # Errors
    /// It cannot be started, or no package 1 comes.
    pub fn start_with(&mut self, server: Server) -> Result<Received, Stop> {
        self.prepare_once()?;
        self.present = server;
        self.port.start(Start::Client(server))?;
        self.message("package 1 of a session that the client starts")
    }

    /// Sends a Package #0 without waiting for what comes of it.
    ///
    /// # Errors
    /// The client cannot be reached so.
    pub fn notify(&mut self, bytes: Vec<u8>) -> Result<(), Stop> {
        self.prepare_once()?;
        self.port.start(Start::Notification(bytes))
    }

    /// A Package #0 of server A for `session_id`, with a good digest.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn package_0(&mut self, session_id: u16, ui_mode: UiMode) -> Result<Vec<u8>, Stop> {
        self.prepare_once()?;
        if self.memory(Server::A).server_nonce.is_none() {
            // The client sets the nonce for notifications in a session.
            let mut session = self.manage()?;
            session.one(super::command::get("./DevInfo/DevId"))?;
            session.close()?;
        }
        let account = self.account(Server::A)?;
        let nonce = self.memory(Server::A).server_nonce.clone().unwrap_or(Nonce::EMPTY);
        let mut notification = Notification::new(account.id.clone(), session_id);
        notification.ui_mode = ui_mode;
        notification
            .encode(&account.server.secret, &nonce)
            .map_err(|error| Stop::skipped(format!("no notification can be made: {error}")))
    }

    /// The next message; `what` says which is awaited.
    ///
    /// # Errors
    /// None comes.
    pub fn message(&mut self, what: &str) -> Result<Received, Stop> {
        match self.port.receive()? {
            Incoming::Message(received) => Ok(*received),
            Incoming::Ended => Err(Stop::failed(what, "nothing: the client sent no message")),
        }
    }

    /// The next message, if one comes.
    ///
    /// # Errors
    /// What comes is no message.
    pub fn receive(&mut self) -> Result<Option<Received>, Stop> {
        Ok(match self.port.receive()? {
            Incoming::Message(received) => Some(*received),
            Incoming::Ended => None,
        })
    }

    /// Nothing comes any more.
    ///
    /// # Errors
    /// Something does.
    pub fn silence(&mut self, why: &str) -> Result<(), Stop> {
        match self.receive()? {
            None => Ok(()),
            Some(received) => Err(Stop::failed(
                format!("no further message: {why}"),
                format!(
                    "message {} of session {}",
                    received.message.header.msg_id.get(),
                    received.message.header.session_id
                ),
            )),
        }
    }

    /// A session with server A of which package 1 has come and nothing is answered.
    ///
    /// # Errors
    /// No package 1 comes.
    pub fn open(&mut self) -> Result<Session<'_>, Stop> {
        self.open_with(Server::A)
    }

    /// The same with `server`.
    ///
    /// # Errors
    /// No package 1 comes.
    pub fn open_with(&mut self, server: Server) -> Result<Session<'_>, Stop> {
        let package_1 = self.start_with(server)?;
        Session::new(self, server, package_1)
    }

    /// A session over a package 1 that came already.
    ///
    /// # Errors
    /// Skipped: there is no such server.
    pub fn session(&mut self, server: Server, package_1: Received) -> Result<Session<'_>, Stop> {
        Session::new(self, server, package_1)
    }

    /// A session with server A in which the client has proven itself and the server may command.
    ///
    /// # Errors
    /// The client does not come that far.
    pub fn manage(&mut self) -> Result<Session<'_>, Stop> {
        self.manage_as(Server::A)
    }

    /// The same with `server`.
    ///
    /// # Errors
    /// The client does not come that far.
    pub fn manage_as(&mut self, server: Server) -> Result<Session<'_>, Stop> {
        let mut session = self.open_with(server)?;
        session.authenticate_client()?;
        Ok(session)
    }

    /// Answers the last message.
    ///
    /// # Errors
    /// The client is gone.
    pub fn answer(&mut self, reply: Reply) -> Result<(), Stop> {
        self.port.answer(reply)
    }

    /// Breaks the connection.
    ///
    /// # Errors
    /// The port cannot.
    pub fn hang_up(&mut self) -> Result<(), Stop> {
        self.port.hang_up()
    }

    /// Lets something happen at the device.
    ///
    /// # Errors
    /// Skipped: nothing can be made to happen there.
    pub fn act(&mut self, deed: Deed) -> Result<(), Stop> {
        self.prepare_once()?;
        self.port.act(deed)
    }

    /// What the device did besides answering.
    ///
    /// # Errors
    /// Skipped: nobody can look.
    pub fn observe(&mut self) -> Result<Observed, Stop> {
        self.port.observe()
    }
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench").field("prepared", &self.prepared).finish_non_exhaustive()
    }
}
