//! Hostile documents, one test each, for both readers where they apply: what an attacker gets is an error with its byte.
//!
//! What must be linear is counted in events and bytes, never in time.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::element::{Event, EventSource, syncml};
use omadm_proto::error::{DecodeError, DecodeErrorKind as Kind, Limit};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Message};
use omadm_proto::{wbxml, xml};

const CANONICAL: &[u8] = b"\x02\xA4\x01\x6A\x00";

/// Up to and including the start of SyncBody.
const WBXML_HEAD: &[u8] =
    b"\x02\xA4\x01\x6A\x00\x6D\x6C\x71\x031.2\x00\x01\x72\x03DM/1.2\x00\x01\x65\x031\x00\x01\x5B\x031\x00\x01\
    \x6E\x57\x03d\x00\x01\x01\x67\x57\x03s\x00\x01\x01\x01\x6B";
const WBXML_TAIL: &[u8] = b"\x01\x01";
const XML_HEAD: &str = "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
    <SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>d</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>\
    <SyncBody>";
const XML_TAIL: &str = "</SyncBody></SyncML>";

/// Limits that let everything but the quantity under test through.
fn wide() -> Limits {
    let mut limits = Limits::DEFAULT;
    limits.message_bytes = usize::MAX;
    limits
}

/// How many events a source gives.
fn count<'a>(mut source: impl EventSource<'a>) -> Result<usize, DecodeError> {
    let mut events = 0;
    while source.next_event()?.is_some() {
        events += 1;
    }
    Ok(events)
}

fn wbxml(document: &[u8]) -> Result<usize, DecodeError> {
    count(wbxml::Reader::new(document, &wide())?)
}

fn xml(document: &str) -> Result<usize, DecodeError> {
    count(xml::Reader::new(document.as_bytes(), &wide())?)
}

fn wbxml_body(body: &[u8]) -> Vec<u8> {
    [WBXML_HEAD, body, WBXML_TAIL].concat()
}

fn xml_body(body: &str) -> String {
    format!("{XML_HEAD}{body}{XML_TAIL}")
}

/// The error of the document as a message, in the syntax that it is written in.
fn typed(document: impl AsRef<[u8]>) -> Kind {
    let document = document.as_ref();
    let error = Message::decode_as(Syntax::sniff(document), document, &wide()).unwrap_err();
    assert!(error.offset <= document.len());
    error.kind
}

fn kind<T: core::fmt::Debug>(result: Result<T, DecodeError>) -> Kind {
    result.unwrap_err().kind
}

#[test]
fn an_opaque_of_four_gigabytes_in_twenty_bytes_is_refused() {
    let document = wbxml_body(b"\x45\x54\x4F\xC3\x8F\xFF\xFF\xFF\x7Fabc\x01\x01\x01");
    assert_eq!(kind(wbxml(&document)), Kind::UnexpectedEnd);
    assert_eq!(typed(&document), Kind::UnexpectedEnd);
}

#[test]
fn a_string_table_of_four_gigabytes_is_refused() {
    for document in [&b"\x02\xA4\x01\x6A\x8F\xFF\xFF\xFF\x7F\x6D\x01"[..], b"\x02\x00\x00\x6A\x8F\xFF\xFF\xFF\x7Fabc"] {
        assert_eq!(kind(wbxml(document)), Kind::UnexpectedEnd);
        assert_eq!(typed(document), Kind::UnexpectedEnd);
    }
}

#[test]
fn a_length_that_runs_exactly_to_the_end_leaves_nothing_for_the_ends() {
    let document = [CANONICAL, b"\x6D\xC3\x03abc"].concat();
    assert_eq!(kind(wbxml(&document)), Kind::UnexpectedEnd);
    let one_more = [CANONICAL, b"\x6D\xC3\x04abc"].concat();
    assert_eq!(kind(wbxml(&one_more)), Kind::UnexpectedEnd);
}

