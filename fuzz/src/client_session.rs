//! A device in a session with a server that says anything.

use bytes::Bytes;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::{Inbound, Syntax, Transmit};
use omadm_proto::message::{Format, Message};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::Tree;
use omadm_tree::mo::{DevDetail, DevInfo, Fumo};
use xrem_client::{Account, Action, ActionResult, Booted, Drem, Output, Slot, Trigger};

use crate::envelope::{bodies, message};

/// Outputs that one input can lead to.
const MAX_OUTPUTS: usize = 100_000;

/// Opens a session of a device and answers its messages with the bodies in `bytes`, or with `bytes` as they are when they
/// begin as WBXML does. Everything that the device sends can be decoded, and every input comes to an end.
///
/// # Panics
/// When the device breaks one of these rules.
pub fn client_session(bytes: &[u8]) {
    let Some(mut tree) = tree() else { return };
    let mut drem = Drem::new([Account::new("s", "http://s/")], Seed::new([1; 32]));
    drem.handle_boot(Instant::ZERO, &mut tree, Booted::from(Slot::A));
    let started = drem.start_session(Instant::ZERO, &mut tree, "s", Trigger::Client);
    assert!(started.is_ok(), "the account is there");
    let mut sent = settle(&mut drem, &mut tree);
    if Syntax::sniff(bytes) == Syntax::Wbxml {
        if let Some(transmit) = sent {
            drem.handle_message(Instant::ZERO, &mut tree, transmit.exchange, Inbound::new(Syntax::Wbxml, bytes));
            settle(&mut drem, &mut tree);
        }
        return;
    }
    for (number, body) in (1..).zip(bodies(bytes)) {
        let Some(transmit) = sent else { return };
        let session = Message::decode_as(transmit.syntax, &transmit.body, &omadm_proto::limits::Limits::DEFAULT)
            .map(|message| message.header.session_id.into_owned())
            .unwrap_or_default();
        let reply = message(&session, number, ["http://s/", "fuzz"], "", body);
        drem.handle_message(Instant::ZERO, &mut tree, transmit.exchange, Inbound::new(Syntax::Xml, &reply));
        sent = settle(&mut drem, &mut tree);
    }
}

fn tree() -> Option<Tree> {
    Tree::builder()
        .mo(DevInfo::new("fuzz").man("Acme").model("M1").lang("en"))
        .mo(DevDetail::new().fw("1.0").large_objects(true).active(0, ""))
        .mo(Fumo::at("./FUMO"))
        .leaf("./App/Interval", 900)
        .leaf("./App/Name", "fuzz")
        .live("./App/Temperature", Format::Int)
        .managed_by("s")
        .build()
        .ok()
}

/// Performs what the device wants until it waits; the message it sent last.
fn settle(drem: &mut Drem, tree: &mut Tree) -> Option<Transmit> {
    let mut sent = None;
    for _ in 0..MAX_OUTPUTS {
        match drem.poll_output() {
            None => return sent,
            Some(Output::Transmit(transmit)) => {
                let decoded =
                    Message::decode_as(transmit.syntax, &transmit.body, &omadm_proto::limits::Limits::DEFAULT);
                assert!(decoded.is_ok(), "what the device sends cannot be decoded: {:?}", decoded.err());
                sent = Some(transmit);
            }
            Some(Output::Action { id, action }) => {
                if let Some(result) = result(&action) {
                    drem.handle_action_result(Instant::ZERO, tree, id, result);
                }
            }
            Some(Output::Persist(_) | Output::Event(_)) => {}
        }
    }
    assert!(drem.poll_output().is_none(), "the device wants things without end");
    sent
}

fn result(action: &Action) -> Option<ActionResult> {
    Some(match action {
        Action::Read(_) => ActionResult::from(21),
        Action::Exec { .. } => ActionResult::Status(StatusCode::OK),
        Action::Fetch { .. } => ActionResult::Block { data: Bytes::from_static(b"abc"), end: true },
        Action::ReadSlot { .. } => ActionResult::Block { data: Bytes::new(), end: true },
        Action::Reboot => return None,
        Action::EraseSlot { .. }
        | Action::WriteSlot { .. }
        | Action::SelectSlot { .. }
        | Action::ConfirmSlot { .. }
        | _ => ActionResult::Done,
    })
}
