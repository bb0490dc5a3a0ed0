//! Copy, Exec, and what a device need not support.

use omadm_proto::message::Format;
use omadm_tree::{Feature, NodeSpec};

use crate::fixture::{srv, tree, uri};

#[test]
fn x_cpy_01_a_leaf_is_copied_over_another_with_format_and_type() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    srv_a.add_text(&mut tree, "./T/s2", "old");
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./T/s2"), 200);
    assert_eq!(srv_a.text(&tree, "./T/s2").unwrap(), "abc");
    assert_eq!(srv_a.copy(&mut tree, "./T/b", "./T/s2"), 200);
    assert_eq!(srv_a.text(&tree, "./T/s2?prop=Format").unwrap(), "bin");
    assert_eq!(srv_a.text(&tree, "./T/s2?prop=Type").unwrap(), "application/octet-stream");
}

#[test]
fn x_cpy_02_a_copy_is_independent_of_its_source() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./T/s2"), 200);
    srv_a.replace(&mut tree, "./T/s", "new");
    assert_eq!(srv_a.text(&tree, "./T/s2").unwrap(), "abc");
}

#[test]
fn x_cpy_03_interior_nodes_answer_403() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let before = tree.clone();
    assert_eq!(srv_a.copy(&mut tree, "./T/sub", "./T/s2"), 403);
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./T/sub"), 403);
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./T/i"), 403);
    assert_eq!(tree, before);
}

#[test]
fn a_copy_needs_get_on_the_source_and_replace_or_add_on_the_target() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.copy(&mut tree, "./T/none", "./T/s"), 404);
    assert_eq!(srv_a.copy(&mut tree, "./T/secret", "./T/s"), 425);
    assert_eq!(srv_a.copy(&mut tree, "./T/wo", "./T/s"), 405);
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./T/secret"), 425);
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./T/ro"), 405);
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./DevInfo/x"), 405);
    assert_eq!(srv_a.copy(&mut tree, "./T/s?prop=Name", "./T/s2"), 405);
    tree.put("./T/live", NodeSpec::live(Format::Int)).unwrap();
    assert_eq!(srv_a.copy(&mut tree, "./T/live", "./T/s2"), 403);
}

#[test]
fn a_copy_carries_neither_base64_nor_text_over_into_another_format() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    tree.put("./T/t64", NodeSpec::leaf(Format::B64, "AAH+/w==")).unwrap();
    tree.put("./T/digits", NodeSpec::leaf(Format::Chr, "12")).unwrap();
    tree.put("./T/free", NodeSpec::leaf(Format::Chr, "").any_format().any_type()).unwrap();
    assert_eq!(srv_a.copy(&mut tree, "./T/t64", "./T/b"), 403);
    assert_eq!(srv_a.copy(&mut tree, "./T/digits", "./T/i"), 403);
    assert_eq!(srv_a.copy(&mut tree, "./T/t64", "./T/free"), 200);
    assert_eq!(srv_a.text(&tree, "./T/free?prop=Format").unwrap(), "b64");
    assert_eq!(tree.text("./T/free"), Some("AAH+/w=="));
}

#[test]
fn x_exe_01_an_allowed_exec_names_its_node() {
    let tree = tree();
    let id = tree.exec(srv("srvA").actor(), &uri("./T/x")).unwrap();
    assert_eq!(tree.node(id).unwrap().uri().to_string(), "./T/x");
}

#[test]
fn x_exe_04_a_node_that_takes_no_exec_answers_405() {
    assert_eq!(srv("srvA").exec(&tree(), "./T/s"), 405);
    assert_eq!(srv("srvA").exec(&tree(), "./T/x?prop=Name"), 405);
}

#[test]
fn x_exe_05_without_the_right_answers_425() {
    assert_eq!(srv("srvB").exec(&tree(), "./T/x"), 425);
}

#[test]
fn x_exe_06_a_missing_target_answers_404() {
    assert_eq!(srv("srvA").exec(&tree(), "./T/none"), 404);
}

#[test]
fn x_cpy_06_a_device_without_copy_answers_406() {
    let mut tree = tree();
    tree.leave_out(Feature::Copy);
    assert_eq!(srv("srvA").copy(&mut tree, "./T/s", "./T/s2"), 406);
    assert!(tree.find("./T/s2").is_none());
}

#[test]
fn x_exe_09_a_device_without_exec_answers_406() {
    let mut tree = tree();
    tree.leave_out(Feature::Exec);
    assert_eq!(srv("srvA").exec(&tree, "./T/x"), 406);
}
