//! What every message of a server must obey, whatever the row \[dm 2-3, X-SRV-10, X-MSG-06\].
//!
//! A [`Lint`] follows one session: it is told each message of the client, then looks at the server's answer. It knows only
//! what went over the wire, so it works on any server. A finding names the rule and the place.
//!
//! The rules bind the server as the sheet does; where a client broke a rule first (a Status left out, a package without
//! Final) the lint asks no more of the server than the sheet does then.

mod commands;
mod header;
mod objects;
mod statuses;

use omadm_proto::alert::AlertCode;
use omadm_proto::deviation::{DeviationKind, Profile};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Message};
use omadm_proto::reading::Reading;

use crate::row::Finding;

/// The session so far, as the rules need it.
#[derive(Debug, Default)]
pub struct Lint {
    session_id: String,
    /// MsgID of the server's last message.
    server_msg: u32,
    max_msg_size: Option<u64>,
    client_uri: String,
    server_uri: String,
    ver_proto: String,
    client_msg: u32,
    client_is_final: bool,
    client_aborted: bool,
    /// Commands of the client that have no Status yet, oldest first.
    owed: Vec<Owed>,
    /// Results of the client: a Status may refer to them, none has to.
    results: Vec<(u32, String)>,
    /// Commands of the server that the client has not answered.
    outstanding: Vec<(u32, String)>,
    server_was_final: bool,
    object: Option<objects::Object>,
}

/// A command of the client that needs a Status.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owed {
    msg: u32,
    cmd: String,
    name: String,
    answered: bool,
}

/// One message of a server, with what it answers.
struct Look<'m> {
    message: &'m Message<'m>,
    findings: Vec<Finding>,
}

impl Look<'_> {
    /// Notes that `rule` is broken at `place`.
    fn broken(&mut self, rule: &str, seen: impl Into<String>, place: &str) {
        let mut finding = Finding::new(rule, seen);
        finding.place = format!("message {} of the server{}{place}", self.message.header.msg_id, sep(place));
        self.findings.push(finding);
    }

    fn header_code(&self) -> Option<u16> {
        self.message.statuses().find(|status| status.is_for_sync_hdr()).map(|status| status.code.as_u16())
    }

    fn has_alert(&self, code: AlertCode) -> bool {
        self.message.commands().any(|command| matches!(command, Command::Alert(alert) if alert.code == Some(code)))
    }
}

fn sep(place: &str) -> &'static str {
    if place.is_empty() { "" } else { ", " }
}

/// The words by which people find a command in a message.
fn place_of(command: &Command<'_>) -> String {
    format!("{} {}", command.name(), command.cmd_id())
}

impl Lint {
    /// A session in which nothing was said.
    #[must_use]
    pub fn new() -> Self {
        Self { server_was_final: true, ..Self::default() }
    }

    /// Notes a message of the client.
    pub fn note_sent(&mut self, message: &Message<'_>) {
        let header = &message.header;
        self.session_id = header.session_id.to_string();
        self.client_uri = header.source.loc_uri.to_string();
        self.server_uri = header.target.loc_uri.to_string();
        self.ver_proto = header.ver_proto.to_string();
        self.client_msg = header.msg_id.get();
        self.client_is_final = message.is_final;
        if let Some(size) = header.meta.as_ref().and_then(|meta| meta.max_msg_size()).filter(|size| *size > 0) {
            self.max_msg_size = Some(size);
        }
        // What the last message did not answer is not asked for a second time.
        self.owed.retain(|owed| !owed.answered);
        for command in message.commands() {
            self.note_command(header.msg_id.get(), command);
        }
        if message.is_final {
            self.outstanding.clear();
        }
    }

    fn note_command(&mut self, msg: u32, command: &Command<'_>) {
        match command {
            Command::Status(status) if status.is_for_sync_hdr() => {
                if matches!(status.code.as_u16(), 401 | 407) {
                    self.outstanding.clear();
                    self.object = None;
                }
            }
            Command::Status(status) => {
                let of = (status.msg_ref.map_or(0, |msg| msg.get()), status.cmd_ref.to_string());
                self.outstanding.retain(|open| *open != of);
                if self.object.as_ref().is_some_and(|object| object.is_at(&of)) && status.code.as_u16() != 213 {
                    self.object = None;
                }
            }
            Command::Results(results) => self.results.push((msg, results.cmd_id.to_string())),
            other => {
                if let Command::Alert(alert) = other {
                    match alert.code {
                        Some(AlertCode::NO_END_OF_DATA) => self.object = None,
                        Some(AlertCode::SESSION_ABORT) => self.client_aborted = true,
                        _ => {}
                    }
                }
                let (cmd, name) = (other.cmd_id().to_string(), other.name().to_string());
                self.owed.push(Owed { msg, cmd, name, answered: false });
            }
        }
    }

