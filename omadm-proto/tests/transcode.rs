//! From one syntax to the other at the level of events.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_in_result,
    reason = "a test fails by panicking"
)]

#[path = "support/shared.rs"]
mod shared;

use omadm_proto::element::{Event, EventSink, EventSource, Name, Space, Tag, syncml};
use omadm_proto::error::{DecodeErrorKind, EncodeError};
use omadm_proto::exchange::Syntax;
use omadm_proto::reading::Reading;
use omadm_proto::transcode::{TranscodeError, Transcoding};
use omadm_proto::{wbxml, xml};
use proptest::prelude::*;
use shared::{data_dir, documents};

const PLAIN: Transcoding = Transcoding::new(Reading::LENIENT);
const OPENING: Transcoding = PLAIN.opening_embedded();

fn transcode(how: Transcoding, from: Syntax, document: &[u8], to: Syntax) -> Result<Vec<u8>, TranscodeError> {
    let mut out = Vec::new();
    how.document(from, document, to, &mut out).map(|_| out)
}

/// The content of a SyncBody in WBXML, as XML.
fn to_xml(how: Transcoding, body: &[u8]) -> Result<String, TranscodeError> {
    let document = [b"\x02\xA4\x01\x6A\x00\x6B", body, b"\x01"].concat();
    let xml = String::from_utf8(transcode(how, Syntax::Wbxml, &document, Syntax::Xml)?).unwrap();
    let body =
        xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncBody xmlns=\"SYNCML:SYNCML1.2\">").unwrap();
    Ok(body.strip_suffix("</SyncBody>").unwrap().replace(" xmlns=\"syncml:metinf\"", ""))
}

/// The content of a SyncBody in XML, as WBXML.
fn to_wbxml(how: Transcoding, body: &str) -> Result<Vec<u8>, TranscodeError> {
    let document = format!("<SyncBody xmlns='SYNCML:SYNCML1.2'>{body}</SyncBody>");
    let wbxml = transcode(how, Syntax::Xml, document.as_bytes(), Syntax::Wbxml)?;
    Ok(wbxml.strip_prefix(b"\x02\xA4\x01\x6A\x00\x6B").unwrap().strip_suffix(b"\x01").unwrap().to_vec())
}

fn encode_error(result: Result<impl core::fmt::Debug, TranscodeError>) -> (EncodeError, usize) {
    match result {
        Err(TranscodeError::Encode { error, offset }) => (error, offset),
        other => panic!("{other:?}"),
    }
}

/// Item, Meta with Format and Type, Data.
const FORMAT_BIN: &[u8] = b"\x5A\x00\x01\x47\x03bin\0\x01\x53\x03a/b\0\x01\x01\x00\x00";
const DATA_BINARY: &[u8] = b"\x4F\xC3\x04\x00\x01\xFE\xFF\x01";

#[test]
fn text_is_copied_byte_for_byte() {
    assert_eq!(
        to_xml(PLAIN, b"\x4F\x03  two \n spaces\r\n ]]> <a b=\"c\">&amp;\0\x01").unwrap(),
        "<Data>  two \n spaces&#13;\n ]]&gt; &lt;a b=\"c\"&gt;&amp;amp;</Data>"
    );
    let wbxml = to_wbxml(PLAIN, "<Data>  two \n <![CDATA[<&]]>&#13;\n&#x10FFFF; </Data>").unwrap();
    assert_eq!(wbxml, b"\x4F\x03  two \n <&\r\n\xF4\x8F\xBF\xBF \0\x01");
}

#[test]
fn long_values_are_copied_up_to_whatever_is_special_in_them() {
    let specials: [(&str, &str); 5] =
        [("<", "&lt;"), ("&>", "&amp;&gt;"), ("\n", "\n"), ("\u{FC}", "\u{FC}"), ("\r", "&#13;")];
    for at in [0, 31, 255, 256, 16_383, 16_384, 16_415, 39_999] {
        for (special, written) in specials {
            let (before, behind) = ("x".repeat(at), "y".repeat(40_000 - at));
            let (text, xml) = (format!("{before}{special}{behind}"), format!("<Data>{before}{written}{behind}</Data>"));
            assert_eq!(to_xml(PLAIN, &[b"\x4F\x03", text.as_bytes(), b"\0\x01"].concat()).unwrap(), xml);
            let group = |shift: u32| (text.len() >> shift & 0x7F).to_le_bytes()[0];
            let len = [0x80 | group(14), 0x80 | group(7), group(0)];
            assert_eq!(to_xml(PLAIN, &[b"\x4F\xC3", &len[..], text.as_bytes(), b"\x01"].concat()).unwrap(), xml);
        }
        let control = ["x".repeat(at).as_bytes(), b"\x01", "y".repeat(40_000 - at).as_bytes()].concat();
        let refused = to_xml(PLAIN, &[b"\x4F\x03", &control[..], b"\0\x01"].concat());
        assert_eq!(encode_error(refused).0, EncodeError::Character);
    }
}

