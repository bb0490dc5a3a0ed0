//! Identifiers of management objects: the registry, versions, and spellings that occur \[mo 1.1, mo 9.1, dm 11.5\].
//!
//! A server that looks for an object compares without the version ([`is_same_object`]); a device that files an object
//! sent to it takes the newest version that it knows ([`version`]).

/// DM 1.1.2 account, below ./SyncML/DMAcc.
pub const DM_ACC_1_1_2: &str = "org.openmobilealliance/1.0/DMAcc";
/// DM account of DM 1.2.
pub const DM_ACC_1_0: &str = "urn:oma:mo:oma-dm-dmacc:1.0";
/// DM account in the bootstrap example of DM 1.2.
pub const DM_ACC_W7: &str = "org.openmobilealliance/1.0/w7";
/// DM account of DM 1.3.
pub const DM_ACC_1_1: &str = "urn:oma:mo:oma-dm-dmacc:1.1";
/// DM account of DM 2.0: another tree.
pub const DM_ACC_1_2: &str = "urn:oma:mo:oma-dm-dmacc:1.2";
/// DevInfo of DM 1.2.
pub const DEV_INFO_1_0: &str = "urn:oma:mo:oma-dm-devinfo:1.0";
/// DevInfo of DM 1.3.
pub const DEV_INFO_1_1: &str = "urn:oma:mo:oma-dm-devinfo:1.1";
/// DevInfo of DM 2.0.
pub const DEV_INFO_1_2: &str = "urn:oma:mo:oma-dm-devinfo:1.2";
/// DevDetail of DM 1.2.
pub const DEV_DETAIL_1_0: &str = "urn:oma:mo:oma-dm-devdetail:1.0";
/// DevDetail of DM 1.3.
pub const DEV_DETAIL_1_1: &str = "urn:oma:mo:oma-dm-devdetail:1.1";
/// Inbox; not in the registry.
pub const INBOX: &str = "urn:oma:mo:oma-dm-inbox:1.0";
/// A configuration file; ours.
pub const CONFIG_FILE: &str = "urn:x-xrem:mo:config:1.0";
/// Bootstrap configuration of DM 1.3.
pub const BOOTSTRAP_CFG: &str = "urn:oma:mo:oma-dm-bootstrapcfg:1.0";
/// Firmware update.
pub const FUMO: &str = "urn:oma:mo:oma-fumo:1.0";
/// Software components 1.0.
pub const SCOMO_1_0: &str = "urn:oma:mo:oma-scomo:1.0";
/// Software components 1.1.
pub const SCOMO_1_1: &str = "urn:oma:mo:oma-scomo:1.1";
/// Lock and wipe.
pub const LAWMO: &str = "urn:oma:mo:oma-lawmo:1.0";
/// Device capabilities.
pub const DCMO: &str = "urn:oma:mo:oma-dcmo:1.0";
/// Scheduling.
pub const SCHEDULING: &str = "urn:oma:mo:oma-dm-scheduling:1.0";
/// List of management objects.
pub const LIST_MO: &str = "urn:oma:mo:oma-listmo:1.0";
/// Delta record.
pub const DELTA_REC: &str = "urn:oma:mo:oma-deltarec:1.0";
/// Management policy.
pub const MGMT_POLICY: &str = "urn:oma:mo:oma-mgmtpolicymo:1.0";
/// Software and application control; known from its alert type only.
pub const SACMO: &str = "urn:oma:mo:oma-sacmo:1.0";
/// Network access point.
pub const CONN_MO_NAP: &str = "urn:oma:mo:oma-connmo-nap:1.0";
/// Proxy.
pub const CONN_MO_PROXY: &str = "urn:oma:mo:oma-connmo-proxy:1.0";
/// 3GPP circuit switched bearer.
pub const CONN_MO_3GPPCS: &str = "urn:oma:mo:oma-connmo-3gppcs:1.0";
/// 3GPP packet switched bearer.
pub const CONN_MO_3GPPPS: &str = "urn:oma:mo:oma-connmo-3gppps:1.0";
/// CDMA bearer.
pub const CONN_MO_CDMA: &str = "urn:oma:mo:oma-connmo-cdma:1.0";
/// EAP.
pub const CONN_MO_EAP: &str = "urn:oma:mo:oma-connmo-eap:1.0";
/// HTTP proxy.
pub const CONN_MO_HTTP: &str = "urn:oma:mo:oma-connmo-http:1.0";
/// WAP proxy.
pub const CONN_MO_WAP: &str = "urn:oma:mo:oma-connmo-wap:1.0";
/// WLAN bearer.
pub const CONN_MO_WLAN: &str = "urn:oma:mo:oma-connmo-wlan:1.0";
/// DiagMon framework, enablers 1.0 and 1.1.
pub const DIAG_MON_1_0: &str = "urn:oma:mo:oma-diagmon:1.0";
/// DiagMon framework, enabler 1.2.
pub const DIAG_MON_1_1: &str = "urn:oma:mo:oma-diagmon:1.1";
/// Trap framework, enablers 1.0 and 1.1.
pub const DIAG_MON_TRAP_1_0: &str = "urn:oma:mo:oma-diagmontrap:1.0";
/// Trap framework, enabler 1.2.
pub const DIAG_MON_TRAP_1_1: &str = "urn:oma:mo:oma-diagmontrap:1.1";
/// House: a performance function that no registered identifier names.
pub const XREM_PM: &str = "urn:x-xrem:mo:pm:1.0";
/// House: a trap that no registered identifier names.
pub const XREM_TRAP: &str = "urn:x-xrem:mo:trap:1.0";

