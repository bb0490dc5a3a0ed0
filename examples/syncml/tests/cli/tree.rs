//! `tree`.

mod check;
mod convert;
mod show;

use crate::run::syncml;

/// A description: a thermostat with rooms.
pub(crate) const HEATING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<MgmtTree xmlns="syncml:dmddf1.2">
  <VerDTD>1.2</VerDTD>
  <Man>Acme</Man>
  <Mod>T1</Mod>
  <Node>
    <NodeName>Heating</NodeName>
    <Path>./Vendor</Path>
    <DFProperties>
      <AccessType><Get/></AccessType>
      <DFFormat><node/></DFFormat>
      <Occurrence><One/></Occurrence>
      <Scope><Permanent/></Scope>
      <DFType><DDFName>urn:acme:heating:1.0</DDFName></DFType>
    </DFProperties>
    <Node>
      <NodeName>Mode</NodeName>
      <DFProperties>
        <AccessType><Get/><Replace/></AccessType>
        <DefaultValue>eco</DefaultValue>
        <DFFormat><chr/></DFFormat>
        <Occurrence><One/></Occurrence>
        <Scope><Permanent/></Scope>
        <DFType><MIME>text/plain</MIME></DFType>
      </DFProperties>
    </Node>
    <Node>
      <NodeName>Limit</NodeName>
      <DFProperties>
        <AccessType><Add/><Delete/><Get/><Replace/></AccessType>
        <Description>The highest temperature.</Description>
        <DFFormat><int/></DFFormat>
        <Occurrence><ZeroOrOne/></Occurrence>
        <Scope><Dynamic/></Scope>
        <DFType><MIME>text/plain</MIME></DFType>
      </DFProperties>
    </Node>
    <Node>
      <NodeName>Restart</NodeName>
      <DFProperties>
        <AccessType><Exec/></AccessType>
        <DFFormat><null/></DFFormat>
        <Occurrence><One/></Occurrence>
        <Scope><Permanent/></Scope>
        <DFType><MIME>text/plain</MIME></DFType>
      </DFProperties>
    </Node>
    <Node>
      <NodeName>Room</NodeName>
      <DFProperties>
        <AccessType><Add/><Get/></AccessType>
        <DFFormat><node/></DFFormat>
        <Occurrence><One/></Occurrence>
        <Scope><Permanent/></Scope>
        <DFType><DDFName/></DFType>
      </DFProperties>
      <Node>
        <NodeName/>
        <DFProperties>
          <AccessType><Add/><Delete/><Get/></AccessType>
          <DFFormat><node/></DFFormat>
          <Occurrence><ZeroOrN>2</ZeroOrN></Occurrence>
          <Scope><Dynamic/></Scope>
          <DFType><DDFName/></DFType>
        </DFProperties>
        <Node>
          <NodeName>Target</NodeName>
          <DFProperties>
            <AccessType><Get/><Replace/></AccessType>
            <DefaultValue>20</DefaultValue>
            <DFFormat><int/></DFFormat>
            <Occurrence><One/></Occurrence>
            <Scope><Permanent/></Scope>
            <DFType><MIME>text/plain</MIME></DFType>
          </DFProperties>
        </Node>
        <Node>
          <NodeName>Password</NodeName>
          <DFProperties>
            <AccessType><Add/><Replace/></AccessType>
            <DefaultValue>hunter2</DefaultValue>
            <DFFormat><chr/></DFFormat>
            <Occurrence><ZeroOrOne/></Occurrence>
            <DFType><MIME>text/plain</MIME></DFType>
          </DFProperties>
        </Node>
      </Node>
    </Node>
  </Node>
</MgmtTree>
"#;

/// A serialized tree of such a thermostat.
pub(crate) const ROOM: &str = r#"<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>Kitchen</NodeName>
<RTProperties><ACL>Get=*&amp;Replace=nrem</ACL><Format><node/></Format><Type><DDFName/></Type></RTProperties>
<Node><NodeName>Target</NodeName><RTProperties><Format><int/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>
<Value>21</Value></Node>
<Node><NodeName>Password</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>
<Value>s3cret</Value></Node></Node></MgmtTree>"#;

#[test]
fn each_subcommand_has_help_with_examples_and_statuses() {
    let all = syncml(&["tree", "--help"], b"");
    for subcommand in ["show", "check", "convert"] {
        assert!(all.exits(0).text().contains(&format!("  {subcommand}  ")), "{}", all.text());
        let help = syncml(&["tree", subcommand, "--help"], b"");
        assert!(help.exits(0).text().contains("Exit status: 0 when"), "{}", help.text());
        assert!(help.text().contains("Examples:\n  ") && help.text().contains("--color <WHEN>"), "{}", help.text());
        syncml(&["tree", subcommand], b"").exits(2);
    }
}