    /// Looks at the server's answer to the message noted last: the message, and what is wrong with it.
    ///
    /// # Errors
    /// The bytes are no SyncML message.
    pub fn inspect(&mut self, syntax: Syntax, bytes: &[u8]) -> Result<(Message<'static>, Vec<Finding>), Finding> {
        let reading = Reading::new(Profile::Lenient, Limits::DEFAULT);
        let decoded = reading.message(syntax, bytes).map_err(|error| {
            Finding::new(format!("a SyncML message in {syntax}"), format!("{} bytes: {error}", bytes.len()))
        })?;
        let message = decoded.message.into_owned();
        let mut look = Look { message: &message, findings: Vec::new() };
        for deviation in decoded.deviations.as_slice().iter().filter(|it| matters(it.kind)) {
            let place = format!("byte {}", deviation.offset);
            look.broken(
                "the grammar and order of the DTD, CmdIDs unique and not 0",
                deviation.kind.to_string(),
                &place,
            );
        }
        self.check_size(&mut look, bytes.len());
        self.check_header(&mut look);
        self.check_statuses(&mut look);
        self.check_commands(&mut look);
        self.check_objects(&mut look);
        self.check_final(&mut look);
        let findings = look.findings;
        self.remember(&message);
        Ok((message, findings))
    }

    fn check_size(&self, look: &mut Look<'_>, len: usize) {
        if let Some(max) = self.max_msg_size.filter(|max| len as u64 > *max) {
            look.broken(&format!("at most {max} bytes, the client's MaxMsgSize"), format!("{len} bytes"), "");
        }
    }

    /// Final: on every message but a chunk with more to come, a Next Message response, and one whose Statuses had no room.
    fn check_final(&self, look: &mut Look<'_>) {
        let next_message =
            !self.client_is_final && self.server_was_final && look.header_code().is_some_and(|it| it < 300);
        let aborts = look.has_alert(AlertCode::SESSION_ABORT);
        if next_message && !self.client_aborted {
            if look.message.is_final && !aborts {
                let rule = "no Final while the client's package is unfinished";
                look.broken(rule, "Final", "");
            }
            if !aborts && !look.has_alert(AlertCode::NEXT_MESSAGE) {
                let rule = "Alert 1222 (or 1223) while the client's package is unfinished";
                look.broken(rule, "neither", "");
            }
            return;
        }
        let has_more = look.message.commands().any(objects::has_more_data);
        if look.message.is_final && has_more {
            look.broken("no Final on a message that ends with MoreData", "Final", "");
        }
        let owes = self.owed.iter().any(|owed| !owed.answered);
        if !look.message.is_final && !has_more && !owes {
            let rule = "Final on every message that does not end with a chunk and is no Next Message response";
            look.broken(rule, "no Final", "");
        }
    }

    fn remember(&mut self, message: &Message<'_>) {
        self.server_msg = message.header.msg_id.get();
        // A Next Message response leaves the turn with the client, as it was.
        let asks = message
            .commands()
            .any(|it| matches!(it, Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE)));
        if !asks {
            self.server_was_final = message.is_final;
        }
        for command in message.commands() {
            remember(&mut self.outstanding, self.server_msg, command);
        }
    }
}

fn remember(outstanding: &mut Vec<(u32, String)>, msg: u32, command: &Command<'_>) {
    match command {
        Command::Status(_) | Command::Results(_) => {}
        // Nobody waits for the Status of these: the next message is the answer.
        Command::Alert(alert) if !alert.code.is_some_and(AlertCode::is_user_interaction) => {}
        other => outstanding.push((msg, other.cmd_id().to_string())),
    }
    if let Command::Atomic(container) | Command::Sequence(container) = command {
        container.commands.iter().for_each(|child| remember(outstanding, msg, child));
    }
}

/// Whether a deviation is a broken rule for a server that writes; of the remarks, elements that DM does not use are.
const fn matters(kind: DeviationKind) -> bool {
    !kind.is_remark() || matches!(kind, DeviationKind::NotUsed(_))
}
