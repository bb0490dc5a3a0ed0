//! Where the commands of a message begin.

use omadm_proto::element::{Event, EventSource as _, Name, Tag, syncml};
use omadm_proto::message::{Command, Message};

use crate::document::Document;

/// The offsets of the commands of `message`, which `document` holds, in document order; those inside Atomic and Sequence
/// follow theirs. Empty when the two do not agree on what a command is.
pub(crate) fn of_commands(document: &Document, message: &Message<'_>) -> Vec<usize> {
    let found = find(document).unwrap_or_default();
    if found.len() == count(&message.commands) { found } else { Vec::new() }
}

fn count(commands: &[Command<'_>]) -> usize {
    let inside = |command: &Command<'_>| match command {
        Command::Atomic(container) | Command::Sequence(container) => count(&container.commands),
        _ => 0,
    };
    commands.iter().map(|command| 1 + inside(command)).sum()
}

fn find(document: &Document) -> Option<Vec<usize>> {
    let mut source = document.source().ok()?;
    let mut open: Vec<Option<Tag>> = Vec::new();
    let mut found = Vec::new();
    while let Some(event) = source.next_event().ok()? {
        match event {
            Event::Start(name) => {
                if is_command(open.last().copied().flatten(), name) {
                    found.push(source.offset());
                }
                open.push(name.tag());
            }
            Event::End => {
                open.pop();
            }
            _ => {}
        }
    }
    Some(found)
}

/// Whether the element `name` stands where commands do.
fn is_command(parent: Option<Tag>, name: Name<'_>) -> bool {
    let is = |tags: &[Tag]| name.tag().is_some_and(|tag| tags.contains(&tag));
    match parent {
        Some(syncml::SYNC_BODY) => !is(&[syncml::FINAL]),
        Some(syncml::ATOMIC | syncml::SEQUENCE) => !is(&[syncml::CMD_ID, syncml::NO_RESP, syncml::META]),
        _ => false,
    }
}
