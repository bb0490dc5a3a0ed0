//! XML: what real peers write, what is not well-formed, and what the writer makes of values.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::decode::decode_commands;
use omadm_proto::deviation::DeviationKind;
use omadm_proto::element::{Event, EventSink, EventSource, Name, metinf, syncml};
use omadm_proto::encode::{Finality, MessageWriter, encode_commands};
use omadm_proto::error::{DecodeErrorKind, EncodeError, Limit};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::limits::Limits;
use omadm_proto::message::{
    Alert, Command, Cred, Data, Format, Item, Location, Message, Meta, Results, Status, SyncHdr, TreeCommand, Verb,
};
use omadm_proto::reading::Reading;
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use omadm_proto::xml::{Reader, Writer};

const HEADER: &str = "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>\
    <Target><LocURI>d</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>";

fn document(body: &str) -> String {
    format!("<SyncML xmlns=\"SYNCML:SYNCML1.2\">{HEADER}<SyncBody>{body}</SyncBody></SyncML>")
}

fn body(xml: &str) -> Vec<Command<'static>> {
    let text = document(xml);
    Message::decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}")).into_owned().commands
}

fn error(xml: &str) -> DecodeErrorKind {
    Message::decode_as(Syntax::Xml, xml.as_bytes(), &Limits::DEFAULT).unwrap_err().kind
}

fn item(xml: &str) -> Item<'static> {
    let commands = body(&format!("<Replace><CmdID>1</CmdID><Item>{xml}</Item></Replace>"));
    let Some(Command::Tree(replace)) = commands.into_iter().next() else { panic!("no Replace") };
    replace.items.into_iter().next().unwrap()
}

fn print(commands: Vec<Command<'static>>) -> String {
    let header = SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("d"), Location::new("s"));
    let mut message = Message::new(header);
    message.commands = commands;
    let mut out = Vec::new();
    message.encode(Syntax::Xml, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.split_once("<SyncBody>").unwrap().1.strip_suffix("</SyncBody></SyncML>").unwrap().to_string()
}

fn replace(item: Item<'static>) -> Command<'static> {
    Command::Tree(TreeCommand::new(Verb::Replace, 1, vec![item]))
}

/// Names of the elements, known ones with their space.
fn names(xml: &str) -> Vec<String> {
    let mut reader = Reader::new(xml.as_bytes(), &Limits::DEFAULT).unwrap();
    let mut names = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        if let Event::Start(name) = event {
            names.push(format!("{name:?}"));
        }
    }
    names
}

#[test]
fn meta_is_understood_with_and_without_namespaces_in_all_spellings() {
    let spellings = [
        "<Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>",
        "<Meta><Format xmlns= 'syncml:metinf' >int</Format></Meta>",
        "<Meta><Format>int</Format></Meta>",
        "<Meta xmlns=\"syncml:metinf\"><Format>int</Format></Meta>",
        "<Meta><Format xmlns=\"syncml:metinfo\">int</Format></Meta>",
        "<Meta><A:Format>int</A:Format></Meta>",
        "<Meta><m:Format xmlns:m=\"syncml:metinf\">int</m:Format></Meta>",
        "<Meta><MetInf xmlns=\"syncml:metinf\"><Format>int</Format></MetInf></Meta>",
        "<Format xmlns=\"syncml:metinf\">int</Format><Meta/>",
        "<Meta><Format xmlns=\"syncml:metinf\"> int\n</Format></Meta>",
    ];
    for spelling in spellings {
        let format = item(spelling).meta.and_then(|meta| meta.known_format());
        assert_eq!(format, Some(Format::Int), "{spelling}");
    }
}

#[test]
fn the_root_is_understood_with_every_namespace_of_real_peers() {
    for namespace in ["", " xmlns=\"SYNCML:SYNCML1.1\"", " xmlns='syncml:syncml1.2 '", " xmlns=\"syncml:SYNCML1.1\""] {
        let text = format!("<SyncML{namespace}>{HEADER}<SyncBody><Final></Final></SyncBody></SyncML>");
        assert!(Message::decode(text.as_bytes()).unwrap().is_final, "{namespace}");
    }
}

