//! The client's half without a connection: [`Transmit`] as an HTTP request, an HTTP response as a [`Reply`] \[dm 13.1\].
//!
//! Used with any HTTP client: [`crate::client`] runs it on a blocking one, the load generator of `drem` on an asynchronous one.

use std::time::SystemTime;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_CHARSET, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use http::header::{HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode, Uri, response};
use omadm_proto::exchange::{Inbound, SendFailure, Syntax, Transmit};

use crate::coding::{self, Coding};
use crate::failure::failure;
use crate::headers;

/// The longest answer that is taken when nothing else is said.
pub const MAX_MESSAGE: usize = 4 << 20;

/// How messages are posted.
#[derive(Debug, Clone)]
pub struct Poster {
    user_agent: HeaderValue,
    coding: Option<Coding>,
    max_message: usize,
}

/// A DM message that came back.
#[derive(Debug)]
pub struct Reply {
    /// Its syntax by Content-Type.
    pub syntax: Syntax,
    /// Its `x-syncml-hmac` header.
    pub mac: Option<String>,
    /// Its bytes, decoded.
    pub body: Bytes,
}

impl Reply {
    /// The message for a machine.
    #[must_use]
    pub fn inbound(&self) -> Inbound<'_> {
        Inbound::new(self.syntax, &self.body).with_mac(self.mac.as_deref())
    }
}

impl Poster {
    /// Messages as they are, answers of at most [`MAX_MESSAGE`] bytes. A user agent that cannot be a header is left out.
    #[must_use]
    pub fn new(user_agent: &str) -> Self {
        let user_agent = HeaderValue::from_str(user_agent).unwrap_or(HeaderValue::from_static(""));
        Self { user_agent, coding: None, max_message: MAX_MESSAGE }
    }

    /// The same with messages compressed in `coding`, for a server that is known to take it; answers may be compressed too.
    #[must_use]
    pub const fn with_coding(mut self, coding: Option<Coding>) -> Self {
        self.coding = coding;
        self
    }

    /// The same with another limit on answers.
    #[must_use]
    pub const fn with_max_message(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// The longest answer that is taken, as sent and as decoded.
    #[must_use]
    pub const fn max_message(&self) -> usize {
        self.max_message
    }

    /// `message` as a request to `url`. Host and Content-Length are the business of the HTTP client.
    #[must_use]
    pub fn request(&self, message: &Transmit, url: Uri) -> Request<Bytes> {
        let coding = self.coding.filter(|_| message.body.len() >= coding::WORTH_IT);
        let body = coding.map_or_else(|| message.body.clone(), |coding| coding.encode(&message.body).into());
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, headers::content_type(message.syntax));
        headers.insert(ACCEPT, headers::content_type(message.syntax));
        headers.insert(ACCEPT_CHARSET, HeaderValue::from_static("UTF-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if !self.user_agent.is_empty() {
            headers.insert(USER_AGENT, self.user_agent.clone());
        }
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, coding.value());
        }
        let accepted = if self.coding.is_some() { "deflate, gzip" } else { "identity" };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        headers::put_mac(headers, message.mac.as_deref());
        request
    }

    /// The answer in a response, or why there is none. An answer of another type than a DM message is looked at all the same,
    /// as some servers name none, but a web page is the work of something on the way.
    ///
    /// # Errors
    /// [`SendFailure`] for the machine; the cause is in the log.
    pub fn reply(&self, parts: &response::Parts, body: Bytes, now: SystemTime) -> Result<Reply, SendFailure> {
        if let Some(failure) = failure(parts.status, &parts.headers, now) {
            let why = String::from_utf8_lossy(body.get(..body.len().min(1024)).unwrap_or_default());
            tracing::warn!(status = %parts.status, why = why.trim(), "the server did not take a message");
            return Err(failure);
        }
        let named = headers::syntax(&parts.headers);
        if named.is_none() && is_web_page(&parts.headers) {
            tracing::warn!("a web page came instead of an answer");
            return Err(SendFailure::Network);
        }
        let body = self.decoded(&parts.headers, body)?;
        let syntax = named.unwrap_or_else(|| Syntax::sniff(&body));
        Ok(Reply { syntax, mac: headers::mac(&parts.headers), body })
    }

    fn decoded(&self, headers: &HeaderMap, body: Bytes) -> Result<Bytes, SendFailure> {
        let decoded = Coding::of(headers).and_then(|coding| match coding {
            None => Ok(body),
            Some(coding) => coding.decode(&body, self.max_message).map(Bytes::from),
        });
        decoded.map_err(|error| {
            tracing::error!(%error, "the server's answer cannot be decoded");
            SendFailure::Refused
        })
    }
}

fn is_web_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/html"))
}

