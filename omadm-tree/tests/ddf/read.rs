//! What the reader forgives, refuses and tells, on documents of our own.

use omadm_proto::deviation::DeviationKind;
use omadm_proto::element::ddf;
use omadm_proto::error::{DecodeErrorKind, Limit};
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_tree::ddf::{Ddf, DdfError, LENIENT, MAX_NESTING, NodeType, Occurrence, STRICT, VerDtd};
use omadm_tree::{AccessType, CaseSense, Scope};

/// A document with one node, whose name is followed by `rest`.
fn document(rest: &str) -> String {
    format!("<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName>{rest}</Node></MgmtTree>")
}

fn properties(rest: &str) -> String {
    document(&format!("<DFProperties>{rest}</DFProperties>"))
}

fn lenient(text: &str) -> (Ddf, Vec<DeviationKind>) {
    let read = Ddf::parse(Syntax::Xml, text.as_bytes(), &LENIENT).unwrap_or_else(|error| panic!("{text}: {error}"));
    (read.ddf, read.deviations.as_slice().iter().map(|deviation| deviation.kind).collect())
}

/// What lenient forgives; strict refuses the first of it.
fn forgiven(text: &str) -> Vec<DeviationKind> {
    let (_, found) = lenient(text);
    match (strict(text), found.first()) {
        (Err(error), Some(first)) => assert_eq!(error.kind, DecodeErrorKind::Deviation(*first), "{text}"),
        (Ok(_), None) => {}
        (strict, _) => panic!("{text}: {found:?}, but strict says {strict:?}"),
    }
    found
}

fn strict(text: &str) -> Result<Ddf, DdfError> {
    Ddf::parse(Syntax::Xml, text.as_bytes(), &STRICT).map(|read| read.ddf)
}

const NEEDED: &str =
    "<AccessType><Get/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME>text/plain</MIME></DFType>";

#[test]
fn every_property_is_read() {
    let text = "<MgmtTree><VerDTD>1.1.2</VerDTD><Man>Acme</Man><Mod>M1</Mod><Node><NodeName/><Path>./A</Path>\
        <RTProperties><ACL>Get=*</ACL><Format><int/></Format><Name/><Size/><Title>T</Title><TStamp/>\
        <Type><MIME>text/plain</MIME></Type><VerNo/></RTProperties>\
        <DFProperties><AccessType><Add/><Exec/></AccessType><DefaultValue>5</DefaultValue><Description>d</Description>\
        <DFFormat><int/></DFFormat><Occurrence><OneOrN>7</OneOrN></Occurrence><Scope><Permanent/></Scope>\
        <DFTitle>t</DFTitle><DFType><MIME>a/b</MIME><MIME>c/d</MIME></DFType><CaseSense><CIS/></CaseSense></DFProperties>\
        <Value>9</Value></Node></MgmtTree>";
    let ddf = strict(text).unwrap();
    assert_eq!((ddf.ver_dtd, ddf.man.as_deref(), ddf.model.as_deref()), (VerDtd::V1_1_2, Some("Acme"), Some("M1")));
    let node = &ddf.nodes[0];
    assert_eq!((node.name.as_deref(), node.path.as_deref(), node.value.as_deref()), (Some(""), Some("./A"), Some("9")));
    let rt = node.rt.as_ref().unwrap();
    assert_eq!((rt.acl.as_deref(), rt.format, rt.name.as_deref()), (Some("Get=*"), Some(Format::Int), Some("")));
    assert_eq!((rt.size.as_deref(), rt.title.as_deref(), rt.t_stamp.as_deref()), (Some(""), Some("T"), Some("")));
    assert_eq!(rt.node_type, Some(NodeType::Mime(vec!["text/plain".into()])));
    assert_eq!(rt.ver_no.as_deref(), Some(""));
    let df = node.df.as_ref().unwrap();
    assert_eq!(df.access, Some(AccessType::ADD | AccessType::EXEC));
    assert_eq!((df.default_value.as_deref(), df.description.as_deref()), (Some("5"), Some("d")));
    assert_eq!((df.format, df.occurrence), (Some(Format::Int), Some(Occurrence::OneOrN(Some(7)))));
    assert_eq!((df.scope, df.title.as_deref()), (Some(Scope::Permanent), Some("t")));
    assert_eq!(df.node_type, Some(NodeType::Mime(vec!["a/b".into(), "c/d".into()])));
    assert_eq!(df.case_sense, Some(CaseSense::Insensitive));
}

