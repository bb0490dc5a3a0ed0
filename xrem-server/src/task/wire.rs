//! A command of a task as it stands in a message.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::alert::AlertCode;
use omadm_proto::ids::CmdId;
use omadm_proto::message::{Alert, Command, Container, Data, Format, Item, Location, Meta, TreeCommand, Verb};

use super::command::{CommandSpec, Payload, Write};

impl CommandSpec {
    /// The command on the wire, with CmdIDs counted by `next` in document order.
    #[must_use]
    pub fn to_command(&self, next: &mut u32) -> Command<'_> {
        let cmd_id = CmdId::Number(*next);
        *next = next.saturating_add(1);
        let tree = |verb, items| Command::Tree(TreeCommand::new(verb, cmd_id.clone(), items));
        match self {
            Self::Get { uri } => tree(Verb::Get, vec![Item::target(uri.as_str())]),
            Self::Walk { uri } => tree(Verb::Get, vec![Item::target(alloc::format!("{uri}?list=StructData"))]),
            Self::Delete { uri } => tree(Verb::Delete, vec![Item::target(uri.as_str())]),
            Self::Add(write) => tree(Verb::Add, vec![write.to_item()]),
            Self::Replace(write) => tree(Verb::Replace, vec![write.to_item()]),
            Self::Copy { source, uri } => {
                let mut item = Item::target(uri.as_str());
                item.source = Some(Location::new(source.as_str()));
                tree(Verb::Copy, vec![item])
            }
            Self::Exec(exec) => {
                let mut item = Item::target(exec.uri.as_str());
                item.data = exec.payload.as_ref().map(Payload::to_data);
                let mut command = TreeCommand::new(Verb::Exec, cmd_id, vec![item]);
                command.correlator = exec.correlator.as_str().map(Cow::Borrowed);
                Command::Tree(command)
            }
            Self::Alert { code, items } => {
                let items = items.iter().map(|text| Item::default().with_data(Data::text(text.as_str()))).collect();
                Command::Alert(Alert::new(cmd_id, AlertCode::from_u16(*code), items))
            }
            Self::Atomic { commands } => Command::Atomic(Container::new(cmd_id, inner_commands(commands, next))),
            Self::Sequence { commands } => Command::Sequence(Container::new(cmd_id, inner_commands(commands, next))),
        }
    }
}

fn inner_commands<'a>(commands: &'a [CommandSpec], next: &mut u32) -> Vec<Command<'a>> {
    commands.iter().map(|command| command.to_command(next)).collect()
}

impl Write {
    /// The Item on the wire. The standard's transport formats are respected: bytes travel as `bin`, which the XML writer
    /// turns into base64; a value whose own format is base64 stays base64 text \[dm 2.3\].
    fn to_item(&self) -> Item<'_> {
        let mut item = Item::target(self.uri.as_str());
        let is_bytes = matches!(self.payload, Some(Payload::Bytes(_)));
        let format = self.format.or_else(|| is_bytes.then_some(Format::Bin));
        if format.is_some() || self.type_name.is_some() {
            let mut meta = format.map_or_else(Meta::default, Meta::with_format);
            meta.type_name = self.type_name.as_deref().map(Cow::Borrowed);
            item.meta = Some(meta);
        }
        item.data = match (&self.payload, format) {
            (None, Some(Format::Node | Format::Null)) => None,
            // A leaf always has Data, if only an empty one: clients are known to fall over a missing one [peers 1].
            (None, _) => Some(Data::text("")),
            (Some(Payload::Bytes(bytes)), Some(Format::B64)) => Some(Data::text(STANDARD.encode(bytes))),
            (Some(payload), Some(Format::Bin)) => Some(Data::Opaque(Cow::Borrowed(payload.as_bytes()))),
            (Some(payload), _) => Some(payload.to_data()),
        };
        item
    }
}

impl Payload {
    fn to_data(&self) -> Data<'_> {
        match self {
            Self::Text(text) => Data::text(text.as_str()),
            Self::Bytes(bytes) => Data::from_bytes(bytes.as_slice()),
        }
    }
}
