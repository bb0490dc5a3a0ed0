//! Reading and writing by typed keys.

use omadm_tree::mo::{
    self, DcmoOperation, DcmoResult, DcmoView, DevDetailView, DevInfoView, DiagFunctionView, DiagOperation,
    DmAcc112View, DmAccView, LawmoOperation, LawmoResult, LawmoState, LawmoView, MoMut, NapView, ProxyView,
    ResultClass, ScomoOperation, ScomoResult, ScomoView, TrapView, diag_operation, moi,
};
use omadm_tree::{NodeSpec, Tree};

#[test]
fn dev_info_and_dev_detail_are_read_by_type() {
    let tree = Tree::builder()
        .mo(mo::DevInfo::new("urn:imei:493005100592800").man("Acme").model("M1").lang("en"))
        .mo(mo::DevDetail::new().fw("1.0").uri_limits(16, 255, 31).active(1, "ab"))
        .build()
        .unwrap();
    let info = DevInfoView::find(&tree).unwrap();
    assert_eq!(
        (info.read(DevInfoView::DEV_ID), info.read(DevInfoView::LANG)),
        (Some("urn:imei:493005100592800"), Some("en"))
    );
    let detail = DevDetailView::find(&tree).unwrap();
    assert_eq!((detail.read(DevDetailView::MAX_DEPTH), detail.read(DevDetailView::MAX_SEG_LEN)), (Some(16), Some(31)));
    assert_eq!((detail.read(DevDetailView::LRG_OBJ), detail.read(DevDetailView::FW_V)), (Some(true), Some("1.0")));
    assert_eq!(detail.read(DevDetailView::ACTIVE_SLOT), Some(1));
}

#[test]
fn an_account_is_read_by_type() {
    let account = mo::DmAcc::at("./DMAcc/a", "s")
        .addr("http://example.net")
        .port(8080)
        .client("DIGEST", "c", "cpw", [1, 2])
        .server("HMAC", "s", "spw", [3]);
    let tree = Tree::builder().mo(account).build().unwrap();
    let view = DmAccView::find(&tree).unwrap();
    assert_eq!((view.read(DmAccView::APP_ID), view.read(DmAccView::SERVER_ID)), (Some("w7"), Some("s")));
    let address = view.addresses().next().unwrap();
    assert_eq!(
        (address.read(DmAccView::ADDR), address.read(DmAccView::ADDR_TYPE)),
        (Some("http://example.net"), Some("URI"))
    );
    assert_eq!(DmAccView::ports(address).collect::<Vec<_>>(), [8080]);
    let server = view.credentials("SRVCRED").next().unwrap();
    assert_eq!((server.read(DmAccView::AUTH_TYPE), server.read(DmAccView::AUTH_DATA)), (Some("HMAC"), Some(&[3][..])));
    assert_eq!(view.credentials("CLCRED").count(), 1);
    assert_eq!(view.con_refs().count(), 0);
}

#[test]
fn an_account_is_found_under_the_identifier_of_the_example_too() {
    let account = mo::DM_ACC.with_moi("org.openmobilealliance/1.0/w7").instance("./DMAcc/a").fill("ServerID", "s");
    let tree = Tree::builder().mo(account).build().unwrap();
    assert_eq!(DmAccView::find(&tree).unwrap().read(DmAccView::SERVER_ID), Some("s"));
    assert!(DmAccView::around(tree.find("./DMAcc/a/ServerID").unwrap()).is_some());
}

#[test]
fn an_account_of_1_1_2_is_read_by_type() {
    let account = mo::DM_ACC_1_1_2.instance("./SyncML/DMAcc/a").fill("ServerId", "s").fill("PortNbr", 443);
    let tree = Tree::builder().mo(account).build().unwrap();
    let view = DmAcc112View::find(&tree).unwrap();
    assert_eq!((view.read(DmAcc112View::SERVER_ID), view.read(DmAcc112View::PORT_NBR)), (Some("s"), Some(443)));
}