#[test]
fn opaque_text_is_text_and_pieces_are_one_value() {
    assert_eq!(to_xml(PLAIN, b"\x4F\xC3\x03a<b\x01").unwrap(), "<Data>a&lt;b</Data>");
    assert_eq!(to_xml(PLAIN, b"\x4F\x03a\0\xC3\x02\xC3\xBC\x02\x3C\x03b\0\x01").unwrap(), "<Data>aü&lt;b</Data>");
    // Two halves of one character.
    assert_eq!(to_xml(PLAIN, b"\x4F\xC3\x01\xC3\xC3\x01\xBC\x01").unwrap(), "<Data>ü</Data>");
}

#[test]
fn binary_data_of_an_item_becomes_base64_and_its_format_says_so() {
    let item = |content: &[&[u8]]| to_xml(PLAIN, &[b"\x54", content.concat().as_slice(), b"\x01"].concat()).unwrap();
    let b64 = "<Item><Meta><Format>b64</Format><Type>a/b</Type></Meta><Data>AAH+/w==</Data></Item>";
    assert_eq!(item(&[FORMAT_BIN, DATA_BINARY]), b64);
    let swapped = "<Item><Data>AAH+/w==</Data><Meta><Format>b64</Format><Type>a/b</Type></Meta></Item>";
    assert_eq!(item(&[DATA_BINARY, FORMAT_BIN]), swapped);
    let added = "<Item><Meta><Format>b64</Format></Meta><Data>AAH+/w==</Data></Item>";
    assert_eq!(item(&[DATA_BINARY]), added);
    let type_only = b"\x5A\x00\x01\x53\x03a/b\0\x01\x01\x00\x00";
    assert_eq!(item(&[type_only, DATA_BINARY]), b64);
    let mixed = b"\x4F\x03a\0\xC3\x01\xFF\x03b\0\x01";
    assert_eq!(item(&[mixed]), "<Item><Meta><Format>b64</Format></Meta><Data>Yf9i</Data></Item>");
    let control = b"\x4F\x03a\x01\0\x01";
    assert_eq!(item(&[control]), "<Item><Meta><Format>b64</Format></Meta><Data>YQE=</Data></Item>");
    // A Format with an empty string is like one without a string.
    let empty = "<Item><Meta><Format>b64</Format><Format/></Meta><Data>AAH+/w==</Data></Item>";
    assert_eq!(item(&[b"\x5A\x00\x01\x47\x03\0\x01\x01\x00\x00", DATA_BINARY]), empty);
    assert_eq!(item(&[b"\x5A\x00\x01\x07\x01\x00\x00", DATA_BINARY]), empty);
}

#[test]
fn binary_bytes_whose_base64_nobody_could_tell_are_an_error() {
    assert_eq!(encode_error(to_xml(PLAIN, b"\x57\xC3\x01\xFF\x01")).0, EncodeError::Character);
    assert_eq!(encode_error(to_xml(PLAIN, b"\x57\x03a\x02\0\x01")).0, EncodeError::Character);
    assert_eq!(encode_error(to_xml(PLAIN, DATA_BINARY)).0, EncodeError::Character);
    let mut out = b"before".to_vec();
    let document = [b"\x02\xA4\x01\x6A\x00", DATA_BINARY].concat();
    assert!(PLAIN.document(Syntax::Wbxml, &document, Syntax::Xml, &mut out).is_err());
    assert_eq!(out, b"before");
}

