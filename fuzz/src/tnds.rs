//! Serialized trees against the tree.

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::media_type::DocumentKind;
use omadm_proto::message::Format;
use omadm_tree::tnds::{Tnds, TndsLimits, TndsUse};
use omadm_tree::{AccessType, Actor, Answer, NewNode, NewValue, NodeSpec, TargetUri, Tree};

/// Reads `bytes` as a serialized tree, and adds it, replaces with it, and puts it into the Inbox.
///
/// An error lies inside the document. A refused object leaves the tree as it was. What was added is the same after it was
/// written and added again, in both syntaxes. Nothing stays in the Inbox.
///
/// # Panics
/// When a property does not hold.
pub fn tnds(bytes: &[u8]) {
    let syntax = Syntax::sniff(bytes);
    if let Err(error) = Tnds::parse_for(TndsUse::Report, syntax, bytes, &TndsLimits::DEFAULT) {
        assert!(error.offset <= bytes.len(), "an error outside of the document: {error}");
        assert!(Tnds::parse(bytes).is_err(), "what cannot be read can be created");
    }
    let Ok(object) = Tnds::parse(bytes) else { return };
    // The top Node must have the name of the Target.
    let name = object.nodes().first().and_then(|node| node.name.clone()).filter(|name| !name.is_empty());
    let Some(mut tree) = device() else { return };
    let target = omadm_tree::NodeUri::ROOT.child("T").child(name.as_deref().unwrap_or("o"));
    for command in [Command::Add, Command::Replace, Command::File] {
        change(&mut tree, command, &target, bytes, syntax);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    Add,
    Replace,
    File,
}

/// The tree that objects are put into; `s` manages it.
fn device() -> Option<Tree> {
    let inbox = NodeSpec::interior().access(AccessType::ADD).permanent();
    let built = Tree::builder()
        .managed_by("s")
        .node("./Inbox", inbox)
        .leaf("./T/sub/a", 1)
        .node("./T/sub/fixed", NodeSpec::value("f").permanent())
        .file_under("x", "./Objects")
        .build();
    built.ok()
}

fn change(tree: &mut Tree, command: Command, target: &omadm_tree::NodeUri, bytes: &[u8], syntax: Syntax) {
    let server = ServerId::from("s");
    let actor = Actor::Server(&server);
    let media_type = DocumentKind::Tnds.media_type(syntax);
    let before = tree.clone();
    let outcome = match command {
        Command::Add => tree.add(actor, &target.clone().into(), NewNode::leaf(Format::Bin, bytes).of_type(media_type)),
        Command::Replace => {
            let Ok(sub) = TargetUri::parse("./T/sub") else { return };
            tree.replace(actor, &sub, NewValue::new(bytes).of_type(media_type))
        }
        Command::File => {
            let Ok(inbox) = TargetUri::parse("./Inbox") else { return };
            tree.add(actor, &inbox, NewNode::leaf(Format::Bin, bytes).of_type(media_type))
        }
    };
    if outcome.is_err() {
        assert!(*tree == before, "a refused object changed the tree");
    } else if command == Command::Add {
        survives(tree, target);
    }
    assert_eq!(tree.children("./Inbox").count(), 0, "something stayed in the Inbox");
}

/// What stands at `target` is the same after it was written and added to an empty tree.
fn survives(tree: &Tree, target: &omadm_tree::NodeUri) {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let Some(first) = written(tree, target, syntax) else { continue };
        let Ok(mut other) = Tree::builder().build() else { return };
        let new = NewNode::leaf(Format::Bin, first.clone()).of_type(DocumentKind::Tnds.media_type(syntax));
        let added = other.add(Actor::Device, &target.clone().into(), new);
        assert!(added.is_ok(), "what was written cannot be added: {added:?}");
        let again = written(&other, target, syntax);
        assert!(again.as_ref() == Some(&first), "an object changes on its way ({syntax})");
    }
}

/// The subtree as a document; `None` where the syntax cannot carry it.
fn written(tree: &Tree, target: &omadm_tree::NodeUri, syntax: Syntax) -> Option<Vec<u8>> {
    let query = TargetUri::parse(&format!("{target}?list=TNDS-TStamp-VerNo")).ok()?;
    match tree.get(Actor::Device, &query) {
        Ok(Answer::List(list)) => list.serialized(syntax).ok(),
        _ => None,
    }
}