#[test]
fn children_in_another_order_are_forgiven() {
    let swapped =
        "<DFFormat><chr/></DFFormat><AccessType><Get/></AccessType><DFType><MIME/></DFType><Scope><Dynamic/></Scope>";
    let found = forgiven(&properties(swapped));
    assert_eq!(found, [DeviationKind::Order(ddf::ACCESS_TYPE), DeviationKind::Order(ddf::SCOPE)]);
    let access = "<AccessType><Get/><Add/></AccessType><DFFormat><chr/></DFFormat><DFType><MIME/></DFType>";
    assert_eq!(forgiven(&properties(access)), [DeviationKind::Order(ddf::ADD)]);
}

#[test]
fn what_is_missing_is_forgiven() {
    let missing = |parent, child| DeviationKind::Missing { parent, child };
    assert_eq!(
        forgiven(&properties("")),
        [
            missing(ddf::DF_PROPERTIES, ddf::ACCESS_TYPE),
            missing(ddf::DF_PROPERTIES, ddf::DF_FORMAT),
            missing(ddf::DF_PROPERTIES, ddf::DF_TYPE),
        ]
    );
    assert_eq!(forgiven(&document("<RTProperties/>")), [missing(ddf::RT_PROPERTIES, ddf::TYPE)]);
    let (nothing, found) = lenient("<MgmtTree/>");
    assert_eq!((nothing, found.len()), (Ddf::default(), 2));
    assert_eq!(forgiven("<MgmtTree><VerDTD>1.2</VerDTD><Node/></MgmtTree>"), [missing(ddf::NODE, ddf::NODE_NAME)]);
}

#[test]
fn n_is_2_to_65536_strict_and_0_to_65536_lenient() {
    for (number, strict_takes, lenient_reads) in [
        ("0", false, Some(0)),
        ("1", false, Some(1)),
        ("2", true, Some(2)),
        ("65536", true, Some(65536)),
        ("65537", false, None),
        ("many", false, None),
        ("", false, None),
    ] {
        for (name, occurrence) in
            [("ZeroOrN", Occurrence::ZeroOrN as fn(Option<u32>) -> Occurrence), ("OneOrN", Occurrence::OneOrN)]
        {
            let text = properties(
                &NEEDED.replace("<DFType>", &format!("<Occurrence><{name}>{number}</{name}></Occurrence><DFType>")),
            );
            assert_eq!(strict(&text).is_ok(), strict_takes, "{name} {number}");
            let (ddf, _) = lenient(&text);
            let found = ddf.nodes[0].df.as_ref().unwrap().occurrence;
            assert_eq!(found, Some(occurrence(lenient_reads)), "{name} {number}");
        }
    }
}

#[test]
fn what_stands_in_the_wrong_place_is_skipped() {
    let found = forgiven(&document("<Type>text/plain</Type>"));
    assert_eq!(found, [DeviationKind::Misplaced(ddf::TYPE)]);
    let found = forgiven(&document("<Data><Node><NodeName>B</NodeName></Node></Data>"));
    assert!(matches!(found[..], [DeviationKind::Misplaced(_)]), "{found:?}");
    assert_eq!(forgiven(&document("<Colour>red</Colour>")), [DeviationKind::UnknownElement]);
    assert_eq!(forgiven(&document("text")), [DeviationKind::StrayText]);
    let value_and_node = document("<Node><NodeName>B</NodeName></Node><Value>1</Value>");
    assert_eq!(forgiven(&value_and_node), [DeviationKind::Misplaced(ddf::VALUE)]);
    let two = document("<Path>a</Path><Path>b</Path>");
    assert_eq!(forgiven(&two), [DeviationKind::Repeated(ddf::PATH)]);
    assert_eq!(lenient(&two).0.nodes[0].path.as_deref(), Some("b"), "the last one counts");
}

#[test]
fn choices_hold_exactly_one_empty_element() {
    let with_format = |format: &str| properties(&NEEDED.replace("<chr/>", format));
    assert_eq!(forgiven(&with_format("")), [DeviationKind::InvalidValue(ddf::DF_FORMAT)]);
    assert_eq!(forgiven(&with_format("<chr/><int/>")), [DeviationKind::Repeated(ddf::INT)]);
    assert_eq!(forgiven(&with_format("<chr>x</chr>")), [DeviationKind::StrayText]);
    let with_type = |of_type: &str| properties(&NEEDED.replace("<MIME>text/plain</MIME>", of_type));
    assert_eq!(forgiven(&with_type("")), [DeviationKind::InvalidValue(ddf::DF_TYPE)]);
    assert_eq!(forgiven(&with_type("<MIME/><DDFName/>")), [DeviationKind::Repeated(ddf::DDF_NAME)]);
    assert_eq!(forgiven(&with_type("<MIME/><MIME/>")), []);
}

