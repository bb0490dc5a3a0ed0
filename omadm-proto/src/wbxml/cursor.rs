//! Reading bytes, integers and strings from a document, front to back.

use super::scan::{nul_in, valid_prefix};
use super::token::END;
use crate::error::DecodeErrorKind;

/// How many bytes are checked for UTF-8 at once, unless a string is longer.
///
/// Tokens are ASCII, lengths seldom are not: so one check covers all strings of an ordinary message. It is bounded, because
/// behind the next string there may be 100 kB of OPAQUE that are no text.
const STRETCH: usize = 1024;

/// A document and a place in it. Every method either takes what it returns, or fails and leaves the place as it was.
///
/// The quick methods see only a stretch that is known to be text, from which they cut strings without looking at them, and
/// nothing while [`Self::hide`] holds: so finding a byte there is all that they have to check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    /// What the quick methods see: `known` or nothing.
    text: &'a str,
    /// The document from `base` on.
    bytes: &'a [u8],
    /// The next byte of `bytes`.
    position: usize,
    /// The byte that [`Self::mark`] has marked; before `base` it has wrapped around.
    marked: usize,
    /// As much as is known of the text with which `bytes` begin.
    known: &'a str,
    base: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { text: "", bytes, position: 0, marked: 0, known: "", base: 0 }
    }

    /// A cursor at `base` of the document, with the text behind it known but hidden.
    #[inline]
    pub(super) fn at(document: &'a [u8], base: usize) -> Self {
        let bytes = document.get(base..).unwrap_or_default();
        Self { text: "", bytes, position: 0, marked: 0, known: text_of(bytes, STRETCH), base }
    }

    /// The offset of the next byte.
    #[inline]
    pub(super) const fn position(&self) -> usize {
        self.base + self.position
    }

    /// Whether nothing is left.
    #[inline]
    pub(super) const fn is_at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    /// Marks the next byte.
    #[inline]
    pub(super) const fn mark(&mut self) {
        self.marked = self.position;
    }

    /// The offset of the byte that was marked last.
    #[inline]
    pub(super) const fn marked(&self) -> usize {
        self.base.wrapping_add(self.marked)
    }

    /// Marks the byte at `offset`, which was marked before.
    pub(super) const fn mark_again(&mut self, offset: usize) {
        self.marked = offset.wrapping_sub(self.base);
    }

    /// Lets the quick methods see nothing until [`Self::show`].
    #[inline]
    pub(super) const fn hide(&mut self) {
        self.text = "";
    }

    /// Lets the quick methods see what is known to be text.
    #[inline]
    pub(super) const fn show(&mut self) {
        self.text = self.known;
    }

    /// The next byte, if it is in sight.
    #[inline]
    pub(super) fn quick(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// The two bytes behind the next one, if they are in sight.
    #[inline]
    pub(super) fn quick_behind(&self) -> Option<[u8; 2]> {
        self.text.as_bytes().get(self.position + 1..)?.first_chunk().copied()
    }

    /// The `STR_I` that is next, from its token to its NUL, if all of it is in sight.
    #[inline]
    pub(super) fn quick_string(&mut self) -> Option<&'a str> {
        let (text, nul) = self.string_in_sight()?;
        self.position = nul + 1;
        Some(text)
    }

    /// The same with an END behind it, which is taken too; the token is marked.
    #[inline]
    pub(super) fn quick_only_string(&mut self) -> Option<&'a str> {
        let (text, nul) = self.string_in_sight()?;
        if self.text.as_bytes().get(nul + 1) != Some(&END) {
            return None;
        }
        self.mark();
        self.position = nul + 2;
        Some(text)
    }

    /// The text behind the next byte, and where its NUL is.
    #[inline]
    fn string_in_sight(&self) -> Option<(&'a str, usize)> {
        let start = self.position + 1;
        let rest = self.text.get(start..)?;
        let len = nul_in(rest.as_bytes())?;
        Some((rest.get(..len)?, start + len))
    }

    /// Shows what is known to be text, and looks further when the place is behind it.
    ///
    /// In all this is linear: a stretch begins behind the one before, or at a string that reaches out of that one.
    #[inline]
    pub(super) fn look_ahead(&mut self) {
        if self.position >= self.known.len() && self.peek().is_some_and(|byte| byte.is_ascii()) {
            self.look_at(STRETCH);
        }
        self.show();
    }

    /// Makes the next byte the base, and as much of `most` bytes behind it known as is text.
    #[cold]
    #[inline(never)]
    fn look_at(&mut self, most: usize) {
        self.bytes = self.bytes.get(self.position..).unwrap_or_default();
        self.base += self.position;
        self.marked = self.marked.wrapping_sub(self.position);
        self.position = 0;
        self.known = text_of(self.bytes, most);
        self.hide();
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Takes the byte that [`Self::peek`] or [`Self::quick`] saw.
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

    /// The text up to the next NUL, which is skipped. The text in sight may be hidden afterwards.
    pub(super) fn terminated(&mut self) -> Result<&'a str, DecodeErrorKind> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let len = nul_in(rest).ok_or(DecodeErrorKind::UnexpectedEnd)?;
        let text = match self.known.get(self.position..self.position + len) {
            Some(text) => text,
            None => {
                self.look_at(len.max(STRETCH));
                self.known.get(..len).ok_or(DecodeErrorKind::InvalidUtf8)?
            }
        };
        self.position += len + 1;
        Ok(text)
    }
}

/// The text with which the first `most` of `bytes` begin.
fn text_of(bytes: &[u8], most: usize) -> &str {
    valid_prefix(bytes.get(..most).unwrap_or(bytes))
}
