//! Access control lists.

use omadm_proto::message::Format;
use omadm_tree::{NewNode, NodeSpec, Tree};

use crate::fixture::{acl, srv, tree};

#[test]
fn x_acl_01_an_empty_acl_inherits_from_the_nearest_ancestor_that_has_one() {
    let mut tree = tree();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/sub/a", "x"), 200);
    assert_eq!(srv("srvB").replace(&mut tree, "./T/sub/a", "y"), 425);
}

#[test]
fn x_acl_02_a_set_acl_is_complete() {
    let mut tree = tree();
    tree.put("./T/k", NodeSpec::leaf(Format::Chr, "v").acl(acl("Get=srvA"))).unwrap();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/k", "x"), 425);
    assert_eq!(srv("srvA").get_code(&tree, "./T/k"), 200);
    assert_eq!(srv("srvB").get_code(&tree, "./T/k"), 425);
}

#[test]
fn x_acl_03_an_unset_acl_reads_empty() {
    assert_eq!(srv("srvA").text(&tree(), "./T/sub?prop=ACL").unwrap(), "");
}

#[test]
fn x_acl_04_an_acl_is_set_and_cleared() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.replace(&mut tree, "./T/sub?prop=ACL", "Get=*&Replace=srvA"), 200);
    assert_eq!(srv_a.text(&tree, "./T/sub?prop=ACL").unwrap(), "Get=*&Replace=srvA");
    assert_eq!(srv_a.delete(&mut tree, "./T/sub/a"), 425);
    assert_eq!(srv_a.replace(&mut tree, "./T/sub?prop=ACL", ""), 200);
    assert_eq!(srv_a.text(&tree, "./T/sub?prop=ACL").unwrap(), "");
    assert_eq!(srv_a.delete(&mut tree, "./T/sub/a"), 200);
}

#[test]
fn x_acl_05_a_replace_overwrites_the_whole_acl() {
    let mut tree = tree();
    tree.set_acl("./T/sub", acl("Get=srvA+srvB&Replace=srvA")).unwrap();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/sub?prop=ACL", "Get=srvA&Replace=srvA"), 200);
    assert_eq!(srv("srvB").get_code(&tree, "./T/sub"), 425);
}

#[test]
fn x_acl_06_the_right_on_an_interior_node_itself_suffices() {
    let mut tree = tree();
    tree.put("./P", NodeSpec::interior().acl(acl("Get=*"))).unwrap();
    tree.put("./P/own", NodeSpec::interior().acl(acl("Get=*&Replace=srvA"))).unwrap();
    tree.put("./P/leaf", NodeSpec::leaf(Format::Chr, "").acl(acl("Get=*&Replace=srvA"))).unwrap();
    assert_eq!(srv("srvA").replace(&mut tree, "./P/own?prop=ACL", "Get=srvA"), 200);
    assert_eq!(srv("srvA").replace(&mut tree, "./P/leaf?prop=ACL", "Get=srvA"), 425);
}