#[test]
fn integers_of_six_bytes_are_refused_wherever_they_stand() {
    let six = b"\x80\x80\x80\x80\x80\x01";
    let header = [&b"\x02"[..], six, b"\x6A\x00\x2D"].concat();
    let charset = [&b"\x02\xA4\x01"[..], six, b"\x00\x2D"].concat();
    let table = [&b"\x02\xA4\x01\x6A"[..], six, b"\x2D"].concat();
    let opaque = [CANONICAL, b"\x6D\xC3", six, b"x\x01"].concat();
    let string = [&b"\x02\xA4\x01\x6A\x02a\x00\x6D\x83"[..], six, b"\x01"].concat();
    let entity = [CANONICAL, b"\x6D\x02", six, b"\x01"].concat();
    let literal = [&b"\x02\xA4\x01\x6A\x02a\x00\x44"[..], six, b"\x01"].concat();
    for document in [header, charset, table, opaque, string, entity, literal] {
        assert_eq!(kind(wbxml(&document)), Kind::IntegerTooLong, "{document:02X?}");
        assert_eq!(typed(&document), Kind::IntegerTooLong, "{document:02X?}");
    }
}

#[test]
fn integers_of_five_bytes_above_32_bits_are_refused() {
    let document = [CANONICAL, b"\x6D\xC3\x90\x80\x80\x80\x00\x01"].concat();
    assert_eq!(kind(wbxml(&document)), Kind::IntegerTooLong);
}

#[test]
fn leading_zero_groups_are_legal_up_to_five_bytes() {
    assert_eq!(wbxml(b"\x02\x80\x80\x80\xA4\x01\x6A\x00\x6D\xC3\x80\x80\x80\x80\x01x\x01"), Ok(3));
}

#[test]
fn a_string_table_bomb_stops_at_the_budget() {
    // 50,000 bytes, named 20,000 times in 40,000 bytes: a thousand million bytes of text.
    let mut document = b"\x02\xA4\x01\x6A\x83\x86\x50".to_vec();
    document.resize(document.len() + 50_000, b'x');
    document.extend(&WBXML_HEAD[5..]);
    document.extend(b"\x45\x54\x4F");
    document.extend(b"\x83\x00".repeat(20_000));
    document.extend(b"\x01\x01\x01\x01\x01");
    assert_eq!(kind(wbxml(&document)), Kind::LimitExceeded(Limit::ExpandedBytes));
    assert_eq!(typed(&document), Kind::LimitExceeded(Limit::ExpandedBytes));
}

#[test]
fn a_string_table_bomb_of_element_names_stops_at_the_budget() {
    let mut document = b"\x02\xA4\x01\x6A\x83\x86\x50".to_vec();
    document.resize(document.len() + 50_000, b'x');
    document.push(0x6D);
    document.extend(b"\x04\x00".repeat(20_000));
    document.push(0x01);
    assert_eq!(kind(wbxml(&document)), Kind::LimitExceeded(Limit::ExpandedBytes));
}

#[test]
fn a_million_nested_elements_stop_at_the_depth_limit() {
    let document = [CANONICAL, &[0x6B; 1_000_000]].concat();
    assert_eq!(kind(wbxml(&document)), Kind::LimitExceeded(Limit::Depth));
    assert_eq!(kind(xml(&"<a>".repeat(1_000_000))), Kind::LimitExceeded(Limit::Depth));
    let data = wbxml_body(&[&b"\x45\x54"[..], &[0x4F; 1_000_000]].concat());
    assert_eq!(typed(data), Kind::LimitExceeded(Limit::Depth));
    assert_eq!(
        typed(xml_body(&format!("<Add><Item><Data>{}", "<a>".repeat(1_000_000)))),
        Kind::LimitExceeded(Limit::Depth)
    );
}

#[test]
fn atomics_inside_each_other_stop_at_a_limit() {
    for token in [0x48, 0x64] {
        let document = wbxml_body(&[&vec![token; 1_000_000][..], &vec![0x01; 1_000_000]].concat());
        assert_eq!(typed(document), Kind::LimitExceeded(Limit::Depth));
    }
    let (open, close) = ("<Atomic>".repeat(1_000_000), "</Atomic>".repeat(1_000_000));
    assert_eq!(typed(xml_body(&(open + &close))), Kind::LimitExceeded(Limit::Depth));
}

#[test]
fn sixteen_atomics_inside_each_other_are_read_and_dropped() {
    let document = wbxml_body(&[[0x48; 16], [0x01; 16]].concat());
    let message = Message::decode_as(Syntax::Wbxml, &document, &wide()).unwrap();
    let (mut depth, mut commands) = (0, &message.commands);
    while let Some(Command::Atomic(atomic)) = commands.first() {
        (depth, commands) = (depth + 1, &atomic.commands);
    }
    assert_eq!(depth, 16);
}

