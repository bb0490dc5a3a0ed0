//! The standard management objects: what is built is what the fact sheets list, and the views find it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::mo::{DevDetail, DevInfo, DmAcc, Fumo, FumoState, FumoView};
use omadm_tree::{AccessType, Actor, NewNode, NewValue, NodeSpec, TargetUri, Tree};

fn names(tree: &Tree, uri: &str) -> Vec<String> {
    let mut names: Vec<String> = tree.children(uri).map(|node| node.name().to_string()).collect();
    names.sort();
    names
}

fn device() -> Tree {
    Tree::builder()
        .mo(DevInfo::new("urn:imei:493005100592800").man("Acme").model("M1").lang("en"))
        .mo(DevDetail::new().fw("1.0").hw("rev-b").large_objects(true).active(1, "ab"))
        .mo(Fumo::at("./FUMO").pkg_name("firmware"))
        .mo(DmAcc::at("./DMAcc/A", "srvA").name("A").addr("https://dm.example.net/dm").port(443).auth_pref("DIGEST"))
        .managed_by("srvA")
        .build()
        .unwrap()
}

fn code(tree: &mut Tree, uri: &str, value: &str) -> u16 {
    let server = ServerId::new("srvA");
    let target = TargetUri::parse(uri).unwrap();
    let outcome = tree.replace(Actor::Server(&server), &target, NewValue::new(value));
    outcome.map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
}

#[test]
fn dev_info_has_the_five_leaves_and_package_1_reads_them() {
    let mut tree = device();
    tree.put("./DevInfo/Ext/Line", NodeSpec::value(7)).unwrap();
    let items: Vec<_> = DevInfo::read(&tree)
        .into_iter()
        .map(|item| (item.uri.to_string(), item.format, String::from_utf8(item.value.to_vec()).unwrap()))
        .collect();
    let expected = [
        ("./DevInfo/DevId", Format::Chr, "urn:imei:493005100592800"),
        ("./DevInfo/Man", Format::Chr, "Acme"),
        ("./DevInfo/Mod", Format::Chr, "M1"),
        ("./DevInfo/DmV", Format::Chr, "1.2.1"),
        ("./DevInfo/Lang", Format::Chr, "en"),
        ("./DevInfo/Ext", Format::Node, ""),
        ("./DevInfo/Ext/Line", Format::Int, "7"),
    ];
    assert_eq!(items, expected.map(|(uri, format, value)| (uri.to_string(), format, value.to_string())));
    assert_eq!(code(&mut tree, "./DevInfo/Man", "x"), 405);
}

#[test]
fn dev_detail_has_versions_limits_and_what_runs() {
    let tree = device();
    let children = ["DevTyp", "Ext", "FwV", "HwV", "LrgObj", "OEM", "SwV", "URI"];
    assert_eq!(names(&tree, "./DevDetail"), children);
    assert_eq!(names(&tree, "./DevDetail/URI"), ["MaxDepth", "MaxSegLen", "MaxTotLen"]);
    assert_eq!(tree.text("./DevDetail/LrgObj"), Some("true"));
    assert_eq!(tree.find("./DevDetail/LrgObj").unwrap().format(), Format::Bool);
    assert_eq!(tree.text(DevDetail::ACTIVE_SLOT), Some("1"));
    assert_eq!(tree.text(DevDetail::ACTIVE_SHA256), Some("ab"));
    assert_eq!(tree.find(DevDetail::ACTIVE_SLOT).unwrap().format(), Format::Int);
}

#[test]
fn an_account_has_its_address_and_credentials() {
    let tree = device();
    assert_eq!(tree.text("./DMAcc/A/AppID"), Some("w7"));
    assert_eq!(tree.text("./DMAcc/A/AppAddr/1/Addr"), Some("https://dm.example.net/dm"));
    assert_eq!(tree.text("./DMAcc/A/AppAddr/1/Port/1/PortNbr"), Some("443"));
    assert_eq!(tree.with_type(DmAcc::MOI).map(|node| node.uri().to_string()).collect::<Vec<_>>(), ["./DMAcc/A"]);
}

#[test]
fn fumo_has_the_nodes_of_the_standard_and_of_the_profile() {
    let tree = device();
    let children = ["Download", "DownloadAndUpdate", "Ext", "PkgName", "PkgVersion", "State", "Update"];
    assert_eq!(names(&tree, "./FUMO"), children);
    let profile = ["DeltaFormat", "DeltaFrom", "Sha256", "Signature", "TargetSha256"];
    assert_eq!(names(&tree, "./FUMO/Ext/XRem"), profile);
    assert_eq!(tree.find("./FUMO").unwrap().type_name(), "urn:oma:mo:oma-fumo:1.0");
    assert_eq!(tree.find("./FUMO/Update/PkgData").unwrap().format(), Format::Bin);
    assert_eq!(tree.find("./FUMO/State").unwrap().format(), Format::Int);
}

