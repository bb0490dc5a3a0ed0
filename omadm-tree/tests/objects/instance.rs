//! Putting objects and entries into trees.

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::ddf::Occurrence;
use omadm_tree::mo::{self, ComponentState, DownloadStatus, FUMO_ROWS, NodeRow, ObjectTable, ScomoView, moi};
use omadm_tree::{AccessType, Actor, Answer, NewNode, TargetUri, Tree};

fn below(tree: &Tree, uri: &str) -> Vec<String> {
    let root = tree.find(uri).unwrap();
    let cut = root.uri().to_string().len();
    let mut uris: Vec<String> = root.subtree().skip(1).map(|node| node.uri().to_string().split_off(cut + 1)).collect();
    uris.sort();
    uris
}

fn add(tree: &mut Tree, uri: &str, new: NewNode) -> u16 {
    let target = TargetUri::parse(uri).unwrap();
    let outcome = tree.add(Actor::Server(&ServerId::new("s")), &target, new);
    outcome.map_or_else(|refusal| refusal.status.as_u16(), |_| 200)
}

#[test]
fn an_instance_has_what_is_required_and_what_was_asked_for() {
    let object = mo::FUMO.instance("./Fw").with("Update/PkgData").fill("PkgName", "image");
    let tree = Tree::builder().mo(object).build().unwrap();
    assert_eq!(below(&tree, "./Fw"), ["PkgName", "State", "Update", "Update/PkgData"]);
    assert_eq!((tree.text("./Fw/PkgName"), tree.text("./Fw/State")), (Some("image"), Some("10")));
    assert_eq!(tree.find("./Fw").unwrap().type_name(), moi::FUMO);
}

#[test]
fn required_leaves_start_with_values_of_their_format() {
    let tree = Tree::builder().mo(mo::DIAG_TRAP.instance("./Trap")).mo(mo::LAWMO.instance("./L")).build().unwrap();
    assert_eq!((tree.text("./Trap/Enabled"), tree.text("./Trap/Hysteresis")), (Some("false"), Some("0")));
    assert_eq!((tree.text("./Trap/State"), tree.text("./L/State")), (Some("normal"), Some("30")));
    assert_eq!(tree.find("./Trap/Operations/Clear").unwrap().format(), Format::Null);
}

#[test]
fn filling_a_leaf_creates_the_entries_above_it_whole() {
    let account = mo::DM_ACC
        .instance("./DMAcc/a")
        .fill("ServerID", "s")
        .fill("AppAddr/home/Addr", "http://example.net")
        .fill("AppAddr/home/Port/1/PortNbr", 80)
        .fill("ToConRef/w/ConRef", "./NAP/w");
    let tree = Tree::builder().mo(account).build().unwrap();
    let expected = [
        "AppAddr",
        "AppAddr/home",
        "AppAddr/home/Addr",
        "AppAddr/home/AddrType",
        "AppAddr/home/Port",
        "AppAddr/home/Port/1",
        "AppAddr/home/Port/1/PortNbr",
        "AppID",
        "ServerID",
        "ToConRef",
        "ToConRef/w",
        "ToConRef/w/ConRef",
    ];
    assert_eq!(below(&tree, "./DMAcc/a"), expected);
    assert_eq!(tree.text("./DMAcc/a/AppAddr/home/AddrType"), Some("URI"));
    // PortNbr is text although a number was given.
    assert_eq!(tree.find("./DMAcc/a/AppAddr/home/Port/1/PortNbr").unwrap().format(), Format::Chr);
}

#[test]
fn an_entry_that_a_server_adds_gets_what_only_the_device_can_make() {
    let scomo = mo::SCOMO_1_0.instance("./SCOMO").with("Download/<x>/Operations/DownloadInstall");
    let mut tree = Tree::builder().mo(scomo).managed_by("s").build().unwrap();
    assert_eq!(add(&mut tree, "./SCOMO/Download/p1", NewNode::interior()), 200);
    assert_eq!(below(&tree, "./SCOMO/Download/p1"), ["Operations", "Operations/DownloadInstall", "Status"]);
    assert_eq!(add(&mut tree, "./SCOMO/Download/p1/PkgID", NewNode::leaf(Format::Chr, "browser")), 200);
    assert_eq!(add(&mut tree, "./SCOMO/Inventory/Deployed/c1", NewNode::interior()), 405);
    let entry = ScomoView::find(&tree).unwrap().downloads().next().unwrap();
    assert_eq!(entry.read(ScomoView::PKG_ID), Some("browser"));
    assert_eq!(entry.read(ScomoView::DOWNLOAD_STATUS), Some(DownloadStatus::IDLE));
    let target = TargetUri::parse("./SCOMO/Download/p1/Operations/DownloadInstall").unwrap();
    assert!(tree.exec(Actor::Server(&ServerId::new("s")), &target).is_ok());
    let target = TargetUri::parse("./SCOMO/Download/p1").unwrap();
    assert!(tree.delete(Actor::Server(&ServerId::new("s")), &target).is_ok());
}

