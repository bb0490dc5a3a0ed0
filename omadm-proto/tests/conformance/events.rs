//! The event streams: WBXML against the independent decode in `.events` files, XML against an independent parser.

use omadm_proto::element::{Event, EventSource};
use omadm_proto::reading::Reading;
use omadm_proto::wbxml::{PublicId, Reader, Vocabulary};
use omadm_proto::xml;

use crate::node;
use crate::shared::{Document, data_dir, documents};

/// Documents that the reference decoder and this one both give up on: how many elements are read before, and the error.
///
/// Both are inputs that once crashed libwbxml, with most bytes at random. Their kinds of document (5 and 16) have nothing to
/// do with SyncML and are refused in the header; a vocabulary of the caller that knows them by number gets further.
const CRASHERS: [(&str, usize, &str); 2] = [
    // The reference decoder stops at the same byte: 0xBD is no attribute start.
    ("wbxml/lw-SIGABRT", 4, "token 0xBD may not stand here (at byte 53)"),
    // The reference decoder goes on, with a version 1.7 and a charset (7, ISO-8859-4) that do not exist in SyncML.
    ("wbxml/lw-SIGSEGV", 0, "WBXML charset 7 (MIBenum) is not supported; UTF-8 is 106 (at byte 2)"),
];

/// The kinds of document of the crashers, without names.
static NAMELESS: [Vocabulary; 1] = [Vocabulary::new(&[PublicId::Number(5), PublicId::Number(16)])];

/// One event a line in the notation of the reference decoder, without code pages and without the spelling of text.
/// An opaque that `open` says to be a document is followed by its lines behind `> `.
fn render(source: &mut Reader<'_>, open: &dyn Fn(&[u8]) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        lines.push(match source.next_event() {
            Ok(Some(Event::Start(name))) => format!("( {name}"),
            Ok(Some(Event::End)) => ")".to_string(),
            Ok(Some(Event::Text(text))) => format!("- {text}"),
            Ok(Some(Event::Char(character))) => format!("- {character}"),
            Ok(Some(Event::Attribute(attribute))) => format!("A {} = {}", attribute.name, attribute.value),
            Ok(Some(Event::Opaque(bytes))) => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                lines.push(format!("O {hex}"));
                if open(bytes) {
                    let mut inner = source.embedded(bytes).unwrap();
                    lines.extend(render(&mut inner, &|_| false).iter().map(|line| format!("> {line}")));
                }
                continue;
            }
            Ok(Some(_)) => panic!("no other events yet"),
            Ok(None) => return lines,
            Err(error) => {
                lines.push(format!("ERR {error}"));
                return lines;
            }
        });
    }
}

/// The lines of an `.events` file in the same notation.
fn expected(events: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut empty = None;
    for record in events.lines() {
        let (depth, line) = record.strip_prefix("> ").map_or(("", record), |inner| ("> ", inner));
        if line.starts_with(['H', 'S', 's', '!']) {
            continue;
        }
        if let Some(depth) = empty.filter(|_| !line.starts_with("A ")) {
            lines.push(format!("{depth})"));
            empty = None;
        }
        if let Some(name) = line.strip_prefix("( ") {
            empty = line.ends_with(" *").then_some(depth);
            lines.push(format!("{depth}( {}", name.split(' ').next().unwrap()));
        } else if let Some(text) = line.strip_prefix("T ") {
            lines.push(format!("{depth}- {text}"));
        } else {
            lines.push(format!("{depth}{line}"));
        }
    }
    lines
}

/// Whether an opaque is an embedded document: the reference decoder opened it.
fn is_opened<'l>(lines: &'l [String]) -> impl Fn(&[u8]) -> bool + 'l {
    |bytes| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        lines.windows(2).any(|pair| pair[1].starts_with("> ") && pair[0].strip_prefix("O ") == Some(&hex))
    }
}

