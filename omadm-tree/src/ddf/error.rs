//! Why a document is no description, and where.

use core::fmt;

use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::exchange::Syntax;
use thiserror::Error;

/// Why a document could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{kind} ({})", Place(self))]
#[non_exhaustive]
pub struct DdfError {
    /// The broken rule.
    pub kind: DecodeErrorKind,
    /// The byte at which it was noticed, counted from the start of the document.
    pub offset: usize,
    /// Line and column of that byte, in XML.
    pub position: Option<Position>,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1; a byte order mark is none.
    pub column: usize,
}

impl Position {
    /// Where byte `offset` of `document` is.
    #[must_use]
    pub fn of(document: &[u8], offset: usize) -> Self {
        let document = document.strip_prefix(b"\xEF\xBB\xBF").map_or((document, 0), |rest| (rest, 3));
        let before = document.0.get(..offset.saturating_sub(document.1)).unwrap_or(document.0);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        // Bytes that continue a character of UTF-8 are no columns.
        let column = 1 + last.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        Self { line, column }
    }
}

impl DdfError {
    pub(super) fn new(error: DecodeError, syntax: Syntax, document: &[u8]) -> Self {
        let position = match syntax {
            Syntax::Xml => Some(Position::of(document, error.offset)),
            Syntax::Wbxml => None,
        };
        Self { kind: error.kind, offset: error.offset, position }
    }
}

/// Where an error is, as text.
struct Place<'a>(&'a DdfError);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.position {
            Some(position) => position.fmt(f),
            None => write!(f, "at byte {}", self.0.offset),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
