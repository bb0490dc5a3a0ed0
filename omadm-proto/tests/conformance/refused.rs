//! What is no message: fragments, other documents, and broken ones. Each has its error, and its byte.

use omadm_proto::error::DecodeErrorKind;
use omadm_proto::exchange::Syntax;
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
