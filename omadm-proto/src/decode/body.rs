//! The SyncBody: which commands there are, and those inside Atomic and Sequence.

use alloc::vec::Vec;

use super::command::is_unused_command;
use super::cursor::{Cursor, Growth};
use super::model::{self, Children};
use crate::alert::AlertCode;
use crate::deviation::DeviationKind;
use crate::element::{EventSource, Name, Space, syncml};
use crate::error::{DecodeError, Limit};
use crate::ids::{CmdId, MsgId};
use crate::message::{
    Alert, Command, Container, ElementName, Meta, Results, Status, TreeCommand, UnknownCommand, Verb,
};
use crate::status::StatusCode;

/// Atomic and Sequence inside each other; DM allows one level of either. A constant, because walking a message recurses.
const MAX_NESTING: usize = 16;

/// What a SyncBody has said so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Body {
    pub(super) is_final: bool,
    has_commands: bool,
}

impl<'a, S: EventSource<'a>> Cursor<'a, S> {
    /// The commands of SyncBody, and whether it has Final.
    pub(super) fn body(&mut self, commands: &mut Vec<Command<'a>>) -> Result<bool, DecodeError> {
        let mut body = Body::default();
        let begin = self.position();
        while let Some(name) = self.body_child(&mut body)? {
            self.push_command(commands, name, 0, (begin, Growth::ToTheEnd))?;
        }
        Ok(body.is_final)
    }

    /// The name of the next command of SyncBody, which just began; `None` at its end.
    pub(super) fn body_child(&mut self, body: &mut Body) -> Result<Option<Name<'a>>, DecodeError> {
        loop {
            match self.named_child()? {
                Some(Name::Known(syncml::FINAL)) => {
                    if body.is_final {
                        self.notice(DeviationKind::Repeated(syncml::FINAL))?;
                    }
                    body.is_final = self.flag()?;
                }
                Some(name) => {
                    if body.is_final {
                        self.notice(DeviationKind::Order(syncml::FINAL))?;
                    }
                    body.has_commands = true;
                    return Ok(Some(name));
                }
                None => {
                    if !body.has_commands {
                        self.notice(DeviationKind::NoCommands(syncml::SYNC_BODY))?;
                    }
                    return Ok(None);
                }
            }
        }
    }

    /// One more command of a list that `room` tells about: where it began, and how it grows.
    fn push_command(
        &mut self,
        commands: &mut Vec<Command<'a>>,
        name: Name<'a>,
        nesting: usize,
        room: (usize, Growth),
    ) -> Result<(), DecodeError> {
        if commands.len() == commands.capacity() {
            match commands.len() {
                0 => *commands = Vec::with_capacity(self.first_room()),
                _ => self.grow(commands, room.0, room.1),
            }
        }
        self.begin_command(name, |command| commands.push(command))?;
        match commands.last_mut() {
            Some(command) => self.command(command, nesting),
            None => Ok(()),
        }
    }

    /// Gives the command `name`, with nothing in it yet, to `put`: so each kind is made in its place and not moved there.
    #[inline(always)]
    pub(super) fn begin_command(&mut self, name: Name<'a>, put: impl FnOnce(Command<'a>)) -> Result<(), DecodeError> {
        let Some(left) = self.commands_left.checked_sub(1) else { return Err(self.exceeded(Limit::Commands)) };
        self.commands_left = left;
        let tree = |verb| Command::Tree(TreeCommand::new(verb, CmdId::Absent, Vec::new()));
        match name {
            Name::Known(syncml::ADD) => put(tree(Verb::Add)),
            Name::Known(syncml::REPLACE) => put(tree(Verb::Replace)),
            Name::Known(syncml::COPY) => put(tree(Verb::Copy)),
            Name::Known(syncml::DELETE) => put(tree(Verb::Delete)),
            Name::Known(syncml::GET) => put(tree(Verb::Get)),
            Name::Known(syncml::EXEC) => put(tree(Verb::Exec)),
            Name::Known(syncml::ALERT) => {
                let mut alert = Alert::new(CmdId::Absent, AlertCode::from_u16(0), Vec::new());
                alert.code = None;
                put(Command::Alert(alert));
            }
            Name::Known(syncml::ATOMIC) => put(Command::Atomic(Container::new(CmdId::Absent, Vec::new()))),
            Name::Known(syncml::SEQUENCE) => put(Command::Sequence(Container::new(CmdId::Absent, Vec::new()))),
            Name::Known(syncml::STATUS) => {
                let (msg_ref, code) = (MsgId::new(0), StatusCode::from_u16(0));
                let mut status = Status::new(CmdId::Absent, msg_ref, CmdId::Absent, "", code);
                status.msg_ref = None;
                put(Command::Status(status));
            }
            Name::Known(syncml::RESULTS) => {
                let mut results = Results::new(CmdId::Absent, MsgId::new(0), CmdId::Absent, Vec::new());
                results.msg_ref = None;
                put(Command::Results(results));
            }
            Name::Known(_) | Name::Unknown(_) | Name::Token { .. } => put(self.begin_unknown(name)?),
        }
        Ok(())
    }

    #[cold]
    fn begin_unknown(&mut self, name: Name<'a>) -> Result<Command<'a>, DecodeError> {
        self.notice(match name {
            Name::Known(tag) if is_unused_command(tag) => DeviationKind::NotUsed(tag),
            Name::Known(tag) => DeviationKind::Misplaced(tag),
            Name::Unknown(_) | Name::Token { .. } => DeviationKind::UnknownElement,
        })?;
        let name = match ElementName::new(name) {
            // A name of another table could be that of a command here.
            ElementName::Known(tag) if tag.space() != Space::SyncMl => ElementName::new(Name::Unknown(tag.name())),
            name @ (ElementName::Known(_) | ElementName::Other(_)) => name,
        };
        Ok(Command::Unknown(UnknownCommand::new(name.into_text(), CmdId::Absent)))
    }

    /// The content of `command`, which just began.
    pub(super) fn command(&mut self, command: &mut Command<'a>, nesting: usize) -> Result<(), DecodeError> {
        match command {
            Command::Tree(command) => self.tree_command(command),
            Command::Alert(alert) => self.alert(alert),
            Command::Atomic(container) => self.container(container, Children::of(&model::ATOMIC), nesting),
            Command::Sequence(container) => self.container(container, Children::of(&model::SEQUENCE), nesting),
            Command::Status(status) => self.status(status),
            Command::Results(results) => self.results(results),
            Command::Unknown(command) => self.unknown(command),
        }
    }

    fn container(
        &mut self,
        container: &mut Container<'a>,
        mut children: Children,
        nesting: usize,
    ) -> Result<(), DecodeError> {
        if nesting >= MAX_NESTING {
            return Err(self.exceeded(Limit::Depth));
        }
        let begin = self.position();
        while let Some(name) = self.named_child()? {
            match name {
                Name::Known(tag @ (syncml::CMD_ID | syncml::NO_RESP | syncml::META)) => {
                    if !container.commands.is_empty() {
                        self.notice(DeviationKind::Order(tag))?;
                    }
                    self.admit(&mut children, tag)?;
                    match tag {
                        syncml::CMD_ID => self.cmd_id_to(&mut container.cmd_id)?,
                        syncml::META => self.meta(container.meta.get_or_insert_with(Meta::default))?,
                        _ => container.no_resp = self.flag()?,
                    }
                }
                Name::Known(_) | Name::Unknown(_) | Name::Token { .. } => {
                    self.push_command(&mut container.commands, name, nesting + 1, (begin, Growth::Stepwise))?;
                }
            }
        }
        if let Some(missing) = children.missing() {
            self.notice_missing(missing)?;
        }
        if container.commands.is_empty() {
            self.notice(DeviationKind::NoCommands(children.parent()))?;
        }
        Ok(())
    }
}
