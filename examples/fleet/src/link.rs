//! A network link with meters: a small HTTP CONNECT proxy on loopback.
//!
//! The programs are told to reach their peer through a link (their `--proxy`), so the bytes are counted on the wire, HTTP
//! framing included, without a counter in any product. A link can also be a bad one that flips a bit in every download, as a
//! broken area network would.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// What a link does to the answers it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quality {
    /// Bytes pass unchanged.
    Good,
    /// One bit is flipped in the body of every answer to a GET; the POSTs of DM sessions pass unchanged.
    SpoilsDownloads,
}

/// The longest CONNECT request that is read.
const MAX_REQUEST: u64 = 8 * 1024;

#[derive(Debug, Default)]
struct Meters {
    up: AtomicU64,
    down: AtomicU64,
    downloads: AtomicU64,
}

/// A running link; it ends with the process.
#[derive(Debug)]
pub(crate) struct Link {
    address: SocketAddr,
    meters: Arc<Meters>,
    closed: Arc<AtomicBool>,
}

impl Link {
    /// Opens a link on a port of its own.
    pub(crate) fn open(quality: Quality) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let link = Self { address: listener.local_addr()?, meters: Arc::default(), closed: Arc::default() };
        let (meters, closed) = (Arc::clone(&link.meters), Arc::clone(&link.closed));
        thread::Builder::new().name("link".into()).spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if closed.load(Ordering::Relaxed) {
                    break;
                }
                let meters = Arc::clone(&meters);
                // A connection that fails is the peers' business: both see their socket close, as on a real link.
                let carry = move || {
                    let _ = carry(&near, &meters, quality);
                };
                if thread::Builder::new().name("link-connection".into()).spawn(carry).is_err() {
                    continue;
                }
            }
        })?;
        Ok(link)
    }

    /// The URL for `--proxy`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes carried so far in both directions.
    pub(crate) fn bytes(&self) -> u64 {
        self.meters.up.load(Ordering::Relaxed) + self.meters.down.load(Ordering::Relaxed)
    }

    /// Bytes of answers to GETs carried so far, HTTP headers included: what images cost.
    pub(crate) fn download_bytes(&self) -> u64 {
        self.meters.downloads.load(Ordering::Relaxed)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the listener so that it sees the flag.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}

fn carry(near: &TcpStream, meters: &Arc<Meters>, quality: Quality) -> io::Result<()> {
    let mut request = BufReader::new(near.try_clone()?).take(MAX_REQUEST);
    let mut line = String::new();
    request.read_line(&mut line)?;
    let target = line
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a CONNECT request"))?
        .to_owned();
    loop {
        line.clear();
        if request.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
    }
    let far = TcpStream::connect(&target)?;
    far.set_nodelay(true)?;
    near.set_nodelay(true)?;
    (&*near).write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;

    let (from_near, to_far) = (near.try_clone()?, far.try_clone()?);
    let downloads = Arc::<Downloads>::default();
    let (up, watched) = (Arc::clone(meters), Arc::clone(&downloads));
    let upward = thread::Builder::new()
        .name("link-up".into())
        .spawn(move || pump(&from_near, &to_far, &up.up, |bytes| watched.see_request(bytes)))?;
    let downward = pump(&far, near, &meters.down, |bytes| {
        if downloads.is_one.load(Ordering::SeqCst) {
            meters.downloads.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            if quality == Quality::SpoilsDownloads {
                downloads.spoil(bytes);
            }
        }
    });
    let _ = upward.join();
    downward
}

/// Tells the answers to GETs of one connection from other answers. Requests are small and come one by one, so each begins a
/// read of its own.
#[derive(Debug, Default)]
struct Downloads {
    is_one: AtomicBool,
    in_body: AtomicBool,
    spoiled: AtomicBool,
}

impl Downloads {
    fn see_request(&self, bytes: &[u8]) {
        let is_get = bytes.starts_with(b"GET ");
        if is_get || bytes.starts_with(b"POST ") {
            self.in_body.store(false, Ordering::SeqCst);
            self.spoiled.store(false, Ordering::SeqCst);
            self.is_one.store(is_get, Ordering::SeqCst);
        }
    }

    /// Flips a bit of the first byte of the body.
    fn spoil(&self, bytes: &mut [u8]) {
        if self.spoiled.load(Ordering::SeqCst) {
            return;
        }
        let body = if self.in_body.load(Ordering::SeqCst) {
            Some(0)
        } else {
            bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|end| end + 4)
        };
        let Some(start) = body else { return };
        self.in_body.store(true, Ordering::SeqCst);
        if let Some(byte) = bytes.get_mut(start) {
            *byte ^= 1;
            self.spoiled.store(true, Ordering::SeqCst);
        }
    }
}

fn pump(
    mut from: &TcpStream,
    mut to: &TcpStream,
    meter: &AtomicU64,
    mut look: impl FnMut(&mut [u8]),
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let result = loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(read) => read,
            Err(error) => break Err(error),
        };
        look(&mut buffer[..read]);
        meter.fetch_add(read as u64, Ordering::Relaxed);
        if let Err(error) = to.write_all(&buffer[..read]) {
            break Err(error);
        }
    };
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimage";

    /// A peer that answers each request with [`ANSWER`].
    fn peer() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 256];
                while stream.read(&mut request).unwrap_or(0) > 0 {
                    stream.write_all(ANSWER).unwrap();
                }
            }
        });
        address
    }

    fn ask(link: &Link, requests: &[&str]) -> Vec<u8> {
        let target = peer();
        let mut stream = TcpStream::connect(link.address).unwrap();
        write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        let mut answers = Vec::new();
        for request in requests {
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = [0; ANSWER.len()];
            reader.read_exact(&mut answer).unwrap();
            answers.extend_from_slice(&answer);
        }
        answers
    }

    #[test]
    fn a_good_link_carries_bytes_unchanged_and_counts_them() {
        let link = Link::open(Quality::Good).unwrap();
        assert_eq!(ask(&link, &["GET /i HTTP/1.1\r\n\r\n"]), ANSWER);
        assert_eq!((link.bytes(), link.download_bytes()), (43 + 19, 43));
    }

    #[test]
    fn a_bad_link_spoils_the_body_of_a_download_and_no_dm_message() {
        let link = Link::open(Quality::SpoilsDownloads).unwrap();
        let answers =
            ask(&link, &["POST /dm HTTP/1.1\r\n\r\n", "GET /i HTTP/1.1\r\n\r\n", "POST /dm HTTP/1.1\r\n\r\n"]);
        let spoiled = [&ANSWER[..38], b"hmage"].concat();
        assert_eq!(answers, [ANSWER, &spoiled, ANSWER].concat());
        assert_eq!(link.download_bytes(), 43);
    }
}
