//! The change journal: what changed and nothing else, and what does not fit is refused as a whole, never a panic.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use omadm_proto::message::Format;
use omadm_tree::journal::{ApplyError, TreeChanges};
use omadm_tree::{AccessType, Acl, Actor, NewValue, NodeSpec, TargetUri, Tree, TreeLimits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn tree() -> Tree {
    let mut tree = Tree::builder()
        .leaf("./App/Interval", 900)
        .leaf("./App/Name", "n")
        .live("./App/Heat", Format::Int)
        .managed_by("srvA")
        .build()
        .unwrap();
    tree.start_journal();
    tree
}

/// A bit of everything that can be recorded.
fn busy() -> (Tree, TreeChanges) {
    let mut tree = tree();
    tree.set("./App/Interval", 300).unwrap();
    tree.put("./App/New/Deep", NodeSpec::leaf(Format::Bin, &[1, 2][..]).title("t").of_type("x/y").max_size(9)).unwrap();
    tree.set_acl("./App", Acl::parse("Add=*&Get=srvA").unwrap()).unwrap();
    tree.set_access("./App/Name", AccessType::GET).unwrap();
    tree.instances("./App/New", vec![("State", NodeSpec::value(1))]).unwrap();
    let rename = TargetUri::parse("./App/New?prop=Name").unwrap();
    tree.replace(Actor::Device, &rename, NewValue::new("Newer")).unwrap();
    tree.remove("./App/Newer/Deep").unwrap();
    let changes = tree.take_changes();
    (tree, changes)
}

fn as_json(changes: &TreeChanges) -> Value {
    serde_json::to_value(changes).unwrap()
}

#[test]
fn a_change_of_one_leaf_is_one_small_record() {
    let mut tree = tree();
    assert!(tree.take_changes().is_empty());
    tree.set("./App/Interval", 300).unwrap();
    let changes = tree.take_changes();
    assert!(rmp_serde::to_vec(&changes).unwrap().len() < 64);
    assert!(tree.take_changes().is_empty(), "they were taken");
}

#[test]
fn what_is_rolled_back_is_no_change_and_what_is_open_waits() {
    let mut tree = tree();
    tree.set("./App/Name", "before").unwrap();
    tree.begin();
    tree.set("./App/Name", "inside").unwrap();
    let mut stored = self::tree();
    stored.apply(tree.take_changes()).unwrap();
    assert_eq!(stored.text("./App/Name"), Some("before"));
    assert!(tree.take_changes().is_empty());
    tree.rollback();
    assert!(tree.take_changes().is_empty());
    tree.begin();
    tree.set("./App/Name", "kept").unwrap();
    tree.commit();
    stored.apply(tree.take_changes()).unwrap();
    assert!(stored == tree);
}

#[test]
fn changes_survive_in_text_and_in_binary() {
    let (tree, changes) = busy();
    let mut by_text = self::tree();
    by_text.apply(serde_json::from_str(&serde_json::to_string(&changes).unwrap()).unwrap()).unwrap();
    let mut by_bytes = self::tree();
    by_bytes.apply(rmp_serde::from_slice(&rmp_serde::to_vec(&changes).unwrap()).unwrap()).unwrap();
    assert!(by_text == tree && by_bytes == tree);
}

#[test]
fn another_version_is_refused() {
    let changes: TreeChanges = serde_json::from_value(json!([9, { "new": true }])).unwrap();
    assert_eq!(tree().apply(changes), Err(ApplyError::Version(9)));
}

#[test]
fn changes_that_do_not_follow_the_tree_are_refused_whole() {
    let refused = |changes: Value| {
        let mut tree = tree();
        tree.start_journal();
        let before = tree.clone();
        let changes = serde_json::from_value(json!([2, changes])).unwrap();
        let error = tree.apply(changes).unwrap_err();
        assert!(tree == before && tree.take_changes().is_empty());
        error
    };
    let first = json!({ "at": ["App", "Name"], "edits": [{ "Value": ["chr", "eA=="] }] });
    let second = |at: &[&str], edit: Value| refused(json!([first, { "at": at, "edits": [edit] }]));
    assert_eq!(second(&["App", "None"], json!("Gone")), ApplyError::NoNode(1));
    assert_eq!(second(&[], json!("Gone")), ApplyError::Root(1));
    assert_eq!(second(&[], json!({ "Name": "x" })), ApplyError::Root(1));
    assert_eq!(second(&[], json!({ "Extra": [null, null] })), ApplyError::Root(1));
    assert_eq!(second(&["App"], json!({ "Value": ["chr", "eA=="] })), ApplyError::Kind(1));
    assert_eq!(second(&["App", "Interval"], json!({ "Value": ["int", "eA=="] })), ApplyError::Value(1));
    assert_eq!(second(&["App", "Interval"], json!({ "Name": "Name" })), ApplyError::Name(1));
    assert_eq!(second(&["App", "Interval"], json!({ "Name": ".." })), ApplyError::Name(1));
    assert_eq!(second(&["App", "Heat"], json!({ "Rules": [0, 0] })), ApplyError::Value(1));
    let twice = json!([{ "at": ["App"], "edits": ["Gone", { "Stamp": [1, 1] }] }]);
    assert_eq!(refused(twice), ApplyError::NoNode(0));
}

#[test]
fn limits_hold_for_changes_too() {
    let mut limits = TreeLimits::DEFAULT;
    limits.nodes = 3;
    let mut small = Tree::builder().limits(limits).leaf("./App/Name", "n").build().unwrap();
    let (_, changes) = busy();
    assert!(small.apply(changes).is_err());
    let mut json = as_json(&busy().1);
    json[1].as_array_mut().unwrap().retain(|change| change["edits"][0].get("Child").is_some());
    assert!(matches!(small.apply(serde_json::from_value(json).unwrap()), Err(ApplyError::Limits(_))));
}

#[test]
fn a_journal_that_nobody_takes_ends_at_its_limit() {
    let mut tree = tree();
    tree.start_journal_within(1000);
    for interval in 0..10 {
        tree.set("./App/Interval", interval).unwrap();
    }
    assert!(tree.keeps_journal() && !tree.take_changes().is_empty(), "ten small changes are within it");
    for interval in 0..1000 {
        tree.set("./App/Interval", interval).unwrap();
    }
    assert!(!tree.keeps_journal() && tree.take_changes().is_empty(), "a thousand are not");
}

#[test]
fn changes_that_were_taken_or_rolled_back_do_not_count_against_the_limit() {
    let mut tree = tree();
    tree.start_journal_within(1000);
    for interval in 0..1000 {
        tree.set("./App/Interval", interval).unwrap();
        assert!(!tree.take_changes().is_empty());
        tree.begin();
        tree.set("./App/Interval", 0).unwrap();
        tree.rollback();
    }
    assert!(tree.keeps_journal());
}

#[test]
fn the_weight_of_changes_and_trees_is_about_what_they_take() {
    let (tree, changes) = busy();
    let changed = rmp_serde::to_vec(&changes).unwrap().len();
    assert!((changed / 2..changed * 2).contains(&changes.weight()), "{changed} bytes, weight {}", changes.weight());
    let stored = rmp_serde::to_vec(&tree.snapshot()).unwrap().len();
    assert!((stored / 2..stored * 2).contains(&tree.weight()), "{stored} bytes, weight {}", tree.weight());
}

#[test]
fn values_do_not_show_in_debug_output() {
    let mut tree = tree();
    tree.set("./App/Name", "secret").unwrap();
    assert!(!format!("{:?}", tree.take_changes()).contains("secret"));
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic(at in 0usize..1000, byte: u8, cut in 0usize..1500) {
        let mut bytes = rmp_serde::to_vec(&busy().1).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut.max(1));
        if let Ok(changes) = rmp_serde::from_slice::<TreeChanges>(&bytes) {
            let mut tree = tree();
            let before = tree.clone();
            if tree.apply(changes).is_err() {
                prop_assert!(tree == before);
            }
            let again = Tree::restore(tree.snapshot());
            prop_assert!(again.is_ok_and(|again| again == tree));
        }
    }
}
