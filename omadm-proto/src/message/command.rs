//! The commands of a SyncBody.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use super::{Content, Item, Meta, Results, Status};
use crate::alert::AlertCode;
use crate::ids::CmdId;

/// One command \[dm 2.1\].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// Add, Replace, Copy, Delete, Get or Exec: they share one content model.
    Tree(TreeCommand<'a>),
    /// Alert.
    Alert(Alert<'a>),
    /// Atomic: all of its commands or none.
    Atomic(Container<'a>),
    /// Sequence: its commands in the given order.
    Sequence(Container<'a>),
    /// Status.
    Status(Status<'a>),
    /// Results.
    Results(Results<'a>),
    /// An element that is no DM command (Map, Put, Search, Sync, Move or a name nobody knows): answer 406 or 400.
    Unknown(UnknownCommand<'a>),
}

impl<'a> Command<'a> {
    /// The element name, as it is written in Status/Cmd.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Tree(command) => command.verb.as_str(),
            Self::Alert(_) => "Alert",
            Self::Atomic(_) => "Atomic",
            Self::Sequence(_) => "Sequence",
            Self::Status(_) => "Status",
            Self::Results(_) => "Results",
            Self::Unknown(command) => &command.name,
        }
    }

    /// CmdID.
    #[must_use]
    pub const fn cmd_id(&self) -> &CmdId<'a> {
        match self {
            Self::Tree(command) => &command.cmd_id,
            Self::Alert(command) => &command.cmd_id,
            Self::Atomic(command) | Self::Sequence(command) => &command.cmd_id,
            Self::Status(command) => &command.cmd_id,
            Self::Results(command) => &command.cmd_id,
            Self::Unknown(command) => &command.cmd_id,
        }
    }

    /// Target/LocURI of the first Item, if the command has one.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        let items = match self {
            Self::Tree(command) => &command.items,
            Self::Alert(command) => &command.items,
            Self::Status(command) => &command.items,
            Self::Results(command) => &command.items,
            Self::Atomic(_) | Self::Sequence(_) | Self::Unknown(_) => return None,
        };
        items.first().and_then(Item::target_uri)
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Command<'static> {
        match self {
            Self::Tree(command) => Command::Tree(command.into_owned()),
            Self::Alert(command) => Command::Alert(command.into_owned()),
            Self::Atomic(command) => Command::Atomic(command.into_owned()),
            Self::Sequence(command) => Command::Sequence(command.into_owned()),
            Self::Status(command) => Command::Status(command.into_owned()),
            Self::Results(command) => Command::Results(command.into_owned()),
            Self::Unknown(command) => Command::Unknown(command.into_owned()),
        }
    }
}

/// The verbs of the commands that act on nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the six node commands of DM 1.x; a seventh would be a new protocol")]
pub enum Verb {
    /// Add.
    Add,
    /// Replace.
    Replace,
    /// Copy.
    Copy,
    /// Delete.
    Delete,
    /// Get.
    Get,
    /// Exec.
    Exec,
}

impl Verb {
    /// The element name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Replace => "Replace",
            Self::Copy => "Copy",
            Self::Delete => "Delete",
            Self::Get => "Get",
            Self::Exec => "Exec",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Add, Replace, Copy, Delete, Get or Exec.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TreeCommand<'a> {
    /// Which of the six.
    pub verb: Verb,
    /// CmdID.
    pub cmd_id: CmdId<'a>,
    /// NoResp; not used in DM.
    pub no_resp: bool,
    /// Meta for all Items that have none of their own.
    pub meta: Option<Meta<'a>>,
    /// Correlator, in Exec only.
    pub correlator: Option<Cow<'a, str>>,
    /// Items, at least one in a legal command.
    pub items: Vec<Item<'a>>,
}

impl<'a> TreeCommand<'a> {
    /// `verb` with `items`.
    #[must_use]
    pub fn new(verb: Verb, cmd_id: impl Into<CmdId<'a>>, items: Vec<Item<'a>>) -> Self {
        Self { verb, cmd_id: cmd_id.into(), no_resp: false, meta: None, correlator: None, items }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> TreeCommand<'static> {
        TreeCommand {
            verb: self.verb,
            cmd_id: self.cmd_id.into_owned(),
            no_resp: self.no_resp,
            meta: self.meta.map(Meta::into_owned),
            correlator: self.correlator.map(|text| Cow::Owned(text.into_owned())),
            items: self.items.into_iter().map(Item::into_owned).collect(),
        }
    }
}

/// Alert.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Alert<'a> {
    /// CmdID.
    pub cmd_id: CmdId<'a>,
    /// NoResp; not used in DM.
    pub no_resp: bool,
    /// Data: the alert code; mandatory in DM, so a missing one is answered 412.
    pub code: Option<AlertCode>,
    /// Correlator: answers the Exec that had the same one.
    pub correlator: Option<Cow<'a, str>>,
    /// Items.
    pub items: Vec<Item<'a>>,
}

impl<'a> Alert<'a> {
    /// The alert `code` with `items`.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId<'a>>, code: AlertCode, items: Vec<Item<'a>>) -> Self {
        Self { cmd_id: cmd_id.into(), no_resp: false, code: Some(code), correlator: None, items }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Alert<'static> {
        Alert {
            cmd_id: self.cmd_id.into_owned(),
            no_resp: self.no_resp,
            code: self.code,
            correlator: self.correlator.map(|text| Cow::Owned(text.into_owned())),
            items: self.items.into_iter().map(Item::into_owned).collect(),
        }
    }
}

/// The content of Atomic or Sequence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Container<'a> {
    /// CmdID.
    pub cmd_id: CmdId<'a>,
    /// NoResp; not used in DM.
    pub no_resp: bool,
    /// Meta.
    pub meta: Option<Meta<'a>>,
    /// The commands inside, in document order.
    pub commands: Vec<Command<'a>>,
}

impl<'a> Container<'a> {
    /// A container of `commands`.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId<'a>>, commands: Vec<Command<'a>>) -> Self {
        Self { cmd_id: cmd_id.into(), no_resp: false, meta: None, commands }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Container<'static> {
        Container {
            cmd_id: self.cmd_id.into_owned(),
            no_resp: self.no_resp,
            meta: self.meta.map(Meta::into_owned),
            commands: self.commands.into_iter().map(Command::into_owned).collect(),
        }
    }
}

/// An element in command position that is no DM command: a data synchronisation command, or one that nobody knows. It is kept
/// whole, so that a message can be stored and passed on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UnknownCommand<'a> {
    /// The element name, as [`ElementName`](super::ElementName) spells it.
    pub name: Cow<'a, str>,
    /// CmdID, if it had one.
    pub cmd_id: CmdId<'a>,
    /// Everything else that is in it.
    pub content: Content<'a>,
}

impl<'a> UnknownCommand<'a> {
    /// The element `name`.
    #[must_use]
    pub fn new(name: impl Into<Cow<'a, str>>, cmd_id: CmdId<'a>) -> Self {
        Self { name: name.into(), cmd_id, content: Content::new() }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> UnknownCommand<'static> {
        UnknownCommand {
            name: Cow::Owned(self.name.into_owned()),
            cmd_id: self.cmd_id.into_owned(),
            content: self.content.into_owned(),
        }
    }
}
