//! WBXML: every token of the grammar, the deviations of real encoders, and hostile documents.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::element::{Event, EventSink, EventSource, Name, Space, Tag, ddf, syncml};
use omadm_proto::error::{DecodeErrorKind, EncodeError, Limit};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::MsgId;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Data, Format, Item, Location, Message, Meta, Piece, SyncHdr, TreeCommand, Verb};
use omadm_proto::version::DmVersion;
use omadm_proto::wbxml::{PublicId, Reader, Writer};

const CANONICAL: &[u8] = b"\x02\xA4\x01\x6A\x00";

/// The events of a document, text joined, elements in parentheses.
fn show(document: &[u8]) -> Result<String, DecodeErrorKind> {
    let mut reader = Reader::new(document, &Limits::DEFAULT).map_err(|error| error.kind)?;
    let mut out = String::new();
    while let Some(event) = reader.next_event().map_err(|error| error.kind)? {
        match event {
            Event::Start(name) => out += &format!("({name} "),
            Event::Attribute(attribute) => out += &format!("{}={} ", attribute.name, attribute.value),
            Event::Text(text) => out += text,
            Event::Char(character) => out.push(character),
            Event::Opaque(bytes) => out += &format!("<{bytes:?}>"),
            Event::End => out.push(')'),
            _ => panic!("no other events yet"),
        }
    }
    Ok(out)
}

fn canonical(body: &[u8]) -> Result<String, DecodeErrorKind> {
    show(&[CANONICAL, body].concat())
}

fn header() -> SyncHdr<'static> {
    SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("d"), Location::new("s"))
}

