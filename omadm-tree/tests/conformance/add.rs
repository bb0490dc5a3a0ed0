//! Add.

use omadm_proto::message::{Data, Format, Item, Meta, MetaFormat};
use omadm_proto::status::StatusCode;
use omadm_tree::ddf::{Ddf, DfProperties, Node, Occurrence};
use omadm_tree::mo::DevDetail;
use omadm_tree::tree::CreatorAcl;
use omadm_tree::{AccessType, NewNode, NewValue, NodeSpec, Scope, Tree, TreeLimits};

use crate::fixture::{acl, srv, tree, tree_with, uri};

#[test]
fn x_add_01_a_new_leaf_has_its_value_and_default_properties() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.add_text(&mut tree, "./T/new", "v"), 200);
    let read = |property: &str| srv_a.text(&tree, &format!("./T/new{property}")).unwrap();
    assert_eq!(read(""), "v");
    assert_eq!([read("?prop=Name"), read("?prop=Format"), read("?prop=Type")], ["new", "chr", "text/plain"]);
    assert_eq!([read("?prop=ACL"), read("?prop=Title"), read("?prop=Size")], ["", "", "1"]);
}

#[test]
fn x_add_02_an_interior_node_has_its_management_object_identifier() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let new = NewNode::interior().of_type("urn:oma:mo:oma-fumo:1.0");
    assert_eq!(srv_a.add(&mut tree, "./T/mo", new), 200);
    assert_eq!(srv_a.text(&tree, "./T/mo?prop=Type").unwrap(), "urn:oma:mo:oma-fumo:1.0");
    assert_eq!(srv_a.text(&tree, "./T/mo").unwrap(), "");
}

#[test]
fn x_add_03_an_existing_node_answers_418_and_stays() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.add_text(&mut tree, "./T/s", "x"), 418);
    assert_eq!(srv_a.text(&tree, "./T/s").unwrap(), "abc");
    assert_eq!(srv_a.add_text(&mut tree, ".", "x"), 418);
}

#[test]
fn x_add_04_missing_parents_are_created_with_empty_acls() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.add_text(&mut tree, "./T/p/q/leaf", "v"), 200);
    assert_eq!(srv_a.text(&tree, "./T/p/q/leaf").unwrap(), "v");
    for node in ["./T/p", "./T/p/q"] {
        assert_eq!(srv_a.text(&tree, &format!("{node}?prop=Format")).unwrap(), "node");
        assert_eq!(srv_a.text(&tree, &format!("{node}?prop=ACL")).unwrap(), "");
    }
}

#[test]
fn x_add_06_below_a_leaf_answers_405() {
    let mut tree = tree();
    assert_eq!(srv("srvA").add_text(&mut tree, "./T/s/x", "v"), 405);
    assert_eq!(srv("srvA").add_text(&mut tree, "./T/s/x/y", "v"), 405);
}

#[test]
fn x_add_07_without_the_right_on_the_parent_answers_425() {
    let mut tree = tree();
    tree.put("./K", NodeSpec::interior().acl(acl("Add=srvB&Get=*"))).unwrap();
    assert_eq!(srv("srvA").add_text(&mut tree, "./K/x", "v"), 425);
    assert_eq!(srv("srvA").get_code(&tree, "./K/x"), 404);
    assert_eq!(srv("srvB").add_text(&mut tree, "./K/x", "v"), 200);
}

#[test]
fn x_add_07_a_failing_implicit_parent_is_named() {
    let mut tree = tree();
    tree.put("./K", NodeSpec::interior().acl(acl("Get=*"))).unwrap();
    let srv_a = srv("srvA");
    let refusal = tree.add(srv_a.actor(), &uri("./K/p/q"), NewNode::leaf(Format::Chr, "v")).unwrap_err();
    assert_eq!((refusal.status, refusal.at.unwrap().to_string()), (StatusCode::PERMISSION_DENIED, "./K/p".into()));
    let refusal = tree.add(srv_a.actor(), &uri("./K/q"), NewNode::leaf(Format::Chr, "v")).unwrap_err();
    assert_eq!(refusal.at, None);
}

