//! The SyncBody and its commands.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::cursor::Cursor;
use crate::alert::AlertCode;
use crate::element::{EventSource, Name, Space, Tag, syncml};
use crate::error::{DecodeError, Limit};
use crate::ids::{CmdId, MsgId};
use crate::message::{Alert, Command, Container, Results, Status, TreeCommand, UnknownCommand, Verb};
use crate::status::StatusCode;

/// Atomic and Sequence inside each other; DM allows one level of either. A constant, because walking a message recurses.
const MAX_NESTING: usize = 16;

impl<'a, S: EventSource<'a>> Cursor<'a, '_, S> {
    /// The content of SyncBody: its commands, and whether it has Final.
    pub(super) fn body(&mut self) -> Result<(Vec<Command<'a>>, bool), DecodeError> {
        let mut commands = Vec::new();
        let mut is_final = false;
        while let Some(name) = self.child()? {
            if name.tag() == Some(syncml::FINAL) {
                is_final = self.flag()?;
            } else {
                commands.push(self.command(name, 0)?);
            }
        }
        Ok((commands, is_final))
    }

    fn command(&mut self, name: Name<'a>, nesting: usize) -> Result<Command<'a>, DecodeError> {
        self.commands += 1;
        if self.commands > self.limits.commands {
            return Err(self.exceeded(Limit::Commands));
        }
        Ok(match name.tag() {
            Some(syncml::ADD) => Command::Tree(self.tree_command(Verb::Add)?),
            Some(syncml::REPLACE) => Command::Tree(self.tree_command(Verb::Replace)?),
            Some(syncml::COPY) => Command::Tree(self.tree_command(Verb::Copy)?),
            Some(syncml::DELETE) => Command::Tree(self.tree_command(Verb::Delete)?),
            Some(syncml::GET) => Command::Tree(self.tree_command(Verb::Get)?),
            Some(syncml::EXEC) => Command::Tree(self.tree_command(Verb::Exec)?),
            Some(syncml::ALERT) => Command::Alert(self.alert()?),
            Some(syncml::ATOMIC) => Command::Atomic(self.container(nesting)?),
            Some(syncml::SEQUENCE) => Command::Sequence(self.container(nesting)?),
            Some(syncml::STATUS) => Command::Status(self.status()?),
            Some(syncml::RESULTS) => Command::Results(self.results()?),
            _ => Command::Unknown(self.unknown(name)?),
        })
    }

    fn cmd_id(&mut self, tag: Tag) -> Result<CmdId<'a>, DecodeError> {
        self.trimmed(tag).map(CmdId::parse)
    }

    fn msg_ref(&mut self) -> Result<Option<MsgId>, DecodeError> {
        self.number(syncml::MSG_REF).map(|number| Some(MsgId::new(number)))
    }