fn message_with(commands: Vec<Command<'static>>) -> Message<'static> {
    let mut message = Message::new(header());
    message.commands = commands;
    message.is_final = true;
    message
}

fn encode(message: &Message<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(Syntax::Wbxml, &mut out).unwrap();
    out
}

#[test]
fn x_enc_03_a_textual_public_id_without_nul_is_accepted() {
    let document = [&b"\x02\x00\x00\x6A\x1D"[..], b"-//SYNCML//DTD SyncML 1.2//EN", b"\x6D\x03x\x00\x01"].concat();
    let reader = Reader::new(&document, &Limits::DEFAULT).unwrap();
    assert_eq!(reader.header().public_id, PublicId::Name("-//SYNCML//DTD SyncML 1.2//EN"));
    assert_eq!((reader.header().version, reader.header().charset), (2, 106));
    assert_eq!(reader.header().string_table.len(), 29);
    assert_eq!(show(&document).unwrap(), "(SyncML x)");
}

#[test]
fn x_enc_05_every_version_and_the_numeric_public_id_are_accepted() {
    for version in [0x01, 0x02, 0x03] {
        let document = [&[version][..], b"\xA4\x01\x6A\x00\x6D\x03x\x00\x01"].concat();
        assert_eq!(show(&document).unwrap(), "(SyncML x)");
    }
    assert_eq!(show(b"\x00\xA4\x01\x00\x6D\x03x\x00\x01").unwrap(), "(SyncML x)", "1.0 has no charset");
    assert!(encode(&message_with(vec![])).starts_with(CANONICAL));
}

#[test]
fn x_enc_06_a_binary_leaf_travels_as_opaque() {
    let value: &[u8] = &[0x00, 0x01, 0xFE, 0xFF];
    let item = Item::target("./A").with_meta(Meta::with_format(Format::Bin)).with_data(Data::from_bytes(value));
    let message = message_with(vec![Command::Tree(TreeCommand::new(Verb::Replace, 1, vec![item]))]);
    let bytes = encode(&message);
    let data = b"\x01\x01\x00\x00\x4F\xC3\x04\x00\x01\xFE\xFF\x01";
    assert!(bytes.windows(data.len()).any(|window| window == data));
    let again = Message::decode(&bytes).unwrap();
    let Command::Tree(replace) = &again.commands[0] else { panic!() };
    assert_eq!(replace.items[0].data.as_ref().unwrap().as_bytes(), value);
    assert_eq!(replace.items[0].meta.as_ref().unwrap().known_format(), Some(Format::Bin));
}

#[test]
fn text_of_format_bin_is_opaque_too_also_when_the_command_says_so() {
    let mut command = TreeCommand::new(Verb::Add, 1, vec![Item::target("./A").with_data(Data::text("abc"))]);
    command.meta = Some(Meta::with_format(Format::Bin));
    let bytes = encode(&message_with(vec![Command::Tree(command)]));
    assert!(bytes.windows(7).any(|window| window == b"\x4F\xC3\x03abc\x01"));
}

#[test]
fn x_enc_16_both_spellings_of_empty_elements_are_one_message() {
    let body = |tail: &[u8]| {
        let head = b"\x6D\x6C\x71\x031.2\x00\x01\x72\x03DM/1.2\x00\x01\x65\x031\x00\x01\x5B\x031\x00\x01\x6E\x57\x03d\x00\x01\x01\
            \x67\x57\x03s\x00\x01\x01\x01\x6B\x45\x4B\x031\x00\x01\x54\x6E\x57\x03./A\x00\x01\x01";
        [CANONICAL, head, tail].concat()
    };
    let short = body(b"\x0F\x34\x01\x01\x12\x01\x01");
    let long = body(b"\x4F\x01\x74\x01\x01\x01\x52\x01\x01\x01");
    let message = Message::decode(&short).unwrap();
    assert_eq!(message, Message::decode(&long).unwrap());
    let Command::Tree(add) = &message.commands[0] else { panic!() };
    assert_eq!((add.items[0].data.as_ref().map(Data::is_empty), add.items[0].more_data), (Some(true), true));
    assert!(message.is_final);
    assert_eq!(encode(&message), short);
}

#[test]
fn x_enc_18_element_names_that_differ_by_case_are_told_apart() {
    assert_eq!(
        canonical(b"\x00\x02\x60\x77\x031.2\x00\x01\x64\x6F\x5C\x25\x01\x01\x38\x01\x01").unwrap(),
        "(MgmtTree (VerDTD 1.2)(Node (RTProperties (Format (node )))(VerNo )))"
    );
    let mut writer = Writer::new(Vec::new());
    for event in
        [Event::Start(Name::Known(ddf::NODE)), Event::Start(Name::Known(ddf::NODE_FORMAT)), Event::End, Event::End]
    {
        writer.event(event).unwrap();
    }
    assert_eq!(writer.into_bytes(), [CANONICAL, b"\x00\x02\x64\x25\x01"].concat());
}

#[test]
fn text_may_come_in_pieces_of_every_kind() {
    let document = b"\x02\xA4\x01\x6A\x08abc\x00def\x00\x4F\x83\x01\x83\x04\x03g\x00\x02\x81\x20\x03h\x00\x01";
    assert_eq!(show(document).unwrap(), "(Data bcdefg\u{A0}h)");
    assert_eq!(show(b"\x02\xA4\x01\x6A\x00\x4F\x03\x00\xC3\x00\x01").unwrap(), "(Data <[]>)");
}

#[test]
fn literal_names_come_from_the_string_table() {
    let table = b"\x02\xA4\x01\x6A\x0AMine\x00Data\x00";
    assert_eq!(show(&[&table[..], b"\x44\x00\x04\x05\x01"].concat()).unwrap(), "(Mine (Data ))");
}

#[test]
fn code_pages_hold_until_they_are_switched_again() {
    let document = b"\x5A\x00\x01\x47\x03b64\x00\x01\x00\x01\x00\x01\x13\x00\x00\x01";
    assert_eq!(canonical(document).unwrap(), "(Meta (Format b64)(Type ))");
}

#[test]
fn unknown_tokens_and_pages_are_kept_by_their_numbers() {
    assert_eq!(
        canonical(b"\x6D\x3F\x00\x07\x45\x03x\x00\x01\x01").unwrap(),
        "(SyncML (unknown_0_3F )(unknown_7_05 x))"
    );
}

#[test]
fn provisioning_attributes_are_put_together_from_tokens_and_text() {
    let document =
        b"\x03\x0B\x6A\x00\xC5\x45\x031.1\x00\x01\xC6\x00\x01\x55\x01\x87\x36\x00\x00\x06\x03w7\x00\x01\x01\x01";
    assert_eq!(
        show(document).unwrap(),
        "(wap-provisioningdoc version=1.1 (characteristic type=APPLICATION (parm name=APPID value=w7 )))"
    );
}

#[test]
fn the_nokia_namespace_attribute_is_skipped() {
    assert_eq!(canonical(b"\xED\x04\x00\x03SYNCML:SYNCML1.2\x00\x01\x2B\x01").unwrap(), "(SyncML (SyncBody ))");
}

#[test]
fn x_enc_10_damage_is_named() {
    use DecodeErrorKind as Kind;
    let cases: &[(&[u8], Kind)] = &[
        (b"", Kind::UnexpectedEnd),
        (b"\x02", Kind::UnexpectedEnd),
        (b"\x12\xA4\x01\x6A\x00\x6D", Kind::WbxmlVersion(0x12)),
        (b"\x02\xA4\x01\x04\x00\x6D", Kind::WbxmlCharset(4)),
        (b"\x02\x81\x82\x83\x84\x85\x06\x6A\x00", Kind::IntegerTooLong),
        (b"\x02\x90\x80\x80\x80\x00\x6A\x00", Kind::IntegerTooLong),
        (b"\x02\xA4\x01\x6A\x8F\xFF\xFF\xFF\x7F", Kind::UnexpectedEnd),
        (b"\x02\x00\x05\x6A\x02a\x00\x6D", Kind::StringTableIndex(5)),
        (b"\x02\xA4\x01\x6A\x00", Kind::UnexpectedEnd),
        (b"\x02\xA4\x01\x6A\x00\x01", Kind::UnexpectedToken(0x01)),
        (b"\x02\xA4\x01\x6A\x00\x03x\x00", Kind::UnexpectedToken(0x03)),
        (b"\x02\xA4\x01\x6A\x00\x6D\x03x", Kind::UnexpectedEnd),
        (b"\x02\xA4\x01\x6A\x00\x6D\x83\x00\x01", Kind::StringTableIndex(0)),
        (b"\x02\xA4\x01\x6A\x00\x6D\xC3\x8F\xFF\xFF\xFF\x7Fx", Kind::UnexpectedEnd),
        (b"\x00\xA4\x01\x00\x6D\xC3\x01x\x01", Kind::UnexpectedToken(0xC3)),
        (b"\x02\xA4\x01\x6A\x00\x6D\xC2\x01", Kind::UnexpectedToken(0xC2)),
        (b"\x02\xA4\x01\x6A\x00\x6D\x02\x00\x01", Kind::Character(0)),
        (b"\x02\xA4\x01\x6A\x00\x6D\x02\x83\xB0\x00\x01", Kind::Character(0xD800)),
        (b"\x02\xA4\x01\x6A\x00\x6D\x02\xC4\x80\x00\x01", Kind::Character(0x11_0000)),
        (b"\x02\xA4\x01\x6A\x00\x6D\x03\xFF\x00\x01", Kind::InvalidUtf8),
        (b"\x02\xA4\x01\x6A\x00\x6D", Kind::UnexpectedEnd),
        (b"\x02\xA4\x01\x6A\x00\xED\x55\x01\x01", Kind::UnexpectedToken(0x55)),
    ];
    for (document, kind) in cases {
        assert_eq!(show(document), Err(*kind), "{document:02X?}");
    }
}

#[test]
fn deep_nesting_stops_at_the_limit() {
    let document = [CANONICAL, &[0x6B; 1_000_000]].concat();
    assert_eq!(show(&document), Err(DecodeErrorKind::LimitExceeded(Limit::Depth)));
}

#[test]
fn a_million_siblings_are_read_in_linear_time() {
    let document = [CANONICAL, &[0x6B], &[0x12; 1_000_000], &[0x01]].concat();
    assert_eq!(show(&document).unwrap().matches("(Final )").count(), 1_000_000);
}

#[test]
fn a_string_table_bomb_stops_at_the_budget() {
    let mut document = b"\x02\xA4\x01\x6A\x83\x86\x50".to_vec();
    document.resize(document.len() + 50_000, b'x');
    document.push(0x4F);
    document.extend(b"\x83\x00".repeat(20_000));
    document.push(0x01);
    assert_eq!(show(&document), Err(DecodeErrorKind::LimitExceeded(Limit::ExpandedBytes)));
}

#[test]
fn a_message_over_the_size_limit_is_not_looked_at() {
    let mut limits = Limits::DEFAULT;
    limits.message_bytes = 5;
    let error = Reader::new(&[CANONICAL, b"\x2D"].concat(), &limits).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::LimitExceeded(Limit::MessageBytes));
}

