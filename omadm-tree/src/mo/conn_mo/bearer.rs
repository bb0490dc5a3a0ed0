//! The nodes of two bearers, to be put below BearerParams of an access point \[mo 10\]. ReqQos and MinQoS are spelled as the
//! one description spells them. It tells no occurrence and no access, and of WLAN few formats.

use omadm_proto::message::Format::{self, Bool, Chr, Int, Node};

use crate::ddf::Occurrence::{self, One, OneOrMore, ZeroOrOne};
use crate::mo::moi;
use crate::mo::table::Certainty::Unsure;
use crate::mo::table::{AGR, AR, NodeRow, ObjectTable};

/// The nodes of the 3GPP packet switched bearer, `BearerParams/3GPPPS`.
pub const CONN_MO_3GPPPS: ObjectTable<'_> = ObjectTable::new("ConnMO 3GPPPS", moi::CONN_MO_3GPPPS, &[PS_ROWS]);

/// The nodes of the WLAN bearer, `BearerParams/WLAN`.
pub const CONN_MO_WLAN: ObjectTable<'_> = ObjectTable::new("ConnMO WLAN", moi::CONN_MO_WLAN, &[WLAN_ROWS]);

const PS_ROWS: &[NodeRow<'_>] = &[
    row("", Node, ZeroOrOne).about("3GPP packet switched bearer"),
    row("ReqQos", Node, ZeroOrOne).about("Requested quality of service"),
    quality("ReqQos/TrafficClass", 4),
    quality("ReqQos/DeliveryOrder", 2),
    quality("ReqQos/DeliveryOfErroneousSDU", 3),
    quality("ReqQos/MaxSDUsize", 153),
    quality("ReqQos/MaxBitRateForUL", 255),
    quality("ReqQos/MaxBitRateForDL", 255),
    quality("ReqQos/ResidualBER", 9),
    quality("ReqQos/SDUerrorRatio", 7),
    quality("ReqQos/TransferDelay", 62),
    quality("ReqQos/TrafficHandlingPriority", 3),
    quality("ReqQos/GuaranteedBitRateForUL", 255),
    quality("ReqQos/GuaranteedBitRateForDL", 255),
    quality("ReqQos/SignallingIndication", 1),
    quality("ReqQos/SourceStatisticsDescriptor", 1),
    row("MinQoS", Node, ZeroOrOne).about("Least quality of service"),
    quality("MinQoS/TrafficClass", 4),
    quality("MinQoS/DeliveryOrder", 2),
    quality("MinQoS/DeliveryOfErroneousSDU", 3),
    quality("MinQoS/MaxSDUsize", 153),
    quality("MinQoS/MaxBitRateForUL", 255),
    quality("MinQoS/MaxBitRateForDL", 255),
    quality("MinQoS/ResidualBER", 9),
    quality("MinQoS/SDUerrorRatio", 7),
    quality("MinQoS/TransferDelay", 62),
    quality("MinQoS/TrafficHandlingPriority", 3),
    quality("MinQoS/GuaranteedBitRateForUL", 255),
    quality("MinQoS/GuaranteedBitRateForDL", 255),
    quality("MinQoS/SignallingIndication", 1),
    quality("MinQoS/SourceStatisticsDescriptor", 1),
    row("Ext", Node, ZeroOrOne).open(),
];

const WLAN_ROWS: &[NodeRow<'_>] = &[
    row("", Node, ZeroOrOne).about("WLAN bearer"),
    row("SSID", Chr, One),
    row("NetMode", Chr, ZeroOrOne).one_of(&["INFRA", "ADHOC"]),
    row("SecMode", Chr, ZeroOrOne).about("WEP, WPA-PSK, WPA2-PSK and others"),
    row("Cipher", Chr, ZeroOrOne).about("null, WEP and others"),
    row("WPA-PSK", Node, ZeroOrOne),
    row("WPA-PSK/KeyTypeHex", Bool, One),
    secret("WPA-PSK/Data").about("8 to 63 characters, or 64 hexadecimal digits"),
    row("WepKeyInd", Int, ZeroOrOne).within(0, 3),
    row("WepAuthMode", Chr, ZeroOrOne).about("OPEN and others"),
    row("WepKey", Node, ZeroOrOne),
    row("WepKey/<x>", Node, OneOrMore),
    row("WepKey/<x>/Length", Int, One).default("5").within(5, 13).about("5 or 13"),
    row("WepKey/<x>/Index", Int, One).within(0, 3),
    secret("WepKey/<x>/Data"),
];

const fn row(path: &str, format: Format, occurrence: Occurrence) -> NodeRow<'_> {
    NodeRow::new(path, format, AGR, occurrence).certainty(Unsure).about("Occurrence and access not seen")
}

const fn quality(path: &str, most: i64) -> NodeRow<'_> {
    row(path, Int, ZeroOrOne).within(0, most)
}

/// No Get: it is a key \[mo 1.3\].
const fn secret(path: &str) -> NodeRow<'_> {
    NodeRow::new(path, Chr, AR, One).certainty(Unsure).about("Occurrence and access not seen")
}
