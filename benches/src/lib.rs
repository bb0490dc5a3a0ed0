//! The inputs that the benches share.
//!
//! The messages are those of a small session (a first package with credentials and DevInfo) and of a large configuration
//! (thousands of Replaces in one message), built here so that a bench needs no files.

use omadm_proto::alert::AlertCode;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{
    Alert, Chal, Command, Cred, Data, Format, Item, Location, Message, Meta, Status, SyncHdr, TreeCommand, Verb,
};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

fn header() -> SyncHdr<'static> {
    let server = Location::new("https://dm.example.net/omadm");
    let device = Location::new("urn:imei:004999010640000").named("device01");
    SyncHdr::new(DmVersion::V1_2, "A7", MsgId::new(2), server, device)
}

/// A first package of a device: Cred, Status with Chal, Alert 1201, Replace of DevInfo.
#[must_use]
pub fn package1() -> Message<'static> {
    let md5 = || Meta::with_format(Format::B64).and_type("syncml:auth-md5");
    let mut header = header();
    header.cred = Some(Cred::new(Some(md5()), Data::text("pCTpPG/Fscbs5nxC2Ish2w==")));
    let mut sizes = Meta::default();
    (sizes.max_msg_size, sizes.max_obj_size) = (Some(16384), Some(1_048_576));
    header.meta = Some(sizes);

    let mut status = Status::new(1, MsgId::FIRST, CmdId::SYNC_HDR, "SyncHdr", StatusCode::MISSING_CREDENTIALS);
    let mut challenge = md5();
    challenge.next_nonce = Some(Data::text("bm9uY2UtZm9yLXNlcnZlcg=="));
    status.chal = Some(Box::new(Chal::new(challenge)));
    let leaves = [
        ("./DevInfo/DevId", "urn:imei:004999010640000"),
        ("./DevInfo/Man", "ExampleCorp"),
        ("./DevInfo/Mod", "GW-1"),
        ("./DevInfo/DmV", "1.2.1"),
        ("./DevInfo/Lang", "en-US"),
    ];
    let items = leaves.map(|(uri, value)| Item::source(uri).with_data(Data::text(value))).into();
    let mut message = Message::new(header);
    message.commands = vec![
        Command::Status(status),
        Command::Alert(Alert::new(2, AlertCode::from_u16(1201), vec![])),
        Command::Tree(TreeCommand::new(Verb::Replace, 3, items)),
    ];
    message.is_final = true;
    message
}

/// A message of `commands` Replaces, each with a typed value.
#[must_use]
pub fn configuration(commands: u32) -> Message<'static> {
    let mut message = Message::new(header());
    message.commands = (1..=commands)
        .map(|number| {
            let meta = Meta::with_format(Format::Chr).and_type("text/plain");
            let item = Item::target(format!("./Vendor/Example/Settings/Key{number}"));
            let item = item.with_meta(meta).with_data(Data::text(format!("value {number}")));
            Command::Tree(TreeCommand::new(Verb::Replace, number, vec![item]))
        })
        .collect();
    message.is_final = true;
    message
}

/// The bytes of `message`.
///
/// # Panics
/// When the message cannot be written, which those of this crate can.
#[must_use]
pub fn encoded(message: &Message<'_>, syntax: Syntax) -> Vec<u8> {
    let mut out = Vec::new();
    match message.encode(syntax, &mut out) {
        Ok(()) => out,
        Err(error) => panic!("{error}"),
    }
}
