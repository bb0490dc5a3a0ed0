//! Every document of the shared data cut short: an error with its byte, never a panic, and little memory.
//!
//! Up to 16 KiB a document is cut at every byte, above that at every border of a token or tag and at every 97th byte; each
//! part is read as events and typed. Work is quadratic in the length, so above 16 KiB the parts that end at a border are
//! read as events only, the 97th bytes also typed, and of the one document with 80,000 tags in 477 kB (`cmd2000.xml`) the
//! borders behind the first 32 KiB are tried in windows: head of the document, then the 4 KiB around the cut from the begin
//! of a command on. `OMADM_TRUNCATION=whole` reads whole parts there too, and all typed; that takes a quarter of an hour.
//!
//! The allocator counts the whole process, hence only one test here.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_in_result,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "the kinds of documents matter to other tests")]
#[path = "support/shared.rs"]
mod shared;

use omadm_proto::element::{Event, EventSource};
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::reading::Reading;
use omadm_proto::{wbxml, xml};
use peak_alloc::PeakAlloc;
use shared::{Document, documents};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn events(xml: bool, bytes: &[u8]) -> Result<(), DecodeError> {
    if xml {
        xml::Reader::new(bytes, &Limits::DEFAULT).and_then(|mut reader| drain(&mut reader))
    } else {
        wbxml::Reader::new(bytes, &Limits::DEFAULT).and_then(|mut reader| drain(&mut reader))
    }
}

fn drain<'a>(source: &mut impl EventSource<'a>) -> Result<(), DecodeError> {
    while source.next_event()?.is_some() {}
    Ok(())
}

/// The byte behind the root element; what follows may be missing. Behind everything when the root does not end.
fn root_end(document: &Document) -> usize {
    let end = if document.xml {
        xml::Reader::new(&document.bytes, &Limits::DEFAULT).ok().and_then(end_of_root)
    } else {
        wbxml::Reader::new(&document.bytes, &Limits::DEFAULT).ok().and_then(end_of_root)
    };
    end.unwrap_or(usize::MAX)
}

fn end_of_root<'a>(mut source: impl EventSource<'a>) -> Option<usize> {
    let mut open = 0_usize;
    loop {
        match source.next_event().ok()?? {
            Event::Start(_) => open += 1,
            Event::End if open == 1 => return Some(source.position()),
            Event::End => open -= 1,
            _ => {}
        }
    }
}

fn typed(xml: bool, bytes: &[u8]) -> Result<(), DecodeError> {
    let syntax = if xml { Syntax::Xml } else { Syntax::Wbxml };
    Reading::LENIENT.message(syntax, bytes).map(drop)
}

/// Runs `read` over a part of a document and judges what it gave and what it cost.
struct Judge<'d> {
    document: &'d Document,
    /// From here on the document is complete.
    root_end: usize,
    tried: usize,
}

impl Judge<'_> {
    fn part<T>(&mut self, part: &[u8], complete: bool, read: impl FnOnce(bool, &[u8]) -> Result<T, DecodeError>) {
        self.tried += 1;
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let result = read(self.document.xml, part);
        let used = ALLOCATOR.peak_usage() - before;
        let (path, cut) = (&self.document.path, part.len());
        assert!(used <= 4 * cut + (64 << 10), "{path} cut at {cut}: {used} bytes of memory");
        match result {
            Ok(_) => assert!(complete, "{path} cut at {cut} is accepted"),
            Err(error) => assert!(error.offset <= cut, "{path} cut at {cut}: {error}"),
        }
    }

    fn cut(&mut self, cut: usize, and_typed: bool) {
        let document = self.document;
        let (part, complete) = (&document.bytes[..cut], cut >= self.root_end);
        self.part(part, complete, events);
        if and_typed {
            self.part(part, complete, typed);
        }
    }
}

/// Where tokens or tags begin and end: every `<` and `>` of XML, the begin and end of every WBXML event.
fn borders(document: &Document) -> Vec<usize> {
    let mut borders = Vec::new();
    if document.xml {
        for (at, byte) in document.bytes.iter().enumerate() {
            match byte {
                b'<' => borders.push(at),
                b'>' => borders.push(at + 1),
                _ => {}
            }
        }
    } else {
        let mut reader = wbxml::Reader::new(&document.bytes, &Limits::DEFAULT).unwrap();
        while reader.next_event().unwrap().is_some() {
            borders.extend([reader.offset(), reader.position()]);
        }
    }
    borders.sort_unstable();
    borders.dedup();
    borders
}

const EVERY_BYTE: usize = 16 << 10;
const HEAD: usize = 32 << 10;
const WINDOW: usize = 4 << 10;

/// The document with the bytes between its first command and a command shortly before `cut` left out, up to `cut`.
fn window(bytes: &[u8], cut: usize) -> Option<Vec<u8>> {
    let command = b"<Replace>";
    let find = |from: usize| bytes[from..].windows(command.len()).position(|part| part == command).map(|at| from + at);
    let (first, near) = (find(0)?, find(cut.checked_sub(WINDOW)?)?);
    (near < cut).then(|| [&bytes[..first], &bytes[near..cut]].concat())
}

#[test]
fn every_document_cut_anywhere_is_an_error_in_little_memory() {
    let whole = std::env::var("OMADM_TRUNCATION").is_ok_and(|value| value == "whole");
    let mut tried = 0;
    for document in &documents() {
        let len = document.bytes.len();
        let mut judge = Judge { document, root_end: root_end(document), tried: 0 };
        if len <= EVERY_BYTE {
            (0..len).for_each(|cut| judge.cut(cut, true));
        } else {
            (0..len).step_by(97).for_each(|cut| judge.cut(cut, true));
            for cut in borders(document).into_iter().filter(|cut| *cut < len) {
                match window(&document.bytes, cut).filter(|_| document.xml && cut > HEAD && len > 1 << 18 && !whole) {
                    Some(part) => judge.part(&part, false, events),
                    None => judge.cut(cut, whole),
                }
            }
        }
        tried += judge.tried;
    }
    assert!(tried == 0 || tried > 900_000, "{tried}");
}
