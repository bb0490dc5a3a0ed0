//! What holds for every message of a client, whatever its row is about \[dm 2.2, 3.2, 3.4\].

use std::collections::BTreeSet;

use omadm_proto::ids::CmdId;
use omadm_proto::message::{Command, Message, Status, Verb};

use super::draft::Sent;
use crate::row::Stop;

/// The Status for the SyncHdr of `sent`, which has to be the first one.
pub(super) fn header_status<'m>(message: &'m Message<'static>, sent: &Sent) -> Result<&'m Status<'static>, Stop> {
    let first = message.statuses().next().ok_or_else(|| {
        Stop::failed("a Status for the SyncHdr as the first one", "a message without any Status").at(place(message))
    })?;
    if !first.is_for_sync_hdr() || first.cmd_ref != CmdId::SYNC_HDR {
        return Err(Stop::failed(
            "Cmd SyncHdr and CmdRef 0 in the first Status",
            format!("Cmd {} and CmdRef {}", first.cmd, first.cmd_ref),
        )
        .at(place(message)));
    }
    match first.msg_ref {
        Some(msg_ref) if msg_ref.get() == sent.msg_id => Ok(first),
        other => Err(Stop::failed(
            format!("MsgRef {} in the Status for the SyncHdr", sent.msg_id),
            other.map_or_else(|| "none".to_string(), |msg_ref| format!("MsgRef {}", msg_ref.get())),
        )
        .at(place(message))),
    }
}

/// Where a finding in `message` is.
pub(super) fn place(message: &Message<'_>) -> String {
    format!("message {} of the client", message.header.msg_id.get())
}

/// Checks what must hold for each message; `before` is the MsgID of the one before, `session` the SessionID.
pub(super) fn check(message: &Message<'static>, session: &str, before: u32) -> Result<(), Stop> {
    let header = &message.header;
    let fail = |expected: String, seen: String| Err(Stop::failed(expected, seen).at(place(message)));
    if header.session_id != session {
        return fail(format!("SessionID {session}"), format!("SessionID {}", header.session_id));
    }
    if header.msg_id.get() != before + 1 {
        return fail(format!("MsgID {}", before + 1), format!("MsgID {}", header.msg_id.get()));
    }
    let mut ids = BTreeSet::new();
    for command in message.commands() {
        let id = command.cmd_id();
        if matches!(id, CmdId::Absent | CmdId::Number(0)) {
            return fail(format!("a CmdID other than 0 in {}", command.name()), format!("CmdID \"{id}\""));
        }
        if !ids.insert(id.clone()) {
            return fail("each CmdID once".to_string(), format!("CmdID {id} twice"));
        }
        let allowed = match command {
            Command::Status(_) | Command::Results(_) | Command::Alert(_) => true,
            Command::Tree(tree) => tree.verb == Verb::Replace,
            _ => false,
        };
        if !allowed {
            return fail("only Status, Results, Alert and Replace of a client".to_string(), command.name().to_string());
        }
    }
    if header.ver_dtd != "1.2" || !matches!(&*header.ver_proto, "DM/1.2") {
        return fail(
            "VerDTD 1.2 and VerProto DM/1.2".to_string(),
            format!("VerDTD {} and VerProto {}", header.ver_dtd, header.ver_proto),
        );
    }
    Ok(())
}

/// Checks that nothing answers what is not to be answered: our Statuses, or what was never sent.
pub(super) fn check_refs(message: &Message<'static>, sent: &[Sent]) -> Result<(), Stop> {
    for status in message.statuses() {
        if status.cmd_ref == CmdId::SYNC_HDR || status.cmd_ref == CmdId::Absent {
            continue;
        }
        let Some(msg_ref) = status.msg_ref else {
            return Err(Stop::failed("MsgRef in each Status", format!("none in the Status for {}", status.cmd))
                .at(place(message)));
        };
        let Some(answered) = sent.iter().find(|sent| sent.msg_id == msg_ref.get()) else {
            return Err(Stop::failed("MsgRef of a message that was sent", format!("MsgRef {}", msg_ref.get()))
                .at(place(message)));
        };
        if let CmdId::Number(number) = status.cmd_ref
            && answered.statuses.contains(&number)
        {
            return Err(Stop::failed("no Status for a Status", format!("one for Status {number}")).at(place(message)));
        }
    }
    Ok(())
}
