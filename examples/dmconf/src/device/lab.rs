//! The port to a client in this process: `xrem_client::Drem` over the catalogue's fixture tree.
//!
//! Time is a number that goes on when the client waits; nothing here sleeps.

mod device;
mod tree;

use std::collections::VecDeque;

use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{Credentials, Nonce};
use omadm_proto::exchange::{Inbound, SendFailure, Syntax, Transmit};
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use xrem_client::{Account as ClientAccount, Trigger};

use self::device::Device;
use super::fixture::{Account, Fixture};
use super::{Deed, Incoming, Known, Nonces, Observed, Port, Received, Reply, Server, Setup, Start};
use crate::row::Stop;

/// The nonce N of the catalogue's vectors, which the client uses for its first Cred.
const CLIENT_NONCE: &str = "ADr/ChCAfyA6AN6tvu8NAA==";
/// How often the clock is moved on before nothing counts as coming.
const MOST_WAITS: usize = 64;

/// A client in this process.
pub struct Lab {
    syntax: Syntax,
    fixture: Fixture,
    device: Option<Device>,
    /// The message that is to be answered.
    waiting: Option<Transmit>,
    incoming: VecDeque<Item>,
}

/// What the device gave out.
enum Item {
    Sent(Transmit),
    Ended,
}

impl Lab {
    /// A client that speaks `syntax`.
    pub fn new(syntax: Syntax) -> Self {
        Self { syntax, fixture: fixture(&Setup::default()), device: None, waiting: None, incoming: VecDeque::new() }
    }

    fn device(&mut self) -> Result<&mut Device, Stop> {
        self.device.as_mut().ok_or_else(|| Stop::skipped("the client was not prepared"))
    }

    /// Takes what the device gave out.
    fn pump(&mut self) -> Result<(), Stop> {
        let device = self.device.as_mut().ok_or_else(|| Stop::skipped("the client was not prepared"))?;
        device.pump();
        self.incoming.extend(device.given.drain(..));
        Ok(())
    }
}

/// The fixture of this client.
fn fixture(setup: &Setup) -> Fixture {
    let nonce = Nonce::from_base64(CLIENT_NONCE).unwrap_or_default();
    let known = setup.nonces != Nonces::Unknown;
    let believed = if setup.nonces == Nonces::Stale { Nonce::new(*b"another nonce") } else { nonce.clone() };
    let account = |id: &str, url: &str| Account {
        id: id.to_string(),
        url: url.to_string(),
        server: Credentials::new(id, "spw"),
        client: Credentials::new("client1", "cpw"),
        server_nonce: known.then(|| nonce.clone()),
        client_nonce: known.then(|| believed.clone()),
    };
    Fixture {
        a: account(setup.server_a.unwrap_or("srvA"), "http://a.example/dm"),
        b: Some(account("srvB", "http://b.example/dm")),
        nodes: Vec::new(),
        missing: Vec::new(),
        without: setup.without.clone(),
    }
}

/// The account as the client has it.
fn client_account(account: &Account, setup: &Setup, syntax: Syntax) -> ClientAccount {
    let mut made = ClientAccount::new(account.id.as_str(), account.url.as_str()).syntax(syntax).minimum(setup.minimum);
    if let Some(scheme) = setup.client {
        made = made.client(account.client.name.as_str(), account.client.secret.expose()).preferred(scheme);
        let nonce = Nonce::from_base64(CLIENT_NONCE).filter(|_| setup.nonces != Nonces::Unknown);
        made = nonce.into_iter().fold(made, ClientAccount::client_nonce);
    }
    if setup.server_proves {
        made = made.server(account.server.secret.expose());
        made = account.server_nonce.clone().into_iter().fold(made, ClientAccount::server_nonce);
    }
    made
}

impl Port for Lab {
    fn syntax(&self) -> Syntax {
        self.syntax
    }

    fn fixture(&self) -> &Fixture {
        &self.fixture
    }

    fn prepare(&mut self, setup: &Setup) -> Result<Setup, Stop> {
        self.fixture = fixture(setup);
        self.incoming.clear();
        self.waiting = None;
        let given: &[Server] = match setup.known {
            Known::Both => &[Server::A, Server::B],
            Known::BuiltIn => &[],
            Known::OnlyB => &[Server::B],
        };
        let accounts = given
            .iter()
            .filter_map(|server| self.fixture.account(*server).ok())
            .map(|account| client_account(account, setup, self.syntax));
        let tree = tree::tree(setup)?;
        self.device = Some(Device::new(accounts.collect(), tree, Seed::new([7; 32]), setup, self.syntax));
        Ok(setup.clone())
    }

    fn start(&mut self, start: Start) -> Result<(), Stop> {
        let server = match &start {
            Start::Client(server) => Some(self.fixture.account(*server)?.id.clone()),
            Start::Notification(_) => None,
        };
        let device = self.device()?;
        match (start, server) {
            (Start::Client(_), Some(server)) => device
                .drem
                .start_session(device.now, &mut device.tree, server.as_str(), Trigger::Client)
                .map_err(|error| Stop::failed("a session that starts", error.to_string()))?,
            (Start::Notification(bytes), _) => device.drem.handle_notification(device.now, &mut device.tree, &bytes),
            (Start::Client(_), None) => {}
        }
        self.pump()
    }

    fn receive(&mut self) -> Result<Incoming, Stop> {
        for _ in 0..MOST_WAITS {
            self.pump()?;
            match self.incoming.pop_front() {
                Some(Item::Sent(transmit)) => {
                    let message = Message::decode_as(transmit.syntax, &transmit.body, &Limits::DEFAULT)
                        .map_err(|error| Stop::failed("a SyncML message", format!("bytes that are none: {error}")))?
                        .into_owned();
                    let received = Received {
                        message,
                        bytes: transmit.body.to_vec(),
                        syntax: transmit.syntax,
                        mac: transmit.mac.clone(),
                        destination: transmit.destination.clone(),
                    };
                    self.waiting = Some(transmit);
                    return Ok(Incoming::Message(Box::new(received)));
                }
                Some(Item::Ended) => return Ok(Incoming::Ended),
                None if !self.device()?.wait() => return Ok(Incoming::Ended),
                None => {}
            }
        }
        Err(Stop::failed("a message, or the end of the session", "a client that only waits"))
    }

    fn answer(&mut self, reply: Reply) -> Result<(), Stop> {
        let Some(transmit) = self.waiting.take() else {
            return Err(Stop::failed("a message to answer", "the client waits for no answer"));
        };
        let device = self.device()?;
        let inbound = Inbound::new(reply.syntax, &reply.body).with_mac(reply.mac.as_deref());
        device.drem.handle_message(device.now, &mut device.tree, transmit.exchange, inbound);
        self.pump()
    }

    fn hang_up(&mut self) -> Result<(), Stop> {
        let Some(transmit) = self.waiting.take() else { return Ok(()) };
        let device = self.device()?;
        device.drem.handle_send_failure(device.now, transmit.exchange, SendFailure::Network);
        self.pump()
    }

    fn act(&mut self, deed: Deed) -> Result<(), Stop> {
        self.device()?.act(deed)?;
        self.pump()
    }

    fn observe(&mut self) -> Result<Observed, Stop> {
        Ok(self.device()?.observed.clone())
    }
}
