//! The machines over an OBEX-like link: half-duplex, packets of 255 bytes, in memory.
//!
//! The recipe of this crate as code: what a driver does with [`Transmit`], [`Inbound`] and [`SendFailure`] when there is no
//! HTTP. A notification reaches the device as a push, the device connects to the target `SYNCML-DM`, and each message goes
//! there by PUT, its answer comes by GET. The link loses a packet now and then; the machines repeat what got no answer.

use std::collections::VecDeque;
use std::error::Error;
use std::time::Duration;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Nonce};
use omadm_proto::exchange::{Inbound, SendFailure, Syntax, Transmit};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::push::Push;
use omadm_proto::time::Instant;
use omadm_tree::Tree;
use omadm_tree::mo::DevInfo;
use xrem_client::{Account, ActionResult, Client, Event, Output};
use xrem_server::directory::{NodeKind, Registration, routes};
use xrem_server::nrem::{Nrem, Step};
use xrem_server::store::{ClientAccount, MemoryStore, Record, Store as _};
use xrem_server::task::{CommandSpec, JobState, Target, TaskId, TaskRequest};

/// Bytes of one packet: the least that OBEX allows.
const PACKET: usize = 255;
const DEVICE: &str = "urn:imei:493005100592800";
const SERVER: &str = "nrem.example";

/// What goes over the link, one packet at a time; the headers of a PUT travel with its first packet.
enum Packet {
    Connect { target: &'static str },
    Put { headers: Option<Headers>, chunk: Vec<u8>, last: bool },
    Get,
}

/// OBEX headers that a message needs.
#[derive(Clone)]
struct Headers {
    /// Type: the media type.
    media_type: &'static str,
    /// `x-syncml-hmac`, as an application header.
    mac: Option<String>,
    /// Length: known beforehand, so that what is too long is refused with the first packet.
    length: usize,
}

/// OBEX response codes.
enum Code {
    Continue,
    Success { headers: Option<Headers>, chunk: Vec<u8> },
    BadRequest,
    UnsupportedMediaType,
    TooLarge,
}

/// The server's side of the link: it collects a message, answers it, and hands the answer out in chunks.
struct Responder {
    nrem: Nrem,
    store: MemoryStore,
    nonces: NonceSource,
    now: Instant,
    headers: Option<Headers>,
    incoming: Vec<u8>,
    outgoing: Option<(Headers, VecDeque<u8>)>,
}

impl Responder {
    fn handle(&mut self, packet: Packet) -> Code {
        match packet {
            Packet::Connect { target: "SYNCML-DM" } => Code::Success { headers: None, chunk: Vec::new() },
            Packet::Connect { .. } => Code::BadRequest,
            Packet::Put { headers, chunk, last } => {
                if let Some(headers) = headers {
                    // The limit of the machine holds before the first byte is kept.
                    if headers.length > 1 << 20 {
                        return Code::TooLarge;
                    }
                    (self.headers, self.incoming) = (Some(headers), Vec::new());
                }
                self.incoming.extend_from_slice(&chunk);
                if last { self.message() } else { Code::Continue }
            }
            Packet::Get => match &mut self.outgoing {
                Some((headers, rest)) => {
                    let chunk: Vec<u8> = rest.drain(..rest.len().min(PACKET)).collect();
                    Code::Success { headers: Some(headers.clone()), chunk }
                }
                None => Code::BadRequest,
            },
        }
    }

    /// A whole message has come: `Inbound` in, `Transmit` out, and what is to be stored before it leaves.
    fn message(&mut self) -> Code {
        let Some(headers) = self.headers.take() else { return Code::BadRequest };
        let Some(syntax) = Syntax::from_media_type(headers.media_type) else { return Code::UnsupportedMediaType };
        let inbound = Inbound::new(syntax, &self.incoming).with_mac(headers.mac.as_deref());
        let Ok(incoming) = self.nrem.identify(ExchangeId::new(1), inbound) else { return Code::BadRequest };
        let Ok(mut records) = self.store.load(&incoming.dev_id());
        let Step { persist, reply, .. } = self.nrem.handle_message(self.now, &mut records, &mut self.nonces, &incoming);
        let Ok(()) = self.store.commit(&persist);
        let Some(reply) = reply.filter(|reply| !reply.body.is_empty()) else { return Code::BadRequest };
        let headers = Headers { media_type: reply.syntax.media_type(), mac: reply.mac, length: reply.body.len() };
        self.outgoing = Some((headers, reply.body.into_iter().collect()));
        Code::Success { headers: None, chunk: Vec::new() }
    }
}

/// The device's side of the link.
struct Link<'a> {
    responder: &'a mut Responder,
    packets: usize,
    /// One packet in so many is lost.
    loses: usize,
}

