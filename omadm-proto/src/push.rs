//! WAP push: how Package #0 and bootstrap documents travel in short messages \[dm 8.2, 12.1\].
//!
//! A connectionless, non-secure WSP push to port 2948. The header names the media type by its WSP code, for a bootstrap
//! document with SEC and MAC as parameters, and for Package #0 the push application. What a header may hold beyond that is
//! skipped. The ports travel in the transport's own header ([`PORTS`] in a short message), and joining the parts of a long
//! message is the transport's work too.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::provisioning::{BootstrapMac, BootstrapSecurity, Sec, SecurityFault};

/// The port of WAP push, 2948.
pub const PORT: u16 = 2948;

/// The user data header of a short message that is addressed to [`PORT`]; it stands before the push.
pub const PORTS: [u8; 7] = [0x06, 0x05, 0x04, 0x0B, 0x84, 0xC0, 0x02];

/// WSP codes of the media types that are pushed \[wbxml 2, dm 15.2\].
pub mod media {
    /// `application/vnd.wap.connectivity-wbxml`: a provisioning document.
    pub const PROVISIONING: u8 = 0x36;
    /// `application/vnd.syncml.dm+wbxml`: a DM message.
    pub const DM_WBXML: u8 = 0x42;
    /// `application/vnd.syncml.notification`: Package #0 of DM 1.1 and 1.2.
    pub const NOTIFICATION: u8 = 0x44;
    /// `application/vnd.syncml.dm.notification`: Package #0 of DM 1.3, whose layout is not known here.
    pub const NOTIFICATION_1_3: u8 = 0x58;
}

/// The push application `x-wap-application:syncml.dm`.
pub const SYNCML_DM: u8 = 0x07;

/// A pushed document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Push<'a> {
    /// The transaction id; the answer that is never given would carry it.
    pub transaction_id: u8,
    /// What the body is.
    pub media: Media<'a>,
    /// SEC and MAC, if they are there.
    pub security: Option<BootstrapSecurity>,
    /// The push application by its number, if one below 128 is named.
    pub application: Option<u8>,
    /// The document.
    pub body: Cow<'a, [u8]>,
}

/// A media type in a WSP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a number or a name")]
pub enum Media<'a> {
    /// A code below 128; see [`media`].
    Code(u8),
    /// A name.
    Name(&'a str),
}

/// Why bytes are no push, or a push cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// It ends within its header.
    #[error("the push ends within its header")]
    TooShort,
    /// Another PDU.
    #[error("WSP PDU type 0x{0:02X} is no push, which is 0x06")]
    PduType(u8),
    /// The Content-Type is not readable, or is a code of 128 or more.
    #[error("the Content-Type of the push is malformed or has a code of 128 or more")]
    ContentType,
    /// A push application of 128 or more.
    #[error("push application {0} does not fit; 0 to 127 do")]
    Application(u8),
    /// SEC or MAC is unknown, malformed or alone.
    #[error(transparent)]
    Security(#[from] SecurityFault),
}

const PUSH: u8 = 0x06;
/// A short integer, and a field or parameter known by number.
const SHORT: u8 = 0x80;
const LENGTH_QUOTE: u8 = 31;
const APPLICATION_ID: u8 = 0x2F | SHORT;
const SEC: u8 = 0x11 | SHORT;
const MAC: u8 = 0x12 | SHORT;

impl<'a> Push<'a> {
    /// Package #0: the bytes of [`crate::notification::Notification::encode`].
    #[must_use]
    pub fn notification(transaction_id: u8, package0: impl Into<Cow<'a, [u8]>>) -> Self {
        let media = Media::Code(media::NOTIFICATION);
        Self { transaction_id, media, security: None, application: Some(SYNCML_DM), body: package0.into() }
    }

    /// A provisioning document in WBXML, signed by `security`.
    #[must_use]
    pub fn provisioning(
        transaction_id: u8,
        document: impl Into<Cow<'a, [u8]>>,
        security: Option<BootstrapSecurity>,
    ) -> Self {
        let media = Media::Code(media::PROVISIONING);
        Self { transaction_id, media, security, application: None, body: document.into() }
    }

