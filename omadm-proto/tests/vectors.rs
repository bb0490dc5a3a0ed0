//! The worked messages: their content, their exact bytes, and both syntaxes.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::alert::AlertCode;
use omadm_proto::element::EventSource as _;
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::limits::Limits;
use omadm_proto::message::{Alert, Command, Data, Format, Message, Results, Status, TreeCommand, Verb};
use omadm_proto::reading::Reading;
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use omadm_proto::wbxml::Reader;

macro_rules! vectors {
    ($($name:ident $file:literal),* $(,)?) => {
        $(const $name: &str = include_str!(concat!("vectors/", $file, ".xml"));)*
        const EVERY: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

vectors! {
    A1 "A1_c2s_pkg1_nocred",
    A2 "A2_s2c_challenge",
    A3 "A3_c2s_pkg1_cred",
    A4 "A4_s2c_pkg2",
    A5 "A5_c2s_pkg3",
    A6 "A6_s2c_pkg4_end",
    B1 "B1_s2c_atomic",
    B2 "B2_c2s_atomic_failed",
    C1 "C1_s2c_chunk1",
    C2 "C2_c2s_213",
    C3 "C3_s2c_chunk2",
    C4 "C4_c2s_done",
    D1 "D1_s2c_exec",
    D2 "D2_c2s_202",
    D3 "D3_c2s_pkg1_alert1226",
    E1 "E1_bootstrap_xml_view",
}

fn decode(xml: &str) -> Message<'_> {
    Message::decode(xml.as_bytes()).unwrap()
}

fn encode(message: &Message<'_>, syntax: Syntax) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(syntax, &mut out).unwrap();
    assert_eq!(message.encoded_len(syntax), Ok(out.len()));
    out
}

fn tree<'m, 'a>(command: &'m Command<'a>) -> &'m TreeCommand<'a> {
    let Command::Tree(command) = command else { panic!("{} is no tree command", command.name()) };
    command
}

fn status<'m, 'a>(command: &'m Command<'a>) -> &'m Status<'a> {
    let Command::Status(status) = command else { panic!("{} is no Status", command.name()) };
    status
}

fn alert<'m, 'a>(command: &'m Command<'a>) -> &'m Alert<'a> {
    let Command::Alert(alert) = command else { panic!("{} is no Alert", command.name()) };
    alert
}

/// MsgRef, CmdRef, Cmd and code of every Status.
fn statuses(message: &Message<'_>) -> Vec<(u32, String, String, u16)> {
    let row = |status: &Status<'_>| {
        (status.msg_ref.unwrap().get(), status.cmd_ref.to_string(), status.cmd.to_string(), status.code.as_u16())
    };
    message.statuses().map(row).collect()
}

fn rows(expected: &[(u32, &str, &str, u16)]) -> Vec<(u32, String, String, u16)> {
    expected.iter().map(|row| (row.0, row.1.to_string(), row.2.to_string(), row.3)).collect()
}

#[test]
fn every_vector_is_reproduced_byte_for_byte() {
    for (name, xml) in EVERY {
        // The bootstrap message uses CDATA, which is never written.
        if !name.starts_with("E1") {
            assert_eq!(String::from_utf8(encode(&decode(xml), Syntax::Xml)).unwrap(), *xml, "{name}");
        }
    }
}

#[test]
fn x_enc_01_an_xml_message_survives_parse_print_parse() {
    for (name, xml) in EVERY {
        let message = decode(xml);
        let printed = encode(&message, Syntax::Xml);
        assert_eq!(Message::decode(&printed).unwrap(), message, "{name}");
        let text = String::from_utf8(printed).unwrap();
        assert!(text.contains("<SyncML xmlns=\"SYNCML:SYNCML1.2\">"), "{name}");
        for element in ["Format", "Type", "Size", "NextNonce", "MaxMsgSize", "MaxObjSize", "Mark"] {
            assert!(!text.contains(&format!("<{element}>")), "{name}: {element} without namespace");
        }
    }
}

