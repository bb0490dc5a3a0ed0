//! Names: Unicode, limits on characters, case.

use omadm_proto::message::Format;
use omadm_tree::mo::DevDetail;
use omadm_tree::{CaseSense, NodeSpec};

use crate::fixture::{srv, tree, tree_with, uri};

#[test]
fn x_enc_14_names_and_values_keep_their_code_points() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let combining = "e\u{301}a\u{308}";
    assert_eq!(srv_a.add_text(&mut tree, "./T/\u{fc}\u{20ac}\u{1d11e}", combining), 200);
    assert_eq!(srv_a.text(&tree, "./T/%C3%BC%E2%82%AC%F0%9D%84%9E").unwrap(), combining);
    assert!(srv_a.text(&tree, "./T").unwrap().ends_with("/%C3%BC%E2%82%AC%F0%9D%84%9E"));
}

#[test]
fn x_enc_14_the_limits_of_uris_count_characters() {
    let mut tree = tree_with(DevDetail::new().uri_limits(5, 40, 16));
    let umlauts = |count| "\u{fc}".repeat(count);
    assert_eq!(srv("srvA").add_text(&mut tree, &format!("./T/{}", umlauts(16)), "v"), 200);
    assert_eq!(srv("srvA").add_text(&mut tree, &format!("./T/{}", umlauts(17)), "v"), 414);
    assert_eq!(srv("srvA").get_code(&tree, &format!("./T/{0}/{0}/{1}", umlauts(16), umlauts(2))), 404);
    assert_eq!(srv("srvA").get_code(&tree, &format!("./T/{0}/{0}/{1}", umlauts(16), umlauts(3))), 414);
    assert_eq!(srv("srvA").replace(&mut tree, "./T/s?prop=Name", &umlauts(15)), 200);
    assert_eq!(srv("srvA").replace(&mut tree, "./T/i?prop=Name", &umlauts(17)), 414);
}

#[test]
fn names_are_case_sensitive_unless_the_parent_says_otherwise() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.get_code(&tree, "./T/SUB/A"), 404);
    assert_eq!(srv_a.add_text(&mut tree, "./T/sub/A", "other"), 200);
    tree.set_case_sense("./T", CaseSense::Insensitive).unwrap();
    assert_eq!(srv_a.text(&tree, "./T/SUB/a").unwrap(), "1");
    assert_eq!(srv_a.text(&tree, "./T/SUB/A").unwrap(), "other");
    assert_eq!(srv_a.get_code(&tree, "./t/sub/a"), 404);
    assert_eq!(tree.find("./T").unwrap().case_sense(), CaseSense::Insensitive);
}

#[test]
fn the_case_of_a_name_is_kept_as_it_was_given() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let root = NodeSpec::interior().acl("Add=*&Get=*&Replace=srvA".parse().unwrap());
    tree.put("./K", root.case_sense(CaseSense::Insensitive)).unwrap();
    assert_eq!(srv_a.add_text(&mut tree, "./K/\u{c4}pfel", "v"), 200);
    assert_eq!(srv_a.add_text(&mut tree, "./K/\u{e4}PFEL", "v"), 418);
    assert_eq!(srv_a.text(&tree, "./K/\u{e4}pfel?prop=Name").unwrap(), "%C3%84pfel");
    assert_eq!(srv_a.replace(&mut tree, "./K/\u{e4}pfel?prop=Name", "\u{e4}pfel"), 200);
    assert_eq!(tree.find("./K").unwrap().children().next().unwrap().name(), "\u{e4}pfel");
}

#[test]
fn a_rule_for_names_is_rolled_back_with_the_rest() {
    let mut tree = tree();
    let before = tree.clone();
    tree.begin();
    tree.set_case_sense("./T", CaseSense::Insensitive).unwrap();
    tree.lock("./T/s").unwrap();
    assert_ne!(tree, before);
    tree.rollback();
    assert_eq!(tree, before);
}

#[test]
fn a_percent_escape_is_the_character_it_stands_for() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    tree.put("./T/a b%2Fc", NodeSpec::leaf(Format::Chr, "v")).unwrap();
    for spelling in ["./T/a b%2fc", "./T/a%20b%2Fc", "T/%61%20b%2Fc"] {
        assert_eq!(srv_a.text(&tree, spelling).unwrap(), "v", "{spelling}");
    }
    assert_eq!(uri("./T/a%20b%2Fc").to_string(), "./T/a%20b%2Fc");
    assert_eq!(srv_a.get_code(&tree, "./T/a b/c"), 404);
}
