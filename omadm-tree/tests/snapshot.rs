//! Snapshots: what is written is read as the same tree, and what is damaged is refused, never a panic.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;
use omadm_tree::mo::{DevDetail, DevInfo, DmAcc, Fumo};
use omadm_tree::snapshot::{RestoreError, TreeSnapshot};
use omadm_tree::{AccessType, Acl, Actor, NewNode, NodeSpec, TargetUri, Tree, TreeLimits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn device() -> Tree {
    let mut tree = Tree::builder()
        .clock(UtcTime::from_unix_secs(994_869_497))
        .leaf("./App/Interval", 900)
        .live("./App/Temperature", Format::Int)
        .node("./App/x y", NodeSpec::leaf(Format::Bin, &[0xFF, 0][..]).title("t").max_size(9).any_type())
        .node("./Jobs", NodeSpec::interior().acl(Acl::parse("Add=*&Get=srvA").unwrap()))
        .instances(
            "./Jobs",
            vec![("State", NodeSpec::value(10).access(AccessType::GET)), ("Op/Start", NodeSpec::interior())],
        )
        .mo(DevInfo::new("urn:imei:493005100592800").man("Acme").model("M1"))
        .mo(DevDetail::new().fw("1.0").uri_limits(6, 0, 16))
        .mo(DmAcc::at("./DMAcc/A", "srvA").client("DIGEST", "c", "secret", [0, 1, 2]))
        .mo(Fumo::at("./FUMO"))
        .managed_by("srvA")
        .build()
        .unwrap();
    tree.set("./App/Interval", 300).unwrap();
    tree
}

fn as_json() -> Value {
    serde_json::to_value(device().snapshot()).unwrap()
}

fn snapshot_in(json: Value) -> TreeSnapshot {
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_tree_survives_in_text_and_in_binary() {
    let tree = device();
    let text = serde_json::to_string(&tree.snapshot()).unwrap();
    assert!(Tree::restore(serde_json::from_str(&text).unwrap()).unwrap() == tree);
    let binary = rmp_serde::to_vec(&tree.snapshot()).unwrap();
    assert!(Tree::restore(rmp_serde::from_slice(&binary).unwrap()).unwrap() == tree);
    assert!(binary.len() < 4096, "{} bytes for {} nodes", binary.len(), tree.node_count());
}

#[test]
fn a_restored_tree_goes_on_as_before() {
    let mut tree = Tree::restore(device().snapshot()).unwrap();
    let target = |uri: &str| TargetUri::parse(uri).unwrap();
    tree.add(Actor::Device, &target("./Jobs/j"), NewNode::interior()).unwrap();
    assert_eq!(tree.text("./Jobs/j/State"), Some("10"));
    let long = tree.get(Actor::Device, &target("./seventeen-letters")).unwrap_err();
    assert_eq!(long.status.as_u16(), 414);
}

#[test]
fn another_version_is_refused() {
    let mut json = as_json();
    json[0] = json!(7);
    json[1] = json!({ "what": ["nobody", "knows"] });
    assert_eq!(Tree::restore(snapshot_in(json)), Err(RestoreError::Version(7)));
    let first_version = rmp_serde::to_vec(&(1_u32, "WithGet", [0_u8; 3])).unwrap();
    assert_eq!(Tree::restore(rmp_serde::from_slice(&first_version).unwrap()), Err(RestoreError::Version(1)));
}

#[test]
fn damaged_structures_are_refused_with_the_place() {
    let damage = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut json = as_json();
        change(json[1]["nodes"].as_array_mut().unwrap());
        Tree::restore(snapshot_in(json)).unwrap_err()
    };
    // The walk begins: root, App, Interval, Temperature, "x y", Jobs, DevInfo, ...
    assert_eq!(damage(&|nodes| nodes.clear()), RestoreError::Root);
    assert_eq!(damage(&|nodes| nodes[0]["name"] = json!("r")), RestoreError::Root);
    assert_eq!(damage(&|nodes| nodes[0]["extra"] = json!(null)), RestoreError::Root);
    assert_eq!(damage(&|nodes| nodes[1]["level"] = json!(2)), RestoreError::Level(1));
    assert_eq!(damage(&|nodes| nodes[1]["level"] = json!(0)), RestoreError::Level(1));
    assert_eq!(damage(&|nodes| nodes[3]["level"] = json!(3)), RestoreError::Level(3));
    assert_eq!(damage(&|nodes| nodes[2]["name"] = json!("..")), RestoreError::Name(2));
    assert_eq!(damage(&|nodes| nodes[3]["name"] = json!("Interval")), RestoreError::Name(3));
    assert_eq!(damage(&|nodes| nodes[2]["value"] = json!("dGV4dA==")), RestoreError::Value(2));
    assert_eq!(damage(&|nodes| nodes[4]["extra"]["title"] = json!("t".repeat(256))), RestoreError::Value(4));
    assert_eq!(damage(&|nodes| nodes[1]["value"] = json!("dGV4dA==")), RestoreError::Value(1));
    let templated = |nodes: &[Value]| nodes.iter().position(|node| node["name"] == "Jobs").unwrap();
    let at = templated(as_json()[1]["nodes"].as_array().unwrap());
    let broken = damage(&|nodes| nodes[at]["extra"]["template"][0]["format"] = json!("bool"));
    assert_eq!(broken, RestoreError::Template(at));
}

#[test]
fn limits_hold_for_snapshots_too() {
    let mut limits = TreeLimits::DEFAULT;
    limits.nodes = 3;
    assert_eq!(Tree::restore_within(device().snapshot(), limits), Err(RestoreError::Limits(3)));
    limits = TreeLimits::DEFAULT;
    limits.value_bytes = 2;
    assert_eq!(Tree::restore_within(device().snapshot(), limits), Err(RestoreError::Limits(2)));
}

#[test]
fn values_do_not_show_in_debug_output() {
    let tree = device();
    let shown = format!("{:?} {:?} {:?}", tree, tree.snapshot(), tree.find("./DMAcc/A/AppAuth/1/AAuthSecret"));
    assert!(!shown.contains("secret\""), "{shown}");
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic(at in 0usize..2000, byte: u8, cut in 0usize..3000) {
        let mut bytes = rmp_serde::to_vec(&device().snapshot()).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(cut.max(1));
        if let Ok(snapshot) = rmp_serde::from_slice::<TreeSnapshot>(&bytes)
            && let Ok(tree) = Tree::restore(snapshot)
        {
            let again = Tree::restore(tree.snapshot());
            prop_assert!(again.is_ok_and(|again| again == tree));
        }
    }
}

#[test]
fn what_a_command_brought_last_into_a_full_tree_can_be_stored() {
    let mut limits = TreeLimits::DEFAULT;
    limits.total_bytes = 24;
    let builder = Tree::builder().limits(limits).managed_by("srvA");
    let mut tree = builder.node("./I", NodeSpec::interior()).leaf("./J", 1).build().unwrap();
    let add = |tree: &mut Tree, uri: &str| {
        let new = NewNode::leaf(Format::Chr, "").of_type("application/x-configuration");
        tree.add(Actor::Device, &TargetUri::parse(uri).unwrap(), new).map_err(|refusal| refusal.status.to_string())
    };
    assert_eq!(add(&mut tree, "./I/a"), Ok(()));
    assert_eq!(add(&mut tree, "./I/b"), Err("420 Device full".to_string()));
    let restored = Tree::restore_within(tree.snapshot(), limits).unwrap();
    assert_eq!(restored, tree);
}