#[test]
fn a_million_siblings_are_two_million_events() {
    let document = [CANONICAL, &[0x6B], &[0x12; 1_000_000], &[0x01]].concat();
    assert_eq!(wbxml(&document), Ok(2_000_002));
    assert_eq!(xml(&format!("<SyncBody>{}</SyncBody>", "<Final/>".repeat(1_000_000))), Ok(2_000_002));
}

#[test]
fn a_million_commands_stop_at_the_limit_of_commands() {
    assert_eq!(typed(wbxml_body(&[0x13; 1_000_000])), Kind::LimitExceeded(Limit::Commands));
    assert_eq!(typed(xml_body(&"<Get/>".repeat(1_000_000))), Kind::LimitExceeded(Limit::Commands));
}

#[test]
fn commands_inside_atomics_count_too() {
    let document = wbxml_body(&[&[0x48, 0x48], &[0x13; 4_095][..], &[0x01, 0x01]].concat());
    assert_eq!(typed(document), Kind::LimitExceeded(Limit::Commands));
}

#[test]
fn a_million_items_stop_at_the_limit_of_items() {
    assert_eq!(
        typed(wbxml_body(&[&[0x53], &[0x14; 1_000_000][..], &[0x01]].concat())),
        Kind::LimitExceeded(Limit::Items)
    );
    let items = format!("<Get>{}</Get>", "<Item/>".repeat(1_000_000));
    assert_eq!(typed(xml_body(&items)), Kind::LimitExceeded(Limit::Items));
}

#[test]
fn strings_without_terminator_are_refused() {
    let document = [CANONICAL, b"\x6D\x03", &vec![b'a'; 1_000_000]].concat();
    assert_eq!(kind(wbxml(&document)), Kind::UnexpectedEnd);
    assert_eq!(typed(&document), Kind::UnexpectedEnd);
    for open in [
        "<SyncML>aaa",
        "<SyncML a='",
        "<SyncML a='b",
        "<SyncML><!-- ",
        "<SyncML><![CDATA[a",
        "<SyncML><?x ",
        "<!DOCTYPE a",
    ] {
        assert!(xml(open).is_err(), "{open}");
        let error = xml(&format!("{open}{}", "a".repeat(100_000))).unwrap_err();
        assert!(error.offset <= 100_000 + open.len());
    }
}

#[test]
fn many_strings_without_terminator_are_looked_for_once() {
    // A reader that looks for the terminator of each in vain to the end would need 10^11 steps.
    let document = [CANONICAL, &b"\x6D\x03".repeat(500_000)].concat();
    assert_eq!(kind(wbxml(&document)), Kind::UnexpectedEnd);
}

#[test]
fn text_that_is_no_utf_8_is_refused_in_every_position() {
    let bad: [&[u8]; 6] = [b"\xFF", b"\xC0\x80", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"\xE2\x82", b"a\x80"];
    for bytes in bad {
        let string = [CANONICAL, b"\x6D\x03", bytes, b"\x00\x01"].concat();
        assert_eq!(kind(wbxml(&string)), Kind::InvalidUtf8, "{bytes:02X?}");
        let table =
            [&b"\x02\xA4\x01\x6A"[..], &[u8::try_from(bytes.len()).unwrap()], bytes, b"\x6D\x83\x00\x01"].concat();
        assert_eq!(kind(wbxml(&table)), Kind::InvalidUtf8, "{bytes:02X?}");
        for (head, tail) in [("<SyncML>", "</SyncML>"), ("<SyncML a='", "'/>"), ("<SyncML><![CDATA[", "]]></SyncML>")] {
            let document = [head.as_bytes(), bytes, tail.as_bytes()].concat();
            assert_eq!(
                kind(xml::Reader::new(&document, &wide()).and_then(count)),
                Kind::InvalidUtf8,
                "{head} {bytes:02X?}"
            );
        }
    }
}

#[test]
fn an_opaque_that_is_no_text_is_no_session_id() {
    let document = [&WBXML_HEAD[..24], b"\x65\xC3\x02\xFF\xFE\x01\x01\x01"].concat();
    assert!(matches!(typed(document), Kind::InvalidUtf8 | Kind::InvalidValue(syncml::SESSION_ID)));
}

