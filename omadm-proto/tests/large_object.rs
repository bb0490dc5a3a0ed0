//! Large objects: splitting and joining, in both syntaxes and both directions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and has a standard library"
)]
#![cfg(all(feature = "xml", feature = "wbxml"))]

use omadm_proto::alert::{AlertCode, types};
use omadm_proto::encode::Finality;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::large_object::{NotSplittable, Outgoing, Progress, Reassembly};
use omadm_proto::message::{
    Alert, Command, Container, Data, Format, Item, Location, Message, Meta, Results, Status, SyncHdr, TreeCommand, Verb,
};
use omadm_proto::packager::{PackError, Packager, Pushed};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use proptest::prelude::*;
use std::borrow::Cow;

const LIMIT: u64 = 100_000;

/// C1 and C3 of the worked examples, byte for byte.
const WORKED_FIRST: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2"#,
    r#"</VerDTD><VerProto>DM/1.2</VerProto><SessionID>A7</SessionID><MsgID>6</MsgID><Target>"#,
    r#"<LocURI>urn:imei:004999010640000</LocURI></Target><Source><LocURI>https://dm.example.net/omadm"#,
    r#"</LocURI><LocName>dm.example.net</LocName></Source></SyncHdr><SyncBody><Status><CmdID>1"#,
    r#"</CmdID><MsgRef>6</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"#,
    r#"<TargetRef>https://dm.example.net/omadm</TargetRef><SourceRef>urn:imei:004999010640000"#,
    r#"</SourceRef><Data>200</Data></Status><Replace><CmdID>2</CmdID><Item><Target>"#,
    r#"<LocURI>./Vendor/Example/Blob</LocURI></Target><Meta><Format xmlns="syncml:metinf">chr"#,
    r#"</Format><Type xmlns="syncml:metinf">text/plain</Type><Size xmlns="syncml:metinf">10</Size>"#,
    r#"</Meta><Data>012345</Data><MoreData/></Item></Replace></SyncBody></SyncML>"#,
);
const WORKED_SECOND: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2"#,
    r#"</VerDTD><VerProto>DM/1.2</VerProto><SessionID>A7</SessionID><MsgID>7</MsgID><Target>"#,
    r#"<LocURI>urn:imei:004999010640000</LocURI></Target><Source><LocURI>https://dm.example.net/omadm"#,
    r#"</LocURI><LocName>dm.example.net</LocName></Source></SyncHdr><SyncBody><Status><CmdID>1"#,
    r#"</CmdID><MsgRef>7</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"#,
    r#"<TargetRef>https://dm.example.net/omadm</TargetRef><SourceRef>urn:imei:004999010640000"#,
    r#"</SourceRef><Data>200</Data></Status><Status><CmdID>2</CmdID><MsgRef>7</MsgRef><CmdRef>3"#,
    r#"</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status><Replace><CmdID>3</CmdID><Item><Target>"#,
    r#"<LocURI>./Vendor/Example/Blob</LocURI></Target><Meta><Format xmlns="syncml:metinf">chr"#,
    r#"</Format><Type xmlns="syncml:metinf">text/plain</Type></Meta><Data>6789</Data></Item>"#,
    r#"</Replace><Final/></SyncBody></SyncML>"#,
);

fn header() -> SyncHdr<'static> {
    let target = Location::new("urn:imei:004999010640000");
    let source = Location::new("https://dm.example.net/omadm").named("dm.example.net");
    SyncHdr::new(DmVersion::V1_2, "A7", MsgId::new(6), target, source)
}

fn replace(uri: &'static str, format: Format, data: Data<'static>) -> Command<'static> {
    let meta = Meta::with_format(format).and_type("text/plain");
    Command::Tree(TreeCommand::new(Verb::Replace, 2, vec![Item::target(uri).with_meta(meta).with_data(data)]))
}

/// A chunk as a peer sends it.
fn chunk(cmd_id: u32, uri: &'static str, size: Option<u64>, text: &'static str, more_data: bool) -> Command<'static> {
    let mut item = Item::target(uri).with_data(Data::text(text));
    item.meta = size.map(|size| Meta::default().and_size(size));
    item.more_data = more_data;
    Command::Tree(TreeCommand::new(Verb::Replace, cmd_id, vec![item]))
}