#[test]
fn x_acl_08_a_parent_takes_control_of_a_child_in_two_steps() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.replace(&mut tree, "./T/secret", "x"), 425);
    assert_eq!(srv_a.replace(&mut tree, "./T/secret?prop=ACL", "Get=srvA&Replace=srvA"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/secret", "x"), 200);
}

fn worked_example() -> Tree {
    let chr = || NodeSpec::leaf(Format::Chr, "v");
    Tree::builder()
        .root_acl(acl("Add=*&Get=*"))
        .node("./NodeA", NodeSpec::interior().acl(acl("Get=ServerC&Replace=ServerC")))
        .node("./NodeA/Node1", chr().acl(acl("Get=*")))
        .node("./NodeB", NodeSpec::interior().acl(acl("Get=ServerA&Replace=ServerA")))
        .node("./NodeB/Node2", chr())
        .node("./NodeB/Node3", NodeSpec::interior().acl(acl("Get=ServerB&Replace=ServerB&Delete=ServerB")))
        .node("./NodeB/Node3/Node4", chr())
        .node("./NodeB/Node3/Node5", chr().acl(acl("Get=ServerA+ServerB&Replace=ServerA")))
        .build()
        .unwrap()
}

#[test]
fn x_acl_09_the_worked_example_of_the_standard() {
    let servers = ["ServerA", "ServerB", "ServerC", "ServerD"].map(srv);
    let codes = |act: &dyn Fn(&crate::fixture::Srv, &mut Tree) -> u16| {
        servers.each_ref().map(|server| act(server, &mut worked_example()))
    };
    assert_eq!(codes(&|s, t| s.get_code(t, "./NodeA/Node1")), [200, 200, 200, 200]);
    assert_eq!(codes(&|s, t| s.replace(t, "./NodeA/Node1?prop=ACL", "Get=*")), [425, 425, 200, 425]);
    assert_eq!(codes(&|s, t| s.replace(t, "./NodeA/Node1", "x")), [425, 425, 425, 425]);
    assert_eq!(codes(&|s, t| s.delete(t, "./NodeA/Node1")), [425, 425, 425, 425]);
    assert_eq!(servers[3].text(&worked_example(), "./NodeA/Node1?prop=ACL").unwrap(), "Get=*");
    assert_eq!(servers[1].text(&worked_example(), "./NodeB/Node3/Node4?prop=ACL").unwrap(), "");
    assert_eq!(codes(&|s, t| s.replace(t, "./NodeB/Node3/Node5", "x")), [200, 425, 425, 425]);
}

#[test]
fn x_acl_10_the_wildcard_overrides_named_servers() {
    let mut tree = tree();
    tree.set_acl("./T/sub", acl("Get=srvB+*")).unwrap();
    assert_eq!(srv("srvA").get_code(&tree, "./T/sub"), 200);
}

#[test]
fn x_acl_12_the_root_keeps_add_for_everyone() {
    let build = || Tree::builder().managed_by("srvA").build().unwrap();
    assert_eq!(srv("srvB").replace(&mut build(), ".?prop=ACL", "Add=*&Get=*&Replace=srvB"), 425);
    assert_eq!(srv("srvA").replace(&mut build(), ".?prop=ACL", ""), 405);
    assert_eq!(srv("srvA").replace(&mut build(), ".?prop=ACL", "Get=*&Replace=srvA"), 405);
    assert_eq!(srv("srvA").replace(&mut build(), ".?prop=ACL", "Add=srvA&Get=*&Replace=srvA"), 405);
    assert_eq!(srv("srvA").replace(&mut build(), ".?prop=ACL", "Add=*&Get=*&Replace=srvA"), 200);
    assert_eq!(Tree::builder().build().unwrap().root().acl().to_string(), "Add=*&Get=*");
}

#[test]
fn x_acl_13_a_removed_server_is_forgotten_everywhere() {
    let mut tree = tree();
    tree.set_acl(".", acl("Add=srvA&Get=*&Replace=srvA+srvB")).unwrap();
    tree.set_acl("./T/sub", acl("Get=srvA&Replace=srvA")).unwrap();
    tree.set_acl("./T/sub/deep", acl("Get=srvA+srvB&Replace=srvA")).unwrap();
    tree.remove_server(&"srvA".into());
    let own = |uri: &str| tree.find(uri).unwrap().acl().to_string();
    assert_eq!(own("."), "Add=*&Get=*&Replace=srvB");
    assert_eq!(own("./T"), "Add=*&Get=*");
    assert_eq!(own("./T/sub"), "");
    assert_eq!(own("./T/sub/deep"), "Get=srvB");
    assert_eq!(own("./T/secret"), "Get=srvB&Replace=srvB");
}

#[test]
fn x_acl_13_a_server_goes_with_its_last_account() {
    let mut tree = tree();
    tree.put("./DMAcc/A2", NodeSpec::interior().mo("urn:oma:mo:oma-dm-dmacc:1.1")).unwrap();
    tree.put("./DMAcc/A2/ServerID", NodeSpec::leaf(Format::Chr, "srvA")).unwrap();
    tree.set_acl("./DMAcc/A2", acl("Get=srvA&Delete=srvA")).unwrap();
    let before = tree.clone();
    assert_eq!(srv("srvA").delete(&mut tree, "./DMAcc/A"), 200);
    assert_eq!(srv("srvA").replace(&mut tree, "./T/s", "still here"), 200);
    tree.begin();
    assert_eq!(srv("srvA").delete(&mut tree, "./DMAcc/A2"), 200);
    assert_eq!(srv("srvA").replace(&mut tree, "./T/s", "no more"), 425);
    assert_eq!(tree.find("./T").unwrap().acl().to_string(), "Add=*&Get=*");
    assert_eq!(tree.find("./DMAcc/B").unwrap().acl(), before.find("./DMAcc/B").unwrap().acl());
    tree.rollback();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/s", "back"), 200);
    tree.remove("./DMAcc/A2").unwrap();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/s", "no more"), 425);
}

#[test]
fn x_acl_15_a_creator_with_replace_on_the_parent_gets_no_acl() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    srv_a.add(&mut tree, "./T/node", NewNode::interior());
    assert_eq!(srv_a.text(&tree, "./T/node?prop=ACL").unwrap(), "");
    assert_eq!(srv("srvB").add_text(&mut tree, "./T/leaf", "v"), 200);
    assert_eq!(srv_a.text(&tree, "./T/leaf?prop=ACL").unwrap(), "");
}

