//! The template of a fan-out job: commands with placeholders, checked once and filled in per device \[gwmo 5.1, 5.3\].
//!
//! Invariants of a [`Template`]: only Get, Add, Replace, Delete, Copy, Exec, Atomic and Sequence; every command has a CmdID of
//! its own that is a number, because reports name commands by it; every placeholder is one that the sheet knows; no command
//! addresses a management account or the gateway association of the device. Values are put into decoded text, so the encoder
//! escapes them, and are never scanned again.

mod placeholder;

pub use placeholder::{DeviceFact, ImageFact, Placeholder};

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use omadm_proto::decode::decode_commands;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::CmdId;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Container, Data, Item, Location, TreeCommand, Verb};
use omadm_proto::xml::Escaped;
use omadm_tree::uri::TargetUri;

/// Subtrees that a template must not touch \[gwmo 5.3\]: the places of DMAcc \[mo\] and the gateway association.
const FORBIDDEN: [&[&str]; 3] = [&["DMAcc"], &["SyncML", "DMAcc"], &["GwConfig"]];

/// Bytes of a template \[gwmo 10.1\].
pub const MAX_BYTES: usize = 64 << 10;

/// Why a template is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// Larger than [`MAX_BYTES`].
    #[error("the template is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is no SyncBody.
    #[error("the template is no SyncBody document: {0}")]
    Undecodable(omadm_proto::error::DecodeError),
    /// It holds no command.
    #[error("the template holds no command")]
    Empty,
    /// A command that must not be in a template.
    #[error("{0} is not allowed in a template; allowed are Get, Add, Replace, Delete, Copy, Exec, Atomic and Sequence")]
    NotAllowed(String),
    /// A CmdID is missing, no number, or used twice.
    #[error("CmdID {0:?} is missing, no number or used twice; every command of a template needs a number of its own")]
    CmdId(String),
    /// An Item without Target.
    #[error("command {0} has an Item without Target/LocURI")]
    NoTarget(u32),
    /// A URI that is malformed or forbidden.
    #[error("command {command} addresses {uri}, which is malformed or below a management account or ./GwConfig")]
    Uri {
        /// CmdID.
        command: u32,
        /// The URI.
        uri: String,
    },
    /// A placeholder that nobody knows.
    #[error("placeholder {0} is unknown")]
    Placeholder(String),
}

/// A placeholder had no value for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenderError {
    /// No value.
    NoValue(Placeholder),
    /// The filled-in URI is malformed or forbidden.
    Uri(String),
}

/// A checked template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    commands: Vec<Command<'static>>,
    placeholders: BTreeSet<Placeholder>,
}

impl Template {
    /// Reads and checks the SyncBody document `bytes`.
    ///
    /// # Errors
    /// When it breaks one of the invariants above.
    pub fn parse(syntax: Syntax, bytes: &[u8]) -> Result<Self, TemplateError> {
        if bytes.len() > MAX_BYTES {
            return Err(TemplateError::TooLarge);
        }
        let mut limits = Limits::DEFAULT;
        limits.depth = 32;
        let commands = decode_commands(syntax, bytes, &limits).map_err(TemplateError::Undecodable)?;
        if commands.is_empty() {
            return Err(TemplateError::Empty);
        }
        let mut check = Check { ids: BTreeSet::new(), placeholders: BTreeSet::new() };
        for command in &commands {
            check.command(command)?;
        }
        let commands = commands.into_iter().map(Command::into_owned).collect();
        Ok(Self { commands, placeholders: check.placeholders })
    }

    /// The commands as the server wrote them, in order.
    #[must_use]
    pub fn commands(&self) -> &[Command<'static>] {
        &self.commands
    }

    /// All placeholders that occur.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.placeholders.iter()
    }

    /// Whether it only reads: such a template may be repeated without asking \[gwmo 5.4\].
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.leaves().iter().all(|command| command.verb == Verb::Get)
    }

    /// All commands that are no containers, in document order.
    #[must_use]
    pub fn leaves(&self) -> Vec<&TreeCommand<'static>> {
        fn collect<'t>(commands: &'t [Command<'static>], leaves: &mut Vec<&'t TreeCommand<'static>>) {
            for command in commands {
                match Part::of(command) {
                    Part::Leaf(leaf) => leaves.push(leaf),
                    Part::Atomic(container) | Part::Sequence(container) => collect(&container.commands, leaves),
                    Part::Other => {}
                }
            }
        }
        let mut leaves = Vec::new();
        collect(&self.commands, &mut leaves);
        leaves
    }
}

/// The CmdID as the number that [`Template::parse`] made sure it is.
pub(crate) fn number_of(id: &CmdId<'_>) -> u32 {
    if let CmdId::Number(number) = id { *number } else { 0 }
}

/// A command of a template by what may be in a template.
pub(crate) enum Part<'t, 'm> {
    Leaf(&'t TreeCommand<'m>),
    Atomic(&'t Container<'m>),
    Sequence(&'t Container<'m>),
    /// What [`Template::parse`] refuses.
    Other,
}

