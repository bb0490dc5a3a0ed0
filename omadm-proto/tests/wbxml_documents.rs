//! WBXML in both profiles, and documents that are no messages: their vocabularies, and documents inside documents.
#![cfg(feature = "wbxml")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::deviation::DeviationKind;
use omadm_proto::element::{Attribute, Event, EventSink, EventSource, Name, Tag, Value, ddf, devinf, metinf, syncml};
use omadm_proto::error::{DecodeError, DecodeErrorKind, EncodeError, Limit};
use omadm_proto::limits::Limits;
use omadm_proto::reading::Reading;
use omadm_proto::wbxml::{DocumentWriter, Page, PublicId, Reader, Version, Vocabulary, Writer};

const CANONICAL: &[u8] = b"\x02\xA4\x01\x6A\x00";

fn canonical(body: &[u8]) -> Vec<u8> {
    [CANONICAL, body].concat()
}

/// Reads everything, and tells what was noticed and where.
fn noticed(document: &[u8], reading: &Reading) -> Result<Vec<(DeviationKind, usize)>, DecodeError> {
    let mut reader = Reader::with(document, reading)?;
    while reader.next_event()?.is_some() {}
    Ok(reader.take_deviations().as_slice().iter().map(|deviation| (deviation.kind, deviation.offset)).collect())
}

/// Writes the events of `document` to `sink`.
fn copy(document: &[u8], sink: &mut impl EventSink) {
    let mut reader = Reader::with(document, &Reading::LENIENT).unwrap();
    while let Some(event) = reader.next_event().unwrap() {
        sink.event(event).unwrap();
    }
}

#[test]
fn deviations_are_listed_with_their_offsets_and_refused_when_strict() {
    let cases: [(&[u8], DeviationKind, usize); 6] = [
        (b"\x6D\x6C\x5A\x00\x01\x4C\x03100\x00\x01\x00\x00\x01\x01\x01", DeviationKind::DanglingSwitchPage, 17),
        (b"\x5A\x00\x01\x03x\x00\x01", DeviationKind::DanglingSwitchPage, 6),
        (b"\xED\x04\x00\x03SYNCML:SYNCML1.2\x00\x01\x2B\x01", DeviationKind::LiteralNamespace, 6),
        (b"\x6D\xAB\x01\x01", DeviationKind::EmptyAttributeList, 6),
        (b"\x2D\x00", DeviationKind::TrailingBytes, 6),
        (b"\x6D\x01\x2D", DeviationKind::TrailingBytes, 7),
    ];
    for (body, kind, offset) in cases {
        let document = canonical(body);
        assert_eq!(noticed(&document, &Reading::LENIENT), Ok(vec![(kind, offset)]), "{body:02X?}");
        let refused = DecodeError::new(DecodeErrorKind::Deviation(kind), offset);
        assert_eq!(noticed(&document, &Reading::STRICT), Err(refused), "{body:02X?}");
    }
}

#[test]
fn opaque_attribute_values_are_newer_than_version_1_1() {
    let with_version = |version: u8| [&[version][..], b"\x0B\x6A\x00\xC5\x45\xC3\x031.1\x01\x07\x01"].concat();
    let newer = DeviationKind::TokenVersion(0xC3);
    assert_eq!(noticed(&with_version(1), &Reading::LENIENT), Ok(vec![(newer, 6)]));
    assert!(noticed(&with_version(1), &Reading::STRICT).is_err());
    assert_eq!(noticed(&with_version(2), &Reading::STRICT), Ok(vec![]));
}

#[test]
fn redundant_page_switches_are_legal_and_told() {
    let document = canonical(b"\x6D\x00\x00\x6B\x00\x01\x00\x00\x12\x01\x01");
    let told = vec![(DeviationKind::RedundantSwitchPage, 6), (DeviationKind::RedundantSwitchPage, 9)];
    assert_eq!(noticed(&document, &Reading::STRICT), Ok(told));
}