#[test]
fn code_page_floods_end() {
    let document = [CANONICAL, &b"\x00\x01".repeat(100_000)].concat();
    assert_eq!(show(&document), Err(DecodeErrorKind::UnexpectedEnd));
}

#[test]
fn commands_and_items_are_limited() {
    let items = (0..5).map(|_| Item::target("./A")).collect();
    let gets = vec![Command::Tree(TreeCommand::new(Verb::Get, 1, items)); 5];
    let bytes = encode(&message_with(gets));
    let with = |commands, items| {
        let mut limits = Limits::DEFAULT;
        (limits.commands, limits.items) = (commands, items);
        Message::decode_as(Syntax::Wbxml, &bytes, &limits).map(drop).map_err(|error| error.kind)
    };
    assert_eq!(with(5, 5), Ok(()));
    assert_eq!(with(4, 5), Err(DecodeErrorKind::LimitExceeded(Limit::Commands)));
    assert_eq!(with(5, 4), Err(DecodeErrorKind::LimitExceeded(Limit::Items)));
}

#[test]
fn opaque_text_is_text_in_every_position() {
    let document =
        b"\x02\xA4\x01\x6A\x00\x6D\x6C\x71\xC3\x031.2\x01\x72\xC3\x06DM/1.2\x01\x65\xC3\x011\x01\x5B\xC3\x011\x01\
        \x6E\x57\xC3\x01d\x01\x01\x67\x57\xC3\x01s\x01\x01\x01\x6B\x12\x01\x01";
    assert_eq!(Message::decode(document).unwrap(), message_with(vec![]));
}

