//! The documents that the benches read and write.
//!
//! Each is built here from typed values, so that a bench needs no files: a small session of four packages, a message of 2000
//! Replaces, and one that carries 100 kB of a firmware image as an OPAQUE. Where the shared folder is at hand its documents
//! of the same names are taken instead, because the figures of the fact sheets were measured with those; they are the same
//! messages, byte for byte in WBXML except for the content of the image.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::alert::AlertCode;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{
    Alert, Command, Cred, Data, Format, Item, Location, Message, Meta, Results, Status, SyncHdr, TreeCommand, Verb,
};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

/// The names of the documents.
pub const NAMES: [&str; 6] = ["pkg1", "pkg2", "pkg3", "pkg4", "cmd2000", "big100k"];

/// One message in both syntaxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: &'static str,
    /// The canonical WBXML.
    pub wbxml: Vec<u8>,
    /// The XML.
    pub xml: Vec<u8>,
}

/// Where the documents of a run come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The shared folder.
    Shared,
    /// This module.
    Own,
}

impl Document {
    /// The document `name` as this module builds it.
    #[must_use]
    pub fn own(name: &'static str) -> Self {
        let message = message(name);
        let doctype = concat!(
            r#"<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "#,
            r#""http://www.openmobilealliance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd">"#
        );
        let (wbxml, mut xml) = (encoded(&message, Syntax::Wbxml), encoded(&message, Syntax::Xml));
        let root = xml.windows(7).position(|window| window == b"<SyncML").expect("the root element");
        xml.splice(root..root, doctype.bytes());
        Self { name, wbxml, xml }
    }

    /// The document `name` of the shared folder, if that is at hand.
    #[must_use]
    pub fn shared(name: &'static str) -> Option<Self> {
        let folder = shared_folder()?;
        let read = |extension| std::fs::read(folder.join(name).with_extension(extension)).ok();
        Some(Self { name, wbxml: read("wbxml")?, xml: read("xml")? })
    }
}

/// All documents, and where they come from.
#[must_use]
pub fn documents() -> (Origin, Vec<Document>) {
    match NAMES.iter().map(|name| Document::shared(name)).collect() {
        Some(shared) => (Origin::Shared, shared),
        None => (Origin::Own, NAMES.iter().map(|name| Document::own(name)).collect()),
    }
}

fn shared_folder() -> Option<PathBuf> {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    // A relative path counts from the workspace, where cargo was called; an absolute one replaces it.
    let folder = workspace.join(shared).join("data/wbxml/gen-inputs");
    folder.is_dir().then_some(folder)
}

fn encoded(message: &Message<'_>, syntax: Syntax) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(syntax, &mut out).expect("a message that both syntaxes can carry");
    out
}

const SERVER: &str = "http://dm.example.com:8080/omadm/server";
const DEVICE: &str = "IMEI:493005100592800";

fn message(name: &str) -> Message<'static> {
    let (header, commands) = match name {
        "pkg1" => (credentials(from_device("17", 1)), package1()),
        "pkg2" => {
            let mut header = from_server("17", 1);
            header.resp_uri = Some(format!("{SERVER}?sid=17&tok=ab12").into());
            (header, package2())
        }
        "pkg3" => (from_device("17", 2), package3()),
        "pkg4" => (from_server("17", 2), vec![header_status(2, SERVER, DEVICE)]),
        "cmd2000" => (from_server("19", 1), (0..2000).map(setting).collect()),
        "big100k" => (from_server("18", 1), vec![image()]),
        other => panic!("no document is called {other}"),
    };
    let mut message = Message::new(header);
    message.commands = commands;
    message.is_final = true;
    message
}

