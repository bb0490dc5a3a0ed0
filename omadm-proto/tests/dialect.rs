//! What is refused before it is sent, and how messages are spelled for each kind of peer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and has a standard library"
)]
#![cfg(all(feature = "xml", feature = "wbxml"))]

use omadm_proto::alert::AlertCode;
use omadm_proto::dialect::{Dialect, DialectError, Place, Rule, UriFault, check};
use omadm_proto::element::syncml;
use omadm_proto::encode::{Finality, Form, MessageWriter};
use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{
    Alert, Command, Container, Data, Format, Item, Location, Message, Meta, MetaFormat, Results, Status, SyncHdr,
    TreeCommand, UnknownCommand, Verb,
};
use omadm_proto::packager::{Packager, Pushed};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

const WINDOWS_XML: Form = Form { syntax: Syntax::Xml, dialect: Dialect::Windows };

fn header(version: DmVersion) -> SyncHdr<'static> {
    let target = Location::new("0123456789ABCDEF0123456789ABCDEF");
    SyncHdr::new(version, "1", MsgId::FIRST, target, Location::new("https://mdm.example.net/omadm"))
}

fn message_of(version: DmVersion, commands: Vec<Command<'static>>) -> Message<'static> {
    let mut message = Message::new(header(version));
    (message.commands, message.is_final) = (commands, true);
    message
}

fn message(commands: Vec<Command<'static>>) -> Message<'static> {
    message_of(DmVersion::V1_2, commands)
}

fn sync_hdr_status() -> Command<'static> {
    Command::Status(Status::new(1, MsgId::FIRST, CmdId::SYNC_HDR, "SyncHdr", StatusCode::OK))
}

fn tree(verb: Verb, cmd_id: impl Into<CmdId<'static>>, uri: &'static str) -> Command<'static> {
    Command::Tree(TreeCommand::new(verb, cmd_id, vec![Item::target(uri)]))
}