#[test]
fn serialized_trees_keep_their_own_space_without_declaring_it_everywhere() {
    let xml = "<SyncBody xmlns=\"SYNCML:SYNCML1.2\"><Data><MgmtTree xmlns=\"syncml:dmddf1.2\"><AccessType><Add/></AccessType>\
        </MgmtTree></Data><Add/></SyncBody>";
    assert_eq!(
        names(xml),
        ["SyncMl:SyncBody", "SyncMl:Data", "DmDdf:MgmtTree", "DmDdf:AccessType", "DmDdf:Add", "SyncMl:Add"]
    );
    let undeclared = "<Data><MgmtTree><AccessType><Add/></AccessType></MgmtTree></Data>";
    assert_eq!(names(undeclared)[3], "DmDdf:Add");
    assert_eq!(names("<Data><x:Add xmlns:x='urn:mine'/></Data>")[1], "?:Add");
}

#[test]
fn children_are_accepted_in_any_order() {
    let commands = body(
        "<Replace><Item><Data>5</Data><Meta><Type>text/plain</Type><Format>int</Format></Meta>\
         <Target><LocName>n</LocName><LocURI>./A</LocURI></Target></Item><CmdID>9</CmdID></Replace>\
         <Status><Data>200</Data><Cmd>Get</Cmd><CmdRef>2</CmdRef><MsgRef>1</MsgRef><CmdID>3</CmdID></Status>",
    );
    let Command::Tree(replace) = &commands[0] else { panic!() };
    assert_eq!((&replace.cmd_id, replace.items[0].target_uri()), (&CmdId::Number(9), Some("./A")));
    let Command::Status(status) = &commands[1] else { panic!() };
    assert_eq!((&status.cmd_ref, &*status.cmd, status.code), (&CmdId::Number(2), "Get", StatusCode::OK));
}

#[test]
fn x_enc_07_escaping_and_cdata_are_one_value() {
    let value = "<a href=\"x\">&'b' ]]> \t\r\n c</a>";
    let printed = print(vec![replace(Item::target("./A").with_data(Data::text(value)))]);
    assert!(printed.contains("&lt;a href=\"x\"&gt;&amp;'b' ]]&gt; \t&#13;\n c&lt;/a&gt;"), "{printed}");
    let reread = body(&printed);
    let Command::Tree(command) = &reread[0] else { panic!() };
    assert_eq!(command.items[0].data, Some(Data::text(value)));
    let cdata = "<Data><![CDATA[<a href=\"x\">&'b' ]]]]>&gt;<![CDATA[ \t]]>&#xD;\n c&lt;/a&gt;</Data>";
    assert_eq!(item(cdata).data, Some(Data::text(value)));
}

#[test]
fn white_space_is_content_in_data_and_layout_elsewhere() {
    assert_eq!(item("<Data>  two  spaces \n</Data>").data, Some(Data::text("  two  spaces \n")));
    assert_eq!(item("<Data> </Data>").data, Some(Data::text(" ")));
    assert_eq!(item("<Data> <!-- x --> <![CDATA[a]]> </Data>").data, Some(Data::text("  a ")));
    assert_eq!(item("<Data> <!-- x --> </Data>").data, Some(Data::text("  ")));
    assert_eq!(item("<Data> &#32;</Data>").data, Some(Data::text("  ")));
    assert_eq!(item("<Data/>").data, Some(Data::text("")));
    assert_eq!(item("\n <Target> <LocURI>./ A</LocURI>\n</Target> ").target_uri(), Some("./ A"));
    let mut reader = Reader::new(b"<SyncBody>\n <Final/>\n <!-- --> </SyncBody>\n", &Limits::DEFAULT).unwrap();
    let mut events = 0;
    while let Some(event) = reader.next_event().unwrap() {
        assert!(matches!(event, Event::Start(_) | Event::End));
        events += 1;
    }
    assert_eq!(events, 4);
}

