//! A server in a session with a client that says anything.

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Scheme, Secret};
use omadm_proto::exchange::{Inbound, Syntax, Transmit};
use omadm_proto::ids::ExchangeId;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Data, Item, Message, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_server::session::{Context, Incoming, Received, Session, Settings, Work};
use xrem_server::store::ClientAccount;

use crate::envelope::{bodies, message};

/// `client:secret` in base64.
const CRED: &str = "<Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta>\
                    <Data>Y2xpZW50OnNlY3JldA==</Data></Cred>";

/// Bytes of a value that takes several messages.
const LARGE: usize = 3_000;

/// Runs the messages with the bodies in `bytes`, the first with good credentials, against a session that has a few commands
/// to send. Everything that the server says can be decoded.
///
/// # Panics
/// When it cannot.
pub fn server_session(bytes: &[u8]) {
    let client = Credentials::new("client", Secret::new("secret"));
    let server = Credentials::new("s", Secret::new("server"));
    let mut account = ClientAccount::new("fuzz".into(), client, server).with_scheme(Scheme::Basic);
    let mut nonces = NonceSource::new(Seed::new([1; 32]));
    let settings = Settings::default();
    let mut session = Session::new();
    let mut next = 0;
    for (number, body) in (1..).zip(bodies(bytes)) {
        let cred = if number == 1 { CRED } else { "" };
        let body = message("1", number, ["fuzz", "http://s/"], cred, body);
        let exchange = ExchangeId::new(u64::from(number));
        let inbound = Inbound::new(Syntax::Xml, &body);
        let Ok(incoming) = Incoming::decode(exchange, inbound, settings.reading) else { continue };
        let mut context = Context { account: &mut account, nonces: &mut nonces, settings: &settings };
        match session.receive(Instant::ZERO, &mut context, &incoming) {
            Received::Turn(turn) => {
                let verdicts = vec![StatusCode::OK; turn.alerts.len()];
                let work: Vec<Work<'_>> = (next..3).map(work).collect();
                let Some(reply) = session.respond(&mut context, &incoming, &verdicts, &work) else { continue };
                assert!(reply.accepted <= work.len(), "more was accepted than was offered");
                next += u32::try_from(reply.accepted).unwrap_or(u32::MAX);
                check(&reply.transmit);
            }
            Received::Repeated(reply) | Received::Answered(reply) | Received::Refused { reply, .. } => check(&reply),
            _ => {}
        }
    }
}

fn work(key: u32) -> Work<'static> {
    let (verb, item) = match key {
        0 => (Verb::Get, Item::target("./DevInfo/Man")),
        1 => (Verb::Add, Item::target("./Blob").with_data(Data::text("x".repeat(LARGE)))),
        _ => (Verb::Exec, Item::target("./FUMO/Update")),
    };
    Work::new(key, Command::Tree(TreeCommand::new(verb, 1, vec![item])))
}

/// An empty body says that nothing can be said.
fn check(reply: &Transmit) {
    let decoded = Message::decode_as(reply.syntax, &reply.body, &Limits::DEFAULT);
    assert!(reply.body.is_empty() || decoded.is_ok(), "what the server sends cannot be decoded: {:?}", decoded.err());
}