#[test]
fn a_nonce_is_base64_in_xml_and_stays_as_it_is_if_it_was() {
    let chal = |meta: &[u8]| to_xml(PLAIN, &[b"\x49\x5A\x00\x01", meta, b"\x01\x01"].concat()).unwrap();
    assert_eq!(
        chal(b"\x53\x03a\0\x01\x50\xC3\x02ab\x01"),
        "<Chal><Meta><Format>b64</Format><Type>a</Type><NextNonce>YWI=</NextNonce></Meta></Chal>"
    );
    let told = "<Chal><Meta><Format>b64</Format><NextNonce>YWI=</NextNonce></Meta></Chal>";
    assert_eq!(chal(b"\x47\x03b64\0\x01\x50\xC3\x04YWI=\x01"), told);
    assert_eq!(chal(b"\x47\x03b64\0\x01\x50\x03YWI=\0\x01"), told);
    assert_eq!(chal(b"\x47\x03bin\0\x01\x50\xC3\x02ab\x01"), told);
}

#[test]
fn the_namespace_is_that_of_the_version_that_the_header_tells() {
    for (version, namespace) in [("1.0", "SYNCML:SYNCML1.0"), ("1.1", "SYNCML:SYNCML1.1"), ("1.2", "SYNCML:SYNCML1.2")]
    {
        let document = [b"\x02\xA4\x01\x6A\x00\x6D\x6C\x71\x03", version.as_bytes(), b"\0\x01\x01\x01"].concat();
        let xml = String::from_utf8(transcode(PLAIN, Syntax::Wbxml, &document, Syntax::Xml).unwrap()).unwrap();
        assert!(xml.contains(&format!("<SyncML xmlns=\"{namespace}\"><SyncHdr><VerDTD>{version}<")), "{xml}");
    }
}

#[test]
fn nameless_tokens_have_a_name_in_xml_and_come_back() {
    let body = b"\x00\x07\x7F\x03a\0\x01\x00\x00\x70\x31\x01";
    let xml = to_xml(PLAIN, body).unwrap();
    assert_eq!(xml, "<unknown_7_3F>a</unknown_7_3F><unknown_0_30><VerDTD/></unknown_0_30>");
    assert_eq!(to_wbxml(PLAIN, &xml).unwrap(), body);
}

#[test]
fn what_wbxml_has_no_token_for_is_an_error_with_its_offset() {
    assert_eq!(encode_error(to_wbxml(PLAIN, "<Frobnicate/>")), (EncodeError::NoToken, 35));
    let status = "<Status><Data a=\"b\">404</Data></Status>";
    assert_eq!(encode_error(to_wbxml(PLAIN, status)), (EncodeError::NoAttributeToken, 43));
    assert_eq!(to_wbxml(PLAIN.dropping_attributes(), status).unwrap(), b"\x69\x4F\x03404\0\x01\x01");
    let broken = transcode(PLAIN, Syntax::Xml, b"<SyncBody><Final></SyncBody>", Syntax::Wbxml).unwrap_err();
    let TranscodeError::Decode(error) = broken else { panic!("{broken}") };
    assert_eq!(error.kind, DecodeErrorKind::XmlSyntax("an end tag does not match its start tag"));
}

const TREE: &str =
    "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>a</NodeName></Node></MgmtTree>";
const TREE_TOKENS: &[u8] = b"\x00\x02\x60\x77\x031.2\0\x01\x64\x66\x03a\0\x01\x01\x01";

#[test]
fn elements_in_data_stay_elements_if_wbxml_has_tokens_for_all_of_them() {
    let inline = [b"\x4F", TREE_TOKENS, b"\x01"].concat();
    assert_eq!(to_wbxml(PLAIN, &format!("<Data>\n{TREE}\n</Data>")).unwrap(), inline);
    assert_eq!(to_xml(PLAIN, &inline).unwrap(), format!("<Data>{TREE}</Data>"));
    let unknown = "<Data> <enabled/><data id=\"x\">&amp;</data></Data>";
    assert_eq!(to_wbxml(PLAIN, unknown).unwrap(), b"\x4F\x03 <enabled/><data id=\"x\">&amp;</data>\0\x01");
    let mixed = format!("<Data>a{TREE}b</Data>");
    assert_eq!(to_wbxml(PLAIN, &mixed).unwrap(), [b"\x4F\x03a\0", TREE_TOKENS, b"\x03b\0\x01"].concat());
    let partly = format!("<Data>a{TREE}<x/></Data>");
    assert_eq!(to_wbxml(PLAIN, &partly).unwrap(), [b"\x4F\x03a", TREE.as_bytes(), b"<x/>\0\x01"].concat());
}

fn meta(kind: &str) -> (String, Vec<u8>) {
    let name = format!("application/vnd.syncml.dmtnds+{kind}");
    (
        format!("<Meta><Format>xml</Format><Type>{name}</Type></Meta>"),
        [b"\x5A\x00\x01\x47\x03xml\0\x01\x53\x03", name.as_bytes(), b"\0\x01\x01\x00\x00"].concat(),
    )
}

