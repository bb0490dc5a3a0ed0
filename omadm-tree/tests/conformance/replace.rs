//! Replace.

use omadm_proto::message::{Data, Format, Item, Meta};
use omadm_proto::status::StatusCode;
use omadm_tree::mo::DevDetail;
use omadm_tree::{Actor, NewValue, NodeSpec, Tree, TreeLimits};

use crate::fixture::{code, srv, tree, tree_with, uri};

#[test]
fn x_rpl_01_the_value_of_a_leaf_is_replaced() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.replace(&mut tree, "./T/s", "xyz"), 200);
    assert_eq!(srv_a.text(&tree, "./T/s").unwrap(), "xyz");
}

#[test]
fn x_rpl_02_replace_on_missing_leaf_answers_404_and_creates_nothing() {
    let mut tree = tree();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/none", "v"), 404);
    assert!(tree.find("./T/none").is_none());
}

#[test]
fn x_rpl_03_a_value_on_an_interior_node_answers_405() {
    let (mut tree, before) = (tree(), tree());
    assert_eq!(srv("srvA").replace(&mut tree, "./T/sub", "x"), 405);
    assert_eq!(srv("srvA").replace(&mut tree, ".", "x"), 405);
    assert_eq!(tree, before);
}

#[test]
fn x_rpl_04_a_rename_moves_the_subtree_with_its_properties() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.replace(&mut tree, "./T/sub/deep?prop=ACL", "Get=*&Replace=srvA"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/sub?prop=Name", "sub2"), 200);
    assert_eq!(srv_a.get_code(&tree, "./T/sub"), 404);
    assert_eq!(srv_a.text(&tree, "./T/sub2/deep/c").unwrap(), "3");
    assert_eq!(srv_a.text(&tree, "./T/sub2/deep?prop=ACL").unwrap(), "Get=*&Replace=srvA");
    assert_eq!(srv_a.text(&tree, "./T/sub2?prop=Name").unwrap(), "sub2");
    assert_eq!(srv_a.text(&tree, "./T").unwrap(), "s/i/b/n/ro/nd/wo/sub2/empty/perm/x/xa/secret");
}

#[test]
fn x_rpl_05_a_rename_to_a_siblings_name_answers_418() {
    let (mut tree, before) = (tree(), tree());
    assert_eq!(srv("srvA").replace(&mut tree, "./T/sub/a?prop=Name", "b"), 418);
    assert_eq!(tree, before);
    assert_eq!(srv("srvA").replace(&mut tree, "./T/sub/a?prop=Name", "a"), 200);
}

#[test]
fn x_rpl_06_permanent_nodes_and_the_root_are_not_renamed() {
    let mut tree = tree();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/perm?prop=Name", "p2"), 405);
    assert_eq!(srv("srvA").replace(&mut tree, ".?prop=Name", "r"), 405);
    assert_eq!(code(tree.replace(Actor::Device, &uri("./T/perm?prop=Name"), NewValue::new("p2"))), 200);
}

#[test]
fn x_rpl_08_illegal_names_are_refused() {
    let mut tree = tree_with(DevDetail::new().uri_limits(0, 0, 16));
    let before = tree.clone();
    for (name, expected) in [("x/y", 400), ("", 400), ("..", 400), ("*", 400), ("%", 400), (&*"n".repeat(17), 414)] {
        assert_eq!(srv("srvA").replace(&mut tree, "./T/s?prop=Name", name), expected, "{name}");
    }
    assert_eq!(tree, before);
    assert_eq!(srv("srvA").replace(&mut tree, "./T/s?prop=Name", "x%20y"), 200);
    assert_eq!(tree.text("./T/x y"), Some("abc"));
}

#[test]
fn x_rpl_09_properties_that_the_device_keeps_answer_405() {
    for property in ["Format", "Type", "Size", "TStamp", "VerNo"] {
        assert_eq!(srv("srvA").replace(&mut tree(), &format!("./T/s?prop={property}"), "x"), 405, "{property}");
    }
}

#[test]
fn x_rpl_10_a_title_has_at_most_255_bytes() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.replace(&mut tree, "./T/s?prop=Title", &"t".repeat(255)), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/s?prop=Title", &"t".repeat(256)), 413);
    assert_eq!(srv_a.text(&tree, "./T/s?prop=Title").unwrap().len(), 255);
}

#[test]
fn x_rpl_11_format_and_type_follow_where_the_node_allows_it() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let xml = || NewValue::new("<a/>").in_format(Format::Xml).of_type("text/xml");
    assert_eq!(srv_a.replace_with(&mut tree, "./T/s", xml()), 415);
    tree.put("./T/free", NodeSpec::leaf(Format::Chr, "").any_format().any_type()).unwrap();
    assert_eq!(srv_a.replace_with(&mut tree, "./T/free", xml()), 200);
    assert_eq!(srv_a.text(&tree, "./T/free?prop=Format").unwrap(), "xml");
    assert_eq!(srv_a.text(&tree, "./T/free?prop=Type").unwrap(), "text/xml");
}

#[test]
fn x_rpl_11_without_meta_the_node_keeps_format_and_type() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.replace(&mut tree, "./T/i", "43"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./T/i", "many"), 415);
    let spelled_out = NewValue::new("44").in_format(Format::Chr).of_type("text/plain");
    assert_eq!(srv_a.replace_with(&mut tree, "./T/i", spelled_out), 200);
    assert_eq!(srv_a.text(&tree, "./T/i?prop=Format").unwrap(), "int");
    assert_eq!(tree.text("./T/i"), Some("44"));
}