fn item<'c, 'a>(command: &'c Command<'a>) -> &'c Item<'a> {
    match command {
        Command::Tree(command) => &command.items[0],
        Command::Results(command) => &command.items[0],
        Command::Alert(command) => &command.items[0],
        other => panic!("{other:?} has no Items here"),
    }
}

fn offer(reassembly: &mut Reassembly, command: &Command<'_>) -> Progress {
    reassembly.accept(command, item(command))
}

fn completed(progress: Progress) -> Item<'static> {
    match progress {
        Progress::Complete(item) => *item,
        other => panic!("not complete: {other:?}"),
    }
}

/// Every message that carries `command` to a peer with this MaxMsgSize.
fn split(command: &Command<'_>, syntax: Syntax, max: u64) -> Vec<Vec<u8>> {
    let mut object = Outgoing::new(command, syntax).unwrap();
    let mut messages = Vec::new();
    while !object.is_done() {
        let mut message = Packager::begin(syntax, &header(), Some(max)).unwrap();
        assert_eq!(message.push_chunk(&mut object, command, 2), Ok(Pushed::Fits));
        messages.push(message.finish(Finality::Final));
    }
    messages
}

/// What the peer of [`split`] ends up with, and that it may not complain before.
fn join(messages: &[Vec<u8>]) -> Item<'static> {
    let mut reassembly = Reassembly::new(LIMIT);
    let (last, others) = messages.split_last().unwrap();
    for bytes in others {
        let message = Message::decode(bytes).unwrap();
        assert_eq!(offer(&mut reassembly, &message.commands[0]), Progress::Chunk);
    }
    let message = Message::decode(last).unwrap();
    if others.is_empty() {
        assert_eq!(offer(&mut reassembly, &message.commands[0]), Progress::Whole);
        return item(&message.commands[0]).clone().into_owned();
    }
    completed(offer(&mut reassembly, &message.commands[0]))
}

/// The content of the Item with base64 undone.
fn value(item: &Item<'_>) -> Vec<u8> {
    use base64::Engine as _;
    let bytes = item.data.as_ref().unwrap().as_bytes();
    match item.meta.as_ref().and_then(Meta::known_format) {
        Some(Format::B64) => base64::engine::general_purpose::STANDARD.decode(bytes).unwrap(),
        _ => bytes.to_vec(),
    }
}

#[test]
fn x_lob_17_size_once_more_data_till_the_end_and_no_message_over_the_limit() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789".repeat(500)));
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let messages = split(&command, syntax, 2000);
        assert!((3..=5).contains(&messages.len()), "{syntax}: {} messages", messages.len());
        for (at, bytes) in messages.iter().enumerate() {
            let is_last = at == messages.len() - 1;
            assert!(bytes.len() <= 2000, "{syntax}: message {at} has {} bytes", bytes.len());
            let message = Message::decode(bytes).unwrap();
            assert_eq!(message.commands.len(), 1);
            assert_eq!(message.is_final, is_last);
            let item = item(&message.commands[0]);
            let meta = item.meta.as_ref().unwrap();
            assert_eq!(item.more_data, !is_last);
            assert_eq!(meta.size, (at == 0).then_some(5000));
            assert_eq!(meta.known_format(), Some(Format::Chr));
            assert_eq!(meta.type_name.as_deref(), Some("text/plain"));
            assert_eq!(item.target_uri(), Some("./Vendor/Example/Blob"));
        }
        assert_eq!(join(&messages).data, Some(Data::text("0123456789".repeat(500))));
    }
}

#[test]
fn all_but_the_last_message_are_filled_to_the_last_byte() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789".repeat(500)));
    let messages = split(&command, Syntax::Xml, 2000);
    for bytes in &messages[..messages.len() - 1] {
        assert_eq!(bytes.len(), 2000);
    }
}

