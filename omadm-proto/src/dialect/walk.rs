//! The walk over a message.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::rule::Rule;
use super::uri::{Scope, fault};
use super::{Dialect, Place, Violation};
use crate::alert::AlertCode;
use crate::element::syncml;
use crate::ids::{CmdId, SessionId};
use crate::message::{
    Alert, Command, Container, Format, Item, Message, Meta, MetaFormat, Results, Status, SyncHdr, TreeCommand, Verb,
};
use crate::version::DmVersion;

/// What has been seen of a message so far.
pub(super) struct Walk<'m> {
    dialect: Dialect,
    version: Option<DmVersion>,
    violations: Vec<Violation>,
    /// The CmdIDs seen.
    cmd_ids: BTreeSet<&'m CmdId<'m>>,
    /// The commands seen.
    count: usize,
    /// The command that is looked at.
    place: Place,
    /// Whether a Status has been seen.
    status_seen: bool,
    /// Whether an Item with MoreData has been seen.
    chunk_seen: bool,
}

/// What encloses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    Body,
    Atomic,
    Sequence,
}

impl<'m> Walk<'m> {
    pub(super) fn of(message: &'m Message<'m>, dialect: Dialect) -> Vec<Violation> {
        let mut walk = Self {
            dialect,
            version: message.header.version(),
            violations: Vec::new(),
            cmd_ids: BTreeSet::new(),
            count: 0,
            place: Place::Message,
            status_seen: false,
            chunk_seen: false,
        };
        walk.header(&message.header);
        walk.breaks(Rule::NoCommands, message.commands.is_empty());
        for command in &message.commands {
            walk.command(command, Parent::Body);
        }
        walk.place = Place::Message;
        walk.breaks(Rule::FinalBehindMoreData, walk.chunk_seen && message.is_final);
        walk.violations
    }

    /// Notes that the command at hand breaks `rule`, if it does.
    fn breaks(&mut self, rule: Rule, is_broken: bool) {
        if is_broken {
            self.violations.push(Violation { rule, place: self.place });
        }
    }

    fn is_version_1_1(&self) -> bool {
        self.version == Some(DmVersion::V1_1)
    }

    fn is_windows(&self) -> bool {
        self.dialect == Dialect::Windows
    }

    fn header(&mut self, header: &SyncHdr<'_>) {
        self.breaks(Rule::Version, self.version.is_none());
        self.breaks(Rule::WindowsVersion, self.is_windows() && self.version != Some(DmVersion::V1_2));
        self.breaks(Rule::SessionId, SessionId::parse(&header.session_id).is_none());
        self.breaks(Rule::MsgId, header.msg_id.get() == 0);
        self.breaks(Rule::Nobody, header.target.loc_uri.is_empty() || header.source.loc_uri.is_empty());
        self.breaks(Rule::NotUsed(syncml::NO_RESP), header.no_resp);
    }

    fn command(&mut self, command: &'m Command<'m>, parent: Parent) {
        let number = if let CmdId::Number(number) = command.cmd_id() { Some(*number) } else { None };
        self.place = Place::command(self.count, number);
        self.count += 1;
        self.breaks(Rule::MoreDataNotLast, self.chunk_seen);
        self.cmd_id(command.cmd_id());
        self.parent(command, parent);
        match command {
            Command::Tree(command) => self.tree_command(command, parent),
            Command::Alert(alert) => self.alert(alert, parent),
            Command::Atomic(content) => {
                self.atomic(content);
                self.container(content, Parent::Atomic);
            }
            Command::Sequence(content) => self.container(content, Parent::Sequence),
            Command::Status(status) => self.status(status, parent),
            Command::Results(results) => self.results(results, parent),
            Command::Unknown(_) => self.breaks(Rule::UnknownCommand, true),
        }
    }