    /// The bytes of the push, without the transport's header.
    ///
    /// # Errors
    /// The media type is a code of 128 or more or a name that is no printable ASCII, so is the application, or SEC is one of
    /// the DM profile, whose form in a WSP header is not known \[dm 20\].
    pub fn encode(&self) -> Result<Vec<u8>, PushError> {
        let mut content_type = Vec::with_capacity(64);
        match self.media {
            Media::Code(code @ 0..0x80) => content_type.push(code | SHORT),
            Media::Name(name) if is_token(name) => {
                content_type.extend_from_slice(name.as_bytes());
                content_type.push(0);
            }
            Media::Code(_) | Media::Name(_) => return Err(PushError::ContentType),
        }
        if let Some(security) = &self.security {
            let number = security.sec.number().ok_or(SecurityFault::Unspecified(security.sec))?;
            content_type.extend_from_slice(&[SEC, number | SHORT, MAC]);
            content_type.extend_from_slice(alloc::format!("{}", security.mac).as_bytes());
            content_type.push(0);
        }
        let mut headers = Vec::with_capacity(content_type.len() + 8);
        if self.security.is_some() {
            push_length(&mut headers, content_type.len());
        }
        headers.append(&mut content_type);
        if let Some(application) = self.application {
            if application >= SHORT {
                return Err(PushError::Application(application));
            }
            headers.extend_from_slice(&[APPLICATION_ID, application | SHORT]);
        }
        let mut bytes = Vec::with_capacity(headers.len() + self.body.len() + 7);
        bytes.extend_from_slice(&[self.transaction_id, PUSH]);
        push_uintvar(&mut bytes, headers.len());
        bytes.append(&mut headers);
        bytes.extend_from_slice(&self.body);
        Ok(bytes)
    }

    /// Reads a push; the transport's header is gone already.
    ///
    /// # Errors
    /// [`PushError`]: ignore the push.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PushError> {
        let mut cursor = Cursor(bytes);
        let transaction_id = cursor.byte()?;
        match cursor.byte()? {
            PUSH => {}
            other => return Err(PushError::PduType(other)),
        }
        let headers_len = cursor.uintvar()?;
        let mut headers = Cursor(cursor.take(headers_len)?);
        let (media, security) = headers.content_type()?;
        let mut application = None;
        while !headers.0.is_empty() {
            match (headers.field()?, headers.value()?) {
                (Field::Number(APPLICATION_ID), Value::Short(number)) => application = Some(number),
                (Field::Number(_) | Field::Name, Value::Short(_) | Value::Text(_) | Value::Bytes(_)) => {}
            }
        }
        Ok(Self { transaction_id, media, security, application, body: Cow::Borrowed(cursor.0) })
    }
}

/// Whether `name` can stand as text where a number is told by its high bit and a length by its value.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
}

fn push_length(out: &mut Vec<u8>, len: usize) {
    match u8::try_from(len) {
        Ok(short) if short < LENGTH_QUOTE => out.push(short),
        _ => {
            out.push(LENGTH_QUOTE);
            push_uintvar(out, len);
        }
    }
}

/// Seven bits a byte, most significant first.
fn push_uintvar(out: &mut Vec<u8>, value: usize) {
    let mut shift = 28;
    while shift > 0 && value >> shift == 0 {
        shift -= 7;
    }
    loop {
        let more = if shift == 0 { 0 } else { SHORT };
        let group = u8::try_from(value >> shift & 0x7F).unwrap_or_default();
        out.push(group | more);
        if shift == 0 {
            return;
        }
        shift -= 7;
    }
}

/// The name of a field or parameter.
enum Field {
    /// A number, with the high bit that marks it.
    Number(u8),
    Name,
}

