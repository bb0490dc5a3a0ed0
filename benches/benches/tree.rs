//! The management tree at scale: a million leaves (1000 nodes of 1000) built, found, walked, changed and undone, stored.
//!
//! The peer is a `BTreeMap` from full URIs to values, holding the same leaves in the same run. Times are processor time of
//! this thread; memory is what the allocator was asked for. In test mode everything is done once, with 10 nodes of 10.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;

use cpu_time::ThreadTime;
use omadm_benches::allocation::{Counting, held};
use omadm_benches::scale::{Row, Unit, json, markdown, score};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_tree::{Acl, Actor, Answer, NewValue, NodeRef, NodeSpec, TargetUri, Tree};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PEER: &str = "BTreeMap of URIs";

/// How much is done.
struct Scale {
    width: usize,
    /// Repetitions whose median counts: of what takes a second, of what takes less.
    long: usize,
    short: usize,
    lookups: usize,
    walked: usize,
    replaces: usize,
}

impl Scale {
    const FULL: Self = Self { width: 1000, long: 3, short: 21, lookups: 100_000, walked: 100_000, replaces: 1000 };
    const TEST: Self = Self { width: 10, long: 1, short: 1, lookups: 100, walked: 50, replaces: 10 };
}

fn main() {
    // cargo gives `--bench` when it measures and leaves it out when it tests.
    let arguments: Vec<String> = std::env::args().collect();
    let given = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    let measuring = given("--bench") && !given("--test");
    let scale = if measuring { Scale::FULL } else { Scale::TEST };
    let uris: Vec<String> =
        (0..scale.width).flat_map(|group| (0..scale.width).map(move |leaf| uri(group, leaf))).collect();
    let mut rows = Vec::new();
    let (tree, flat) = build(&scale, &uris, &mut rows);
    lookup(&scale, &uris, &tree, &flat, &mut rows);
    walk(&scale, &tree, &flat, &mut rows);
    drop(flat);
    access(&scale, &mut rows);
    change(&scale, tree, &uris, &mut rows);
    if !measuring {
        println!("tree: {} figures, test mode", rows.len());
        return;
    }
    let (met, all) = score(&rows);
    println!(
        "\nMedians of one run, processor time; only ratios within it count.\n\n{}\n{met} of {all} bars met.",
        markdown(&rows)
    );
    let summary = target().join("tree-summary.json");
    std::fs::write(&summary, format!("{:#}\n", json(&rows))).expect("the summary can be written");
    println!("The same as JSON: {}", summary.display());
}

/// Four names; the last one stands in the tree, all of it in the map.
fn uri(group: usize, leaf: usize) -> String {
    format!("./Vendor/Example/group{group:03}/leaf{leaf:03}")
}

fn parsed(uri: &str) -> TargetUri {
    TargetUri::parse(uri).expect("a plain URI")
}