/// The two messages of the worked example: ten bytes, of which six fit beside the Status.
#[test]
fn the_chunks_of_the_worked_example_are_reproduced() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789"));
    let mut object = Outgoing::new(&command, Syntax::Xml).unwrap();
    let status = |cmd_id, msg_ref, cmd_ref, cmd: &'static str| {
        Status::new(cmd_id, MsgId::new(msg_ref), CmdId::Number(cmd_ref), cmd, StatusCode::OK)
    };
    let sync_hdr_status = |msg_ref| {
        let mut status = status(1, msg_ref, 0, "SyncHdr");
        status.target_refs.push("https://dm.example.net/omadm");
        status.extras_mut().source_refs = vec![Cow::Borrowed("urn:imei:004999010640000")];
        Command::Status(status)
    };

    let mut first = Packager::begin(Syntax::Xml, &header(), Some(WORKED_FIRST.len() as u64)).unwrap();
    assert_eq!(first.push(&sync_hdr_status(6)), Ok(Pushed::Fits));
    assert_eq!(first.push_chunk(&mut object, &command, 2), Ok(Pushed::Fits));
    assert_eq!((object.sent(), object.size(), object.is_done()), (6, 10, false));
    assert_eq!(String::from_utf8(first.finish(Finality::More)).unwrap(), WORKED_FIRST);

    let mut header = header();
    header.msg_id = MsgId::new(7);
    let mut second = Packager::begin(Syntax::Xml, &header, Some(16384)).unwrap();
    assert_eq!(second.push(&sync_hdr_status(7)), Ok(Pushed::Fits));
    assert_eq!(second.push(&Command::Status(status(2, 7, 3, "Alert"))), Ok(Pushed::Fits));
    assert_eq!(second.push_chunk(&mut object, &command, 3), Ok(Pushed::Fits));
    assert!(object.is_done());
    assert_eq!(String::from_utf8(second.finish(Finality::Final)).unwrap(), WORKED_SECOND);
}

#[test]
fn x_lob_09_binary_data_is_base64_in_xml_and_size_counts_its_characters() {
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let command = replace("./Vendor/Example/Blob", Format::Bin, Data::Opaque(Cow::Owned(bytes.clone())));
    let messages = split(&command, Syntax::Xml, 2000);
    let first = Message::decode(&messages[0]).unwrap();
    let meta = item(&first.commands[0]).meta.clone().unwrap();
    assert_eq!((meta.size, meta.known_format()), (Some(6668), Some(Format::B64)));
    assert_eq!(value(&join(&messages)), bytes);
}

#[test]
fn x_lob_11_binary_data_is_opaque_in_wbxml_and_size_counts_bytes() {
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let command = replace("./Vendor/Example/Blob", Format::Bin, Data::Opaque(Cow::Owned(bytes.clone())));
    let messages = split(&command, Syntax::Wbxml, 2000);
    let first = Message::decode(&messages[0]).unwrap();
    let meta = item(&first.commands[0]).meta.clone().unwrap();
    assert_eq!((meta.size, meta.known_format()), (Some(5000), Some(Format::Bin)));
    assert_eq!(join(&messages).data, Some(Data::Opaque(Cow::Owned(bytes))));
}

#[test]
fn text_of_format_bin_and_text_that_xml_forbids_are_binary_too() {
    for (format, text) in [(Format::Bin, "0123456789".repeat(100)), (Format::Chr, "nul\0and more".repeat(100))] {
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let command = replace("./Vendor/Example/Blob", format, Data::text(text.clone()));
            let messages = split(&command, syntax, 700);
            assert!(messages.len() > 1);
            assert_eq!(value(&join(&messages)), text.as_bytes(), "{syntax} {format}");
        }
    }
}

#[test]
fn text_is_never_cut_inside_a_character() {
    let text = "a\u{20AC}\u{1F600}\u{E9}".repeat(200);
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text(text.clone()));
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        for max in 700..720 {
            assert_eq!(join(&split(&command, syntax, max)).data, Some(Data::text(text.clone())), "{syntax} {max}");
        }
    }
}

#[test]
fn characters_that_xml_escapes_do_not_break_the_limit() {
    let text = ["plain text ".repeat(40), "&<>\"'".repeat(200), "more text ".repeat(40)].concat();
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text(text.clone()));
    let messages = split(&command, Syntax::Xml, 900);
    assert!(messages.iter().all(|bytes| bytes.len() <= 900));
    assert_eq!(join(&messages).data, Some(Data::text(text)));
}

