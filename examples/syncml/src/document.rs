//! The documents that are read, and how their problems are told.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use omadm_proto::error::{DecodeError, EncodeError};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;

/// A document in memory.
pub(crate) struct Document {
    name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) syntax: Syntax,
}

/// Something about a document that its owner should know.
pub(crate) struct Problem {
    offset: usize,
    text: String,
}

impl Problem {
    pub(crate) fn new(offset: usize, text: impl Into<String>) -> Self {
        Self { offset, text: text.into() }
    }

    pub(crate) fn unwritable(offset: usize, element: &str, error: EncodeError) -> Self {
        Self::new(offset, format!("{element}: {error}"))
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self::new(error.offset, error.kind.to_string())
    }
}

/// The largest document that is read: far more than a message may have, but not what a wrong file name could bring.
const MAX_BYTES: u64 = 256 << 20;

impl Document {
    /// Reads `path`, or the standard input if that is `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let stdin = path.as_os_str() == "-";
        let name = if stdin { "standard input".to_string() } else { path.display().to_string() };
        let mut bytes = Vec::new();
        let read = if stdin {
            std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
        };
        read.map_err(|error| format!("{name}: {error}"))?;
        let syntax = Syntax::sniff(&bytes);
        Ok(Self { name, bytes, syntax })
    }

    /// The limits for a document that its owner asked to see: its size is none of them.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::DEFAULT;
        limits.message_bytes = usize::MAX;
        limits.commands = usize::MAX;
        limits.items = usize::MAX;
        limits.depth = 1024;
        limits
    }

    /// `problem` with the place where it is.
    pub(crate) fn describe(&self, problem: &Problem) -> String {
        let mut text = format!("{}: byte {}", self.name, problem.offset);
        if let (Syntax::Xml, Some(before)) = (self.syntax, self.bytes.get(..problem.offset)) {
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
            // Writing to a String cannot fail.
            let _ = write!(text, " (line {line}, column {column})");
        }
        format!("{text}: {}", problem.text)
    }
}
