//! Statuses and challenges \[dm 3.4, 7.4\].

use omadm_proto::auth::Scheme;
use omadm_proto::ids::CmdId;
use omadm_proto::message::{Command, Format, Status};

use super::{Lint, Look};

impl Lint {
    pub(super) fn check_statuses(&mut self, look: &mut Look<'_>) {
        self.check_first(look);
        let statuses: Vec<Status<'static>> =
            look.message.statuses().filter(|it| !it.is_for_sync_hdr()).cloned().map(Status::into_owned).collect();
        let mut last = 0;
        for status in &statuses {
            self.check_status(look, status, &mut last);
        }
        let unfinished = !look.message.is_final;
        let header_code = look.header_code().unwrap_or_default();
        let judged = header_code < 300 || matches!(header_code, 401 | 407);
        if judged && !unfinished && !self.aborts(look) {
            for owed in self.owed.iter().filter(|owed| !owed.answered) {
                let rule = "one Status for each command of the client";
                let seen = format!("none for {} {} of message {}", owed.name, owed.cmd, owed.msg);
                look.broken(rule, seen, "");
            }
        }
    }

    fn aborts(&self, look: &Look<'_>) -> bool {
        look.has_alert(omadm_proto::alert::AlertCode::SESSION_ABORT)
    }

    /// The Status of the SyncHdr: first, one, with the right references.
    fn check_first(&self, look: &mut Look<'_>) {
        let headers = look.message.statuses().filter(|status| status.is_for_sync_hdr()).count();
        if headers != 1 {
            look.broken("one Status for the SyncHdr", format!("{headers}"), "SyncBody");
        }
        let Some(Command::Status(first)) = look.message.commands.first().filter(|_| headers > 0) else {
            if headers > 0 {
                look.broken("the Status for the SyncHdr before everything else", "something else", "SyncBody");
            }
            return;
        };
        if !first.is_for_sync_hdr() {
            look.broken(
                "the Status for the SyncHdr before everything else",
                format!("a Status for {}", first.cmd),
                "SyncBody",
            );
            return;
        }
        if first.cmd_ref != CmdId::SYNC_HDR {
            look.broken("CmdRef 0", first.cmd_ref.to_string(), "Status of SyncHdr/CmdRef");
        }
        if first.cmd != "SyncHdr" {
            look.broken("Cmd SyncHdr", first.cmd.to_string(), "Status of SyncHdr/Cmd");
        }
        let msg_ref = first.msg_ref.map_or(0, |msg| msg.get());
        if msg_ref != self.client_msg {
            let rule = format!("MsgRef {}, the message that is answered", self.client_msg);
            look.broken(&rule, msg_ref.to_string(), "Status of SyncHdr/MsgRef");
        }
        if first.target_refs.iter().any(|uri| *uri != self.server_uri.as_str()) {
            look.broken("TargetRef as the client's Target", format!("{:?}", &*first.target_refs), "Status of SyncHdr");
        }
        if first.source_refs().iter().any(|uri| *uri != self.client_uri.as_str()) {
            look.broken("SourceRef as the client's Source", format!("{:?}", first.source_refs()), "Status of SyncHdr");
        }
        let first = first.clone().into_owned();
        check_challenge(look, &first);
        self.check_refusal(look, first.code.as_u16());
    }

    /// After a refusal there are Statuses and nothing else.
    fn check_refusal(&self, look: &mut Look<'_>, code: u16) {
        let others: Vec<String> =
            look.message.commands().filter(|it| !matches!(it, Command::Status(_))).map(super::place_of).collect();
        if matches!(code, 401 | 407 | 505 | 513) && !others.is_empty() {
            look.broken(&format!("nothing but Statuses in a message that says {code}"), others.join(", "), "SyncBody");
        }
    }

    fn check_status(&mut self, look: &mut Look<'_>, status: &Status<'_>, last: &mut usize) {
        let place = format!("Status {} of {} {}", status.cmd_id, status.cmd, status.cmd_ref);
        if status.chal().is_some() {
            look.broken("Chal in the Status of the SyncHdr only", "a Chal", &place);
        }
        let of = (status.msg_ref.map_or(0, |msg| msg.get()), status.cmd_ref.to_string());
        if status.cmd == "Results" {
            if status.code.as_u16() == 200 {
                look.broken("no Status for Results that were good", "200", &place);
            }
            if !self.results.contains(&of) {
                look.broken(
                    "a Status for Results that the client sent",
                    format!("MsgRef {}, CmdRef {}", of.0, of.1),
                    &place,
                );
            }
            return;
        }
        let Some(position) = self.owed.iter().position(|owed| (owed.msg, owed.cmd.as_str()) == (of.0, &of.1)) else {
            let seen = format!("MsgRef {}, CmdRef {}", of.0, of.1);
            look.broken("a Status for a command that the client sent and that has none yet", seen, &place);
            return;
        };
        if position < *last {
            look.broken("Statuses in the order of the commands", "an earlier command behind a later one", &place);
        }
        *last = position.max(*last);
        let Some(owed) = self.owed.get_mut(position) else { return };
        if owed.name != status.cmd {
            look.broken(&format!("Cmd {}", owed.name), status.cmd.to_string(), &place);
        }
        if owed.answered && status.target_refs.is_empty() && status.source_refs().is_empty() {
            look.broken("one Status for a command, or one for each Item with its reference", "a second one", &place);
        }
        owed.answered = true;
    }
}

/// Type always, Format b64 and NextNonce where the scheme has a nonce.
fn check_challenge(look: &mut Look<'_>, status: &Status<'_>) {
    let Some(chal) = status.chal() else { return };
    let place = "Status of SyncHdr/Chal";
    match chal.meta.type_name.as_deref().map(Scheme::from_type_name) {
        None => look.broken("Type in Chal", "none", place),
        Some(None) => look.broken("a scheme of DM in Chal", format!("{:?}", chal.meta.type_name), place),
        Some(Some(Scheme::Basic)) => {}
        Some(Some(Scheme::Md5 | Scheme::Mac)) => {
            if chal.meta.next_nonce().is_none() {
                look.broken("NextNonce in Chal of a scheme with nonce", "none", place);
            }
            if chal.meta.known_format() != Some(Format::B64) {
                look.broken("Format b64 beside NextNonce", "another or none", place);
            }
        }
        Some(Some(_)) => {}
    }
}