/// A serialized tree as a WBXML document of its own.
fn tree_document() -> Vec<u8> {
    [b"\x02\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\0", TREE_TOKENS].concat()
}

#[test]
fn a_document_inside_data_is_converted_on_request_and_its_type_with_it() {
    let document = tree_document();
    let data = [&[0x4F, 0xC3, u8::try_from(document.len()).unwrap()], document.as_slice(), b"\x01"].concat();
    let (xml_meta, _) = meta("xml");
    let (_, wbxml_meta) = meta("wbxml");
    for (items, expected) in [
        (
            [b"\x54", wbxml_meta.as_slice(), &data, b"\x01"].concat(),
            format!("<Item>{xml_meta}<Data>{TREE}</Data></Item>"),
        ),
        ([b"\x54", data.as_slice(), &wbxml_meta, b"\x01"].concat(), String::new()),
        (
            [b"\x46", wbxml_meta.as_slice(), b"\x54", &data, b"\x01\x54", &data, b"\x01\x01"].concat(),
            format!("<Alert>{xml_meta}<Item><Data>{TREE}</Data></Item><Item><Data>{TREE}</Data></Item></Alert>"),
        ),
    ] {
        let xml = to_xml(OPENING, &items).unwrap();
        if expected.is_empty() {
            assert!(!xml.contains("MgmtTree"), "a Type behind the Data comes too late: {xml}");
        } else {
            assert_eq!(xml, expected);
        }
        assert!(!to_xml(PLAIN, &items).unwrap().contains("MgmtTree"));
    }
    let broken = [b"\x54", wbxml_meta.as_slice(), b"\x4F\xC3\x05\x02\xA4\x01\x6A\x01\x01\x01"].concat();
    assert_eq!(
        to_xml(OPENING, &broken).unwrap(),
        "<Item><Meta><Format>b64</Format><Type>application/vnd.syncml.dmtnds+wbxml</Type></Meta><Data>AqQBagE=</Data></Item>"
    );
}

#[test]
fn elements_in_data_become_a_document_on_request_and_their_type_says_so() {
    let document = tree_document();
    let data = [&[0x4F, 0xC3, u8::try_from(document.len()).unwrap()], document.as_slice(), b"\x01"].concat();
    let (xml_meta, _) = meta("xml");
    let (_, wbxml_meta) = meta("wbxml");
    let xml = format!("<Item>{xml_meta}<Data> {TREE}<!-- --></Data></Item>");
    let expected = [b"\x54", wbxml_meta.as_slice(), &data, b"\x01"].concat();
    assert_eq!(to_wbxml(OPENING, &xml).unwrap(), expected);
    assert_eq!(to_xml(OPENING, &expected).unwrap(), format!("<Item>{xml_meta}<Data>{TREE}</Data></Item>"));
    let swapped = format!("<Item><Data>{TREE}</Data>{xml_meta}</Item>");
    assert!(to_wbxml(OPENING, &swapped).unwrap().windows(2).any(|pair| pair == b"\x00\x02"), "elements, inline");
    let device = "<Meta><Type>application/vnd.syncml-devinf+xml</Type></Meta><Item><Data><DevInf><Man>a</Man></DevInf></Data></Item>";
    let put = [
        &b"\x5F\x5A\x00\x01\x53\x03application/vnd.syncml-devinf+wbxml\0\x01\x01\x00\x00\x54\x4F\xC3\x0C"[..],
        b"\x02\xA4\x03\x6A\x00\x4A\x51\x03a\0\x01\x01",
        b"\x01\x01\x01",
    ]
    .concat();
    assert_eq!(to_wbxml(OPENING, &format!("<Put>{device}</Put>")).unwrap(), put);
}

