//! XML that deviates: lenient takes and lists it, strict refuses it \[windows-quirks 2\].
#![cfg(feature = "xml")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::deviation::{DeviationKind, Profile};
use omadm_proto::element::{Event, EventSource, Name, metinf};
use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::reading::Reading;
use omadm_proto::xml::{Reader, utf16_to_utf8};

/// All events with consecutive texts joined, and what was noticed.
fn read(bytes: &[u8], reading: &Reading) -> Result<(String, Vec<(DeviationKind, usize)>), DecodeError> {
    let mut reader = Reader::with(bytes, reading)?;
    let mut shape = String::new();
    while let Some(event) = reader.next_event()? {
        match event {
            Event::Start(name) => shape.push_str(&format!("({name:?} ")),
            Event::Attribute(attribute) => shape.push_str(&format!("@{}={} ", attribute.name, attribute.value)),
            Event::Text(text) => shape.push_str(text),
            Event::Char(character) => shape.push(character),
            Event::End => shape.push(')'),
            Event::Opaque(_) | _ => panic!("not in XML"),
        }
    }
    let noticed = reader.take_deviations();
    Ok((shape, noticed.as_slice().iter().map(|deviation| (deviation.kind, deviation.offset)).collect()))
}

/// What lenient notices; strict refuses the same at the same byte.
fn noticed(xml: &str) -> Vec<(DeviationKind, usize)> {
    let (shape, noticed) = read(xml.as_bytes(), &Reading::LENIENT).unwrap_or_else(|error| panic!("{xml}: {error}"));
    let refused = noticed.iter().find(|(kind, _)| !kind.is_remark());
    match (read(xml.as_bytes(), &Reading::STRICT), refused) {
        (Err(error), Some((kind, offset))) => {
            assert_eq!(error, DecodeError::new(DecodeErrorKind::Deviation(*kind), *offset), "{xml}");
        }
        (Ok((strict, _)), None) => assert_eq!(strict, shape, "{xml}"),
        (strict, _) => panic!("{xml}: {noticed:?}, but strict says {strict:?}"),
    }
    noticed
}

fn meta(content: &str) -> String {
    format!("<SyncML xmlns=\"SYNCML:SYNCML1.2\"><Meta>{content}</Meta></SyncML>")
}

/// Where the child of the Meta that [`meta`] makes begins.
const CHILD: usize = 39;

#[test]
fn what_the_sheets_have_is_no_deviation() {
    for xml in [
        "<SyncML xmlns='SYNCML:SYNCML1.1'><Meta><Type xmlns= \"syncml:metinf\">a</Type></Meta></SyncML>",
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Meta xmlns='syncml:metinf'><Type>a</Type></Meta></SyncML>",
        "<s:SyncML xmlns:s='SYNCML:SYNCML1.2'><s:Meta><m:Type xmlns:m='syncml:metinf'>a</m:Type></s:Meta></s:SyncML>",
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Data><Type/><x:y/><Add xmlns='syncml:metinfo'/></Data></SyncML>",
        "<MgmtTree><VerDTD>1.2</VerDTD></MgmtTree>",
        "<MgmtTree xmlns='syncml:dmddf'><Node/></MgmtTree>",
        "<wap-provisioningdoc><characteristic type='x'/></wap-provisioningdoc>",
        "<DevInf xmlns='syncml:devinf'><Man/></DevInf>",
        "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><SyncML xmlns='SYNCML:SYNCML1.2'/>",
        "<?xml version='1.0' encoding='us-ascii' standalone='yes'?><SyncML xmlns='SYNCML:SYNCML1.2'/>",
        "<!DOCTYPE SyncML SYSTEM 'a[b'><!-- --><?a b?><SyncML xmlns='SYNCML:SYNCML1.2'/>",
    ] {
        assert_eq!(noticed(xml), [], "{xml}");
    }
}

