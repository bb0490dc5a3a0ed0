//! Messages taken command by command.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use omadm_proto::decode::{MessageEnd, MessageReader};
use omadm_proto::element::{EventSource, syncml};
use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Command, Message};
use omadm_proto::reading::Reading;

const A4: &str = include_str!("vectors/A4_s2c_pkg2.xml");
const B2: &str = include_str!("vectors/B2_c2s_atomic_failed.xml");

fn taken<'a, S: EventSource<'a>>(
    mut reader: MessageReader<'a, S>,
) -> Result<(Vec<Command<'a>>, MessageEnd), DecodeError> {
    let mut commands = Vec::new();
    while let Some(command) = reader.next_command()? {
        commands.push(command);
    }
    reader.finish().map(|end| (commands, end))
}

#[test]
fn a_message_taken_command_by_command_is_the_message_read_at_once() {
    for xml in [A4, B2] {
        let whole = Message::decode(xml.as_bytes()).unwrap();
        let reader = MessageReader::xml(xml.as_bytes(), &Reading::STRICT).unwrap();
        assert_eq!(*reader.header(), whole.header);
        let (commands, end) = taken(reader).unwrap();
        assert_eq!((&commands, end.is_final), (&whole.commands, whole.is_final));
        let mut wbxml = Vec::new();
        whole.encode(Syntax::Wbxml, &mut wbxml).unwrap();
        let (commands, end) = taken(MessageReader::wbxml(&wbxml, &Reading::STRICT).unwrap()).unwrap();
        assert_eq!((&commands, end.is_final), (&whole.commands, whole.is_final));
    }
}

#[test]
fn finish_reads_what_nobody_took() {
    let end = MessageReader::xml(A4.as_bytes(), &Reading::STRICT).unwrap().finish().unwrap();
    assert!(end.is_final && end.deviations.is_empty());
    let cut = &A4.as_bytes()[..A4.len() - 12];
    assert!(MessageReader::xml(cut, &Reading::STRICT).unwrap().finish().is_err());
}

#[test]
fn deviations_of_the_whole_message_come_at_its_end() {
    let xml = A4.replace("<SessionID>A7<", "<SessionID>A7-long<").replace("<Final/>", "<Odd/><Final/>");
    let end = MessageReader::xml(xml.as_bytes(), &Reading::LENIENT).unwrap().finish().unwrap();
    let told: Vec<_> = end.deviations.as_slice().iter().map(|deviation| deviation.kind.row()).collect();
    assert!(told.contains(&Some("L39")) && told.contains(&Some("L26")), "{told:?}");
    assert!(MessageReader::xml(xml.as_bytes(), &Reading::STRICT).is_err());
}

#[test]
fn a_body_before_its_header_cannot_be_streamed() {
    let error = MessageReader::xml(b"<SyncML><SyncBody/><SyncHdr/></SyncML>", &Reading::LENIENT).unwrap_err();
    let missing = DecodeErrorKind::MissingElement { parent: syncml::SYNC_ML, child: syncml::SYNC_HDR };
    assert_eq!(error.kind, missing);
}