#[test]
fn x_enc_02_xml_and_wbxml_are_two_spellings_of_one_message() {
    for (name, xml) in EVERY {
        let message = decode(xml);
        let wbxml = encode(&message, Syntax::Wbxml);
        assert!(wbxml.starts_with(b"\x02\xA4\x01\x6A\x00\x6D\x6C"), "{name}");
        assert_eq!(Message::decode(&wbxml).unwrap(), message, "{name}");
        let a2_chal = b"\x49\x5A\x00\x01\x47\x03b64\x00\x01\x53\x03syncml:auth-md5\x00\x01\x50";
        if name.starts_with("A2") {
            assert!(wbxml.windows(a2_chal.len()).any(|window| window == a2_chal), "{name}");
            let data = b"==\x00\x01\x01\x01\x00\x00\x4F\x03407\x00\x01";
            assert!(wbxml.windows(data.len()).any(|window| window == data), "{name}");
        }
    }
}

fn drain(mut reader: Reader<'_>) -> Result<(), DecodeError> {
    while reader.next_event()?.is_some() {}
    Ok(())
}

#[test]
fn any_cut_and_any_trailing_byte_is_an_error() {
    for (name, xml) in EVERY {
        for bytes in [encode(&decode(xml), Syntax::Xml), encode(&decode(xml), Syntax::Wbxml)] {
            for cut in 0..bytes.len() {
                let syntax = Syntax::sniff(&bytes);
                assert!(Message::decode_as(syntax, &bytes[..cut], &Limits::DEFAULT).is_err(), "{name} cut at {cut}");
            }
            for trailing in [0x01, b'x', b'<', 0xFF] {
                let longer = [&bytes[..], &[trailing]].concat();
                let read = match Syntax::sniff(&bytes) {
                    Syntax::Wbxml => drain(Reader::with(&longer, &Reading::STRICT).unwrap()),
                    Syntax::Xml => Message::decode(&longer).map(drop),
                };
                assert!(read.is_err(), "{name} with {trailing:02X} behind it");
            }
        }
    }
}

#[test]
fn a1_is_a_first_package_without_credentials() {
    let message = decode(A1);
    let header = &message.header;
    assert_eq!(header.version(), Some(DmVersion::V1_2));
    assert_eq!((&*header.session_id, header.msg_id), ("A7", MsgId::FIRST));
    assert_eq!(header.target.loc_uri, "https://dm.example.net/omadm");
    assert_eq!(header.source.loc_uri, "urn:imei:004999010640000");
    assert_eq!(header.source.loc_name(), Some("device01"));
    let meta = header.meta.as_ref().unwrap();
    assert_eq!((meta.max_msg_size(), meta.max_obj_size()), (Some(16384), Some(1_048_576)));
    assert_eq!(header.cred, None);
    assert_eq!(message.commands.len(), 2);
    assert_eq!(alert(&message.commands[0]).code, Some(AlertCode::from_u16(1200)));
    let replace = tree(&message.commands[1]);
    assert_eq!((replace.verb, &replace.cmd_id), (Verb::Replace, &CmdId::Number(2)));
    let leaves: Vec<_> = replace
        .items
        .iter()
        .map(|item| (item.source_uri().unwrap(), item.data.as_ref().unwrap().as_str().unwrap()))
        .collect();
    assert_eq!(
        leaves,
        [
            ("./DevInfo/DevId", "urn:imei:004999010640000"),
            ("./DevInfo/Man", "ExampleCorp"),
            ("./DevInfo/Mod", "GW-1"),
            ("./DevInfo/DmV", "1.2.1"),
            ("./DevInfo/Lang", "en-US"),
        ]
    );
    assert!(message.is_final);
}

