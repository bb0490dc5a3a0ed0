//! Delete.

use omadm_proto::message::Format;
use omadm_tree::{AccessType, Actor, NodeSpec};

use crate::fixture::{code, srv, tree, uri};

#[test]
fn x_del_01_a_leaf_is_gone() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.delete(&mut tree, "./T/sub/a"), 200);
    assert_eq!(srv_a.get_code(&tree, "./T/sub/a"), 404);
    assert_eq!(srv_a.text(&tree, "./T/sub").unwrap(), "b/deep");
}

#[test]
fn x_del_02_a_subtree_is_gone_with_all_descendants() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let before = tree.node_count();
    assert_eq!(srv_a.delete(&mut tree, "./T/sub"), 200);
    assert_eq!(srv_a.get_code(&tree, "./T/sub/deep/c"), 404);
    assert_eq!(tree.node_count(), before - 5);
}

#[test]
fn x_del_03_permanent_nodes_answer_405() {
    let mut tree = tree();
    assert_eq!(srv("srvA").delete(&mut tree, "./T/perm"), 405);
    assert_eq!(srv("srvA").delete(&mut tree, "./DevInfo"), 405);
    assert_eq!(code(tree.delete(Actor::Device, &uri("./T/perm"))), 200);
}

#[test]
fn x_del_03_a_permanent_node_anywhere_below_answers_405_and_nothing_is_deleted() {
    let mut tree = tree();
    tree.put("./T/sub/deep/p", NodeSpec::leaf(Format::Chr, "p").permanent()).unwrap();
    let before = tree.clone();
    assert_eq!(srv("srvA").delete(&mut tree, "./T/sub"), 405);
    assert_eq!(tree, before);
}

#[test]
fn x_del_04_the_root_answers_405() {
    assert_eq!(srv("srvA").delete(&mut tree(), "."), 405);
    assert_eq!(code(tree().delete(Actor::Device, &uri("."))), 405);
}

#[test]
fn x_del_05_a_missing_node_answers_404() {
    assert_eq!(srv("srvA").delete(&mut tree(), "./T/none"), 404);
}

#[test]
fn x_del_06_a_node_without_delete_answers_405_but_goes_with_its_ancestor() {
    let mut tree = tree();
    assert_eq!(srv("srvA").delete(&mut tree, "./T/nd"), 405);
    tree.put("./T/sub/nd", NodeSpec::leaf(Format::Chr, "x").access(AccessType::GET)).unwrap();
    assert_eq!(srv("srvA").delete(&mut tree, "./T/sub/nd"), 405);
    assert_eq!(srv("srvA").delete(&mut tree, "./T/sub"), 200);
}

#[test]
fn x_del_09_a_property_answers_405() {
    assert_eq!(srv("srvA").delete(&mut tree(), "./T/s?prop=Title"), 405);
}

#[test]
fn x_del_10_a_node_that_the_acl_denies_answers_425_but_goes_with_its_ancestor() {
    let mut tree = tree();
    assert_eq!(srv("srvA").delete(&mut tree, "./T/secret"), 425);
    tree.set_acl("./T/sub/deep", "Get=srvB&Delete=srvB".parse().unwrap()).unwrap();
    assert_eq!(srv("srvA").delete(&mut tree, "./T/sub/deep"), 425);
    assert_eq!(srv("srvA").delete(&mut tree, "./T/sub"), 200);
}
