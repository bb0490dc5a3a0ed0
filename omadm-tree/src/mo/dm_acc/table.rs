//! The nodes of the account, in DM 1.2 and in DM 1.1.2 \[mo 4.1, mo 4.2\].

use omadm_proto::message::Format::{Bin, Chr, Int, Node};

use crate::ddf::Occurrence::{One, OneOrMore, ZeroOrMore, ZeroOrOne};
use crate::mo::moi;
use crate::mo::table::Certainty::Unsure;
use crate::mo::table::{G, NodeRow, ObjectTable, R};

/// The nodes of the account in DM 1.2, in its minimum of access. Occurrence of Port and AppAuth is that of the standard's
/// figure; its text says at least one.
pub const DM_ACC: ObjectTable<'_> = ObjectTable::new("DMAcc", moi::DM_ACC_1_0, &[ROWS]);

/// The same under the identifier of DM 1.3, whose own nodes, if there are any, were not seen \[mo 4.3\].
pub const DM_ACC_1_1: ObjectTable<'_> = DM_ACC.with_moi(moi::DM_ACC_1_1);

/// The nodes of the account in DM 1.1.2, usually at `./SyncML/DMAcc/<x>`. Two vendors' descriptions agree on names and formats;
/// occurrence is not told but for three nodes.
pub const DM_ACC_1_1_2: ObjectTable<'_> = ObjectTable::new("DMAcc 1.1.2", moi::DM_ACC_1_1_2, &[ROWS_1_1_2]);

/// The empty one means URI.
const ADDR_TYPES: &[&str] = &["URI", "IPv4", "IPv6", ""];
const LEVELS: &[&str] = &["CLCRED", "SRVCRED", "OBEX", "HTTP"];
const AUTH_TYPES: &[&str] =
    &["HTTP-BASIC", "HTTP-DIGEST", "BASIC", "DIGEST", "HMAC", "X509", "SECURID", "SAFEWORD", "DIGIPASS", "TRANSPORT"];
/// The empty one means what was used last.
const PREFERENCES: &[&str] = &[
    "HTTP-BASIC",
    "HTTP-DIGEST",
    "BASIC",
    "DIGEST",
    "HMAC",
    "X509",
    "SECURID",
    "SAFEWORD",
    "DIGIPASS",
    "TRANSPORT",
    "",
];

const ROWS: &[NodeRow<'_>] = &[
    NodeRow::new("", Node, G, OneOrMore).about("The account of a server"),
    NodeRow::new("AppID", Chr, G, One).default("w7").one_of(&["w7"]),
    NodeRow::new("ServerID", Chr, G, One).about("Server identifier, as in ACLs"),
    NodeRow::new("Name", Chr, G, ZeroOrOne).about("Name for people"),
    NodeRow::new("PrefConRef", Chr, G, ZeroOrOne).about("Preferred connectivity: URI of an object or a private name"),
    NodeRow::new("ToConRef", Node, G, ZeroOrOne).about("Connectivity; the standard's text says chr"),
    NodeRow::new("ToConRef/<x>", Node, G, OneOrMore),
    NodeRow::new("ToConRef/<x>/ConRef", Chr, G, One),
    NodeRow::new("AppAddr", Node, G, One),
    NodeRow::new("AppAddr/<x>", Node, G, OneOrMore),
    NodeRow::new("AppAddr/<x>/Addr", Chr, G, One).about("Address of the server, in the form that AddrType says"),
    NodeRow::new("AppAddr/<x>/AddrType", Chr, G, One).default("URI").one_of(ADDR_TYPES).about("Empty is URI"),
    NodeRow::new("AppAddr/<x>/Port", Node, G, ZeroOrOne),
    NodeRow::new("AppAddr/<x>/Port/<x>", Node, G, OneOrMore),
    NodeRow::new("AppAddr/<x>/Port/<x>/PortNbr", Chr, G, One).within(0, 65_535),
    NodeRow::new("AAuthPref", Chr, G, ZeroOrOne)
        .one_of(PREFERENCES)
        .about("AAuthType to try first; empty is the last one used"),
    NodeRow::new("AppAuth", Node, G, ZeroOrOne),
    NodeRow::new("AppAuth/<x>", Node, G, OneOrMore),
    NodeRow::new("AppAuth/<x>/AAuthLevel", Chr, G, One)
        .one_of(LEVELS)
        .about("CLCRED proves the client, SRVCRED the server"),
    NodeRow::new("AppAuth/<x>/AAuthType", Chr, G, One).one_of(AUTH_TYPES),
    NodeRow::new("AppAuth/<x>/AAuthName", Chr, G, ZeroOrOne),
    NodeRow::new("AppAuth/<x>/AAuthSecret", Chr, R, ZeroOrOne),
    NodeRow::new("AppAuth/<x>/AAuthData", Bin, R, ZeroOrOne).about("What AAuthType needs, for example a nonce"),
    NodeRow::new("Ext", Node, G, ZeroOrOne).open().about("Vendor extensions"),
];

const ROWS_1_1_2: &[NodeRow<'_>] = &[
    NodeRow::new("", Node, G, ZeroOrMore).about("The account of a server"),
    NodeRow::new("Addr", Chr, G, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("AddrType", Chr, G, One).certainty(Unsure).about("Occurrence and values not seen"),
    NodeRow::new("PortNbr", Int, G, ZeroOrOne)
        .also(&[Chr])
        .within(0, 65_535)
        .about("int in one description, chr in another"),
    NodeRow::new("ConRef", Chr, G, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("ServerId", Chr, G, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("ServerPW", Chr, R, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("ServerNonce", Chr, G, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("UserName", Chr, G, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("ClientPW", Chr, R, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("ClientNonce", Chr, G, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::new("AuthPref", Chr, G, ZeroOrOne),
    NodeRow::new("Name", Chr, G, ZeroOrOne),
];
