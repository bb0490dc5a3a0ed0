//! Both halves over real sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{any, post};
use bytes::Bytes;
use dm_binding::client::Client;
use dm_binding::coding::Coding;
use dm_binding::endpoint::{Endpoint, Refusal};
use dm_binding::listener::{self, Connections};
use dm_binding::post::Reply;
use omadm_proto::exchange::{SendFailure, Syntax, Transmit};
use omadm_proto::ids::ExchangeId;
use tokio::sync::watch;

const MAC: &str = "algorithm=MD5, username=\"dev\", mac=NTI2OTY3NzA1NjYzNTc0NQ==";

/// A server in a thread of its own, until it is dropped.
struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    fn start(connections: Connections) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let socket = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let routes = Router::new()
            .route("/dm", post(echo))
            .route("/moved", any(|| async { Redirect::temporary("/dm") }))
            .route("/round", any(|| async { Redirect::temporary("/round") }))
            .route("/busy", any(|| async { Refusal::Busy { why: "full", after: 3 } }));
        let thread =
            std::thread::spawn(move || runtime.block_on(listener::serve(socket, routes, connections, stopped)));
        Self { address, stop, thread: Some(thread) }
    }

    fn message(&self, path: &str, body: impl Into<Bytes>) -> Transmit {
        let url = format!("http://{}{path}", self.address);
        let mut message = Transmit::new(ExchangeId::new(1), url, Syntax::Wbxml, body.into());
        message.mac = Some(MAC.to_owned());
        message
    }

    /// What the server says to `request`, with its socket left open.
    fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Gives a message back as it came, MAC and coding included.
async fn echo(request: Request) -> Response {
    let endpoint = Endpoint::new(1 << 16).with_patience(Duration::from_millis(300));
    match endpoint.receive(request).await {
        Ok(received) => {
            let mut reply = Transmit::new(ExchangeId::new(1), String::new(), received.syntax, received.body.clone());
            reply.mac = received.mac;
            Endpoint::answer(reply, received.accepts)
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn client() -> Client {
    Client::new(None, "test").unwrap()
}

fn compressing() -> Client {
    client().with_poster(|poster| poster.with_coding(Some(Coding::Deflate)))
}

fn told(reply: Reply) -> (Syntax, Option<String>, Vec<u8>) {
    (reply.syntax, reply.mac, reply.body.to_vec())
}

#[test]
fn a_message_and_its_mac_arrive_as_they_left_in_both_directions() {
    let server = Server::start(Connections::default());
    for client in [client(), compressing()] {
        for length in [1, 511, 512, 60_000] {
            let body: Vec<u8> = (0..=255).cycle().take(length).collect();
            let reply = client.post(&server.message("/dm", body.clone())).unwrap();
            assert_eq!(told(reply), (Syntax::Wbxml, Some(MAC.to_owned()), body));
        }
    }
}

#[test]
fn an_answer_without_bytes_is_handed_to_the_machine_which_ends_the_session() {
    let server = Server::start(Connections::default());
    assert!(client().post(&server.message("/dm", "")).unwrap().body.is_empty());
}

#[test]
fn a_redirection_is_followed_with_the_same_message_but_not_for_ever() {
    let server = Server::start(Connections::default());
    assert_eq!(&client().post(&server.message("/moved", "moved")).unwrap().body[..], b"moved");
    assert_eq!(client().post(&server.message("/round", "x")).unwrap_err(), SendFailure::Refused);
}

#[test]
fn a_busy_server_is_left_alone_as_long_as_it_says() {
    let server = Server::start(Connections::default());
    let failure = client().post(&server.message("/busy", "x")).unwrap_err();
    assert_eq!(failure, SendFailure::RetryAfter(Duration::from_secs(3)));
}

#[test]
fn a_message_that_is_too_long_plain_or_decoded_is_refused() {
    let server = Server::start(Connections::default());
    for client in [client(), compressing()] {
        let failure = client.post(&server.message("/dm", vec![b' '; (1 << 16) + 1])).unwrap_err();
        assert_eq!(failure, SendFailure::Refused);
    }
}

#[test]
fn an_answer_that_is_too_long_is_refused() {
    let server = Server::start(Connections::default());
    let client = client().with_poster(|poster| poster.with_max_message(100));
    assert_eq!(client.post(&server.message("/dm", vec![b' '; 101])).unwrap_err(), SendFailure::Refused);
}

#[test]
fn nobody_there_is_a_failure_of_the_network() {
    let message =
        Transmit::new(ExchangeId::new(1), "http://127.0.0.1:1/dm".into(), Syntax::Xml, Bytes::from_static(b"x"));
    assert_eq!(client().post(&message).unwrap_err(), SendFailure::Network);
}

#[test]
fn a_type_or_a_coding_that_is_not_known_is_answered_415() {
    let server = Server::start(Connections::default());
    let head = "POST /dm HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n";
    let answer = server.raw(format!("{head}Content-Type: text/xml\r\n\r\nx").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 415 "), "{answer}");
    let coded = format!("{head}Content-Type: application/vnd.syncml.dm+xml\r\nContent-Encoding: br\r\n\r\nx");
    let answer = server.raw(coded.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 415 ") && answer.contains("use deflate, gzip or none"), "{answer}");
}

#[test]
fn a_message_that_does_not_arrive_is_answered_408() {
    let server = Server::start(Connections::default());
    let head =
        "POST /dm HTTP/1.1\r\nHost: h\r\nContent-Type: application/vnd.syncml.dm+xml\r\nContent-Length: 9\r\n\r\nx";
    let answer = server.raw(head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[test]
fn a_connection_without_room_is_told_when_to_come_back() {
    let server = Server::start(Connections { most: 1, idle: Duration::from_secs(60) });
    let mut kept = TcpStream::connect(server.address).unwrap();
    let request = b"POST /busy HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
    kept.write_all(request).unwrap();
    let mut answer = [0; 64];
    assert!(kept.read(&mut answer).unwrap() > 0);
    let refused = server.raw(request);
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("Retry-After: 10\r\n"), "{refused}");
    assert!(refused.ends_with("no room for a connection; try again in 10 s\n"), "{refused}");
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let server = Server::start(Connections { most: 1, idle: Duration::from_millis(100) });
    let mut silent = TcpStream::connect(server.address).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(silent.read(&mut [0; 64]).unwrap(), 0);
    assert_eq!(&client().post(&server.message("/dm", "next")).unwrap().body[..], b"next");
}
