//! Comparing objects with their tables.

use omadm_proto::message::Format;
use omadm_tree::ddf::Occurrence;
use omadm_tree::mo::{self, FindingKind, NodeRow, ObjectTable};
use omadm_tree::{AccessType, NodeSpec, Tree};

fn findings(table: ObjectTable<'_>, tree: &Tree, root: &str) -> Vec<String> {
    table.check(tree.find(root).unwrap()).iter().map(ToString::to_string).collect()
}

fn dev_info() -> Tree {
    Tree::builder().mo(mo::DEV_INFO.instance("./DevInfo")).build().unwrap()
}

#[test]
fn a_missing_mandatory_node_is_told() {
    let mut tree = dev_info();
    tree.remove("./DevInfo/Man").unwrap();
    assert_eq!(findings(mo::DEV_INFO, &tree, "./DevInfo"), ["./DevInfo/Man is missing"]);
}

#[test]
fn a_wrong_format_is_told_and_a_tolerated_one_is_not() {
    let mut tree = dev_info();
    tree.put("./DevInfo/Man", NodeSpec::value(7)).unwrap();
    assert_eq!(findings(mo::DEV_INFO, &tree, "./DevInfo"), ["./DevInfo/Man has format int instead of chr"]);
    let mut tree = Tree::builder().mo(mo::DEV_DETAIL.instance("./DevDetail")).build().unwrap();
    tree.put("./DevDetail/URI/MaxDepth", NodeSpec::value(16)).unwrap();
    assert_eq!(findings(mo::DEV_DETAIL, &tree, "./DevDetail"), [""; 0]);
}

#[test]
fn a_node_without_a_row_is_told_but_not_below_ext() {
    let mut tree = dev_info();
    tree.put("./DevInfo/Ext/Vendor/Anything", NodeSpec::value(7)).unwrap();
    tree.put("./DevInfo/Colour", NodeSpec::value("red")).unwrap();
    assert_eq!(findings(mo::DEV_INFO, &tree, "./DevInfo"), ["./DevInfo/Colour is no node of the object"]);
}

#[test]
fn a_list_that_needs_an_entry_is_told_when_it_has_none() {
    let tree = Tree::builder().mo(mo::DM_ACC.instance("./DMAcc/a").fill("ServerID", "s")).build().unwrap();
    let found = mo::DM_ACC.check(tree.find("./DMAcc/a").unwrap());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, FindingKind::Missing);
    assert_eq!(found[0].uri.name(), Some("<x>"));
}

#[test]
fn a_value_that_is_not_allowed_is_told() {
    let account = mo::DM_ACC.instance("./DMAcc/a").fill("ServerID", "s").fill("AppAddr/1/Addr", "x");
    let mut tree = Tree::builder().mo(account).build().unwrap();
    assert_eq!(findings(mo::DM_ACC, &tree, "./DMAcc/a"), [""; 0]);
    tree.set("./DMAcc/a/AppAddr/1/AddrType", "IPv5").unwrap();
    tree.set("./DMAcc/a/AppID", "w5").unwrap();
    let expected = [
        "./DMAcc/a/AppID has a value that is not allowed",
        "./DMAcc/a/AppAddr/1/AddrType has a value that is not allowed",
    ];
    assert_eq!(findings(mo::DM_ACC, &tree, "./DMAcc/a"), expected);
    let mut tree = Tree::builder().mo(mo::DIAG_FUNCTION.instance("./F")).build().unwrap();
    tree.set("./F/Period", 0).unwrap();
    assert_eq!(findings(mo::DIAG_FUNCTION, &tree, "./F"), ["./F/Period has a value that is not allowed"]);
}

#[test]
fn another_identifier_is_told_and_another_version_or_spelling_is_not() {
    let tree = dev_info();
    assert_eq!(findings(mo::DEV_INFO_1_1, &tree, "./DevInfo"), [""; 0]);
    let found = mo::LAWMO.check(tree.find("./DevInfo").unwrap());
    assert_eq!(found[0].kind, FindingKind::Identifier);
    let mut tree = dev_info();
    let misspelt = NodeSpec::interior().mo("urn:oma:mo:omadiag:memory:1.0");
    mo::DIAG_FUNCTION.instance("./F").put_into(&mut tree).unwrap();
    tree.put("./F", misspelt).unwrap();
    let memory = mo::DIAG_FUNCTION.with_moi("urn:oma:mo:oma-diag:memory:1.0");
    assert_eq!(findings(memory, &tree, "./F"), [""; 0]);
}

#[test]
fn more_entries_than_allowed_are_told() {
    let rows = [
        NodeRow::new("", Format::Node, AccessType::GET, Occurrence::One),
        NodeRow::new("<x>", Format::Chr, AccessType::GET, Occurrence::OneOrN(Some(2))),
    ];
    let parts: [&[NodeRow<'_>]; 1] = [&rows];
    let table = ObjectTable::new("list", "urn:x-test:mo:list:1.0", &parts);
    let object = table.instance("./List").fill("a", "1").fill("b", "2");
    let mut tree = Tree::builder().mo(object).build().unwrap();
    assert_eq!(findings(table, &tree, "./List"), [""; 0]);
    tree.put("./List/c", NodeSpec::value("3")).unwrap();
    assert_eq!(table.check(tree.find("./List").unwrap())[0].kind, FindingKind::TooMany(2));
}

#[test]
fn an_operation_may_be_a_leaf_or_an_interior_node() {
    let mut tree = Tree::builder().mo(mo::LAWMO.instance("./L").complete()).build().unwrap();
    tree.remove("./L/Operations/Wipe").unwrap();
    tree.put("./L/Operations/Wipe", NodeSpec::interior()).unwrap();
    tree.put("./L/Operations/Wipe/Argument", NodeSpec::value("x")).unwrap();
    assert_eq!(findings(mo::LAWMO, &tree, "./L"), [""; 0]);
}
