//! Why a device refuses a command, told from its descriptions.
//!
//! The tree says the Status only. What is told here is the first thing in the order of the checks \[dm 4.11\] that explains it.

use omadm_proto::message::{Format, Item, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_tree::uri::Query;
use omadm_tree::{AccessType, NodeUri, Scope, TargetUri, Tree};

use super::described::Described;
use crate::explain;
use crate::screen::printable;
use crate::tree::outline::Entry;
use crate::tree::values;

/// A command that was refused.
pub(super) struct Asked<'a> {
    pub(super) command: &'a TreeCommand<'a>,
    pub(super) item: &'a Item<'a>,
    pub(super) target: &'a TargetUri,
}

/// Why `node`, which `asked` is about, is answered `code`.
pub(super) fn of(code: StatusCode, asked: &Asked<'_>, node: &NodeUri, described: &Described, tree: &Tree) -> String {
    let entry = described.at(node);
    let special = match code {
        StatusCode::NOT_FOUND if entry.is_none() => Some("no description has this node".to_string()),
        StatusCode::NOT_FOUND => Some("the node is not there; it need not be, or was deleted before".to_string()),
        StatusCode::COMMAND_NOT_ALLOWED => not_allowed(asked, node, described, tree),
        StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT => entry.and_then(|entry| unsupported(asked, entry)),
        StatusCode::ALREADY_EXISTS => Some("the node is there already; Replace sets its value".to_string()),
        StatusCode::PERMISSION_DENIED => Some("the ACL does not give the server this right".to_string()),
        _ => None,
    };
    let text = special.unwrap_or_else(|| in_general(code));
    if node == asked.target.node() { text } else { format!("{node}, on the way to it: {text}") }
}

/// What `code` means.
pub(super) fn in_general(code: StatusCode) -> String {
    let meaning = explain::meaning_of_status(code.as_u16()).unwrap_or("the device refuses it");
    meaning.trim_end_matches('.').to_string()
}

fn not_allowed(asked: &Asked<'_>, node: &NodeUri, described: &Described, tree: &Tree) -> Option<String> {
    let verb = asked.command.verb;
    if node.is_root() {
        return Some("the root can neither be created, replaced nor deleted".to_string());
    }
    match asked.target.query() {
        Some(Query::Property(property)) => {
            return Some(format!("{verb} cannot change the property {}", property.as_str()));
        }
        Some(Query::List(_)) => return Some(format!("{verb} does not take ?list=")),
        _ => {}
    }
    let Some(entry) = described.at(node) else {
        return Some("no description has this node".to_string());
    };
    let above = node.parent().and_then(|parent| described.at(&parent)).and_then(|parent| parent.access);
    let taken = entry.access.unwrap_or(AccessType::DEFAULT);
    let needed = access(verb);
    let by_parent = verb == Verb::Add && above.is_some_and(|above| above.contains(needed));
    if !taken.contains(needed) && !by_parent {
        let names: Vec<_> = taken.names().collect();
        return Some(format!("AccessType is {}, without {verb}", names.join(" ")));
    }
    match verb {
        Verb::Replace if entry.is_interior => Some("an interior node has no value; its leaves have".to_string()),
        Verb::Delete => Some(delete(node, entry, tree)),
        Verb::Add | Verb::Copy => Some(match entry.occurrence.unwrap_or_default().max() {
            Some(1) => "Occurrence allows one such node, and there is one".to_string(),
            Some(most) => format!("Occurrence allows {most} such nodes, and as many are there"),
            None => "the node around it takes no such node".to_string(),
        }),
        Verb::Replace | Verb::Get | Verb::Exec => None,
    }
}

fn delete(node: &NodeUri, entry: &Entry, tree: &Tree) -> String {
    let mut below = tree.node_at(node).into_iter().flat_map(omadm_tree::NodeRef::subtree);
    if entry.scope == Some(Scope::Permanent) {
        "Scope is Permanent".to_string()
    } else if below.any(|found| found.scope() == Scope::Permanent) {
        "a node below it is permanent".to_string()
    } else {
        "Occurrence asks for at least one such node".to_string()
    }
}

const fn access(verb: Verb) -> AccessType {
    match verb {
        Verb::Add | Verb::Copy => AccessType::ADD,
        Verb::Delete => AccessType::DELETE,
        Verb::Exec => AccessType::EXEC,
        Verb::Get => AccessType::GET,
        Verb::Replace => AccessType::REPLACE,
    }
}

/// Which of Format, Type and value the node does not take.
fn unsupported(asked: &Asked<'_>, entry: &Entry) -> Option<String> {
    let meta = asked.command.meta.as_ref();
    let own = entry.format?;
    let sent = asked.item.effective_format(meta).map_or("chr", |format| format.as_str());
    // Binary values travel as base64, and what says chr says nothing.
    let is_binary = |format: &str| matches!(format, "bin" | "b64");
    let same =
        sent == own.as_str() || (sent == "chr" && own != Format::Node) || (is_binary(sent) && is_binary(own.as_str()));
    if !same {
        return Some(format!("Format is {}, not {}", own.as_str(), printable(sent, 20)));
    }
    let types: Vec<_> = entry.mime.iter().chain(&entry.moi).map(|name| name.trim()).collect();
    if let Some(sent) = asked.item.effective_type(meta).map(str::trim)
        && !types.is_empty()
        && !types.iter().any(|own| own.eq_ignore_ascii_case(sent))
    {
        return Some(format!("Type is {}, not {}", types.join(" or "), printable(sent, 80)));
    }
    Some(match entry.allowed.as_ref().and_then(values::in_words) {
        Some(allowed) => format!("the value is none that is allowed: {allowed}"),
        None => format!("the value is no {}", own.as_str()),
    })
}