#[test]
fn line_ends_are_normalised_as_xml_demands() {
    assert_eq!(item("<Data>a\r\nb\rc\r\r\n</Data>").data, Some(Data::text("a\nb\nc\n\n")));
}

#[test]
fn element_content_of_data_is_kept_verbatim() {
    let inner = " <enabled  a='1'/><data id=\"x\">&amp;<![CDATA[y]]></data>\r\n";
    let Some(Data::Xml(xml)) = item(&format!("<Data>{inner}</Data>")).data else { panic!("no element content") };
    assert_eq!(xml, inner);
    let printed = print(vec![replace(Item::target("./A").with_data(Data::Xml(inner.into())))]);
    assert!(printed.contains(&format!("<Data>{inner}</Data>")));
}

#[test]
fn the_original_error_of_windows_is_kept() {
    let text = "<Status><CmdID>1</CmdID><CmdRef>3</CmdRef><Cmd>Get</Cmd><Data msft:originalerror=\"0x86000002\">404</Data></Status>";
    let commands = body(text);
    let Command::Status(status) = &commands[0] else { panic!() };
    assert_eq!((status.original_error(), status.code), (Some("0x86000002"), StatusCode::NOT_FOUND));
    let printed = print(commands.clone());
    let namespace = "http://schemas.microsoft.com/MobileDevice/MDM";
    assert!(
        printed.contains(&format!("<Data xmlns:msft=\"{namespace}\" msft:originalerror=\"0x86000002\">404</Data>"))
    );
    assert_eq!(body(&printed), commands);
}

#[test]
fn unknown_elements_become_commands_in_command_position_and_are_skipped_elsewhere() {
    let commands = body(
        "<Put><CmdID>1</CmdID><Item><Data>x</Data></Item></Put><Frobnicate/>\
         <Atomic><CmdID>2</CmdID><Twist><CmdID>3</CmdID></Twist></Atomic>\
         <Get><CmdID>4</CmdID><Item><Strange><Data>x</Data></Strange><Target><LocURI>./A</LocURI></Target></Item></Get>",
    );
    let shape: Vec<_> = commands.iter().map(|command| (command.name(), command.cmd_id().to_string())).collect();
    let expected = [("Put", "1"), ("Frobnicate", ""), ("Atomic", "2"), ("Get", "4")];
    assert_eq!(shape, expected.map(|(name, id)| (name, id.to_string())));
    let Command::Atomic(atomic) = &commands[2] else { panic!() };
    assert_eq!(atomic.commands[0].name(), "Twist");
    let Command::Tree(get) = &commands[3] else { panic!() };
    assert_eq!((get.items[0].target_uri(), &get.items[0].data), (Some("./A"), &None));
}

#[test]
fn missing_and_double_elements_of_the_header_are_named() {
    let without = |element: &str| {
        let start = HEADER.find(&format!("<{element}>")).unwrap();
        let end = HEADER.find(&format!("</{element}>")).unwrap() + element.len() + 3;
        format!("<SyncML>{}{}<SyncBody/></SyncML>", &HEADER[..start], &HEADER[end..])
    };
    for (name, child) in [("VerDTD", syncml::VER_DTD), ("MsgID", syncml::MSG_ID), ("Source", syncml::SOURCE)] {
        let text = without(name);
        let missing = DeviationKind::Missing { parent: syncml::SYNC_HDR, child };
        let read = Reading::LENIENT.message(Syntax::Xml, text.as_bytes()).unwrap();
        assert!(read.deviations.as_slice().iter().any(|deviation| deviation.kind == missing), "{name}");
    }
    assert_eq!(
        error("<SyncML><SyncHdr/><SyncBody/></SyncML>"),
        DecodeErrorKind::MissingElement { parent: syncml::SYNC_HDR, child: syncml::VER_DTD }
    );
    assert_eq!(
        error(&without("MsgID").replace("</SyncHdr>", "<MsgID>x</MsgID></SyncHdr>")),
        DecodeErrorKind::InvalidValue(syncml::MSG_ID)
    );
    assert_eq!(
        error("<SyncML><SyncBody/></SyncML>"),
        DecodeErrorKind::MissingElement { parent: syncml::SYNC_ML, child: syncml::SYNC_HDR }
    );
    assert_eq!(
        error(&format!("<SyncML>{HEADER}</SyncML>")),
        DecodeErrorKind::MissingElement { parent: syncml::SYNC_ML, child: syncml::SYNC_BODY }
    );
    assert_eq!(
        error(&format!("<SyncML>{HEADER}{HEADER}</SyncML>")),
        DecodeErrorKind::DuplicateElement(syncml::SYNC_HDR)
    );
    let twice = HEADER.replace("<MsgID>", "<MsgID>2</MsgID><MsgID>");
    assert_eq!(
        error(&format!("<SyncML>{twice}<SyncBody/></SyncML>")),
        DecodeErrorKind::DuplicateElement(syncml::MSG_ID)
    );
    assert_eq!(error("<SyncHdr/>"), DecodeErrorKind::UnexpectedRoot(syncml::SYNC_ML));
    assert_eq!(
        error(&document("<Status><CmdID>1</CmdID></Status>")),
        DecodeErrorKind::MissingElement { parent: syncml::STATUS, child: syncml::DATA }
    );
}