/// The median of what `work` takes, per unit of the `count` that it does.
fn median<T>(runs: usize, count: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut taken: Vec<f64> = (0..runs)
        .map(|_| {
            let start = ThreadTime::now();
            let made = work();
            let taken = start.elapsed().as_secs_f64();
            drop(black_box(made));
            taken * 1e9 / count as f64
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}

fn filled_tree(uris: &[String]) -> Tree {
    let mut tree = Tree::builder().managed_by("srvA").build().expect("an empty tree");
    for (number, uri) in uris.iter().enumerate() {
        tree.put(uri, NodeSpec::value(number)).expect("a plain leaf");
    }
    tree
}

fn filled_map(uris: &[String]) -> BTreeMap<String, Vec<u8>> {
    uris.iter().enumerate().map(|(number, uri)| (uri.clone(), number.to_string().into_bytes())).collect()
}

fn build(scale: &Scale, uris: &[String], rows: &mut Vec<Row>) -> (Tree, BTreeMap<String, Vec<u8>>) {
    let ours = median(scale.long, 1, || filled_tree(uris));
    let peer = median(scale.long, 1, || filled_map(uris));
    rows.push(Row::new("build 1000 x 1000 leaves", Unit::Nanoseconds, ours).beside(PEER, peer).at_most(2e9));

    let (tree, tree_bytes) = held(|| filled_tree(uris));
    let (flat, flat_bytes) = held(|| filled_map(uris));
    let content: usize =
        tree.root().subtree().map(|node| node.name().len() + node.value().map_or(0, <[u8]>::len)).sum();
    let each = |bytes: usize| (bytes - content) as f64 / uris.len() as f64;
    let row = Row::new("overhead of a leaf beside name and value", Unit::Bytes, each(tree_bytes));
    rows.push(row.beside(PEER, each(flat_bytes)).at_most(120.0));
    (tree, flat)
}

fn lookup(scale: &Scale, uris: &[String], tree: &Tree, flat: &BTreeMap<String, Vec<u8>>, rows: &mut Vec<Row>) {
    let server = ServerId::new("srvA");
    let actor = Actor::Server(&server);
    let get = |target: &TargetUri| assert!(tree.get(actor, black_box(target)).is_ok());

    let one = &uris[uris.len() / 3];
    let target = parsed(one);
    let ours = median(scale.short, scale.lookups, || (0..scale.lookups).for_each(|_| get(&target)));
    let peer = median(scale.short, scale.lookups, || {
        (0..scale.lookups).for_each(|_| assert!(flat.get(black_box(one)).is_some()));
    });
    rows.push(
        Row::new("Get of 4 names with access, one leaf", Unit::Nanoseconds, ours).beside(PEER, peer).at_most(250.0),
    );

    // Scattered over all leaves by a step that shares no factor with their number.
    let scattered: Vec<&String> = (0..scale.lookups).map(|number| &uris[number * 611_953 % uris.len()]).collect();
    let targets: Vec<TargetUri> = scattered.iter().map(|uri| parsed(uri)).collect();
    let ours = median(scale.short, scale.lookups, || targets.iter().for_each(get));
    let peer = median(scale.short, scale.lookups, || {
        scattered.iter().for_each(|uri| assert!(flat.get(black_box(uri.as_str())).is_some()));
    });
    // What this takes is the memory of the machine; it says something beside the peer only.
    rows.push(Row::new("the same, 10^5 scattered leaves", Unit::Nanoseconds, ours).beside(PEER, peer));

    let ours = median(scale.short, scale.lookups, || {
        scattered.iter().for_each(|uri| assert!(tree.find(black_box(uri)).is_some()));
    });
    rows.push(Row::new("find by text, scattered", Unit::Nanoseconds, ours).beside(PEER, peer));
    let ours = median(scale.short, scale.lookups, || scattered.iter().for_each(|uri| drop(black_box(parsed(uri)))));
    rows.push(Row::new("parse a URI of 4 names", Unit::Nanoseconds, ours));
}

fn walk(scale: &Scale, tree: &Tree, flat: &BTreeMap<String, Vec<u8>>, rows: &mut Vec<Row>) {
    // What a listing of Struct looks at, without writing it.
    let look = |node: NodeRef<'_>| node.name().len() + node.type_name().len() + usize::from(node.is_interior());
    let ours = median(scale.short, scale.walked, || {
        tree.root().subtree().take(scale.walked).map(look).fold(0, usize::wrapping_add)
    });
    let peer = median(scale.short, scale.walked, || {
        flat.iter().take(scale.walked).map(|(uri, value)| uri.len() + value.len()).fold(0, usize::wrapping_add)
    });
    rows.push(Row::new("a node of a walk over 10^5", Unit::Nanoseconds, ours).beside(PEER, peer).at_most(100.0));

    let server = ServerId::new("srvA");
    let target = parsed("./Vendor?list=Struct");
    let ours = median(scale.short, scale.walked, || {
        let Ok(Answer::List(list)) = tree.get(Actor::Server(&server), &target) else { panic!("not a list") };
        let items = list.items(Syntax::Wbxml).expect("Struct has no values");
        items.take(scale.walked).map(|item| black_box(item).source.is_some()).filter(|named| *named).count()
    });
    rows.push(Row::new("a node of Struct over 10^5, as Item", Unit::Nanoseconds, ours).at_most(100.0));
}

fn access(scale: &Scale, rows: &mut Vec<Row>) {
    let server = ServerId::new("srvA");
    let mut tree = Tree::builder().managed_by("srvA").build().expect("an empty tree");
    let inherited = "./a/b/c/d/e/f/g/h";
    tree.put(inherited, NodeSpec::value(1)).expect("a plain leaf");
    let named = (0..32).map(|n| format!("server{n:02}")).collect::<Vec<_>>().join("+");
    let acl = Acl::parse(&format!("Get=srvA+{named}&Replace=srvA+{named}")).expect("an ACL");
    tree.put("./own", NodeSpec::value(1).acl(acl.clone())).expect("a plain leaf");
    let get = |uri: &str| {
        let target = parsed(uri);
        median(scale.short, scale.lookups, || {
            (0..scale.lookups).for_each(|_| assert!(tree.get(Actor::Server(&server), black_box(&target)).is_ok()));
        })
    };
    rows.push(Row::new("Get, ACL inherited over 8 levels", Unit::Nanoseconds, get(inherited)));
    rows.push(Row::new("Get, ACL of 33 servers", Unit::Nanoseconds, get("./own")));
    let text = acl.to_string();
    let ours = median(scale.short, 100, || (0..100).for_each(|_| drop(black_box(Acl::parse(black_box(&text))))));
    rows.push(Row::new("parse an ACL of 33 servers", Unit::Nanoseconds, ours));
}

fn change(scale: &Scale, mut tree: Tree, uris: &[String], rows: &mut Vec<Row>) {
    let server = ServerId::new("srvA");
    let targets: Vec<TargetUri> =
        (0..scale.replaces).map(|number| parsed(&uris[number * 611_953 % uris.len()])).collect();
    let replace = |tree: &mut Tree| {
        for target in &targets {
            tree.replace(Actor::Server(&server), target, NewValue::new("7")).expect("an int leaf");
        }
    };
    let whole = median(scale.short, 1, || {
        tree.begin();
        replace(&mut tree);
        tree.rollback();
    });
    let mut undone = Vec::new();
    for _ in 0..scale.short {
        tree.begin();
        replace(&mut tree);
        undone.push(median(1, 1, || tree.rollback()));
    }
    undone.sort_by(f64::total_cmp);
    let undone = undone[undone.len() / 2];
    rows.push(Row::new("Atomic of 1000 Replaces undone", Unit::Nanoseconds, undone).at_most(1e6));
    rows.push(Row::new("the same with executing them", Unit::Nanoseconds, whole));
    let ours = median(scale.long, 1, || tree.snapshot());
    rows.push(Row::new("snapshot of 10^6 leaves", Unit::Nanoseconds, ours).at_most(1e9));
    let ours = median(scale.long, 1, || rmp_serde::to_vec(&tree.snapshot()).expect("a snapshot is written"));
    rows.push(Row::new("snapshot into bytes (MessagePack)", Unit::Nanoseconds, ours).at_most(1e9));
    let bytes = rmp_serde::to_vec(&tree.snapshot()).expect("a snapshot is written");
    rows.push(Row::new("bytes of a leaf in these", Unit::Bytes, bytes.len() as f64 / uris.len() as f64));
    let ours = median(scale.long, 1, || {
        Tree::restore(rmp_serde::from_slice(&bytes).expect("our own bytes")).expect("our own snapshot")
    });
    rows.push(Row::new("restore from bytes", Unit::Nanoseconds, ours));
}

/// The target folder: this program lies in `<target>/<profile>/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("the place of this program");
    program.ancestors().nth(3).expect("a target folder").to_path_buf()
}