    fn tree_command(&mut self, verb: Verb) -> Result<TreeCommand<'a>, DecodeError> {
        let mut command = TreeCommand::new(verb, CmdId::Absent, Vec::new());
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(tag @ syncml::CMD_ID) => command.cmd_id = self.cmd_id(tag)?,
                Some(syncml::NO_RESP) => command.no_resp = self.flag()?,
                Some(syncml::META) => command.meta = Some(self.meta()?),
                Some(tag @ syncml::CORRELATOR) => command.correlator = Some(self.text(tag)?),
                Some(syncml::ITEM) => self.push_item(&mut command.items)?,
                _ => self.skip()?,
            }
        }
        Ok(command)
    }

    fn alert(&mut self) -> Result<Alert<'a>, DecodeError> {
        let mut alert = Alert::new(CmdId::Absent, AlertCode::from_u16(0), Vec::new());
        alert.code = None;
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(tag @ syncml::CMD_ID) => alert.cmd_id = self.cmd_id(tag)?,
                Some(syncml::NO_RESP) => alert.no_resp = self.flag()?,
                Some(tag @ syncml::DATA) => alert.code = Some(AlertCode::from_u16(self.number(tag)?)),
                Some(tag @ syncml::CORRELATOR) => alert.correlator = Some(self.text(tag)?),
                Some(syncml::ITEM) => self.push_item(&mut alert.items)?,
                _ => self.skip()?,
            }
        }
        Ok(alert)
    }

    fn container(&mut self, nesting: usize) -> Result<Container<'a>, DecodeError> {
        if nesting >= MAX_NESTING {
            return Err(self.exceeded(Limit::Depth));
        }
        let mut container = Container::new(CmdId::Absent, Vec::new());
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(tag @ syncml::CMD_ID) => container.cmd_id = self.cmd_id(tag)?,
                Some(syncml::NO_RESP) => container.no_resp = self.flag()?,
                Some(syncml::META) => container.meta = Some(self.meta()?),
                _ => container.commands.push(self.command(name, nesting + 1)?),
            }
        }
        Ok(container)
    }

    fn status(&mut self) -> Result<Status<'a>, DecodeError> {
        let mut status = Status::new(CmdId::Absent, MsgId::new(0), CmdId::Absent, "", StatusCode::from_u16(0));
        status.msg_ref = None;
        let mut code = None;
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(tag @ syncml::CMD_ID) => status.cmd_id = self.cmd_id(tag)?,
                Some(syncml::MSG_REF) => status.msg_ref = self.msg_ref()?,
                Some(tag @ syncml::CMD_REF) => status.cmd_ref = self.cmd_id(tag)?,
                Some(tag @ syncml::CMD) => status.cmd = self.trimmed(tag)?,
                Some(tag @ syncml::TARGET_REF) => status.target_refs.push(self.text(tag)?),
                Some(tag @ syncml::SOURCE_REF) => status.source_refs.push(self.text(tag)?),
                Some(syncml::CRED) => status.cred = Some(Box::new(self.cred()?)),
                Some(syncml::CHAL) => status.chal = Some(Box::new(self.chal()?)),
                Some(tag @ syncml::DATA) => {
                    status.original_error = self.attribute("originalerror")?;
                    code = Some(self.number(tag)?);
                }
                Some(syncml::ITEM) => self.push_item(&mut status.items)?,
                _ => self.skip()?,
            }
        }
        status.code = StatusCode::from_u16(self.require(code, syncml::STATUS, syncml::DATA)?);
        if status.cmd_ref == CmdId::Absent && status.cmd == "SyncHdr" {
            status.cmd_ref = CmdId::SYNC_HDR;
        }
        Ok(status)
    }

    fn results(&mut self) -> Result<Results<'a>, DecodeError> {
        let mut results = Results::new(CmdId::Absent, MsgId::new(0), CmdId::Absent, Vec::new());
        results.msg_ref = None;
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(tag @ syncml::CMD_ID) => results.cmd_id = self.cmd_id(tag)?,
                Some(syncml::MSG_REF) => results.msg_ref = self.msg_ref()?,
                Some(tag @ syncml::CMD_REF) => results.cmd_ref = self.cmd_id(tag)?,
                Some(syncml::META) => results.meta = Some(self.meta()?),
                Some(tag @ syncml::TARGET_REF) => results.target_ref = Some(self.text(tag)?),
                Some(tag @ syncml::SOURCE_REF) => results.source_ref = Some(self.text(tag)?),
                Some(syncml::ITEM) => self.push_item(&mut results.items)?,
                _ => self.skip()?,
            }
        }
        Ok(results)
    }

    /// An element that is no DM command: its CmdID, so that it can be answered, and its Data.
    fn unknown(&mut self, name: Name<'a>) -> Result<UnknownCommand<'a>, DecodeError> {
        let mut command = UnknownCommand::new(unmistakable(name), CmdId::Absent);
        while let Some(child) = self.child()? {
            match child.tag() {
                Some(tag @ syncml::CMD_ID) => command.cmd_id = self.cmd_id(tag)?,
                Some(syncml::DATA) => command.data = Some(self.data()?),
                _ => self.skip()?,
            }
        }
        Ok(command)
    }
}

/// The name of an unknown command. An Exec of another name space is no Exec, and must not be taken for one when it is
/// written or answered.
fn unmistakable(name: Name<'_>) -> Cow<'_, str> {
    let text = name.to_text();
    let known = Tag::from_name(Space::SyncMl, &text);
    if known.is_none() || known == name.tag() { text } else { Cow::Owned(format!("unknown_{text}")) }
}
