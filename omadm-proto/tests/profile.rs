//! Strict and lenient: the rows of windows-quirks section 2 that the typed level decides.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::deviation::DeviationKind;
use omadm_proto::element::{metinf, syncml};
use omadm_proto::error::DecodeErrorKind;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::CmdId;
use omadm_proto::message::{Command, Format, Message, Status};
use omadm_proto::reading::Reading;

const HEADER: &str = "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>\
                      <Target><LocURI>d</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>";
const STATUS: &str =
    "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>";

/// What lenient reading notices in a message with `body`, after checking that strict reading refuses the first of it that
/// is no remark.
fn noticed(body: &str) -> (Message<'static>, Vec<DeviationKind>) {
    let xml = format!("<SyncML xmlns=\"SYNCML:SYNCML1.2\">{HEADER}<SyncBody>{body}<Final/></SyncBody></SyncML>");
    let read = Reading::LENIENT.message(Syntax::Xml, xml.as_bytes()).unwrap();
    let kinds: Vec<_> = read.deviations.as_slice().iter().map(|deviation| deviation.kind).collect();
    let strict = Reading::STRICT.message(Syntax::Xml, xml.as_bytes());
    match kinds.iter().find(|kind| !kind.is_remark()) {
        Some(first) => assert_eq!(strict.unwrap_err().kind, DecodeErrorKind::Deviation(*first)),
        None => assert_eq!(strict.unwrap().message, read.message),
    }
    (read.message.into_owned(), kinds)
}