#[test]
fn inline_elements_in_data_become_xml() {
    let item = b"\x54\x4F\x00\x02\x60\x77\x031.2\x00\x01\x01\x01\x00\x00\x01";
    let head = &encode(&message_with(vec![]))[..];
    let head = &head[..head.len() - 3];
    let document = [head, b"\x45\x4B\x031\x00\x01", item, b"\x01\x12\x01\x01"].concat();
    let message = Message::decode(&document).unwrap();
    let Command::Tree(add) = &message.commands[0] else { panic!() };
    let Some(Data::Xml(xml)) = &add.items[0].data else { panic!("no element content") };
    assert_eq!(xml, "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree>");
    let mut as_xml = Vec::new();
    message.encode(Syntax::Xml, &mut as_xml).unwrap();
    assert_eq!(Message::decode(&as_xml).unwrap(), message);
    assert_eq!(Message::decode(&encode(&message)).unwrap(), message);
}

#[test]
fn inline_elements_that_xml_cannot_say_are_refused() {
    let head =
        b"\x02\xA4\x01\x6A\x06a\x00b b\x00\x6D\x6C\x71\x031\x00\x01\x72\x031\x00\x01\x65\x031\x00\x01\x5B\x031\x00\x01\
        \x6E\x57\x03d\x00\x01\x01\x67\x57\x03s\x00\x01\x01\x01\x6B\x45\x4B\x031\x00\x01\x54\x4F";
    let decode = |inner: &[u8]| {
        let document = [&head[..], inner, b"\x01\x01\x01\x01\x01"].concat();
        Message::decode(&document).map(Message::into_owned).map_err(|error| error.kind)
    };
    assert!(decode(b"\x44\x00\x01").is_ok());
    let refused = Err(DecodeErrorKind::InvalidValue(syncml::DATA));
    assert_eq!(decode(b"\x44\x02\x01"), refused, "a name with a blank");
    assert_eq!(decode(b"\xC4\x00\x04\x00\x03x\x00\x04\x00\x03y\x00\x01\x01"), refused, "an attribute twice");
    assert_eq!(decode(b"\x44\x00\x03\x01\x00\x01"), refused, "a control character");
}

#[test]
fn an_unknown_command_keeps_its_name_id_and_data() {
    let head = &encode(&message_with(vec![]))[..];
    let head = &head[..head.len() - 3];
    let commands =
        b"\x58\x4B\x037\x00\x01\x5A\x00\x01\x13\x01\x01\x00\x07\x45\x00\x00\x4B\x038\x00\x01\x4F\x03x\x00\x01\x01";
    let message = Message::decode(&[head, commands, b"\x12\x01\x01"].concat()).map(Message::into_owned).unwrap();
    let names: Vec<_> = message.commands.iter().map(|command| (command.name(), command.cmd_id().to_string())).collect();
    assert_eq!(names, [("Map", "7".to_string()), ("unknown_7_05", "8".to_string())]);
    let Command::Unknown(command) = &message.commands[1] else { panic!() };
    let kept = [Piece::Start(syncml::DATA.into()), Piece::Value(Data::text("x")), Piece::End];
    assert_eq!(command.content.pieces(), kept);
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut bytes = Vec::new();
        message.encode(syntax, &mut bytes).unwrap();
        assert_eq!(Message::decode(&bytes).unwrap(), message);
    }
}