#[test]
fn a_position_that_was_stored_goes_on_with_the_same_command() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789".repeat(100)));
    let mut object = Outgoing::new(&command, Syntax::Wbxml).unwrap();
    let mut messages = Vec::new();
    while !object.is_done() {
        let mut message = Packager::begin(Syntax::Wbxml, &header(), Some(400)).unwrap();
        assert_eq!(message.push_chunk(&mut object, &command.clone(), 2), Ok(Pushed::Fits));
        messages.push(message.finish(Finality::Final));
        #[cfg(feature = "serde")]
        {
            object = serde_json::from_str(&serde_json::to_string(&object).unwrap()).unwrap();
        }
    }
    assert_eq!(join(&messages).data, Some(Data::text("0123456789".repeat(100))));
}

#[test]
fn x_lob_18_results_are_split_and_joined_by_their_source() {
    let item = Item::source("./DevDetail/Ext/Log").with_data(Data::text("0123456789".repeat(500)));
    let command = Command::Results(Results::new(4, MsgId::new(2), CmdId::Number(7), vec![item]));
    let messages = split(&command, Syntax::Xml, 2000);
    let second = Message::decode(&messages[1]).unwrap();
    let Command::Results(results) = &second.commands[0] else { panic!("{:?}", second.commands[0]) };
    assert_eq!((results.msg_ref, &results.cmd_ref), (Some(MsgId::new(2)), &CmdId::Number(7)));
    let joined = join(&messages);
    assert_eq!(joined.source_uri(), Some("./DevDetail/Ext/Log"));
    assert_eq!(joined.data, Some(Data::text("0123456789".repeat(500))));
}

#[test]
fn x_lob_22_a_large_generic_alert_is_split_as_well() {
    let meta = Meta::with_format(Format::Xml).and_type(types::GWMO_RESULT_AGGREGATION);
    let item = Item::source("./GwMO/Fanout").with_meta(meta).with_data(Data::text("<g/>".repeat(500)));
    let mut alert = Alert::new(4, AlertCode::GENERIC_ALERT, vec![item]);
    alert.correlator = Some(Cow::Borrowed("job-77"));
    let messages = split(&Command::Alert(alert), Syntax::Wbxml, 1000);
    assert!(messages.len() > 2);
    for bytes in &messages {
        let message = Message::decode(bytes).unwrap();
        let Command::Alert(alert) = &message.commands[0] else { panic!("{:?}", message.commands[0]) };
        assert_eq!((alert.code, alert.correlator.as_deref()), (Some(AlertCode::GENERIC_ALERT), Some("job-77")));
    }
    assert_eq!(join(&messages).data, Some(Data::text("<g/>".repeat(500))));
}

#[test]
fn only_a_single_item_outside_a_container_is_split() {
    let big = || Item::target("./T/s").with_data(Data::text("x".repeat(100)));
    let tree = |items| Command::Tree(TreeCommand::new(Verb::Add, 1, items));
    let judge = |command: &Command<'_>| Outgoing::new(command, Syntax::Xml);
    assert_eq!(judge(&tree(vec![big(), big()])), Err(NotSplittable::Items { items: 2 }));
    assert_eq!(judge(&tree(vec![])), Err(NotSplittable::Items { items: 0 }));
    assert_eq!(judge(&tree(vec![Item::target("./T/s")])), Err(NotSplittable::NoData));
    let atomic = Command::Atomic(Container::new(1, vec![tree(vec![big()])]));
    assert_eq!(judge(&atomic), Err(NotSplittable::Command));
}

