//! `adversarial/EXPECT.tsv`: what each hostile or odd WBXML document must give, strict and lenient, as events and typed.

use omadm_proto::element::{Event, EventSource};
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::reading::Reading;
use omadm_proto::wbxml;

use crate::shared::data_dir;

/// What a reading gives: the document, elements in parentheses and text joined, or the error.
type Outcome = Result<&'static str, &'static str>;

/// What both profiles give.
const fn both(outcome: Outcome) -> [Outcome; 2] {
    [outcome, outcome]
}

/// What only the lenient profile takes; strict names the deviation.
const fn forgiven(document: &'static str, deviation: &'static str) -> [Outcome; 2] {
    [Err(deviation), Ok(document)]
}

/// Every document of the table with what its events give: strict, then lenient.
const EVENTS: [(&str, [Outcome; 2]); 42] = [
    ("v-multi-str", both(Ok("(SyncML (SyncBody (Data abcd ef)))"))),
    ("v-strt-middle", both(Ok("(SyncML (SyncBody (Data bcdef)))"))),
    // Legal each, and without effect: a remark.
    ("q-redundant-switch", both(Ok("(SyncML (SyncBody (Final )))"))),
    (
        "q-switch-before-end",
        forgiven(
            "(SyncML (SyncHdr (Meta (MaxMsgSize 100)))(SyncBody (Final )))",
            "SWITCH_PAGE with no element behind it, which the strict profile refuses (at byte 17)",
        ),
    ),
    ("q-strtbl-no-nul", both(Ok("(SyncML (SyncBody (Final )))"))),
    (
        "q-nokia-xmlns",
        forgiven(
            "(SyncML (SyncBody (Final )))",
            "a namespace declaration that refers to a string table that is not there, which the strict profile refuses \
             (at byte 6)",
        ),
    ),
    ("v-literal-tag", both(Ok("(SyncML (SyncBody (Final )))"))),
    ("v-content-bit-empty", both(Ok("(SyncML (SyncBody (Final )))"))),
    ("v-empty-opaque", both(Ok("(SyncML (SyncBody (Data )))"))),
    ("v-charset0", both(Ok("(SyncML )"))),
    ("v-latin1", both(Err("WBXML charset 4 (MIBenum) is not supported; UTF-8 is 106 (at byte 3)"))),
    ("v-wbxml11", both(Ok("(SyncML (SyncHdr (Meta (MaxMsgSize 100))))"))),
    ("v-wbxml13", both(Ok("(SyncML )"))),
    ("v-opaque-nul", both(Ok("(SyncML (SyncBody (Data a\0b\0c)))"))),
    ("v-opaque-cdataend", both(Ok("(SyncML (SyncBody (Data a]]>b]]>)))"))),
    ("v-utf8-4byte", both(Ok("(SyncML (SyncBody (Data \u{1F4F1})))"))),
    ("v-entity-bmp", both(Ok("(SyncML (SyncBody (Data \u{A0}\u{23F})))"))),
    ("m-empty", both(Err("the document ends too early (at byte 0)"))),
    ("m-header-trunc1", both(Err("the document ends too early (at byte 1)"))),
    ("m-header-trunc3", both(Err("the document ends too early (at byte 3)"))),
    ("m-no-body", both(Err("the document ends too early (at byte 5)"))),
    ("m-mb6", both(Err("variable-length integer has more than 32 bits (at byte 1)"))),
    ("m-mb-overflow", both(Err("variable-length integer has more than 32 bits (at byte 1)"))),
    ("m-mb-max", both(Err("the document ends too early (at byte 8)"))),
    ("m-strtbl-len1", both(Err("the document ends too early (at byte 4)"))),
    ("m-strt-range", both(Err("string table index 0 is outside the table (at byte 8)"))),
    ("m-unterminated", both(Err("the document ends too early (at byte 8)"))),
    ("m-unclosed", both(Err("the document ends too early (at byte 8)"))),
    ("m-end-root", both(Err("token 0x01 may not stand here (at byte 5)"))),
    (
        "m-trailing",
        forgiven("(SyncML )", "bytes follow the end of the root element, which the strict profile refuses (at byte 7)"),
    ),
    ("m-global-as-tag", both(Err("token 0xC2 may not stand here (at byte 7)"))),
    ("m-unknown-tag", both(Ok("(SyncML (SyncBody (unknown_0_3F x)))"))),
    ("m-unknown-page", both(Ok("(SyncML (unknown_7_05 ))"))),
    (
        "m-unknown-pubid",
        both(Err(
            "WBXML public identifier 0x480 is not known; its code pages can be supplied as a vocabulary (at byte 1)",
        )),
    ),
    ("m-pubid-idx-range", both(Err("string table index 48 is outside the table (at byte 1)"))),
    ("m-version", both(Err("WBXML version byte 0x13 is not a version 1.x (at byte 0)"))),
    ("m-utf8", both(Err("text is not valid UTF-8 (at byte 8)"))),
    ("m-entity-surr", both(Err("character U+D800 is not allowed (at byte 8)"))),
    ("m-entity-big", both(Err("character U+110000 is not allowed (at byte 8)"))),
    ("m-deep500", both(Err("more nested elements than the limits allow (at byte 69)"))),
    ("m-strtbl-bomb", both(Err("more bytes from string table references than the limits allow (at byte 10398)"))),
    (
        "m-attr-flag-noattr",
        forgiven(
            "(SyncML (SyncBody (Final )))",
            "an element announces attributes and has none, which the strict profile refuses (at byte 5)",
        ),
    ),
];

