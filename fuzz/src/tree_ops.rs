//! Commands of servers and of the device on a management tree, in and out of transactions.

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;
use omadm_tree::mo::{DevInfo, DmAcc, Fumo};
use omadm_tree::node::CaseSense;
use omadm_tree::snapshot::TreeSnapshot;
use omadm_tree::uri::TargetUri;
use omadm_tree::value::{NewNode, NewValue};
use omadm_tree::{AccessType, Acl, Actor, NodeRef, NodeSpec, Refusal, Scope, Tree, TreeLimits};

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
    "./app/a",
    "./App/copy",
    "./Jobs/1",
    "./Jobs/2/Target",
    "./DMAcc/S",
    "./DMAcc/S/ServerID",
    ".?prop=ACL",
    "./App?prop=Name",
    "./Nailed",
    "./Nailed/deep",
    "./Nailed/deep/p",
    "./DevDetail/URI/MaxDepth",
    "./App?list=TNDS",
    "./App?list=StructData",
    "./App/%41",
    "./Jobs",
];

const VALUES: &[&[u8]] = &[
    b"",
    b"1",
    b"text",
    b"Add=*&Get=*",
    b"Replace=other",
    b"Get=a+b&Delete=a",
    b"A",
    b"\xff\x00",
    b"true",
    b"B/C",
    b"s",
    b"3",
    b"Add=other&Delete=s&Exec=s&Get=s&Replace=s",
    b"a text that is longer than the limit on one value",
    b"AAH+/w==",
    b"copy",
];

const FORMATS: &[Format] =
    &[Format::Chr, Format::Int, Format::Bool, Format::Bin, Format::B64, Format::Xml, Format::Null];

/// The deepest nesting of transactions.
const MOST_OPEN: usize = 4;

/// The trees at the beginning of each open transaction.
type Begun = Vec<TreeSnapshot>;

/// Runs the operations that `bytes` stand for: a byte for the verb and the actor, one for the URI, one for the value. The
/// invariants of a tree hold after each; what is refused changes nothing; what is rolled back leaves the tree exactly as it
/// was; a tree is the same after it was stored.
///
/// # Panics
/// When one of that does not hold.
pub fn tree_ops(bytes: &[u8]) {
    let Some(mut tree) = world() else { return };
    let mut begun = Begun::new();
    for (second, operation) in (0..).zip(bytes.chunks(3).take(96)) {
        let [verb, uri, value] = [0, 1, 2].map(|index| operation.get(index).copied().unwrap_or_default());
        tree.set_clock(UtcTime::from_unix_secs(second));
        match verb % 16 {
            13 if begun.len() < MOST_OPEN => {
                begun.push(tree.snapshot());
                tree.begin();
            }
            14 if begun.pop().is_some() => tree.commit(),
            15 => roll_back(&mut tree, &mut begun),
            8..=12 => own_hand(&mut tree, verb % 16, uri, value),
            command => of_server(&mut tree, command, verb / 16, [uri, value]),
        }
        invariants(&tree);
        assert!(tree.in_transaction() != begun.is_empty());
    }
    let stored = tree.snapshot();
    let restored = Tree::restore_within(stored.clone(), limits()).map(|tree| tree.snapshot() == stored);
    assert!(matches!(restored, Ok(true)), "a stored tree is another: {:?}", restored.err());
    while !begun.is_empty() {
        roll_back(&mut tree, &mut begun);
    }
    invariants(&tree);
}

/// Limits that are met soon.
fn limits() -> TreeLimits {
    let mut limits = TreeLimits::DEFAULT;
    (limits.nodes, limits.value_bytes, limits.total_bytes) = (64, 40, 1024);
    limits
}

fn world() -> Option<Tree> {
    let job = vec![
        ("State", NodeSpec::value(10).access(AccessType::GET)),
        ("Target", NodeSpec::value("")),
        ("Operations/Start", NodeSpec::interior().access(AccessType::EXEC | AccessType::GET)),
    ];
    Tree::builder()
        .limits(limits())
        .mo(DevInfo::new("fuzz").man("Acme").model("M1").lang("en"))
        .mo(DmAcc::at("./DMAcc/S", "s"))
        .mo(Fumo::at("./FUMO"))
        .leaf("./App/A", 1)
        .leaf("./App/Text", "t")
        .node("./Nailed/deep/p", NodeSpec::value("p").permanent())
        .node("./Jobs", NodeSpec::interior())
        .instances("./Jobs", job)
        .live("./App/Live", Format::Int)
        .managed_by("s")
        .build()
        .ok()
}