#[test]
fn an_unknown_version_is_read_as_1_2() {
    let text = "<MgmtTree><VerDTD>2.0</VerDTD><Node><NodeName>A</NodeName></Node></MgmtTree>";
    assert_eq!(forgiven(text), [DeviationKind::InvalidValue(ddf::VER_DTD)]);
    assert_eq!(lenient(text).0.ver_dtd, VerDtd::V1_2);
    for version in ["1.1", "1.1.2", "1.2", "1.3"] {
        let read = strict(&text.replace("2.0", version)).unwrap();
        assert_eq!(read.ver_dtd.as_str(), version);
    }
}

#[test]
fn prolog_cdata_and_references_are_read_as_xml_has_them() {
    let text = "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!DOCTYPE MgmtTree PUBLIC \" -//OMA//DTD-DM-DDF 1.2//EN\"\r\n  \
        \"http://x/DM_DDF-V1_2.dtd\" [<?oma-dm-ddf-ver supported-versions=\"1.2\"?>]>\r\n<!-- a --><MgmtTree>\r\n<?b c?>\
        <VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><Value>a<![CDATA[<b>&amp;]]>&#xD;\r\nc</Value></Node></MgmtTree>\r\n";
    let ddf = strict(text).unwrap();
    assert_eq!(ddf.nodes[0].value.as_deref(), Some("a<b>&amp;\r\nc"));
}

#[test]
fn declarations_in_the_doctype_are_refused() {
    let text = "<!DOCTYPE MgmtTree [<!ENTITY a \"b\">]><MgmtTree/>";
    let error = Ddf::parse(Syntax::Xml, text.as_bytes(), &LENIENT).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::DtdDeclarations);
}

#[test]
fn a_mismatched_tag_is_refused_with_line_and_column() {
    let text =
        "\u{FEFF}<MgmtTree>\r\n  <VerDTD>1.2</VerDTD>\r\n  <Node><NodeName>\u{DC}</NodeName></Knot>\r\n</MgmtTree>";
    for reading in [LENIENT, STRICT] {
        let error = Ddf::parse(Syntax::Xml, text.as_bytes(), &reading).unwrap_err();
        let position = error.position.unwrap();
        assert_eq!((position.line, position.column), (3, 31));
        assert_eq!(
            error.to_string(),
            "XML is not well-formed: an end tag does not match its start tag (line 3, column 31)"
        );
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_with_line_and_column() {
    let text = "<MgmtTree>\n<VerDTD>1.2</VerDTD>\n<Node><NodeName>A</NodeName>\n<DFProperties><DFFormat><int/></DFFormat></DFProperties>\n</Node>\n</MgmtTree>";
    for len in 0..text.len() {
        let cut = &text[..len];
        let error = Ddf::parse(Syntax::Xml, cut.as_bytes(), &LENIENT).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::UnexpectedEnd, "{cut}");
        let position = error.position.unwrap();
        assert!(position.line <= cut.lines().count().max(1) + 1, "{cut}: {position}");
    }
    let error = Ddf::parse(Syntax::Xml, &text.as_bytes()[..60], &LENIENT).unwrap_err();
    assert_eq!(error.to_string(), "the document ends too early (line 3, column 29)");
}

#[test]
fn another_root_is_refused() {
    let error = Ddf::parse(Syntax::Xml, b"<Node/>", &LENIENT).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::UnexpectedRoot(ddf::MGMT_TREE));
}

#[test]
fn nesting_is_limited_whatever_the_limits_say() {
    let nested = |count: usize| {
        let inside = "<Node><NodeName>a</NodeName>".repeat(count);
        format!("<MgmtTree><VerDTD>1.2</VerDTD>{inside}{}</MgmtTree>", "</Node>".repeat(count))
    };
    let mut deep = LENIENT;
    deep.limits.depth = usize::MAX;
    assert!(Ddf::parse(Syntax::Xml, nested(MAX_NESTING).as_bytes(), &deep).is_ok());
    let error = Ddf::parse(Syntax::Xml, nested(MAX_NESTING + 1).as_bytes(), &deep).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::LimitExceeded(Limit::Depth));
    let error = Ddf::parse(Syntax::Xml, nested(100_000).as_bytes(), &LENIENT).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::LimitExceeded(Limit::Depth));
}

#[test]
fn what_there_may_be_many_of_is_limited() {
    let mut few = LENIENT;
    few.limits.pieces = 3;
    let count = |text: &str| Ddf::parse(Syntax::Xml, text.as_bytes(), &few).map_err(|error| error.kind);
    let pieces = Err(DecodeErrorKind::LimitExceeded(Limit::Pieces));
    let nodes = |count: usize| format!("<MgmtTree><VerDTD>1.2</VerDTD>{}</MgmtTree>", "<Node/>".repeat(count));
    assert!(count(&nodes(3)).is_ok());
    assert_eq!(count(&nodes(4)), pieces);
    let types = NEEDED.replace("</DFType>", &format!("{}</DFType>", "<MIME/>".repeat(3)));
    assert_eq!(count(&properties(&types)), pieces);
}
