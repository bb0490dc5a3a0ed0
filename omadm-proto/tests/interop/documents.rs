//! The documents that the tools get: the vectors of this repository, generated messages, and documents of other kinds.

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::MsgId;
use omadm_proto::media_type::DocumentKind;
use omadm_proto::message::{Command, Data, Format, Item, Location, Message, Meta, SyncHdr, TreeCommand, Verb};
use omadm_proto::provisioning::{Characteristic, ProvisioningDoc};
use omadm_proto::reading::Reading;
use omadm_proto::transcode::Transcoding;
use omadm_proto::version::DmVersion;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::strategies::{Binary, message};

/// A document in both syntaxes.
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) wbxml: Vec<u8>,
    pub(crate) xml: Vec<u8>,
    /// Whether the XML of libwbxml must mean the same: it has nothing that libwbxml is known to change (wbxml 5, 9).
    pub(crate) plain: bool,
}

/// A device information, with every kind of element that DM gateways to data synchronisation meet.
const DEV_INF: &str = "<DevInf xmlns='syncml:devinf'><VerDTD>1.2</VerDTD><Man>ExampleCorp</Man><Mod>GW-1</Mod><SwV>1.0 &amp; up</SwV>\
    <DevID>urn:imei:004999010640000</DevID><DevTyp>workstation</DevTyp><UTC/><SupportLargeObjs/><SupportNumberOfChanges/>\
    <DataStore><SourceRef>./contacts</SourceRef><DisplayName>ü</DisplayName><MaxGUIDSize>64</MaxGUIDSize><Rx-Pref>\
    <CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Rx-Pref><Tx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx-Pref>\
    <SyncCap><SyncType>1</SyncType><SyncType>2</SyncType></SyncCap></DataStore></DevInf>";

/// A serialized tree: interior nodes, formats, access rights and values.
const TREE: &str = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Man>ExampleCorp</Man><Mod>GW-1</Mod>\
    <Node><NodeName>Vendor</NodeName><Path>.</Path><RTProperties><ACL>Get=*&amp;Replace=dm.example.net</ACL><Format><node/></Format>\
    <Type><DDFName>urn:example:vendor</DDFName></Type></RTProperties><Node><NodeName>Interval</NodeName><RTProperties><Format>\
    <int/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>300</Value></Node></Node></MgmtTree>";

impl Document {
    /// A document of another kind, from its XML.
    fn of_xml(name: &str, xml: &str) -> Self {
        let convert = |from: Syntax, document: &[u8], to: Syntax| {
            let mut out = Vec::new();
            Transcoding::new(Reading::STRICT).document(from, document, to, &mut out).unwrap();
            out
        };
        let wbxml = convert(Syntax::Xml, xml.as_bytes(), Syntax::Wbxml);
        let xml = convert(Syntax::Wbxml, &wbxml, Syntax::Xml);
        Self { name: name.into(), wbxml, xml, plain: true }
    }

    fn of_account(name: &str, document: &ProvisioningDoc<'_>) -> Self {
        let encode = |syntax| {
            let mut out = Vec::new();
            document.encode(syntax, &mut out).unwrap();
            out
        };
        Self { name: name.into(), wbxml: encode(Syntax::Wbxml), xml: encode(Syntax::Xml), plain: true }
    }

    fn of(name: impl Into<String>, message: &Message<'_>) -> Self {
        let encode = |syntax| {
            let mut out = Vec::new();
            message.encode(syntax, &mut out).unwrap();
            out
        };
        let (xml, wbxml) = (encode(Syntax::Xml), encode(Syntax::Wbxml));
        let plain = survives_libwbxml(&wbxml);
        Self { name: name.into(), wbxml, xml, plain }
    }
}

/// Whether libwbxml writes XML that says the same, but for white space: it cuts CDATA at `]]>`, writes control characters
/// and bytes that are no text as they are, and base64 of each NextNonce in OPAQUE.
fn survives_libwbxml(wbxml: &[u8]) -> bool {
    let lines = crate::events(wbxml).lines();
    let values = lines.iter().filter_map(|line| line.split_once(" = ").map(|(_, value)| value));
    let changed = |value: &str| {
        let escapes = value.matches("\\u{").count() > 0;
        escapes || value.starts_with("0x") || value.contains("]]>")
    };
    !values.into_iter().any(changed)
}

