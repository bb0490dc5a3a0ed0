//! The server's half: an HTTP request as [`Received`], [`Transmit`] as the response \[dm 13.1\].
//!
//! SyncML errors travel in a 200 answer; what has no SyncML answer is a [`Refusal`], one line of text. The answer has the
//! syntax of the request, never that of Accept.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_CHARSET, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt as _;
use omadm_proto::exchange::{Inbound, Syntax, Transmit};

use crate::coding::{self, Coding, CodingError};
use crate::headers;

/// Bytes of a body that is too long which are read and dropped, so that its sender gets to read the answer.
const DRAINED: u64 = 256 << 20;
/// The longest pause of such a sender.
const DRAINING_PAUSE: Duration = Duration::from_millis(500);

/// What a server accepts.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    max_message: usize,
    patience: Duration,
}

/// A DM message that was received.
#[derive(Debug)]
pub struct Received {
    /// Its syntax by Content-Type.
    pub syntax: Syntax,
    /// Its `x-syncml-hmac` header.
    pub mac: Option<String>,
    /// The coding that its sender takes for the answer.
    pub accepts: Option<Coding>,
    /// Its bytes, decoded.
    pub body: Bytes,
}

impl Received {
    /// The message for a machine.
    #[must_use]
    pub fn inbound(&self) -> Inbound<'_> {
        Inbound::new(self.syntax, &self.body).with_mac(self.mac.as_deref())
    }
}

/// Why a request is not handed to a machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 415: it is no DM message by its Content-Type.
    #[error("Content-Type {0:?} is not supported; use {xml} or {wbxml}", xml = Syntax::Xml, wbxml = Syntax::Wbxml)]
    Type(String),
    /// 415, 413 or 400: its Content-Encoding.
    #[error("the message cannot be decoded: {0}")]
    Coding(#[from] CodingError),
    /// 413: it has more bytes than are accepted.
    #[error("the message is longer than the {0} bytes that are accepted")]
    TooLong(usize),
    /// 408: it did not arrive in time.
    #[error("the message did not arrive within {0:?}")]
    TooSlow(Duration),
    /// 400: the connection broke.
    #[error("the message broke off")]
    Broken,
    /// 400: no machine can read it.
    #[error("{0}")]
    Malformed(String),
    /// 503: come back after so many seconds.
    #[error("{why}; try again in {after} s")]
    Busy {
        /// What is in the way.
        why: &'static str,
        /// Seconds.
        after: u64,
    },
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Type(_) | Self::Coding(CodingError::Unknown) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLong(_) | Self::Coding(CodingError::TooLong) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::Malformed(_) | Self::Coding(CodingError::Broken) => StatusCode::BAD_REQUEST,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = refuse(self.status(), &self.to_string());
        if let Self::Busy { after, .. } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after));
        }
        response
    }
}

/// A transport error: one line that names the cause.
#[must_use]
pub fn refuse(status: StatusCode, why: &str) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{why}\n")).into_response()
}

impl Endpoint {
    /// Messages of at most `max_message` bytes, as sent and as decoded, that arrive within a minute.
    #[must_use]
    pub const fn new(max_message: usize) -> Self {
        Self { max_message, patience: Duration::from_secs(60) }
    }

    /// The same with another time for a message to arrive.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Bytes that a request with these headers may bring into memory: what it declares, or what is accepted at most.
    #[must_use]
    pub fn weight(&self, headers: &HeaderMap) -> usize {
        let compressed = headers.contains_key(CONTENT_ENCODING);
        match declared(headers).map(|length| usize::try_from(length).unwrap_or(usize::MAX)) {
            Some(length) if length <= self.max_message && !compressed => length,
            _ => self.max_message,
        }
    }

    /// Reads the message of a request.
    ///
    /// # Errors
    /// [`Refusal`]; what was too long has not been kept.
    pub async fn receive(&self, request: Request<Body>) -> Result<Received, Refusal> {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let syntax = headers::syntax(headers).ok_or_else(|| {
            let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("(none)");
            Refusal::Type(given.to_owned())
        })?;
        let coding = Coding::of(headers)?;
        let body = tokio::time::timeout(self.patience, self.read(headers, body));
        let mut body = body.await.map_err(|_| Refusal::TooSlow(self.patience))??;
        if let Some(coding) = coding {
            body = coding.decode(&body, self.max_message)?.into();
        }
        Ok(Received { syntax, mac: headers::mac(headers), accepts: Coding::accepted(headers), body })
    }

    /// The whole body. What is too long is never kept.
    async fn read(&self, headers: &HeaderMap, mut body: Body) -> Result<Bytes, Refusal> {
        let too_long = Refusal::TooLong(self.max_message);
        let declared = declared(headers);
        let mut is_too_long =
            declared.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > self.max_message));
        if is_too_long && headers.contains_key(EXPECT) {
            return Err(too_long);
        }
        let (mut kept, mut dropped) = (Kept::Nothing, 0_u64);
        loop {
            let frame = if is_too_long {
                // Whoever has announced too much and sends nothing waits for the answer.
                tokio::time::timeout(DRAINING_PAUSE, body.frame()).await.map_err(|_| too_long.clone())?
            } else {
                body.frame().await
            };
            let Some(frame) = frame else { break };
            let Ok(data) = frame.map_err(|_| Refusal::Broken)?.into_data() else { continue };
            is_too_long |= kept.len().saturating_add(data.len()) > self.max_message;
            if is_too_long {
                kept = Kept::Nothing;
                dropped = dropped.saturating_add(data.len() as u64);
                if dropped > DRAINED {
                    return Err(too_long);
                }
            } else {
                kept = kept.with(data);
            }
        }
        if is_too_long { Err(too_long) } else { Ok(kept.into_bytes()) }
    }

    /// The response that carries `reply`, compressed if its receiver takes that and it is worth it.
    #[must_use]
    pub fn answer(reply: Transmit, accepts: Option<Coding>) -> Response {
        let coding = accepts.filter(|_| reply.body.len() >= coding::WORTH_IT);
        let body = coding.map_or(reply.body.clone(), |coding| coding.encode(&reply.body).into());
        let mut response = Response::new(Body::from(body));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, headers::content_type(reply.syntax));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        headers.insert(ACCEPT_CHARSET, HeaderValue::from_static("UTF-8"));
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, coding.value());
            headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
        headers::put_mac(headers, reply.mac.as_deref());
        response
    }
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The bytes so far: most messages come in one piece, which is not copied.
enum Kept {
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

impl Kept {
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    fn with(self, data: Bytes) -> Self {
        let mut many = match self {
            Self::Nothing => return Self::One(data),
            Self::One(first) => BytesMut::from(first),
            Self::Many(bytes) => bytes,
        };
        many.extend_from_slice(&data);
        Self::Many(many)
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}
