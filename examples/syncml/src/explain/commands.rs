//! What each command asks, and what each Status and Results answers, in one line.

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Alert, Command, Data, Format, Item, Message, Meta, Results, Status, TreeCommand, Verb};

use super::story::Line;
use crate::screen::{count, printable};

/// The commands of `message`, which begin at `places`; those inside Atomic and Sequence below theirs.
pub(super) fn lines(message: &Message<'_>, places: &[usize]) -> Vec<Line> {
    let mut lines = Vec::new();
    add(&mut lines, &message.commands, 0);
    for (line, place) in lines.iter_mut().zip(places) {
        line.offset = Some(*place);
    }
    lines
}

fn add(lines: &mut Vec<Line>, commands: &[Command<'_>], depth: usize) {
    for command in commands {
        let text = match command {
            Command::Tree(content) => tree_command(content),
            Command::Alert(content) => alert(content),
            Command::Atomic(content) => {
                format!("do all or none of {}", count(content.commands.len(), "command"))
            }
            Command::Sequence(content) => {
                format!("do {} in this order", count(content.commands.len(), "command"))
            }
            Command::Status(content) => status(content),
            Command::Results(content) => results(content),
            _ => "no command of device management; it is answered 406 or 400".to_string(),
        };
        let cmd_id = match command.cmd_id().to_string() {
            id if id.is_empty() => "(no CmdID)".to_string(),
            id => printable(&id, 40),
        };
        lines.push(Line { depth, name: printable(command.name(), 40), cmd_id, offset: None, text });
        if let Command::Atomic(content) | Command::Sequence(content) = command {
            add(lines, &content.commands, depth + 1);
        }
    }
}

/// How many Items of a command are named before the rest is counted.
const NAMED: usize = 3;

fn tree_command(command: &TreeCommand<'_>) -> String {
    let reports = command.verb == Verb::Replace && command.items.iter().all(|item| item.target.is_none());
    let phrases: Vec<_> = if reports && !command.items.is_empty() {
        command.items.iter().map(|item| uri(item.source_uri())).collect()
    } else {
        command.items.iter().map(|item| act(command, item)).collect()
    };
    let mut text = if reports && !phrases.is_empty() { "report ".to_string() } else { String::new() };
    text += &listed(&phrases);
    if command.items.is_empty() {
        text = "nothing: it has no Item and is answered 400".to_string();
    }
    if let Some(correlator) = &command.correlator {
        text += &format!("; a later alert about it carries the Correlator {}", printable(correlator, 60));
    }
    text
}

fn listed(phrases: &[String]) -> String {
    let mut text = phrases.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if phrases.len() > NAMED {
        text += &format!(" and {} more", phrases.len() - NAMED);
    }
    text
}

fn act(command: &TreeCommand<'_>, item: &Item<'_>) -> String {
    let meta = command.meta.as_ref();
    let target = uri(item.target_uri());
    let size = value(item, meta);
    let rest = if item.more_data { "; more chunks follow" } else { "" };
    let interior = item.effective_format(meta).is_some_and(|format| format.as_str() == Format::Node.as_str());
    match command.verb {
        Verb::Get => get(&target),
        Verb::Delete => format!("delete {target} and what is below it"),
        Verb::Copy => format!("copy {} to {target}", uri(item.source_uri())),
        Verb::Exec if item.data.is_some() => format!("start {target} with {size}"),
        Verb::Exec => format!("start {target}"),
        Verb::Add if interior => format!("create the interior node {target}"),
        Verb::Add => format!("create {target} with {size}{rest}"),
        Verb::Replace => format!("set {target} to {size}{rest}"),
    }
}

fn get(target: &str) -> String {
    match target.split_once('?') {
        Some((node, query)) => match query.split_once('=') {
            Some(("prop", property)) => format!("read the property {property} of {node}"),
            Some(("list", list)) => format!("read the subtree of {node} as {list}"),
            _ => format!("read {target}, whose query nobody specifies"),
        },
        None => format!("read {target}"),
    }
}

/// A value by its size, Format and Type; never the value itself.
fn value(item: &Item<'_>, meta: Option<&Meta<'_>>) -> String {
    let bytes = item.data.as_ref().map_or(0, |data| data.as_bytes().len());
    let format = item.effective_format(meta).map_or_else(|| "chr".to_string(), |format| printable(format.as_str(), 20));
    let mut text = match &item.data {
        None => format!("no Data ({format}"),
        Some(Data::Xml(_)) => format!("{} of elements ({format}", count(bytes, "byte")),
        Some(_) => format!("{} ({format}", count(bytes, "byte")),
    };
    if let Some(type_name) = item.effective_type(meta) {
        text += &format!(", {}", printable(type_name.trim(), 80));
    }
    if let Some(size) = item.meta.as_ref().or(meta).and_then(|meta| meta.size) {
        text += &format!(", {size} in all");
    }
    text + ")"
}

fn alert(alert: &Alert<'_>) -> String {
    let Some(code) = alert.code else {
        return "an alert without a code; it is answered 412".to_string();
    };
    let mut text = code.to_string();
    if code == AlertCode::GENERIC_ALERT || code == AlertCode::CLIENT_EVENT {
        let events: Vec<_> = alert.items.iter().map(event).collect();
        text += &format!(": {}", listed(&events));
    } else if code.is_user_interaction() {
        text += &format!(": the user is asked, {} for the choices", count(alert.items.len().saturating_sub(2), "Item"));
    } else if let Some(item) = alert.items.first() {
        let about = item.target_uri().or(item.source_uri());
        text += &about.map(|about| format!(" about {}", printable(about, 120))).unwrap_or_default();
    }
    if let Some(correlator) = &alert.correlator {
        text += &format!("; it answers the Exec with Correlator {}", printable(correlator, 60));
    }
    text
}

fn event(item: &Item<'_>) -> String {
    let meta = item.meta.as_ref();
    let mut text = match meta.and_then(|meta| meta.type_name.as_deref()) {
        Some(type_name) => printable(type_name.trim(), 120),
        None => "an event without Type".to_string(),
    };
    if let Some(source) = item.source_uri() {
        text += &format!(" from {}", printable(source, 120));
    }
    if let Some(mark) = meta.and_then(|meta| meta.mark()) {
        text += &format!(", {}", printable(mark, 20));
    }
    text
}

fn status(status: &Status<'_>) -> String {
    let whom = if status.is_for_sync_hdr() {
        "the header".to_string()
    } else if status.cmd.is_empty() {
        format!("command {}", status.cmd_ref)
    } else {
        format!("{} {}", printable(&status.cmd, 40), printable(&status.cmd_ref.to_string(), 40))
    };
    let of = status.msg_ref.map(|msg| format!(" of message {msg}")).unwrap_or_default();
    let about = status.target_refs.first().or(status.source_refs().first());
    let about = about.filter(|_| !status.is_for_sync_hdr());
    let about = about.map(|about| format!(" on {}", printable(about, 120))).unwrap_or_default();
    let mut text = format!("{whom}{of}{about} got {}", status.code);
    if let Some(error) = status.original_error() {
        text += &format!("; the device's own error is {}", printable(error, 40));
    }
    if !status.items.is_empty() {
        text += &format!("; {} came back", count(status.items.len(), "Item"));
    }
    text
}

fn results(results: &Results<'_>) -> String {
    let of = results.msg_ref.map(|msg| format!(" of message {msg}")).unwrap_or_default();
    let returned = |item: &Item<'_>| {
        let node = item.source_uri().or(item.target_uri()).or(results.refs().source.as_deref());
        format!("{} = {}", uri(node), value(item, results.meta.as_ref()))
    };
    let phrases: Vec<_> = results.items.iter().map(returned).collect();
    let asked = printable(&results.cmd_ref.to_string(), 40);
    if phrases.is_empty() {
        return format!("for command {asked}{of}: nothing");
    }
    format!("for command {asked}{of}: {}", listed(&phrases))
}

fn uri(uri: Option<&str>) -> String {
    uri.map_or_else(|| "nothing (no LocURI)".to_string(), |uri| printable(uri, 160))
}
