//! Kept-open connections to one server, shared by all devices of a thread.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why an exchange gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No connection.
    Unreachable,
    /// The connection broke, or what came was no HTTP.
    Broken,
    /// It took too long.
    Slow,
    /// The answer is longer than what is accepted.
    TooLong,
}

/// The connections.
#[derive(Debug)]
pub(crate) struct Link {
    authority: String,
    host: HeaderValue,
    max_answer: usize,
    turns: Semaphore,
    idle: RefCell<Vec<SendRequest<Full<Bytes>>>>,
}

impl Link {
    /// At most `connections` to `authority`, `host:port`, with answers of at most `max_answer` bytes.
    pub(crate) fn new(authority: &str, connections: usize, max_answer: usize) -> Option<Rc<Self>> {
        let host = HeaderValue::from_str(authority).ok()?;
        let (turns, idle) = (Semaphore::new(connections), RefCell::default());
        Some(Rc::new(Self { authority: authority.to_owned(), host, max_answer, turns, idle }))
    }

    /// Sends `request`, whose URI is a path, and gives the whole answer.
    pub(crate) async fn exchange(&self, mut request: Request<Bytes>) -> Result<(response::Parts, Bytes), Trouble> {
        request.headers_mut().insert(HOST, self.host.clone());
        let _turn = self.turns.acquire().await.map_err(|_| Trouble::Unreachable)?;
        tokio::time::timeout(PATIENCE, self.ask(request.map(Full::new))).await.unwrap_or(Err(Trouble::Slow))
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<(response::Parts, Bytes), Trouble> {
        let mut connection = match self.take_idle() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.ready().await.map_err(|_| Trouble::Broken)?;
        let response = connection.send_request(request).await.map_err(|_| Trouble::Broken)?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.max_answer).collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() { Trouble::TooLong } else { Trouble::Broken }
        })?;
        self.idle.borrow_mut().push(connection);
        Ok((parts, body.to_bytes()))
    }

    fn take_idle(&self) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.borrow_mut();
        idle.retain(|connection| !connection.is_closed());
        idle.pop()
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Trouble> {
        let stream = TcpStream::connect(&self.authority).await.map_err(|_| Trouble::Unreachable)?;
        let _ = stream.set_nodelay(true);
        let (connection, work) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Trouble::Broken)?;
        tokio::task::spawn_local(work);
        Ok(connection)
    }
}