#[test]
fn a2_is_a_challenge() {
    let message = decode(A2);
    let first = status(&message.commands[0]);
    assert!(first.is_for_sync_hdr());
    assert_eq!(*first.target_refs, ["https://dm.example.net/omadm"]);
    assert_eq!(first.source_refs(), ["urn:imei:004999010640000"]);
    let meta = &first.chal().unwrap().meta;
    assert_eq!(meta.known_format(), Some(Format::B64));
    assert_eq!(meta.type_name.as_deref(), Some("syncml:auth-md5"));
    assert_eq!(meta.next_nonce(), Some(&Data::text("bm9uY2UtZm9yLWNsaWVudA==")));
    assert_eq!(statuses(&message), rows(&[(1, "0", "SyncHdr", 407), (1, "1", "Alert", 407), (1, "2", "Replace", 407)]));
}

#[test]
fn a3_carries_credentials() {
    let message = decode(A3);
    let cred = message.header.cred.as_ref().unwrap();
    assert_eq!(cred.meta.as_ref().unwrap().type_name.as_deref(), Some("syncml:auth-md5"));
    assert_eq!(cred.data, Data::text("pCTpPG/Fscbs5nxC2Ish2w=="));
    assert_eq!(statuses(&message), rows(&[(1, "0", "SyncHdr", 407)]));
    assert_eq!(message.commands.iter().map(Command::name).collect::<Vec<_>>(), ["Status", "Alert", "Replace"]);
}

#[test]
fn a4_holds_a_sequence_of_get_and_replace() {
    let message = decode(A4);
    let Some(Command::Sequence(sequence)) = message.commands.last() else { panic!("no Sequence") };
    assert_eq!(sequence.cmd_id, CmdId::Number(4));
    let get = tree(&sequence.commands[0]);
    let uris: Vec<_> = get.items.iter().filter_map(|item| item.target_uri()).collect();
    assert_eq!((get.verb, uris), (Verb::Get, vec!["./DevDetail/FwV", "./DevDetail?list=Struct"]));
    let replace = tree(&sequence.commands[1]);
    let item = &replace.items[0];
    assert_eq!(item.target_uri(), Some("./Vendor/Example/Interval"));
    assert_eq!(item.effective_type(None), Some("text/plain"));
    assert_eq!(item.meta.as_ref().unwrap().known_format(), Some(Format::Int));
    assert_eq!(item.data, Some(Data::text("300")));
}

#[test]
fn a5_answers_with_statuses_and_results() {
    let message = decode(A5);
    let expected = [
        (2, "0", "SyncHdr", 212),
        (2, "4", "Sequence", 200),
        (2, "5", "Get", 200),
        (2, "5", "Get", 406),
        (2, "6", "Replace", 200),
    ];
    assert_eq!(statuses(&message), rows(&expected));
    let Some(Command::Results(Results { msg_ref, cmd_ref, items, .. })) = message.commands.last() else { panic!() };
    assert_eq!((msg_ref.unwrap().get(), cmd_ref), (2, &CmdId::Number(5)));
    assert_eq!((items[0].source_uri(), &items[0].data), (Some("./DevDetail/FwV"), &Some(Data::text("4.2.0"))));
}

#[test]
fn a6_is_a_status_and_nothing_else() {
    let message = decode(A6);
    assert_eq!((message.commands.len(), message.is_final), (1, true));
    assert_eq!(status(&message.commands[0]).code.as_u16(), 200);
}

#[test]
fn b1_and_b2_are_an_atomic_and_its_failure() {
    let message = decode(B1);
    let Command::Atomic(atomic) = &message.commands[1] else { panic!("no Atomic") };
    let content: Vec<_> = atomic.commands.iter().map(|command| (command.name(), command.target().unwrap())).collect();
    assert_eq!(
        content,
        [
            ("Replace", "./Vendor/Example/A"),
            ("Replace", "./Vendor/Example/Missing"),
            ("Delete", "./Vendor/Example/Old")
        ]
    );
    let expected = [
        (4, "0", "SyncHdr", 200),
        (4, "2", "Atomic", 507),
        (4, "3", "Replace", 216),
        (4, "4", "Replace", 404),
        (4, "5", "Delete", 215),
    ];
    assert_eq!(statuses(&decode(B2)), rows(&expected));
}

