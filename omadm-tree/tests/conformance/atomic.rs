//! What an Atomic needs of the tree: transactions.

use omadm_proto::time::UtcTime;
use omadm_tree::{AccessType, NewNode, NodeSpec};

use crate::fixture::{srv, tree};

#[test]
fn x_atm_02_a_rolled_back_replace_leaves_the_old_value() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    tree.begin();
    assert_eq!(srv_a.replace(&mut tree, "./T/s", "new"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/none", "x"), 404);
    tree.rollback();
    assert_eq!(srv_a.text(&tree, "./T/s").unwrap(), "abc");
    assert_eq!(srv_a.text(&tree, "./T/s?prop=VerNo").unwrap(), "0");
}

#[test]
fn x_atm_03_every_kind_of_change_is_rolled_back_exactly() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    srv_a.replace(&mut tree, "./T/sub/deep?prop=ACL", "Get=*&Delete=srvA");
    let sub = tree.find("./T/sub/deep/c").unwrap().id();
    let before = tree.clone();
    tree.set_clock(UtcTime::from_unix_secs(994_869_497));
    tree.begin();
    assert_eq!(srv_a.add_text(&mut tree, "./T/p/new", "v"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/p/new", "w"), 200);
    assert_eq!(srv_a.delete(&mut tree, "./T/p"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/sub/a?prop=Name", "z"), 200);
    assert_eq!(srv_a.delete(&mut tree, "./T/sub"), 200);
    assert_eq!(srv_a.add(&mut tree, "./T/sub", NewNode::interior()), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/empty?prop=ACL", "Get=*&Replace=srvA"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/empty?prop=Title", "t"), 200);
    assert_eq!(srv_a.copy(&mut tree, "./T/s", "./T/copy"), 200);
    assert_eq!(srv_a.copy(&mut tree, "./T/copy", "./T/s"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/s", "changed"), 200);
    tree.set("./T/i", 43).unwrap();
    tree.set_access("./T/empty", AccessType::GET).unwrap();
    tree.put("./T/live", NodeSpec::value(1)).unwrap();
    tree.remove("./T/perm").unwrap();
    tree.instances("./T/empty", vec![("x", NodeSpec::value(1))]).unwrap();
    assert_ne!(tree, before);
    tree.rollback();
    assert_eq!(tree, before);
    assert_eq!(tree.node(sub).unwrap().uri().to_string(), "./T/sub/deep/c");
    assert_eq!(tree.node_count(), before.node_count());
}

#[test]
fn a_committed_transaction_stays() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    tree.begin();
    srv_a.replace(&mut tree, "./T/s", "new");
    srv_a.delete(&mut tree, "./T/sub");
    tree.commit();
    tree.rollback();
    assert_eq!(tree.text("./T/s"), Some("new"));
    assert!(tree.find("./T/sub").is_none() && !tree.in_transaction());
}

#[test]
fn an_inner_transaction_is_undone_alone_or_with_the_outer_one() {
    let mut tree = tree();
    let before = tree.clone();
    tree.begin();
    tree.set("./T/i", 1).unwrap();
    tree.begin();
    tree.set("./T/i", 2).unwrap();
    tree.rollback();
    assert_eq!(tree.text("./T/i"), Some("1"));
    tree.begin();
    tree.set("./T/i", 3).unwrap();
    tree.commit();
    assert_eq!(tree.text("./T/i"), Some("3"));
    tree.rollback();
    assert_eq!(tree, before);
}

#[test]
fn the_revision_grows_with_every_change_and_with_nothing_else() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let start = tree.revision();
    srv_a.get_code(&tree, "./T/s");
    srv_a.replace(&mut tree, "./T/none", "x");
    srv_a.add_text(&mut tree, "./T/s", "x");
    srv_a.delete(&mut tree, "./T/perm");
    assert_eq!(tree.revision(), start);
    srv_a.replace(&mut tree, "./T/s", "x");
    let changed = tree.revision();
    assert!(changed > start);
    tree.set("./T/i", 1).unwrap();
    assert!(tree.revision() > changed);
}
