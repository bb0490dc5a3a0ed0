//! A server under test: what dmconf needs of it, and the stand on which the rows of side S are played.
//!
//! A [`ServerPort`] carries messages to the server and, if it can, speaks to its operator's side: it queues work, reads what
//! became of it, lets time pass, catches notifications. What a port cannot do it answers with [`Stop::Skipped`], and the row
//! that asked is skipped with that reason. The messages themselves come from a scripted [`Client`].

pub mod client;
pub mod handout;
pub mod http;
pub mod inprocess;
pub mod operator;
pub mod outcome;
pub mod seen;

pub(crate) mod answers;
mod expect;

use std::time::Duration;

use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use serde_json::Value;
use xrem_server::bootstrap::Profile;

use crate::row::Stop;
use client::Client;
pub(crate) use expect::expect;
use handout::Handout;
use outcome::Outcome;

/// Sessions in which the work of earlier rows has to be over.
const SESSIONS_TO_SETTLE: u32 = 4;

/// What a row asks of the account it is played with.
#[derive(Debug, Clone, Default)]
pub struct Want {
    /// The scheme of its credentials; any when absent.
    pub scheme: Option<Scheme>,
    /// The transport has authenticated the client, the server demands nothing more.
    pub transport: bool,
    /// The first nonces: the client's and the server's.
    pub nonces: Option<(Nonce, Nonce)>,
    /// Name and secret of the server.
    pub server: Option<Credentials>,
}

impl Want {
    /// An account of `scheme`.
    #[must_use]
    pub fn scheme(scheme: Scheme) -> Self {
        Self { scheme: Some(scheme), ..Self::default() }
    }

    /// An account without credentials in messages.
    #[must_use]
    pub fn transport() -> Self {
        Self { transport: true, ..Self::default() }
    }
}

/// A device that the server knows.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its DevId: SyncHdr/Source of its messages.
    pub dev_id: String,
    /// The server's address: SyncHdr/Target of its messages.
    pub server_uri: String,
    /// What the client proves itself with.
    pub client: Credentials,
    /// What the server proves itself with; its name is the ServerID.
    pub server: Credentials,
    /// The scheme of both.
    pub scheme: Scheme,
    /// The name by which the transport has authenticated the client, which then shows no credentials.
    pub transport: Option<String>,
    /// The nonce that the client uses first.
    pub client_nonce: Nonce,
    /// The nonce that the server uses first.
    pub server_nonce: Nonce,
}

/// A message for the server.
#[derive(Debug, Clone)]
pub struct Post<'a> {
    /// Its syntax.
    pub syntax: Syntax,
    /// The value of the header `x-syncml-hmac`.
    pub mac: Option<String>,
    /// The name by which the transport has authenticated the sender.
    pub transport: Option<&'a str>,
    /// The bytes.
    pub body: &'a [u8],
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status, or what it would be.
    pub status: u16,
    /// Content-Type.
    pub content_type: String,
    /// The value of the header `x-syncml-hmac`.
    pub mac: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Work that was queued, by the name the server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job(pub String);

/// An alert of a device as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredAlert {
    /// Its type.
    pub type_name: Option<String>,
    /// Its source.
    pub source: Option<String>,
}

/// A server under test.
///
/// # Errors
/// Every method fails with [`Stop::Skipped`] when the port or the server cannot do it, and with [`Stop::Failed`] when the
/// server cannot be reached or does not do what it is asked.
pub trait ServerPort {
    /// A device that no other row uses, if the server lets devices be made; else the one that it was given.
    fn account(&mut self, want: &Want) -> Result<Account, Stop>;

    /// Sends a message and gives the answer.
    fn post(&mut self, post: &Post<'_>) -> Result<Answer, Stop>;

    /// Queues commands for the device: an array of commands as in nrem's API, such as
    /// `[{"cmd": "get", "uri": "./DevInfo/Man"}]`.
    fn queue(&mut self, device: &Account, commands: &Value) -> Result<Job, Stop>;

    /// What became of queued work.
    fn outcome(&mut self, job: &Job) -> Result<Outcome, Stop>;

    /// Lets time pass.
    fn wait(&mut self, time: Duration) -> Result<(), Stop>;

    /// The notifications that were sent to the device since the last call, oldest first: Package #0 as sent.
    fn notifications(&mut self, device: &Account) -> Result<Vec<Vec<u8>>, Stop>;

    /// The alerts of the device that the server keeps, those that finished a command apart.
    fn alerts(&mut self, device: &Account) -> Result<Vec<StoredAlert>, Stop>;

    /// Queues the change of the device's own secret in its account for this server.
    fn rotate(&mut self, device: &Account, secret: &str) -> Result<Job, Stop>;

    /// Makes a device that no other row uses and the document of `profile` that gives it its account.
    fn bootstrap(&mut self, profile: Profile) -> Result<Handout, Stop>;

    /// Whether the server counts the device as bootstrapped.
    fn is_bootstrapped(&mut self, handout: &Handout) -> Result<bool, Stop>;

    /// Whether all rows share one device, for which earlier rows may have left work.
    fn shares_device(&self) -> bool {
        false
    }

    /// Another server in the state that this one had before its first message, with another clock.
    fn twin(&self) -> Result<Box<dyn ServerPort>, Stop>;
}

/// Whether a message that breaks a rule of the [lint](crate::lint) ends the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Linting {
    /// It does.
    #[default]
    On,
    /// It does not: the row stands on its own criteria.
    Off,
}

