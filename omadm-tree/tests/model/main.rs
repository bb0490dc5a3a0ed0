//! The tree against a flat map: the same random commands, equal after each of them, and after what a snapshot and a journal
//! give back. A failure prints the seed and the command; `OMADM_MODEL_SEED` runs one seed alone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::std_instead_of_alloc, reason = "tests have std")]

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;
use omadm_tree::{AccessType, NodeSpec, Scope, Tree, TreeLimits};

mod commands;
mod reference;

use commands::{Command, Dice};
use reference::{LONGEST_VALUE, MANAGER, MOST_BYTES, MOST_NODES, Model, Node};

const RUNS: u64 = 1000;
const COMMANDS: u64 = 1000;

/// What the device made before the first command: fixed formats, less access, a limit of its own, permanence, an Exec.
fn made_by_device() -> Vec<(&'static str, Node)> {
    let fixed = |format, value| Node { any: false, ..Node::new(format, value) };
    let interior = || Node { any: false, ..Node::new(Format::Node, "") };
    vec![
        ("./a", interior()),
        ("./a/a", Node { max_size: 4, access: AccessType::GET_REPLACE, ..fixed(Format::Int, "7") }),
        ("./a/b", Node { permanent: true, ..fixed(Format::Chr, "p") }),
        ("./a/dd", Node { access: AccessType::GET, type_name: "text/x".to_string(), ..fixed(Format::Chr, "ro") }),
        ("./b", Node { access: AccessType::ALL, acl: "Add=*&Get=*".to_string(), ..interior() }),
        ("./b/c", Node { access: AccessType::ALL, title: "t".to_string(), ..interior() }),
        ("./b/c/c", Node { access: AccessType::EXEC | AccessType::GET, ..fixed(Format::Bool, "true") }),
    ]
}

fn both() -> (Model, Tree) {
    let mut limits = TreeLimits::DEFAULT;
    (limits.nodes, limits.value_bytes, limits.total_bytes) =
        (u32::try_from(MOST_NODES).unwrap(), LONGEST_VALUE, MOST_BYTES);
    let mut model = Model::new();
    let mut builder = Tree::builder().limits(limits).managed_by(MANAGER);
    for (uri, node) in made_by_device() {
        let scope = if node.permanent { Scope::Permanent } else { Scope::Dynamic };
        let spec =
            if node.is_interior() { NodeSpec::interior() } else { NodeSpec::leaf(node.format, node.value.as_str()) };
        let spec = spec.access(node.access).scope(scope).acl(node.acl.parse().unwrap()).title(node.title.as_str());
        let spec =
            if node.max_size == usize::MAX { spec } else { spec.max_size(u32::try_from(node.max_size).unwrap()) };
        builder = builder.node(uri, spec.of_type(node.type_name.as_str()));
        model.hang(uri, node);
    }
    (model, builder.build().unwrap())
}

/// Node by node, in the order of a walk, with all properties; brothers stand in the order of their birth.
fn assert_equal(model: &Model, tree: &Tree, context: &dyn Fn() -> String) {
    assert_eq!(tree.node_count(), model.nodes.len(), "{}", context());
    let mut ends = Vec::new();
    let mut births = Vec::new();
    let mut uri = String::new();
    let mut walk = tree.root().subtree();
    while let Some(node) = walk.next() {
        let level = walk.level();
        ends.truncate(level);
        births.resize(level + 1, 0);
        uri.truncate(ends.last().copied().unwrap_or(0));
        uri.push_str(if level == 0 { "." } else { "/" });
        uri.push_str(node.name());
        ends.push(uri.len());
        let Some(wanted) = model.nodes.get(&uri) else { panic!("{uri} should not be there: {}", context()) };
        assert!(births[level] < wanted.born || level == 0, "{uri} stands before its elders: {}", context());
        births[level] = wanted.born;
        let acl = if node.acl().is_empty() { String::new() } else { node.acl().to_string() };
        let same = (node.format(), node.text().unwrap_or(""), node.type_name())
            == (wanted.format, wanted.value.as_str(), wanted.type_name.as_str())
            && (node.tstamp().as_unix_secs(), node.ver_no()) == (wanted.stamp, wanted.ver_no)
            && (acl.as_str(), node.title()) == (wanted.acl.as_str(), wanted.title.as_str());
        let rules = (node.access(), node.scope() == Scope::Permanent) == (wanted.access, wanted.permanent);
        let (second, changes) = (node.tstamp().as_unix_secs(), node.ver_no());
        assert!(same && rules, "{uri} at {second}, change {changes}, {acl:?}, is not {wanted:?}: {}", context());
    }
}

