//! Rows on standard objects, as far as the tree alone answers them.

use omadm_proto::message::Format;
use omadm_tree::ddf::Description;
use omadm_tree::mo::{
    self, DevDetailView, DevInfoView, DiagOperation, DmAccView, Fumo, FumoState, FumoView, LawmoOperation, LawmoView,
    MoMut, PackageState, ScomoOperation, ScomoView, diag_operation,
};
use omadm_tree::{NewNode, Tree};

use crate::fixture::{srv, tree};

fn scomo() -> Tree {
    Tree::builder().mo(mo::SCOMO_1_0.instance("./SCOMO").complete()).managed_by("srvA").build().unwrap()
}

#[test]
fn x_srv_21_every_mandatory_node_of_the_three_objects_is_read_by_type() {
    let tree = tree();
    let info = DevInfoView::find(&tree).unwrap();
    let texts = [DevInfoView::DEV_ID, DevInfoView::MAN, DevInfoView::MODEL, DevInfoView::DM_V, DevInfoView::LANG];
    let expected = ["IMEI:493005100592800", "Acme", "M1", "1.2.1", "en"];
    assert_eq!(texts.map(|key| info.read(key)), expected.map(Some));
    let detail = DevDetailView::find(&tree).unwrap();
    let texts =
        [DevDetailView::DEV_TYP, DevDetailView::OEM, DevDetailView::FW_V, DevDetailView::SW_V, DevDetailView::HW_V];
    assert_eq!(texts.map(|key| detail.read(key)), [Some(""); 5]);
    let limits = [DevDetailView::MAX_DEPTH, DevDetailView::MAX_TOT_LEN, DevDetailView::MAX_SEG_LEN];
    assert_eq!(limits.map(|key| detail.read(key)), [Some(32), Some(2048), Some(255)]);
    assert_eq!(detail.read(DevDetailView::LRG_OBJ), Some(true));
    let account = DmAccView::find(&tree).unwrap();
    assert_eq!((account.read(DmAccView::APP_ID), account.read(DmAccView::SERVER_ID)), (Some("w7"), Some("srvA")));
    let address = account.addresses().next().unwrap();
    assert_eq!(
        (address.read(DmAccView::ADDR), address.read(DmAccView::ADDR_TYPE)),
        (Some("https://dm.example.net/omadm"), Some("URI"))
    );
    let levels =
        ["CLCRED", "SRVCRED"].map(|level| account.credentials(level).next().unwrap().read(DmAccView::AUTH_TYPE));
    assert_eq!(levels, [Some("DIGEST"); 2]);
}

#[test]
fn x_srv_21_secrets_of_an_account_are_written_and_never_read() {
    let mut tree = tree();
    let server = srv("srvA");
    for leaf in ["AAuthSecret", "AAuthData"] {
        let uri = format!("./DMAcc/A/AppAuth/1/{leaf}");
        assert_eq!((server.get_code(&tree, &uri), server.replace(&mut tree, &uri, "new")), (405, 200), "{leaf}");
    }
}

#[test]
fn x_boo_06_an_address_without_a_type_is_a_uri_and_optional_nodes_are_absent() {
    let account =
        mo::DM_ACC.instance("./DMAcc/x").fill("ServerID", "s").fill("AppAddr/1/Addr", "http://dm.example.net");
    let tree = Tree::builder().mo(account).build().unwrap();
    let mut below: Vec<_> =
        tree.find("./DMAcc/x").unwrap().subtree().skip(1).map(|node| node.uri().to_string()).collect();
    below.sort();
    let expected = ["AppAddr", "AppAddr/1", "AppAddr/1/Addr", "AppAddr/1/AddrType", "AppID", "ServerID"];
    assert_eq!(below, expected.map(|name| format!("./DMAcc/x/{name}")));
    assert_eq!(tree.text("./DMAcc/x/AppAddr/1/AddrType"), Some("URI"));
}

#[test]
fn x_fum_04_the_package_in_a_session_is_written_and_never_read() {
    let mut tree = Tree::builder().mo(Fumo::at("./FUMO")).managed_by("srvA").build().unwrap();
    let server = srv("srvA");
    assert_eq!(server.replace(&mut tree, "./FUMO/Update/PkgData", "image"), 200);
    assert_eq!(server.get_code(&tree, "./FUMO/Update/PkgData"), 405);
    let root = FumoView::find(&tree).unwrap().uri();
    MoMut::at(&mut tree, root).write(FumoView::STATE, FumoState::READY_TO_UPDATE).unwrap();
    assert_eq!(server.text(&tree, "./FUMO/State"), Ok("50".into()));
    assert_eq!(server.exec(&tree, "./FUMO/Update"), 200);
    assert_eq!(FumoView::find(&tree).unwrap().pkg_data(), Some(&b"image"[..]));
}

#[test]
fn x_fum_14_the_object_has_the_shape_of_the_standard() {
    let mut tree = Tree::builder().mo(Fumo::at("./FUMO")).managed_by("srvA").build().unwrap();
    let root = tree.find("./FUMO").unwrap();
    assert_eq!(root.type_name(), "urn:oma:mo:oma-fumo:1.0");
    let mut standard: Vec<_> = root
        .subtree()
        .skip(1)
        .map(|node| (node.uri().to_string().split_off("./FUMO/".len()), node.format()))
        .filter(|(path, _)| !path.starts_with("Ext/"))
        .collect();
    standard.sort_by(|(a, _), (b, _)| a.cmp(b));
    let expected = [
        ("Download", Format::Node),
        ("Download/PkgURL", Format::Chr),
        ("DownloadAndUpdate", Format::Node),
        ("DownloadAndUpdate/PkgURL", Format::Chr),
        ("Ext", Format::Node),
        ("PkgName", Format::Chr),
        ("PkgVersion", Format::Chr),
        ("State", Format::Int),
        ("Update", Format::Node),
        ("Update/PkgData", Format::Bin),
    ];
    assert_eq!(standard, expected.map(|(path, format)| (path.to_string(), format)));
    assert_eq!(mo::FUMO.check(root), []);
    let server = srv("srvA");
    assert_eq!((server.get_code(&tree, "./FUMO/State"), server.replace(&mut tree, "./FUMO/State", "20")), (200, 405));
}