#[test]
fn states_are_written_and_read_as_words() {
    let mut tree = Tree::builder().mo(mo::LAWMO.instance("./LAWMO")).build().unwrap();
    let root = LawmoView::find(&tree).unwrap().uri();
    let mut object = MoMut::at(&mut tree, root);
    object.write(LawmoView::STATE, LawmoState::PARTIALLY_LOCKED).unwrap();
    assert_eq!(object.view().unwrap().read(LawmoView::STATE), Some(LawmoState::PARTIALLY_LOCKED));
    assert!(object.write(LawmoView::NOTIFY_USER, true).is_err());
    assert_eq!(tree.text("./LAWMO/State"), Some("20"));
    tree.set("./LAWMO/State", 35).unwrap();
    assert_eq!(LawmoView::find(&tree).unwrap().read(LawmoView::STATE), Some(LawmoState::from_u16(35)));
}

#[test]
fn the_wipe_list_is_a_list_of_entries() {
    let lawmo = mo::LAWMO
        .instance("./LAWMO")
        .fill("AvailableWipeList/1/ListItemName", "photos")
        .fill("AvailableWipeList/2/ListItemName", "mail")
        .fill("AvailableWipeList/2/ToBeWiped", true);
    let mut tree = Tree::builder().mo(lawmo).build().unwrap();
    let marked = |tree: &Tree| {
        let view = LawmoView::find(tree).unwrap();
        view.wipe_list()
            .filter(|entry| entry.read(LawmoView::TO_BE_WIPED) == Some(true))
            .map(|entry| entry.read(LawmoView::LIST_ITEM_NAME).unwrap().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(marked(&tree), ["mail"]);
    let root = LawmoView::find(&tree).unwrap().uri();
    MoMut::at(&mut tree, root).remove("AvailableWipeList/2").unwrap();
    assert_eq!(marked(&tree), [""; 0]);
}

#[test]
fn the_operation_of_an_exec_is_found_in_either_spelling() {
    let mut tree = Tree::builder().mo(mo::LAWMO.instance("./L").complete()).build().unwrap();
    tree.put("./L/Operations/Unlock", NodeSpec::interior()).unwrap();
    let operation = |uri: &str| {
        let node = tree.find(uri).unwrap();
        LawmoView::around(node)?.operation(node)
    };
    assert_eq!(operation("./L/Operations/UnLock"), Some(LawmoOperation::UnLock));
    assert_eq!(operation("./L/Operations/Unlock"), Some(LawmoOperation::UnLock));
    assert_eq!(operation("./L/Operations/FactoryReset"), Some(LawmoOperation::FactoryReset));
    assert_eq!(operation("./L/State"), None);
    assert_eq!(operation("."), None);
}

#[test]
fn capabilities_are_objects_each() {
    let camera =
        mo::DCMO.instance("./DCMO/camera").fill("Property", "Camera").fill("Group", "Hardware").fill("Attached", true);
    let radio = mo::DCMO.instance("./DCMO/radio").fill("Property", "Bluetooth").fill("Group", "Connectivity");
    let tree = Tree::builder().mo(camera).mo(radio).build().unwrap();
    let all: Vec<_> = DcmoView::all(&tree)
        .map(|view| (view.name(), view.read(DcmoView::PROPERTY).unwrap(), view.read(DcmoView::ATTACHED).unwrap()))
        .collect();
    assert_eq!(all, [("camera", "Camera", true), ("radio", "Bluetooth", false)]);
    let node = tree.find("./DCMO/radio/Operations/Disable").unwrap();
    assert_eq!(DcmoView::around(node).unwrap().operation(node), Some(DcmoOperation::Disable));
    assert_eq!(mo::DCMO.check(tree.find("./DCMO/camera").unwrap()), []);
}

#[test]
fn the_operation_of_scomo_comes_with_its_entry() {
    let scomo = mo::SCOMO_1_0
        .instance("./S")
        .complete()
        .fill("Download/p/PkgID", "p")
        .fill("Inventory/Delivered/d/PkgID", "d")
        .fill("Inventory/Deployed/c/ID", "c");
    let mut tree = Tree::builder().mo(scomo).build().unwrap();
    tree.put("./S/Inventory/Deployed/c/Operations/Deactive", NodeSpec::interior()).unwrap();
    let operation = |uri: &str| {
        let node = tree.find(uri).unwrap();
        ScomoView::around(node)?.operation(node).map(|(operation, entry)| (operation, entry.name()))
    };
    let expected = [
        ("./S/Download/p/Operations/Download", ScomoOperation::Download, "p"),
        ("./S/Download/p/Operations/DownloadInstall", ScomoOperation::DownloadInstall, "p"),
        ("./S/Download/p/Operations/DownloadInstallInactive", ScomoOperation::DownloadInstallInactive, "p"),
        ("./S/Inventory/Delivered/d/Operations/Install", ScomoOperation::Install, "d"),
        ("./S/Inventory/Delivered/d/Operations/InstallInactive", ScomoOperation::InstallInactive, "d"),
        ("./S/Inventory/Delivered/d/Operations/Remove", ScomoOperation::RemovePackage, "d"),
        ("./S/Inventory/Deployed/c/Operations/Activate", ScomoOperation::Activate, "c"),
        ("./S/Inventory/Deployed/c/Operations/Deactivate", ScomoOperation::Deactivate, "c"),
        ("./S/Inventory/Deployed/c/Operations/Deactive", ScomoOperation::Deactivate, "c"),
        ("./S/Inventory/Deployed/c/Operations/Remove", ScomoOperation::RemoveComponent, "c"),
    ];
    for (uri, wanted, name) in expected {
        assert_eq!(operation(uri), Some((wanted, name)), "{uri}");
    }
    assert_eq!(operation("./S/Download/p/Status"), None);
}

#[test]
fn an_access_point_is_read_under_the_names_of_both_implementations() {
    let nap = mo::CONN_MO_NAP
        .instance("./NAP/1")
        .fill("ID", "wan")
        .fill("IP/IPv4/IPAddr", "10.0.0.7")
        .fill("IP/IPv4/DNS/Servers/1/Addr", "10.0.0.1");
    let mut tree = Tree::builder().mo(nap).build().unwrap();
    tree.put("./NAP/2", NodeSpec::interior().mo(moi::CONN_MO_NAP)).unwrap();
    for (uri, value) in [("NAPID", "old"), ("IPv4/LocalAddr", "10.0.0.8"), ("IPv4/DNS/DNS-01/DNSAddr", "10.0.0.2")] {
        tree.put(&format!("./NAP/2/{uri}"), NodeSpec::value(value)).unwrap();
    }
    let all: Vec<_> = NapView::all(&tree)
        .map(|nap| (nap.id().unwrap(), nap.ip_addr().unwrap(), nap.dns_servers().next().unwrap()))
        .collect();
    assert_eq!(all, [("wan", "10.0.0.7", "10.0.0.1"), ("old", "10.0.0.8", "10.0.0.2")]);
}

#[test]
fn a_proxy_has_ports_and_access_points() {
    let proxy = mo::CONN_MO_PROXY
        .instance("./Proxy/1")
        .fill("ProxyId", "p")
        .fill("Ports/1/PortNbr", 8080)
        .fill("ToConRef/1/ConRef", "./NAP/1");
    let tree = Tree::builder().mo(proxy).build().unwrap();
    let view = ProxyView::find(&tree).unwrap();
    assert_eq!((view.ports().collect::<Vec<_>>(), view.con_refs().collect::<Vec<_>>()), (vec![8080], vec!["./NAP/1"]));
}

#[test]
fn functions_and_traps_are_found_by_registered_and_house_identifiers() {
    let memory = mo::DIAG_FUNCTION.with_moi("urn:oma:mo:oma-diag:memory:1.0");
    let reboot = mo::DIAG_TRAP.with_moi("urn:oma:mo:oma-diagmontrap:hard-reboot:1.0");
    let tree = Tree::builder()
        .mo(memory.instance("./DiagMon/memory").fill("Period", 10))
        .mo(mo::DIAG_FUNCTION.instance("./DiagMon/load"))
        .mo(reboot.instance("./DiagMon/Traps/reboot"))
        .mo(mo::DIAG_TRAP.instance("./DiagMon/Traps/heat").fill("Severity", "fatal"))
        .build()
        .unwrap();
    let names: Vec<_> =
        DiagFunctionView::all(&tree).map(|view| (view.name(), view.read(DiagFunctionView::PERIOD))).collect();
    assert_eq!(names, [("memory", Some(10)), ("load", Some(60))]);
    let traps: Vec<_> =
        TrapView::all(&tree).map(|view| (view.name(), view.read(TrapView::SEVERITY).unwrap())).collect();
    assert_eq!(traps, [("reboot", "warning"), ("heat", "fatal")]);
    let operation = |uri: &str| diag_operation(tree.find(uri).unwrap());
    assert_eq!(operation("./DiagMon/memory/Operations/Report"), Some(DiagOperation::Report));
    assert_eq!(operation("./DiagMon/Traps/heat/Operations/Poll"), Some(DiagOperation::Poll));
    assert_eq!((operation("./DiagMon/memory/Period"), operation("./DiagMon")), (None, None));
}

#[test]
fn result_codes_tell_their_family_also_when_unknown() {
    assert_eq!(
        (ScomoResult::DOWNLOAD_MEMORY.as_u16(), ScomoResult::DOWNLOAD_MEMORY.class()),
        (1404, ResultClass::ClientError)
    );
    assert_eq!(ScomoResult::from_u16(1599).class(), ResultClass::ServerError);
    assert_eq!((LawmoResult::NOT_WIPED.as_u16(), LawmoResult::WIPED.class()), (1406, ResultClass::Success));
    assert_eq!(DcmoResult::from_u16(1404).class(), ResultClass::ClientError);
    assert_eq!(DcmoResult::from_u16(200).class(), ResultClass::Unknown);
    assert_eq!(
        [1249, 1250, 1450, 1549, 1550].map(|code| LawmoResult::from_u16(code).is_vendor()),
        [false, true, true, false, true]
    );
}

#[test]
fn the_numbers_of_states_are_those_of_the_sheet() {
    let status = [
        mo::DownloadStatus::IDLE.as_u16(),
        mo::DownloadStatus::DOWNLOAD_FAILED.as_u16(),
        mo::DownloadStatus::DOWNLOAD_PROGRESSING.as_u16(),
        mo::DownloadStatus::DOWNLOAD_COMPLETE.as_u16(),
        mo::DownloadStatus::INSTALL_PROGRESSING.as_u16(),
        mo::DownloadStatus::INSTALL_FAILED_WITH_DATA.as_u16(),
        mo::DownloadStatus::INSTALL_FAILED_NO_DATA.as_u16(),
    ];
    assert_eq!(status, [10, 20, 30, 40, 50, 60, 70]);
    let status = [
        mo::DeliveredStatus::REMOVE_FAILED.as_u16(),
        mo::DeliveredStatus::REMOVE_PROGRESSING.as_u16(),
        mo::DeliveredStatus::INSTALL_PROGRESSING.as_u16(),
        mo::DeliveredStatus::INSTALL_FAILED_WITH_DATA.as_u16(),
        mo::DeliveredStatus::INSTALL_FAILED_NO_DATA.as_u16(),
    ];
    assert_eq!(status, [20, 30, 40, 50, 60]);
    let status = [
        mo::DeployedStatus::REMOVE_FAILED.as_u16(),
        mo::DeployedStatus::REMOVE_PROGRESSING.as_u16(),
        mo::DeployedStatus::ACTIVATE_FAILED.as_u16(),
        mo::DeployedStatus::ACTIVATE_PROGRESSING.as_u16(),
        mo::DeployedStatus::DEACTIVATE_FAILED.as_u16(),
        mo::DeployedStatus::DEACTIVATE_PROGRESSING.as_u16(),
    ];
    assert_eq!(status, [20, 30, 40, 50, 60, 70]);
    let state = [mo::PackageState::DELIVERED.as_u16(), mo::PackageState::INSTALLED.as_u16()];
    assert_eq!((state, mo::ComponentState::INACTIVE.as_u16(), mo::ComponentState::ACTIVE.as_u16()), ([10, 20], 10, 20));
    let state = [LawmoState::FULLY_LOCKED, LawmoState::PARTIALLY_LOCKED, LawmoState::UNLOCKED].map(LawmoState::as_u16);
    assert_eq!(state, [10, 20, 30]);
}