#[test]
fn trees_device_information_and_provisioning_are_documents_of_their_own() {
    let wbxml = transcode(PLAIN, Syntax::Xml, TREE.as_bytes(), Syntax::Wbxml).unwrap();
    assert_eq!(wbxml, tree_document());
    let xml = transcode(PLAIN, Syntax::Wbxml, &wbxml, Syntax::Xml).unwrap();
    assert!(xml.ends_with(TREE.as_bytes()));
    let device = b"<DevInf xmlns=\"syncml:devinf\"><Man>a</Man></DevInf>";
    let wbxml = transcode(PLAIN, Syntax::Xml, device, Syntax::Wbxml).unwrap();
    assert_eq!(wbxml, b"\x02\xA4\x03\x6A\x00\x4A\x51\x03a\0\x01\x01");
    assert!(transcode(PLAIN, Syntax::Wbxml, &wbxml, Syntax::Xml).unwrap().ends_with(device));
    let account = "<wap-provisioningdoc version=\"1.0\"><characteristic type=\"APPLICATION\"><parm name=\"APPID\" value=\"w7\"/>\
        </characteristic></wap-provisioningdoc>";
    let wbxml = transcode(PLAIN, Syntax::Xml, account.as_bytes(), Syntax::Wbxml).unwrap();
    assert_eq!(wbxml, b"\x03\x0B\x6A\x00\xC5\x46\x01\xC6\x00\x01\x55\x01\x87\x36\x00\x00\x06\x03w7\0\x01\x01\x01");
    assert!(transcode(PLAIN, Syntax::Wbxml, &wbxml, Syntax::Xml).unwrap().ends_with(account.as_bytes()));
}

#[test]
fn a_tree_with_a_binary_value_says_base64() {
    let node =
        b"\x02\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\0\x00\x02\x64\x6F\x5C\x09\x01\x01\x76\xC3\x01\xFF\x01\x01";
    let xml = String::from_utf8(transcode(PLAIN, Syntax::Wbxml, node, Syntax::Xml).unwrap()).unwrap();
    let expected = "<RTProperties><Format><b64/></Format></RTProperties><Value>/w==</Value></Node>";
    assert!(xml.ends_with(expected), "{xml}");
}

#[test]
fn indented_xml_has_a_line_an_element_and_leaves_data_alone() {
    let document = [b"\x02\xA4\x01\x6A\x00\x6B\x54", FORMAT_BIN, b"\x4F", TREE_TOKENS, b"\x01\x01\x01"].concat();
    let xml = transcode(PLAIN.indented(1), Syntax::Wbxml, &document, Syntax::Xml).unwrap();
    let metinf = "xmlns=\"syncml:metinf\"";
    assert_eq!(
        String::from_utf8(xml).unwrap(),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SyncBody xmlns=\"SYNCML:SYNCML1.2\">\n <Item>\n  <Meta>\n   \
             <Format {metinf}>bin</Format>\n   <Type {metinf}>a/b</Type>\n  </Meta>\n  <Data>{TREE}</Data>\n </Item>\n</SyncBody>"
        )
    );
}

#[test]
fn utf16_is_understood() {
    let little: Vec<u8> = "\u{FEFF}<SyncBody>ü</SyncBody>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wbxml = transcode(PLAIN, Syntax::Xml, &little, Syntax::Wbxml).unwrap();
    assert_eq!(wbxml, b"\x02\xA4\x01\x6A\x00\x6B\x03\xC3\xBC\0\x01");
}

/// All events, with the pieces of a value joined.
fn events<'a>(mut source: impl EventSource<'a>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut value = Vec::new();
    while let Some(event) = source.next_event().unwrap() {
        match event {
            Event::Text(text) => value.extend_from_slice(text.as_bytes()),
            Event::Char(character) => value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Event::Opaque(bytes) => value.extend_from_slice(bytes),
            markup @ (Event::Start(_) | Event::Attribute(_) | Event::End | _) => {
                if !value.is_empty() {
                    lines.push(format!("{:?}", String::from_utf8_lossy(&core::mem::take(&mut value))));
                }
                lines.push(format!("{markup:?}"));
            }
        }
    }
    lines
}

fn xml_events(document: &[u8]) -> Vec<String> {
    events(xml::Reader::with(document, &Reading::LENIENT).unwrap())
}

fn wbxml_events(document: &[u8]) -> Vec<String> {
    events(wbxml::Reader::with(document, &Reading::LENIENT).unwrap())
}

#[test]
fn every_real_xml_document_means_the_same_when_it_is_written_again() {
    for document in documents().iter().filter(|document| document.xml) {
        let Ok(again) = transcode(PLAIN, Syntax::Xml, &document.bytes, Syntax::Xml) else {
            assert!(document.kind.starts_with("broken"), "{} is {}", document.path, document.kind);
            continue;
        };
        assert_eq!(xml_events(&document.bytes), xml_events(&again), "{}", document.path);
        assert_eq!(transcode(PLAIN, Syntax::Xml, &again, Syntax::Xml).unwrap(), again, "{}", document.path);
    }
}

