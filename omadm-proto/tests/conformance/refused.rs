//! What is no message: fragments, other documents, and broken ones. Each has its error, and its byte.

use omadm_proto::error::DecodeErrorKind;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::CmdId;
use omadm_proto::message::Command;
use omadm_proto::reading::Reading;

use crate::shared::{Document, documents};

fn syntax(document: &Document) -> Syntax {
    if document.xml { Syntax::Xml } else { Syntax::Wbxml }
}

/// The typed error of every document that reads as a document and is no message.
const NO_MESSAGE: [(&str, &str); 26] = [
    ("wbxml/bu-devinf01.txt", "the root element is not SyncML (at byte 39)"),
    // An HTTP request that the list takes for WBXML, because it does not begin with `<`.
    ("wbxml/bu-transport_initrequest.txt", "WBXML version byte 0x50 is not a version 1.x (at byte 0)"),
    ("wbxml/cm-dmt_data-customization.wbxml", "the root element is not SyncML (at byte 4)"),
    ("wbxml/cm-dmt_data-devdetail_uri.wbxml", "the root element is not SyncML (at byte 4)"),
    ("wbxml/cm-dmt_data-root.wbxml", "the root element is not SyncML (at byte 4)"),
    ("wbxml/cm-dmt_data-root.xml", "the root element is not SyncML (at byte 0)"),
    ("wbxml/cm-dmt_data-syncmldm.ddf", "the root element is not SyncML (at byte 127)"),
    ("wbxml/dn-Sequence.xml", "the root element is not SyncML (at byte 0)"),
    ("wbxml/dn-SyncSif.xml", "the root element is not SyncML (at byte 0)"),
    ("wbxml/ds-sync_engine_status.xml", "the root element is not SyncML (at byte 39)"),
    (
        "wbxml/lw-SIGSEGV.PC.aaaaaaae39ac.STACK.0.CODE.1.ADDR.8.INSTR.ldrb_w20_x21_8.2024-03-11.003303.27",
        "WBXML charset 7 (MIBenum) is not supported; UTF-8 is 106 (at byte 2)",
    ),
    ("wbxml/lw-ddf-001.ddf", "the root element is not SyncML (at byte 151)"),
    ("wbxml/lw-drmrel-002.xml", "the root element is not SyncML (at byte 134)"),
    ("wbxml/lw-prov-002.xml", "the root element is not SyncML (at byte 168)"),
    ("wbxml/lw-prov-004.xml", "the root element is not SyncML (at byte 168)"),
    ("wbxml/lw-prov-006.xml", "the root element is not SyncML (at byte 168)"),
    ("wbxml/lw-prov-008.xml", "the root element is not SyncML (at byte 168)"),
    ("wbxml/lw-syncml-011.xml", "the root element is not SyncML (at byte 132)"),
    ("wbxml/lw-syncml-013.xml", "SyncML without SyncHdr (at byte 803)"),
    // Several XML documents behind a byte order mark, which the list takes for WBXML.
    ("wbxml/vi-SyncML-Examples.txt", "WBXML version byte 0xEF is not a version 1.x (at byte 0)"),
    ("wbxml/gen-inputs/cp-w7.wbxml", "the root element is not SyncML (at byte 4)"),
    ("wbxml/gen-inputs/cp-w7.xml", "the root element is not SyncML (at byte 131)"),
    ("messages/ms-learn-admx-notconfigured.xml", "SyncML without SyncHdr (at byte 328)"),
    ("messages/ms-learn-admx-rawxml.xml", "SyncML without SyncHdr (at byte 413)"),
    ("messages/ms-learn-declconf-mspct20.xml", "SyncML without SyncHdr (at byte 462)"),
    ("messages/ms-learn-proptype-ns11.xml", "SyncML without SyncHdr (at byte 273)"),
];

#[test]
fn every_fragment_and_other_document_is_refused_with_a_clear_error() {
    for document in &documents() {
        if document.kind != "fragment" && !document.kind.starts_with("other:") {
            continue;
        }
        let expected = NO_MESSAGE.iter().find(|(path, _)| *path == document.path);
        let (_, text) = expected.unwrap_or_else(|| panic!("{} has no expected error", document.path));
        let error = Reading::LENIENT.message(syntax(document), &document.bytes).unwrap_err();
        assert_eq!(error.to_string(), *text, "{}", document.path);
        // Strict may stop at a deviation that comes before what makes it no message.
        let strict = Reading::STRICT.message(syntax(document), &document.bytes).unwrap_err();
        let earlier = matches!(strict.kind, DecodeErrorKind::Deviation(_)) && strict.offset <= error.offset;
        assert!(strict == error || earlier, "{}: {strict}", document.path);
    }
}

