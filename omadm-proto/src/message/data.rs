//! The content of a Data element.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The content of Data (and of NextNonce and EMI).
///
/// Text, opaque bytes and element content are three spellings of one value: [`PartialEq`] compares the bytes, and
/// [`Data::as_str`] gives the text however the sender wrote it.
#[derive(Clone)]
#[non_exhaustive]
pub enum Data<'a> {
    /// Character data, byte-exact: nothing is trimmed.
    Text(Cow<'a, str>),
    /// Bytes as they came in OPAQUE, which nobody has looked at: they may be text all the same, and large. Only WBXML carries
    /// them as they are; an XML writer sends those that are no text as base64 with Format `b64`.
    Opaque(Cow<'a, [u8]>),
    /// Child elements that stood inside Data, as the XML text between the tags \[windows-quirks L17\].
    Xml(Cow<'a, str>),
}

impl<'a> Data<'a> {
    /// The text `text`.
    #[must_use]
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The bytes `bytes`: text if they are valid UTF-8 without control characters that XML forbids, opaque otherwise.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        match bytes.into() {
            Cow::Borrowed(bytes) => match core::str::from_utf8(bytes) {
                Ok(text) if is_xml_text(text) => Self::Text(Cow::Borrowed(text)),
                _ => Self::Opaque(Cow::Borrowed(bytes)),
            },
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) if is_xml_text(&text) => Self::Text(Cow::Owned(text)),
                Ok(text) => Self::Opaque(Cow::Owned(text.into_bytes())),
                Err(error) => Self::Opaque(Cow::Owned(error.into_bytes())),
            },
        }
    }

    /// The bytes of the value as they stand in the message; its length is what Meta Size counts.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) | Self::Xml(text) => text.as_bytes(),
            Self::Opaque(bytes) => bytes,
        }
    }

    /// The value as text; `None` for opaque bytes that are no text, or hold characters that XML forbids. Opaque bytes are
    /// looked through at every call.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Xml(text) => Some(text),
            Self::Opaque(bytes) => core::str::from_utf8(bytes).ok().filter(|text| is_xml_text(text)),
        }
    }

    /// The same value as [`Data::Text`] if it is opaque bytes that are text.
    #[must_use]
    pub fn into_text(self) -> Self {
        match self {
            Self::Opaque(bytes) => Self::from_bytes(bytes),
            text @ (Self::Text(_) | Self::Xml(_)) => text,
        }
    }

    /// Whether the value has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The value's bytes, copied only when borrowed.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) | Self::Xml(text) => text.into_owned().into_bytes(),
            Self::Opaque(bytes) => bytes.into_owned(),
        }
    }

    /// The same value, owning it.
    #[must_use]
    pub fn into_owned(self) -> Data<'static> {
        match self {
            Self::Text(text) => Data::Text(Cow::Owned(text.into_owned())),
            Self::Opaque(bytes) => Data::Opaque(Cow::Owned(bytes.into_owned())),
            Self::Xml(text) => Data::Xml(Cow::Owned(text.into_owned())),
        }
    }
}

impl PartialEq for Data<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Data<'_> {}

impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Text(_) => "Text",
            Self::Opaque(_) => "Opaque",
            Self::Xml(_) => "Xml",
        };
        write!(f, "{kind}({} bytes)", self.as_bytes().len())
    }
}

/// Whether every character may stand in an XML 1.0 document.
pub(crate) fn is_xml_text(text: &str) -> bool {
    let is_control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    // Without branches, so that it becomes vector instructions.
    let suspect = text.bytes().fold(false, |found, byte| found | is_control(byte) | (byte == 0xEF));
    // Of the characters of a string only the other control characters and U+FFFE and U+FFFF (EF BF BE, EF BF BF) may not.
    !suspect
        || !text.bytes().any(is_control)
            && !text.as_bytes().windows(3).any(|bytes| matches!(bytes, [0xEF, 0xBF, 0xBE | 0xBF]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_text_become_text_and_others_stay_opaque() {
        assert!(matches!(Data::from_bytes(&b"abc"[..]), Data::Text(_)));
        assert!(matches!(Data::from_bytes(&b"a\0c"[..]), Data::Opaque(_)));
        assert!(matches!(Data::from_bytes(&b"\xFF"[..]), Data::Opaque(_)));
        assert!(matches!(Data::from_bytes("\u{FFFE}".as_bytes()), Data::Opaque(_)));
        assert!(matches!(Data::from_bytes("\u{FFFD}\u{F000}\t\r\n".as_bytes()), Data::Text(_)));
        assert_eq!(Data::from_bytes(&b"abc"[..]), Data::Opaque(Cow::Borrowed(b"abc")));
    }

    #[test]
    fn debug_output_never_shows_the_value() {
        assert_eq!(alloc::format!("{:?}", Data::text("secret")), "Text(6 bytes)");
    }
}