#[test]
fn entity_bombs_are_refused_without_expansion() {
    let laughs = "<!DOCTYPE a [<!ENTITY b \"lol\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><SyncML>&c;</SyncML>";
    assert_eq!(kind(xml(laughs)), Kind::DtdDeclarations);
    let parameter = "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/x'> %p;]><SyncML/>";
    assert_eq!(kind(xml(parameter)), Kind::DtdDeclarations);
    let attributes = "<!DOCTYPE a [<!ATTLIST SyncML x CDATA 'y'>]><SyncML/>";
    assert_eq!(kind(xml(attributes)), Kind::DtdDeclarations);
    assert_eq!(kind(xml("<SyncML>&lol;</SyncML>")), Kind::UnknownEntity);
    assert_eq!(kind(xml("<SyncML a='&lol;'/>")), Kind::UnknownEntity);
}

#[test]
fn an_external_doctype_is_skipped_and_its_entities_do_not_exist() {
    let doctype = "<!DOCTYPE SyncML PUBLIC '-//x' 'file:///etc/passwd'>";
    assert_eq!(xml(&format!("{doctype}<SyncML/>")), Ok(2));
    assert_eq!(kind(xml(&format!("{doctype}<SyncML>&x;</SyncML>"))), Kind::UnknownEntity);
}

#[test]
fn references_to_no_character_are_refused() {
    for reference in
        ["&#0;", "&#xD800;", "&#x110000;", "&#xFFFFFFFFFFFFFFFF;", "&#99999999999999999999;", "&#;", "&#x;", "&;"]
    {
        assert!(xml(&format!("<SyncML>{reference}</SyncML>")).is_err(), "{reference}");
        assert!(xml(&format!("<SyncML a='{reference}'/>")).is_err(), "{reference}");
    }
    for entity in [&b"\x00"[..], b"\x83\xB0\x00", b"\xC4\x80\x00", b"\x8F\xFF\xFF\xFF\x7F"] {
        let document = [CANONICAL, b"\x6D\x02", entity, b"\x01"].concat();
        assert!(matches!(kind(wbxml(&document)), Kind::Character(_)), "{entity:02X?}");
    }
}

#[test]
fn two_headers_and_two_senders_are_refused() {
    let header = &WBXML_HEAD[6..WBXML_HEAD.len() - 1];
    let twice = [CANONICAL, b"\x6D", header, header, b"\x2B\x01"].concat();
    assert_eq!(typed(twice), Kind::DuplicateElement(syncml::SYNC_HDR));
    let behind = [CANONICAL, b"\x6D", header, b"\x2B", header, b"\x01"].concat();
    assert_eq!(typed(behind), Kind::DuplicateElement(syncml::SYNC_HDR));
    let bodies = [CANONICAL, b"\x6D", header, b"\x2B\x2B\x01"].concat();
    assert_eq!(typed(bodies), Kind::DuplicateElement(syncml::SYNC_BODY));
    let xml_header = XML_HEAD.split_once("<SyncHdr>").unwrap().1.split_once("</SyncHdr>").unwrap().0;
    for (element, tag) in [
        ("<Source><LocURI>x</LocURI></Source>", syncml::SOURCE),
        ("<Target><LocURI>x</LocURI></Target>", syncml::TARGET),
        ("<SessionID>2</SessionID>", syncml::SESSION_ID),
        ("<MsgID>2</MsgID>", syncml::MSG_ID),
        ("<VerDTD>1.1</VerDTD>", syncml::VER_DTD),
        ("<VerProto>DM/1.1</VerProto>", syncml::VER_PROTO),
    ] {
        let document = format!("<SyncML><SyncHdr>{xml_header}{element}</SyncHdr><SyncBody/></SyncML>");
        assert_eq!(typed(document), Kind::DuplicateElement(tag));
    }
    let creds = "<Cred><Data>a</Data></Cred>".repeat(2);
    let document = format!("<SyncML><SyncHdr>{xml_header}{creds}</SyncHdr><SyncBody/></SyncML>");
    assert_eq!(typed(document), Kind::DuplicateElement(syncml::CRED));
}

