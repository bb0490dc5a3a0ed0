//! The commands of a server \[dm 2.4, 3.2-3.5, 4\].

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Alert, Command, Format, Item, TreeCommand, Verb};

use super::{Lint, Look, place_of};

/// Where a command stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Body,
    Atomic,
    Sequence,
}

impl Lint {
    pub(super) fn check_commands(&self, look: &mut Look<'_>) {
        let message = look.message;
        let mut seen_command = false;
        for command in message.commands() {
            if matches!(command, Command::Status(_)) {
                if seen_command {
                    look.broken("all Statuses before the commands", place_of(command), "SyncBody");
                }
            } else {
                seen_command = true;
                check_command(look, command, Inside::Body);
            }
        }
        self.check_turn(look);
    }

    /// Who may speak: no command while others are unanswered, none in a Next Message response.
    fn check_turn(&self, look: &mut Look<'_>) {
        let message = look.message;
        let is_command = |command: &&Command<'_>| match command {
            Command::Status(_) => false,
            Command::Alert(alert) => alert.code.is_some_and(AlertCode::is_user_interaction),
            _ => true,
        };
        let commands: Vec<&Command<'_>> = message.commands().filter(is_command).collect();
        let Some(first) = commands.first() else { return };
        let place = place_of(first);
        if self.client_aborted {
            look.broken("no command after the client's Alert 1223", place.clone(), "");
        }
        if !self.client_is_final && self.server_was_final {
            look.broken(
                "Status and Alert 1222 or 1223 only, while the client's package is unfinished",
                place.clone(),
                "",
            );
        }
        // The next chunk of an object is the same command.
        if !self.outstanding.is_empty() && self.object.is_none() {
            let open: Vec<String> =
                self.outstanding.iter().map(|(msg, cmd)| format!("{cmd} of message {msg}")).collect();
            let rule = format!("no new command before the client answered command {}", open.join(", "));
            look.broken(&rule, place, "");
        }
    }
}

fn check_command(look: &mut Look<'_>, command: &Command<'_>, inside: Inside) {
    let place = place_of(command);
    match command {
        Command::Tree(tree) => check_tree(look, tree, inside, &place),
        Command::Alert(alert) => check_alert(look, alert, &place),
        Command::Atomic(container) => {
            if inside == Inside::Atomic {
                look.broken("no Atomic inside Atomic", "one", &place);
            }
            check_children(look, &container.commands, Inside::Atomic, &place);
        }
        Command::Sequence(container) => {
            if inside == Inside::Atomic {
                look.broken("Add, Alert, Copy, Delete and Replace only inside Atomic", "Sequence", &place);
            }
            check_children(look, &container.commands, Inside::Sequence, &place);
        }
        Command::Status(_) => look.broken("no Status inside a container", "Status", &place),
        Command::Results(_) => look.broken("no Results from a server", "Results", &place),
        other => {
            let rule = "Alert, Atomic, Sequence, Add, Copy, Delete, Exec, Get, Replace and Status only";
            look.broken(rule, other.name().to_string(), &place);
        }
    }
}

fn check_children(look: &mut Look<'_>, children: &[Command<'_>], inside: Inside, place: &str) {
    if children.is_empty() {
        look.broken("a command in every Atomic and Sequence", "none", place);
    }
    for child in children {
        check_command(look, child, inside);
    }
}

fn check_tree(look: &mut Look<'_>, tree: &TreeCommand<'_>, inside: Inside, place: &str) {
    if inside == Inside::Atomic && matches!(tree.verb, Verb::Get | Verb::Exec) {
        look.broken("Add, Alert, Copy, Delete and Replace only inside Atomic", tree.verb.as_str(), place);
    }
    if inside != Inside::Body && tree.items.iter().any(|item| item.more_data) {
        look.broken("no MoreData inside Atomic or Sequence", "MoreData", place);
    }
    if tree.no_resp {
        look.broken("no NoResp: DM does not use it", "NoResp", place);
    }
    if tree.items.is_empty() {
        look.broken("an Item in every command", "none", place);
    }
    if tree.verb == Verb::Exec && tree.items.len() > 1 {
        look.broken("one Item in Exec", format!("{}", tree.items.len()), place);
    }
    for item in &tree.items {
        check_item(look, tree, item, place);
    }
}

fn check_item(look: &mut Look<'_>, tree: &TreeCommand<'_>, item: &Item<'_>, place: &str) {
    let Some(uri) = item.target_uri() else {
        look.broken("Target/LocURI in every Item", "none", place);
        return;
    };
    if let Some(why) = uri_fault(uri) {
        look.broken("a URI of the device's tree in Target", format!("{uri:?}: {why}"), place);
    }
    if tree.verb == Verb::Copy && item.source_uri().is_none() {
        look.broken("Source/LocURI in Copy", "none", place);
    }
    let is_node = item.effective_format(tree.meta.as_ref()).is_some_and(|it| it.as_str() == Format::Node.as_str());
    let is_null = item.effective_format(tree.meta.as_ref()).is_some_and(|it| it.as_str() == Format::Null.as_str());
    let has_data = item.data.as_ref().is_some_and(|data| !data.is_empty());
    match tree.verb {
        Verb::Get | Verb::Delete if has_data => look.broken("no Data in Get and Delete", "Data", place),
        Verb::Add | Verb::Replace if is_node && has_data => {
            look.broken("no Data for an interior node", "Data beside Format node", place);
        }
        Verb::Add | Verb::Replace if !is_node && !is_null && item.data.is_none() => {
            look.broken("Data for a leaf", "none, and Format is neither node nor null", place);
        }
        _ => {}
    }
}

/// What is wrong with `uri` as an address in the tree \[dm 9.1\].
fn uri_fault(uri: &str) -> Option<&'static str> {
    let path = uri.split_once('?').map_or(uri, |(path, _)| path);
    let query = uri.split_once('?').map(|(_, query)| query);
    if path.is_empty() {
        Some("it is empty")
    } else if path.starts_with('/') {
        Some("it begins with a slash")
    } else if path.ends_with('/') {
        Some("it ends with a slash")
    } else if path.split('/').skip(1).any(|segment| matches!(segment, "" | "." | "..")) {
        Some("a segment is empty, . or ..")
    } else if query.is_some_and(|query| !query.starts_with("prop=") && !query.starts_with("list=")) {
        Some("its query is neither prop nor list")
    } else {
        None
    }
}

fn check_alert(look: &mut Look<'_>, alert: &Alert<'_>, place: &str) {
    match alert.code {
        Some(AlertCode::NEXT_MESSAGE | AlertCode::SESSION_ABORT | AlertCode::NO_END_OF_DATA) => {}
        Some(code) if code.is_user_interaction() => {
            if alert.items.len() < 2 {
                look.broken("two Items in an alert to the user", format!("{}", alert.items.len()), place);
            }
        }
        Some(code) => {
            look.broken("Alert 1100 to 1104, 1222, 1223 or 1225 from a server", code.as_u16().to_string(), place);
        }
        None => look.broken("an alert code in Data", "none", place),
    }
}