fn roll_back(tree: &mut Tree, begun: &mut Begun) {
    let revision = tree.revision();
    tree.rollback();
    assert!(tree.revision() >= revision, "the revision went back");
    if let Some(before) = begun.pop() {
        assert!(tree.snapshot() == before, "the tree is not what it was");
    }
}

/// One element of `list`; lists are not empty.
fn pick<T: Copy>(list: &[T], number: u8) -> Option<T> {
    list.get(usize::from(number) % list.len().max(1)).copied()
}

/// A command. A refusal is an answer like any other, but one that changes nothing.
fn of_server(tree: &mut Tree, command: u8, actor: u8, [uri, value]: [u8; 2]) {
    let servers = [ServerId::from("s"), ServerId::from("other")];
    let actor = match actor % 4 {
        0 => Actor::Device,
        1 | 2 => Actor::Server(&servers[0]),
        _ => Actor::Server(&servers[1]),
    };
    let (Some(text), Some(bytes), Some(format)) = (pick(URIS, uri), pick(VALUES, value), pick(FORMATS, value / 16))
    else {
        return;
    };
    let Ok(target) = TargetUri::parse(text) else { return };
    let reads = matches!(command, 6 | 7);
    let (before, revision) = ((!reads).then(|| tree.clone()), tree.revision());
    let outcome: Result<(), Refusal> = match command {
        0 => tree.add(actor, &target, NewNode::leaf(format, bytes)),
        1 => tree.add(actor, &target, NewNode::interior()),
        2 => tree.replace(actor, &target, NewValue::new(bytes)),
        3 => tree.replace(actor, &target, NewValue::new(bytes).in_format(format)),
        4 => tree.delete(actor, &target),
        5 => match pick(URIS, value).map(TargetUri::parse) {
            Some(Ok(other)) => tree.copy(actor, &target, &other),
            _ => Ok(()),
        },
        6 => tree.get(actor, &target).map(drop),
        _ => tree.exec(actor, &target).map(drop),
    };
    let Some(before) = before else {
        assert!(tree.revision() == revision, "reading changed the tree");
        return;
    };
    if outcome.is_err() {
        assert!(*tree == before, "{outcome:?} to {text} changed the tree");
    } else if matches!((command, actor), (2..=4, Actor::Server(_))) {
        for node in before.root().subtree().filter(|node| node.scope() == Scope::Permanent) {
            let now = tree.node(node.id());
            assert!(now.is_some_and(|now| now.uri() == node.uri()), "{} was permanent", node.uri());
        }
    }
}

/// The device's own writes. They may fail, and what they do to the tree is theirs to know.
fn own_hand(tree: &mut Tree, verb: u8, uri: u8, value: u8) {
    let (Some(uri), Some(bytes)) = (pick(URIS, uri), pick(VALUES, value)) else { return };
    let text = core::str::from_utf8(bytes).unwrap_or("?");
    let _ = match (verb, value / 16) {
        (8, _) => tree.set(uri, text),
        (9, 0..=7) => tree.put(uri, NodeSpec::value(text)),
        (9, _) => tree.put(uri, NodeSpec::interior()),
        (10, _) => tree.remove(uri),
        (11, 0..=4) => tree.set_acl(uri, Acl::parse(text).unwrap_or_default()),
        (11, 5..=7) => tree.set_access(uri, AccessType::GET_REPLACE),
        (11, _) => tree.set_access(uri, AccessType::ALL),
        (12, 0..=3) => tree.lock(uri),
        (12, 4..=7) => tree.unlock(uri),
        (12, 8..=11) => tree.set_case_sense(uri, CaseSense::Insensitive),
        (12, 12..=14) => tree.set_case_sense(uri, CaseSense::Sensitive),
        _ => {
            tree.remove_server(&ServerId::from("s"));
            Ok(())
        }
    };
}

/// What every tree keeps to.
fn invariants(tree: &Tree) {
    let (mut nodes, mut bytes) = (0, 0);
    for node in tree.root().subtree() {
        nodes += 1;
        bytes += node.name().len() + node.value().map_or(0, <[u8]>::len);
        let mut names: Vec<&str> = node.children().map(NodeRef::name).collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a < b), "children of {} are not unique", node.uri());
        assert!(node.is_interior() == node.value().is_none() && (node.is_interior() || names.is_empty()));
        assert!(node.children().all(|child| child.parent().is_some_and(|parent| parent.id() == node.id())));
        let uri = node.uri();
        assert!(tree.node_at(&uri).is_some_and(|found| found.id() == node.id()), "{uri} is not at its place");
        assert!(tree.node(node.id()).is_some());
        assert!(node.title().len() <= 255);
    }
    assert!(nodes == tree.node_count() && nodes <= limits().nodes as usize && bytes <= limits().total_bytes);
    assert!(!tree.root().acl().is_empty());
}