/// How many messages of each kind are generated.
const GENERATED: usize = 100;

pub(crate) fn documents() -> Vec<Document> {
    let mut documents = Vec::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "xml")) {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        documents.push(Document::of(name, &Message::decode(&bytes).unwrap()));
    }
    documents.push(Document::of_account("provisioning-w7", &w7_account()));
    documents.push(Document::of_account("provisioning-empty", &ProvisioningDoc::new(Vec::new())));
    documents.push(Document::of_xml("devinf", DEV_INF));
    documents.push(Document::of_xml("tree", TREE));
    documents.push(Document::of("tree-in-message", &message_with_tree()));
    let mut runner = TestRunner::deterministic();
    for (kind, binary, wanted) in [
        ("text", Binary::Never, Wanted::Any),
        ("binary", Binary::Sometimes, Wanted::Any),
        ("plain", Binary::Never, Wanted::Plain),
    ] {
        let generated = core::iter::from_fn(|| Some(message(binary).new_tree(&mut runner).unwrap().current()));
        let named = generated.map(|message| Document::of(kind, &message)).filter(|document| wanted.takes(document));
        documents.extend(named.take(GENERATED).enumerate().map(|(at, mut document)| {
            document.name = format!("{kind}-{at}");
            document
        }));
    }
    documents
}

/// A message that adds a tree, which travels as a WBXML document in OPAQUE.
fn message_with_tree() -> Message<'static> {
    let kind = Meta::with_format(Format::Bin).and_type(DocumentKind::Tnds.media_type(Syntax::Wbxml));
    let tree = Data::from_bytes(Document::of_xml("tree", TREE).wbxml);
    let item = Item::target("./Vendor").with_meta(kind).with_data(tree);
    let header = SyncHdr::new(
        DmVersion::V1_2,
        "1",
        MsgId::FIRST,
        Location::new("urn:imei:1"),
        Location::new("https://dm.example.net"),
    );
    let mut message = Message::new(header);
    message.commands = vec![Command::Tree(TreeCommand::new(Verb::Add, 1, vec![item]))];
    message.is_final = true;
    message
}

/// A DM account with a connection, and parameters that have no token \[wbxml 4\].
fn w7_account() -> ProvisioningDoc<'static> {
    let connection = Characteristic::new("NAPDEF")
        .with("NAPID", "NAP1")
        .with("BEARER", "GSM-GPRS")
        .with("NAP-ADDRESS", "iot.example")
        .with("NAP-ADDRTYPE", "APN")
        .with("NAME", "IoT & more");
    let authentication = Characteristic::new("APPAUTH")
        .with("AAUTHLEVEL", "APPSRV")
        .with("AAUTHTYPE", "DIGEST")
        .with("AAUTHNAME", "server")
        .with("AAUTHSECRET", "<pass>")
        .with("AAUTHDATA", "bm9uY2U=");
    let address = Characteristic::new("APPADDR")
        .with("ADDR", "https://dm.example.net/omadm")
        .containing(Characteristic::new("PORT").with("PORTNBR", "443"));
    let account = Characteristic::new("APPLICATION")
        .with("APPID", "w7")
        .with("PROVIDER-ID", "dm.example.net")
        .with("TO-NAPID", "NAP1")
        .with("INIT", "0")
        .with("VENDOR-SETTING", "ü")
        .containing(address)
        .containing(authentication);
    ProvisioningDoc::new(vec![connection, account])
}

/// Which generated messages are used.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// All, except those with tokens that no vocabulary has: they are kept, and nothing that these tools could know.
    Any,
    /// Of these the ones whose meaning libwbxml keeps.
    Plain,
}

impl Wanted {
    fn takes(self, document: &Document) -> bool {
        let known = !crate::events(&document.wbxml).lines().iter().any(|line| line.contains("/unknown_"));
        known && (self == Self::Any || document.plain)
    }
}