#[test]
fn switch_page_floods_end_with_the_document() {
    let document = [CANONICAL, &b"\x00\x01".repeat(500_000)].concat();
    assert_eq!(kind(wbxml(&document)), Kind::UnexpectedEnd);
    let inside = [CANONICAL, &[0x6D], &b"\x00\x01".repeat(500_000)[..]].concat();
    assert_eq!(kind(wbxml(&inside)), Kind::UnexpectedEnd);
    let closed = wbxml_body(&[&b"\x00\x01\x00\x00".repeat(100_000)[..], b"\x12"].concat());
    let message = Message::decode_as(Syntax::Wbxml, &closed, &wide()).unwrap();
    assert!(message.is_final);
}

#[test]
fn attribute_floods_stop_at_the_limit_of_attributes() {
    let attributes: String = (0..100_000).fold(String::new(), |all, at| all + " a" + &at.to_string() + "='1'");
    assert_eq!(kind(xml(&format!("<SyncML{attributes}/>"))), Kind::LimitExceeded(Limit::Attributes));
    let namespaces: String = (0..100_000).fold(String::new(), |all, at| all + " xmlns:a" + &at.to_string() + "='u'");
    assert_eq!(kind(xml(&format!("<SyncML{namespaces}/>"))), Kind::LimitExceeded(Limit::Attributes));
    let provisioning = [&b"\x03\x0B\x6A\x00\x85"[..], &b"\x45\x03x\x00".repeat(100_000), b"\x01"].concat();
    assert_eq!(kind(wbxml(&provisioning)), Kind::LimitExceeded(Limit::Attributes));
    let literal = [&b"\x02\xA4\x01\x6A\x02a\x00\xAD"[..], &b"\x04\x00\x03x\x00".repeat(100_000), b"\x01"].concat();
    assert_eq!(kind(wbxml(&literal)), Kind::LimitExceeded(Limit::Attributes));
}

#[test]
fn a_huge_attribute_value_is_no_more_than_its_bytes() {
    let value = "&amp;".repeat(200_000);
    let document = format!("<SyncML a='{value}'/>");
    let mut reader = xml::Reader::new(document.as_bytes(), &wide()).unwrap();
    reader.next_event().unwrap();
    let Some(Event::Attribute(attribute)) = reader.next_event().unwrap() else { panic!("no attribute") };
    assert_eq!(attribute.value.len(), 200_000);
}

#[test]
fn processing_instruction_floods_end_with_the_document() {
    let document = [CANONICAL, &b"\x43\x01".repeat(100_000), b"\x2D"].concat();
    assert!(matches!(wbxml(&document), Ok(2) | Err(_)));
    assert_eq!(xml(&format!("{}<SyncML/>", "<?x y?>".repeat(100_000))), Ok(2));
}

#[test]
fn a_huge_cdata_section_is_one_value() {
    let value = "<&]]".repeat(200_000);
    let document = xml_body(&format!("<Add><CmdID>1</CmdID><Item><Data><![CDATA[{value}]]></Data></Item></Add>"));
    let message = Message::decode_as(Syntax::Xml, document.as_bytes(), &wide()).unwrap();
    let Command::Tree(add) = &message.commands[0] else { panic!("no Add") };
    assert_eq!(add.items[0].data.as_ref().and_then(|data| data.as_str()), Some(&*value));
}

#[test]
fn a_hundred_thousand_cdata_sections_are_one_value() {
    let document =
        xml_body(&format!("<Add><CmdID>1</CmdID><Item><Data>{}</Data></Item></Add>", "<![CDATA[x]]>".repeat(100_000)));
    let message = Message::decode_as(Syntax::Xml, document.as_bytes(), &wide()).unwrap();
    let Command::Tree(add) = &message.commands[0] else { panic!("no Add") };
    assert_eq!(add.items[0].data.as_ref().map(|data| data.as_bytes().len()), Some(100_000));
}

#[test]
fn a_document_above_the_size_limit_is_not_looked_at() {
    let big = vec![0xFF; Limits::DEFAULT.message_bytes + 1];
    let error = wbxml::Reader::new(&big, &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.kind, Kind::LimitExceeded(Limit::MessageBytes));
    let error = xml::Reader::new(&big, &Limits::DEFAULT).map(drop).unwrap_err();
    assert_eq!(error.kind, Kind::LimitExceeded(Limit::MessageBytes));
}