#[test]
fn l1b_another_spelling_of_a_namespace_is_noticed() {
    for namespace in ["syncml:SYNCML1.1", "syncml:syncml1.2", "SYNCML:SYNCML1.2 "] {
        assert_eq!(
            noticed(&format!("<SyncML xmlns='{namespace}'/>")),
            [(DeviationKind::NamespaceSpelling, 0)],
            "{namespace}"
        );
    }
    let xml = meta("<Type xmlns='SYNCML:METINF'>a</Type>");
    assert_eq!(noticed(&xml), [(DeviationKind::NamespaceSpelling, CHILD)]);
}

#[test]
fn l2_a_message_without_namespace_is_noticed_once() {
    assert_eq!(noticed("<SyncML><Meta><Type>a</Type></Meta></SyncML>"), [(DeviationKind::NoNamespace, 0)]);
    assert_eq!(noticed("<!-- --><SyncBody><Final/></SyncBody>"), [(DeviationKind::NoNamespace, 8)]);
}

#[test]
fn l4_meta_children_in_the_namespace_of_the_message_are_noticed() {
    let kind = |tag| DeviationKind::MetInfNamespace(tag);
    assert_eq!(
        noticed(&meta("<Format>int</Format><Type>a</Type>")),
        [(kind(metinf::FORMAT), CHILD), (kind(metinf::TYPE), CHILD + 20)]
    );
}

#[test]
fn l5_a_misspelt_namespace_is_noticed() {
    let xml = meta("<Format xmlns=\"syncml:metinfo\">int</Format>");
    assert_eq!(noticed(&xml), [(DeviationKind::NamespaceMisspelt, CHILD)]);
}

#[test]
fn l6_an_undeclared_prefix_is_noticed_on_elements_and_attributes() {
    assert_eq!(noticed(&meta("<A:Format>int</A:Format>")), [(DeviationKind::UndeclaredPrefix, CHILD)]);
    assert_eq!(noticed(&meta("<Mark a:b='c' xml:lang='en'/>"))[0], (DeviationKind::UndeclaredPrefix, CHILD));
    let (shape, _) = read(meta("<A:Format>int</A:Format>").as_bytes(), &Reading::LENIENT).unwrap();
    assert_eq!(shape, "(SyncMl:SyncML (SyncMl:Meta (MetInf:Format int)))");
}

#[test]
fn l16_cdata_is_remarked_once_a_value() {
    let xml = "<SyncML xmlns='SYNCML:SYNCML1.2'><Data>\n<![CDATA[a]]>b<![CDATA[<]]> </Data><Data><![CDATA[c]]></Data></SyncML>";
    assert_eq!(noticed(xml), [(DeviationKind::Cdata, 40), (DeviationKind::Cdata, 81)]);
    let (shape, _) = read(xml.as_bytes(), &Reading::STRICT).unwrap();
    assert_eq!(shape, "(SyncMl:SyncML (SyncMl:Data \nab< )(SyncMl:Data c))");
}

#[test]
fn l19_a_declared_encoding_that_is_not_that_of_the_bytes_is_noticed() {
    let root = "<SyncML xmlns='SYNCML:SYNCML1.2'/>";
    for encoding in ["utf-16", "UTF-16LE", "iso-10646-ucs-2"] {
        let xml = format!("<?xml version='1.0' encoding='{encoding}'?>{root}");
        assert_eq!(noticed(&xml), [(DeviationKind::DeclaredEncoding, 0)], "{encoding}");
    }
    let latin = "<?xml version='1.0' encoding='iso-8859-1'?>";
    assert_eq!(noticed(&format!("{latin}{root}")), []);
    assert_eq!(noticed(&format!("{latin}<!-- ü -->{root}")), [(DeviationKind::DeclaredEncoding, 0)]);
}