#[test]
fn the_view_reads_what_a_server_wrote() {
    let mut tree = device();
    assert_eq!(FumoView::find(&tree).unwrap().state(), Some(FumoState::IDLE));
    assert_eq!(FumoView::find(&tree).unwrap().download_and_update_url(), None);
    assert_eq!(code(&mut tree, "./FUMO/DownloadAndUpdate/PkgURL", "http://x/y"), 200);
    assert_eq!(code(&mut tree, "./FUMO/Ext/XRem/Sha256", "ab12"), 200);
    assert_eq!(code(&mut tree, "./FUMO/State", "30"), 405);
    let path = FumoView::find(&tree).unwrap().path("State");
    tree.set(&path, FumoState::DOWNLOAD_PROGRESSING.as_u16()).unwrap();
    let view = FumoView::find(&tree).unwrap();
    assert_eq!(view.download_and_update_url(), Some("http://x/y"));
    assert_eq!((view.sha256(), view.target_sha256()), (Some("ab12"), None));
    assert_eq!((view.state().unwrap().as_u16(), view.pkg_name()), (30, Some("firmware")));
    let operation = tree.find("./FUMO/DownloadAndUpdate").unwrap();
    assert_eq!(FumoView::around(operation).unwrap().uri().to_string(), "./FUMO");
    assert!(FumoView::around(tree.find("./DevInfo/Man").unwrap()).is_none());
}

#[test]
fn every_operation_of_fumo_can_be_executed() {
    let tree = device();
    let server = ServerId::new("srvA");
    for operation in ["Download", "Update", "DownloadAndUpdate"] {
        let target = TargetUri::parse(&format!("./FUMO/{operation}")).unwrap();
        assert!(tree.exec(Actor::Server(&server), &target).is_ok(), "{operation}");
    }
}

#[test]
fn package_data_is_binary_of_any_type() {
    let mut tree = device();
    let server = ServerId::new("srvA");
    let target = TargetUri::parse("./FUMO/Update/PkgData").unwrap();
    let new = NewValue::new("AAH+/w==").in_format(Format::B64).of_type("application/vnd.example.firmware");
    tree.replace(Actor::Server(&server), &target, new).unwrap();
    assert_eq!(FumoView::find(&tree).unwrap().pkg_data(), Some(&[0, 1, 0xFE, 0xFF][..]));
}

#[test]
fn a_mistake_in_a_builder_is_told_with_its_uri() {
    let error = Tree::builder().leaf("./A", 1).leaf("./A/B", 2).build().unwrap_err();
    assert_eq!(error.to_string(), "node \"./A/B\": ./A/B is a leaf and has no children");
    let error = Tree::builder().leaf("/A", 1).build().unwrap_err();
    assert!(error.to_string().starts_with("node \"/A\": the URI starts with"));
    let error = Tree::builder().node("./A", NodeSpec::leaf(Format::Int, "x")).build().unwrap_err();
    assert_eq!(error.to_string(), "node \"./A\": the value does not fit the format of ./A");
    assert!(Tree::builder().node("./A", NodeSpec::leaf(Format::Node, "x")).build().is_err());
    assert!(Tree::builder().root_acl(omadm_tree::Acl::EMPTY).build().is_err());
    assert!(Tree::builder().instances("./None", vec![]).build().is_err());
}

#[test]
fn interior_nodes_may_be_described_before_or_after_their_children() {
    let interior = || NodeSpec::interior().mo("com.example/1.0/App").access(AccessType::GET);
    let before = Tree::builder().node("./App", interior()).leaf("./App/X", 1).build().unwrap();
    let after = Tree::builder().leaf("./App/X", 1).node("./App", interior()).build().unwrap();
    let shape = |tree: &Tree| {
        tree.root().subtree().map(|n| (n.uri(), n.access(), n.type_name().to_string())).collect::<Vec<_>>()
    };
    assert_eq!(shape(&before), shape(&after));
}

#[test]
fn the_device_writes_within_formats_and_limits_only() {
    let mut tree = device();
    assert!(tree.set("./FUMO/State", "many").is_err());
    assert!(tree.set("./FUMO/Nothing", 1).is_err());
    assert!(tree.set("./FUMO", 1).is_err());
    assert!(tree.put("./FUMO/State/x", NodeSpec::value(1)).is_err());
    assert!(tree.put("./FUMO/State", NodeSpec::interior()).is_err());
    assert!(tree.put("./FUMO", NodeSpec::value(1)).is_err());
    assert!(tree.remove(".").is_err());
    assert_eq!(tree, device());
    tree.remove("./FUMO").unwrap();
    assert!(FumoView::find(&tree).is_none());
}

#[test]
fn set_access_holds_for_the_whole_subtree() {
    let mut tree = device();
    tree.set_access("./FUMO", AccessType::GET).unwrap();
    assert_eq!(code(&mut tree, "./FUMO/DownloadAndUpdate/PkgURL", "x"), 405);
}

#[test]
fn new_limits_of_uris_take_effect_when_they_are_written_and_go_with_a_roll_back() {
    let mut tree = device();
    let server = ServerId::new("srvA");
    let target = TargetUri::parse("./ninechars").unwrap();
    tree.begin();
    tree.set("./DevDetail/URI/MaxSegLen", "8").unwrap();
    let refusal = tree.add(Actor::Server(&server), &target, NewNode::interior()).unwrap_err();
    assert_eq!(refusal.status.as_u16(), 414);
    tree.rollback();
    assert!(tree.add(Actor::Server(&server), &target, NewNode::interior()).is_ok());
    let limit = TargetUri::parse("./DevDetail/URI/MaxSegLen").unwrap();
    tree.replace(Actor::Device, &limit, NewValue::new("8")).unwrap();
    assert!(tree.get(Actor::Device, &target).is_err());
}
