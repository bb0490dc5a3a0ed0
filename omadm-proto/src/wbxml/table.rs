//! The string table \[wbxml 1\]: bytes, in which every string ends at the next NUL or at the end of the table.

use super::scan::{nul_in, valid_prefix};
use crate::error::DecodeErrorKind;

/// The string table of a document, checked for UTF-8 once.
#[derive(Debug, Clone, Copy)]
pub(super) struct StringTable<'a> {
    bytes: &'a [u8],
    /// As much of its beginning as is text: all of it, unless the document is odd.
    text: &'a str,
}

impl<'a> StringTable<'a> {
    pub(super) const EMPTY: Self = Self { bytes: &[], text: "" };

    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, text: valid_prefix(bytes) }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The string that begins at `index`, which may be the middle of another one.
    pub(super) fn at(&self, index: u32) -> Result<&'a str, DecodeErrorKind> {
        let start = usize::try_from(index).ok().filter(|start| *start < self.bytes.len());
        let start = start.ok_or(DecodeErrorKind::StringTableIndex(index))?;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let string = nul_in(rest).and_then(|len| rest.get(..len)).unwrap_or(rest);
        match self.text.get(start..start + string.len()) {
            Some(text) => Ok(text),
            None => core::str::from_utf8(string).map_err(|_| DecodeErrorKind::InvalidUtf8),
        }
    }
}