#[test]
fn x_add_08_a_format_that_nobody_knows_answers_415() {
    let mut meta = Meta::default();
    meta.format = Some(MetaFormat::parse("hologram".into()));
    let item = Item::target("./T/new").with_meta(meta).with_data(Data::text("v"));
    assert_eq!(NewNode::from_item(&item, None), Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT));
}

#[test]
fn x_add_08_a_format_or_type_that_the_rule_of_the_device_does_not_have_answers_415() {
    let access = AccessType::ADD | AccessType::GET;
    let number = Node::unnamed().with(DfProperties::new(Format::Int, AccessType::DEFAULT));
    let numbers = Node::new("Numbers")
        .below(".")
        .with(DfProperties::new(Format::Node, access).scope(Scope::Permanent).occurring(Occurrence::One))
        .child(number);
    let mut tree = Tree::builder().ddf(&Ddf::new(vec![numbers])).build().unwrap();
    let srv_a = srv("srvA");
    assert_eq!(srv_a.add(&mut tree, "./Numbers/a", NewNode::leaf(Format::Float, "1.5")), 415);
    assert_eq!(srv_a.add(&mut tree, "./Numbers/a", NewNode::leaf(Format::Int, "1").of_type("image/x-none")), 415);
    assert_eq!(srv_a.add(&mut tree, "./Numbers/a", NewNode::interior()), 415);
    assert_eq!(srv_a.text(&tree, "./Numbers").unwrap(), "");
    assert_eq!(srv_a.add(&mut tree, "./Numbers/a", NewNode::leaf(Format::Int, "1")), 200);
}

#[test]
fn x_add_08_a_type_longer_than_any_answers_415() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let new = |length: usize| NewNode::leaf(Format::Chr, "v").of_type(format!("text/{}", "x".repeat(length - 5)));
    assert_eq!(srv_a.add(&mut tree, "./T/new", new(256)), 415);
    assert_eq!(srv_a.add(&mut tree, "./T/new", new(255)), 200);
    let long = NewValue::new("w").of_type("t".repeat(256));
    assert_eq!(srv_a.replace_with(&mut tree, "./T/new", long), 415);
}

#[test]
fn x_add_08_a_value_that_is_not_of_its_format_answers_415() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    for (format, value) in [
        (Format::Int, "forty"),
        (Format::Int, ""),
        (Format::Int, "4294967296"),
        (Format::Int, "-2147483649"),
        (Format::Int, "1.0"),
        (Format::Bool, "TRUE"),
        (Format::Bool, "1"),
        (Format::Float, "inf"),
        (Format::Date, "11.07.2026"),
        (Format::Time, "late"),
        (Format::Null, "x"),
        (Format::B64, "!"),
    ] {
        assert_eq!(srv_a.add(&mut tree, "./T/new", NewNode::leaf(format, value)), 415, "{format} {value}");
    }
    assert_eq!(srv_a.add(&mut tree, "./T/new", NewNode::leaf(Format::Chr, [0xFF])), 415);
    for (name, value) in [("i1", "4294967295"), ("i2", "-2147483648"), ("i3", "007")] {
        assert_eq!(srv_a.add(&mut tree, &format!("./T/{name}"), NewNode::leaf(Format::Int, value)), 200, "{value}");
    }
}