#[test]
fn l20_utf16_that_declares_itself_is_no_deviation() {
    let text = "\u{FEFF}<?xml version='1.0' encoding='utf-16'?><SyncML xmlns='SYNCML:SYNCML1.2'>ü</SyncML>";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let text = utf16_to_utf8(&bytes, &Reading::STRICT.limits).unwrap().unwrap();
    let mut reader = Reader::from_text(&text, &Reading::STRICT).unwrap();
    assert!(matches!(reader.next_event(), Ok(Some(Event::Start(Name::Known(_))))));
    assert_eq!(reader.next_event(), Ok(Some(Event::Text("ü"))));
    assert_eq!(utf16_to_utf8(b"<SyncML/>", &Reading::STRICT.limits), Ok(None));
}

const LENIENT_REPAIRS: Reading = Reading::LENIENT.repairing_ampersands().stripping_nul();

#[test]
fn l36_a_raw_ampersand_is_refused_unless_its_repair_is_asked_for() {
    let unclosed = DecodeErrorKind::XmlSyntax("an ampersand that begins no reference");
    for (content, value) in [
        ("MAXDT=20&DR=2", "MAXDT=20&DR=2"),
        ("a & b; &amp;c &", "a & b; &c &"),
        ("&;&#;&&lt;", "&;&#;&<"),
        ("&\r\n&", "&\n&"),
    ] {
        let xml = format!("<Data xmlns='SYNCML:SYNCML1.2'>{content}</Data>");
        let at = xml.find('&').unwrap();
        assert_eq!(read(xml.as_bytes(), &Reading::LENIENT), Err(DecodeError::new(unclosed, at)), "{content}");
        let (shape, noticed) = read(xml.as_bytes(), &LENIENT_REPAIRS).unwrap();
        assert_eq!(shape, format!("(SyncMl:Data {value})"));
        assert_eq!(noticed[0], (DeviationKind::RawAmpersand, at));
        let strict = Reading::STRICT.repairing_ampersands();
        let refused = DecodeErrorKind::Deviation(DeviationKind::RawAmpersand);
        assert_eq!(read(xml.as_bytes(), &strict), Err(DecodeError::new(refused, at)), "{content}");
    }
    let unknown = read(b"<Data>&nbsp;</Data>", &LENIENT_REPAIRS).unwrap_err();
    assert_eq!(unknown.kind, DecodeErrorKind::UnknownEntity);
    assert!(read(b"<Data a='b & c'/>", &LENIENT_REPAIRS).is_err());
}

#[test]
fn l37_a_nul_is_refused_unless_stripping_is_asked_for() {
    let xml = b"<Data xmlns='SYNCML:SYNCML1.2'>\0a\0\0b<![CDATA[c\0d]]>\0</Data>";
    assert_eq!(read(xml, &Reading::LENIENT), Err(DecodeError::new(DecodeErrorKind::Character(0), 31)));
    let (shape, noticed) = read(xml, &LENIENT_REPAIRS).unwrap();
    assert_eq!(shape, "(SyncMl:Data abcd)");
    assert_eq!(noticed.iter().filter(|(kind, _)| *kind == DeviationKind::NulByte).count(), 5);
    for elsewhere in [&b"<Data a='\0'/>"[..], b"<!--\0--><Data/>", b"<Da\0ta/>", b"<Data \0/>", b"<Data></Data\0>"] {
        assert!(read(elsewhere, &LENIENT_REPAIRS).is_err(), "{elsewhere:?}");
    }
}

#[test]
fn l38_broken_markup_is_refused_in_both_profiles() {
    for xml in [
        "<! ==><Data/>",
        "<!doctype a><Data/>",
        "<?xml?><Data/>",
        "<?xml encoding='utf-8'?><Data/>",
        "<?xml version='1.0' version='1.0'?><Data/>",
        "<?xml version='1.0' standalone='yes' encoding='utf-8'?><Data/>",
        " <?xml version='1.0'?><Data/>",
        "<? a?><Data/>",
        "<Data a='b'c='d'/>",
        "<Data a:='b'/>",
        "<a:b:c/>",
        "<:a/>",
        "<Data></Data a='b'>",
        "<Data></ Data>",
        "<Data / >",
        "< Data/>",
        "<Data/",
        "<Data><![CDATA[a]]</Data>",
        "<Data><![cdata[a]]></Data>",
        "<Data>a]]></Data>",
        "<Data><![CDATA[a]]>]]></Data>",
        "<!ENTITY a 'b'><Data/>",
    ] {
        for reading in [Reading::LENIENT, Reading::STRICT] {
            assert!(read(xml.as_bytes(), &reading).is_err(), "{xml}: {:?}", read(xml.as_bytes(), &reading));
        }
    }
}

