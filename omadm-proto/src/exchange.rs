//! What crosses the border between a machine and its driver: whole messages with the few transport facts that matter.
//!
//! The core never knows the transport. A driver maps [`Transmit`] to an HTTP POST, an OBEX PUT or a CoAP exchange and hands
//! what comes back in as [`Inbound`]. Both sides of a session use these types, hence they live here.

use alloc::string::String;
use bytes::Bytes;
use core::fmt;

use crate::ids::ExchangeId;

/// The two spellings of a DM message, by their media types \[dm 1\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "a message is XML or WBXML; there is no third syntax")]
pub enum Syntax {
    /// `application/vnd.syncml.dm+xml`
    Xml,
    /// `application/vnd.syncml.dm+wbxml`
    Wbxml,
}

impl Syntax {
    /// The media type that is written.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xml => "application/vnd.syncml.dm+xml",
            Self::Wbxml => "application/vnd.syncml.dm+wbxml",
        }
    }

    /// The syntax that a Content-Type names; parameters are skipped, case does not matter, and the data-sync types
    /// `application/vnd.syncml+xml` and `+wbxml` are taken as aliases \[dm 13.1\].
    #[must_use]
    pub fn from_media_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        if is(Self::Xml.media_type()) || is("application/vnd.syncml+xml") {
            Some(Self::Xml)
        } else if is(Self::Wbxml.media_type()) || is("application/vnd.syncml+wbxml") {
            Some(Self::Wbxml)
        } else {
            None
        }
    }

    /// The syntax of a document, told from its first byte: WBXML starts with a version byte 0x00 to 0x03, XML does not.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Self {
        match bytes.first() {
            Some(0x00..=0x03) => Self::Wbxml,
            _ => Self::Xml,
        }
    }
}

impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.media_type())
    }
}

/// One received message.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inbound<'a> {
    /// The syntax that the transport named.
    pub syntax: Syntax,
    /// The value of the `x-syncml-hmac` header, if there was one \[dm 7.3\].
    pub mac: Option<&'a str>,
    /// Whom the transport has authenticated, if it has \[dm 7.1\].
    pub sender: Option<TransportIdentity<'a>>,
    /// The exact bytes of the message, after the transport's own decoding.
    pub body: &'a [u8],
}

/// The name under which the transport has authenticated a sender: the subject of a verified TLS client certificate, or the
/// user of HTTP authentication. A driver gives one only for what it has verified itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportIdentity<'a>(&'a str);

impl<'a> TransportIdentity<'a> {
    /// The identity `name`.
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        Self(name)
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl<'a> Inbound<'a> {
    /// A message in `syntax` with no MAC header.
    #[must_use]
    pub const fn new(syntax: Syntax, body: &'a [u8]) -> Self {
        Self { syntax, mac: None, sender: None, body }
    }

    /// The same message with the value of its `x-syncml-hmac` header.
    #[must_use]
    pub const fn with_mac(mut self, mac: Option<&'a str>) -> Self {
        self.mac = mac;
        self
    }

    /// The same message from somebody whom the transport has authenticated.
    #[must_use]
    pub const fn with_sender(mut self, sender: Option<TransportIdentity<'a>>) -> Self {
        self.sender = sender;
        self
    }
}

impl fmt::Debug for Inbound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbound({:?}, {} bytes)", self.syntax, self.body.len())
    }
}

/// One message to send.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transmit {
    /// What the answer, or the failure, is reported with.
    pub exchange: ExchangeId,
    /// Where to: the URL of the peer for the side that opens connections, empty for an answer on the same exchange.
    pub destination: String,
    /// The syntax of `body`; gives the Content-Type.
    pub syntax: Syntax,
    /// The value for an `x-syncml-hmac` header, when the account uses auth-MAC.
    pub mac: Option<String>,
    /// The message.
    pub body: Bytes,
}

impl Transmit {
    /// The message `body` for `destination`.
    #[must_use]
    pub const fn new(exchange: ExchangeId, destination: String, syntax: Syntax, body: Bytes) -> Self {
        Self { exchange, destination, syntax, mac: None, body }
    }
}

impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit")
            .field("exchange", &self.exchange)
            .field("destination", &self.destination)
            .field("syntax", &self.syntax)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why a message got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendFailure {
    /// The peer was not reached, or the connection broke: the same bytes may be sent again.
    Network,
    /// The peer answered with a transport error that a repetition will not cure (HTTP 4xx).
    Refused,
    /// The peer asked for a pause (HTTP 503 or 429 with Retry-After).
    RetryAfter(core::time::Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_matched_without_case_and_parameters() {
        assert_eq!(Syntax::from_media_type("Application/vnd.SyncML.dm+XML; charset=utf-8"), Some(Syntax::Xml));
        assert_eq!(Syntax::from_media_type("application/vnd.syncml.dm+wbxml"), Some(Syntax::Wbxml));
        assert_eq!(Syntax::from_media_type("application/vnd.syncml+wbxml"), Some(Syntax::Wbxml));
        assert_eq!(Syntax::from_media_type("text/xml"), None);
    }
}
