//! Real documents of other implementations: typed decoding, and the event stream against an independent decoder.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/shared.rs"]
mod shared;

use omadm_proto::element::{Event, EventSource};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_proto::reading::Reading;
use omadm_proto::wbxml;
use omadm_proto::xml;
use shared::{Document, data_dir, documents};

/// Listed as broken by a strict namespace-aware parser, and accepted here \[windows-quirks L6\].
const ACCEPTED: [&str; 2] = ["messages/win-srv-disable_date_time.xml", "messages/win-srv-disable_firewall.xml"];

fn decode(document: &Document) -> Result<Message<'_>, omadm_proto::error::DecodeError> {
    let syntax = if document.xml { Syntax::Xml } else { Syntax::Wbxml };
    Message::decode_as(syntax, &document.bytes, &Limits::DEFAULT)
}

#[test]
fn every_real_message_decodes_and_nothing_else_does() {
    for document in documents() {
        match decode(&document) {
            Ok(_) => {
                assert!(document.kind == "message" || ACCEPTED.contains(&document.path.as_str()), "{}", document.path);
            }
            Err(error) => assert_ne!(document.kind, "message", "{}: {error}", document.path),
        }
    }
}

/// Has `msft:originalerror`, for which WBXML has no token.
const ORIGINAL_ERROR: &str = "messages/ms-mdm-originalerror.xml";

#[test]
fn every_real_message_survives_both_syntaxes() {
    for document in documents() {
        let Ok(message) = decode(&document) else { continue };
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let mut bytes = Vec::new();
            message
                .encode(syntax, &mut bytes)
                .unwrap_or_else(|error| panic!("{} in {syntax:?}: {error}", document.path));
            let again = Message::decode_as(syntax, &bytes, &Limits::DEFAULT).unwrap();
            match syntax {
                // XML has no bytes: binary values come back as base64.
                Syntax::Xml => assert!(again.same_meaning(&message), "{}", document.path),
                Syntax::Wbxml => assert_eq!(again == message, document.path != ORIGINAL_ERROR, "{}", document.path),
            }
            let mut twice = Vec::new();
            again.encode(syntax, &mut twice).unwrap();
            assert!(twice == bytes, "{} in {syntax:?} changes when it is written again", document.path);
        }
    }
}

/// The events in the notation of the reference decoder, switches of code pages and spelling of text left out.
fn render(source: &mut wbxml::Reader<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        lines.push(match source.next_event() {
            Ok(Some(Event::Start(name))) => format!("( {name}"),
            Ok(Some(Event::End)) => ")".to_string(),
            Ok(Some(Event::Text(text))) => format!("- {text}"),
            Ok(Some(Event::Char(character))) => format!("- {character}"),
            Ok(Some(Event::Opaque(bytes))) => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("O {hex}")
            }
            Ok(Some(Event::Attribute(attribute))) => format!("A {} = {}", attribute.name, attribute.value),
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
    let mut empty = false;
    let records = events.lines().filter(|line| !line.starts_with(['H', 'S', 's', '>', '!']));
    for line in records {
        if empty && !line.starts_with("A ") {
            lines.push(")".to_string());
            empty = false;
        }
        if let Some(name) = line.strip_prefix("( ") {
            empty = line.ends_with(" *");
            lines.push(format!("( {}", name.split(' ').next().unwrap()));
        } else if let Some(text) = line.strip_prefix("T ") {
            lines.push(format!("- {text}"));
        } else {
            lines.push(line.to_string());
        }
    }
    lines
}

/// Damaged on purpose by their makers; the reference decoder reads a part of them.
const CRASHERS: &str = "wbxml/lw-SIG";

#[test]
fn the_events_of_every_wbxml_document_equal_the_independent_decode() {
    let Some(data) = data_dir() else { return };
    let mut compared = 0;
    for document in documents().iter().filter(|document| !document.xml && !document.path.starts_with(CRASHERS)) {
        let Ok(events) = std::fs::read_to_string(data.join(format!("{}.events", document.path))) else { continue };
        let mut reader = wbxml::Reader::new(&document.bytes, &Limits::DEFAULT).unwrap();
        let ours = render(&mut reader);
        let theirs = expected(&events);
        for (at, (our, their)) in ours.iter().zip(&theirs).enumerate() {
            assert_eq!(our, their, "{} at event {at}", document.path);
        }
        assert_eq!(ours.len(), theirs.len(), "{}", document.path);
        compared += 1;
    }
    assert_eq!(compared, 24);
}

#[test]
fn any_cut_of_any_document_ends_in_an_error() {
    for document in documents().iter().filter(|document| document.bytes.len() < 4096 && decode(document).is_ok()) {
        let end = document.bytes.trim_ascii_end().len();
        let step = if end < 1024 { 1 } else { 23 };
        for cut in (0..end).step_by(step) {
            let part = &document.bytes[..cut];
            let limits = Limits::DEFAULT;
            let error = if document.xml {
                Message::decode_as(Syntax::Xml, part, &limits).unwrap_err()
            } else {
                Message::decode_as(Syntax::Wbxml, part, &limits).unwrap_err()
            };
            assert!(error.offset <= cut, "{} cut at {cut}: {error}", document.path);
        }
    }
}

#[test]
fn documents_of_other_kinds_have_a_faithful_event_stream() {
    for document in documents().iter().filter(|document| document.xml && document.kind.starts_with("other")) {
        let mut reader = xml::Reader::new(&document.bytes, &Limits::DEFAULT).unwrap();
        let (mut starts, mut ends) = (0, 0);
        while let Some(event) = reader.next_event().unwrap_or_else(|error| panic!("{}: {error}", document.path)) {
            starts += usize::from(matches!(event, Event::Start(_)));
            ends += usize::from(matches!(event, Event::End));
        }
        assert!(starts > 3 && starts == ends, "{}", document.path);
    }
}

/// Reads all events.
fn drain<'a>(mut source: impl EventSource<'a>) -> Result<(), omadm_proto::error::DecodeError> {
    while source.next_event()?.is_some() {}
    Ok(())
}

#[test]
fn x_enc_10_every_adversarial_document_meets_its_verdicts() {
    let Some(data) = data_dir() else { return };
    let folder = data.join("wbxml/adversarial");
    let table = std::fs::read_to_string(folder.join("EXPECT.tsv")).unwrap();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<_> = line.split('\t').collect();
        let bytes = std::fs::read(folder.join(format!("{}.wbxml", columns[0]))).unwrap();
        for (reading, verdict) in [(Reading::STRICT, columns[2]), (Reading::LENIENT, columns[3])] {
            let read = wbxml::Reader::with(&bytes, &reading).and_then(drain);
            // Where the sheet leaves it open, the verdict is that of the reader.
            let is_ok = match verdict {
                "Err" | "Err (depth limit)" => false,
                "Ok" | "Unknown element" => true,
                "Err?" => columns[0] == "q-redundant-switch",
                "Err or Unknown" => true,
                "Ok or Unsupported" | "Err or skip" | "Ok borrowed / Err on output limit" | "same" => false,
                _ => panic!("{verdict}"),
            };
            assert_eq!(read.is_ok(), is_ok, "{} {:?}: {read:?}", columns[0], reading.profile);
        }
    }
}
