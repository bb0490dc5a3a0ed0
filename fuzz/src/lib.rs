//! Fuzz bodies: plain functions from bytes to nothing, which must return for every input.
//!
//! Each body has one file here, one libFuzzer target in `fuzz_targets/` and one folder of seeds in `corpus/`. A stable test
//! replays all seeds; `cargo run -p omadm-fuzz --bin TARGET FILE...` replays files that a fuzzer found.

extern crate alloc;

mod acl;
mod client_session;
mod ddf;
mod descriptor;
mod diag_report;
mod differential;
mod envelope;
mod events;
mod fanout_payload;
mod hmac_header;
mod notification;
mod provisioning;
mod sent;
mod server_session;
mod tnds;
mod tree_ops;
mod typed;
mod uri;
mod wbxml_decode;
mod xml_decode;

pub use acl::acl;
pub use client_session::client_session;
pub use ddf::ddf;
pub use descriptor::descriptor;
pub use diag_report::diag_report;
pub use differential::differential;
pub use fanout_payload::fanout_payload;
pub use hmac_header::hmac_header;
pub use notification::notification;
pub use provisioning::provisioning;
pub use server_session::server_session;
pub use tnds::tnds;
pub use tree_ops::tree_ops;
pub use uri::uri;
pub use wbxml_decode::wbxml_decode;
pub use xml_decode::xml_decode;

/// A fuzz body with its name, which is also the folder of its seeds.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Body {
    /// The name of the target.
    pub name: &'static str,
    /// The function.
    pub run: fn(&[u8]),
}

/// All bodies.
pub const BODIES: &[Body] = &[
    Body { name: "acl", run: acl },
    Body { name: "client_session", run: client_session },
    Body { name: "ddf", run: ddf },
    Body { name: "descriptor", run: descriptor },
    Body { name: "diag_report", run: diag_report },
    Body { name: "differential", run: differential },
    Body { name: "fanout_payload", run: fanout_payload },
    Body { name: "hmac_header", run: hmac_header },
    Body { name: "notification", run: notification },
    Body { name: "provisioning", run: provisioning },
    Body { name: "server_session", run: server_session },
    Body { name: "tnds", run: tnds },
    Body { name: "tree_ops", run: tree_ops },
    Body { name: "uri", run: uri },
    Body { name: "wbxml_decode", run: wbxml_decode },
    Body { name: "xml_decode", run: xml_decode },
];
