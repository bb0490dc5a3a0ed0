//! A message of the server, as rows look at it.

use omadm_proto::alert::AlertCode;
use omadm_proto::auth::{self, Nonce, Scheme};
use omadm_proto::message::{Command, Item, Message, Status, TreeCommand, Verb};

use super::expect::expect;
use crate::row::Stop;

/// A message of the server.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its content.
    pub message: Message<'static>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// MsgID of the message that it answers.
    pub answers: u32,
    /// The value of the header `x-syncml-hmac` that came with it.
    pub mac: Option<String>,
}

impl Seen {
    /// Where it is, for findings.
    #[must_use]
    pub fn place(&self) -> String {
        format!("message {} of the server", self.message.header.msg_id)
    }

    /// The Status of our SyncHdr.
    ///
    /// # Errors
    /// There is none.
    pub fn header(&self) -> Result<&Status<'static>, Stop> {
        self.message
            .statuses()
            .find(|status| status.is_for_sync_hdr())
            .ok_or_else(|| Stop::failed("a Status for the SyncHdr", "none").at(self.place()))
    }

    /// The code of the Status of our SyncHdr; 0 when there is none.
    #[must_use]
    pub fn header_code(&self) -> u16 {
        self.header().map_or(0, |status| status.code.as_u16())
    }

    /// Demands one of `codes` for our SyncHdr.
    ///
    /// # Errors
    /// Another one came.
    pub fn expect_header(&self, codes: &[u16]) -> Result<(), Stop> {
        let code = self.header()?.code.as_u16();
        let expected = format!("Status {} for the SyncHdr", list(codes));
        expect(codes.contains(&code), &expected, code.to_string(), &format!("{}, Status of SyncHdr", self.place()))
    }

    /// The codes of the Statuses for our commands named `name`, in order.
    #[must_use]
    pub fn codes_of(&self, name: &str) -> Vec<u16> {
        self.message.statuses().filter(|status| status.cmd == name).map(|status| status.code.as_u16()).collect()
    }

    /// The Statuses for our command `cmd_id` of the message that this one answers.
    pub fn statuses_of(&self, cmd_id: u32) -> impl Iterator<Item = &Status<'static>> {
        let cmd_id = cmd_id.to_string();
        self.message.statuses().filter(move |status| {
            status.msg_ref.is_some_and(|msg| msg.get() == self.answers) && status.cmd_ref.to_string() == cmd_id
        })
    }

    /// Demands that each of our commands named `name` got one of `codes`, and at least one did.
    ///
    /// # Errors
    /// Another code, or no Status.
    pub fn expect_status(&self, name: &str, codes: &[u16]) -> Result<(), Stop> {
        let seen = self.codes_of(name);
        let holds = !seen.is_empty() && seen.iter().all(|code| codes.contains(code));
        let expected = format!("Status {} for {name}", list(codes));
        expect(holds, &expected, list(&seen), &format!("{}, Status of {name}", self.place()))
    }

    /// Everything but Statuses, in order.
    pub fn commands(&self) -> impl Iterator<Item = &Command<'static>> {
        self.message.commands().filter(|command| !matches!(command, Command::Status(_)))
    }

    /// The commands on the tree named `verb`, those in containers included.
    #[must_use]
    pub fn trees(&self, verb: Verb) -> Vec<&TreeCommand<'static>> {
        let mut found = Vec::new();
        self.commands().for_each(|command| collect(command, verb, &mut found));
        found
    }

    /// The Items of the commands on the tree named `verb`.
    #[must_use]
    pub fn items(&self, verb: Verb) -> Vec<&Item<'static>> {
        self.trees(verb).into_iter().flat_map(|tree| &tree.items).collect()
    }

    /// The targets of the commands named `verb`.
    #[must_use]
    pub fn targets(&self, verb: Verb) -> Vec<&str> {
        self.items(verb).into_iter().filter_map(Item::target_uri).collect()
    }

    /// Whether it carries Alert `code`.
    #[must_use]
    pub fn has_alert(&self, code: AlertCode) -> bool {
        self.commands().any(|command| matches!(command, Command::Alert(alert) if alert.code == Some(code)))
    }

    /// Whether the client has to go on: there is a command, a chunk, or a question for more.
    #[must_use]
    pub fn asks(&self) -> bool {
        !self.has_alert(AlertCode::SESSION_ABORT) && (self.commands().next().is_some() || !self.message.is_final)
    }

    /// Demands that it holds nothing but Statuses.
    ///
    /// # Errors
    /// It holds a command.
    pub fn expect_only_statuses(&self) -> Result<(), Stop> {
        let others: Vec<String> = self.commands().map(|it| format!("{} {}", it.name(), it.cmd_id())).collect();
        expect(others.is_empty(), "Statuses and no command", others.join(", "), &self.place())
    }

    /// Demands Final.
    ///
    /// # Errors
    /// There is none.
    pub fn expect_final(&self) -> Result<(), Stop> {
        expect(self.message.is_final, "Final", "no Final", &self.place())
    }

    /// Demands what closes a session: Statuses and Final.
    ///
    /// # Errors
    /// There is more, or no Final.
    pub fn expect_closing(&self) -> Result<(), Stop> {
        self.expect_only_statuses()?;
        self.expect_final()
    }

    /// The scheme and nonce of the challenge in the Status of our SyncHdr.
    ///
    /// # Errors
    /// There is no Chal that can be read.
    pub fn challenge(&self) -> Result<(Scheme, Option<Nonce>), Stop> {
        let place = format!("{}, Status of SyncHdr/Chal", self.place());
        let chal = self.header()?.chal().ok_or_else(|| Stop::failed("a Chal", "none").at(place.as_str()))?;
        auth::read_challenge(chal).map_err(|error| Stop::failed("a Chal with a scheme", error.to_string()).at(place))
    }
}

fn collect<'s>(command: &'s Command<'static>, verb: Verb, found: &mut Vec<&'s TreeCommand<'static>>) {
    match command {
        Command::Tree(tree) if tree.verb == verb => found.push(tree),
        Command::Atomic(container) | Command::Sequence(container) => {
            container.commands.iter().for_each(|child| collect(child, verb, found));
        }
        _ => {}
    }
}

/// Codes as people say them: `200 or 212`.
pub(crate) fn list(codes: &[u16]) -> String {
    if codes.is_empty() {
        return "none".into();
    }
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}