fn get(cmd_id: u32, uri: &'static str) -> Command<'static> {
    tree(Verb::Get, cmd_id, uri)
}

fn atomic(cmd_id: u32, commands: Vec<Command<'static>>) -> Command<'static> {
    Command::Atomic(Container::new(cmd_id, commands))
}

fn replace_with(meta: Meta<'static>) -> Command<'static> {
    let item = Item::target("./Vendor/Example/Leaf").with_meta(meta).with_data(Data::text("1"));
    Command::Tree(TreeCommand::new(Verb::Replace, 2, vec![item]))
}

/// The rules that a message of these commands breaks, for an OMA peer and for Windows.
fn rules(commands: Vec<Command<'static>>) -> [Vec<Rule>; 2] {
    let message = message(commands);
    [Dialect::Oma, Dialect::Windows]
        .map(|dialect| check(&message, dialect).iter().map(|violation| violation.rule).collect())
}

/// That both kinds of peers refuse it for `rule` alone.
fn assert_both(commands: Vec<Command<'static>>, rule: Rule) {
    assert_eq!(rules(commands), [vec![rule], vec![rule]]);
}

/// That only Windows refuses it.
fn assert_windows(commands: Vec<Command<'static>>, rule: Rule) {
    assert_eq!(rules(commands), [vec![], vec![rule]]);
}

#[test]
fn a_message_by_the_rules_is_written_as_encode_writes_it() {
    let message = message(vec![
        sync_hdr_status(),
        Command::Sequence(Container::new(2, vec![get(3, "./DevInfo/Man"), tree(Verb::Delete, 4, "./Vendor/x%20y")])),
        atomic(5, vec![tree(Verb::Add, 6, "./Device/Vendor/MSFT/A"), tree(Verb::Replace, 7, "./Device/Vendor/MSFT/B")]),
        get(8, "./DevInfo?list=StructData"),
        get(9, "."),
        get(10, "./Vendor/ü€𝄞"),
    ]);
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        for dialect in [Dialect::Oma, Dialect::Windows] {
            let (mut checked, mut plain) = (b"before".to_vec(), b"before".to_vec());
            message.encode_for(dialect, syntax, &mut checked).unwrap();
            message.encode(Form { syntax, dialect }, &mut plain).unwrap();
            assert_eq!(checked, plain);
            assert_eq!(Message::decode(&checked[6..]).unwrap(), message);
        }
    }
}

#[test]
fn windows_gets_xml_without_declaration_and_one_namespace() {
    let mut out = Vec::new();
    message(vec![get(2, "./DevInfo/Man")]).encode_for(Dialect::Windows, Syntax::Xml, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with(
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1<"
    ));
    assert!(text.ends_with("</Get><Final/></SyncBody></SyncML>"));
}

#[test]
fn windows_gets_element_content_escaped_so_that_neither_cdata_nor_comments_reach_it() {
    let xml = "<enabled/><!-- on --><data><![CDATA[<x>]]></data>";
    let item = Item::target("./Vendor/MSFT/Policy/Config/A/B").with_data(Data::Xml(xml.into()));
    let message = message(vec![Command::Tree(TreeCommand::new(Verb::Replace, 2, vec![item]))]);
    let mut out = Vec::new();
    message.encode_for(Dialect::Windows, Syntax::Xml, &mut out).unwrap();
    let text = core::str::from_utf8(&out).unwrap();
    assert!(text.contains(
        "<Data>&lt;enabled/&gt;&lt;!-- on --&gt;&lt;data&gt;&lt;![CDATA[&lt;x&gt;]]&gt;&lt;/data&gt;</Data>"
    ));
    assert_eq!(Message::decode(&out).unwrap(), message);
    assert_eq!(message.encoded_len(WINDOWS_XML), Ok(out.len()));
}

#[test]
fn each_meta_element_names_its_namespace() {
    let mut out = Vec::new();
    let command = replace_with(Meta::with_format(Format::Int).and_type("text/plain"));
    message(vec![command]).encode_for(Dialect::Windows, Syntax::Xml, &mut out).unwrap();
    let text = core::str::from_utf8(&out).unwrap();
    assert!(text.contains(
        "<Meta><Format xmlns=\"syncml:metinf\">int</Format><Type xmlns=\"syncml:metinf\">text/plain</Type></Meta>"
    ));
}

#[test]
fn a_message_writer_and_a_packager_write_the_dialect_into_a_buffer_that_served_before() {
    let mut whole = Vec::new();
    message(vec![get(2, "./DevInfo/Man")]).encode(WINDOWS_XML, &mut whole).unwrap();
    let mut buffer = b"earlier".to_vec();
    let mut writer = MessageWriter::begin_in(&mut buffer, WINDOWS_XML, &header(DmVersion::V1_2)).unwrap();
    assert!(buffer.is_empty());
    writer.command(&get(2, "./DevInfo/Man")).unwrap();
    assert_eq!(writer.written_len() + writer.closing_len(Finality::Final), whole.len());
    assert_eq!(writer.finish(Finality::Final), [b"earlier", whole.as_slice()].concat());

    let mut buffer = b"earlier".to_vec();
    let limit = Some(whole.len() as u64);
    let mut packager = Packager::begin_in(&mut buffer, WINDOWS_XML, &header(DmVersion::V1_2), limit).unwrap();
    assert_eq!(packager.push(&get(2, "./DevInfo/Man")), Ok(Pushed::Fits));
    assert_eq!(packager.remaining(), 0);
    assert_eq!(packager.finish(Finality::Final), [b"earlier", whole.as_slice()].concat());
}

#[test]
fn a_header_that_cannot_be_written_leaves_the_buffer_as_it_was() {
    let mut broken = header(DmVersion::V1_2);
    broken.session_id = "\u{1}".into();
    let mut buffer = b"earlier".to_vec();
    let refused = MessageWriter::begin_in(&mut buffer, Syntax::Xml, &broken).unwrap_err();
    assert_eq!(refused, EncodeError::Character);
    assert_eq!(buffer, b"earlier");
    Packager::begin_in(&mut buffer, Syntax::Xml, &header(DmVersion::V1_2), Some(10)).unwrap_err();
    assert_eq!(buffer, b"earlier");
}

#[test]
fn what_a_peer_will_not_understand_is_an_error_that_tells_command_rule_and_remedy() {
    let refused = message(vec![sync_hdr_status(), atomic(2, vec![get(3, "./DevInfo/Man")])]);
    let mut out = b"before".to_vec();
    let error = refused.encode_for(Dialect::Windows, Syntax::Wbxml, &mut out).unwrap_err();
    assert_eq!(out, b"before");
    let DialectError::Violation(violation) = error else { panic!("{error}") };
    assert_eq!(violation.place, Place::command(2, Some(3)));
    assert_eq!((violation.rule, violation.rule.row()), (Rule::AtomicChild, "W8"));
    assert_eq!(violation.rule.reaction(), "it answers the command 500 and the Atomic 507");
    assert_eq!(error.to_string(), "command 2 (CmdID 3): it may not stand in an Atomic [W8]; move it out of the Atomic");
}

#[test]
fn what_the_syntax_cannot_carry_is_an_error_of_the_syntax() {
    let mut message = message(vec![get(2, "./DevInfo/Man")]);
    message.header.target.loc_uri = "\u{1}".into();
    let refused = message.encode_for(Dialect::Oma, Syntax::Xml, &mut Vec::new()).unwrap_err();
    assert_eq!(refused, DialectError::Encode(EncodeError::Character));
}

#[test]
fn w1_windows_takes_version_1_2_alone() {
    for (version, rules) in [
        (DmVersion::V1_1, vec![Rule::WindowsVersion]),
        (DmVersion::V1_2, vec![]),
        (DmVersion::V1_3, vec![Rule::WindowsVersion]),
    ] {
        let message = message_of(version, vec![get(2, "./DevInfo/Man")]);
        let of = |dialect| check(&message, dialect).iter().map(|found| found.rule).collect::<Vec<_>>();
        assert_eq!(of(Dialect::Windows), rules);
        assert_eq!(of(Dialect::Oma), []);
    }
    let mut message = message(vec![get(2, "./DevInfo/Man")]);
    message.header.ver_proto = "DM/2.0".into();
    assert_eq!(check(&message, Dialect::Oma)[0].rule, Rule::Version);
}

#[test]
fn the_header_has_a_session_a_number_and_two_ends() {
    let mut message = message(vec![get(2, "./DevInfo/Man")]);
    message.header.session_id = "".into();
    message.header.msg_id = MsgId::new(0);
    message.header.source = Location::new("");
    message.header.no_resp = true;
    let found = check(&message, Dialect::Oma);
    assert!(found.iter().all(|violation| violation.place == Place::Message));
    let rules: Vec<_> = found.iter().map(|violation| violation.rule).collect();
    assert_eq!(rules, [Rule::SessionId, Rule::MsgId, Rule::Nobody, Rule::NotUsed(syncml::NO_RESP)]);
}

#[test]
fn a_message_without_commands_is_refused() {
    assert_both(vec![], Rule::NoCommands);
}

#[test]
fn w3_cmd_ids_are_there_unique_and_not_zero_inside_containers_too() {
    assert_both(vec![tree(Verb::Get, CmdId::Absent, "./A")], Rule::NoCmdId);
    assert_both(vec![get(0, "./A")], Rule::ZeroCmdId);
    assert_both(vec![get(2, "./A"), atomic(3, vec![tree(Verb::Add, 2, "./B")])], Rule::DuplicateCmdId);
    assert_both(vec![get(3, "./A"), get(2, "./A"), get(3, "./A")], Rule::DuplicateCmdId);
    assert_windows(vec![tree(Verb::Get, CmdId::Text("a-1".into()), "./A")], Rule::TextCmdId);
}

#[test]
fn w5_a_loc_uri_names_a_node() {
    for (uri, fault) in [
        ("", UriFault::Empty),
        ("?prop=Type", UriFault::Empty),
        ("/DevInfo", UriFault::LeadingSlash),
        ("./DevInfo/", UriFault::TrailingSlash),
        ("./", UriFault::TrailingSlash),
        ("./DevInfo//Man", UriFault::EmptyName),
        ("./DevInfo/./Man", UriFault::Dot),
        ("./DevInfo/../Man", UriFault::Dot),
        ("../Man", UriFault::Dot),
        ("./DevInfo/*", UriFault::Asterisk),
        ("./ DevInfo", UriFault::Character(' ')),
        ("./Vendor/{1}", UriFault::Character('{')),
        ("./Vendor/100%", UriFault::Percent),
        ("./Vendor/%2", UriFault::Percent),
        ("./Vendor/%zz/x", UriFault::Percent),
    ] {
        assert_both(vec![get(2, uri)], Rule::Uri(fault));
    }
    for uri in [".", "./DevInfo", "DevInfo/Man", "./DevInfo/Man?prop=Type", "./x?list=TNDS+ACL", "./a.b/%7B1%7D*"] {
        assert_eq!(rules(vec![get(2, uri)]), [vec![], vec![]], "{uri}");
    }
}

#[test]
fn a_violation_in_an_item_tells_which() {
    let items = vec![Item::target("./DevInfo/Man"), Item::target("/DevInfo/Mod")];
    let message = message(vec![Command::Tree(TreeCommand::new(Verb::Get, 7, items))]);
    let found = check(&message, Dialect::Oma);
    assert_eq!(
        found[0].to_string(),
        "command 0 (CmdID 7), Item 1: the LocURI begins with / [W5]; write names joined by /, other characters as %HH"
    );
}

#[test]
fn every_item_says_what_it_is_about() {
    assert_both(vec![Command::Tree(TreeCommand::new(Verb::Get, 2, vec![]))], Rule::Missing(syncml::ITEM));
    assert_both(vec![Command::Tree(TreeCommand::new(Verb::Get, 2, vec![Item::source("./A")]))], Rule::NoAddress);
    assert_both(vec![tree(Verb::Copy, 2, "./A")], Rule::NoAddress);
    let two = vec![Item::target("./A"), Item::target("./B")];
    assert_both(vec![Command::Tree(TreeCommand::new(Verb::Exec, 2, two))], Rule::ItemsOfExec);
    let dev_info = TreeCommand::new(Verb::Replace, 2, vec![Item::source("./DevInfo/Man").with_data(Data::text("x"))]);
    assert_eq!(rules(vec![Command::Tree(dev_info)]), [vec![], vec![]]);
}

#[test]
fn w6_a_format_is_one_of_the_eleven() {
    let mut meta = Meta::default();
    meta.format = Some(MetaFormat::Other("string".into()));
    assert_both(vec![replace_with(meta)], Rule::Format);
    for format in Format::ALL {
        assert_eq!(rules(vec![replace_with(Meta::with_format(format))]), [vec![], vec![]]);
    }
}

#[test]
fn x_atm_05_w8_an_atomic_holds_no_get_no_exec_and_no_container() {
    assert_both(vec![atomic(2, vec![get(3, "./A")])], Rule::AtomicChild);
    assert_both(vec![atomic(2, vec![tree(Verb::Exec, 3, "./A")])], Rule::AtomicChild);
    assert_both(vec![atomic(2, vec![atomic(3, vec![tree(Verb::Add, 4, "./A")])])], Rule::AtomicChild);
    let sequence = Command::Sequence(Container::new(3, vec![tree(Verb::Add, 4, "./A")]));
    assert_both(vec![atomic(2, vec![sequence])], Rule::AtomicChild);
    assert_both(vec![atomic(2, vec![])], Rule::EmptyContainer);
    let legal = vec![tree(Verb::Add, 3, "./A"), tree(Verb::Replace, 4, "./B"), tree(Verb::Delete, 5, "./C")];
    assert_eq!(rules(vec![atomic(2, legal)]), [vec![], vec![]]);
}

#[test]
fn w8_an_atomic_for_windows_replaces_no_node_that_it_adds() {
    let add = || tree(Verb::Add, 3, "./Device/A");
    assert_windows(vec![atomic(2, vec![add(), tree(Verb::Replace, 4, "./Device/A")])], Rule::AddThenReplace);
    assert_eq!(rules(vec![atomic(2, vec![add(), tree(Verb::Replace, 4, "./Device/B")])]), [vec![], vec![]]);
    assert_eq!(rules(vec![add(), tree(Verb::Replace, 4, "./Device/A")]), [vec![], vec![]]);
}

#[test]
fn w9_an_atomic_for_windows_is_for_the_device_or_for_a_user() {
    let user = || tree(Verb::Replace, 4, "./User/Vendor/MSFT/B");
    for device in ["./Device/Vendor/MSFT/A", "./Vendor/MSFT/A"] {
        assert_windows(vec![atomic(2, vec![tree(Verb::Replace, 3, device), user()])], Rule::MixedScopes);
        assert_eq!(rules(vec![atomic(2, vec![tree(Verb::Replace, 3, device)]), user()])[1], []);
    }
}

#[test]
fn a_sequence_holds_no_sequence_and_no_answer() {
    let sequence = |commands| Command::Sequence(Container::new(9, commands));
    let inner = Command::Sequence(Container::new(2, vec![get(3, "./A")]));
    assert_both(vec![sequence(vec![inner])], Rule::SequenceChild);
    assert_both(vec![sequence(vec![sync_hdr_status()])], Rule::SequenceChild);
    assert_eq!(rules(vec![sequence(vec![atomic(2, vec![tree(Verb::Add, 3, "./A")])])]), [vec![], vec![]]);
}

#[test]
fn x_sta_w10_the_first_status_answers_the_header() {
    let other = |cmd_id| Command::Status(Status::new(cmd_id, MsgId::FIRST, CmdId::Number(2), "Get", StatusCode::OK));
    assert_both(vec![other(2), sync_hdr_status()], Rule::StatusOrder);
    assert_eq!(rules(vec![sync_hdr_status(), other(2), other(3)]), [vec![], vec![]]);
}

#[test]
fn answers_name_what_they_answer() {
    let mut status = Status::new(1, MsgId::FIRST, CmdId::SYNC_HDR, "SyncHdr", StatusCode::OK);
    status.msg_ref = None;
    assert_both(vec![Command::Status(status)], Rule::Missing(syncml::MSG_REF));
    let mut results = Results::new(2, MsgId::FIRST, CmdId::Absent, vec![Item::source("./A")]);
    results.msg_ref = None;
    let missing = vec![Rule::Missing(syncml::MSG_REF), Rule::Missing(syncml::CMD_REF)];
    assert_eq!(rules(vec![Command::Results(results)]), [missing.clone(), missing]);
}

#[test]
fn alerts_have_a_code_and_windows_shows_none_to_its_user() {
    let mut alert = Alert::new(2, AlertCode::GENERIC_ALERT, vec![]);
    alert.code = None;
    assert_both(vec![Command::Alert(alert)], Rule::Missing(syncml::DATA));
    let display = Alert::new(2, AlertCode::from_u16(1100), vec![]);
    assert_windows(vec![Command::Alert(display)], Rule::UserAlert);
}

#[test]
fn a_correlator_belongs_to_exec_and_windows_has_none() {
    let command = |verb| {
        let mut command = TreeCommand::new(verb, 2, vec![Item::target("./A")]);
        command.correlator = Some("c1".into());
        vec![Command::Tree(command)]
    };
    assert_windows(command(Verb::Exec), Rule::WindowsCorrelator);
    assert_eq!(rules(command(Verb::Get)), [vec![Rule::Correlator], vec![Rule::Correlator, Rule::WindowsCorrelator]]);
}

#[test]
fn what_device_management_does_not_use_is_refused() {
    let unknown = Command::Unknown(UnknownCommand::new("Map", CmdId::Number(2)));
    assert_both(vec![unknown], Rule::UnknownCommand);
    let mut command = TreeCommand::new(Verb::Get, 2, vec![Item::target("./A")]);
    command.no_resp = true;
    assert_both(vec![Command::Tree(command)], Rule::NotUsed(syncml::NO_RESP));
}

#[test]
fn version_1_1_has_neither_correlators_nor_generic_alerts_nor_dates() {
    let rules = |command| {
        let message = message_of(DmVersion::V1_1, vec![command]);
        check(&message, Dialect::Oma).iter().map(|found| found.rule).collect::<Vec<_>>()
    };
    let mut exec = TreeCommand::new(Verb::Exec, 2, vec![Item::target("./A")]);
    exec.correlator = Some("c1".into());
    assert_eq!(rules(Command::Tree(exec)), [Rule::SinceVersion12(syncml::CORRELATOR)]);
    assert_eq!(rules(Command::Alert(Alert::new(2, AlertCode::GENERIC_ALERT, vec![]))), [Rule::AlertSinceVersion12]);
    for format in [Format::Date, Format::Time, Format::Float] {
        assert_eq!(rules(replace_with(Meta::with_format(format))), [Rule::FormatSinceVersion12(format)]);
    }
    assert_eq!(rules(replace_with(Meta::with_format(Format::Xml))), []);
}

#[test]
fn a_chunk_is_the_last_thing_of_a_message_that_is_not_final() {
    let chunk = |cmd_id: u32| {
        let mut item = Item::target("./A").with_data(Data::text("x"));
        item.more_data = true;
        Command::Tree(TreeCommand::new(Verb::Replace, cmd_id, vec![item]))
    };
    let rules = |commands, is_final| {
        let mut message = message(commands);
        message.is_final = is_final;
        check(&message, Dialect::Oma).iter().map(|found| found.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(vec![get(2, "./B"), chunk(3)], false), []);
    assert_eq!(rules(vec![chunk(3)], true), [Rule::FinalBehindMoreData]);
    assert_eq!(rules(vec![chunk(3), get(4, "./B")], false), [Rule::MoreDataNotLast]);
    assert_eq!(rules(vec![atomic(2, vec![chunk(3)])], false), [Rule::MoreDataInContainer]);
    let mut for_windows = message(vec![chunk(3)]);
    for_windows.is_final = false;
    assert_eq!(check(&for_windows, Dialect::Windows)[0].rule, Rule::LargeObject);
}
