//! HTTP for the managed side: DM messages by POST, packages by GET with Range \[dm 13.1\].
//!
//! Used by the device and by the north side of the gateway. One agent keeps its connections open; a download that goes on where
//! the last block ended goes on reading the same answer.

use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use omadm_proto::exchange::{Inbound, SendFailure, Syntax, Transmit};
use ureq::Agent;
use ureq::http::Response;

/// The longest DM message that is taken.
const MAX_MESSAGE: u64 = 4 << 20;

/// A client with kept-open connections.
#[derive(Debug, Clone)]
pub struct Client(Agent);

/// A DM message that came back.
#[derive(Debug)]
pub struct Reply {
    /// Its syntax by Content-Type.
    pub syntax: Syntax,
    /// Its `x-syncml-hmac` header.
    pub mac: Option<String>,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Reply {
    /// The message for a machine.
    pub fn inbound(&self) -> Inbound<'_> {
        Inbound::new(self.syntax, &self.body).with_mac(self.mac.as_deref())
    }
}

/// Why a block was not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchFailure {
    /// The URL is malformed or names nothing.
    BadUrl,
    /// The source refused the credentials.
    Unauthorized,
    /// The source did not answer in time.
    Timeout,
    /// The source is not there or not available.
    Unavailable,
    /// The source failed.
    Server,
    /// The connection broke.
    Network,
}

impl Client {
    /// A client that goes through the HTTP CONNECT proxy `proxy`, or straight on.
    ///
    /// # Errors
    /// The proxy URL is malformed.
    pub fn new(proxy: Option<&str>, user_agent: &str) -> Result<Self, ureq::Error> {
        let proxy = proxy.map(ureq::Proxy::new).transpose()?;
        let config = Agent::config_builder()
            .proxy(proxy)
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(Duration::from_secs(600)))
            .user_agent(user_agent)
            .build();
        Ok(Self(config.into()))
    }

    /// Sends a DM message and waits for the answer.
    ///
    /// # Errors
    /// [`SendFailure`] when there is none; the cause is in the log.
    pub fn post(&self, message: &Transmit) -> Result<Reply, SendFailure> {
        let media_type = message.syntax.media_type();
        let mut request = self
            .0
            .post(&message.destination)
            .header("Content-Type", media_type)
            .header("Accept", media_type)
            .header("Accept-Charset", "UTF-8")
            .header("Cache-Control", "no-store");
        if let Some(mac) = &message.mac {
            request = request.header("x-syncml-hmac", mac);
        }
        let mut response = request.send(&message.body[..]).map_err(|error| {
            tracing::warn!(url = message.destination, %error, "the server was not reached");
            SendFailure::Network
        })?;
        match response.status().as_u16() {
            200 => {}
            429 | 503 => return Err(retry_after(&response).map_or(SendFailure::Network, SendFailure::RetryAfter)),
            400..=499 => {
                let why = response.body_mut().with_config().limit(1024).read_to_string().unwrap_or_default();
                tracing::error!(status = %response.status(), why = why.trim(), "the server refused a message");
                return Err(SendFailure::Refused);
            }
            _ => {
                tracing::warn!(status = %response.status(), "the server failed");
                return Err(SendFailure::Network);
            }
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (content_type, mac) = (header("content-type"), header("x-syncml-hmac"));
        let body = response.body_mut().with_config().limit(MAX_MESSAGE).read_to_vec().map_err(|error| {
            tracing::warn!(%error, "the server's answer broke off");
            SendFailure::Network
        })?;
        let syntax = content_type.as_deref().and_then(Syntax::from_media_type).unwrap_or_else(|| Syntax::sniff(&body));
        Ok(Reply { syntax, mac, body })
    }

    /// Downloads with this client.
    pub fn downloads(&self) -> Downloads {
        Downloads { client: self.clone(), open: None }
    }
}

/// Asked-for pauses; without one the machine's own back-off holds.
fn retry_after(response: &Response<ureq::Body>) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Fetches blocks of packages, one after the other.
#[derive(Debug)]
pub struct Downloads {
    client: Client,
    open: Option<Open>,
}

/// An answer that is being read.
struct Open {
    url: String,
    offset: u64,
    reader: ureq::BodyReader<'static>,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Open({} at {})", self.url, self.offset)
    }
}

impl Downloads {
    /// At most `max_len` bytes of `url` from `offset` on, and whether nothing follows them. A source whose length is a
    /// multiple of `max_len` ends with an empty block.
    ///
    /// # Errors
    /// [`FetchFailure`]; what was read before stays good, so the caller may go on from there.
    pub fn block(&mut self, url: &str, offset: u64, max_len: u32) -> Result<(Bytes, bool), FetchFailure> {
        let kept = self.open.take().filter(|open| open.url == url && open.offset == offset);
        let mut open = match kept {
            Some(open) => open,
            None => self.begin(url, offset)?,
        };
        let mut data = Vec::new();
        (&mut open.reader).take(u64::from(max_len)).read_to_end(&mut data).map_err(|error| {
            tracing::warn!(url, offset, %error, "a download broke off");
            FetchFailure::Network
        })?;
        open.offset += data.len() as u64;
        let end = data.len() < usize::try_from(max_len).unwrap_or(usize::MAX);
        self.open = (!end).then_some(open);
        Ok((data.into(), end))
    }

    fn begin(&self, url: &str, offset: u64) -> Result<Open, FetchFailure> {
        let mut request = self.client.0.get(url);
        if offset > 0 {
            request = request.header("Range", format!("bytes={offset}-"));
        }
        let response = request.call().map_err(|error| {
            tracing::warn!(url, %error, "a download did not start");
            failure_of(&error)
        })?;
        let skip = match response.status().as_u16() {
            200 => offset,
            206 => 0,
            status => {
                tracing::warn!(url, status, "a download was refused");
                return Err(match status {
                    401 | 403 | 407 => FetchFailure::Unauthorized,
                    408 | 504 => FetchFailure::Timeout,
                    429 | 503 => FetchFailure::Unavailable,
                    400..=499 => FetchFailure::BadUrl,
                    _ => FetchFailure::Server,
                });
            }
        };
        let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        // A source without Range starts over; what is there already is read past.
        let skipped = std::io::copy(&mut (&mut reader).take(skip), &mut std::io::sink());
        match skipped {
            Ok(skipped) if skipped == skip => Ok(Open { url: url.to_owned(), offset, reader }),
            _ => Err(FetchFailure::Network),
        }
    }
}

fn failure_of(error: &ureq::Error) -> FetchFailure {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => FetchFailure::BadUrl,
        ureq::Error::Timeout(_) => FetchFailure::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => FetchFailure::Unavailable,
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => FetchFailure::Unavailable,
        _ => FetchFailure::Network,
    }
}