#[test]
fn x_add_10_a_full_device_answers_420_and_the_tree_is_unchanged() {
    let build = |limits| {
        let tree = Tree::builder().limits(limits).managed_by("srvA").leaf("./A", 1).build().unwrap();
        (tree.clone(), tree)
    };
    let mut nodes = TreeLimits::DEFAULT;
    nodes.nodes = 3;
    let (before, mut tree) = build(nodes);
    assert_eq!(srv("srvA").add_text(&mut tree, "./p/q", "v"), 420);
    assert_eq!(tree, before);
    assert_eq!(srv("srvA").add_text(&mut tree, "./p", "v"), 200);

    let mut bytes = TreeLimits::DEFAULT;
    bytes.total_bytes = 20;
    let (before, mut tree) = build(bytes);
    assert_eq!(srv("srvA").add_text(&mut tree, "./B", "123456789012345678"), 420);
    assert_eq!(tree, before);
    assert_eq!(srv("srvA").add_text(&mut tree, "./B", "12345678901234567"), 200);
    assert_eq!(srv("srvA").replace(&mut tree, "./B", "123456789012345678"), 420);
    assert_eq!(srv("srvA").delete(&mut tree, "./B"), 200);
    assert_eq!(srv("srvA").add_text(&mut tree, "./C", "76543210987654321"), 200);
}

#[test]
fn x_add_11_uris_beyond_the_limits_of_the_device_answer_414() {
    let mut tree = tree_with(DevDetail::new().uri_limits(5, 64, 16));
    assert_eq!(srv("srvA").add_text(&mut tree, "./T/b2/c/d/e/f", "v"), 414);
    assert_eq!(srv("srvA").add_text(&mut tree, &format!("./T/{}", "n".repeat(17)), "v"), 414);
    assert_eq!(srv("srvA").add_text(&mut tree, &format!("./T/{}", "n".repeat(16)), "v"), 200);
}

#[test]
fn x_add_12_a_property_cannot_be_added() {
    assert_eq!(srv("srvA").add_text(&mut tree(), "./T/s?prop=Title", "v"), 405);
}

#[test]
fn x_add_13_the_meta_of_an_item_wins_element_by_element() {
    let command = Meta::with_format(Format::Chr).and_type("text/x-command");
    let plain = Item::target("./T/a").with_data(Data::text("1"));
    let own = plain.clone().with_meta(Meta::with_format(Format::Int));
    let read = |item: &Item<'_>| NewNode::from_item(item, Some(&command)).unwrap();
    assert_eq!(read(&plain), NewNode::leaf(Format::Chr, "1").of_type("text/x-command"));
    assert_eq!(read(&own), NewNode::leaf(Format::Int, "1").of_type("text/x-command"));
}

#[test]
fn x_add_15_base64_is_how_binary_travels() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let meta = Meta::with_format(Format::B64).and_type("application/octet-stream");
    let item = Item::target("./T/new").with_meta(meta.clone()).with_data(Data::text("AAH+\r\n/w=="));
    assert_eq!(srv_a.add(&mut tree, "./T/new", NewNode::from_item(&item, None).unwrap()), 200);
    assert_eq!(tree.bytes("./T/new"), Some(&[0, 1, 0xFE, 0xFF][..]));
    assert_eq!(srv_a.text(&tree, "./T/new?prop=Format").unwrap(), "bin");
    assert_eq!(srv_a.text(&tree, "./T/new?prop=Size").unwrap(), "4");
    let bad = Item::target("./T/bad").with_meta(meta).with_data(Data::text("A*=="));
    assert_eq!(NewNode::from_item(&bad, None), Err(StatusCode::BAD_REQUEST));
}

#[test]
fn x_add_17_a_leaf_needs_data_unless_it_is_null() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let read = |meta: Meta<'static>| NewNode::from_item(&Item::target("./T/x").with_meta(meta), None).unwrap();
    assert_eq!(srv_a.add(&mut tree, "./T/c", read(Meta::with_format(Format::Chr))), 412);
    assert_eq!(srv_a.add(&mut tree, "./T/c", read(Meta::with_format(Format::Null))), 200);
    assert_eq!(srv_a.add(&mut tree, "./T/d", read(Meta::with_format(Format::Node))), 200);
}