#[test]
fn l40_a_doctype_is_skipped_and_its_declarations_are_refused() {
    for declaration in
        ["<!ENTITY a 'b'>", "<!ELEMENT a (b)>", "<!ATTLIST a b CDATA 'c'>", "<!NOTATION a SYSTEM 'b'>", "%a;"]
    {
        let xml = format!("<!DOCTYPE SyncML SYSTEM \"a]>\" [ <!-- ] --> {declaration} ]><SyncML/>");
        let error = read(xml.as_bytes(), &Reading::LENIENT).unwrap_err();
        assert_eq!(error, DecodeError::new(DecodeErrorKind::DtdDeclarations, 0), "{xml}");
    }
    let legal = "<!DOCTYPE SyncML PUBLIC 'a' \"b[c\" [ <!-- ] --> <?x ]?>\n]><SyncML xmlns='SYNCML:SYNCML1.2'/>";
    assert_eq!(noticed(legal), []);
}

#[test]
fn a_lenient_reader_is_the_default() {
    assert_eq!(Reading::default().profile, Profile::Lenient);
    let reader = Reader::new(b"<SyncML/>", &Reading::LENIENT.limits);
    let mut reader = reader.unwrap();
    reader.next_event().unwrap();
    assert_eq!(reader.take_deviations().count(), 1);
}

#[test]
fn the_version_of_the_syncml_namespace_is_known() {
    let version = |xml: &str| {
        let mut reader = Reader::with(xml.as_bytes(), &Reading::LENIENT).unwrap();
        reader.next_event().unwrap();
        reader.syncml_version()
    };
    assert_eq!(version("<SyncML xmlns='SYNCML:SYNCML1.2'/>"), Some("1.2"));
    assert_eq!(version("<SyncML xmlns='syncml:syncml1.1 '/>"), Some("1.1"));
    assert_eq!(version("<a:SyncML xmlns:a='SYNCML:SYNCML1.0'/>"), Some("1.0"));
    assert_eq!(version("<SyncML xmlns='SYNCML:SYNCML9'/>"), None);
    assert_eq!(version("<SyncML/>"), None);
}

#[test]
fn the_namespace_of_a_vendor_is_told_by_its_name() {
    let xml = br#"<MgmtTree xmlns="syncml:dmddf1.2" xmlns:v="urn:vendor"><v:Value/><Value/><a xmlns="urn:other"><b/>
        <MgmtTree xmlns="syncml:dmddf1.2"><c/></MgmtTree></a><v:d xmlns:v="urn:third"><v:e/></v:d><v:f/><x:g/></MgmtTree>"#;
    let mut reader = Reader::with(xml, &Reading::LENIENT).unwrap();
    let mut found = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        if let Event::Start(name) = event {
            found.push((name.to_text().into_owned(), reader.foreign_namespace().map(String::from)));
        }
    }
    let vendor = |name: &str, uri: &str| (name.to_string(), Some(uri.to_string()));
    let own = |name: &str| (name.to_string(), None);
    assert_eq!(
        found,
        [
            own("MgmtTree"),
            vendor("Value", "urn:vendor"),
            own("Value"),
            vendor("a", "urn:other"),
            vendor("b", "urn:other"),
            own("MgmtTree"),
            own("c"),
            vendor("d", "urn:third"),
            vendor("e", "urn:third"),
            vendor("f", "urn:vendor"),
            own("g"),
        ]
    );
}
