//! A DM server of a few lines on a real socket: one order, an image with Range, and a memory of what it was told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Command, Message};

/// What the server wants and what it has seen.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    /// The commands that it gives in the first session.
    pub(crate) order: String,
    pub(crate) image: Vec<u8>,
    /// The first download breaks off after so many bytes and hangs.
    pub(crate) stall_after: Option<usize>,
    /// The Exec of the order was answered.
    pub(crate) ordered: bool,
    /// Status codes of the Exec and the data of generic alerts, in the order of their arrival.
    pub(crate) told: Vec<String>,
    /// First bytes of the downloads.
    pub(crate) ranges: Vec<usize>,
    pub(crate) syntaxes: Vec<Syntax>,
    /// The credentials of the messages that have some, as they are sent.
    pub(crate) creds: Vec<String>,
}

/// The server; it ends with the test process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) scene: Arc<Mutex<Scene>>,
}

impl Server {
    pub(crate) fn start(order: impl FnOnce(SocketAddr) -> String, image: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scene = Scene { order: order(address), image: image.to_vec(), ..Scene::default() };
        let scene = Arc::new(Mutex::new(scene));
        let shared = Arc::clone(&scene);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let scene = Arc::clone(&shared);
                std::thread::spawn(move || while serve(&stream, &scene).is_some() {});
            }
        });
        Self { address, scene }
    }

    pub(crate) fn told(&self) -> Vec<String> {
        self.scene.lock().unwrap().told.clone()
    }
}

/// One request of a connection that is kept open; `None` when it is over.
fn serve(stream: &TcpStream, scene: &Mutex<Scene>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        head.iter()
            .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map(|at| at.1)
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0_usize);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut out = stream;
    match head.first()?.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["POST", "/dm"] => {
            let syntax = Syntax::from_media_type(header("content-type")?)?;
            let reply = scene.lock().unwrap().answer(syntax, &body);
            let media_type = syntax.media_type();
            write!(out, "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n", reply.len())
                .ok()?;
            out.write_all(&reply).ok()
        }
        ["GET", "/image"] => {
            let start = header("range")
                .map_or(0, |range| range.strip_prefix("bytes=").unwrap().trim_end_matches('-').parse().unwrap());
            let (bytes, stall) = {
                let mut scene = scene.lock().unwrap();
                scene.ranges.push(start);
                (scene.image[start..].to_vec(), scene.stall_after.take())
            };
            let status = if start == 0 { "200 OK" } else { "206 Partial Content" };
            write!(out, "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", bytes.len()).ok()?;
            match stall {
                None => out.write_all(&bytes).ok(),
                Some(len) => {
                    out.write_all(&bytes[..len]).ok()?;
                    std::thread::sleep(std::time::Duration::from_secs(60));
                    None
                }
            }
        }
        _ => write!(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").ok(),
    }
}

impl Scene {
    fn answer(&mut self, syntax: Syntax, body: &[u8]) -> Vec<u8> {
        let message = Message::decode_as(syntax, body, &omadm_proto::limits::Limits::DEFAULT).unwrap();
        self.syntaxes.push(syntax);
        self.creds.extend(message.header.cred.iter().map(|cred| cred.data.as_str().unwrap().to_owned()));
        let msg_ref = message.header.msg_id;
        let mut statuses = status(1, msg_ref.get(), "0", "SyncHdr");
        let mut opens = false;
        for (index, command) in message.commands().enumerate() {
            match command {
                Command::Status(answered) if answered.cmd == "Exec" => {
                    self.ordered = true;
                    self.told.push(answered.code.as_u16().to_string());
                }
                Command::Status(_) | Command::Results(_) => continue,
                Command::Alert(alert) if alert.code.unwrap().as_u16() == 1226 => {
                    let data = alert.items[0].data.as_ref().unwrap().as_str().unwrap();
                    self.told.push(format!("{data} {}", alert.correlator.as_deref().unwrap_or_default()));
                }
                Command::Alert(_) => opens = true,
                _ => {}
            }
            let id = u32::try_from(index).unwrap() + 2;
            statuses += &status(id, msg_ref.get(), &command.cmd_id().to_string(), command.name());
        }
        let order = if opens && !self.ordered { self.order.as_str() } else { "" };
        let header = &message.header;
        let xml = format!(
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
             <SessionID>{}</SessionID><MsgID>{msg_ref}</MsgID><Target><LocURI>{}</LocURI></Target>\
             <Source><LocURI>{}</LocURI></Source></SyncHdr><SyncBody>{statuses}{order}<Final/></SyncBody></SyncML>",
            header.session_id, header.source.loc_uri, header.target.loc_uri,
        );
        let mut reply = Vec::new();
        Message::decode(xml.as_bytes()).unwrap().encode(syntax, &mut reply).unwrap();
        reply
    }
}

fn status(id: u32, msg_ref: u32, cmd_ref: &str, cmd: &str) -> String {
    format!(
        "<Status><CmdID>{id}</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>{cmd}</Cmd><Data>200</Data></Status>"
    )
}