/// Where a response sends the client instead of `from`, if it does. A step from https down to http is not taken.
#[must_use]
pub fn redirection(parts: &response::Parts, from: &Uri) -> Option<Uri> {
    let moved = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    if !moved.contains(&parts.status) {
        return None;
    }
    let location: Uri = parts.headers.get(LOCATION)?.to_str().ok()?.trim().parse().ok()?;
    let mut target = location.into_parts();
    if target.scheme.is_none() && target.authority.is_none() {
        let base = from.clone().into_parts();
        (target.scheme, target.authority) = (base.scheme, base.authority);
    }
    let target = Uri::from_parts(target).ok()?;
    let steps_down = from.scheme_str() == Some("https") && target.scheme_str() != Some("https");
    (!steps_down).then_some(target)
}

#[cfg(test)]
mod tests {
    use http::Response;
    use omadm_proto::ids::ExchangeId;

    use super::*;

    fn message(body: &'static [u8]) -> Transmit {
        let mut message =
            Transmit::new(ExchangeId::new(1), "http://h/dm".into(), Syntax::Wbxml, Bytes::from_static(body));
        message.mac = Some("algorithm=MD5, username=\"a\", mac=b==".into());
        message
    }

    fn parts(response: response::Builder) -> response::Parts {
        response.body(()).unwrap().into_parts().0
    }

    fn answer(response: response::Builder, body: &'static [u8]) -> Result<Reply, SendFailure> {
        Poster::new("x").reply(&parts(response), Bytes::from_static(body), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn a_request_has_the_headers_of_the_sheet() {
        let request = Poster::new("drem/1").request(&message(b"\x02body"), "http://h/dm".parse().unwrap());
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(request.method(), "POST");
        assert_eq!(header("content-type"), Some("application/vnd.syncml.dm+wbxml"));
        assert_eq!(header("accept"), Some("application/vnd.syncml.dm+wbxml"));
        assert_eq!(header("accept-charset"), Some("UTF-8"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("user-agent"), Some("drem/1"));
        assert_eq!(header("x-syncml-hmac"), Some("algorithm=MD5, username=\"a\", mac=b=="));
        assert_eq!(header("content-encoding"), None);
        assert_eq!(&request.body()[..], b"\x02body");
    }

    #[test]
    fn a_long_message_is_compressed_when_it_is_asked_for() {
        let poster = Poster::new("x").with_coding(Some(Coding::Deflate));
        let request = poster.request(&message(&[b'a'; 600]), "http://h/dm".parse().unwrap());
        assert_eq!(request.headers()["content-encoding"], "deflate");
        assert_eq!(request.headers()["accept-encoding"], "deflate, gzip");
        assert_eq!(Coding::Deflate.decode(request.body(), 600).unwrap(), [b'a'; 600]);
    }

    #[test]
    fn an_answer_brings_its_syntax_its_mac_and_its_decoded_bytes() {
        let encoded = Bytes::from(Coding::Gzip.encode(b"<SyncML/>"));
        let response = Response::builder()
            .header("content-type", "application/vnd.syncml+xml; charset=UTF-8")
            .header("content-encoding", "gzip")
            .header("X-SYNCML-HMAC", "mac=b");
        let reply = Poster::new("x").reply(&parts(response), encoded, SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            (reply.syntax, reply.mac.as_deref(), &reply.body[..]),
            (Syntax::Xml, Some("mac=b"), &b"<SyncML/>"[..])
        );
        assert_eq!(reply.inbound(), Inbound::new(Syntax::Xml, b"<SyncML/>").with_mac(Some("mac=b")));
    }

    #[test]
    fn an_answer_without_a_type_is_told_by_its_first_byte_and_a_web_page_is_none() {
        assert_eq!(answer(Response::builder(), b"\x02\x00").unwrap().syntax, Syntax::Wbxml);
        assert_eq!(answer(Response::builder(), b"<?xml").unwrap().syntax, Syntax::Xml);
        let portal = Response::builder().header("content-type", "Text/HTML; charset=utf-8");
        assert_eq!(answer(portal, b"<html>log in").unwrap_err(), SendFailure::Network);
    }

    #[test]
    fn an_answer_that_swells_beyond_the_limit_is_refused() {
        let bomb = Bytes::from(Coding::Deflate.encode(&vec![b' '; 1 << 20]));
        let response = parts(Response::builder().header("content-encoding", "deflate"));
        let poster = Poster::new("x").with_max_message(1 << 16);
        assert_eq!(poster.reply(&response, bomb, SystemTime::UNIX_EPOCH).unwrap_err(), SendFailure::Refused);
    }

    #[test]
    fn a_redirection_leads_to_its_location_but_never_from_https_to_http() {
        let to = |status: u16, location: &str, from: &str| {
            let moved = parts(Response::builder().status(status).header("location", location));
            redirection(&moved, &from.parse().unwrap()).map(|target| target.to_string())
        };
        assert_eq!(to(302, "http://other/dm?s=1", "http://h/dm").as_deref(), Some("http://other/dm?s=1"));
        assert_eq!(to(307, "/dm2", "http://h:81/dm").as_deref(), Some("http://h:81/dm2"));
        assert_eq!(to(308, "http://other/dm", "https://h/dm"), None);
        assert_eq!(to(200, "http://other/dm", "http://h/dm"), None);
    }
}
