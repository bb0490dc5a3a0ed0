//! Children: found by name however many there are, listed in the order in which they were created, walked without gaps.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use omadm_tree::{Actor, NewValue, NodeSpec, TargetUri, Tree};

fn names(tree: &Tree, uri: &str) -> Vec<String> {
    tree.children(uri).map(|node| node.name().to_string()).collect()
}

fn filled(names: &[String]) -> Tree {
    let mut tree = Tree::builder().build().unwrap();
    for (number, name) in names.iter().enumerate() {
        tree.put(&format!("./P/{name}"), NodeSpec::value(number)).unwrap();
    }
    tree
}

/// Adds all, takes every second one away, adds those again: they are the last ones then.
fn found_in_order(all: &[String]) {
    let mut tree = filled(all);
    assert_eq!(names(&tree, "./P"), all);
    for name in all.iter().step_by(2) {
        tree.remove(&format!("./P/{name}")).unwrap();
    }
    let mut order: Vec<String> = all.iter().skip(1).step_by(2).cloned().collect();
    assert_eq!(names(&tree, "./P"), order);
    for name in all.iter().step_by(2) {
        assert!(tree.find(&format!("./P/{name}")).is_none());
        tree.put(&format!("./P/{name}"), NodeSpec::value("again")).unwrap();
        order.push(name.clone());
    }
    assert_eq!(names(&tree, "./P"), order);
    assert_eq!(tree.children("./P").rev().count(), all.len());
    for (number, name) in all.iter().enumerate() {
        let number = number.to_string();
        let expected = if number.parse::<usize>().unwrap() % 2 == 0 { "again" } else { &number };
        assert_eq!(tree.text(&format!("./P/{name}")), Some(expected));
    }
}

#[test]
fn five_thousand_children_are_found_by_name_and_listed_as_created() {
    let scattered = (0..5000_u32).map(|number| format!("n{:x}", number.wrapping_mul(0x9E37_79B1)));
    found_in_order(&scattered.collect::<Vec<_>>());
}

#[test]
fn four_thousand_names_that_differ_only_in_case_are_different_children() {
    let spelled = |bits: u32| -> String {
        let letter =
            |(at, letter): (usize, char)| if bits >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter };
        "interval-max".chars().enumerate().map(letter).collect()
    };
    let mut all: Vec<String> = (0..4096).map(spelled).collect();
    all.dedup();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 2048, "a hyphen has no case");
    found_in_order(&all);
}

#[test]
fn a_renamed_child_keeps_its_place_and_a_roll_back_gives_a_deleted_one_its_own() {
    let all = ["d", "a", "c", "b"].map(str::to_string);
    let mut tree = filled(&all);
    let before = tree.clone();
    tree.begin();
    let target = TargetUri::parse("./P/a?prop=Name").unwrap();
    tree.replace(Actor::Device, &target, NewValue::new("z")).unwrap();
    assert_eq!(names(&tree, "./P"), ["d", "z", "c", "b"]);
    tree.remove("./P/z").unwrap();
    tree.remove("./P/d").unwrap();
    tree.put("./P/d", NodeSpec::value(1)).unwrap();
    assert_eq!(names(&tree, "./P"), ["c", "b", "d"]);
    tree.rollback();
    assert_eq!(names(&tree, "./P"), all);
    assert!(tree == before);
}

#[test]
fn a_walk_tells_levels_and_leaves_out_what_it_is_told_to() {
    let mut tree = Tree::builder().build().unwrap();
    for uri in ["./A/x/1", "./A/x/2", "./A/y", "./B/z"] {
        tree.put(uri, NodeSpec::value(0)).unwrap();
    }
    let mut walk = tree.root().subtree();
    let mut seen = Vec::new();
    while let Some(node) = walk.next() {
        seen.push(format!("{}{}", walk.level(), node.name()));
        if node.name() == "x" {
            walk.skip_children();
        }
    }
    assert_eq!(seen, ["0", "1A", "2x", "2y", "1B", "2z"]);
    let below: Vec<_> = tree.find("./A").unwrap().subtree().map(|node| node.uri().to_string()).collect();
    assert_eq!(below, ["./A", "./A/x", "./A/x/1", "./A/x/2", "./A/y"]);
}

#[test]
fn a_node_that_a_transaction_deleted_has_no_id_and_has_it_again_after_the_roll_back() {
    let mut tree = filled(&["a".to_string()]);
    let id = tree.find("./P/a").unwrap().id();
    tree.begin();
    tree.remove("./P").unwrap();
    assert!(tree.node(id).is_none());
    tree.rollback();
    assert_eq!(tree.node(id).unwrap().uri().to_string(), "./P/a");
}
