//! UTF-16 with a byte order mark, which every XML reader has to accept \[windows-quirks L20\].

use alloc::string::String;

use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::limits::Limits;

/// The document in UTF-8, for [`Reader::from_text`](super::Reader::from_text), if its byte order mark says that it is in
/// UTF-16; `None` leaves it as it is.
///
/// # Errors
/// It is longer than the limits allow, or ends inside a character, or holds half a surrogate pair.
pub fn utf16_to_utf8(bytes: &[u8], limits: &Limits) -> Result<Option<String>, DecodeError> {
    let (body, little_endian) = match bytes {
        [0xFF, 0xFE, body @ ..] => (body, true),
        [0xFE, 0xFF, body @ ..] => (body, false),
        _ => return Ok(None),
    };
    if bytes.len() > limits.message_bytes {
        return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::MessageBytes), limits.message_bytes));
    }
    let (pairs, odd) = body.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(DecodeError::new(DecodeErrorKind::UnexpectedEnd, bytes.len()));
    }
    let units =
        pairs.iter().map(|pair| if little_endian { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.map(Some).map_err(|_| DecodeError::new(DecodeErrorKind::InvalidUtf8, 0))
}