#[test]
fn an_interior_node_takes_no_data() {
    let item = Item::target("./T/x").with_meta(Meta::with_format(Format::Node)).with_data(Data::text("v"));
    let new = NewNode::from_item(&item, None).unwrap();
    assert_eq!(srv("srvA").add(&mut tree(), "./T/x2", new), 400);
}

#[test]
fn x_add_18_a_parent_that_takes_no_add_answers_405() {
    assert_eq!(srv("srvA").add_text(&mut tree(), "./DevInfo/x", "v"), 405);
}

#[test]
fn a_server_made_node_takes_other_formats_and_types_later() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    srv_a.add_text(&mut tree, "./T/new", "v");
    let xml = NewValue::new("<a/>").in_format(Format::Xml).of_type("text/xml");
    assert_eq!(srv_a.replace_with(&mut tree, "./T/new", xml), 200);
    assert_eq!(srv_a.text(&tree, "./T/new?prop=Format").unwrap(), "xml");
    assert_eq!(srv_a.text(&tree, "./T/new?prop=Type").unwrap(), "text/xml");
}

#[test]
fn an_instance_is_created_whole_by_one_add() {
    let mut tree = tree();
    tree.put("./Jobs", NodeSpec::interior().acl(acl("Add=*&Get=*&Exec=srvA&Replace=srvA&Delete=srvA"))).unwrap();
    let template = vec![
        ("State", NodeSpec::value(10).access(AccessType::GET)),
        ("Operations/Start", NodeSpec::interior().access(AccessType::EXEC | AccessType::GET)),
        ("Target", NodeSpec::leaf(Format::Chr, "").access(AccessType::GET_REPLACE)),
    ];
    tree.instances("./Jobs", template).unwrap();
    let srv_a = srv("srvA");
    assert_eq!(srv_a.add(&mut tree, "./Jobs/j1", NewNode::interior()), 200);
    assert_eq!(srv_a.text(&tree, "./Jobs/j1").unwrap(), "State/Operations/Target");
    assert_eq!(srv_a.replace(&mut tree, "./Jobs/j1/Target", "all"), 200);
    assert_eq!(srv_a.replace(&mut tree, "./Jobs/j1/State", "20"), 405);
    assert_eq!(srv_a.exec(&tree, "./Jobs/j1/Operations/Start"), 200);
    assert_eq!(srv_a.delete(&mut tree, "./Jobs/j1"), 200);
    assert_eq!(srv_a.get_code(&tree, "./Jobs/j1"), 404);
}

#[test]
fn an_implicitly_created_instance_is_whole_too_and_takes_the_value() {
    let mut tree = tree();
    let template = vec![("State", NodeSpec::value(10)), ("Target", NodeSpec::leaf(Format::Chr, ""))];
    tree.instances("./T/empty", template).unwrap();
    let srv_a = srv("srvA");
    assert_eq!(srv_a.add_text(&mut tree, "./T/empty/j2/Target", "all"), 200);
    assert_eq!(srv_a.text(&tree, "./T/empty/j2/State").unwrap(), "10");
    assert_eq!(srv_a.text(&tree, "./T/empty/j2/Target").unwrap(), "all");
    assert_eq!(srv_a.add_text(&mut tree, "./T/empty/j3/State", "x"), 415);
    assert_eq!(srv_a.get_code(&tree, "./T/empty/j3"), 404);
}

#[test]
fn the_creators_acl_can_follow_the_letter_of_the_standard() {
    let read = |rule| {
        let mut tree = Tree::builder().creator_acl(rule).build().unwrap();
        assert_eq!(srv("srvA").add(&mut tree, "./K", NewNode::interior()), 200);
        tree.find("./K").unwrap().acl().to_string()
    };
    assert_eq!(read(CreatorAcl::WithGet), "Add=srvA&Delete=srvA&Get=srvA&Replace=srvA");
    assert_eq!(read(CreatorAcl::Literal), "Add=srvA&Delete=srvA&Replace=srvA");
}