#[test]
fn x_enc_21_numbers_may_have_leading_zeros_and_the_newest_counts() {
    let header = HEADER.replace(
        "</SyncHdr>",
        "<Meta><MaxObjSize>010240</MaxObjSize><MaxMsgSize>1</MaxMsgSize><MaxMsgSize> 2 </MaxMsgSize></Meta></SyncHdr>",
    );
    let text = format!("<SyncML>{header}<SyncBody><Final/></SyncBody></SyncML>");
    let message = Message::decode(text.as_bytes()).unwrap();
    let meta = message.header.meta.as_ref().unwrap();
    assert_eq!((meta.max_obj_size(), meta.max_msg_size()), (Some(10240), Some(2)));
    let mut out = Vec::new();
    message.encode(Syntax::Xml, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains(">10240<"));
    for value in ["1.0E2", "-0", "INF", "NaN"] {
        let item = item(&format!("<Meta><Format>float</Format></Meta><Data>{value}</Data>"));
        assert_eq!(item.meta.unwrap().known_format(), Some(Format::Float));
        assert_eq!(item.data, Some(Data::text(value)));
    }
}

#[test]
fn x_enc_14_names_and_values_are_unicode() {
    let item = Item::target("./ü€𝄞").with_data(Data::text("e\u{301} 𝄞"));
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let header = SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("d"), Location::new("s"));
        let mut writer = MessageWriter::begin(syntax, &header).unwrap();
        writer.command(&replace(item.clone())).unwrap();
        let bytes = writer.finish(Finality::Final);
        let message = Message::decode(&bytes).unwrap();
        assert_eq!(message.commands, [replace(item.clone())]);
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    use DecodeErrorKind as Kind;
    let cases = [
        ("", Kind::UnexpectedEnd),
        ("<SyncML>", Kind::UnexpectedEnd),
        ("<SyncML", Kind::UnexpectedEnd),
        ("x<SyncML/>", Kind::XmlSyntax("text before the root element")),
        ("<SyncML/>x", Kind::MissingElement { parent: syncml::SYNC_ML, child: syncml::SYNC_HDR }),
        ("<SyncML></SyncHdr>", Kind::XmlSyntax("an end tag does not match its start tag")),
        ("</SyncML>", Kind::XmlSyntax("an end tag without a start tag")),
        ("<SyncML>a & b</SyncML>", Kind::XmlSyntax("an ampersand that begins no reference")),
        ("<SyncML>&nbsp;</SyncML>", Kind::UnknownEntity),
        ("<SyncML>&#0;</SyncML>", Kind::Character(0)),
        ("<SyncML>&#xD800;</SyncML>", Kind::Character(0xD800)),
        ("<SyncML>\u{1}</SyncML>", Kind::Character(1)),
        ("<SyncML>\u{FFFF}</SyncML>", Kind::Character(0xFFFF)),
        ("<SyncML>]]></SyncML>", Kind::XmlSyntax("]]> in text")),
        ("<SyncML a='1' a='2'/>", Kind::XmlSyntax("attribute")),
        ("<SyncML a=1/>", Kind::XmlSyntax("attribute")),
        ("<SyncML a='<'/>", Kind::XmlSyntax("attribute")),
        ("<SyncML><1/></SyncML>", Kind::XmlSyntax("element name")),
        ("<SyncML><!-- a -- b --></SyncML>", Kind::XmlSyntax("-- inside a comment")),
        ("<SyncML><?xml version='1.0'?></SyncML>", Kind::XmlSyntax("the XML declaration is not at the start")),
        ("<SyncML><!DOCTYPE a></SyncML>", Kind::XmlSyntax("DOCTYPE behind the root's start tag")),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><SyncML>&b;</SyncML>", Kind::DtdDeclarations),
        ("<!DOCTYPE a [%b;]><SyncML/>", Kind::DtdDeclarations),
    ];
    for (text, kind) in cases {
        assert_eq!(error(text), kind, "{text}");
    }
    assert_eq!(Message::decode_as(Syntax::Xml, b"<SyncML>\xFF", &Limits::DEFAULT).unwrap_err().kind, Kind::InvalidUtf8);
    let text = document("") + "<SyncML/>";
    assert_eq!(error(&text), Kind::TrailingBytes);
}

