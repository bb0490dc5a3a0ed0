//! What the client made of the commands of one message: Statuses by CmdRef, Results by the Get that asked.

use base64::Engine as _;
use omadm_proto::auth::{Nonce, Scheme};
use omadm_proto::ids::CmdId;
use omadm_proto::message::{Alert, Command, Item, Meta, Results, Status};

use super::fixture::Fixture;
use super::session::Sent;
use super::{Received, credential};
use crate::row::Stop;

/// A package that answers a message of ours.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was sent.
    pub sent: Sent,
    /// The messages of the package.
    pub messages: Vec<Received>,
    fixture: Fixture,
}

/// One value in Results, joined if it came in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Got {
    /// Source/LocURI.
    pub uri: String,
    /// Meta/Format, `chr` if there is none.
    pub format: String,
    /// Meta/Type, `text/plain` if there is none.
    pub type_name: String,
    /// Whether there was a Data element.
    pub has_data: bool,
    /// Data as it travelled.
    pub data: Vec<u8>,
}

impl Got {
    /// Data as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }

    /// The value itself: base64 is opened.
    ///
    /// # Errors
    /// It is no base64.
    pub fn bytes(&self) -> Result<Vec<u8>, Stop> {
        if self.format != "b64" {
            return Ok(self.data.clone());
        }
        let text: Vec<u8> = self.data.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|error| Stop::failed("base64 in Data with Format b64", error.to_string()))
    }
}

impl Answer {
    /// An answer of which the first message has come.
    pub fn new(sent: Sent, first: Received, fixture: Fixture) -> Self {
        Self { sent, messages: vec![first], fixture }
    }