#[test]
fn an_entry_is_put_into_a_live_tree() {
    let mut tree = Tree::builder().mo(mo::SCOMO_1_1.instance("./S")).build().unwrap();
    mo::SCOMO_1_1
        .entry("Inventory/Deployed/<x>", "./S/Inventory/Deployed/c1")
        .fill("ID", "c1")
        .fill("State", ComponentState::ACTIVE)
        .with("Operations/Remove")
        .put_into(&mut tree)
        .unwrap();
    assert_eq!(
        below(&tree, "./S/Inventory/Deployed"),
        ["c1", "c1/ID", "c1/Operations", "c1/Operations/Remove", "c1/State", "c1/Status"]
    );
    assert_eq!(mo::SCOMO_1_1.check(tree.find("./S").unwrap()), []);
}

#[test]
fn putting_something_wrong_changes_nothing() {
    let mut tree = Tree::builder().mo(mo::SCOMO_1_0.instance("./S")).build().unwrap();
    let before = tree.clone();
    let entry = || mo::SCOMO_1_0.entry("Inventory/Deployed/<x>", "./S/Inventory/Deployed/c1");
    let error = entry().fill("Colour", "red").put_into(&mut tree).unwrap_err();
    assert_eq!(error.to_string(), "the table of the object has no row for ./S/Inventory/Deployed/c1/Colour");
    assert!(entry().fill("State", "blue").put_into(&mut tree).is_err());
    assert!(entry().with("Colour").put_into(&mut tree).is_err());
    assert!(mo::SCOMO_1_0.entry("Nowhere/<x>", "./S/x").put_into(&mut tree).is_err());
    assert_eq!(tree, before);
    let error = Tree::builder().mo(mo::LAWMO.instance("./L").fill("Colour", "red")).build().unwrap_err();
    assert_eq!(error.to_string(), "node \"./L\": the table of the object has no row for ./L/Colour");
}

#[test]
fn vendors_fill_what_is_left_to_them() {
    let tree = Tree::builder().mo(mo::DEV_INFO.instance("./DevInfo").fill("Ext/Acme/Line", 7)).build().unwrap();
    let leaf = tree.find("./DevInfo/Ext/Acme/Line").unwrap();
    assert_eq!((leaf.format(), leaf.text(), leaf.access()), (Format::Int, Some("7"), AccessType::GET));
    assert_eq!(tree.find("./DevInfo/Ext/Acme").unwrap().access(), AccessType::GET);
}

#[test]
fn a_vendor_extends_a_standard_table_by_a_part_of_its_own() {
    let severity =
        [NodeRow::new("Ext/Severity", Format::Int, AccessType::GET_REPLACE, Occurrence::ZeroOrOne).within(2, 3)];
    let parts: [&[NodeRow<'_>]; 2] = [FUMO_ROWS, &severity];
    let table = ObjectTable::new("FUMO", moi::FUMO, &parts);
    assert!(table.is_sound());
    let tree = Tree::builder().mo(table.instance("./F").fill("Ext/Severity", 2)).build().unwrap();
    assert_eq!(tree.find("./F/Ext/Severity").unwrap().access(), AccessType::GET_REPLACE);
    assert_eq!(table.check(tree.find("./F").unwrap()), []);
}

#[test]
fn a_live_leaf_is_asked_for() {
    let object = mo::DIAG_FUNCTION.instance("./DiagMon/memory").live("Data");
    let tree = Tree::builder().mo(object).build().unwrap();
    let target = TargetUri::parse("./DiagMon/memory/Data").unwrap();
    assert!(matches!(tree.get(Actor::Device, &target), Ok(Answer::Live(_))));
}

#[test]
fn every_table_builds_complete_and_is_then_without_findings() {
    for table in [
        mo::DEV_INFO,
        mo::DEV_DETAIL_1_1,
        mo::FUMO,
        mo::SCOMO_1_0,
        mo::SCOMO_1_1,
        mo::LAWMO,
        mo::CONN_MO_3GPPPS,
        mo::DIAG_FUNCTION,
        mo::DIAG_TRAP,
        mo::INBOX,
    ] {
        let tree = Tree::builder().mo(table.instance("./Object").complete()).build().unwrap();
        assert_eq!(table.check(tree.find("./Object").unwrap()), [], "{}", table.name);
    }
}

#[test]
fn nothing_of_an_instance_shows_its_values() {
    let object = mo::DM_ACC.instance("./DMAcc/a").fill("AppAuth/1/AAuthSecret", "topsecret");
    assert_eq!(format!("{object:?}"), "Instance(DMAcc at ./DMAcc/a)");
}