impl Link<'_> {
    /// One packet out, one back: the link is half-duplex, nothing is sent before the answer to the last packet.
    fn ask(&mut self, packet: Packet) -> Result<Code, SendFailure> {
        self.packets += 1;
        if self.packets.is_multiple_of(self.loses) {
            return Err(SendFailure::Network);
        }
        Ok(self.responder.handle(packet))
    }

    /// A message by PUT, its answer by GET.
    fn exchange(&mut self, message: &Transmit) -> Result<(Headers, Vec<u8>), SendFailure> {
        expect_success(self.ask(Packet::Connect { target: "SYNCML-DM" })?)?;
        let length = message.body.len();
        let mut headers = Some(Headers { media_type: message.syntax.media_type(), mac: message.mac.clone(), length });
        let mut chunks = message.body.chunks(PACKET).peekable();
        while let Some(chunk) = chunks.next() {
            let last = chunks.peek().is_none();
            let put = Packet::Put { headers: headers.take(), chunk: chunk.to_vec(), last };
            expect_success(self.ask(put)?)?;
        }
        let mut body = Vec::new();
        loop {
            let Code::Success { headers: Some(headers), chunk } = self.ask(Packet::Get)? else {
                return Err(SendFailure::Network);
            };
            body.extend(chunk);
            if body.len() >= headers.length {
                return Ok((headers, body));
            }
        }
    }
}

/// OBEX codes as what the machine does next.
fn expect_success(code: Code) -> Result<(), SendFailure> {
    match code {
        Code::Continue | Code::Success { .. } => Ok(()),
        Code::BadRequest | Code::UnsupportedMediaType | Code::TooLarge => Err(SendFailure::Refused),
    }
}

/// Runs the device until it has nothing to do; how often messages were repeated.
fn run(client: &mut Client, tree: &mut Tree, link: &mut Link<'_>) -> usize {
    let mut repeated = 0;
    loop {
        while let Some(output) = client.poll_output() {
            let now = link.responder.now;
            match output {
                // A real device stores the record here, before anything that follows.
                Output::Persist(_) => {}
                Output::Transmit(message) => match link.exchange(&message) {
                    Ok((headers, body)) => {
                        let syntax = Syntax::from_media_type(headers.media_type).unwrap_or(message.syntax);
                        let inbound = Inbound::new(syntax, &body).with_mac(headers.mac.as_deref());
                        client.handle_message(now, tree, message.exchange, inbound);
                    }
                    Err(failure) => client.handle_send_failure(now, message.exchange, failure),
                },
                Output::Action { id, .. } => client.handle_action_result(now, tree, id, ActionResult::refused()),
                Output::Event(event) => {
                    repeated += usize::from(matches!(event, Event::Retrying { .. }));
                    println!("{event}");
                }
            }
        }
        let Some(wakeup) = client.next_timeout() else { return repeated };
        // A real device sleeps until then.
        link.responder.now = wakeup.at;
        client.handle_timeout(wakeup.at, tree);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let now = Instant::from_secs(1_000);
    let first = Nonce::new(b"0123456789abcdef".to_vec());
    let (own, server) = (Credentials::new("dev-1", "client secret"), Credentials::new(SERVER, "server secret"));
    let mut tree = Tree::builder().mo(DevInfo::new(DEVICE)).leaf("./App/Interval", 900).managed_by(SERVER).build()?;
    let account = Account::new(SERVER, "obex:SYNCML-DM")
        .client("dev-1", "client secret")
        .server("server secret")
        .client_nonce(first.clone())
        .server_nonce(first.clone())
        .syntax(Syntax::Wbxml);
    let mut client = Client::new([account], Seed::new([1; 32]));

    let (nrem, mut store, node) = (Nrem::default(), MemoryStore::new(), DevId::new(DEVICE));
    let mut registration = Registration::new(node.clone(), NodeKind::Device);
    registration.account = Some(ClientAccount::new(node.clone(), own, server).with_nonces(first.clone(), first));
    registration.bearers = vec!["push:dev-1".into()];
    store.commit(&[Record::Node(registration.accept(now)?.0)])?;
    let target = Target::Device((&node).into());
    let routes = routes(&store, &target)?;
    let task = TaskRequest::new(target, vec![CommandSpec::get("./App/Interval")]);
    let submission = nrem.submit(now, TaskId::new(1), task, routes)?;
    store.commit(&submission.persist)?;

    // What is due for the node: a notification, which goes as a push.
    let step = nrem.handle_timeout(now, &node, &mut store.load(&node)?);
    store.commit(&step.persist)?;
    let notify = step.notify.first().ok_or("nothing to notify")?;
    let sms = Push::notification(1, notify.datagram.as_slice()).encode()?;
    client.handle_notification(now, &mut tree, &Push::parse(&sms)?.body);

    let nonces = NonceSource::new(Seed::new([2; 32]));
    let mut responder = Responder { nrem, store, nonces, now, headers: None, incoming: Vec::new(), outgoing: None };
    let mut link = Link { responder: &mut responder, packets: 0, loses: 7 };
    let repeated = run(&mut client, &mut tree, &mut link);
    println!("{} packets, {repeated} messages repeated, {:?} later", link.packets, responder.now.since(now));
    let job = responder.store.jobs(TaskId::new(1))?.into_iter().next().ok_or("no job")?;
    assert_eq!(job.state, JobState::Finished);
    assert!(repeated > 0 && responder.now.since(now) >= Duration::from_millis(500), "the link loses packets");
    println!("{DEVICE}: {:?}", job.state);
    Ok(())
}