#[test]
fn a_command_name_of_another_name_space_is_no_command() {
    let head = &encode(&message_with(vec![]))[..];
    let head = &head[..head.len() - 3];
    let message =
        Message::decode(&[head, b"\x00\x02\x1A\x00\x00\x12\x01\x01"].concat()).map(Message::into_owned).unwrap();
    assert_eq!(message.commands[0].name(), "unknown_Exec");
    let mut xml = Vec::new();
    message.encode(Syntax::Xml, &mut xml).unwrap();
    assert_eq!(Message::decode(&xml).unwrap(), message);
    let text = String::from_utf8(xml).unwrap();
    let foreign = text.replace("<unknown_Exec/>", "<x:Exec xmlns:x='urn:mine'/>");
    assert_eq!(Message::decode(foreign.as_bytes()).unwrap(), message);
    // A name that looks like the token of an Add is no Add either.
    let forged = text.replace("<unknown_Exec/>", "<unknown_0_05/>");
    let forged = Message::decode(forged.as_bytes()).unwrap();
    assert_eq!(forged.encode(Syntax::Wbxml, &mut Vec::new()), Err(EncodeError::NoToken));
}

#[test]
fn text_around_what_an_unknown_command_does_not_keep_is_one_piece() {
    let head = &encode(&message_with(vec![]))[..];
    let head = &head[..head.len() - 3];
    // An Item in SyncBody: opaque AB, a token that no table has, C, CmdID 7, D.
    let item = [head, b"\x54\xC3\x02AB\x3F\x03C\x00\x4B\x037\x00\x01\x03D\x00\x01\x12\x01\x01"].concat();
    let message = Message::decode(&item).map(Message::into_owned).unwrap();
    let Command::Unknown(command) = &message.commands[0] else { panic!() };
    assert_eq!(command.content.pieces(), [Piece::Value(Data::Opaque(b"ABCD"[..].into()))]);
    let mut wbxml = Vec::new();
    message.encode(Syntax::Wbxml, &mut wbxml).unwrap();
    assert_eq!(Message::decode(&wbxml).unwrap(), message);
}

#[test]
fn commands_inside_a_misplaced_tree_stay_commands_when_they_are_written_again() {
    let head = &encode(&message_with(vec![]))[..];
    let head = &head[..head.len() - 3];
    // SyncBody holds a MgmtTree, which holds an Add of SyncML.
    let tree = [head, b"\x00\x02\x60\x00\x00\x05\x01\x12\x01\x01"].concat();
    let message = Message::decode(&tree).map(Message::into_owned).unwrap();
    let Command::Unknown(command) = &message.commands[0] else { panic!() };
    assert_eq!(command.content.pieces(), [Piece::Start(syncml::ADD.into()), Piece::End]);
    let mut xml = Vec::new();
    message.encode(Syntax::Xml, &mut xml).unwrap();
    let again = Message::decode(&xml).unwrap();
    assert_eq!(again, message);
    let mut twice = Vec::new();
    again.encode(Syntax::Xml, &mut twice).unwrap();
    assert_eq!(twice, xml);
}

#[test]
fn the_writer_refuses_what_has_no_token() {
    let mut writer = Writer::new(Vec::new());
    assert_eq!(writer.event(Event::Text("x")), Err(EncodeError::Unbalanced));
    assert_eq!(writer.event(Event::End), Err(EncodeError::Unbalanced));
    assert_eq!(writer.event(Event::Start(Name::Unknown("Mine"))), Err(EncodeError::NoToken));
    let parm = Tag::from_name(Space::Provisioning, "parm").unwrap();
    assert_eq!(writer.event(Event::Start(Name::Known(parm))), Err(EncodeError::NoToken));
    writer.leaf(syncml::SYNC_ML, "a").unwrap();
    assert_eq!(writer.start(syncml::SYNC_ML), Err(EncodeError::Unbalanced));
}

#[test]
fn long_values_have_minimal_lengths_and_nul_makes_them_opaque() {
    for (len, prefix) in [(127, &b"\xC3\x7F"[..]), (128, b"\xC3\x81\x00"), (16384, b"\xC3\x81\x80\x00")] {
        let mut writer = Writer::new(Vec::new());
        writer.leaf(syncml::DATA, &"\0".repeat(len)).unwrap();
        assert!(writer.as_bytes().starts_with(&[CANONICAL, b"\x4F", prefix].concat()));
    }
}

#[test]
fn a_failed_encoding_leaves_the_buffer_as_it_was() {
    let mut message = message_with(vec![]);
    let unknown = omadm_proto::message::UnknownCommand::new("Mine", 1.into());
    message.commands.push(Command::Unknown(unknown));
    let mut out = b"before".to_vec();
    assert_eq!(message.encode(Syntax::Wbxml, &mut out), Err(EncodeError::NoToken));
    assert_eq!(out, b"before");
    message.commands.clear();
    message.encode(Syntax::Wbxml, &mut out).unwrap();
    assert!(out.starts_with(b"before\x02\xA4"));
}