#[test]
fn binary_is_decoded_and_text_may_travel_as_base64() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let b64 = |text: &str| {
        let item =
            Item::target("./T").with_meta(Meta::with_format(Format::B64)).with_data(Data::text(text.to_string()));
        NewValue::from_item(&item, None).unwrap()
    };
    assert_eq!(srv_a.replace_with(&mut tree, "./T/b", b64("/wA=")), 200);
    assert_eq!(tree.bytes("./T/b"), Some(&[0xFF, 0][..]));
    assert_eq!(srv_a.replace_with(&mut tree, "./T/s", b64("aGkB")), 200);
    assert_eq!(tree.text("./T/s"), Some("hi\u{1}"));
    assert_eq!(srv_a.replace_with(&mut tree, "./T/i", b64("NDU=")), 200);
    assert_eq!(tree.text("./T/i"), Some("45"));
    assert_eq!(srv_a.replace_with(&mut tree, "./T/b", b64("not base64!")), 400);
    let raw = NewValue::new([1, 2, 3]).in_format(Format::Bin);
    assert_eq!(srv_a.replace_with(&mut tree, "./T/b", raw), 200);
    assert_eq!(tree.bytes("./T/b"), Some(&[1, 2, 3][..]));
}

#[test]
fn a_value_that_is_base64_text_itself_stays_so() {
    let mut tree = tree();
    tree.put("./T/t64", NodeSpec::leaf(Format::B64, "AAAA")).unwrap();
    let new = NewValue::new("/wA=").in_format(Format::B64);
    assert_eq!(srv("srvA").replace_with(&mut tree, "./T/t64", new), 200);
    assert_eq!(tree.text("./T/t64"), Some("/wA="));
}

#[test]
fn x_rpl_13_a_leaf_without_replace_answers_405() {
    assert_eq!(srv("srvA").replace(&mut tree(), "./T/ro", "x"), 405);
    assert_eq!(srv("srvA").replace(&mut tree(), "./T/wo", "x"), 200);
}

#[test]
fn x_rpl_14_a_leaf_that_the_acl_denies_answers_425() {
    let mut tree = tree();
    assert_eq!(srv("srvA").replace(&mut tree, "./T/secret", "x"), 425);
    assert_eq!(tree.text("./T/secret"), Some("hidden"));
}

#[test]
fn x_rpl_15_a_leaf_that_the_device_needs_as_it_is_answers_403() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    tree.lock("./T/sub/a").unwrap();
    assert_eq!(srv_a.replace(&mut tree, "./T/sub/a", "x"), 403);
    assert_eq!(srv_a.replace(&mut tree, "./T/sub?prop=Name", "sub2"), 403);
    assert_eq!(srv_a.delete(&mut tree, "./T/sub"), 403);
    assert_eq!(srv_a.text(&tree, "./T/sub/a").unwrap(), "1");
    tree.set("./T/sub/a", "2").unwrap();
    tree.unlock("./T/sub/a").unwrap();
    assert_eq!(srv_a.replace(&mut tree, "./T/sub/a", "x"), 200);
}

#[test]
fn x_rpl_16_a_value_beyond_the_limit_of_the_leaf_answers_413() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    tree.put("./T/small", NodeSpec::leaf(Format::Chr, "old").max_size(100)).unwrap();
    assert_eq!(srv_a.replace(&mut tree, "./T/small", &"v".repeat(101)), 413);
    assert_eq!(tree.text("./T/small"), Some("old"));
    assert_eq!(srv_a.replace(&mut tree, "./T/small", &"v".repeat(100)), 200);
}

#[test]
fn a_replace_without_data_answers_412() {
    let new = NewValue::from_item(&Item::target("./T/s"), None).unwrap();
    assert_eq!(srv("srvA").replace_with(&mut tree(), "./T/s", new.clone()), 412);
    assert_eq!(srv("srvA").replace_with(&mut tree(), "./T/s?prop=Title", new), 412);
}

#[test]
fn a_list_cannot_be_replaced() {
    assert_eq!(srv("srvA").replace(&mut tree(), "./T?list=Struct", "x"), 405);
}

#[test]
fn a_refusal_tells_its_status_in_words() {
    let refusal = tree().replace(srv("srvA").actor(), &uri("./T/none"), NewValue::new("v")).unwrap_err();
    assert_eq!((refusal.status, refusal.to_string()), (StatusCode::NOT_FOUND, "refused: 404 Not found".to_string()));
}

#[test]
fn names_titles_and_acls_cannot_outgrow_the_tree() {
    let mut limits = TreeLimits::DEFAULT;
    limits.total_bytes = 24;
    let mut tree = Tree::builder().limits(limits).managed_by("srvA").leaf("./A", 1).build().unwrap();
    let mut renamed = tree.clone();
    assert_eq!(srv("srvA").replace(&mut renamed, "./A?prop=Name", &"n".repeat(24)), 420);
    assert_eq!(srv("srvA").replace(&mut renamed, "./A?prop=Name", &"n".repeat(23)), 200);
    // The ACL of the root names srvA three times: 12 bytes, and `*` twice.
    assert_eq!(srv("srvA").replace(&mut tree, "./A?prop=Title", "12345678901"), 420);
    assert_eq!(srv("srvA").replace(&mut tree, "./A?prop=Title", "1234567890"), 200);
    assert_eq!(srv("srvA").replace(&mut tree, "./A?prop=ACL", "Get=s"), 420);
    assert_eq!(srv("srvA").replace(&mut tree, "./A?prop=Title", "1"), 200);
    assert_eq!(srv("srvA").replace(&mut tree, "./A?prop=ACL", "Get=s"), 200);
}