#[test]
fn x_acl_15_a_creator_without_replace_on_the_parent_owns_its_interior_node() {
    let (mut tree, srv_b) = (tree(), srv("srvB"));
    assert_eq!(srv_b.add_text(&mut tree, "./T/mine/deep/leaf", "v"), 200);
    assert_eq!(srv_b.text(&tree, "./T/mine?prop=ACL").unwrap(), "Add=srvB&Delete=srvB&Get=srvB&Replace=srvB");
    assert_eq!(srv_b.text(&tree, "./T/mine/deep?prop=ACL").unwrap(), "");
    assert_eq!(srv("srvA").get_code(&tree, "./T/mine"), 425);
}

#[test]
fn x_acl_17_the_acl_governs_properties_too() {
    let mut tree = tree();
    tree.set_acl("./T/sub", acl("Get=srvB")).unwrap();
    for property in ["Name", "ACL", "Title", "Format", "VerNo"] {
        assert_eq!(srv("srvA").get_code(&tree, &format!("./T/sub?prop={property}")), 425, "{property}");
    }
    assert_eq!(srv("srvB").replace(&mut tree, "./T/sub?prop=Title", "x"), 425);
    assert_eq!(srv("srvB").replace(&mut tree, "./T/sub?prop=Name", "x"), 425);
}

#[test]
fn x_acl_18_add_needs_the_parent_and_delete_the_node() {
    let mut tree = tree();
    tree.put("./P", NodeSpec::interior().acl(acl("Add=srvA&Delete=srvB&Replace=srvA"))).unwrap();
    assert_eq!(srv("srvA").add_text(&mut tree, "./P/c", "v"), 200);
    assert_eq!(srv("srvA").delete(&mut tree, "./P"), 425);
}

#[test]
fn x_acl_19_only_the_authenticated_identity_counts() {
    let tree = tree();
    assert_eq!(srv("srvA").get_code(&tree, "./DMAcc/A/ServerID"), 200);
    assert_eq!(srv("srvB").get_code(&tree, "./DMAcc/A/ServerID"), 425);
}

#[test]
fn x_acl_23_an_account_belongs_to_its_server() {
    let (mut tree, srv_a, srv_b) = (tree(), srv("srvA"), srv("srvB"));
    assert_eq!(srv_a.text(&tree, "./DMAcc/A?prop=ACL").unwrap(), "Delete=srvA&Get=srvA&Replace=srvA");
    assert_eq!(srv_a.replace(&mut tree, "./DMAcc/A/AppAddr/1/Addr", "https://new.example/dm"), 200);
    assert_eq!(srv_b.replace(&mut tree, "./DMAcc/A/AppAddr/1/Addr", "https://evil.example/dm"), 425);
    assert_eq!(srv_b.delete(&mut tree, "./DMAcc/A"), 425);
    assert_eq!(srv_a.delete(&mut tree, "./DMAcc/A"), 200);
}

#[test]
fn an_acl_longer_than_any_answers_413() {
    let text = |length: usize| format!("Get={}", "s".repeat(length - 4));
    assert_eq!(srv("srvA").replace(&mut tree(), "./T/sub?prop=ACL", &text(16 * 1024)), 200);
    assert_eq!(srv("srvA").replace(&mut tree(), "./T/sub?prop=ACL", &text(16 * 1024 + 1)), 413);
}

#[test]
fn malformed_acls_answer_400() {
    for text in ["Get", "Get=", "Fly=*", "Get=*&", "Get=a b"] {
        assert_eq!(srv("srvA").replace(&mut tree(), "./T/sub?prop=ACL", text), 400, "{text}");
    }
}

#[test]
fn x_acl_13_at_the_root_nobody_is_granted_what_nobody_had() {
    let left = |text: &str| {
        let mut tree = Tree::builder().root_acl(acl(text)).build().unwrap();
        tree.remove_server(&"srvA".into());
        tree.root().acl().to_string()
    };
    assert_eq!(left("Add=*&Replace=srvA+srvB"), "Add=*&Replace=srvB");
    assert_eq!(left("Add=srvA&Exec=srvA"), "Add=*");
    assert_eq!(left("Add=srvA&Get=srvA&Replace=srvA"), "Add=*&Get=*");
    assert_eq!(left("Exec=srvA"), "Add=*&Get=*");
}