#[test]
fn version_1_1_may_switch_pages() {
    let document = b"\x01\x9F\x53\x6A\x00\x6D\x6C\x5A\x00\x01\x4C\x03100\x00\x01\x01\x01\x01";
    assert_eq!(noticed(document, &Reading::STRICT), Ok(vec![]));
}

#[test]
fn unknown_public_identifiers_are_named() {
    let number = Reader::new(b"\x02\x89\x00\x6A\x00\x2D", &Limits::DEFAULT).unwrap_err();
    assert_eq!(number, DecodeError::new(DecodeErrorKind::WbxmlPublicId(0x480), 1));
    let name = Reader::new(b"\x02\x00\x02\x6A\x07xx-//me\x2D", &Limits::DEFAULT).unwrap_err();
    assert_eq!(name, DecodeError::new(DecodeErrorKind::WbxmlPublicName, 7));
    let mut unknown = Reader::new(b"\x02\x01\x6A\x00\x2D", &Limits::DEFAULT).unwrap();
    assert!(unknown.vocabulary().is_none());
    assert_eq!(unknown.next_event(), Ok(Some(Event::Start(Name::Token { page: 0, token: 0x2D }))));
}

#[test]
fn errors_point_at_the_token() {
    let at = |body: &[u8]| noticed(&canonical(body), &Reading::LENIENT).unwrap_err();
    assert_eq!(at(b"\x6D\x03x\x00\x03a\xFF\x00"), DecodeError::new(DecodeErrorKind::InvalidUtf8, 9));
    assert_eq!(at(b"\x6D\x03\xC3\x84\x00\x03abc"), DecodeError::new(DecodeErrorKind::UnexpectedEnd, 10));
    assert_eq!(at(b"\x6D\x83\x00"), DecodeError::new(DecodeErrorKind::StringTableIndex(0), 6));
    assert_eq!(at(b"\x6D\x02\x83\xB0\x00"), DecodeError::new(DecodeErrorKind::Character(0xD800), 6));
    assert_eq!(at(b"\x6D\x12"), DecodeError::new(DecodeErrorKind::UnexpectedEnd, 7));
    assert_eq!(at(b"\x6D\xC2\x01"), DecodeError::new(DecodeErrorKind::UnexpectedToken(0xC2), 6));
}

#[test]
fn text_is_text_wherever_a_checked_stretch_ends() {
    // Two-byte characters and opaque bytes that are no text, in documents longer than one stretch.
    for lead in 0..24 {
        let mut body = b"\x6D".to_vec();
        let mut expected = String::new();
        for piece in 0..200 {
            let text = "\u{E4}".repeat(lead + piece % 7);
            body.extend_from_slice(b"\x4F\x03");
            body.extend_from_slice(text.as_bytes());
            body.extend_from_slice(b"\x00\x01\x4F\xC3\x03\xC3\xFF\x00\x01");
            expected += &text;
        }
        body.push(0x01);
        let document = canonical(&body);
        let mut reader = Reader::new(&document, &Limits::DEFAULT).unwrap();
        let mut read = String::new();
        while let Some(event) = reader.next_event().unwrap() {
            if let Event::Text(text) = event {
                read += text;
            }
        }
        assert_eq!(read, expected);
    }
}

#[test]
fn children_texts_and_values_are_read_in_one_call_each() {
    let document =
        canonical(b"\x6D\x6C\x71\x031.2\x00\x01\x72\xC3\x02ab\x03c\x00\x01\x4F\xC3\x01\xFF\x01\x0F\x01\x12\x01");
    let mut reader = Reader::with(&document, &Reading::STRICT).unwrap();
    assert_eq!(reader.next_event(), Ok(Some(Event::Start(Name::Known(syncml::SYNC_ML)))));
    let child = |tag| Ok(Some(Name::Known(tag)));
    assert_eq!(reader.next_child(), child(syncml::SYNC_HDR));
    assert_eq!(reader.next_child(), child(syncml::VER_DTD));
    assert_eq!(reader.leaf_text().unwrap(), "1.2");
    assert_eq!(reader.next_child(), child(syncml::VER_PROTO));
    assert_eq!(reader.leaf_text().unwrap(), "abc");
    assert_eq!(reader.next_child(), child(syncml::DATA));
    assert_eq!(reader.leaf_value(), Ok(Value::Opaque(b"\xFF"[..].into())));
    assert_eq!(reader.next_child(), child(syncml::DATA));
    assert_eq!(reader.leaf_value(), Ok(Value::Text("".into())));
    assert_eq!(reader.next_child(), Ok(None));
    assert_eq!(reader.next_child(), child(syncml::FINAL));
    assert_eq!(reader.skip_element(), Ok(()));
    assert_eq!(reader.next_child(), Ok(None));
    assert_eq!(reader.next_event(), Ok(None));
}