#[test]
fn a_doctype_without_declarations_is_skipped() {
    let dtds = ["<!DOCTYPE SyncML SYSTEM 'http://a/b.dtd'>", "<!DOCTYPE SyncML [ <!-- <!ENTITY --> <?x y?> ]>"];
    for dtd in dtds {
        let text = format!("<?xml version='1.0' encoding='utf-16'?>\n{dtd}\n{}<!-- end -->\n", document("<Final/>"));
        assert!(Message::decode(text.as_bytes()).unwrap().is_final);
    }
}

#[test]
fn byte_order_marks_are_understood() {
    let text = document("<Final/>");
    let expected = Message::decode(text.as_bytes()).unwrap();
    let utf8 = format!("\u{FEFF}{text}");
    assert_eq!(Message::decode(utf8.as_bytes()).unwrap(), expected);
    let little: Vec<u8> = utf8.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Message::decode(&little).unwrap(), expected);
    let big: Vec<u8> = utf8.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(Message::decode(&big).unwrap(), expected);
    assert!(Message::decode(&big[..big.len() - 1]).is_err());
}

#[test]
fn depth_and_attributes_are_limited() {
    let deep = "<Data>".repeat(100_000);
    assert_eq!(error(&format!("<SyncML>{deep}")), DecodeErrorKind::LimitExceeded(Limit::Depth));
    let many: String = (0..17).map(|n| format!(" a{n}='x'")).collect();
    assert_eq!(error(&format!("<SyncML{many}/>")), DecodeErrorKind::LimitExceeded(Limit::Attributes));
    let nested = format!("{}{}", "<Atomic><CmdID>1</CmdID>".repeat(17), "</Atomic>".repeat(17));
    assert_eq!(error(&document(&nested)), DecodeErrorKind::LimitExceeded(Limit::Depth));
}

#[test]
fn binary_values_become_base64_with_its_format() {
    let bytes = Data::from_bytes(&[0u8, 1, 254, 255][..]);
    let bin = Meta::with_format(Format::Bin).and_type("application/octet-stream");
    let printed = print(vec![replace(Item::target("./A").with_meta(bin).with_data(bytes.clone()))]);
    assert!(
        printed.contains(
            "<Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">application/octet-stream</Type>\
             </Meta><Data>AAH+/w==</Data>"
        ),
        "{printed}"
    );
    let printed = print(vec![replace(Item::target("./A").with_data(bytes))]);
    assert!(printed.contains("<Meta><Format xmlns=\"syncml:metinf\">b64</Format></Meta><Data>AAH+/w==</Data>"));
    let text = Item::target("./A").with_meta(Meta::with_format(Format::Bin)).with_data(Data::text("abc"));
    assert!(print(vec![replace(text)]).contains(">b64</Format></Meta><Data>YWJj</Data>"));
}

