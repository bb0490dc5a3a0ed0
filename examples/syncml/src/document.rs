//! The documents that are read, and how their problems are told.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use omadm_proto::decode::Decoded;
use omadm_proto::deviation::Profile;
use omadm_proto::element::{Event, EventSource as _, Name, syncml};
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::reading::Reading;
use omadm_proto::{wbxml, xml};

use crate::advice;
use crate::screen::printable;
use crate::source::Source;

/// A document in memory.
pub(crate) struct Document {
    pub(crate) name: String,
    /// Where it stood below the folder that was named; for the names of outputs.
    pub(crate) relative: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) syntax: Syntax,
    /// The document in UTF-8, if its bytes are UTF-16. Offsets count in it.
    utf8: Option<String>,
    /// Where its lines end, once somebody asked.
    line_ends: OnceCell<Vec<usize>>,
    /// How it is read.
    pub(crate) reading: Reading,
}

/// How strictly documents are read.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Strictness {
    /// Refuse documents that deviate from the standard, at the first deviation.
    #[arg(long)]
    strict: bool,
    /// Take what real peers send; the default.
    #[arg(long, conflicts_with = "strict")]
    lenient: bool,
    /// Repair XML that is not well-formed in the ways of two known senders: take a raw `&` as itself, leave NUL bytes out.
    #[arg(long)]
    repair: bool,
}

impl Strictness {
    const fn reading(self) -> Reading {
        let profile = if self.strict { Profile::Strict } else { Profile::Lenient };
        let reading = Reading::new(profile, limits());
        if self.repair { reading.repairing_ampersands().stripping_nul() } else { reading }
    }
}

/// Something about a document that its owner should know.
pub(crate) struct Problem {
    pub(crate) offset: usize,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn new(offset: usize, text: impl Into<String>) -> Self {
        Self { offset, text: text.into() }
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self::new(error.offset, advice::follow(error.kind.to_string(), advice::about_reading(error.kind)))
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
            std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        };
        read.map_err(|error| format!("{name}: {error}"))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(format!("{name}: more than {} MiB; no document is that large", MAX_BYTES >> 20));
        }
        let syntax = Syntax::sniff(&bytes);
        // What is no UTF-16 is left to the reader to refuse.
        let reading = Reading::new(Profile::Lenient, limits());
        let utf8 = xml::utf16_to_utf8(&bytes, &limits()).unwrap_or_default();
        Ok(Self { name, relative: path.to_path_buf(), bytes, syntax, utf8, line_ends: OnceCell::new(), reading })
    }

    /// The same, standing at `relative`.
    pub(crate) fn at(mut self, relative: PathBuf) -> Self {
        self.relative = relative;
        self
    }

    /// Whether it begins as WBXML or XML does; told of files that nobody named.
    pub(crate) fn looks_like_one(&self) -> bool {
        let text = self.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&self.bytes);
        let utf16 = text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF");
        match self.syntax {
            Syntax::Xml => utf16 || text.trim_ascii_start().starts_with(b"<"),
            // Many files begin with a small byte; few go on with a header.
            Syntax::Wbxml => self.name.ends_with(".wbxml") || wbxml::Reader::new(&self.bytes, &limits()).is_ok(),
        }
    }

    /// The same, read as `strictness` says.
    pub(crate) const fn with(mut self, strictness: Strictness) -> Self {
        self.reading = strictness.reading();
        self
    }

    /// Its element events.
    pub(crate) fn source(&self) -> Result<Source<'_>, DecodeError> {
        let reading = &self.reading;
        Ok(match (self.syntax, &self.utf8) {
            (Syntax::Xml, Some(text)) => Source::Xml(xml::Reader::from_text(text, reading)?),
            (Syntax::Xml, None) => Source::Xml(xml::Reader::with(&self.bytes, reading)?),
            (Syntax::Wbxml, _) => Source::Wbxml(wbxml::Reader::with(&self.bytes, reading)?),
        })
    }

    /// Its bytes, in UTF-8 if it is XML.
    pub(crate) fn utf8_bytes(&self) -> &[u8] {
        self.utf8.as_ref().map_or(&self.bytes, String::as_bytes)
    }

    /// The typed message.
    pub(crate) fn message(&self) -> Result<Decoded<'_>, DecodeError> {
        self.reading.message(self.syntax, &self.bytes)
    }

    /// The name of the root element, if the document has one.
    pub(crate) fn root(&self) -> Option<String> {
        match self.source().ok()?.next_event().ok()?? {
            Event::Start(Name::Known(tag)) => Some(tag.name().to_string()),
            Event::Start(name) => Some(printable(&name.to_text(), 64)),
            _ => None,
        }
    }

    /// Whether it is meant as a message, complete or not.
    pub(crate) fn claims_to_be_message(&self) -> bool {
        self.root().is_some_and(|root| root == syncml::SYNC_ML.name())
    }

    /// Line and column of an offset, in XML.
    pub(crate) fn line_and_column(&self, offset: usize) -> Option<(usize, usize)> {
        let bytes = self.utf8_bytes();
        let offset = offset.min(bytes.len());
        (self.syntax == Syntax::Xml).then(|| {
            // A message may have thousands of commands to place.
            let ends = self.line_ends.get_or_init(|| {
                bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect()
            });
            let line = ends.partition_point(|end| *end < offset);
            let start = line.checked_sub(1).and_then(|last| ends.get(last)).map_or(0, |end| end + 1);
            (line + 1, offset - start + 1)
        })
    }

    /// An offset in words: the byte, and in XML the line and column.
    pub(crate) fn place(&self, offset: usize) -> String {
        let mut text = format!("byte {offset}");
        if let Some((line, column)) = self.line_and_column(offset) {
            // Writing to a String cannot fail.
            let _ = write!(text, " (line {line}, column {column})");
        }
        text
    }

    /// `problem` with the place where it is.
    pub(crate) fn describe(&self, problem: &Problem) -> String {
        format!("{}: {}: {}", self.name, self.place(problem.offset), problem.text)
    }
}

/// The limits for documents that their owner asked to see: their size is none of them.
pub(crate) const fn limits() -> Limits {
    let mut limits = Limits::DEFAULT;
    limits.message_bytes = usize::MAX;
    limits.commands = usize::MAX;
    limits.items = usize::MAX;
    limits.depth = 1024;
    limits.pieces = usize::MAX;
    limits
}