#[test]
fn text_between_children_is_a_deviation_unless_it_is_white_space() {
    let document = canonical(b"\x6D\x03 \x00\x2C\x03x\x00\x01");
    let mut reader = Reader::with(&document, &Reading::LENIENT).unwrap();
    reader.next_event().unwrap();
    assert_eq!(reader.next_child(), Ok(Some(Name::Known(syncml::SYNC_HDR))));
    reader.skip_element().unwrap();
    assert_eq!(reader.next_child(), Ok(None));
    let deviations = reader.take_deviations();
    let found: Vec<_> = deviations.as_slice().iter().map(|deviation| (deviation.kind, deviation.offset)).collect();
    assert_eq!(found, [(DeviationKind::StrayText, 10)]);
}

/// A vocabulary of nobody in particular: an own page beside one of SyncML, and attributes.
static OWN: [Vocabulary; 1] = [Vocabulary::new(&[PublicId::Number(1), PublicId::Name("-//ME//DTD Mine//EN")])
    .with_pages(&[
        Page::list(0, &[(0x05, "Tree"), (0x06, "Leaf")]),
        Page::space(3, omadm_proto::element::Space::MetInf),
    ])];

#[test]
fn a_vocabulary_of_the_caller_is_read_and_written() {
    let document = b"\x01\x01\x6A\x00\x45\x46\x03x\x00\x01\x00\x03\x47\x03chr\x00\x01\x00\x00\x07\x01";
    let mut reader = Reader::with_vocabularies(document, &Reading::STRICT, &OWN).unwrap();
    let mut writer = DocumentWriter::with_header(Vec::new(), &OWN[0], Version::V1_1, PublicId::Number(1));
    let mut names = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        if let Event::Start(name) = event {
            names.push(name);
        }
        writer.event(event).unwrap();
    }
    let nameless = Name::Token { page: 0, token: 0x07 };
    assert_eq!(names, [Name::Unknown("Tree"), Name::Unknown("Leaf"), Name::Known(metinf::FORMAT), nameless]);
    assert_eq!(writer.as_bytes(), document);
    let named = b"\x03\x00\x00\x6A\x13-//me//dtd MINE//EN\x05";
    assert!(Reader::with(named, &Reading::LENIENT).is_err());
    assert!(Reader::with_vocabularies(named, &Reading::STRICT, &OWN).is_ok());
}

#[test]
fn a_provisioning_document_uses_the_tokens_that_are_not_disputed() {
    let events =
        [("type", "APPAUTH"), ("name", "AAUTHTYPE"), ("value", "DIGEST"), ("value", "APPSRV"), ("name", "INIT")];
    let mut writer = DocumentWriter::new(Vec::new(), Vocabulary::PROVISIONING);
    let root = Tag::from_name(omadm_proto::element::Space::Provisioning, "wap-provisioningdoc").unwrap();
    writer.start(root).unwrap();
    for (name, value) in events {
        writer.event(Event::Attribute(Attribute::new(name, value))).unwrap();
    }
    writer.event(Event::End).unwrap();
    let expected =
        b"\x02\x0B\x6A\x00\x85\x00\x01\x57\x33\x00\x00\x06\x03DIGEST\x00\x06\x00\x01\x8D\x00\x00\x05\x03INIT\x00\x01";
    assert_eq!(writer.as_bytes(), expected);
    assert_eq!(writer.event(Event::Attribute(Attribute::new("name", "x"))), Err(EncodeError::Unbalanced));
}