#[test]
fn nothing_follows_an_unfinished_object_and_its_message_is_not_final() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789".repeat(500)));
    let mut object = Outgoing::new(&command, Syntax::Xml).unwrap();
    let mut message = Packager::begin(Syntax::Xml, &header(), Some(2000)).unwrap();
    assert_eq!(message.push_chunk(&mut object, &command, 2), Ok(Pushed::Fits));
    let get = Command::Tree(TreeCommand::new(Verb::Get, 3, vec![Item::target("./DevInfo")]));
    assert_eq!(message.push(&get), Ok(Pushed::Full));
    assert_eq!(message.push_chunk(&mut object, &command, 3), Ok(Pushed::Full));
    assert_eq!(message.remaining(), 0);
    let bytes = message.finish(Finality::Final);
    let message = Message::decode(&bytes).unwrap();
    assert_eq!((message.commands.len(), message.is_final), (1, false));
}

#[test]
fn an_object_goes_on_with_no_other_command_and_not_beyond_its_end() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789"));
    let other = replace("./Vendor/Example/Blob", Format::Chr, Data::text("01234567890"));
    let mut object = Outgoing::new(&command, Syntax::Xml).unwrap();
    let mut message = Packager::begin(Syntax::Xml, &header(), None).unwrap();
    assert_eq!(message.push_chunk(&mut object, &other, 2), Err(PackError::WrongObject));
    assert_eq!(message.push_chunk(&mut object, &command, 2), Ok(Pushed::Fits));
    assert!(object.is_done());
    assert_eq!(message.push_chunk(&mut object, &command, 3), Err(PackError::WrongObject));
}

#[test]
fn a_chunk_that_fits_a_fresh_message_alone_waits_for_it() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789"));
    let mut object = Outgoing::new(&command, Syntax::Xml).unwrap();
    let mut message = Packager::begin(Syntax::Xml, &header(), Some(800)).unwrap();
    let get = Command::Tree(TreeCommand::new(Verb::Get, 1, vec![Item::target("./DevInfo".repeat(20))]));
    assert_eq!(message.push(&get), Ok(Pushed::Fits));
    assert_eq!(message.push_chunk(&mut object, &command, 2), Ok(Pushed::Full));
    assert!(!object.is_started());
    let mut tiny = Packager::begin(Syntax::Xml, &header(), Some(500)).unwrap();
    let refused = tiny.push_chunk(&mut object, &command, 2).unwrap_err();
    assert!(matches!(refused, PackError::TooLarge { allowed: 500, .. }), "{refused}");
}

#[test]
fn x_lob_01_chunks_are_collected_whatever_their_cmd_id() {
    let mut reassembly = Reassembly::new(LIMIT);
    let mut first = chunk(2, "./T/s", Some(9), "abc", true);
    if let Command::Tree(first) = &mut first {
        first.meta = Some(Meta::with_format(Format::Chr).and_type("text/plain"));
    }
    assert_eq!(offer(&mut reassembly, &first), Progress::Chunk);
    assert!(reassembly.is_open());
    assert_eq!(offer(&mut reassembly, &chunk(7, "./T/s", None, "def", true)), Progress::Chunk);
    let whole = completed(offer(&mut reassembly, &chunk(1, "./T/s", None, "ghi", false)));
    assert_eq!(whole.data, Some(Data::text("abcdefghi")));
    assert_eq!(whole.target_uri(), Some("./T/s"));
    let meta = whole.meta.unwrap();
    assert_eq!((meta.known_format(), meta.type_name.as_deref()), (Some(Format::Chr), Some("text/plain")));
    assert!(!whole.more_data && !reassembly.is_open());
}

#[test]
fn x_lob_03_chunks_that_do_not_add_up_answer_424() {
    for last in ["gh", "ghij"] {
        let mut reassembly = Reassembly::new(LIMIT);
        assert_eq!(offer(&mut reassembly, &chunk(2, "./T/s", Some(9), "abcdef", true)), Progress::Chunk);
        let refused = offer(&mut reassembly, &chunk(2, "./T/s", None, last, false));
        assert_eq!(refused, Progress::Refused(StatusCode::SIZE_MISMATCH), "{last}");
        assert!(!reassembly.is_open());
    }
}

#[test]
fn chunks_beyond_the_size_are_refused_before_the_last() {
    let mut reassembly = Reassembly::new(LIMIT);
    assert_eq!(offer(&mut reassembly, &chunk(2, "./T/s", Some(5), "abcde", true)), Progress::Chunk);
    let refused = offer(&mut reassembly, &chunk(2, "./T/s", None, "f", true));
    assert_eq!(refused, Progress::Refused(StatusCode::SIZE_MISMATCH));
}