    fn cmd_id(&mut self, cmd_id: &'m CmdId<'m>) {
        match cmd_id {
            CmdId::Absent => self.breaks(Rule::NoCmdId, true),
            CmdId::Number(0) => self.breaks(Rule::ZeroCmdId, true),
            CmdId::Number(_) | CmdId::Text(_) => {
                self.breaks(Rule::TextCmdId, self.is_windows() && matches!(cmd_id, CmdId::Text(_)));
                let is_new = self.cmd_ids.insert(cmd_id);
                self.breaks(Rule::DuplicateCmdId, !is_new);
            }
        }
    }

    fn parent(&mut self, command: &Command<'_>, parent: Parent) {
        let is_legal = match (parent, command) {
            (Parent::Body, _) => true,
            (Parent::Atomic, Command::Tree(command)) => !matches!(command.verb, Verb::Get | Verb::Exec),
            (Parent::Atomic | Parent::Sequence, Command::Alert(_)) => true,
            (Parent::Atomic, _) => false,
            (Parent::Sequence, Command::Tree(_) | Command::Atomic(_)) => true,
            (Parent::Sequence, _) => false,
        };
        let rule = if parent == Parent::Atomic { Rule::AtomicChild } else { Rule::SequenceChild };
        self.breaks(rule, !is_legal);
    }

    fn tree_command(&mut self, command: &TreeCommand<'_>, parent: Parent) {
        self.breaks(Rule::NotUsed(syncml::NO_RESP), command.no_resp);
        self.meta(command.meta.as_ref());
        self.correlator(command.correlator.is_some(), command.verb == Verb::Exec);
        self.breaks(Rule::Missing(syncml::ITEM), command.items.is_empty());
        self.breaks(Rule::ItemsOfExec, command.verb == Verb::Exec && command.items.len() > 1);
        self.items(&command.items, parent);
        for (at, item) in command.items.iter().enumerate() {
            self.at_item(Some(at));
            let is_addressed = match command.verb {
                Verb::Copy => item.target.is_some() && item.source.is_some(),
                // A client's Replace of DevInfo has Source instead of Target \[dm 3.2\].
                Verb::Replace => item.target.is_some() || item.source.is_some(),
                Verb::Add | Verb::Delete | Verb::Get | Verb::Exec => item.target.is_some(),
            };
            self.breaks(Rule::NoAddress, !is_addressed);
            self.uri(item.target_uri());
            self.uri(item.source_uri());
        }
        self.at_item(None);
    }

    fn alert(&mut self, alert: &Alert<'_>, parent: Parent) {
        self.breaks(Rule::NotUsed(syncml::NO_RESP), alert.no_resp);
        self.correlator(alert.correlator.is_some(), true);
        match alert.code {
            None => self.breaks(Rule::Missing(syncml::DATA), true),
            Some(AlertCode::GENERIC_ALERT) => self.breaks(Rule::AlertSinceVersion12, self.is_version_1_1()),
            Some(code) => {
                self.breaks(Rule::UserAlert, self.is_windows() && code.is_user_interaction());
            }
        }
        self.items(&alert.items, parent);
    }

    fn status(&mut self, status: &Status<'_>, parent: Parent) {
        self.breaks(Rule::StatusOrder, !self.status_seen && !status.is_for_sync_hdr());
        self.status_seen = true;
        self.breaks(Rule::Missing(syncml::MSG_REF), status.msg_ref.is_none());
        self.breaks(Rule::Missing(syncml::CMD), status.cmd.is_empty());
        self.breaks(Rule::NotUsed(syncml::CRED), status.cred().is_some());
        self.items(&status.items, parent);
    }

    fn results(&mut self, results: &Results<'_>, parent: Parent) {
        self.breaks(Rule::Missing(syncml::MSG_REF), results.msg_ref.is_none());
        self.breaks(Rule::Missing(syncml::CMD_REF), results.cmd_ref == CmdId::Absent);
        self.meta(results.meta.as_ref());
        self.breaks(Rule::Missing(syncml::ITEM), results.items.is_empty());
        self.items(&results.items, parent);
        for (at, item) in results.items.iter().enumerate() {
            self.at_item(Some(at));
            self.uri(item.source_uri());
        }
        self.at_item(None);
    }

