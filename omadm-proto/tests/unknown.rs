//! Commands that device management does not have are kept whole.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::element::{metinf, syncml};
use omadm_proto::error::{DecodeErrorKind, EncodeError, Limit};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Data, Message, Piece, UnknownCommand};
use omadm_proto::reading::Reading;

fn message(body: &str) -> String {
    format!(
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID>\
         <MsgID>1</MsgID><Target><LocURI>d</LocURI></Target><Source><LocURI>s</LocURI></Source></SyncHdr>\
         <SyncBody>{body}<Final/></SyncBody></SyncML>"
    )
}

fn unknown<'m, 'a>(message: &'m Message<'a>) -> &'m UnknownCommand<'a> {
    let Command::Unknown(command) = &message.commands[0] else { panic!("{} is known", message.commands[0].name()) };
    command
}

#[test]
fn a_sync_is_kept_with_everything_in_it_and_written_back_in_both_syntaxes() {
    let xml = message(
        "<Sync><CmdID>3</CmdID><Target><LocURI>./c</LocURI></Target>\n  <Add><CmdID>4</CmdID><Meta>\
         <Type xmlns=\"syncml:metinf\">text/x-vcard</Type></Meta><Item><Data> BEGIN </Data></Item></Add></Sync>",
    );
    let message = Message::decode(xml.as_bytes()).unwrap();
    let sync = unknown(&message);
    assert_eq!((&*sync.name, sync.cmd_id.to_string()), ("Sync", "3".to_string()));
    let starts = sync.content.pieces().iter().filter(|piece| matches!(piece, Piece::Start(_))).count();
    assert_eq!(starts, 8);
    assert!(sync.content.pieces().contains(&Piece::Value(Data::text(" BEGIN "))));
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut bytes = Vec::new();
        message.encode(syntax, &mut bytes).unwrap();
        assert_eq!(Message::decode(&bytes).unwrap(), message);
    }
}

#[test]
fn bytes_in_an_unknown_command_mean_the_same_as_their_base64() {
    let mut bytes = Message::decode(message("<Put><CmdID>1</CmdID></Put>").as_bytes()).unwrap().into_owned();
    let Command::Unknown(put) = &mut bytes.commands[0] else { panic!() };
    put.content.push_leaf(syncml::DATA, Data::Opaque(b"\x02\x00\xFF"[..].into()));
    let mut xml = Vec::new();
    bytes.encode(Syntax::Xml, &mut xml).unwrap();
    let text = Message::decode(&xml).unwrap();
    assert_eq!(unknown(&text).content.pieces()[1], Piece::Value(Data::text("AgD/")));
    assert_ne!(text, bytes);
    assert!(text.same_meaning(&bytes) && bytes.same_meaning(&text));
}

#[test]
fn an_unknown_name_keeps_its_attributes_and_its_text() {
    let xml = message("<Odd kind=\"x\">text<Inner/></Odd>");
    let message = Message::decode(xml.as_bytes()).unwrap();
    let [attribute, text, ..] = unknown(&message).content.pieces() else { panic!() };
    assert!(matches!(attribute, Piece::Attribute { name, value } if name == "kind" && value == "x"));
    assert_eq!(*text, Piece::Value(Data::text("text")));
    let mut bytes = Vec::new();
    message.encode(Syntax::Xml, &mut bytes).unwrap();
    assert_eq!(Message::decode(&bytes).unwrap(), message);
}

#[test]
fn elements_of_meta_that_management_does_not_use_are_kept() {
    let xml = message(
        "<Alert><CmdID>1</CmdID><Data>200</Data><Item><Meta><Anchor xmlns=\"syncml:metinf\"><Last>1</Last><Next>2</Next>\
         </Anchor></Meta></Item></Alert>",
    );
    let message = Message::decode(xml.as_bytes()).unwrap();
    let Command::Alert(alert) = &message.commands[0] else { panic!() };
    let unused = &alert.items[0].meta.as_ref().unwrap().extras().unused;
    assert_eq!(unused.pieces()[0], Piece::Start(metinf::ANCHOR.into()));
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut bytes = Vec::new();
        message.encode(syntax, &mut bytes).unwrap();
        assert_eq!(Message::decode(&bytes).unwrap(), message);
    }
}