#[test]
fn x_lob_04_a_new_command_before_the_end_breaks_the_object_and_is_judged_for_itself() {
    let mut reassembly = Reassembly::new(LIMIT);
    assert_eq!(offer(&mut reassembly, &chunk(2, "./T/s", Some(9), "abc", true)), Progress::Chunk);
    let intruder = chunk(3, "./T/i", None, "5", false);
    let Progress::Violation(broken) = offer(&mut reassembly, &intruder) else { panic!("not noticed") };
    let alert = broken.alert(4);
    assert_eq!((alert.code, alert.cmd_id), (Some(AlertCode::NO_END_OF_DATA), CmdId::Number(4)));
    assert_eq!(alert.items[0].target_uri(), Some("./T/s"));
    assert_eq!(offer(&mut reassembly, &intruder), Progress::Whole);
}

#[test]
fn another_command_or_source_on_the_same_target_breaks_the_object() {
    let first = chunk(2, "./T/s", Some(9), "abc", true);
    let mut add = chunk(2, "./T/s", None, "def", true);
    if let Command::Tree(add) = &mut add {
        add.verb = Verb::Add;
    }
    let mut sourced = chunk(2, "./T/s", None, "def", true);
    if let Command::Tree(sourced) = &mut sourced {
        sourced.items[0].source = Some(Location::new("./T/other"));
    }
    for intruder in [add, sourced] {
        let mut reassembly = Reassembly::new(LIMIT);
        assert_eq!(offer(&mut reassembly, &first), Progress::Chunk);
        assert!(matches!(offer(&mut reassembly, &intruder), Progress::Violation(_)));
        assert!(!reassembly.is_open());
    }
}

#[test]
fn a_container_interrupts_the_object() {
    let mut reassembly = Reassembly::new(LIMIT);
    assert_eq!(reassembly.interrupt(), None);
    assert_eq!(offer(&mut reassembly, &chunk(2, "./T/s", Some(9), "abc", true)), Progress::Chunk);
    assert_eq!(reassembly.interrupt().and_then(|broken| broken.target).as_deref(), Some("./T/s"));
    assert!(!reassembly.is_open());
}

#[test]
fn x_lob_06_an_object_over_the_limit_answers_413_at_once() {
    let mut reassembly = Reassembly::new(4000);
    let refused = offer(&mut reassembly, &chunk(2, "./T/s", Some(4001), "abc", true));
    assert_eq!(refused, Progress::Refused(StatusCode::REQUEST_ENTITY_TOO_LARGE));
    assert!(!reassembly.is_open());
    assert_eq!(offer(&mut reassembly, &chunk(2, "./T/s", Some(4000), "abc", true)), Progress::Chunk);
}

#[test]
fn x_lob_07_a_first_chunk_without_size_answers_411() {
    let mut reassembly = Reassembly::new(LIMIT);
    let refused = offer(&mut reassembly, &chunk(2, "./T/s", None, "abc", true));
    assert_eq!(refused, Progress::Refused(StatusCode::SIZE_REQUIRED));
    assert!(!reassembly.is_open());
}

#[test]
fn x_lob_14_commands_before_the_first_chunk_stand_for_themselves() {
    let mut reassembly = Reassembly::new(LIMIT);
    assert_eq!(offer(&mut reassembly, &chunk(2, "./T/i", None, "5", false)), Progress::Whole);
    assert_eq!(offer(&mut reassembly, &chunk(3, "./T/s", Some(9), "abc", true)), Progress::Chunk);
}

#[test]
fn base64_text_may_be_cut_anywhere_by_a_peer() {
    let mut reassembly = Reassembly::new(LIMIT);
    let mut first = chunk(2, "./T/b", Some(8), "Tm9", true);
    if let Command::Tree(first) = &mut first {
        first.items[0].meta = Some(Meta::with_format(Format::B64).and_size(8));
    }
    assert_eq!(offer(&mut reassembly, &first), Progress::Chunk);
    let whole = completed(offer(&mut reassembly, &chunk(2, "./T/b", None, "uY2U=", false)));
    assert_eq!(value(&whole), b"Nonce");
}