#[test]
fn the_events_of_every_wbxml_document_equal_the_independent_decode() {
    let Some(data) = data_dir() else { return };
    let (mut compared, mut opened) = (0, 0);
    for document in documents().iter().filter(|document| !document.xml) {
        let Ok(events) = std::fs::read(data.join(format!("{}.events", document.path))) else { continue };
        compared += 1;
        let expected = expected(&String::from_utf8_lossy(&events));
        let crasher = CRASHERS.iter().find(|(start, ..)| document.path.starts_with(start));
        let mut lines = match Reader::with_vocabularies(&document.bytes, &Reading::LENIENT, &NAMELESS) {
            Ok(mut reader) => render(&mut reader, &is_opened(&expected)),
            Err(error) => vec![format!("ERR {error}")],
        };
        if let Some((_, read, error)) = crasher {
            assert_eq!(lines.pop(), Some(format!("ERR {error}")), "{}", document.path);
            assert_eq!(lines, expected[..*read], "{}", document.path);
        } else {
            opened += lines.iter().filter(|line| *line == "> ( DevInf" || *line == "> ( MgmtTree").count();
            for (at, (ours, theirs)) in lines.iter().zip(&expected).enumerate() {
                assert_eq!(ours, theirs, "{}: event {at}", document.path);
            }
            assert_eq!(lines.len(), expected.len(), "{}: {:?}", document.path, lines.last());
        }
    }
    assert_eq!((compared, opened), (26, 6));
}

/// Text fragments that the list takes for WBXML because they do not begin with `<`.
const NO_WBXML: [&str; 2] = ["wbxml/bu-transport_initrequest.txt", "wbxml/vi-SyncML-Examples.txt"];

#[test]
fn every_wbxml_document_reads_at_event_level() {
    let mut read = 0;
    for document in documents().iter().filter(|document| !document.xml) {
        let crasher = CRASHERS.iter().any(|(start, ..)| document.path.starts_with(start));
        let result = Reader::with(&document.bytes, &Reading::LENIENT).and_then(node::from_events);
        let refused = crasher || NO_WBXML.contains(&&*document.path);
        assert_eq!(result.is_err(), refused, "{}: {:?}", document.path, result.err());
        read += usize::from(result.is_ok());
    }
    assert_eq!(read, if data_dir().is_some() { 75 } else { 0 });
}

/// Names that are another spelling of one element: (lines of ours, lines as written). DevInf 1.1 says Size for what 1.2 calls
/// `MaxSize`; both are token 1C \[wbxml 7\], and known elements are told by their token.
const RESPELT: (&str, &str) = ("/DevInf/CTCap/MaxSize = ", "/DevInf/CTCap/Size = ");

fn text(document: &Document) -> &str {
    let bytes = document.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&document.bytes);
    core::str::from_utf8(bytes).unwrap_or_else(|_| panic!("{} is no UTF-8", document.path))
}

#[test]
fn the_events_of_every_well_formed_xml_document_equal_an_independent_parse() {
    let (mut compared, mut respelt) = (0, false);
    for document in documents().iter().filter(|document| document.xml && document.kind != "broken") {
        let theirs = node::from_xml(text(document)).unwrap_or_else(|error| panic!("{}: {error}", document.path));
        let reader = xml::Reader::with(&document.bytes, &Reading::LENIENT).unwrap();
        let ours = node::from_events(reader).unwrap_or_else(|error| panic!("{}: {error}", document.path));
        let (ours, theirs) = (ours.without_layout().lines(), theirs.without_layout().lines());
        let theirs: Vec<_> = theirs.iter().map(|line| line.replace(RESPELT.1, RESPELT.0)).collect();
        respelt |= ours.iter().any(|line| line.contains(RESPELT.0));
        assert_eq!(node::differences(&ours, &theirs), [""; 0], "{}", document.path);
        compared += 1;
    }
    assert_eq!((compared, respelt), if data_dir().is_some() { (201, true) } else { (0, false) });
}