#[test]
fn every_real_wbxml_document_means_the_same_in_xml() {
    let mut binary = 0;
    for document in documents().iter().filter(|document| !document.xml) {
        let Ok(xml) = transcode(PLAIN, Syntax::Wbxml, &document.bytes, Syntax::Xml) else { continue };
        let (before, after) = (wbxml_events(&document.bytes), xml_events(&xml));
        // A private document can say nothing about its binary values.
        if before != after && !document.kind.starts_with("other:unknown") {
            assert!(String::from_utf8(xml).unwrap().contains("b64"), "{}", document.path);
            binary += 1;
        }
    }
    if data_dir().is_some() {
        assert!(binary > 0);
    }
}

/// An element of a message: a known name of code pages 0 and 1, with children or a text.
#[derive(Debug, Clone)]
enum Tree {
    Text(Tag, String),
    Children(Tag, Vec<Self>),
}

fn write(tree: &Tree, sink: &mut impl EventSink) {
    let (Tree::Text(tag, _) | Tree::Children(tag, _)) = tree;
    sink.event(Event::Start(Name::Known(*tag))).unwrap();
    match tree {
        Tree::Text(_, text) => sink.event(Event::Text(text)).unwrap(),
        Tree::Children(_, children) => children.iter().for_each(|child| write(child, sink)),
    }
    sink.event(Event::End).unwrap();
}

/// The tokens of device extensions in MetInf, which are only read \[wbxml 3\].
const DEVICE_EXTENSIONS: core::ops::RangeInclusive<u8> = 0x17..=0x1A;

fn tree() -> impl Strategy<Value = Tree> {
    let tags = |spaces: &[Space]| {
        let known = spaces.iter().flat_map(|space| (0..64).filter_map(|token| Tag::from_token(*space, token)));
        let written = known.filter(|tag| tag.space() != Space::MetInf || !DEVICE_EXTENSIONS.contains(&tag.token()));
        prop::sample::select(written.collect::<Vec<_>>())
    };
    // A root of the MetInf space would be a document of another kind.
    let leaf = (tags(&[Space::SyncMl, Space::MetInf, Space::DmDdf]), "[ -~\t\n\rü€𝄞]{0,40}")
        .prop_map(|(tag, text)| Tree::Text(tag, text));
    let inner = leaf.prop_recursive(5, 40, 6, move |inner| {
        (tags(&[Space::SyncMl, Space::MetInf, Space::DmDdf]), prop::collection::vec(inner, 0..6))
            .prop_map(|(tag, children)| Tree::Children(tag, children))
    });
    (tags(&[Space::SyncMl]), prop::collection::vec(inner, 0..6))
        .prop_map(|(tag, children)| Tree::Children(tag, children))
}

#[test]
fn device_extensions_are_not_written_in_wbxml() {
    for tag in DEVICE_EXTENSIONS.map(|token| Tag::from_token(Space::MetInf, token).unwrap()) {
        let mut writer = wbxml::Writer::new(Vec::new());
        writer.event(Event::Start(Name::Known(syncml::META))).unwrap();
        assert_eq!(writer.event(Event::Start(Name::Known(tag))), Err(EncodeError::NoToken), "{tag}");
        let xml = format!("<Meta xmlns='SYNCML:SYNCML1.2'><{tag} xmlns='syncml:metinf'/></Meta>");
        assert!(transcode(PLAIN, Syntax::Xml, xml.as_bytes(), Syntax::Wbxml).is_err(), "{tag}");
    }
}

proptest! {
    #[test]
    fn any_document_of_known_names_comes_back_from_the_other_syntax(tree in tree()) {
        let mut writer = wbxml::Writer::new(Vec::new());
        write(&tree, &mut writer);
        let wbxml = writer.into_bytes();
        let xml = transcode(PLAIN, Syntax::Wbxml, &wbxml, Syntax::Xml).unwrap();
        prop_assert_eq!(wbxml_events(&wbxml), xml_events(&xml));
        prop_assert_eq!(transcode(PLAIN, Syntax::Xml, &xml, Syntax::Wbxml).unwrap(), wbxml);
        prop_assert_eq!(&transcode(PLAIN, Syntax::Xml, &xml, Syntax::Xml).unwrap(), &xml);
        let strict = Transcoding::new(Reading::STRICT);
        prop_assert_eq!(transcode(strict, Syntax::Xml, &xml, Syntax::Xml).unwrap(), xml);
    }
}