impl<'t, 'm> Part<'t, 'm> {
    pub(crate) const fn of(command: &'t Command<'m>) -> Self {
        if let Command::Tree(leaf) = command {
            Self::Leaf(leaf)
        } else if let Command::Atomic(container) = command {
            Self::Atomic(container)
        } else if let Command::Sequence(container) = command {
            Self::Sequence(container)
        } else {
            Self::Other
        }
    }
}

/// Fills the placeholders of `command`, a command of a [`Template`].
pub(crate) fn render(
    command: &Command<'static>,
    value: &impl Fn(&Placeholder) -> Option<String>,
) -> Result<Command<'static>, RenderError> {
    match Part::of(command) {
        Part::Leaf(leaf) => render_leaf(leaf, value).map(Command::Tree),
        Part::Atomic(container) => render_container(container, value).map(Command::Atomic),
        Part::Sequence(container) => render_container(container, value).map(Command::Sequence),
        Part::Other => Ok(command.clone()),
    }
}

fn render_container(
    container: &Container<'static>,
    value: &impl Fn(&Placeholder) -> Option<String>,
) -> Result<Container<'static>, RenderError> {
    let commands = container.commands.iter().map(|inner| render(inner, value)).collect::<Result<_, _>>()?;
    let mut rendered = Container::new(container.cmd_id.clone(), commands);
    rendered.meta.clone_from(&container.meta);
    Ok(rendered)
}

fn render_leaf(
    leaf: &TreeCommand<'static>,
    value: &impl Fn(&Placeholder) -> Option<String>,
) -> Result<TreeCommand<'static>, RenderError> {
    let mut rendered = leaf.clone();
    for item in &mut rendered.items {
        for location in [&mut item.target, &mut item.source].into_iter().flatten() {
            render_location(location, value)?;
        }
        item.data = item.data.take().map(Data::into_text);
        match &mut item.data {
            Some(Data::Text(text)) => *text = Cow::Owned(placeholder::fill(text, value).map_err(RenderError::NoValue)?),
            Some(Data::Xml(text)) => {
                let escaped = |placeholder: &Placeholder| value(placeholder).map(|text| Escaped(text).to_string());
                *text = Cow::Owned(placeholder::fill(text, &escaped).map_err(RenderError::NoValue)?);
            }
            _ => {}
        }
    }
    Ok(rendered)
}

fn render_location(
    location: &mut Location<'static>,
    value: &impl Fn(&Placeholder) -> Option<String>,
) -> Result<(), RenderError> {
    let filled = placeholder::fill(&location.loc_uri, value).map_err(RenderError::NoValue)?;
    if !is_allowed(&filled) {
        return Err(RenderError::Uri(filled));
    }
    location.loc_uri = Cow::Owned(filled);
    Ok(())
}

fn is_allowed(uri: &str) -> bool {
    let Ok(target) = TargetUri::parse(uri) else { return false };
    let node = target.node();
    !FORBIDDEN.iter().any(|forbidden| {
        let mut segments = node.segments();
        forbidden.iter().all(|name| segments.next().is_some_and(|segment| segment == *name))
    })
}

struct Check {
    ids: BTreeSet<u32>,
    placeholders: BTreeSet<Placeholder>,
}

impl Check {
    fn command(&mut self, command: &Command<'_>) -> Result<(), TemplateError> {
        match Part::of(command) {
            Part::Leaf(leaf) => {
                let id = self.id(&leaf.cmd_id)?;
                leaf.items.iter().try_for_each(|item| self.item(id, item))?;
                if leaf.items.is_empty() { Err(TemplateError::NoTarget(id)) } else { Ok(()) }
            }
            Part::Atomic(container) | Part::Sequence(container) => {
                self.id(&container.cmd_id)?;
                container.commands.iter().try_for_each(|inner| self.command(inner))
            }
            Part::Other => Err(TemplateError::NotAllowed(command.name().into())),
        }
    }

    fn id(&mut self, id: &CmdId<'_>) -> Result<u32, TemplateError> {
        match number_of(id) {
            0 => Err(TemplateError::CmdId(alloc::format!("{id}"))),
            number if self.ids.insert(number) => Ok(number),
            number => Err(TemplateError::CmdId(alloc::format!("{number}"))),
        }
    }

    fn item(&mut self, command: u32, item: &Item<'_>) -> Result<(), TemplateError> {
        if item.target.is_none() {
            return Err(TemplateError::NoTarget(command));
        }
        for uri in [item.target_uri(), item.source_uri()].into_iter().flatten() {
            let found = self.scan(uri)?;
            // A URI with a placeholder is looked at again when its value is known.
            if found == 0 && !is_allowed(&uri.replace("{$$", "{$")) {
                return Err(TemplateError::Uri { command, uri: uri.into() });
            }
        }
        match item.data.as_ref().and_then(Data::as_str) {
            Some(text) => self.scan(text).map(|_| ()),
            None => Ok(()),
        }
    }

    fn scan(&mut self, text: &str) -> Result<usize, TemplateError> {
        let found = placeholder::scan(text).map_err(TemplateError::Placeholder)?;
        let count = found.len();
        self.placeholders.extend(found);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
