//! URIs of the tree against a naive reading of them.

use omadm_proto::message::Format;
use omadm_tree::{Actor, NewNode, NodeUri, TargetUri, Tree};

/// Takes the lines of `bytes` for URIs. What is read is read again from what is written; its names are those of a naive
/// reader; two URIs are one when their decoded names are; a node that was added is found in every spelling.
///
/// # Panics
/// When one of that does not hold.
pub fn uri(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut read: Vec<TargetUri> = Vec::new();
    for line in text.lines().take(8) {
        let Ok(target) = TargetUri::parse(line) else {
            // Nothing but the query makes a difference between the two readers.
            assert!(NodeUri::parse(line).is_err(), "a node where no target is: {line:?}");
            continue;
        };
        let written = target.to_string();
        if let Ok(again) = TargetUri::parse(&written) {
            assert!(again == target && again.to_string() == written, "{line:?} is another once written: {written:?}");
        } else {
            // Escapes make it longer than any tree takes.
            assert!(written.len() > 2048, "{written:?} is written but not read");
        }
        let path = line.split('?').next().unwrap_or_default();
        assert!(naive_names(path) == names(target.node()), "{line:?} has other names");
        relations(target.node());
        for other in &read {
            let same = names(other.node()) == names(target.node());
            assert!((other.node() == target.node()) == same, "{other} and {target}");
        }
        add_and_find(&target);
        read.push(target);
    }
}

fn names(uri: &NodeUri) -> Vec<String> {
    uri.segments().map(String::from).collect()
}

/// The names of a URI that is known to be one.
fn naive_names(path: &str) -> Vec<String> {
    let path = path.trim_matches(|c: char| c.is_ascii_whitespace());
    let path = path.strip_prefix("./").unwrap_or(path);
    if path == "." { Vec::new() } else { path.split('/').map(naive_decode).collect() }
}

fn naive_decode(raw: &str) -> String {
    let mut parts = raw.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        bytes.extend(u8::from_str_radix(digits, 16));
        bytes.extend(rest.bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn relations(uri: &NodeUri) {
    assert!(uri.starts_with(&NodeUri::ROOT) && uri.depth() == uri.segments().count());
    match (uri.parent(), uri.name()) {
        (Some(parent), Some(name)) => {
            assert!(parent.child(name) == *uri && uri.starts_with(&parent) && !parent.starts_with(uri));
            assert!(uri.below(&parent).is_some_and(|below| below.eq([name])));
        }
        (parent, name) => assert!(uri.is_root() && parent.is_none() && name.is_none()),
    }
}

fn add_and_find(target: &TargetUri) {
    let Ok(mut tree) = Tree::builder().build() else { return };
    if target.query().is_some() || target.node().is_root() {
        return;
    }
    let added = tree.add(Actor::Device, target, NewNode::leaf(Format::Chr, "v"));
    assert!(added.is_ok(), "{target} cannot be added: {added:?}");
    let escaped: String = target
        .node()
        .segments()
        .map(|name| name.bytes().fold(String::from("/"), |text, byte| format!("{text}%{byte:02x}")))
        .fold(String::from("."), |path, name| path + &name);
    for spelling in [target.to_string(), escaped] {
        assert!(tree.text(&spelling) == Some("v"), "{target} is not found as {spelling}");
    }
    assert!(tree.node_count() == target.node().depth() + 1);
}
