//! A network server by script: one DM endpoint, and one image that can be held back half way.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Secret};
use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::ids::ExchangeId;
use omadm_proto::message::{Command, Data, Format, Item, Meta, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use sha2::{Digest as _, Sha256};
use xrem_server::session::{Context, Incoming, Received, Session, Settings, Work};
use xrem_server::store::ClientAccount;

const CHUNK: usize = 64 << 10;

/// Bytes that repeat nowhere near.
pub(crate) fn image_bytes(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(len)
    .collect()
}

/// The digest as the leaf Hash holds it.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::from("sha256:"), |text, byte| format!("{text}{byte:02x}"))
}

struct State {
    account: ClientAccount,
    session: Session,
    nonces: NonceSource,
    queue: VecDeque<Command<'static>>,
    alerts: Vec<(String, String)>,
    image: Vec<u8>,
    /// Bytes of the image that may go out by now.
    allowed: usize,
    served: usize,
    offsets: Vec<usize>,
}

pub(crate) struct Nrem {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Nrem {
    /// Serves `image`, at first only `allowed` bytes of it.
    pub(crate) fn start(image: Vec<u8>, allowed: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let account = ClientAccount::new(
            "urn:gw:1".into(),
            Credentials::new("gw1", Secret::new("gw1-secret")),
            Credentials::new("nrem", Secret::new("nrem-secret")),
        );
        let state = Arc::new(Mutex::new(State {
            account,
            session: Session::new(),
            nonces: NonceSource::new(Seed::new([5; 32])),
            queue: VecDeque::new(),
            alerts: Vec::new(),
            image,
            allowed,
            served: 0,
            offsets: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A gateway that hangs up ends its connection, not the server.
                std::thread::spawn(move || answer(stream, &state).ok());
            }
        });
        Self { url, state }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets the gateway fetch the image at its next session.
    pub(crate) fn order_image(&self, hash: &str, size: usize) {
        let base = "./GwMO/ImgInv/Images/fw";
        let item = |leaf: &str| Item::target(format!("{base}{leaf}"));
        let text = |leaf: &str, value: String| item(leaf).with_data(Data::text(value));
        let mut download = TreeCommand::new(Verb::Exec, 1, vec![item("/Operations/Download")]);
        download.correlator = Some("img-fw".into());
        let commands = [
            TreeCommand::new(Verb::Add, 1, vec![item("").with_meta(Meta::with_format(Format::Node))]),
            TreeCommand::new(Verb::Replace, 1, vec![text("/Hash", hash.into()), text("/Kind", "1".into())]),
            TreeCommand::new(Verb::Add, 1, vec![text("/Size", size.to_string())]),
            TreeCommand::new(Verb::Add, 1, vec![text("/SrcURL", format!("{}/image", self.url))]),
            download,
        ];
        self.state.lock().unwrap().queue.extend(commands.map(Command::Tree));
    }

    pub(crate) fn let_all_through(&self) {
        self.state.lock().unwrap().allowed = usize::MAX;
    }

    /// Bytes of the image that were sent.
    pub(crate) fn served(&self) -> usize {
        self.state.lock().unwrap().served
    }

    /// Where the requests for the image began.
    pub(crate) fn offsets(&self) -> Vec<usize> {
        self.state.lock().unwrap().offsets.clone()
    }

    /// The data of the latest alert of this type.
    pub(crate) fn alert(&self, type_name: &str) -> Option<String> {
        let state = self.state.lock().unwrap();
        let found = state.alerts.iter().rev().find(|(heard, _)| heard.contains(type_name));
        found.map(|(_, data)| data.clone())
    }

    /// The URL of the latest imageready.
    pub(crate) fn local_url(&self) -> Option<String> {
        let payload = self.alert("imageready")?;
        payload.split("url=\"").nth(1)?.split('"').next().map(Into::into)
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let header = |name: &str| {
        let found =
            head.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    if head.starts_with("GET /image ") {
        let start = header("range").and_then(|range| range.strip_prefix("bytes=")?.split('-').next()?.parse().ok());
        return send_image(reader.into_inner(), state, start);
    }
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let syntax = Syntax::from_media_type(&header("content-type").unwrap_or_default()).unwrap_or(Syntax::Xml);
    let reply = converse(&mut state.lock().unwrap(), Inbound::new(syntax, &body));
    let mut stream = reader.into_inner();
    let length = reply.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {syntax}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&reply)
}

fn send_image(mut stream: TcpStream, state: &Mutex<State>, start: Option<usize>) -> std::io::Result<()> {
    let from = start.unwrap_or(0);
    let image = {
        let mut state = state.lock().unwrap();
        state.offsets.push(from);
        state.image.clone()
    };
    let rest = &image[from.min(image.len())..];
    let status = if start.is_some() { "206 Partial Content" } else { "200 OK" };
    let (last, total) = (image.len().saturating_sub(1), image.len());
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", rest.len())?;
    if start.is_some() {
        write!(stream, "Content-Range: bytes {from}-{last}/{total}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    let mut sent = from;
    for chunk in rest.chunks(CHUNK) {
        while state.lock().unwrap().allowed < sent + chunk.len() {
            std::thread::sleep(Duration::from_millis(10));
        }
        stream.write_all(chunk)?;
        sent += chunk.len();
        state.lock().unwrap().served += chunk.len();
    }
    Ok(())
}

/// The answer to a message of the gateway; what is queued goes with it.
fn converse(state: &mut State, inbound: Inbound<'_>) -> Vec<u8> {
    let settings = Settings::default();
    let incoming = Incoming::decode(ExchangeId::new(1), inbound, settings.reading).unwrap();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Instant::from_secs(since.as_secs());
    let mut context = Context { account: &mut state.account, nonces: &mut state.nonces, settings: &settings };
    let reply =
        match state.session.receive(now, &mut context, &incoming) {
            Received::Turn(turn) => {
                let heard = turn.alerts.iter().flat_map(|alert| &alert.items);
                state.alerts.extend(heard.map(|item| {
                    (item.type_name.clone().unwrap_or_default(), item.text().unwrap_or_default().to_owned())
                }));
                let verdicts = vec![StatusCode::OK; turn.alerts.len()];
                let mut work: Vec<Work<'_>> =
                    (0..).zip(&state.queue).map(|(key, command)| Work::new(key, command.clone())).collect();
                let reply = state.session.respond(&mut context, &incoming, &verdicts, &mut work).unwrap();
                state.queue.drain(..reply.accepted);
                reply.transmit
            }
            Received::Repeated(reply) | Received::Answered(reply) | Received::Refused { reply, .. } => reply,
            other => panic!("{other:?}"),
        };
    reply.body.to_vec()
}