fn status(message: &Message<'static>) -> Status<'static> {
    message.statuses().next().unwrap().clone()
}

macro_rules! vectors {
    ($($file:literal),* $(,)?) => { [$(($file, include_str!(concat!("vectors/", $file, ".xml")))),*] };
}

#[test]
fn the_worked_messages_are_strict_and_deviate_nowhere() {
    let vectors = vectors![
        "A1_c2s_pkg1_nocred",
        "A2_s2c_challenge",
        "A3_c2s_pkg1_cred",
        "A4_s2c_pkg2",
        "A5_c2s_pkg3",
        "A6_s2c_pkg4_end",
        "B1_s2c_atomic",
        "B2_c2s_atomic_failed",
        "C1_s2c_chunk1",
        "C2_c2s_213",
        "D1_s2c_exec",
        "D3_c2s_pkg1_alert1226",
    ];
    for (name, xml) in vectors {
        let read =
            Reading::STRICT.message(Syntax::Xml, xml.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(read.deviations.is_empty(), "{name}: {:?}", read.deviations);
        let mut wbxml = Vec::new();
        read.message.encode(Syntax::Wbxml, &mut wbxml).unwrap();
        assert!(Reading::STRICT.message(Syntax::Wbxml, &wbxml).unwrap().deviations.is_empty(), "{name}");
    }
}

#[test]
fn l1_the_version_comes_from_the_header_whatever_the_namespace_says() {
    let xml = format!("<SyncML xmlns=\"SYNCML:SYNCML1.1\">{HEADER}<SyncBody>{STATUS}</SyncBody></SyncML>");
    let read = Reading::LENIENT.message(Syntax::Xml, xml.as_bytes()).unwrap();
    assert_eq!(read.message.header.ver_dtd, "1.2");
    assert!(read.deviations.as_slice().iter().any(|deviation| deviation.kind == DeviationKind::NamespaceVersion));
}

#[test]
fn l7_children_in_another_order_are_taken_and_listed() {
    let (message, kinds) = noticed(
        "<Replace><Item><Meta><Type xmlns=\"syncml:metinf\">text/plain</Type><Format xmlns=\"syncml:metinf\">int</Format>\
         </Meta><Target><LocURI>./A</LocURI></Target></Item><CmdID>4</CmdID></Replace>",
    );
    let orders = [metinf::FORMAT, syncml::TARGET, syncml::CMD_ID].map(DeviationKind::Order);
    assert_eq!(kinds, orders);
    let Command::Tree(replace) = &message.commands[0] else { panic!() };
    assert_eq!((&replace.cmd_id, replace.items[0].target_uri()), (&CmdId::Number(4), Some("./A")));
    assert_eq!(replace.items[0].meta.as_ref().unwrap().known_format(), Some(Format::Int));
}

#[test]
fn l8_a_status_with_its_cmd_id_in_the_middle_is_taken() {
    let (message, kinds) =
        noticed("<Status><MsgRef>1</MsgRef><CmdRef>2</CmdRef><CmdID>1</CmdID><Cmd>Get</Cmd><Data>200</Data></Status>");
    assert_eq!(kinds, [DeviationKind::Order(syncml::CMD_ID)]);
    assert_eq!(status(&message).cmd_ref, CmdId::Number(2));
}

#[test]
fn l9_results_with_cmd_and_without_cmd_ref_are_taken() {
    let (message, kinds) = noticed("<Results><CmdID>1</CmdID><Cmd>Get</Cmd><Item><Data>x</Data></Item></Results>");
    let missing = DeviationKind::Missing { parent: syncml::RESULTS, child: syncml::CMD_REF };
    assert_eq!(kinds, [DeviationKind::Misplaced(syncml::CMD), missing]);
    let Command::Results(results) = &message.commands[0] else { panic!() };
    assert_eq!((results.msg_ref, &results.cmd_ref), (None, &CmdId::Absent));
}

#[test]
fn l11_a_type_directly_in_an_item_belongs_to_its_meta() {
    let (message, kinds) = noticed(
        "<Alert><CmdID>1</CmdID><Data>1226</Data><Item><Meta/><Type xmlns=\"syncml:metinf\">t</Type><Data>x</Data></Item>\
         </Alert>",
    );
    assert_eq!(kinds, [DeviationKind::Misplaced(metinf::TYPE)]);
    let Command::Alert(alert) = &message.commands[0] else { panic!() };
    assert_eq!(alert.items[0].effective_type(None), Some("t"));
}

#[test]
fn l12_the_original_error_of_windows_is_kept_and_listed() {
    let body = STATUS.replace("<Data>", "<Data xmlns:msft=\"http://x\" msft:originalerror=\"0x86000002\">");
    let (message, kinds) = noticed(&body);
    assert_eq!(kinds, [DeviationKind::UnknownAttribute]);
    assert_eq!(status(&message).original_error(), Some("0x86000002"));
}

#[test]
fn l13_l14_a_header_that_is_missing_or_empty_is_refused_in_both() {
    for head in ["", "<SyncHdr/>", "<SyncHdr></SyncHdr>"] {
        let xml = format!("<SyncML>{head}<SyncBody>{STATUS}</SyncBody></SyncML>");
        for reading in [Reading::LENIENT, Reading::STRICT] {
            assert!(reading.message(Syntax::Xml, xml.as_bytes()).is_err(), "{head}");
        }
    }
}

#[test]
fn l22_blanks_around_a_uri_are_kept_and_can_be_trimmed() {
    let get = |uri: &str| format!("<Get><CmdID>1</CmdID><Item><Target><LocURI>{uri}</LocURI></Target></Item></Get>");
    for (uri, normalised) in [(" ./A\n", "./A"), ("./ A/B", "./ A/B")] {
        let (message, kinds) = noticed(&get(uri));
        assert_eq!(kinds, [DeviationKind::UriWhiteSpace], "{uri:?}");
        let Command::Tree(get) = &message.commands[0] else { panic!() };
        let target = get.items[0].target.as_ref().unwrap();
        assert_eq!((&*target.loc_uri, target.normalised()), (uri, normalised));
    }
}

#[test]
fn l24_cmd_ids_that_are_twice_zero_text_or_falling_are_told_apart() {
    let ids = |ids: &[&str]| {
        let get =
            |id: &&str| format!("<Get><CmdID>{id}</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></Get>");
        noticed(&ids.iter().map(get).collect::<String>()).1
    };
    assert_eq!(ids(&["1", "2", "3", "7", "8", "20"]), []);
    assert_eq!(ids(&["5", "3", "4"]), [DeviationKind::CmdIdOrder, DeviationKind::CmdIdOrder]);
    assert_eq!(ids(&["1", "2", "9", "2"]), [DeviationKind::DuplicateCmdId]);
    assert_eq!(ids(&["5", "3", "3"]), [DeviationKind::CmdIdOrder, DeviationKind::DuplicateCmdId]);
    assert_eq!(ids(&["a-b", "a-b"]), [DeviationKind::CmdIdOrder, DeviationKind::DuplicateCmdId]);
    assert_eq!(ids(&["0"]), [DeviationKind::ZeroCmdId]);
}

#[test]
fn l25_a_command_without_cmd_id_is_kept_to_be_answered() {
    let (message, kinds) = noticed("<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>");
    assert_eq!(kinds, [DeviationKind::NoCmdId]);
    assert_eq!(message.commands[0].cmd_id(), &CmdId::Absent);
}

#[test]
fn l26_an_unknown_element_among_commands_is_a_command_and_elsewhere_it_is_skipped() {
    let (message, kinds) = noticed("<Odd><CmdID>1</CmdID></Odd>");
    assert_eq!((message.commands[0].name(), &kinds[..]), ("Odd", &[DeviationKind::UnknownElement][..]));
    let (_, kinds) = noticed(&STATUS.replace("<Data>", "<Odd>x</Odd><Data>"));
    assert_eq!(kinds, [DeviationKind::UnknownElement]);
}

#[test]
fn l32_a_status_for_message_0_is_taken() {
    let (message, kinds) = noticed(&STATUS.replace("<MsgRef>1", "<MsgRef>0").replace("200", "500"));
    assert_eq!(kinds, [DeviationKind::ZeroMsgRef]);
    assert_eq!((status(&message).msg_ref.unwrap().get(), status(&message).code.as_u16()), (0, 500));
}

#[test]
fn l39_a_session_id_has_36_characters_at_most() {
    let with = |id: &str| {
        let header = HEADER.replace("<SessionID>1<", &format!("<SessionID>{id}<"));
        format!("<SyncML xmlns=\"SYNCML:SYNCML1.2\">{header}<SyncBody>{STATUS}</SyncBody></SyncML>")
    };
    let guid = with(&"g".repeat(36));
    let read = Reading::LENIENT.message(Syntax::Xml, guid.as_bytes()).unwrap();
    assert_eq!(read.deviations.as_slice()[0].kind, DeviationKind::LongSessionId);
    assert!(Reading::STRICT.message(Syntax::Xml, guid.as_bytes()).is_err());
    assert!(Reading::LENIENT.message(Syntax::Xml, with(&"g".repeat(37)).as_bytes()).is_err());
    assert!(Reading::STRICT.message(Syntax::Xml, with("1234").as_bytes()).unwrap().deviations.is_empty());
}

#[test]
fn what_management_does_not_use_is_a_remark() {
    let (_, kinds) = noticed(
        "<Delete><CmdID>1</CmdID><Archive/><Item><Target><LocURI>./A</LocURI></Target></Item></Delete>\
         <Put><CmdID>2</CmdID><Item/></Put>",
    );
    assert_eq!(kinds, [DeviationKind::NotUsed(syncml::ARCHIVE), DeviationKind::NotUsed(syncml::PUT)]);
}

#[test]
fn an_element_that_occurs_twice_counts_the_last_time() {
    let (message, kinds) = noticed(&STATUS.replace("<Data>", "<Data>404</Data><Data>"));
    assert_eq!(kinds, [DeviationKind::Repeated(syncml::DATA)]);
    assert_eq!(status(&message).code.as_u16(), 200);
}
