//! The rows of each table, written out from the fact sheet [mo 2-10]: path, occurrence, format, access. Rows are in the order
//! of the sheet.

use omadm_proto::message::Format;
use omadm_tree::ddf::Occurrence;
use omadm_tree::mo::{self, Certainty, NodeRow, ObjectTable};
use omadm_tree::{AccessType, Scope};

pub(super) const TABLES: [ObjectTable<'static>; 20] = [
    mo::DEV_INFO,
    mo::DEV_INFO_1_1,
    mo::DEV_DETAIL,
    mo::DEV_DETAIL_1_1,
    mo::DM_ACC,
    mo::DM_ACC_1_1,
    mo::DM_ACC_1_1_2,
    mo::INBOX,
    mo::FUMO,
    mo::SCOMO_1_0,
    mo::SCOMO_1_1,
    mo::LAWMO,
    mo::DCMO,
    mo::CONN_MO_NAP,
    mo::CONN_MO_PROXY,
    mo::CONN_MO_3GPPPS,
    mo::CONN_MO_WLAN,
    mo::DIAG_FUNCTION,
    mo::DIAG_TRAP,
    mo::CONFIG_FILE,
];

/// A row as `path occurrence format access`, in the signs of a description: `1 ? * +`, and the first letters of commands.
fn line(row: &NodeRow<'_>) -> String {
    let occurrence = match row.occurrence {
        Occurrence::One => '1',
        Occurrence::ZeroOrOne => '?',
        Occurrence::ZeroOrMore => '*',
        Occurrence::OneOrMore => '+',
        Occurrence::ZeroOrN(_) | Occurrence::OneOrN(_) => panic!("{}", row.path),
    };
    let access: String = row.access.names().map(|name| name.chars().next().unwrap()).collect();
    format!("{} {occurrence} {} {access}", if row.path.is_empty() { "." } else { row.path }, row.format)
}

fn lines(table: ObjectTable<'_>) -> Vec<String> {
    table.rows().map(line).collect()
}

fn standard(table: ObjectTable<'_>) -> Vec<String> {
    table.rows().filter(|row| row.certainty != Certainty::House).map(line).collect()
}

#[test]
fn every_table_is_sound() {
    for table in TABLES {
        assert!(table.is_sound(), "{}", table.name);
        assert!(table.rows().all(|row| row.certainty != Certainty::Unsure || !row.about.is_empty()), "{}", table.name);
    }
}