/// Registered DiagMon functions without `urn:oma:mo:oma-diag:`, with their newest version.
pub const DIAG_FUNCTIONS: [&str; 27] = [
    "appmonlog:1.0",
    "batteryinfo:1.0",
    "BrowsingUsage:1.0",
    "DataCallAndDataSession:1.1",
    "RFParms_3GPP_GSM:1.1",
    "RFParms_3GPP_UMTS:1.1",
    "RFParms_3GPP_LTE:1.1",
    "memory:1.0",
    "MMSUsage:1.0",
    "mobility_management_rejection:1.0",
    "NFC:1.1",
    "paniclog:1.1",
    "phonebook:1.0",
    "restart:1.0",
    "SMSOptions:1.0",
    "SMSUsage:1.0",
    "trapeventlogging:1.1",
    "UESetting:1.0",
    "tracelog:1.0",
    "sensorinfo:1.0",
    "qos:1.0",
    "devicelocation:1.0",
    "builtintest:1.0",
    "webbrowmon:1.0",
    "appdatausage:1.0",
    "appexeinfo:1.0",
    "volte_metrics:1.0",
];

/// Registered trap events without `urn:oma:mo:oma-diagmontrap:`.
pub const TRAP_EVENTS: [&str; 7] =
    ["qos:1.0", "logcapacityfull:1.0", "hard-reboot:1.0", "geo:1.0", "calldrop:1.0", "dataspeed:1.0", "rxpwr:1.0"];

/// The 16-bit index of each registered identifier that has one: what a DM 1.3 notification names an object with.
pub const INDICES: [(&str, u16); 32] = [
    (LAWMO, 0x0009),
    (DCMO, 0x000A),
    (DEV_DETAIL_1_1, 0x000B),
    (DEV_INFO_1_1, 0x000C),
    (DM_ACC_1_1, 0x000D),
    (DEV_INFO_1_0, 0x000E),
    (DEV_DETAIL_1_0, 0x000F),
    (DM_ACC_1_0, 0x0011),
    (DIAG_MON_1_0, 0x0012),
    (DIAG_MON_TRAP_1_0, 0x0013),
    (FUMO, 0x0027),
    (LIST_MO, 0x0028),
    (SCHEDULING, 0x0034),
    (SCOMO_1_0, 0x0036),
    (DELTA_REC, 0x003A),
    (SCOMO_1_1, 0x003C),
    (DIAG_MON_1_1, 0x003E),
    (DIAG_MON_TRAP_1_1, 0x003F),
    (DM_ACC_1_2, 0x0070),
    (DEV_INFO_1_2, 0x0071),
    ("urn:oma:mo:oma-dm-dacmo:1.0", 0x0072),
    ("urn:oma:mo:oma-sessioninfomo:1.0", 0x0073),
    (CONN_MO_NAP, 0x0075),
    (CONN_MO_PROXY, 0x0076),
    (CONN_MO_3GPPCS, 0x0077),
    (CONN_MO_3GPPPS, 0x0078),
    (CONN_MO_CDMA, 0x0079),
    (CONN_MO_EAP, 0x007A),
    (CONN_MO_HTTP, 0x007B),
    (CONN_MO_WAP, 0x007C),
    (CONN_MO_WLAN, 0x007D),
    (MGMT_POLICY, 0x007F),
];

/// Spellings that occur, and what they mean.
const ALIASES: [(&str, &str); 4] = [
    (DM_ACC_W7, DM_ACC_1_0),
    ("urn:oma:mo:omadiag:batteryinfo:1.0", "urn:oma:mo:oma-diag:batteryinfo:1.0"),
    ("urn:oma:mo:omadiag:memory:1.0", "urn:oma:mo:oma-diag:memory:1.0"),
    ("urn:oma:mo:oma-diag:UESetsting:1.0", "urn:oma:mo:oma-diag:UESetting:1.0"),
];

/// The registered spelling of `moi`; itself when it is not known to be misspelt.
#[must_use]
pub fn canonical(moi: &str) -> &str {
    let moi = moi.trim();
    ALIASES.iter().find_map(|(alias, meant)| (*alias == moi).then_some(*meant)).unwrap_or(moi)
}

/// The identifier without its version, and the version as major and minor number; `None` when it ends in none.
#[must_use]
pub fn version(moi: &str) -> Option<(&str, (u16, u16))> {
    let (object, version) = canonical(moi).rsplit_once(':')?;
    let (major, minor) = version.split_once('.')?;
    Some((object, (major.parse().ok()?, minor.parse().ok()?)))
}

/// Whether both name the same object, in whatever version and spelling.
#[must_use]
pub fn is_same_object(one: &str, other: &str) -> bool {
    match (version(one), version(other)) {
        (Some((one, _)), Some((other, _))) => one == other,
        _ => canonical(one) == canonical(other),
    }
}

/// The identifier with the index `index`.
#[must_use]
pub fn of_index(index: u16) -> Option<&'static str> {
    INDICES.iter().find_map(|(moi, known)| (*known == index).then_some(*moi))
}

/// The index of `moi`.
#[must_use]
pub fn index_of(moi: &str) -> Option<u16> {
    let moi = canonical(moi);
    INDICES.iter().find_map(|(known, index)| (*known == moi).then_some(*index))
}
