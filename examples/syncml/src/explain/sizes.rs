//! How the bytes of a message are spent \[dm 3.7, 3.8\].

use omadm_proto::encode::MessageWriter;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Command, Item, Message};

use super::story::Fact;
use crate::document::Document;

/// The size of the message and of its parts, and the limits that it names.
pub(super) fn facts(document: &Document, message: &Message<'_>, max_msg_size: Option<u64>) -> Vec<Fact> {
    let bytes = document.bytes.len();
    let syntax = if document.syntax == Syntax::Xml { "XML" } else { "WBXML" };
    let data = message.commands.iter().map(data_bytes).sum::<usize>();
    let spent = format!("{bytes} bytes of {syntax}; {data} of them in Data, {} around it", bytes.saturating_sub(data));
    let mut facts = vec![
        Fact::new("messageBytes", bytes, spent),
        Fact::new("dataBytes", data, ""),
        Fact::new("overheadBytes", bytes.saturating_sub(data), ""),
    ];
    for (key, name, syntax) in [("asXml", "XML", Syntax::Xml), ("asWbxml", "WBXML", Syntax::Wbxml)] {
        if let Ok(len) = message.encoded_len(syntax) {
            facts.push(Fact::new(key, len, format!("{len} bytes as compact {name} of this library")));
        }
    }
    if let Some((command, len)) = biggest(document.syntax, message) {
        let name = format!("{} {}", command.name(), command.cmd_id());
        facts.push(Fact::new(
            "biggestCommand",
            name.clone(),
            format!("the biggest command is {name} with {len} bytes"),
        ));
        facts.push(Fact::new("biggestCommandBytes", len, ""));
    }
    if let Some(limit) = max_msg_size {
        let fits = bytes as u64 <= limit;
        let text = if fits { "fits into" } else { "is too large for" };
        facts.push(Fact::new("fits", fits, format!("{text} the recipient's MaxMsgSize of {limit} bytes")));
    }
    let meta = message.header.meta.as_ref();
    if let Some(limit) = meta.and_then(|meta| meta.max_msg_size()) {
        let text = format!("the sender takes messages of up to {limit} bytes (MaxMsgSize): this binds the answers");
        facts.push(Fact::new("maxMsgSize", limit, text));
    }
    if let Some(limit) = meta.and_then(|meta| meta.max_obj_size()) {
        let text = format!("the sender takes objects of up to {limit} bytes (MaxObjSize)");
        facts.push(Fact::new("maxObjSize", limit, text));
    }
    facts
}

/// The bytes in all Data of `command`.
fn data_bytes(command: &Command<'_>) -> usize {
    let of = |items: &[Item<'_>]| -> usize {
        items.iter().filter_map(|item| item.data.as_ref()).map(|data| data.as_bytes().len()).sum()
    };
    match command {
        Command::Tree(command) => of(&command.items),
        Command::Alert(command) => of(&command.items),
        Command::Status(command) => of(&command.items),
        Command::Results(command) => of(&command.items),
        Command::Atomic(container) | Command::Sequence(container) => container.commands.iter().map(data_bytes).sum(),
        _ => 0,
    }
}

/// The command of the body that takes most bytes.
fn biggest<'m, 'a>(syntax: Syntax, message: &'m Message<'a>) -> Option<(&'m Command<'a>, usize)> {
    let mut writer = MessageWriter::begin(syntax, &message.header).ok()?;
    let mut found: Option<(&Command<'_>, usize)> = None;
    for command in &message.commands {
        let before = writer.written_len();
        writer.command(command).ok()?;
        let len = writer.written_len() - before;
        if found.is_none_or(|(_, most)| len > most) {
            found = Some((command, len));
        }
    }
    found
}
