//! A server in sessions with a client that says anything.

use omadm_proto::alert::AlertCode;
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{self, Credentials, Nonce, Scheme, Secret};
use omadm_proto::exchange::{Inbound, Syntax, Transmit};
use omadm_proto::ids::ExchangeId;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Alert, Command, Container, Data, Item, Message, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_server::session::{Context, Incoming, Received, Session, Settings, Work};
use xrem_server::store::ClientAccount;

use crate::envelope::{Envelope, steps};
use crate::sent;

/// Bytes of a value that takes several messages.
const LARGE: usize = 3_000;

/// The MaxMsgSize of a client with little memory.
const SMALL: u64 = 1024;

/// How many commands wait for the client.
const COMMANDS: u32 = 8;

/// Runs the steps in `bytes`, told by their first byte: `<` the body of a client message in XML, `W` the same in WBXML, `R` a
/// whole message, `A` the last message again, `T` a minute passes, `S` the next SessionID, `M` the client has little memory
/// from now on, `C` it sends no credentials, or sends them again, `K` (as the first) they are md5, made with the nonce that the
/// server gave last.
///
/// Everything that the server says can be decoded, begins with the Status for the SyncHdr, gives no CmdID twice and keeps
/// within the client's MaxMsgSize; the same message gets the same answer.
///
/// # Panics
/// When the server breaks one of these rules.
pub fn server_session(bytes: &[u8]) {
    let scheme = if bytes.first() == Some(&b'K') { Scheme::Md5 } else { Scheme::Basic };
    let mut world = World::new(scheme);
    for step in steps(bytes) {
        world.step(step);
    }
}

/// The server and what its client knows.
struct World {
    account: ClientAccount,
    nonces: NonceSource,
    settings: Settings,
    session: Session,
    now: Instant,
    exchange: u64,
    /// The first command that was not sent.
    next: u32,
    session_id: u16,
    msg_id: u32,
    scheme: Scheme,
    proves: bool,
    nonce: Nonce,
    max_msg_size: Option<u64>,
    told: Option<u64>,
    last: Option<(Syntax, Vec<u8>)>,
}

impl World {
    fn new(scheme: Scheme) -> Self {
        let client = Credentials::new("client", Secret::new("secret"));
        let server = Credentials::new("s", Secret::new("server"));
        Self {
            account: ClientAccount::new("fuzz".into(), client, server).with_scheme(scheme),
            nonces: NonceSource::new(Seed::new([1; 32])),
            settings: Settings::default(),
            session: Session::new(),
            now: Instant::ZERO,
            exchange: 0,
            next: 0,
            session_id: 1,
            msg_id: 1,
            scheme,
            proves: true,
            nonce: Nonce::EMPTY,
            max_msg_size: None,
            told: None,
            last: None,
        }
    }

    fn step(&mut self, step: &[u8]) {
        let rest = step.get(1..).unwrap_or_default();
        match step.first() {
            Some(b'W') => self.wrapped(Syntax::Wbxml, rest),
            Some(b'R') => {
                // What it says about sizes is not known here.
                self.told = None;
                self.take(Syntax::sniff(rest), rest);
            }
            Some(b'A') => self.again(),
            Some(b'T') => self.now = self.now + core::time::Duration::from_secs(61),
            Some(b'S') => (self.session_id, self.msg_id) = (self.session_id.wrapping_add(1), 1),
            Some(b'M') => self.max_msg_size = Some(SMALL),
            Some(b'C') => self.proves = !self.proves,
            Some(b'K') => {}
            _ => self.wrapped(Syntax::Xml, step),
        }
    }

    /// The client sends `body` behind a header that fits.
    fn wrapped(&mut self, syntax: Syntax, body: &[u8]) {
        let session = format!("{:X}", self.session_id.max(1));
        let cred = auth::cred(self.scheme, &Credentials::new("client", Secret::new("secret")), &self.nonce);
        let cred = cred.filter(|_| self.proves && self.msg_id <= 2).and_then(|cred| {
            let scheme = if self.scheme == Scheme::Basic { "syncml:auth-basic" } else { "syncml:auth-md5" };
            Some((scheme.to_owned(), cred.data.as_str()?.to_owned()))
        });
        let envelope = Envelope {
            session: &session,
            msg_id: self.msg_id,
            source: "fuzz",
            target: "http://s/",
            cred,
            max_msg_size: self.max_msg_size,
        };
        self.told = self.max_msg_size;
        self.msg_id += 1;
        let message = envelope.around(syntax, body);
        self.take(syntax, &message);
        self.last = Some((syntax, message));
    }