#[test]
fn the_disputed_provisioning_tokens_are_read() {
    let document = b"\x03\x0B\x6A\x00\x85\x06\x00\x01\x93\x06\x91\x92\x00\x00\x06\xE0\x00\x01\x06\xE1\x01";
    let mut reader = Reader::with(document, &Reading::STRICT).unwrap();
    reader.next_event().unwrap();
    let mut values = Vec::new();
    while let Some(attribute) = reader.next_attribute().unwrap() {
        values.push(attribute.value.into_owned());
    }
    assert_eq!(values, ["DIGEST", "HTTP-BASIC", "AAA", "HA"]);
}

#[test]
fn devinf_before_1_2_calls_max_size_size() {
    let document = b"\x02\x9F\x52\x6A\x00\x4A\x5C\x0310\x00\x01\x01";
    let mut reader = Reader::with(document, &Reading::STRICT).unwrap();
    reader.next_event().unwrap();
    assert_eq!(reader.next_child(), Ok(Some(Name::Known(devinf::MAX_SIZE))));
    assert_eq!(Tag::from_name(devinf::MAX_SIZE.space(), "Size"), Some(devinf::MAX_SIZE));
}

#[test]
fn extensions_of_devices_are_read_and_not_written() {
    let document = canonical(b"\x5A\x00\x01\x18\x01");
    let mut reader = Reader::with(&document, &Reading::STRICT).unwrap();
    reader.next_event().unwrap();
    assert_eq!(reader.next_child(), Ok(Some(Name::Known(metinf::ID))));
    assert_eq!(Writer::new(Vec::new()).start(metinf::ID), Err(EncodeError::NoToken));
    let mut writer = DocumentWriter::new(Vec::new(), Vocabulary::METINF);
    assert_eq!(writer.start(metinf::ID), Err(EncodeError::NoToken));
}

/// A tree as it travels in Data: a document of its own.
const TREE: &[u8] = b"\x02\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\x00\x00\x02\x60\x77\x031.2\x00\x01\x01";

#[test]
fn a_document_in_opaque_data_is_read_as_one_of_its_own() {
    let document = canonical(&[&b"\x4F\xC3"[..], &[u8::try_from(TREE.len()).unwrap()], TREE, b"\x01"].concat());
    let mut reader = Reader::with(&document, &Reading::STRICT).unwrap();
    reader.next_event().unwrap();
    let Ok(Some(Event::Opaque(bytes))) = reader.next_event() else { panic!() };
    let mut tree = reader.embedded(bytes).unwrap();
    assert_eq!(tree.header().public_id, PublicId::Name("-//OMA//DTD-DM-DDF 1.2//EN"));
    assert_eq!(tree.next_event(), Ok(Some(Event::Start(Name::Known(ddf::MGMT_TREE)))));
    assert_eq!(tree.next_child(), Ok(Some(Name::Known(ddf::VER_DTD))));
    assert_eq!(tree.leaf_text().unwrap(), "1.2");
    assert!(reader.embedded(b"no document").is_err());
    assert_eq!(reader.next_event(), Ok(Some(Event::End)), "the outer document goes on");
}

#[test]
fn documents_inside_each_other_are_bounded() {
    let reader = Reader::with(TREE, &Reading::STRICT).unwrap();
    let inner = reader.embedded(TREE).unwrap();
    let innermost = inner.embedded(TREE).unwrap();
    let error = innermost.embedded(TREE).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::LimitExceeded(Limit::Embedding));
}