#[test]
fn x_sco_02_a_delivered_package_has_its_state_and_its_operations() {
    let mut tree = scomo();
    mo::SCOMO_1_0
        .entry("Inventory/Delivered/<x>", "./SCOMO/Inventory/Delivered/p1")
        .complete()
        .fill("PkgID", "browser")
        .put_into(&mut tree)
        .unwrap();
    let server = srv("srvA");
    assert_eq!(server.text(&tree, "./SCOMO/Inventory/Delivered/p1/State"), Ok("10".into()));
    let install = "./SCOMO/Inventory/Delivered/p1/Operations/Install";
    assert_eq!(server.exec(&tree, install), 200);
    let node = tree.find(install).unwrap();
    let (operation, entry) = ScomoView::around(node).unwrap().operation(node).unwrap();
    assert_eq!((operation, entry.read(ScomoView::PKG_ID)), (ScomoOperation::Install, Some("browser")));
    let entry = entry.uri();
    MoMut::at(&mut tree, entry).write(ScomoView::PACKAGE_STATE, PackageState::INSTALLED).unwrap();
    assert_eq!(server.text(&tree, "./SCOMO/Inventory/Delivered/p1/State"), Ok("20".into()));
}

#[test]
fn x_sco_10_packages_and_components_are_listed() {
    let mut tree = scomo();
    for (list, name, leaf) in [("Delivered", "p1", "PkgID"), ("Deployed", "c1", "ID"), ("Deployed", "c2", "ID")] {
        let entry = mo::SCOMO_1_0.entry(
            if list == "Delivered" { "Inventory/Delivered/<x>" } else { "Inventory/Deployed/<x>" },
            &format!("./SCOMO/Inventory/{list}/{name}"),
        );
        entry.fill(leaf, name).fill("Name", "Browser").fill("EnvType", "native").put_into(&mut tree).unwrap();
    }
    let view = ScomoView::find(&tree).unwrap();
    let packages: Vec<_> = view.delivered().map(|entry| entry.read(ScomoView::PKG_ID).unwrap()).collect();
    let components: Vec<_> = view
        .deployed()
        .map(|entry| (entry.read(ScomoView::ID).unwrap(), entry.read(ScomoView::ENV_TYPE).unwrap()))
        .collect();
    assert_eq!((packages, components), (vec!["p1"], vec![("c1", "native"), ("c2", "native")]));
}

#[test]
fn x_sco_14_a_server_delivers_a_package_and_cannot_read_it_back() {
    let mut tree = scomo();
    let mut description = Description::new();
    description.add(&mo::SCOMO_1_0.to_ddf("./SCOMO")).unwrap();
    tree.describe(description);
    let server = srv("srvA");
    let entry = "./SCOMO/Inventory/Delivered/d1";
    assert_eq!(server.add(&mut tree, entry, NewNode::interior()), 200);
    assert_eq!(server.add_text(&mut tree, &format!("{entry}/PkgID"), "d1"), 200);
    assert_eq!(server.text(&tree, &format!("{entry}/State")), Ok("10".into()));
    assert_eq!(server.add(&mut tree, &format!("{entry}/Data"), NewNode::leaf(Format::Bin, "package")), 200);
    assert_eq!(server.get_code(&tree, &format!("{entry}/Data")), 405);
    assert_eq!(server.exec(&tree, &format!("{entry}/Operations/Install")), 200);
    let package = ScomoView::find(&tree).unwrap().delivered().next().unwrap();
    assert_eq!(package.filled(ScomoView::DATA), Some(&b"package"[..]));
}

#[test]
fn x_dia_01_a_function_is_started_by_exec_and_its_data_are_read() {
    let memory = mo::DIAG_FUNCTION.with_moi("urn:oma:mo:oma-diag:memory:1.0");
    let tree = Tree::builder().mo(memory.instance("./DiagMon/memory")).managed_by("srvA").build().unwrap();
    let server = srv("srvA");
    let start = "./DiagMon/memory/Operations/Start";
    assert_eq!(server.exec(&tree, start), 200);
    assert_eq!(diag_operation(tree.find(start).unwrap()), Some(DiagOperation::Start));
    assert_eq!(server.get_code(&tree, "./DiagMon/memory/Data"), 200);
    assert_eq!(server.exec(&tree, "./DiagMon/memory/Period"), 405);
}

#[test]
fn lawmo_locks_by_exec_and_the_server_cannot_write_its_state() {
    let mut tree = Tree::builder().mo(mo::LAWMO.instance("./LAWMO").complete()).managed_by("srvA").build().unwrap();
    let server = srv("srvA");
    assert_eq!(server.exec(&tree, "./LAWMO/Operations/FullyLock"), 200);
    let node = tree.find("./LAWMO/Operations/FullyLock").unwrap();
    assert_eq!(LawmoView::around(node).unwrap().operation(node), Some(LawmoOperation::FullyLock));
    assert_eq!(
        (server.replace(&mut tree, "./LAWMO/State", "30"), server.get_code(&tree, "./LAWMO/Operations/Wipe")),
        (405, 405)
    );
}
