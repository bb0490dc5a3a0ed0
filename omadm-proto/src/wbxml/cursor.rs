//! Reading bytes, integers and strings from a document, front to back.

use super::scan::{nul_from, valid_prefix};
use super::token::END;
use crate::error::DecodeErrorKind;

/// How many bytes are checked for UTF-8 at once, unless a string is longer.
///
/// Tokens are ASCII, lengths seldom are not: so one check covers all strings of an ordinary message. It is bounded, because
/// behind the next string there may be 100 kB of OPAQUE that are no text.
const STRETCH: usize = 1024;

/// A document and a place in it. Every method either takes what it returns, or fails and leaves the place as it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    /// A stretch of the document that is known to be text, so that strings are cut out of it without looking at them.
    text: &'a str,
    /// Where that stretch begins.
    text_start: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, text: "", text_start: 0 }
    }

    /// The offset of the next byte.
    #[inline]
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// The offset behind the last byte.
    #[inline]
    pub(super) const fn end(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// The two bytes behind the next one.
    #[inline]
    pub(super) fn peek_behind(&self) -> Option<[u8; 2]> {
        self.bytes.get(self.position + 1..)?.first_chunk().copied()
    }

    /// Takes the byte that [`Self::peek`] saw.
    #[inline]
    pub(super) const fn advance(&mut self) {
        self.position += 1;
    }

    /// Takes all that is left.
    pub(super) const fn skip_to_end(&mut self) {
        self.position = self.bytes.len();
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, DecodeErrorKind> {
        let byte = self.peek().ok_or(DecodeErrorKind::UnexpectedEnd)?;
        self.position += 1;
        Ok(byte)
    }

    /// A `mb_u_int32`: up to five groups of seven bits, at most 32 bits in all. Leading zero groups are legal.
    #[inline]
    pub(super) fn integer(&mut self) -> Result<u32, DecodeErrorKind> {
        match self.peek() {
            Some(byte @ ..0x80) => {
                self.position += 1;
                Ok(u32::from(byte))
            }
            _ => self.long_integer(),
        }
    }

    fn long_integer(&mut self) -> Result<u32, DecodeErrorKind> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let mut value = 0_u64;
        for (index, byte) in rest.iter().take(5).enumerate() {
            value = (value << 7) | u64::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                let value = u32::try_from(value).map_err(|_| DecodeErrorKind::IntegerTooLong)?;
                self.position += index + 1;
                return Ok(value);
            }
        }
        Err(if rest.len() < 5 { DecodeErrorKind::UnexpectedEnd } else { DecodeErrorKind::IntegerTooLong })
    }

    /// The next `len` bytes; the length is compared with what is left, never added to a position.
    #[inline]
    pub(super) fn take(&mut self, len: u32) -> Result<&'a [u8], DecodeErrorKind> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let taken = usize::try_from(len).ok().and_then(|len| rest.get(..len)).ok_or(DecodeErrorKind::UnexpectedEnd)?;
        self.position += taken.len();
        Ok(taken)
    }

    /// The text up to the next NUL, which is skipped.
    pub(super) fn terminated(&mut self) -> Result<&'a str, DecodeErrorKind> {
        let nul = nul_from(self.bytes, self.position).ok_or(DecodeErrorKind::UnexpectedEnd)?;
        let text = match self.known_text(self.position, nul) {
            Some(text) => text,
            None => self.check_text(self.position, nul)?,
        };
        self.position = nul + 1;
        Ok(text)
    }

    /// An `STR_I` that is known to be text, from its token to its NUL; `None`, and nothing is taken, of any other.
    #[inline]
    pub(super) fn string(&mut self) -> Option<&'a str> {
        let nul = nul_from(self.bytes, self.position + 1)?;
        let text = self.known_text(self.position + 1, nul)?;
        self.position = nul + 1;
        Some(text)
    }

    /// The same with an END behind it, which is taken too.
    #[inline]
    pub(super) fn only_string(&mut self) -> Option<&'a str> {
        let nul = nul_from(self.bytes, self.position + 1)?;
        if self.bytes.get(nul + 1) != Some(&END) {
            return None;
        }
        let text = match self.known_text(self.position + 1, nul) {
            Some(text) => text,
            None => self.check_text(self.position + 1, nul).ok()?,
        };
        self.position = nul + 2;
        Some(text)
    }

    #[inline]
    fn known_text(&self, start: usize, end: usize) -> Option<&'a str> {
        self.text.get(start.wrapping_sub(self.text_start)..end.wrapping_sub(self.text_start))
    }

    /// Checks the document from `start`, at least to `end`.
    ///
    /// In all this is linear: a stretch begins behind the one before, or at a string that reaches out of that one.
    #[cold]
    #[inline(never)]
    fn check_text(&mut self, start: usize, end: usize) -> Result<&'a str, DecodeErrorKind> {
        let stop = end.max(self.bytes.len().min(start + STRETCH));
        let stretch = self.bytes.get(start..stop).unwrap_or_default();
        self.text = valid_prefix(stretch);
        self.text_start = start;
        self.text.get(..end - start).ok_or(DecodeErrorKind::InvalidUtf8)
    }
}