    fn commands(&self) -> impl Iterator<Item = &Command<'static>> {
        self.messages.iter().flat_map(|received| received.message.commands())
    }

    fn place(&self, nth: usize) -> String {
        let message = self.messages.first().map_or(0, |received| received.message.header.msg_id.get());
        match self.sent.commands.get(nth) {
            Some((id, name)) => {
                format!("message {message} of the client, about {name} {id} of message {}", self.sent.msg_id)
            }
            None => format!("message {message} of the client"),
        }
    }

    fn id(&self, nth: usize) -> CmdId<'static> {
        self.sent.commands.get(nth).map_or(CmdId::Absent, |(id, _)| CmdId::Number(*id))
    }

    fn header(&self) -> Option<&Status<'static>> {
        self.messages.first()?.message.statuses().find(|status| status.is_for_sync_hdr())
    }

    /// The code of the Status for the SyncHdr in the first message.
    pub fn header_code(&self) -> Option<u16> {
        self.header().map(|status| status.code.as_u16())
    }

    /// The challenge in it: its scheme, and the nonce to use next.
    pub fn header_chal(&self) -> Option<(Scheme, Option<Nonce>)> {
        self.header().and_then(Status::chal).and_then(credential::challenge)
    }

    /// All Statuses but those for the SyncHdr, in their order.
    pub fn statuses(&self) -> impl Iterator<Item = &Status<'static>> {
        self.commands().filter_map(|command| match command {
            Command::Status(status) if status.cmd_ref != CmdId::SYNC_HDR => Some(status),
            _ => None,
        })
    }

    /// The Statuses for the `nth` command.
    pub fn statuses_of(&self, nth: usize) -> Vec<&Status<'static>> {
        let id = self.id(nth);
        self.statuses()
            .filter(|status| {
                status.cmd_ref == id && status.msg_ref.is_some_and(|msg_ref| msg_ref.get() == self.sent.msg_id)
            })
            .collect()
    }

    /// The code of the `nth` command, which must have one Status, or several with the same code.
    ///
    /// # Errors
    /// It has none, or different ones.
    pub fn code(&self, nth: usize) -> Result<u16, Stop> {
        let codes: Vec<u16> = self.statuses_of(nth).iter().map(|status| status.code.as_u16()).collect();
        match codes.as_slice() {
            [] => Err(Stop::failed("a Status", "none").at(self.place(nth))),
            [first, rest @ ..] if rest.iter().all(|code| code == first) => Ok(*first),
            several => Err(Stop::failed("one code for the command", format!("{several:?}")).at(self.place(nth))),
        }
    }

    /// The `nth` command is answered with one of `codes`.
    ///
    /// # Errors
    /// It is not.
    pub fn is(&self, nth: usize, codes: &[u16]) -> Result<(), Stop> {
        let code = self.code(nth)?;
        if codes.contains(&code) {
            return Ok(());
        }
        let wanted: Vec<String> = codes.iter().map(u16::to_string).collect();
        Err(Stop::failed(format!("Status {}", wanted.join(" or ")), format!("Status {code}")).at(self.place(nth)))
    }

    /// The commands are answered with these codes, one after the other.
    ///
    /// # Errors
    /// They are not.
    pub fn codes(&self, codes: &[u16]) -> Result<(), Stop> {
        codes.iter().enumerate().try_for_each(|(nth, code)| self.is(nth, &[*code]))
    }

    /// The `nth` command is answered with an error of class 4 (or 5).
    ///
    /// # Errors
    /// It is not.
    pub fn fails(&self, nth: usize) -> Result<(), Stop> {
        match self.code(nth)? {
            400..=599 => Ok(()),
            code => Err(Stop::failed("an error Status", format!("Status {code}")).at(self.place(nth))),
        }
    }

    /// Every command has a Status with the right Cmd, no other command has one, and Results answer Gets or Execs.
    ///
    /// # Errors
    /// Not so.
    pub fn complete(&self) -> Result<(), Stop> {
        for (nth, (id, name)) in self.sent.commands.iter().enumerate() {
            let statuses = self.statuses_of(nth);
            if statuses.is_empty() {
                return Err(Stop::failed(format!("a Status for {name} {id}"), "none").at(self.place(nth)));
            }
            for status in statuses {
                if status.cmd != *name {
                    return Err(Stop::failed(format!("Cmd {name}"), format!("Cmd {}", status.cmd)).at(self.place(nth)));
                }
            }
        }
        let ids: Vec<CmdId<'static>> = self.sent.commands.iter().map(|(id, _)| CmdId::Number(*id)).collect();
        for status in self.statuses() {
            let of_ours = status.msg_ref.is_some_and(|msg_ref| msg_ref.get() == self.sent.msg_id);
            if of_ours && !ids.contains(&status.cmd_ref) {
                return Err(Stop::failed(
                    "CmdRef of a command that was sent",
                    format!("CmdRef {} in a Status for {}", status.cmd_ref, status.cmd),
                )
                .at(self.place(usize::MAX)));
            }
        }
        for results in self.all_results() {
            let asked = self
                .sent
                .commands
                .iter()
                .any(|(id, name)| CmdId::Number(*id) == results.cmd_ref && matches!(*name, "Get" | "Exec"));
            let msg_ref = results.msg_ref.map_or(1, |msg_ref| msg_ref.get());
            if !asked || msg_ref != self.sent.msg_id {
                return Err(Stop::failed(
                    format!("Results for a Get of message {}", self.sent.msg_id),
                    format!("Results with MsgRef {msg_ref} and CmdRef {}", results.cmd_ref),
                )
                .at(self.place(usize::MAX)));
            }
        }
        Ok(())
    }

    fn all_results(&self) -> impl Iterator<Item = &Results<'static>> {
        self.commands().filter_map(|command| match command {
            Command::Results(results) => Some(results),
            _ => None,
        })
    }

    /// The Alerts of the package.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert<'static>> {
        self.commands().filter_map(|command| match command {
            Command::Alert(alert) => Some(alert),
            _ => None,
        })
    }

    /// The values in the Results of the `nth` command.
    pub fn results(&self, nth: usize) -> Vec<Got> {
        let id = self.id(nth);
        let mut values: Vec<Got> = Vec::new();
        let mut goes_on = false;
        for results in self.all_results().filter(|results| results.cmd_ref == id) {
            for item in &results.items {
                let data = item.data.as_ref().map(|data| data.as_bytes()).unwrap_or_default();
                match values.last_mut() {
                    Some(last) if goes_on => last.data.extend_from_slice(data),
                    _ => values.push(got(item, results.meta.as_ref())),
                }
                goes_on = item.more_data;
            }
        }
        values
    }

    /// The only value in the Results of the `nth` command.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn sole(&self, nth: usize) -> Result<Got, Stop> {
        let mut values = self.results(nth);
        match (values.pop(), values.len()) {
            (Some(value), 0) => Ok(value),
            (None, _) => Err(Stop::failed("Results with one Item", "none").at(self.place(nth))),
            (Some(_), more) => {
                Err(Stop::failed("Results with one Item", format!("{} Items", more + 1)).at(self.place(nth)))
            }
        }
    }

    /// The text of the only value.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn text(&self, nth: usize) -> Result<String, Stop> {
        self.sole(nth).map(|value| value.text())
    }

    /// The only value in the Results of the `nth` command is the text `expected`.
    ///
    /// # Errors
    /// It is not.
    pub fn value(&self, nth: usize, expected: &str) -> Result<(), Stop> {
        let expected = self.fixture.translated(expected);
        let value = self.sole(nth)?;
        if value.text() == expected {
            return Ok(());
        }
        Err(Stop::failed(format!("Data \"{expected}\""), format!("Data \"{}\"", value.text())).at(self.place(nth)))
    }

    /// The only value has these bytes.
    ///
    /// # Errors
    /// It has not.
    pub fn bytes(&self, nth: usize, expected: &[u8]) -> Result<(), Stop> {
        let seen = self.sole(nth)?.bytes().map_err(|stop| stop.at(self.place(nth)))?;
        if seen == expected {
            return Ok(());
        }
        Err(Stop::failed(format!("{} octets {expected:02X?}", expected.len()), format!("{} octets", seen.len()))
            .at(self.place(nth)))
    }

    /// The only value has this Format.
    ///
    /// # Errors
    /// It has not.
    pub fn format(&self, nth: usize, formats: &[&str]) -> Result<(), Stop> {
        let value = self.sole(nth)?;
        if formats.contains(&value.format.as_str()) {
            return Ok(());
        }
        Err(Stop::failed(format!("Meta Format {}", formats.join(" or ")), format!("Format {}", value.format))
            .at(self.place(nth)))
    }

    /// The only value has this Type.
    ///
    /// # Errors
    /// It has not.
    pub fn of_type(&self, nth: usize, type_name: &str) -> Result<(), Stop> {
        let value = self.sole(nth)?;
        if value.type_name == type_name {
            return Ok(());
        }
        Err(Stop::failed(format!("Meta Type {type_name}"), format!("Type {}", value.type_name)).at(self.place(nth)))
    }

    /// The `nth` command has no Results.
    ///
    /// # Errors
    /// It has.
    pub fn no_results(&self, nth: usize) -> Result<(), Stop> {
        if self.results(nth).is_empty() {
            return Ok(());
        }
        Err(Stop::failed("no Results", "Results").at(self.place(nth)))
    }

    /// The URIs in the Results of the `nth` command, in their order, as the catalogue's tree spells them.
    pub fn uris(&self, nth: usize) -> Vec<String> {
        self.results(nth).into_iter().map(|value| value.uri).collect()
    }

    /// The Results name exactly these URIs, in any order.
    ///
    /// # Errors
    /// They do not.
    pub fn lists(&self, nth: usize, uris: &[&str]) -> Result<(), Stop> {
        let mut expected: Vec<String> = uris.iter().map(|uri| self.fixture.translated(uri)).collect();
        let mut seen = self.uris(nth);
        expected.sort();
        seen.sort();
        if expected == seen {
            return Ok(());
        }
        Err(Stop::failed(format!("Items for {}", expected.join(" ")), format!("Items for {}", seen.join(" ")))
            .at(self.place(nth)))
    }

    /// The Status of the `nth` command stands before its Results, wherever these are.
    ///
    /// # Errors
    /// It does not.
    pub fn status_first(&self, nth: usize) -> Result<(), Stop> {
        let id = self.id(nth);
        let at = |wanted: fn(&Command<'static>, &CmdId<'static>) -> bool| {
            self.commands().position(|command| wanted(command, &id))
        };
        let status = at(|command, id| matches!(command, Command::Status(status) if status.cmd_ref == *id));
        let results = at(|command, id| matches!(command, Command::Results(results) if results.cmd_ref == *id));
        match (status, results) {
            (Some(status), Some(results)) if status > results => {
                Err(Stop::failed("the Status before the Results", "the Results first").at(self.place(nth)))
            }
            _ => Ok(()),
        }
    }

    /// The Statuses stand in the order of the commands.
    ///
    /// # Errors
    /// They do not.
    pub fn in_order(&self) -> Result<(), Stop> {
        let seen: Vec<&CmdId<'static>> = self.statuses().map(|status| &status.cmd_ref).collect();
        let wanted: Vec<CmdId<'static>> = self.sent.commands.iter().map(|(id, _)| CmdId::Number(*id)).collect();
        let mut next = 0;
        for id in &seen {
            match wanted.iter().position(|one| one == *id) {
                Some(at) if at >= next => next = at,
                _ => {
                    let seen: Vec<String> = seen.iter().map(ToString::to_string).collect();
                    return Err(Stop::failed(
                        "Statuses in the order of the commands",
                        format!("CmdRefs {}", seen.join(" ")),
                    )
                    .at(self.place(usize::MAX)));
                }
            }
        }
        Ok(())
    }

    /// The data that came back in the Status of the `nth` command, one text an Item.
    pub fn returned(&self, nth: usize) -> Vec<String> {
        self.statuses_of(nth)
            .iter()
            .flat_map(|status| &status.items)
            .filter_map(|item| item.data.as_ref().and_then(|data| data.as_str()).map(str::to_string))
            .collect()
    }
}

fn got(item: &Item<'static>, meta: Option<&Meta<'static>>) -> Got {
    let format = item.effective_format(meta).map_or("chr", |format| format.as_str());
    Got {
        uri: item.source_uri().unwrap_or_default().to_string(),
        format: format.to_string(),
        type_name: item.effective_type(meta).unwrap_or("text/plain").to_string(),
        has_data: item.data.is_some(),
        data: item.data.as_ref().map(|data| data.as_bytes().to_vec()).unwrap_or_default(),
    }
}

/// Fails unless `good`.
///
/// # Errors
/// `good` is false.
pub fn demand(good: bool, expected: &str, seen: impl Into<String>) -> Result<(), Stop> {
    if good { Ok(()) } else { Err(Stop::failed(expected, seen)) }
}

/// Fails unless both are the same.
///
/// # Errors
/// They differ.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: T, seen: T) -> Result<(), Stop> {
    if expected == seen {
        return Ok(());
    }
    Err(Stop::failed(format!("{what} {expected:?}"), format!("{seen:?}")))
}