#[test]
fn an_unsound_table_is_told() {
    let root = NodeRow::new("", Format::Node, AccessType::GET, Occurrence::One);
    let leaf = |path| NodeRow::new(path, Format::Int, AccessType::GET, Occurrence::One);
    let sound = |rows: &[NodeRow<'_>]| ObjectTable::new("t", "urn:x-t:1.0", &[rows]).is_sound();
    assert!(sound(&[root, leaf("A")]));
    assert!(!sound(&[leaf("A")]));
    assert!(!sound(&[root, leaf("A"), leaf("A")]));
    assert!(!sound(&[root, leaf("A/B")]));
    assert!(!sound(&[root, leaf("A"), leaf("A/B")]));
    assert!(!sound(&[root, leaf("A").default("x")]));
    assert!(!sound(&[root, leaf("A").default("5").within(6, 7)]));
}

#[test]
fn the_counts_of_rows_are_those_that_the_documentation_names() {
    let counts = TABLES.map(|table| table.rows().count());
    assert_eq!(counts, [8, 8, 16, 16, 24, 24, 13, 1, 17, 57, 58, 15, 14, 22, 14, 32, 15, 10, 11, 15]);
}

#[test]
fn dev_info_is_that_of_the_sheet() {
    let rows = [
        ". 1 node G",
        "Ext ? node G",
        "Bearer ? node G",
        "DevId 1 chr G",
        "Man 1 chr G",
        "Mod 1 chr G",
        "DmV 1 chr G",
        "Lang 1 chr G",
    ];
    assert_eq!(lines(mo::DEV_INFO), rows);
    assert!(mo::DEV_INFO.rows().all(|row| row.scope == Scope::Permanent));
    assert_eq!(
        (mo::DEV_INFO.moi, mo::DEV_INFO_1_1.moi),
        ("urn:oma:mo:oma-dm-devinfo:1.0", "urn:oma:mo:oma-dm-devinfo:1.1")
    );
}

#[test]
fn dev_detail_is_that_of_the_sheet() {
    let rows = [
        ". 1 node G",
        "Ext ? node G",
        "Bearer ? node G",
        "URI 1 node G",
        "URI/MaxDepth 1 chr G",
        "URI/MaxTotLen 1 chr G",
        "URI/MaxSegLen 1 chr G",
        "DevTyp 1 chr G",
        "OEM 1 chr G",
        "FwV 1 chr G",
        "SwV 1 chr G",
        "HwV 1 chr G",
        "LrgObj 1 bool G",
    ];
    assert_eq!(standard(mo::DEV_DETAIL), rows);
    assert!(mo::DEV_DETAIL.row("URI/MaxDepth").unwrap().admits_format(Format::Int));
}

#[test]
fn the_account_is_that_of_the_sheet() {
    let rows = [
        ". + node G",
        "AppID 1 chr G",
        "ServerID 1 chr G",
        "Name ? chr G",
        "PrefConRef ? chr G",
        "ToConRef ? node G",
        "ToConRef/<x> + node G",
        "ToConRef/<x>/ConRef 1 chr G",
        "AppAddr 1 node G",
        "AppAddr/<x> + node G",
        "AppAddr/<x>/Addr 1 chr G",
        "AppAddr/<x>/AddrType 1 chr G",
        "AppAddr/<x>/Port ? node G",
        "AppAddr/<x>/Port/<x> + node G",
        "AppAddr/<x>/Port/<x>/PortNbr 1 chr G",
        "AAuthPref ? chr G",
        "AppAuth ? node G",
        "AppAuth/<x> + node G",
        "AppAuth/<x>/AAuthLevel 1 chr G",
        "AppAuth/<x>/AAuthType 1 chr G",
        "AppAuth/<x>/AAuthName ? chr G",
        "AppAuth/<x>/AAuthSecret ? chr R",
        "AppAuth/<x>/AAuthData ? bin R",
        "Ext ? node G",
    ];
    assert_eq!(lines(mo::DM_ACC), rows);
    assert_eq!(lines(mo::DM_ACC_1_1), rows);
    assert_eq!(mo::DM_ACC.row("AppID").unwrap().default, "w7");
    assert_eq!(mo::DM_ACC_1_1.moi, "urn:oma:mo:oma-dm-dmacc:1.1");
}

#[test]
fn the_account_of_1_1_2_is_that_of_the_sheet() {
    let rows = [
        ". * node G",
        "Addr 1 chr G",
        "AddrType 1 chr G",
        "PortNbr ? int G",
        "ConRef 1 chr G",
        "ServerId 1 chr G",
        "ServerPW 1 chr R",
        "ServerNonce 1 chr G",
        "UserName 1 chr G",
        "ClientPW 1 chr R",
        "ClientNonce 1 chr G",
        "AuthPref ? chr G",
        "Name ? chr G",
    ];
    assert_eq!(lines(mo::DM_ACC_1_1_2), rows);
    assert_eq!(mo::DM_ACC_1_1_2.moi, "org.openmobilealliance/1.0/DMAcc");
    assert!(mo::DM_ACC_1_1_2.row("PortNbr").unwrap().admits_format(Format::Chr));
}

#[test]
fn the_inbox_takes_add_only() {
    assert_eq!(lines(mo::INBOX), [". ? node A"]);
    assert_eq!(mo::INBOX.moi, "urn:oma:mo:oma-dm-inbox:1.0");
}

#[test]
fn fumo_is_that_of_the_sheet() {
    let rows = [
        ". * node G",
        "PkgName ? chr G",
        "PkgVersion ? chr G",
        "Download ? node EG",
        "Download/PkgURL 1 chr GR",
        "Update ? node EG",
        "Update/PkgData ? bin R",
        "DownloadAndUpdate ? node EG",
        "DownloadAndUpdate/PkgURL 1 chr GR",
        "State 1 int G",
        "Ext ? node G",
    ];
    assert_eq!(standard(mo::FUMO), rows);
    let profile: Vec<_> = mo::FUMO_XREM_ROWS.iter().skip(1).map(|row| (row.path, row.format)).collect();
    assert_eq!(
        profile,
        [
            ("Ext/XRem/Sha256", Format::Chr),
            ("Ext/XRem/TargetSha256", Format::Chr),
            ("Ext/XRem/DeltaFrom", Format::Chr),
            ("Ext/XRem/DeltaFormat", Format::Chr),
            ("Ext/XRem/Signature", Format::Bin)
        ]
    );
}

#[test]
fn scomo_is_that_of_the_sheet() {
    let rows = [
        ". 1 node G",
        "Download 1 node G",
        "Download/<x> * node ADGR",
        "Download/<x>/PkgID 1 chr AGR",
        "Download/<x>/Name ? chr AGR",
        "Download/<x>/PkgURL ? chr AGR",
        "Download/<x>/InstallParams ? chr AGR",
        "Download/<x>/Description ? chr AGR",
        "Download/<x>/Status 1 int G",
        "Download/<x>/EnvType ? chr AGR",
        "Download/<x>/PkgType ? chr AGR",
        "Download/<x>/Operations 1 node G",
        "Download/<x>/Operations/Download ? null E",
        "Download/<x>/Operations/DownloadInstall ? null E",
        "Download/<x>/Operations/DownloadInstallInactive ? null E",
        "Download/<x>/Operations/Ext ? node G",
        "Download/<x>/Ext ? node G",
        "Inventory 1 node G",
        "Inventory/Delivered 1 node G",
        "Inventory/Delivered/<x> * node ADGR",
        "Inventory/Delivered/<x>/PkgID 1 chr AGR",
        "Inventory/Delivered/<x>/Data ? bin AR",
        "Inventory/Delivered/<x>/Name ? chr AGR",
        "Inventory/Delivered/<x>/Description ? chr AGR",
        "Inventory/Delivered/<x>/PkgType ? chr AGR",
        "Inventory/Delivered/<x>/InstallParams ? chr AGR",
        "Inventory/Delivered/<x>/EnvType ? chr AGR",
        "Inventory/Delivered/<x>/State 1 int G",
        "Inventory/Delivered/<x>/Status 1 int G",
        "Inventory/Delivered/<x>/Operations 1 node G",
        "Inventory/Delivered/<x>/Operations/Install ? null E",
        "Inventory/Delivered/<x>/Operations/InstallInactive ? null E",
        "Inventory/Delivered/<x>/Operations/Remove ? null E",
        "Inventory/Delivered/<x>/Operations/Ext ? node G",
        "Inventory/Deployed 1 node G",
        "Inventory/Deployed/<x> * node G",
        "Inventory/Deployed/<x>/ID 1 chr G",
        "Inventory/Deployed/<x>/PkgIDRef ? chr G",
        "Inventory/Deployed/<x>/Name ? chr G",
        "Inventory/Deployed/<x>/Description ? chr G",
        "Inventory/Deployed/<x>/Version ? chr G",
        "Inventory/Deployed/<x>/State 1 int G",
        "Inventory/Deployed/<x>/Status 1 int G",
        "Inventory/Deployed/<x>/EnvType ? chr G",
        "Inventory/Deployed/<x>/Operations 1 node G",
        "Inventory/Deployed/<x>/Operations/Activate ? null E",
        "Inventory/Deployed/<x>/Operations/Deactivate ? null E",
        "Inventory/Deployed/<x>/Operations/Remove ? null E",
        "Inventory/Deployed/<x>/Operations/Ext ? node G",
        "Ext ? node G",
    ];
    assert_eq!(standard(mo::SCOMO_1_0), rows);
    let newer: Vec<_> = standard(mo::SCOMO_1_1).into_iter().filter(|line| !rows.contains(&line.as_str())).collect();
    assert_eq!(newer, ["Download/<x>/Reboot ? chr AGR"]);
    for path in ["Download/<x>/Status", "Inventory/Delivered/<x>/State", "Inventory/Deployed/<x>/State"] {
        assert!(mo::SCOMO_1_0.row(path).unwrap().admits_format(Format::Chr), "{path}");
    }
    for package in ["Download/<x>", "Inventory/Delivered/<x>"] {
        let row = |name| mo::SCOMO_1_0.row(&format!("{package}/Ext/XRem/{name}")).map(|row| row.format);
        assert_eq!((row("Sha256"), row("Signature")), (Some(Format::Chr), Some(Format::Bin)));
    }
}

#[test]
fn lawmo_is_that_of_the_sheet() {
    let rows = [
        ". ? node G",
        "State 1 int G",
        "AvailableWipeList ? node G",
        "AvailableWipeList/<x> * node G",
        "AvailableWipeList/<x>/ListItemName 1 chr G",
        "AvailableWipeList/<x>/ToBeWiped 1 bool GR",
        "LAWMOConfig ? node G",
        "LAWMOConfig/NotifyUser 1 bool GR",
        "Operations 1 node G",
        "Operations/FullyLock ? null E",
        "Operations/PartiallyLock ? null E",
        "Operations/UnLock ? null E",
        "Operations/FactoryReset ? null E",
        "Operations/Wipe ? null E",
        "Ext ? node G",
    ];
    assert_eq!(lines(mo::LAWMO), rows);
    assert_eq!(mo::LAWMO.row("State").unwrap().default, "30");
}

#[test]
fn dcmo_is_that_of_the_sheet() {
    let rows = [
        ". ? node G",
        "Property 1 chr G",
        "Group 1 chr G",
        "Description 1 chr G",
        "Attached 1 bool G",
        "Enabled 1 bool G",
        "DCMOConfig 1 node G",
        "DCMOConfig/DenyUserEnable ? bool GR",
        "DCMOConfig/NotifyUser 1 bool GR",
        "Operations 1 node G",
        "Operations/Enable 1 null E",
        "Operations/Disable 1 null E",
        "Operations/Ext 1 node G",
        "Ext 1 node G",
    ];
    assert_eq!(lines(mo::DCMO), rows);
}

#[test]
fn the_access_point_is_that_of_the_sheet() {
    let rows = [
        ". * node AGR",
        "ID 1 chr G",
        "Name ? chr AGR",
        "AddrType ? chr AGR",
        "Addr 1 chr AGR",
        "IP 1 node AGR",
        "IP/IPv4 ? node AGR",
        "IP/IPv4/AutoConfig ? chr AGR",
        "IP/IPv4/IPAddr ? chr AGR",
        "IP/IPv4/NetMask ? chr AGR",
        "IP/IPv4/Gateway ? chr AGR",
        "IP/IPv4/AutoDNS ? bool AGR",
        "IP/IPv4/DNS ? node AGR",
        "IP/IPv4/DNS/Servers ? node AGR",
        "IP/IPv4/DNS/Servers/<x> + node AGR",
        "IP/IPv4/DNS/Servers/<x>/Addr 1 chr AGR",
        "AuthInfo ? node AGR",
        "AuthInfo/AuthType ? chr AGR",
        "AuthInfo/AuthName ? chr AGR",
        "AuthInfo/AuthSecret ? chr AR",
        "BearerType 1 chr AGR",
        "BearerParams 1 node AGR",
    ];
    assert_eq!(lines(mo::CONN_MO_NAP), rows);
    assert_eq!(mo::CONN_MO_NAP.moi, "urn:oma:mo:oma-connmo-nap:1.0");
}

#[test]
fn proxies_and_bearers_have_the_names_of_the_sheet() {
    let names = |table: ObjectTable<'static>| table.rows().skip(1).map(|row| row.path).collect::<Vec<_>>();
    let proxy = [
        "ProxyId",
        "Addr",
        "AddrType",
        "ToConRef",
        "ToConRef/<x>",
        "ToConRef/<x>/ConRef",
        "Ports",
        "Ports/<x>",
        "Ports/<x>/PortNbr",
        "ProxyType",
        "ProxyParams",
        "ProxyParams/WAP",
        "ProxyParams/WAP/Startpg",
    ];
    assert_eq!(names(mo::CONN_MO_PROXY), proxy);
    assert_eq!(mo::CONN_MO_PROXY.row("Ports/<x>/PortNbr").unwrap().format, Format::Int);
    let wlan = [
        "SSID",
        "NetMode",
        "SecMode",
        "Cipher",
        "WPA-PSK",
        "WPA-PSK/KeyTypeHex",
        "WPA-PSK/Data",
        "WepKeyInd",
        "WepAuthMode",
        "WepKey",
        "WepKey/<x>",
        "WepKey/<x>/Length",
        "WepKey/<x>/Index",
        "WepKey/<x>/Data",
    ];
    assert_eq!(names(mo::CONN_MO_WLAN), wlan);
    let quality = [
        ("TrafficClass", 4),
        ("DeliveryOrder", 2),
        ("DeliveryOfErroneousSDU", 3),
        ("MaxSDUsize", 153),
        ("MaxBitRateForUL", 255),
        ("MaxBitRateForDL", 255),
        ("ResidualBER", 9),
        ("SDUerrorRatio", 7),
        ("TransferDelay", 62),
        ("TrafficHandlingPriority", 3),
        ("GuaranteedBitRateForUL", 255),
        ("GuaranteedBitRateForDL", 255),
        ("SignallingIndication", 1),
        ("SourceStatisticsDescriptor", 1),
    ];
    for list in ["ReqQos", "MinQoS"] {
        for (name, most) in quality {
            let row = mo::CONN_MO_3GPPPS.row(&format!("{list}/{name}")).unwrap();
            assert_eq!((row.format, row.allowed), (Format::Int, mo::Allowed::Within(0, most)), "{list}/{name}");
        }
    }
    assert_eq!(names(mo::CONN_MO_3GPPPS).len(), 2 + 2 * quality.len() + 1);
}

#[test]
fn functions_and_traps_are_those_of_the_profile() {
    let function = [
        ". * node G",
        "Enabled 1 bool GR",
        "Period 1 int GR",
        "Upload 1 int GR",
        "Keep 1 int GR",
        "Data 1 xml G",
        "Operations 1 node G",
        "Operations/Start 1 null E",
        "Operations/Stop 1 null E",
        "Operations/Report 1 null E",
    ];
    assert_eq!(lines(mo::DIAG_FUNCTION), function);
    let trap = [
        ". * node G",
        "Enabled 1 bool GR",
        "Condition 1 chr GR",
        "Hysteresis 1 float GR",
        "HoldSec 1 int GR",
        "Latch 1 bool GR",
        "Severity 1 chr GR",
        "State 1 chr G",
        "Operations 1 node G",
        "Operations/Clear 1 null E",
        "Operations/Poll 1 null E",
    ];
    assert_eq!(lines(mo::DIAG_TRAP), trap);
    let allowed = |path: &str| mo::DIAG_FUNCTION.row(path).unwrap().allowed;
    assert_eq!(allowed("Period"), mo::Allowed::Within(1, 86_400));
    assert_eq!(allowed("Upload"), mo::Allowed::Within(0, 86_400));
}

#[test]
fn no_server_reads_a_secret() {
    for table in TABLES {
        for row in table.rows() {
            let name = row.path.rsplit('/').next().unwrap();
            if ["AAuthSecret", "AAuthData", "AuthSecret", "ServerPW", "ClientPW", "PkgData"].contains(&name) {
                assert!(!row.access.contains(AccessType::GET), "{} {}", table.name, row.path);
            }
        }
    }
}