/// Where a row is played: a server, a syntax, and what was said.
pub struct Stand {
    port: Box<dyn ServerPort>,
    /// The syntax of the client's messages.
    pub syntax: Syntax,
    /// Whether the lint may end the row.
    pub linting: Linting,
    sessions: u32,
}

impl std::fmt::Debug for Stand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stand").field("syntax", &self.syntax).field("linting", &self.linting).finish_non_exhaustive()
    }
}

impl Stand {
    /// A stand at `port` for messages in `syntax`.
    #[must_use]
    pub fn new(port: Box<dyn ServerPort>, syntax: Syntax) -> Self {
        Self { port, syntax, linting: Linting::On, sessions: 0 }
    }

    /// A scripted client with an account of its own.
    ///
    /// # Errors
    /// As for [`ServerPort::account`].
    pub fn client(&mut self) -> Result<Client, Stop> {
        self.client_with(&Want::default())
    }

    /// A scripted client whose account is as `want` asks.
    ///
    /// # Errors
    /// As for [`ServerPort::account`].
    pub fn client_with(&mut self, want: &Want) -> Result<Client, Stop> {
        let mut account = self.port.account(want)?;
        if self.port.shares_device() {
            self.settle(account);
            account = self.port.account(want)?;
        }
        Ok(Client::new(account, self.syntax))
    }

    /// Carries out what earlier rows have left for the device that all share, so that no row finds another's work.
    fn settle(&mut self, account: Account) {
        let linting = std::mem::replace(&mut self.linting, Linting::Off);
        let mut client = Client::new(account, self.syntax);
        for _ in 0..SESSIONS_TO_SETTLE {
            // A session that fails may be the last row's doing; a server that cannot be talked to is the next row's to find.
            let Ok(seen) = client.open(self) else { continue };
            if !seen.asks() {
                break;
            }
            let _ = client.finish(self, seen);
        }
        self.linting = linting;
    }

    /// A SessionID that no session of this stand had: a server may know the last ones of a device still.
    pub(crate) fn next_session(&mut self) -> String {
        self.sessions += 1;
        format!("{:X}", 0xA0 + self.sessions)
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// As for [`ServerPort::post`].
    pub fn post(&mut self, body: &[u8], mac: Option<String>) -> Result<Answer, Stop> {
        self.post_as(None, body, mac)
    }

    /// The same from a sender whom the transport has authenticated.
    ///
    /// # Errors
    /// As for [`ServerPort::post`].
    pub fn post_as(&mut self, transport: Option<&str>, body: &[u8], mac: Option<String>) -> Result<Answer, Stop> {
        self.port.post(&Post { syntax: self.syntax, mac, transport, body })
    }

    /// Queues commands for the device of `client`.
    ///
    /// # Errors
    /// As for [`ServerPort::queue`].
    pub fn queue(&mut self, client: &Client, commands: &Value) -> Result<Job, Stop> {
        self.port.queue(&client.account, commands)
    }

    /// What became of `job`.
    ///
    /// # Errors
    /// As for [`ServerPort::outcome`].
    pub fn outcome(&mut self, job: &Job) -> Result<Outcome, Stop> {
        self.port.outcome(job)
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// As for [`ServerPort::wait`].
    pub fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        self.port.wait(time)
    }

    /// The notifications sent to the device of `client` since the last call.
    ///
    /// # Errors
    /// As for [`ServerPort::notifications`].
    pub fn notifications(&mut self, client: &Client) -> Result<Vec<Vec<u8>>, Stop> {
        self.port.notifications(&client.account)
    }

    /// The alerts of the device of `client` that the server keeps.
    ///
    /// # Errors
    /// As for [`ServerPort::alerts`].
    pub fn alerts(&mut self, client: &Client) -> Result<Vec<StoredAlert>, Stop> {
        self.port.alerts(&client.account)
    }

    /// Queues the change of the secret of `client`.
    ///
    /// # Errors
    /// As for [`ServerPort::rotate`].
    pub fn rotate(&mut self, client: &Client, secret: &str) -> Result<Job, Stop> {
        self.port.rotate(&client.account, secret)
    }

    /// A new device and its bootstrap document.
    ///
    /// # Errors
    /// As for [`ServerPort::bootstrap`].
    pub fn bootstrap(&mut self, profile: Profile) -> Result<Handout, Stop> {
        self.port.bootstrap(profile)
    }

    /// Whether the server counts the device of `handout` as bootstrapped.
    ///
    /// # Errors
    /// As for [`ServerPort::is_bootstrapped`].
    pub fn is_bootstrapped(&mut self, handout: &Handout) -> Result<bool, Stop> {
        self.port.is_bootstrapped(handout)
    }

    /// The same stand at another server in the state this one had at first.
    ///
    /// # Errors
    /// As for [`ServerPort::twin`].
    pub fn twin(&self) -> Result<Self, Stop> {
        Ok(Self { port: self.port.twin()?, syntax: self.syntax, linting: self.linting, sessions: 0 })
    }
}
