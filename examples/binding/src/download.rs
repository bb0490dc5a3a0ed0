//! Packages by GET with Range. A download that goes on where the last block ended goes on reading the same answer.

use std::io::Read as _;

use bytes::Bytes;
use ureq::Agent;

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

/// Fetches blocks of packages, one after the other.
#[derive(Debug)]
pub struct Downloads {
    agent: Agent,
    open: Option<Open>,
    whole: Whole,
}

/// What a source says about the whole of what it gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whole {
    /// Its Content-Type.
    pub media_type: Option<String>,
    /// Its bytes.
    pub size: Option<u64>,
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
    pub(crate) const fn new(agent: Agent) -> Self {
        Self { agent, open: None, whole: Whole { media_type: None, size: None } }
    }

    /// What the source of the last block said about the whole.
    #[must_use]
    pub const fn whole(&self) -> &Whole {
        &self.whole
    }

    /// Posts `body` as text/plain to `url`: how a download ended.
    ///
    /// # Errors
    /// [`FetchFailure`] when it was not taken.
    pub fn post(&self, url: &str, body: &str) -> Result<(), FetchFailure> {
        let response = self.agent.post(url).content_type("text/plain").send(body).map_err(|error| {
            tracing::warn!(url, %error, "a notification was not posted");
            failure_of(&error)
        })?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status => {
                tracing::warn!(url, status, "a notification was refused");
                Err(refusal(status))
            }
        }
    }

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

    fn begin(&mut self, url: &str, offset: u64) -> Result<Open, FetchFailure> {
        let mut request = self.agent.get(url);
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
                return Err(refusal(status));
            }
        };
        self.whole = whole(response.headers(), skip == offset);
        let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        // A source without Range starts over; what is there already is read past.
        let skipped = std::io::copy(&mut (&mut reader).take(skip), &mut std::io::sink());
        match skipped {
            Ok(skipped) if skipped == skip => Ok(Open { url: url.to_owned(), offset, reader }),
            _ => Err(FetchFailure::Network),
        }
    }
}

/// The size is that of a whole answer, or what a part says behind the stroke of its Content-Range.
fn whole(headers: &http::HeaderMap, is_whole: bool) -> Whole {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let size = if is_whole {
        text("content-length").and_then(|length| length.parse().ok())
    } else {
        text("content-range").and_then(|range| range.rsplit('/').next()?.parse().ok())
    };
    Whole { media_type: text("content-type").map(str::to_owned), size }
}

fn refusal(status: u16) -> FetchFailure {
    match status {
        401 | 403 | 407 => FetchFailure::Unauthorized,
        408 | 504 => FetchFailure::Timeout,
        429 | 503 => FetchFailure::Unavailable,
        400..=499 => FetchFailure::BadUrl,
        _ => FetchFailure::Server,
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