    fn container(&mut self, content: &'m Container<'m>, this: Parent) {
        self.breaks(Rule::NotUsed(syncml::NO_RESP), content.no_resp);
        self.meta(content.meta.as_ref());
        self.breaks(Rule::EmptyContainer, content.commands.is_empty());
        for command in &content.commands {
            self.command(command, this);
        }
    }

    /// What Windows asks of an Atomic as a whole; the place is that of the Atomic.
    fn atomic(&mut self, content: &Container<'_>) {
        if !self.is_windows() {
            return;
        }
        let commands = content.commands.iter().filter_map(|command| match command {
            Command::Tree(command) => Some(command),
            Command::Alert(_)
            | Command::Atomic(_)
            | Command::Sequence(_)
            | Command::Status(_)
            | Command::Results(_)
            | Command::Unknown(_) => None,
        });
        let mut added = BTreeSet::new();
        let (mut of_device, mut of_user, mut added_then_replaced) = (false, false, false);
        for command in commands {
            for uri in command.items.iter().filter_map(Item::target_uri) {
                of_device |= Scope::of(uri) == Some(Scope::Device);
                of_user |= Scope::of(uri) == Some(Scope::User);
                match command.verb {
                    Verb::Add => _ = added.insert(uri),
                    Verb::Replace => added_then_replaced |= added.contains(uri),
                    Verb::Copy | Verb::Delete | Verb::Get | Verb::Exec => {}
                }
            }
        }
        self.breaks(Rule::AddThenReplace, added_then_replaced);
        self.breaks(Rule::MixedScopes, of_device && of_user);
    }

    fn correlator(&mut self, is_there: bool, may_be_there: bool) {
        self.breaks(Rule::Correlator, is_there && !may_be_there);
        self.breaks(Rule::SinceVersion12(syncml::CORRELATOR), is_there && self.is_version_1_1());
        self.breaks(Rule::WindowsCorrelator, is_there && self.is_windows());
    }

    /// What holds for the Items of every command.
    fn items(&mut self, items: &[Item<'_>], parent: Parent) {
        for (at, item) in items.iter().enumerate() {
            self.at_item(Some(at));
            self.meta(item.meta.as_ref());
            self.breaks(Rule::NotUsed(syncml::SOURCE_PARENT), item.parents().source.is_some());
            self.breaks(Rule::NotUsed(syncml::TARGET_PARENT), item.parents().target.is_some());
            self.breaks(Rule::MoreDataNotLast, self.chunk_seen && at > 0);
            self.breaks(Rule::LargeObject, item.more_data && self.is_windows());
            self.breaks(Rule::MoreDataInContainer, item.more_data && parent != Parent::Body);
            self.chunk_seen |= item.more_data;
        }
        self.at_item(None);
    }

    fn meta(&mut self, meta: Option<&Meta<'_>>) {
        match meta.and_then(|meta| meta.format.as_ref()) {
            Some(MetaFormat::Other(_)) => self.breaks(Rule::Format, true),
            Some(MetaFormat::Known(format @ (Format::Date | Format::Time | Format::Float))) => {
                self.breaks(Rule::FormatSinceVersion12(*format), self.is_version_1_1());
            }
            Some(MetaFormat::Known(_)) | None => {}
        }
    }

    fn uri(&mut self, uri: Option<&str>) {
        if let Some(fault) = uri.and_then(fault) {
            self.breaks(Rule::Uri(fault), true);
        }
    }

    fn at_item(&mut self, number: Option<usize>) {
        if let Place::Command { item, .. } = &mut self.place {
            *item = number;
        }
    }
}