#[test]
fn x_enc_09_elements_are_written_in_the_order_of_the_dtd() {
    let commands = body(
        "<Status><Item><Data>x</Data></Item><Data>401</Data><Chal><Meta><NextNonce>bm8=</NextNonce><Type>syncml:auth-md5</Type>\
         <Format>b64</Format></Meta></Chal><SourceRef>s</SourceRef><TargetRef>t</TargetRef><Cmd>SyncHdr</Cmd><CmdRef>0</CmdRef>\
         <MsgRef>1</MsgRef><CmdID>1</CmdID></Status>\
         <Alert><Item/><Correlator>c</Correlator><Data>1226</Data><CmdID>2</CmdID></Alert>\
         <Exec><Item><MoreData/><Data>d</Data></Item><Correlator>c</Correlator><Meta><Size>1</Size></Meta><CmdID>3</CmdID></Exec>",
    );
    let printed = print(commands).replace(" xmlns=\"syncml:metinf\"", "");
    assert_eq!(
        printed,
        "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>t</TargetRef>\
         <SourceRef>s</SourceRef><Chal><Meta><Format>b64</Format><Type>syncml:auth-md5</Type><NextNonce>bm8=</NextNonce></Meta>\
         </Chal><Data>401</Data><Item><Data>x</Data></Item></Status>\
         <Alert><CmdID>2</CmdID><Data>1226</Data><Correlator>c</Correlator><Item/></Alert>\
         <Exec><CmdID>3</CmdID><Meta><Size>1</Size></Meta><Correlator>c</Correlator><Item><Data>d</Data><MoreData/></Item></Exec>"
    );
    let mut header =
        SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("d"), Location::new("s").named("n"));
    header.resp_uri = Some("r".into());
    header.cred = Some(Cred::new(None, Data::text("c")));
    let mut meta = Meta::default();
    meta.extras_mut().max_msg_size = Some(1);
    header.meta = Some(meta);
    let writer = MessageWriter::begin(Syntax::Xml, &header).unwrap();
    let text = String::from_utf8(writer.finish(Finality::More)).unwrap();
    assert!(text.contains("</Source><RespURI>r</RespURI><Cred><Data>c</Data></Cred><Meta><MaxMsgSize "), "{text}");
}

#[test]
fn an_absent_cmd_ref_is_answered_empty_and_an_absent_cmd_id_is_left_out() {
    let status = Status::new(1, MsgId::FIRST, CmdId::Absent, "Add", StatusCode::BAD_REQUEST);
    assert!(print(vec![Command::Status(status)]).contains("<MsgRef>1</MsgRef><CmdRef/><Cmd>Add</Cmd>"));
    let get = TreeCommand::new(Verb::Get, CmdId::Absent, vec![Item::target("./A")]);
    assert!(print(vec![Command::Tree(get)]).starts_with("<Get><Item>"));
    let commands = body("<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><Cmd>SyncHdr</Cmd><Data>212</Data></Status>");
    let Command::Status(status) = &commands[0] else { panic!() };
    assert_eq!(status.cmd_ref, CmdId::SYNC_HDR);
}

#[test]
fn templates_are_a_bare_sync_body() {
    let text = b"<SyncBody><Replace><CmdID>1</CmdID><Item/></Replace><Get><CmdID>2</CmdID><Item/></Get></SyncBody>";
    let commands = decode_commands(Syntax::Xml, text, &Limits::DEFAULT).unwrap();
    assert_eq!(commands.iter().map(Command::name).collect::<Vec<_>>(), ["Replace", "Get"]);
    let wbxml = b"\x02\xA4\x01\x6A\x00\x6B\x53\x4B\x031\x00\x01\x14\x01\x01";
    let read = decode_commands(Syntax::Wbxml, wbxml, &Limits::DEFAULT).unwrap();
    assert_eq!(read[0].name(), "Get");
    assert_eq!(encode_commands(Syntax::Wbxml, &read).unwrap(), wbxml);
    let written = encode_commands(Syntax::Xml, &commands).unwrap();
    assert_eq!(decode_commands(Syntax::Xml, &written, &Limits::DEFAULT).unwrap(), commands);
    let whole = document("");
    let refused = decode_commands(Syntax::Xml, whole.as_bytes(), &Limits::DEFAULT).unwrap_err();
    assert_eq!(refused.kind, DecodeErrorKind::UnexpectedRoot(syncml::SYNC_BODY));
}

