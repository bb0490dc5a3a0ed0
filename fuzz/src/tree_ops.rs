//! Commands on a management tree, in and out of transactions.

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::mo::{DevInfo, Fumo};
use omadm_tree::snapshot::TreeSnapshot;
use omadm_tree::uri::TargetUri;
use omadm_tree::value::{NewNode, NewValue};
use omadm_tree::{Actor, Tree};

const URIS: &[&str] = &[
    ".",
    "./App",
    "./App/A",
    "./App/A/B/C",
    "./App/Copy",
    "./App/Copy/X",
    "./FUMO",
    "./FUMO/PkgName",
    "./FUMO/Ext",
    "./DevInfo/Man",
    "./App?prop=ACL",
    "./App/A?prop=Name",
    "./App/A?prop=Title",
    "./App/A?prop=Format",
    "./FUMO?list=Struct",
    "./Missing/Node",
];

const VALUES: &[&[u8]] =
    &[b"", b"1", b"text", b"Add=*&Get=*", b"Replace=other", b"Get=a+b&Delete=a", b"A", b"\xff\x00", b"true", b"B/C"];

const FORMATS: &[Format] =
    &[Format::Chr, Format::Int, Format::Bool, Format::Bin, Format::B64, Format::Xml, Format::Null];

/// Runs the operations that `bytes` stand for: a byte for the verb and the actor, one for the URI, one for the value. What is
/// rolled back leaves the tree exactly as it was, and a tree is the same after it was stored.
///
/// # Panics
/// When it is not.
pub fn tree_ops(bytes: &[u8]) {
    let built = Tree::builder()
        .mo(DevInfo::new("fuzz").man("Acme").model("M1").lang("en"))
        .mo(Fumo::at("./FUMO"))
        .leaf("./App/A", 1)
        .managed_by("s")
        .build();
    let Ok(mut tree) = built else { return };
    let mut before: Option<TreeSnapshot> = None;
    for operation in bytes.chunks(3).take(256) {
        let [verb, uri, value] = [0, 1, 2].map(|index| operation.get(index).copied().unwrap_or_default());
        match verb % 10 {
            7 if before.is_none() => {
                before = Some(tree.snapshot());
                tree.begin();
            }
            8 if before.take().is_some() => tree.commit(),
            9 => roll_back(&mut tree, &mut before),
            verb => apply(&mut tree, verb, operation.first().copied().unwrap_or_default(), uri, value),
        }
    }
    roll_back(&mut tree, &mut before);
    let stored = tree.snapshot();
    let restored = Tree::restore(stored.clone()).map(|tree| tree.snapshot() == stored);
    assert!(matches!(restored, Ok(true)), "a stored tree is another: {:?}", restored.err());
}

fn roll_back(tree: &mut Tree, before: &mut Option<TreeSnapshot>) {
    if let Some(before) = before.take() {
        tree.rollback();
        assert!(tree.snapshot() == before, "the tree is not what it was");
    }
}

/// One element of `list`; lists are not empty.
fn pick<T: Copy>(list: &[T], number: u8) -> Option<T> {
    list.get(usize::from(number) % list.len().max(1)).copied()
}

fn apply(tree: &mut Tree, verb: u8, actor: u8, uri: u8, value: u8) {
    let servers = [ServerId::from("s"), ServerId::from("other")];
    let actor = match actor / 10 % 3 {
        0 => Actor::Device,
        1 => Actor::Server(&servers[0]),
        _ => Actor::Server(&servers[1]),
    };
    let (Some(target), Some(bytes), Some(format)) = (pick(URIS, uri), pick(VALUES, value), pick(FORMATS, value / 16))
    else {
        return;
    };
    let Ok(uri) = TargetUri::parse(target) else { return };
    // A refusal is an answer like any other.
    let _ = match verb {
        0 => tree.add(actor, &uri, NewNode::leaf(format, bytes)),
        1 => tree.add(actor, &uri, NewNode::interior()),
        2 => tree.replace(actor, &uri, NewValue::new(bytes)),
        3 => tree.replace(actor, &uri, NewValue::new(bytes).in_format(format)),
        4 => tree.delete(actor, &uri),
        5 => match pick(URIS, value).map(TargetUri::parse) {
            Some(Ok(other)) => tree.copy(actor, &uri, &other),
            _ => Ok(()),
        },
        6 => tree.get(actor, &uri).map(drop),
        _ => tree.exec(actor, &uri).map(drop),
    };
}