#[test]
fn debug_output_never_shows_what_was_collected() {
    let mut reassembly = Reassembly::new(LIMIT);
    assert_eq!(offer(&mut reassembly, &chunk(2, "./T/s", Some(9), "secret", true)), Progress::Chunk);
    let shown = format!("{reassembly:?}");
    assert!(shown.contains("collected: 6") && !shown.contains("secret"), "{shown}");
}

#[cfg(feature = "serde")]
#[test]
fn a_half_received_object_survives_storage() {
    let mut reassembly = Reassembly::new(LIMIT);
    assert_eq!(offer(&mut reassembly, &chunk(2, "./T/s", Some(9), "abcdef", true)), Progress::Chunk);
    let mut loaded: Reassembly = serde_json::from_str(&serde_json::to_string(&reassembly).unwrap()).unwrap();
    let whole = completed(offer(&mut loaded, &chunk(2, "./T/s", None, "ghi", false)));
    assert_eq!(whole.data, Some(Data::text("abcdefghi")));
}

#[test]
fn a_message_with_its_status_first_still_takes_a_chunk() {
    let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text("0123456789".repeat(500)));
    let mut object = Outgoing::new(&command, Syntax::Wbxml).unwrap();
    let mut message = Packager::begin(Syntax::Wbxml, &header(), Some(1000)).unwrap();
    let status = Status::new(1, MsgId::new(6), CmdId::SYNC_HDR, "SyncHdr", StatusCode::OK);
    assert_eq!(message.push(&Command::Status(status)), Ok(Pushed::Fits));
    assert_eq!(message.push_chunk(&mut object, &command, 2), Ok(Pushed::Fits));
    assert_eq!(message.finish(Finality::More).len(), 1000);
}

/// The message with one character more in its chunk.
fn with_one_more(bytes: &[u8], whole: &str, sent: usize) -> Message<'static> {
    let mut message = Message::decode(bytes).unwrap().into_owned();
    let Command::Tree(command) = &mut message.commands[0] else { panic!("a Replace") };
    let piece = whole[sent..].chars().next().unwrap();
    let item = &mut command.items[0];
    let text = format!("{}{piece}", item.data.as_ref().unwrap().as_str().unwrap());
    if sent + piece.len_utf8() == whole.len() {
        (item.more_data, message.is_final) = (false, true);
    }
    item.data = Some(Data::text(text));
    message
}

proptest! {
    #[test]
    fn no_chunk_could_hold_one_character_more(
        text in "[a-z]{0,300}[a&<>]{0,300}[é€𝄞&a]{0,200}x", max in 640_u64..1200,
    ) {
        let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text(text.clone()));
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let messages = split(&command, syntax, max);
            let mut sent = 0;
            for bytes in &messages[..messages.len() - 1] {
                sent += item(&Message::decode(bytes).unwrap().commands[0]).data.as_ref().unwrap().as_bytes().len();
                let longer = with_one_more(bytes, &text, sent);
                prop_assert!(longer.encoded_len(syntax).unwrap() as u64 > max);
            }
        }
    }

    #[test]
    fn any_text_arrives_whole_through_any_message_size(text in "\\PC{1,300}", max in 640_u64..1200) {
        let command = replace("./Vendor/Example/Blob", Format::Chr, Data::text(text.clone()));
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let messages = split(&command, syntax, max);
            prop_assert!(messages.iter().all(|bytes| bytes.len() as u64 <= max));
            prop_assert_eq!(value(&join(&messages)), text.as_bytes());
        }
    }

    #[test]
    fn any_bytes_arrive_whole_through_any_message_size(
        bytes in proptest::collection::vec(any::<u8>(), 1..600), max in 640_u64..1200,
    ) {
        let command = replace("./Vendor/Example/Blob", Format::Bin, Data::Opaque(Cow::Owned(bytes.clone())));
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let messages = split(&command, syntax, max);
            prop_assert!(messages.iter().all(|bytes| bytes.len() as u64 <= max));
            prop_assert_eq!(value(&join(&messages)), bytes.clone());
        }
    }
}