fn from_device(session: &'static str, message: u32) -> SyncHdr<'static> {
    SyncHdr::new(DmVersion::V1_2, session, MsgId::new(message), Location::new(SERVER), Location::new(DEVICE))
}

fn from_server(session: &'static str, message: u32) -> SyncHdr<'static> {
    SyncHdr::new(DmVersion::V1_2, session, MsgId::new(message), Location::new(DEVICE), Location::new(SERVER))
}

fn credentials(mut header: SyncHdr<'static>) -> SyncHdr<'static> {
    let meta = Meta::with_format(Format::B64).and_type("syncml:auth-md5");
    header.cred = Some(Cred::new(Some(meta), Data::text("Zz6EivR3yeaaENcRN6lpAQ==")));
    let mut sizes = Meta::default();
    (sizes.extras_mut().max_msg_size, sizes.extras_mut().max_obj_size) = (Some(16_384), Some(1_048_576));
    header.meta = Some(sizes);
    header
}

fn plain(format: Format) -> Meta<'static> {
    Meta::with_format(format).and_type("text/plain")
}

fn package1() -> Vec<Command<'static>> {
    let leaves = [
        ("./DevInfo/DevId", DEVICE),
        ("./DevInfo/Man", "Example Devices Ltd"),
        ("./DevInfo/Mod", "GW-1000"),
        ("./DevInfo/DmV", "1.2"),
        ("./DevInfo/Lang", "en-US"),
    ];
    let items = leaves.map(|(uri, value)| Item::source(uri).with_meta(plain(Format::Chr)).with_data(Data::text(value)));
    vec![
        Command::Alert(Alert::new(1, AlertCode::from_u16(1201), vec![])),
        Command::Tree(TreeCommand::new(Verb::Replace, 2, items.into())),
    ]
}

fn status(id: u32, about: u32, verb: &'static str, code: u16) -> Status<'static> {
    Status::new(id, MsgId::FIRST, CmdId::from(about), verb, StatusCode::from_u16(code))
}

fn header_status(message: u32, target: &'static str, source: &'static str) -> Command<'static> {
    let mut status = Status::new(1, MsgId::new(message), CmdId::SYNC_HDR, "SyncHdr", StatusCode::from_u16(212));
    status.target_refs.push(target);
    status.extras_mut().source_refs = vec![source.into()];
    Command::Status(status)
}

fn package2() -> Vec<Command<'static>> {
    let interval = Item::target("./Vendor/Ext/Poll/Interval").with_meta(plain(Format::Int));
    let mut exec = TreeCommand::new(Verb::Exec, 6, vec![Item::target("./FUMO/Pkg/DownloadAndUpdate")]);
    exec.correlator = Some("fumo-42".into());
    let versions = vec![Item::target("./DevDetail/FwV"), Item::target("./DevDetail/SwV")];
    vec![
        header_status(1, SERVER, DEVICE),
        Command::Status(status(2, 1, "Alert", 200)),
        Command::Status(status(3, 2, "Replace", 200)),
        Command::Tree(TreeCommand::new(Verb::Get, 4, versions)),
        Command::Tree(TreeCommand::new(Verb::Replace, 5, vec![interval.with_data(Data::text("3600"))])),
        Command::Tree(exec),
    ]
}

fn package3() -> Vec<Command<'static>> {
    let on = |status: Status<'static>, uri: &'static str| {
        let mut status = status;
        status.target_refs.push(uri);
        Command::Status(status)
    };
    let result = |uri, value| Item::source(uri).with_meta(plain(Format::Chr)).with_data(Data::text(value));
    let results = vec![result("./DevDetail/FwV", "FW 3.14.159"), result("./DevDetail/SwV", "R2.7 & later")];
    vec![
        header_status(1, DEVICE, SERVER),
        on(status(2, 4, "Get", 200), "./DevDetail/FwV"),
        Command::Results(Results::new(3, MsgId::FIRST, CmdId::from(4), results)),
        on(status(4, 5, "Replace", 200), "./Vendor/Ext/Poll/Interval"),
        on(status(5, 6, "Exec", 202), "./FUMO/Pkg/DownloadAndUpdate"),
    ]
}

fn setting(number: u32) -> Command<'static> {
    let item = Item::target(format!("./DevDetail/Ext/Sensors/{number:05}/Interval")).with_meta(plain(Format::Int));
    let item = item.with_data(Data::text((60 + number % 900).to_string()));
    Command::Tree(TreeCommand::new(Verb::Replace, number + 1, vec![item]))
}

/// 76,800 bytes without a pattern, as base64, in an OPAQUE.
fn image() -> Command<'static> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut bytes = Vec::with_capacity(76_800);
    while bytes.len() < 76_800 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    let meta = Meta::with_format(Format::B64).and_type("application/octet-stream").and_size(76_800);
    let data = Data::Opaque(STANDARD.encode(bytes).into_bytes().into());
    Command::Tree(TreeCommand::new(
        Verb::Replace,
        1,
        vec![Item::target("./FUMO/Pkg/Update/PkgData").with_meta(meta).with_data(data)],
    ))
}

#[cfg(test)]
mod tests;
