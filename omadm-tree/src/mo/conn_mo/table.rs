//! The nodes of access points and proxies \[mo 10\].

use omadm_proto::message::Format::{Bool, Chr, Int, Node};

use crate::ddf::Occurrence::{self, One, OneOrMore, ZeroOrMore, ZeroOrOne};
use crate::mo::moi;
use crate::mo::table::Certainty::Unsure;
use crate::mo::table::{AGR, AR, G, NodeRow, ObjectTable};

/// The nodes of a network access point.
pub const CONN_MO_NAP: ObjectTable<'_> = ObjectTable::new("ConnMO NAP", moi::CONN_MO_NAP, &[NAP_ROWS]);

/// The nodes of a proxy. Occurrence and access are not told but for ProxyId.
pub const CONN_MO_PROXY: ObjectTable<'_> = ObjectTable::new("ConnMO Proxy", moi::CONN_MO_PROXY, &[PROXY_ROWS]);

const NAP_ROWS: &[NodeRow<'_>] = &[
    NodeRow::new("", Node, AGR, ZeroOrMore).certainty(Unsure).about("A network access point; access not seen"),
    NodeRow::new("ID", Chr, G, One).about("NAPID in one implementation"),
    NodeRow::new("Name", Chr, AGR, ZeroOrOne),
    NodeRow::new("AddrType", Chr, AGR, ZeroOrOne).about("IPv4, ALPHA in one implementation, APN in another"),
    NodeRow::new("Addr", Chr, AGR, One).about("Name of the access point, for example"),
    NodeRow::new("IP", Node, AGR, One),
    NodeRow::new("IP/IPv4", Node, AGR, ZeroOrOne).about("IPv4 directly below the root in one implementation"),
    NodeRow::new("IP/IPv4/AutoConfig", Chr, AGR, ZeroOrOne).also(&[Bool]),
    NodeRow::new("IP/IPv4/IPAddr", Chr, AGR, ZeroOrOne).about("LocalAddr in one implementation"),
    NodeRow::new("IP/IPv4/NetMask", Chr, AGR, ZeroOrOne),
    NodeRow::new("IP/IPv4/Gateway", Chr, AGR, ZeroOrOne),
    NodeRow::new("IP/IPv4/AutoDNS", Bool, AGR, ZeroOrOne),
    NodeRow::new("IP/IPv4/DNS", Node, AGR, ZeroOrOne),
    NodeRow::new("IP/IPv4/DNS/Servers", Node, AGR, ZeroOrOne).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("IP/IPv4/DNS/Servers/<x>", Node, AGR, OneOrMore),
    NodeRow::new("IP/IPv4/DNS/Servers/<x>/Addr", Chr, AGR, One),
    NodeRow::new("AuthInfo", Node, AGR, ZeroOrOne),
    NodeRow::new("AuthInfo/AuthType", Chr, AGR, ZeroOrOne).about("None, PAP (also Normal), CHAP (also Secure)"),
    NodeRow::new("AuthInfo/AuthName", Chr, AGR, ZeroOrOne),
    NodeRow::new("AuthInfo/AuthSecret", Chr, AR, ZeroOrOne),
    NodeRow::new("BearerType", Chr, AGR, One).about("3GPPPS, WLAN"),
    NodeRow::new("BearerParams", Node, AGR, One).open().about("The object of the bearer"),
];

const PROXY_ROWS: &[NodeRow<'_>] = &[
    guess("", Node, ZeroOrMore).about("A proxy; access not seen"),
    NodeRow::new("ProxyId", Chr, G, One).certainty(Unsure).about("Occurrence not seen"),
    guess("Addr", Chr, One),
    guess("AddrType", Chr, ZeroOrOne).about("In one implementation only"),
    guess("ToConRef", Node, ZeroOrOne),
    guess("ToConRef/<x>", Node, OneOrMore),
    guess("ToConRef/<x>/ConRef", Chr, One),
    guess("Ports", Node, ZeroOrOne),
    guess("Ports/<x>", Node, OneOrMore).open().about("Services below it in one implementation"),
    guess("Ports/<x>/PortNbr", Int, One),
    guess("ProxyType", Chr, ZeroOrOne),
    guess("ProxyParams", Node, ZeroOrOne).open(),
    guess("ProxyParams/WAP", Node, ZeroOrOne),
    guess("ProxyParams/WAP/Startpg", Chr, ZeroOrOne),
];

/// Name and format were seen; access as at the access point, occurrence by its pattern.
const fn guess(path: &str, format: omadm_proto::message::Format, occurrence: Occurrence) -> NodeRow<'_> {
    NodeRow::new(path, format, AGR, occurrence).certainty(Unsure).about("Occurrence and access not seen")
}