/// Runs commands alone and in Atomics; every check sees the tree.
fn drive(seed: u64, commands: u64, mut check: impl FnMut(&Model, &mut Tree, &dyn Fn() -> String)) {
    let mut dice = Dice::new(seed);
    let (mut model, mut tree) = both();
    check(&model, &mut tree, &|| format!("seed {seed}, at the beginning"));
    // What an Atomic that is open began with.
    let mut atomics: Vec<Model> = Vec::new();
    for number in 0..commands {
        tree.set_clock(UtcTime::from_unix_secs(number));
        match dice.below(24) {
            0 if atomics.len() < 3 => {
                atomics.push(model.clone());
                tree.begin();
            }
            1 if atomics.pop().is_some() => tree.commit(),
            2 if !atomics.is_empty() => {
                model = atomics.pop().unwrap();
                tree.rollback();
            }
            _ => {}
        }
        model.now = number;
        let command = Command::random(&mut dice);
        let context = || format!("seed {seed}, command {number}: {command:?}");
        let wanted = command.run_on_model(&mut model);
        let answered = command.run_on_tree(&mut tree);
        assert_eq!(answered, wanted, "{}", context());
        // The first failure undoes a whole Atomic.
        if wanted.0 != 200
            && dice.below(2) == 0
            && let Some(before) = atomics.pop()
        {
            model = before;
            tree.rollback();
        }
        check(&model, &mut tree, &context);
    }
}

fn seeds(runs: u64) -> core::ops::Range<u64> {
    match std::env::var("OMADM_MODEL_SEED").map(|seed| seed.parse().unwrap()) {
        Ok(seed) => seed..seed + 1,
        Err(_) => 0..runs,
    }
}

#[test]
fn after_each_of_a_million_commands_the_tree_equals_the_flat_map() {
    for seed in seeds(RUNS) {
        drive(seed, COMMANDS, |model, tree, context| assert_equal(model, tree, context));
    }
}

/// The changes go through bytes, as they would in a device, taken at times that the dice choose.
#[cfg(feature = "serde")]
#[test]
fn a_snapshot_and_the_journal_give_the_tree() {
    use omadm_tree::journal::TreeChanges;

    for seed in seeds(60) {
        let mut stored: Option<Tree> = None;
        let mut dice = Dice::new(!seed);
        drive(seed, COMMANDS, |_, tree, context| {
            let Some(stored) = &mut stored else {
                let bytes = rmp_serde::to_vec(&tree.snapshot()).unwrap();
                stored = Some(Tree::restore(rmp_serde::from_slice(&bytes).unwrap()).unwrap());
                tree.start_journal();
                return;
            };
            if dice.below(8) == 0 {
                let bytes = rmp_serde::to_vec(&tree.take_changes()).unwrap();
                let changes: TreeChanges = rmp_serde::from_slice(&bytes).unwrap();
                stored.apply(changes).unwrap_or_else(|error| panic!("{error}: {}", context()));
                if !tree.in_transaction() {
                    assert!(stored == tree, "the journal lost something: {}", context());
                }
            }
        });
        assert!(stored.is_some());
    }
}
