//! A small HTTP/1.1 server: posts go to the rendezvous, each with a way back.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// The most bytes of a request's head, and of its body.
const MOST_HEAD: u64 = 64 << 10;
const MOST_BODY: u64 = 16 << 20;

/// One request.
pub(super) struct Posted {
    /// The path, with its query.
    pub(super) path: String,
    pub(super) content_type: Option<String>,
    /// The value of x-syncml-hmac.
    pub(super) mac: Option<String>,
    pub(super) body: Vec<u8>,
    /// Where the answer goes; dropped without one, the connection is closed.
    pub(super) answer: Sender<Outcome>,
}

/// What goes back.
pub(super) struct Outcome {
    pub(super) content_type: &'static str,
    pub(super) mac: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Takes connections until the receiver is gone.
pub(super) fn listen(listener: TcpListener, patience: Duration) -> io::Result<Receiver<Posted>> {
    let (posts, incoming) = channel();
    thread::Builder::new().name("dmconf listener".to_string()).spawn(move || {
        for stream in listener.incoming().flatten() {
            let posts = posts.clone();
            // A connection that cannot have a thread is closed.
            let _ = thread::Builder::new().spawn(move || drop(serve(stream, &posts, patience)));
        }
    })?;
    Ok(incoming)
}

/// Takes the requests of one connection, one after the other.
fn serve(stream: TcpStream, posts: &Sender<Posted>, patience: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(patience))?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(head) = head(&mut reader)? {
        if head.expects_continue {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = body(&mut reader, &head)?;
        if head.method != "POST" {
            writer.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        }
        let (answer, way_back) = channel();
        let posted = Posted { path: head.path, content_type: head.content_type, mac: head.mac, body, answer };
        if posts.send(posted).is_err() {
            return Ok(());
        }
        // A script may take its time, but an answer that never comes ends with the sender.
        let Ok(outcome) = way_back.recv() else { return Ok(()) };
        let mac = outcome.mac.map(|mac| format!("x-syncml-hmac: {mac}\r\n")).unwrap_or_default();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: private\r\n{mac}\r\n",
            outcome.content_type,
            outcome.body.len(),
        );
        writer.write_all(head.as_bytes())?;
        writer.write_all(&outcome.body)?;
        writer.flush()?;
    }
    Ok(())
}

/// What the head of a request says.
#[derive(Default)]
struct Head {
    method: String,
    path: String,
    content_type: Option<String>,
    mac: Option<String>,
    length: u64,
    is_chunked: bool,
    expects_continue: bool,
}

/// The next head; `None` when the client closes the connection.
fn head(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Head>> {
    let mut head = Head::default();
    let mut limited = reader.take(MOST_HEAD);
    let mut line = String::new();
    if limited.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_ascii_whitespace();
    head.method = words.next().unwrap_or_default().to_string();
    let target = words.next().unwrap_or("/");
    // Clients behind a proxy write the whole address.
    head.path = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]).to_string(),
        None => target.to_string(),
    };
    loop {
        line.clear();
        if limited.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim().is_empty() {
                return Ok(Some(head));
            }
            return Err(io::ErrorKind::InvalidData.into());
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-type" => head.content_type = Some(value.to_string()),
            "x-syncml-hmac" => head.mac = Some(value.to_string()),
            "content-length" => head.length = value.parse().map_err(|_| io::ErrorKind::InvalidData)?,
            "transfer-encoding" => head.is_chunked = value.to_ascii_lowercase().contains("chunked"),
            "expect" => head.expects_continue = value.eq_ignore_ascii_case("100-continue"),
            _ => {}
        }
    }
}

fn body(reader: &mut BufReader<TcpStream>, head: &Head) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if !head.is_chunked {
        if head.length > MOST_BODY {
            return Err(io::ErrorKind::InvalidData.into());
        }
        reader.take(head.length).read_to_end(&mut body)?;
        let is_whole = u64::try_from(body.len()).is_ok_and(|length| length == head.length);
        return if is_whole { Ok(body) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
    }
    loop {
        let mut line = String::new();
        reader.by_ref().take(1024).read_line(&mut line)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if length > MOST_BODY.saturating_sub(body.len() as u64) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        reader.by_ref().take(length).read_to_end(&mut body)?;
        let mut end = String::new();
        reader.by_ref().take(1024).read_line(&mut end)?;
        if length == 0 {
            return Ok(body);
        }
    }
}
