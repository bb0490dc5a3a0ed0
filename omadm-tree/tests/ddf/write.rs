//! What is written is read as the same.

use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_tree::ddf::{Ddf, DfProperties, LENIENT, Node, Occurrence, STRICT};
use omadm_tree::{AccessType, Scope};

use crate::shared::documents;

fn written(ddf: &Ddf, syntax: Syntax) -> Vec<u8> {
    let mut out = Vec::new();
    ddf.encode(syntax, &mut out).unwrap();
    out
}

#[test]
fn a_description_is_written_in_the_order_of_the_dtd() {
    let setting = DfProperties::new(Format::Int, AccessType::GET_REPLACE)
        .default_value("900")
        .occurring(Occurrence::ZeroOrN(Some(8)))
        .scope(Scope::Permanent);
    let ddf = Ddf::new(vec![
        Node::new("App")
            .below("./Vendor")
            .with(DfProperties::new(Format::Node, AccessType::GET))
            .child(Node::unnamed().with(setting)),
    ]);
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<MgmtTree xmlns=\"syncml:dmddf1.2\">
  <VerDTD>1.2</VerDTD>
  <Node>
    <NodeName>App</NodeName>
    <Path>./Vendor</Path>
    <DFProperties>
      <AccessType>
        <Get/>
      </AccessType>
      <DFFormat>
        <node/>
      </DFFormat>
      <DFType>
        <DDFName/>
      </DFType>
    </DFProperties>
    <Node>
      <NodeName/>
      <DFProperties>
        <AccessType>
          <Get/>
          <Replace/>
        </AccessType>
        <DefaultValue>900</DefaultValue>
        <DFFormat>
          <int/>
        </DFFormat>
        <Occurrence>
          <ZeroOrN>8</ZeroOrN>
        </Occurrence>
        <Scope>
          <Permanent/>
        </Scope>
        <DFType>
          <MIME>text/plain</MIME>
        </DFType>
      </DFProperties>
    </Node>
  </Node>
</MgmtTree>";
    let xml = written(&ddf, Syntax::Xml);
    assert_eq!(String::from_utf8(xml.clone()).unwrap().trim_end(), expected);
    assert_eq!(Ddf::parse(Syntax::Xml, &xml, &STRICT).unwrap().ddf, ddf);
    let wbxml = written(&ddf, Syntax::Wbxml);
    assert!(wbxml.starts_with(b"\x02\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\x00"));
    assert_eq!(Ddf::parse(Syntax::Wbxml, &wbxml, &STRICT).unwrap().ddf, ddf);
}

#[test]
fn real_descriptions_are_the_same_after_they_were_written() {
    for (name, document) in documents() {
        let ddf = Ddf::parse(Syntax::Xml, &document, &LENIENT).unwrap().ddf;
        let xml = written(&ddf, Syntax::Xml);
        assert!(Ddf::parse(Syntax::Xml, &xml, &LENIENT).unwrap().ddf == ddf, "{name}");
        let standard = ddf.without_microsoft();
        let wbxml = written(&standard, Syntax::Wbxml);
        assert!(Ddf::parse(Syntax::Wbxml, &wbxml, &LENIENT).unwrap().ddf == standard, "{name}");
        assert!(wbxml.len() < document.len(), "{name}");
    }
}

#[test]
fn wbxml_has_no_tokens_for_extensions() {
    let mut ddf = Ddf::new(vec![Node::new("A")]);
    ddf.diagnostics = true;
    let mut out = b"before".to_vec();
    assert!(matches!(ddf.encode(Syntax::Wbxml, &mut out), Err(EncodeError::NoToken | EncodeError::NoAttributeToken)));
    assert_eq!(out, b"before");
    assert!(ddf.without_microsoft().encode(Syntax::Wbxml, &mut out).is_ok());
}

#[test]
fn a_wbxml_description_cut_anywhere_is_refused() {
    let wbxml = written(&Ddf::new(vec![Node::new("A").child(Node::unnamed())]), Syntax::Wbxml);
    for len in 0..wbxml.len() {
        let error = Ddf::parse(Syntax::Wbxml, &wbxml[..len], &LENIENT).unwrap_err();
        assert_eq!(error.position, None);
    }
}