/// What to do with a broken document.
enum Verdict {
    /// Refused in both profiles and with every repair.
    Refused(&'static str),
    /// Refused in every reading; strict stops at a deviation before: the errors of lenient and strict.
    RefusedEarlier(&'static str, &'static str),
    /// The repair that the row names makes it readable.
    Repaired(&'static str, &'static str, Reading),
    /// Marked A in windows-quirks: lenient takes it; strict refuses it with this error.
    Accepted(&'static str, &'static str),
}

const AMPERSANDS: Reading = Reading::LENIENT.repairing_ampersands();
const NUL: Reading = Reading::LENIENT.stripping_nul();

/// Every document that a strict independent decoder cannot read. An independent parser's line and column of each error is
/// in the list of documents; the bytes here are the same or the begin of what that parser rejects there.
const BROKEN: [(&str, Verdict); 15] = {
    use Verdict::{Accepted, Refused, RefusedEarlier, Repaired};
    let ampersand = "XML is not well-formed: an ampersand that begins no reference (at byte 461)";
    let ampersand_2 = "XML is not well-formed: an ampersand that begins no reference (at byte 459)";
    [
        ("wbxml/cm-dm12-testalertconfirm.xml", Repaired("L36", ampersand, AMPERSANDS)),
        ("wbxml/cm-dm12-testalertsinglechoice.xml", Repaired("L36", ampersand_2, AMPERSANDS)),
        // Bytes of a WBXML document as text.
        ("wbxml/ds-putE7.xml", Refused("text is not valid UTF-8 (at byte 760)")),
        // A crash input of libwbxml; see the test of events.
        (
            "wbxml/lw-SIGABRT",
            Refused(
                "WBXML public identifier 0x05 is not known; its code pages can be supplied as a vocabulary (at byte 1)",
            ),
        ),
        ("messages/android-dm12-testalertconfirm.xml", Repaired("L36", ampersand, AMPERSANDS)),
        ("messages/android-dm12-testalertmultiplechoice.xml", Repaired("L36", ampersand_2, AMPERSANDS)),
        ("messages/android-dm12-testalertsinglechoice.xml", Repaired("L36", ampersand_2, AMPERSANDS)),
        (
            "messages/libdmclient-xml-acl-cdata.xml",
            Repaired("L37", "character U+0000 is not allowed (at byte 2175)", NUL),
        ),
        (
            "messages/win-srv-diaglog_diagnosticarchive.xml",
            // L38: markup that never ends as a comment or a DOCTYPE would.
            RefusedEarlier(
                "the document ends too early (at byte 2864)",
                "Meta stands too late in its parent, which the strict profile refuses (at byte 1682)",
            ),
        ),
        (
            "messages/win-srv-disable_date_time.xml",
            Accepted("L6", "a prefix is not declared, which the strict profile refuses (at byte 583)"),
        ),
        (
            "messages/win-srv-disable_firewall.xml",
            Accepted("L6", "a prefix is not declared, which the strict profile refuses (at byte 587)"),
        ),
        (
            "captures/libdmclient/atomic1-xml-digest/03-c2s.xml",
            Repaired("L37", "character U+0000 is not allowed (at byte 1296)", NUL),
        ),
        (
            "captures/libdmclient/crud-xml-digest/03-c2s.xml",
            Repaired("L37", "character U+0000 is not allowed (at byte 1019)", NUL),
        ),
        (
            "captures/libdmclient/crud-xml-digest/04-c2s.xml",
            Repaired("L37", "character U+0000 is not allowed (at byte 2175)", NUL),
        ),
        (
            "captures/libdmclient/tree-xml-digest/03-c2s.xml",
            Repaired("L37", "character U+0000 is not allowed (at byte 1224)", NUL),
        ),
    ]
};

#[test]
fn every_broken_document_is_refused_with_its_byte_except_where_the_sheet_forgives() {
    for document in documents().iter().filter(|document| document.kind == "broken") {
        let read =
            |reading: Reading| reading.message(syntax(document), &document.bytes).map_err(|error| error.to_string());
        let expected = BROKEN.iter().find(|(path, _)| document.path.starts_with(path));
        match &expected.unwrap_or_else(|| panic!("{} has no verdict", document.path)).1 {
            Verdict::Refused(text) => {
                for reading in [Reading::LENIENT, Reading::STRICT, AMPERSANDS, NUL] {
                    assert_eq!(read(reading).map(drop), Err(text.to_string()), "{}", document.path);
                }
            }
            Verdict::RefusedEarlier(lenient, strict) => {
                for reading in [Reading::LENIENT, AMPERSANDS, NUL] {
                    assert_eq!(read(reading).map(drop), Err(lenient.to_string()), "{}", document.path);
                }
                assert_eq!(read(Reading::STRICT).map(drop), Err(strict.to_string()), "{}", document.path);
            }
            Verdict::Repaired(row, text, repair) => {
                assert_eq!(read(Reading::LENIENT).map(drop), Err(text.to_string()), "{}", document.path);
                assert_eq!(read(Reading::STRICT).map(drop), Err(text.to_string()), "{}", document.path);
                let read = read(*repair).unwrap_or_else(|error| panic!("{}: {error}", document.path));
                let rows: Vec<_> =
                    read.deviations.as_slice().iter().filter_map(|deviation| deviation.kind.row()).collect();
                assert!(rows.contains(row), "{}: {rows:?}", document.path);
            }
            Verdict::Accepted(row, text) => {
                assert_eq!(read(Reading::STRICT).map(drop), Err(text.to_string()), "{}", document.path);
                let read = read(Reading::LENIENT).unwrap_or_else(|error| panic!("{}: {error}", document.path));
                let rows: Vec<_> =
                    read.deviations.as_slice().iter().filter_map(|deviation| deviation.kind.row()).collect();
                assert!(rows.contains(row), "{}: {rows:?}", document.path);
            }
        }
    }
}

#[test]
fn repaired_values_are_what_was_meant() {
    let value = |path: &str, reading: Reading| {
        let documents = documents();
        let document = documents.iter().find(|document| document.path == path)?;
        let message = reading.message(Syntax::Xml, &document.bytes).unwrap().message.into_owned();
        let items = message.commands.into_iter().find_map(|command| match command {
            Command::Alert(alert) => Some(alert.items),
            Command::Results(results) if results.cmd_ref == CmdId::Number(8) => Some(results.items),
            _ => None,
        });
        Some(items.unwrap()[0].data.as_ref().unwrap().as_str().unwrap().to_string())
    };
    if let Some(alert) = value("messages/android-dm12-testalertsinglechoice.xml", AMPERSANDS) {
        assert_eq!(alert, "MAXDT=20&DR=2");
        assert_eq!(value("captures/libdmclient/tree-xml-digest/03-c2s.xml", NUL).as_deref(), Some("chr"));
    }
}
