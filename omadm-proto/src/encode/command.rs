//! The commands, children in DTD order \[dm 2.1\].

use super::content;
use super::header::{write_chal, write_cred};
use super::item::{self, flag, optional};
use super::meta;
use super::number::Decimal;
use super::sink::Sink;
use crate::element::{Attribute, Event, Name, Tag, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::ids::{CmdId, MsgId};
use crate::message::{Alert, Command, Container, Piece, Results, Status, TreeCommand, UnknownCommand, Verb};

pub(super) fn write<W: Sink>(out: &mut W, command: &Command<'_>) -> Result<(), EncodeError> {
    match command {
        Command::Tree(command) => tree_command(out, command),
        Command::Alert(alert) => write_alert(out, alert),
        Command::Atomic(content) => container(out, syncml::ATOMIC, content),
        Command::Sequence(content) => container(out, syncml::SEQUENCE, content),
        Command::Status(status) => write_status(out, status),
        Command::Results(results) => write_results(out, results),
        Command::Unknown(command) => unknown(out, command),
    }
}

const fn tag_of(verb: Verb) -> Tag {
    match verb {
        Verb::Add => syncml::ADD,
        Verb::Replace => syncml::REPLACE,
        Verb::Copy => syncml::COPY,
        Verb::Delete => syncml::DELETE,
        Verb::Get => syncml::GET,
        Verb::Exec => syncml::EXEC,
    }
}

/// A CmdID, which is left out when the command came without one.
fn cmd_id<W: Sink>(out: &mut W, id: &CmdId<'_>) -> Result<(), EncodeError> {
    match id {
        CmdId::Absent => Ok(()),
        CmdId::Number(_) | CmdId::Text(_) => id_leaf(out, syncml::CMD_ID, id),
    }
}

/// The element `tag` with an identifier, which is empty when that is absent.
fn id_leaf<W: Sink>(out: &mut W, tag: Tag, id: &CmdId<'_>) -> Result<(), EncodeError> {
    match id {
        CmdId::Absent => out.leaf(tag, ""),
        CmdId::Number(number) => out.number(tag, u64::from(*number)),
        CmdId::Text(text) => out.leaf(tag, text),
    }
}

fn msg_ref<W: Sink>(out: &mut W, reference: Option<MsgId>) -> Result<(), EncodeError> {
    reference.map_or(Ok(()), |reference| out.number(syncml::MSG_REF, u64::from(reference.get())))
}

fn tree_command<W: Sink>(out: &mut W, command: &TreeCommand<'_>) -> Result<(), EncodeError> {
    let tag = tag_of(command.verb);
    let is_full = command.cmd_id != CmdId::Absent;
    out.begin(tag, is_full)?;
    cmd_id(out, &command.cmd_id)?;
    flag(out, syncml::NO_RESP, command.no_resp)?;
    meta::write(out, command.meta.as_ref(), None)?;
    optional(out, syncml::CORRELATOR, command.correlator.as_deref())?;
    item::write_all(out, &command.items, command.meta.as_ref())?;
    out.finish(tag, is_full)
}

fn write_alert<W: Sink>(out: &mut W, alert: &Alert<'_>) -> Result<(), EncodeError> {
    let is_full = alert.cmd_id != CmdId::Absent;
    out.begin(syncml::ALERT, is_full)?;
    cmd_id(out, &alert.cmd_id)?;
    flag(out, syncml::NO_RESP, alert.no_resp)?;
    if let Some(code) = alert.code {
        out.number(syncml::DATA, u64::from(code.as_u16()))?;
    }
    optional(out, syncml::CORRELATOR, alert.correlator.as_deref())?;
    item::write_all(out, &alert.items, None)?;
    out.finish(syncml::ALERT, is_full)
}

fn container<W: Sink>(out: &mut W, tag: Tag, content: &Container<'_>) -> Result<(), EncodeError> {
    let is_full = content.cmd_id != CmdId::Absent;
    out.begin(tag, is_full)?;
    cmd_id(out, &content.cmd_id)?;
    flag(out, syncml::NO_RESP, content.no_resp)?;
    meta::write(out, content.meta.as_ref(), None)?;
    content.commands.iter().try_for_each(|command| write(out, command))?;
    out.finish(tag, is_full)
}

fn write_status<W: Sink>(out: &mut W, status: &Status<'_>) -> Result<(), EncodeError> {
    out.open(syncml::STATUS)?;
    cmd_id(out, &status.cmd_id)?;
    msg_ref(out, status.msg_ref)?;
    // An absent CmdRef is written empty: that is how a command without CmdID is answered [windows-quirks L25].
    id_leaf(out, syncml::CMD_REF, &status.cmd_ref)?;
    out.leaf(syncml::CMD, &status.cmd)?;
    status.target_refs.iter().try_for_each(|uri| out.leaf(syncml::TARGET_REF, uri))?;
    status.source_refs().iter().try_for_each(|uri| out.leaf(syncml::SOURCE_REF, uri))?;
    if let Some(cred) = status.cred() {
        write_cred(out, cred)?;
    }
    if let Some(chal) = status.chal() {
        write_chal(out, chal)?;
    }
    match status.original_error() {
        Some(error) if W::SYNTAX == Syntax::Xml => {
            let namespace = "http://schemas.microsoft.com/MobileDevice/MDM";
            out.start(syncml::DATA)?;
            out.event(Event::Attribute(Attribute::new("xmlns:msft", namespace)))?;
            out.event(Event::Attribute(Attribute::new("msft:originalerror", error)))?;
            out.event(Event::Text(Decimal::new(u64::from(status.code.as_u16())).as_str()))?;
            out.end()?;
        }
        Some(_) | None => out.number(syncml::DATA, u64::from(status.code.as_u16()))?,
    }
    item::write_all(out, &status.items, None)?;
    out.close(syncml::STATUS)
}

fn write_results<W: Sink>(out: &mut W, results: &Results<'_>) -> Result<(), EncodeError> {
    let is_full = results.cmd_id != CmdId::Absent;
    out.begin(syncml::RESULTS, is_full)?;
    cmd_id(out, &results.cmd_id)?;
    msg_ref(out, results.msg_ref)?;
    if results.cmd_ref != CmdId::Absent {
        id_leaf(out, syncml::CMD_REF, &results.cmd_ref)?;
    }
    meta::write(out, results.meta.as_ref(), None)?;
    optional(out, syncml::TARGET_REF, results.refs().target.as_deref())?;
    optional(out, syncml::SOURCE_REF, results.refs().source.as_deref())?;
    item::write_all(out, &results.items, results.meta.as_ref())?;
    out.finish(syncml::RESULTS, is_full)
}

fn unknown<W: Sink>(out: &mut W, command: &UnknownCommand<'_>) -> Result<(), EncodeError> {
    out.event(Event::Start(Name::parse(&command.name)))?;
    let pieces = command.content.pieces();
    let attributes = pieces.iter().take_while(|piece| matches!(piece, Piece::Attribute { .. })).count();
    let (attributes, content) = pieces.split_at_checked(attributes).unwrap_or_default();
    content::write(out, attributes)?;
    cmd_id(out, &command.cmd_id)?;
    content::write(out, content)?;
    out.end()
}
