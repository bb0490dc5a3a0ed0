//! Reading single bytes, integers and strings from the front of what is left of a document.

use crate::error::DecodeErrorKind;

/// The bytes that are left. Every method either takes what it returns, or fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, total: bytes.len() }
    }

    /// The offset of the next byte.
    pub(super) const fn position(&self) -> usize {
        self.total - self.rest.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn byte(&mut self) -> Result<u8, DecodeErrorKind> {
        let (first, rest) = self.rest.split_first().ok_or(DecodeErrorKind::UnexpectedEnd)?;
        self.rest = rest;
        Ok(*first)
    }

    /// A `mb_u_int32`: up to five groups of seven bits, at most 32 bits in all. Leading zero groups are legal.
    pub(super) fn integer(&mut self) -> Result<u32, DecodeErrorKind> {
        let mut value = 0_u64;
        for _ in 0..5 {
            let byte = self.byte()?;
            value = (value << 7) | u64::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| DecodeErrorKind::IntegerTooLong);
            }
        }
        Err(DecodeErrorKind::IntegerTooLong)
    }

    /// The next `len` bytes; the length is compared with what is left, never added to a position.
    pub(super) fn take(&mut self, len: u32) -> Result<&'a [u8], DecodeErrorKind> {
        let len = usize::try_from(len).map_err(|_| DecodeErrorKind::UnexpectedEnd)?;
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(DecodeErrorKind::UnexpectedEnd)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The text up to the next NUL, which is skipped.
    pub(super) fn terminated(&mut self) -> Result<&'a str, DecodeErrorKind> {
        let len = self.rest.iter().position(|byte| *byte == 0).ok_or(DecodeErrorKind::UnexpectedEnd)?;
        let (text, rest) = self.rest.split_at_checked(len).ok_or(DecodeErrorKind::UnexpectedEnd)?;
        self.rest = rest.get(1..).unwrap_or_default();
        core::str::from_utf8(text).map_err(|_| DecodeErrorKind::InvalidUtf8)
    }
}

/// The string that begins at `index` of `table` and ends at the next NUL or at the end of the table.
pub(super) fn string_at(table: &[u8], index: u32) -> Result<&str, DecodeErrorKind> {
    let tail = usize::try_from(index).ok().and_then(|start| table.get(start..)).filter(|tail| !tail.is_empty());
    let tail = tail.ok_or(DecodeErrorKind::StringTableIndex(index))?;
    let text = tail.split(|byte| *byte == 0).next().unwrap_or_default();
    core::str::from_utf8(text).map_err(|_| DecodeErrorKind::InvalidUtf8)
}