#[test]
fn headers_are_written_as_asked() {
    let header = |version, id| DocumentWriter::with_header(Vec::new(), Vocabulary::SYNCML, version, id).into_bytes();
    assert_eq!(DocumentWriter::new(Vec::new(), Vocabulary::SYNCML).as_bytes(), CANONICAL);
    assert_eq!(DocumentWriter::new(Vec::new(), Vocabulary::DEVINF).as_bytes(), b"\x02\xA4\x03\x6A\x00");
    assert_eq!(header(Version::V1_1, PublicId::Number(0x0FD3)), b"\x01\x9F\x53\x6A\x00");
    assert_eq!(header(Version::V1_3, PublicId::Number(0)), b"\x03\x80\x00\x6A\x00");
    let named = header(Version::V1_2, PublicId::Name("-//SYNCML//DTD SyncML 1.1//EN"));
    assert_eq!(named, b"\x02\x00\x00\x6A\x1E-//SYNCML//DTD SyncML 1.1//EN\x00");
}

#[test]
fn both_writers_write_a_message_alike() {
    let document = canonical(
        b"\x6D\x6B\x5A\x00\x01\x47\x03b64\x00\x01\x01\x00\x00\x4F\xC3\x02a\x00\x01\x4F\x03hi\x00\x01\x12\x01\x01",
    );
    let mut any = DocumentWriter::new(Vec::new(), Vocabulary::SYNCML);
    copy(&document, &mut any);
    assert_eq!(any.into_bytes(), document);
    let mut writer = Writer::new(Vec::new());
    copy(&document, &mut writer);
    assert_eq!(writer.into_bytes(), document);
}

#[path = "support/shared.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod shared;

#[test]
fn canonical_documents_are_written_again_byte_by_byte() {
    let Some(data) = shared::data_dir() else { return };
    let read = |name: &str| std::fs::read(data.join(format!("wbxml/gen-inputs/{name}.wbxml"))).unwrap();
    for name in ["pkg1", "pkg2", "pkg3", "pkg4", "big100k", "cmd2000", "bin256", "tnds-inline", "tnds-opaque"] {
        let document = read(name);
        assert_eq!(noticed(&document, &Reading::STRICT), Ok(vec![]), "{name}");
        let mut writer = Writer::new(Vec::new());
        copy(&document, &mut writer);
        assert!(writer.into_bytes() == document, "{name}");
        let mut writer = DocumentWriter::new(Vec::new(), Vocabulary::SYNCML);
        copy(&document, &mut writer);
        assert!(writer.into_bytes() == document, "{name}");
    }
    let document = read("cp-w7");
    let mut writer =
        DocumentWriter::with_header(Vec::new(), Vocabulary::PROVISIONING, Version::V1_3, PublicId::Number(0x0B));
    copy(&document, &mut writer);
    // The only token that is read and not written there: DIGEST, on page 1, before an attribute of page 1.
    let at = document.windows(8).position(|window| window == b"\x06\x00\x01\x93\x01\x87\x31\x00").unwrap();
    let (before, after) = document.split_at(at);
    let expected = [before, b"\x06\x03DIGEST\x00\x01\x87\x00\x01\x31\x00", &after[8..]].concat();
    assert_eq!(writer.into_bytes(), expected);
}

#[test]
fn rights_objects_have_prefixed_names() {
    let document = b"\x03\x0E\x6A\x00\xC5\x05\x85\x01\x46\x47\x031.0\x00\x01\x01\x01";
    let mut reader = Reader::with(document, &Reading::STRICT).unwrap();
    assert_eq!(reader.next_event(), Ok(Some(Event::Start(Name::Unknown("o-ex:rights")))));
    let attribute = Attribute::new("xmlns:o-ex", "http://odrl.net/1.1/ODRL-EX");
    assert_eq!(reader.next_attribute(), Ok(Some(attribute)));
    assert_eq!(reader.next_child(), Ok(Some(Name::Unknown("o-ex:context"))));
    assert_eq!(reader.next_child(), Ok(Some(Name::Unknown("o-dd:version"))));
    assert_eq!(reader.leaf_text().unwrap(), "1.0");
    let mut writer =
        DocumentWriter::with_header(Vec::new(), Vocabulary::DRM_RIGHTS, Version::V1_3, PublicId::Number(0x0E));
    copy(document, &mut writer);
    assert_eq!(writer.as_bytes(), document);
}