#[test]
fn c_sends_an_object_in_two_chunks() {
    let (first, last) = (decode(C1), decode(C3));
    assert!(!first.is_final && last.is_final);
    let item = &tree(first.commands.last().unwrap()).items[0];
    assert_eq!((item.meta.as_ref().unwrap().size, item.more_data), (Some(10), true));
    assert_eq!(item.data, Some(Data::text("012345")));
    let item = &tree(last.commands.last().unwrap()).items[0];
    assert_eq!((item.meta.as_ref().unwrap().size, item.more_data), (None, false));
    assert_eq!(item.data, Some(Data::text("6789")));
    let answer = decode(C2);
    assert_eq!(status(&answer.commands[1]).code, StatusCode::CHUNKED_ITEM_ACCEPTED);
    assert_eq!(alert(&answer.commands[2]).code, Some(AlertCode::from_u16(1222)));
    assert_eq!(statuses(&decode(C4)).last().unwrap().3, 200);
}

#[test]
fn d_finishes_an_exec_with_a_generic_alert() {
    let exec = decode(D1);
    let exec = tree(&exec.commands[1]);
    assert_eq!((exec.verb, exec.correlator.as_deref()), (Verb::Exec, Some("job-77")));
    assert_eq!(exec.items[0].target_uri(), Some("./FUMO/Pkg1/DownloadAndUpdate"));
    assert_eq!(statuses(&decode(D2)), rows(&[(8, "0", "SyncHdr", 200), (8, "2", "Exec", 202)]));
    let later = decode(D3);
    let done = alert(later.commands.last().unwrap());
    assert_eq!((done.code, done.correlator.as_deref()), (Some(AlertCode::from_u16(1226)), Some("job-77")));
    let item = &done.items[0];
    let meta = item.meta.as_ref().unwrap();
    assert_eq!(item.source_uri(), Some("./FUMO/Pkg1"));
    assert_eq!(meta.type_name.as_deref(), Some("org.openmobilealliance.dm.firmwareupdate.downloadandupdate"));
    assert_eq!((meta.mark(), &item.data), (Some("informational"), &Some(Data::text("200"))));
}

#[test]
fn e1_holds_a_serialized_tree_as_text() {
    let message = decode(E1);
    let add = tree(&message.commands[0]);
    assert_eq!(add.items[0].effective_type(None), Some("application/vnd.syncml.dmtnds+xml"));
    let Some(Data::Text(text)) = &add.items[0].data else { panic!("no text") };
    assert!(
        text.starts_with("<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>acc1</NodeName>")
    );
    assert!(text.contains("<ACL>Get=dm.example.net&amp;Replace=dm.example.net&amp;Delete=dm.example.net</ACL>"));
    assert!(text.ends_with("</Node></MgmtTree>"));
}

#[test]
fn x_enc_19_the_repaired_wbxml_example_of_syncml_1_1_equals_its_xml() {
    let hex = include_str!("vectors/ds11-example-corrected.hex").trim();
    let wbxml: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let xml = include_str!("vectors/ds11-example-corrected.xml").replace('\'', "\"");
    let message = Message::decode(&wbxml).unwrap();
    assert_eq!(message, Message::decode(xml.as_bytes()).unwrap());
    assert_eq!((&*message.header.ver_dtd, message.header.version()), ("1.1", None));
    assert_eq!(message.commands.iter().map(Command::name).collect::<Vec<_>>(), ["Status", "Status", "Sync"]);
    let next = status(&message.commands[1]).items[0].data.as_ref().unwrap();
    assert!(matches!(next, Data::Xml(xml) if xml == "<Next xmlns=\"syncml:metinf\">200005022T093223Z</Next>"));
    assert_eq!(Message::decode(&encode(&message, Syntax::Wbxml)).unwrap(), message);
}