#[test]
fn elements_of_meta_that_management_does_not_use_keep_an_order_that_the_dtd_does_not_know() {
    let xml = message(
        "<Alert><CmdID>1</CmdID><Data>200</Data><Item><Meta xmlns:m=\"syncml:metinf\"><m:Mem/><m:Anchor/><m:Mem/>\
         <m:FieldLevel/></Meta></Item></Alert>",
    );
    let message = Message::decode(xml.as_bytes()).unwrap();
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut bytes = Vec::new();
        message.encode(syntax, &mut bytes).unwrap();
        assert_eq!(message.encoded_len(syntax).unwrap(), bytes.len());
        let read = Message::decode(&bytes).unwrap();
        let Command::Alert(alert) = &read.commands[0] else { panic!() };
        let unused = &alert.items[0].meta.as_ref().unwrap().extras().unused;
        let names: Vec<&str> = unused.elements().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Mem", "Anchor", "Mem", "FieldLevel"]);
    }
}

#[test]
fn what_is_kept_is_limited() {
    let xml = message(&format!("<Put>{}</Put>", "<Lang/>".repeat(100)));
    let mut limits = Limits::DEFAULT;
    limits.pieces = 150;
    let error = Message::decode_as(Syntax::Xml, xml.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.kind, DecodeErrorKind::LimitExceeded(Limit::Pieces));
    assert!(Reading::STRICT.message(Syntax::Xml, xml.as_bytes()).is_ok(), "Put is legal SyncML");
}

#[test]
fn an_empty_cmd_id_does_not_hide_the_one_behind_it() {
    let xml = message("<Put><CmdID/><CmdID>7</CmdID></Put>");
    let message = Message::decode(xml.as_bytes()).unwrap();
    assert_eq!(unknown(&message).cmd_id.to_string(), "7");
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut bytes = Vec::new();
        message.encode(syntax, &mut bytes).unwrap();
        assert_eq!(unknown(&Message::decode(&bytes).unwrap()).cmd_id.to_string(), "7");
    }
}

#[test]
fn a_literal_name_of_wbxml_is_kept_without_its_prefix() {
    let mut wbxml = Vec::new();
    Message::decode(message("").as_bytes()).unwrap().encode(Syntax::Wbxml, &mut wbxml).unwrap();
    let rest = wbxml.strip_prefix(b"\x02\xA4\x01\x6A\x00").unwrap().strip_suffix(b"\x12\x01\x01").unwrap();
    // A string table with one name, and an element of that name with a CmdID.
    let element = b"\x44\x00\x4B\x037\0\x01\x01";
    let bytes = [b"\x02\xA4\x01\x6A\x07Mine:x\0", rest, element, b"\x12\x01\x01"].concat();
    let message = Message::decode(&bytes).unwrap();
    assert_eq!((&*unknown(&message).name, unknown(&message).cmd_id.to_string()), ("x", "7".to_string()));
    let mut xml = Vec::new();
    message.encode(Syntax::Xml, &mut xml).unwrap();
    assert_eq!(Message::decode(&xml).unwrap(), message);
}

#[test]
fn content_that_is_not_balanced_is_not_written() {
    let start = || Piece::Start(syncml::SYNC.into());
    for pieces in [vec![Piece::End], vec![start()], vec![start(), Piece::End, Piece::End], vec![Piece::End, start()]] {
        let xml = message("<Put><CmdID>1</CmdID></Put>");
        let mut message = Message::decode(xml.as_bytes()).unwrap();
        let Command::Unknown(put) = &mut message.commands[0] else { panic!() };
        pieces.into_iter().for_each(|piece| put.content.push(piece));
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            assert_eq!(message.encode(syntax, &mut Vec::new()).unwrap_err(), EncodeError::Unbalanced);
            assert_eq!(message.encoded_len(syntax).unwrap_err(), EncodeError::Unbalanced);
        }
    }
}
