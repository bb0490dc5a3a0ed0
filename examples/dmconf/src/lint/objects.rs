//! Large objects \[dm 3.7\].

use omadm_proto::message::{Command, Item, TreeCommand};

use super::{Lint, Look, place_of};

/// An object that a server is sending in chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    name: String,
    target: String,
    size: Option<u64>,
    sent: u64,
    /// MsgID and CmdID of its last chunk.
    at: (u32, String),
}

impl Object {
    pub(super) fn is_at(&self, at: &(u32, String)) -> bool {
        self.at == *at
    }
}

/// Whether an Item of `command` has more to come.
pub(super) fn has_more_data(command: &Command<'_>) -> bool {
    items(command).iter().any(|item| item.more_data)
}

fn items<'c, 'm>(command: &'c Command<'m>) -> &'c [Item<'m>] {
    match command {
        Command::Tree(tree) => &tree.items,
        Command::Alert(alert) => &alert.items,
        _ => &[],
    }
}

impl Lint {
    pub(super) fn check_objects(&mut self, look: &mut Look<'_>) {
        let message = look.message;
        let commands: Vec<&Command<'_>> =
            message.commands().filter(|command| !matches!(command, Command::Status(_))).collect();
        let mut open = self.object.take();
        for (position, command) in commands.iter().enumerate() {
            let Command::Tree(tree) = command else { continue };
            let place = place_of(command);
            for (index, item) in tree.items.iter().enumerate() {
                let is_last = position + 1 == commands.len() && index + 1 == tree.items.len();
                if item.more_data && !is_last {
                    look.broken("the chunk as the last thing in its message", "something behind it", &place);
                }
                open = self.check_chunk(look, open.take(), (tree, item), &place);
            }
        }
        self.object = open;
    }

    fn check_chunk(
        &self,
        look: &mut Look<'_>,
        open: Option<Object>,
        (tree, item): (&TreeCommand<'_>, &Item<'_>),
        place: &str,
    ) -> Option<Object> {
        let size = item.meta.as_ref().and_then(|meta| meta.size).or(tree.meta.as_ref().and_then(|meta| meta.size));
        let len = item.data.as_ref().map_or(0, |data| data.as_bytes().len() as u64);
        let (name, target) = (tree.verb.as_str(), item.target_uri().unwrap_or_default());
        let at = (look.message.header.msg_id.get(), tree.cmd_id.to_string());
        let mut object = match open {
            None if !item.more_data => return None,
            None => {
                if size.is_none() {
                    look.broken("Meta Size in the first chunk", "none", place);
                }
                Object { name: name.into(), target: target.into(), size, sent: 0, at: at.clone() }
            }
            Some(object) if object.name != name || object.target != target => {
                let rule = format!("the next chunk of {} {} and nothing before it", object.name, object.target);
                look.broken(&rule, format!("{name} {target}"), place);
                return None;
            }
            Some(object) => {
                if size.is_some() {
                    look.broken("Meta Size in the first chunk only", "another one", place);
                }
                object
            }
        };
        object.sent += len;
        object.at = at;
        if item.more_data {
            return Some(object);
        }
        if let Some(size) = object.size.filter(|size| *size != object.sent) {
            look.broken(&format!("{size} bytes in all, as Size announced"), format!("{}", object.sent), place);
        }
        None
    }
}