/// Whether `outcome` is what the verdict of the table demands.
fn meets(verdict: &str, outcome: Outcome) -> bool {
    match verdict {
        "Ok" | "Unknown element" => outcome.is_ok(),
        "Err" | "Err (depth limit)" => outcome.is_err(),
        "Err?" | "Err or skip" | "Err or Unknown" | "Ok borrowed / Err on output limit" | "same" => true,
        "Ok or Unsupported" => outcome.is_ok() || outcome.is_err_and(|text| text.contains("is not supported")),
        _ => false,
    }
}

fn documents() -> Vec<(String, [String; 2], Vec<u8>)> {
    let Some(data) = data_dir() else { return Vec::new() };
    let folder = data.join("wbxml/adversarial");
    let table = std::fs::read_to_string(folder.join("EXPECT.tsv")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let columns: Vec<_> = line.split('\t').map(str::to_string).collect();
        let bytes = std::fs::read(folder.join(format!("{}.wbxml", columns[0]))).unwrap();
        (columns[0].clone(), [columns[2].clone(), columns[3].clone()], bytes)
    })
    .collect()
}

fn show(document: &[u8], reading: &Reading) -> Result<String, DecodeError> {
    let mut reader = wbxml::Reader::with(document, reading)?;
    let mut out = String::new();
    while let Some(event) = reader.next_event()? {
        match event {
            Event::Start(name) => out += &format!("({name} "),
            Event::Attribute(attribute) => out += &format!("{}={} ", attribute.name, attribute.value),
            Event::Text(text) => out += text,
            Event::Char(character) => out.push(character),
            Event::Opaque(bytes) => out += core::str::from_utf8(bytes).unwrap(),
            Event::End => out.push(')'),
            _ => panic!("no other events yet"),
        }
    }
    Ok(out)
}

#[test]
fn x_enc_10_the_events_of_every_adversarial_document_meet_their_verdicts() {
    let documents = documents();
    let mut wrong = Vec::new();
    for (name, verdicts, bytes) in &documents {
        let (_, outcomes) = EVENTS.iter().find(|(row, _)| row == name).unwrap_or_else(|| panic!("{name} is new"));
        for ((reading, verdict), outcome) in [Reading::STRICT, Reading::LENIENT].iter().zip(verdicts).zip(outcomes) {
            assert!(meets(verdict, *outcome), "{name}: {verdict} is not {outcome:?}");
            let seen = show(bytes, reading).map_err(|error| error.to_string());
            if seen.as_deref().map_err(String::as_str) != *outcome {
                wrong.push(format!("{name} {:?}: {seen:?}, not {outcome:?}", reading.profile));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "{}", wrong.join("\n"));
    assert!(documents.is_empty() || documents.len() == EVENTS.len());
}

/// A header, and what makes `Data` the value of an Add.
const HEADER: &[u8] =
    b"\x6C\x71\x031.2\x00\x01\x72\x03DM/1.2\x00\x01\x65\x031\x00\x01\x5B\x031\x00\x01\x6E\x57\x03d\x00\x01\x01\
    \x67\x57\x03s\x00\x01\x01\x01";
const ADD: &[u8] = b"\x45\x4B\x031\x00\x01\x54";

/// The document as a message: its SyncBody behind a header, its Data in an Add. `None` when it has no SyncBody as its
/// first child.
fn as_message(bytes: &[u8]) -> Option<Vec<u8>> {
    let at = bytes.windows(2).position(|pair| pair == [0x6D, 0x6B])?;
    let (head, body) = bytes.split_at(at + 1);
    match body {
        [sync_body, data @ 0x4F, rest @ ..] => {
            let (rest, ends) = rest.split_at(rest.len().saturating_sub(2));
            Some([head, HEADER, &[*sync_body], ADD, &[*data], rest, &[0x01, 0x01], ends].concat())
        }
        _ => Some([head, HEADER, body].concat()),
    }
}

#[test]
fn x_enc_10_the_messages_around_adversarial_content_meet_their_verdicts() {
    let mut seen = 0;
    for (name, verdicts, bytes) in documents() {
        let Some(message) = as_message(&bytes) else { continue };
        seen += 1;
        for (reading, verdict) in [Reading::STRICT, Reading::LENIENT].iter().zip(&verdicts) {
            let result = reading.message(Syntax::Wbxml, &message).map(drop);
            match &**verdict {
                "Ok" | "Unknown element" => assert_eq!(result, Ok(()), "{name} {:?}", reading.profile),
                verdict if verdict.starts_with("Err (") || verdict == "Err" => assert!(result.is_err(), "{name}"),
                _ => {}
            }
        }
    }
    assert!(seen == 0 || seen == 21, "{seen}");
}

#[test]
fn what_is_refused_as_events_is_refused_as_a_message_with_the_same_error_or_an_earlier_one() {
    for (name, _, bytes) in documents() {
        for reading in [Reading::STRICT, Reading::LENIENT] {
            let Err(events) = show(&bytes, &reading) else { continue };
            let error = reading.message(Syntax::Wbxml, &bytes).unwrap_err();
            assert!(error == events || error.offset < events.offset, "{name}: {error}, {events}");
        }
    }
}