/// The value of a field or parameter.
enum Value<'a> {
    Short(u8),
    Text(&'a str),
    Bytes(&'a [u8]),
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn byte(&mut self) -> Result<u8, PushError> {
        let (first, rest) = self.0.split_first().ok_or(PushError::TooShort)?;
        self.0 = rest;
        Ok(*first)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], PushError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(PushError::TooShort)?;
        self.0 = rest;
        Ok(taken)
    }

    fn uintvar(&mut self) -> Result<usize, PushError> {
        let mut value = 0_usize;
        for _ in 0..4 {
            let byte = self.byte()?;
            value = value << 7 | usize::from(byte & 0x7F);
            if byte & SHORT == 0 {
                return Ok(value);
            }
        }
        // Five groups are legal, but no push has 2^28 bytes.
        Err(PushError::TooShort)
    }

    fn text(&mut self) -> Result<&'a str, PushError> {
        let len = self.0.iter().position(|byte| *byte == 0).ok_or(PushError::TooShort)?;
        let text = core::str::from_utf8(self.take(len)?).map_err(|_| PushError::ContentType)?;
        self.byte()?;
        // A quote marks a quoted string, 0x7F a text that begins with a byte of 128 or more.
        Ok(text.strip_prefix(['"', '\u{7F}']).unwrap_or(text))
    }

    fn field(&mut self) -> Result<Field, PushError> {
        match self.0.first() {
            Some(SHORT..) => self.byte().map(Field::Number),
            _ => self.text().map(|_| Field::Name),
        }
    }

    fn value(&mut self) -> Result<Value<'a>, PushError> {
        match self.0.first().copied() {
            Some(first @ SHORT..) => {
                self.byte()?;
                Ok(Value::Short(first & !SHORT))
            }
            Some(0..=LENGTH_QUOTE) => self.counted().map(Value::Bytes),
            _ => self.text().map(Value::Text),
        }
    }

    /// Bytes behind their length.
    fn counted(&mut self) -> Result<&'a [u8], PushError> {
        let len = match self.byte()? {
            LENGTH_QUOTE => self.uintvar()?,
            short => short.into(),
        };
        self.take(len)
    }

    /// The Content-Type, which stands first and without a field name.
    fn content_type(&mut self) -> Result<(Media<'a>, Option<BootstrapSecurity>), PushError> {
        match self.value()? {
            Value::Short(code) => Ok((Media::Code(code), None)),
            Value::Text(name) => Ok((Media::Name(name), None)),
            Value::Bytes(bytes) => {
                let mut parameters = Self(bytes);
                let media = match parameters.value()? {
                    Value::Short(code) => Media::Code(code),
                    Value::Text(name) => Media::Name(name),
                    Value::Bytes(_) => return Err(PushError::ContentType),
                };
                Ok((media, parameters.security()?))
            }
        }
    }

    /// SEC and MAC among the parameters that are left; both or none.
    fn security(&mut self) -> Result<Option<BootstrapSecurity>, PushError> {
        let (mut sec, mut mac) = (None, None);
        while !self.0.is_empty() {
            let malformed = match (self.field()?, self.value()?) {
                (Field::Number(SEC), Value::Short(number)) => {
                    sec.replace(Sec::from_number(number).ok_or(SecurityFault::UnknownSec)?).is_some()
                }
                (Field::Number(SEC), Value::Text(name)) => {
                    sec.replace(Sec::parse(name).ok_or(SecurityFault::UnknownSec)?).is_some()
                }
                (Field::Number(MAC), Value::Text(digits)) => {
                    mac.replace(BootstrapMac::parse(digits).ok_or(SecurityFault::Malformed)?).is_some()
                }
                (Field::Number(SEC), Value::Bytes(_)) | (Field::Number(MAC), Value::Short(_) | Value::Bytes(_)) => true,
                (Field::Number(_) | Field::Name, Value::Short(_) | Value::Text(_) | Value::Bytes(_)) => false,
            };
            if malformed {
                return Err(SecurityFault::Malformed.into());
            }
        }
        match (sec, mac) {
            (None, None) => Ok(None),
            (Some(sec), Some(mac)) => Ok(Some(BootstrapSecurity::new(sec, mac))),
            _ => Err(SecurityFault::Unsigned.into()),
        }
    }
}