#[test]
fn the_writer_of_a_message_can_go_back_and_knows_its_closing() {
    let header = SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("d"), Location::new("s"));
    let meta_last = replace(Item::target("./A").with_meta(Meta::with_format(Format::Node)));
    let results = Results::new(2, MsgId::FIRST, 1.into(), vec![Item::source("./A").with_data(Data::text("v"))]);
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut writer = MessageWriter::begin(syntax, &header).unwrap();
        let empty = writer.mark();
        writer.command(&meta_last).unwrap();
        let one = writer.mark();
        writer.command(&Command::Results(results.clone())).unwrap();
        writer.rewind(one);
        for finality in [Finality::Final, Finality::More] {
            let mut copy = MessageWriter::begin(syntax, &header).unwrap();
            copy.command(&meta_last).unwrap();
            let expected = copy.written_len() + copy.closing_len(finality);
            let bytes = copy.finish(finality);
            assert_eq!(bytes.len(), expected);
            let message = Message::decode(&bytes).unwrap();
            assert_eq!((message.commands, message.is_final), (vec![meta_last.clone()], finality == Finality::Final));
        }
        writer.rewind(empty);
        writer.command(&Command::Results(results.clone())).unwrap();
        let bytes = writer.finish(Finality::Final);
        assert_eq!(Message::decode(&bytes).unwrap().commands, [Command::Results(results.clone())]);
    }
}

#[test]
fn text_that_xml_cannot_carry_is_an_error_outside_of_data() {
    let header = SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("d"), Location::new("s"));
    let mut writer = MessageWriter::begin(Syntax::Xml, &header).unwrap();
    let before = writer.written_len();
    assert_eq!(writer.command(&replace(Item::target("./\0"))), Err(EncodeError::Character));
    assert_eq!(writer.written_len(), before);
    let alert = Alert::new(1, omadm_proto::alert::AlertCode::from_u16(1201), vec![]);
    writer.command(&Command::Alert(alert)).unwrap();
    assert!(Message::decode(&writer.finish(Finality::Final)).is_ok());
}

#[test]
fn the_indented_form_breaks_lines_between_elements_only() {
    let mut writer = Writer::new(Vec::new()).indented(1);
    for event in [
        Event::Start(Name::Known(syncml::META)),
        Event::Start(Name::Known(metinf::FORMAT)),
        Event::Text("b64"),
        Event::End,
        Event::Start(Name::Known(syncml::DATA)),
        Event::Start(Name::Known(syncml::ITEM)),
        Event::End,
        Event::End,
        Event::End,
    ] {
        writer.event(event).unwrap();
    }
    assert_eq!(
        String::from_utf8(writer.into_bytes()).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Meta xmlns=\"SYNCML:SYNCML1.2\">\n \
         <Format xmlns=\"syncml:metinf\">b64</Format>\n <Data><Item/></Data>\n</Meta>"
    );
}

#[test]
fn the_offset_never_goes_back_when_white_space_is_held() {
    for content in
        [" <!-- c --> <Final/> ", " <!-- c -->x<Final/>", "\n<?p i?>\n<![CDATA[ ]]> <Final/>", " <![CDATA[a]]> "]
    {
        let document = format!("<SyncBody xmlns='SYNCML:SYNCML1.2'>{content}</SyncBody>");
        let mut reader = Reader::new(document.as_bytes(), &Limits::DEFAULT).unwrap();
        let mut offset = 0;
        while reader.next_event().unwrap().is_some() {
            assert!((offset..=document.len()).contains(&reader.offset()), "{content}");
            offset = reader.offset();
        }
    }
}
