//! Whom the client comes from, told from what it sends first \[windows-quirks 1, 5\].

use omadm_proto::alert::types;
use omadm_proto::dialect::{Dialect, check};
use omadm_proto::message::{Command, Data, Item, Message, SyncHdr};

/// The dialect of a client that begins with `message`. An account that says which it is knows better.
///
/// Windows shows itself by its alerts; without one, by DevInfo: it calls itself DM client 1.3 and has a device id of 32
/// hexadecimal digits, with or without dashes.
pub(super) fn detect(message: &Message<'_>) -> Dialect {
    let has_own_alert = items(message).any(is_windows_alert);
    let leaf = |name: &str| items(message).find(|item| item.source_uri().is_some_and(|uri| ends_in(uri, name)));
    let text = |name: &str| leaf(name).and_then(|item| item.data.as_ref()).and_then(Data::as_str).map(str::trim);
    let is_own_client = text("DmV") == Some("1.3") && text("DevId").is_some_and(is_windows_id);
    if has_own_alert || is_own_client { Dialect::Windows } else { Dialect::Oma }
}

fn items<'m>(message: &'m Message<'_>) -> impl Iterator<Item = &'m Item<'m>> {
    message.commands.iter().flat_map(|command| match command {
        Command::Alert(alert) => alert.items.as_slice(),
        Command::Tree(tree) => tree.items.as_slice(),
        Command::Atomic(_)
        | Command::Sequence(_)
        | Command::Status(_)
        | Command::Results(_)
        | Command::Unknown(_)
        | _ => &[],
    })
}

fn is_windows_alert(item: &Item<'_>) -> bool {
    let type_name = item.meta.as_ref().and_then(|meta| meta.type_name.as_deref()).map(types::bare);
    type_name.is_some_and(is_windows_type)
}

/// Whether `type_name`, without prefix, is an alert type of Windows.
pub(crate) fn is_windows_type(type_name: &str) -> bool {
    type_name.get(..13).is_some_and(|start| start.eq_ignore_ascii_case("com.microsoft"))
}

fn is_windows_id(text: &str) -> bool {
    let digits = text.chars().filter(|character| *character != '-');
    text.chars().all(|character| character == '-' || character.is_ascii_hexdigit()) && digits.count() == 32
}

fn ends_in(uri: &str, name: &str) -> bool {
    uri.trim().rsplit('/').next() == Some(name)
}

/// Whether a client of `dialect` understands `command`, which has its final CmdIDs. A client of OMA DM says itself what it
/// does not understand.
pub(super) fn understands(dialect: Dialect, header: &SyncHdr<'_>, command: &Command<'_>) -> bool {
    if dialect == Dialect::Oma {
        return true;
    }
    let mut message = Message::new(header.clone());
    message.commands.push(command.clone());
    check(&message, dialect).is_empty()
}

/// `command` without what a client of `dialect` does without: Windows knows no Correlator.
pub(super) fn adapt(dialect: Dialect, command: &mut Command<'_>) {
    if dialect != Dialect::Windows {
        return;
    }
    match command {
        Command::Tree(tree) => tree.correlator = None,
        Command::Atomic(container) | Command::Sequence(container) => {
            container.commands.iter_mut().for_each(|inner| adapt(dialect, inner));
        }
        Command::Alert(_) | Command::Status(_) | Command::Results(_) | Command::Unknown(_) | _ => {}
    }
}
