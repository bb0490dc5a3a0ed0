//! Identifiers.

use omadm_tree::mo::moi;

#[test]
fn the_indices_are_those_of_the_registry() {
    let registry = [
        ("urn:oma:mo:oma-dm-dmacc:1.0", 0x0011),
        ("urn:oma:mo:oma-dm-dmacc:1.1", 0x000D),
        ("urn:oma:mo:oma-dm-dmacc:1.2", 0x0070),
        ("urn:oma:mo:oma-dm-devinfo:1.0", 0x000E),
        ("urn:oma:mo:oma-dm-devinfo:1.1", 0x000C),
        ("urn:oma:mo:oma-dm-devinfo:1.2", 0x0071),
        ("urn:oma:mo:oma-dm-devdetail:1.0", 0x000F),
        ("urn:oma:mo:oma-dm-devdetail:1.1", 0x000B),
        ("urn:oma:mo:oma-fumo:1.0", 0x0027),
        ("urn:oma:mo:oma-scomo:1.0", 0x0036),
        ("urn:oma:mo:oma-scomo:1.1", 0x003C),
        ("urn:oma:mo:oma-lawmo:1.0", 0x0009),
        ("urn:oma:mo:oma-dcmo:1.0", 0x000A),
        ("urn:oma:mo:oma-dm-scheduling:1.0", 0x0034),
        ("urn:oma:mo:oma-listmo:1.0", 0x0028),
        ("urn:oma:mo:oma-deltarec:1.0", 0x003A),
        ("urn:oma:mo:oma-mgmtpolicymo:1.0", 0x007F),
        ("urn:oma:mo:oma-dm-dacmo:1.0", 0x0072),
        ("urn:oma:mo:oma-sessioninfomo:1.0", 0x0073),
        ("urn:oma:mo:oma-connmo-nap:1.0", 0x0075),
        ("urn:oma:mo:oma-connmo-proxy:1.0", 0x0076),
        ("urn:oma:mo:oma-connmo-3gppcs:1.0", 0x0077),
        ("urn:oma:mo:oma-connmo-3gppps:1.0", 0x0078),
        ("urn:oma:mo:oma-connmo-cdma:1.0", 0x0079),
        ("urn:oma:mo:oma-connmo-eap:1.0", 0x007A),
        ("urn:oma:mo:oma-connmo-http:1.0", 0x007B),
        ("urn:oma:mo:oma-connmo-wap:1.0", 0x007C),
        ("urn:oma:mo:oma-connmo-wlan:1.0", 0x007D),
        ("urn:oma:mo:oma-diagmon:1.0", 0x0012),
        ("urn:oma:mo:oma-diagmon:1.1", 0x003E),
        ("urn:oma:mo:oma-diagmontrap:1.0", 0x0013),
        ("urn:oma:mo:oma-diagmontrap:1.1", 0x003F),
    ];
    for (name, index) in registry {
        assert_eq!((moi::index_of(name), moi::of_index(index)), (Some(index), Some(name)), "{name}");
    }
    assert_eq!(registry.len(), moi::INDICES.len());
    assert_eq!((moi::index_of(moi::INBOX), moi::of_index(0xFFFF)), (None, None));
}

#[test]
fn versions_of_one_object_are_the_same_object() {
    assert!(moi::is_same_object(moi::SCOMO_1_0, moi::SCOMO_1_1));
    assert!(moi::is_same_object("org.openmobilealliance/1.0/w7", moi::DM_ACC_1_1));
    assert!(!moi::is_same_object(moi::CONN_MO_NAP, moi::CONN_MO_PROXY));
    assert!(!moi::is_same_object(moi::DM_ACC_1_1_2, moi::DM_ACC_1_0));
    assert!(!moi::is_same_object("", moi::FUMO));
    assert_eq!(moi::version(moi::SCOMO_1_1), Some(("urn:oma:mo:oma-scomo", (1, 1))));
    assert_eq!(moi::version("urn:oma:mo:oma-scomo"), None);
}

#[test]
fn known_misspellings_have_their_meaning() {
    assert_eq!(moi::canonical("urn:oma:mo:omadiag:batteryinfo:1.0"), "urn:oma:mo:oma-diag:batteryinfo:1.0");
    assert_eq!(moi::canonical(" urn:oma:mo:oma-diag:UESetsting:1.0"), "urn:oma:mo:oma-diag:UESetting:1.0");
    assert_eq!(moi::canonical("com.example/1.0/App"), "com.example/1.0/App");
}