    /// The last message once more: the same bytes come back, and nothing is done. An empty body was no answer.
    fn again(&mut self) {
        let Some((syntax, message)) = self.last.clone() else { return };
        let before = self.next;
        let (first, second) = (self.take(syntax, &message), self.take(syntax, &message));
        if let (Some(first), Some(second)) = (first, second)
            && !first.body.is_empty()
            && self.session.is_open()
        {
            assert_eq!(first.body, second.body, "the same message got another answer");
            assert_eq!(self.next, before, "a repetition brought new commands");
        }
    }

    fn take(&mut self, syntax: Syntax, message: &[u8]) -> Option<Transmit> {
        self.exchange += 1;
        let inbound = Inbound::new(syntax, message);
        let incoming = Incoming::decode(ExchangeId::new(self.exchange), inbound, self.settings.reading).ok()?;
        let mut context = Context { account: &mut self.account, nonces: &mut self.nonces, settings: &self.settings };
        let reply = match self.session.receive(self.now, &mut context, &incoming) {
            Received::Turn(turn) => {
                let verdicts = vec![StatusCode::OK; turn.alerts.len()];
                let mut work: Vec<Work<'_>> = (self.next..COMMANDS).map(work).collect();
                let reply = self.session.respond(&mut context, &incoming, &verdicts, &mut work)?;
                assert!(reply.accepted <= work.len(), "more was accepted than was offered");
                self.next += u32::try_from(reply.accepted).unwrap_or(u32::MAX);
                reply.transmit
            }
            Received::Repeated(reply) | Received::Answered(reply) | Received::Refused { reply, .. } => reply,
            _ => return None,
        };
        self.check(&reply);
        Some(reply)
    }

    /// An empty body says that nothing can be said.
    fn check(&mut self, reply: &Transmit) {
        if reply.body.is_empty() {
            return;
        }
        let decoded = Message::decode_as(reply.syntax, &reply.body, &Limits::DEFAULT);
        assert!(decoded.is_ok(), "what the server sends cannot be decoded: {:?}", decoded.as_ref().err());
        let Ok(message) = decoded else { return };
        let len = reply.body.len() as u64;
        assert!(self.told.is_none_or(|max| len <= max), "{len} bytes are more than the client takes");
        sent::assert_cmd_ids(&message);
        let first = message.commands().next();
        assert!(
            matches!(first, Some(Command::Status(status)) if status.is_for_sync_hdr()),
            "an answer that does not begin with the Status for the SyncHdr"
        );
        let given = message.statuses().find_map(|status| auth::read_challenge(status.chal()?).ok()?.1);
        self.nonce = given.unwrap_or_else(|| self.nonce.clone());
    }
}

fn work(key: u32) -> Work<'static> {
    let tree = |verb, item| Command::Tree(TreeCommand::new(verb, 1, vec![item]));
    let value = |uri, text: &'static str| Item::target(uri).with_data(Data::text(text));
    let command = match key {
        0 => tree(Verb::Get, Item::target("./DevInfo/Man")),
        1 => tree(Verb::Add, Item::target("./Blob").with_data(Data::text("x".repeat(LARGE)))),
        2 => tree(Verb::Exec, Item::target("./FUMO/Update")),
        3 => Command::Atomic(Container::new(
            1,
            vec![tree(Verb::Replace, value("./A", "1")), tree(Verb::Delete, Item::target("./B"))],
        )),
        4 => Command::Sequence(Container::new(1, vec![tree(Verb::Get, Item::target("./A"))])),
        5 => Command::Alert(Alert::new(1, AlertCode::CONFIRM_OR_REJECT, vec![Item::default(), Item::default()])),
        6 => tree(Verb::Replace, Item::target("./Blob").with_data(Data::text("y".repeat(LARGE)))),
        _ => tree(Verb::Get, Item::target(".?list=StructData")),
    };
    Work::new(key, command)
}
