//! Bootstrap: a device without accounts becomes a managed one.

use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Command, Data, Format, Item, Message, Meta, TreeCommand, Verb};
use omadm_proto::provisioning::{BootstrapSecrets, BootstrapSecurity, Characteristic, ProvisioningDoc, Sec, imsi_key};
use omadm_tree::mo::{DevDetail, DevInfo, DmAccView};
use omadm_tree::{AccessType, Actor, Answer, NodeSpec, Tree, TreeBuilder};
use xrem_client::bootstrap::{BootstrapDocument, BootstrapPolicy, BootstrapRefusal, KnownServer, Origin, read_account};
use xrem_client::{Account, Action, Drem, Event, UserAnswer, UserInterface};

use crate::world::*;

const CP: &str = ProvisioningDoc::MEDIA_TYPE_WBXML;
const DM: &str = "application/vnd.syncml.dm+wbxml";
const IMSI: &str = "244059000000000";
const DM_ACC: &str = "urn:oma:mo:oma-dm-dmacc:1.0";

fn fresh_tree() -> TreeBuilder {
    Tree::builder().mo(DevInfo::new(DEV_ID).man("ExampleCorp").model("GW-1")).mo(DevDetail::new().fw("4.2.0"))
}

fn policy() -> BootstrapPolicy {
    BootstrapPolicy::default().network_key(imsi_key(IMSI).unwrap().to_vec()).network_id(IMSI)
}

/// A factory-fresh device.
fn fresh(policy: BootstrapPolicy) -> Device {
    let mut device = Device::with_tree(open_account(), fresh_tree());
    device.drem = Drem::new([], Seed::new([7; 32])).with_bootstrap(policy).with_user_interface(UserInterface::Present);
    device.boot();
    device
}

/// A CP document with one account.
fn cp(server: &str, more: impl FnOnce(Characteristic<'static>) -> Characteristic<'static>) -> Vec<u8> {
    let application = Characteristic::new("APPLICATION")
        .with("APPID", "w7")
        .with("PROVIDER-ID", server.to_string())
        .with("NAME", "Example")
        .with("ADDR", URL);
    wbxml(vec![more(application)])
}

fn wbxml(characteristics: Vec<Characteristic<'static>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    ProvisioningDoc::new(characteristics).encode(Syntax::Wbxml, &mut bytes).unwrap();
    bytes
}

fn appauth(
    level: &'static str,
    name: &'static str,
    secret: &'static str,
    nonce: &'static str,
) -> Characteristic<'static> {
    Characteristic::new("APPAUTH")
        .with("AAUTHLEVEL", level)
        .with("AAUTHTYPE", "DIGEST")
        .with("AAUTHNAME", name)
        .with("AAUTHSECRET", secret)
        .with("AAUTHDATA", nonce)
}

/// The account of the worked examples; nonces "client-nonce" and "server-nonce".
fn full_cp() -> Vec<u8> {
    cp(SERVER, |application| {
        application.containing(appauth("APPSRV", "device01", "s3cr3t-device", "Y2xpZW50LW5vbmNl")).containing(appauth(
            "CLIENT",
            SERVER,
            "srv-secret",
            "c2VydmVyLW5vbmNl",
        ))
    })
}

fn signed(media_type: &str, sec: Sec, secrets: &BootstrapSecrets, body: &[u8]) -> String {
    BootstrapSecurity::sign(sec, secrets, body).unwrap().content_type(media_type)
}

fn network() -> BootstrapSecrets {
    BootstrapSecrets::new().with_network_key(imsi_key(IMSI).unwrap().to_vec())
}

fn identity() -> BootstrapSecrets {
    BootstrapSecrets::new().with_network_key(IMSI.as_bytes())
}

fn push(device: &mut Device, content_type: &str, body: &[u8]) {
    deliver(device, Origin::Push, content_type, body);
}

fn deliver(device: &mut Device, origin: Origin, content_type: &str, body: &[u8]) {
    let document = BootstrapDocument::new(origin, content_type, body).unwrap();
    device.drem.handle_bootstrap(device.now, &mut device.tree, document);
    device.pump();
}

fn push_cp(device: &mut Device, body: &[u8]) {
    push(device, &signed(CP, Sec::NetwPin, &network(), body), body);
}

fn push_dm(device: &mut Device, body: &[u8]) {
    push(device, &signed(DM, Sec::NetworkId, &identity(), body), body);
}

fn bootstrapped(device: &Device) -> Vec<String> {
    let objects = device.events.iter().filter_map(|event| match event {
        Event::Bootstrapped { object, .. } => Some(object.to_string()),
        _ => None,
    });
    objects.collect()
}

fn refusal(device: &Device) -> &BootstrapRefusal {
    let mut refusals = device.events.iter().rev().filter_map(|event| match event {
        Event::BootstrapRefused(refusal) => Some(refusal),
        _ => None,
    });
    refusals.next().expect("nothing was refused")
}

/// A DM bootstrap message with this TNDS, in WBXML.
fn dm(tnds: &str) -> Vec<u8> {
    message(&format!(
        "<Add><CmdID>1</CmdID><Item><Target><LocURI>./Inbox</LocURI></Target><Meta>\
         <Format xmlns='syncml:metinf'>xml</Format>\
         <Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type></Meta>\
         <Data><![CDATA[<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD>{tnds}</MgmtTree>]]></Data></Item></Add>"
    ))
}

fn xml_message(body: &str) -> String {
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
         <SessionID>0</SessionID><MsgID>1</MsgID><Target><LocURI>{DEV_ID}</LocURI></Target>\
         <Source><LocURI>{URL}</LocURI></Source></SyncHdr><SyncBody>{body}<Final/></SyncBody></SyncML>"
    )
}

fn message(body: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    Message::decode(xml_message(body).as_bytes()).unwrap().encode(Syntax::Wbxml, &mut bytes).unwrap();
    bytes
}

fn leaf(name: &str, value: &str) -> String {
    format!("<Node><NodeName>{name}</NodeName><Value>{value}</Value></Node>")
}

fn interior(name: &str, children: &str) -> String {
    format!("<Node><NodeName>{name}</NodeName><RTProperties><Format><node/></Format></RTProperties>{children}</Node>")
}

fn account_tnds(name: &str, acl: &str, more: &str) -> String {
    let acl = if acl.is_empty() { String::new() } else { format!("<ACL>{acl}</ACL>") };
    let auth = interior(
        "AppAuth",
        &interior(
            "1",
            &(leaf("AAuthLevel", "CLCRED")
                + &leaf("AAuthType", "BASIC")
                + &leaf("AAuthName", "device01")
                + &leaf("AAuthSecret", "s3cr3t-device")),
        ),
    );
    let addr = interior("AppAddr", &interior("1", &(leaf("Addr", URL) + &leaf("AddrType", "URI"))));
    format!(
        "<Node><NodeName>{name}</NodeName><RTProperties>{acl}<Format><node/></Format><Type><DDFName>{DM_ACC}</DDFName>\
         </Type></RTProperties>{}{addr}{auth}{more}</Node>",
        leaf("AppID", "w7") + &leaf("ServerID", SERVER)
    )
}

#[test]
fn x_boo_07_a_fresh_device_becomes_managed_by_a_signed_document() {
    let mut device = fresh(policy());
    push_cp(&mut device, &full_cp());
    assert_eq!(bootstrapped(&device), ["./DMAcc/1"]);
    assert!(device.records.contains_key("tree") || cfg!(not(feature = "serde")));
    assert!(device.records.contains_key(&format!("account {SERVER}")));
    // The first session follows at once, with the nonce of the document.
    let sent = device.sent();
    assert_eq!((sent.alerts(), sent.0.destination.as_str()), (vec![1201], URL));
    let message = sent.message();
    let credentials = Credentials::new("device01", "s3cr3t-device");
    let cred = message.header.cred.as_ref().expect("no Cred");
    assert_eq!(auth::verify(cred, &credentials, &Nonce::new(*b"client-nonce")).unwrap(), Scheme::Md5);
    let cred = server_cred("srv-secret", &Nonce::new(*b"server-nonce"));
    device.answer(&sent, &sent.reply_with(212, "", &(replace(5, "./DMAcc/1/Name", "Mine") + "<Final/>"), &cred));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:212 Replace:5:200");
    assert_eq!(device.text("./DMAcc/1/Name"), "Mine");
}

#[test]
fn x_boo_01_x_boo_02_a_w7_characteristic_is_a_dmacc_object() {
    let mut device = fresh(policy().connection("NAP1", "./Net/internet"));
    let body = cp(SERVER, |application| {
        application
            .with("TO-NAPID", "NAP1")
            .containing(
                Characteristic::new("APPADDR")
                    .with("ADDR", "192.0.2.1")
                    .with("ADDRTYPE", "IPv4")
                    .containing(Characteristic::new("PORT").with("PORTNBR", "8080")),
            )
            .containing(appauth("APPSRV", "device01", "a", "AAAA"))
            .containing(appauth("CLIENT", SERVER, "b", "AAAA"))
            .containing(Characteristic::new("APPAUTH").with("AAUTHLEVEL", "OBEX").with("AAUTHTYPE", "HTTP-BASIC"))
    });
    push_cp(&mut device, &body);
    let expected = [
        ("AppID", "w7"),
        ("ServerID", SERVER),
        ("Name", "Example"),
        ("PrefConRef", "./Net/internet"),
        ("AppAddr/1/Addr", URL),
        ("AppAddr/1/AddrType", "URI"),
        ("AppAddr/2/Addr", "192.0.2.1"),
        ("AppAddr/2/AddrType", "IPv4"),
        ("AppAddr/2/Port/1/PortNbr", "8080"),
        ("AppAuth/1/AAuthLevel", "CLCRED"),
        ("AppAuth/2/AAuthLevel", "SRVCRED"),
        ("AppAuth/3/AAuthLevel", "OBEX"),
        ("AppAuth/1/AAuthName", "device01"),
    ];
    for (below, value) in expected {
        assert_eq!(device.text(&format!("./DMAcc/1/{below}")), value, "{below}");
    }
    assert_eq!(device.tree.find("./DMAcc/1").unwrap().type_name(), DM_ACC);
    assert_eq!(device.tree.bytes("./DMAcc/1/AppAuth/1/AAuthData"), Some(&[0, 0, 0][..]));
}

#[test]
fn x_boo_03_the_server_gets_get_replace_and_delete_on_its_account_and_nobody_else() {
    let mut device = fresh(policy());
    push_cp(&mut device, &full_cp());
    let acl = device.tree.find("./DMAcc/1").unwrap().acl().to_string();
    let mut rights: Vec<&str> = acl.split('&').collect();
    rights.sort_unstable();
    assert_eq!(rights, ["Delete=dm.example.net", "Get=dm.example.net", "Replace=dm.example.net"]);
    for hidden in ["AAuthSecret", "AAuthData"] {
        let node = device.tree.find(&format!("./DMAcc/1/AppAuth/1/{hidden}")).unwrap();
        assert_eq!(node.access(), AccessType::REPLACE);
    }
}

#[test]
fn x_boo_05_two_accounts_of_one_name_get_two_nodes_and_a_known_server_is_refused() {
    let mut device = fresh(policy());
    push_cp(&mut device, &cp("a.example", |application| application));
    push_cp(&mut device, &cp("b.example", |application| application));
    assert_eq!(bootstrapped(&device), ["./DMAcc/1", "./DMAcc/2"]);
    assert_eq!((device.text("./DMAcc/1/Name"), device.text("./DMAcc/2/Name")), ("Example", "Example"));
    let before = device.tree.clone();
    push_cp(&mut device, &cp("a.example", |application| application.with("TO-NAPID", "x")));
    assert_eq!(*refusal(&device), BootstrapRefusal::KnownServer("a.example".into()));
    assert!(device.tree == before);
}

#[test]
fn x_boo_05_a_known_server_is_replaced_where_the_device_allows_it() {
    let mut device = fresh(policy().known_server(KnownServer::Replace));
    push_cp(&mut device, &cp(SERVER, |application| application));
    let sent = device.sent();
    device.answer(&sent, &sent.reply(""));
    push_cp(&mut device, &full_cp());
    assert_eq!(DmAccView::all(&device.tree).count(), 1);
    assert!(device.sent().message().header.cred.is_some());
}

#[test]
fn an_account_that_is_not_in_the_tree_is_known_too() {
    let mut device = fresh(policy());
    device.drem.set_account(md5_account());
    push_cp(&mut device, &full_cp());
    assert_eq!(*refusal(&device), BootstrapRefusal::KnownServer(SERVER.into()));
}

#[test]
fn x_boo_06_what_is_left_out_has_its_default() {
    let mut device = fresh(policy());
    push_cp(
        &mut device,
        &cp(SERVER, |application| {
            application.containing(Characteristic::new("APPAUTH").with("AAUTHNAME", "me").with("AAUTHSECRET", "x"))
        }),
    );
    assert_eq!(device.text("./DMAcc/1/AppAddr/1/AddrType"), "URI");
    assert_eq!(
        (device.text("./DMAcc/1/AppAuth/1/AAuthType"), device.text("./DMAcc/1/AppAuth/1/AAuthLevel")),
        ("DIGEST", "CLCRED")
    );
    for absent in ["PrefConRef", "ToConRef", "AAuthPref", "Ext", "AppAddr/1/Port", "AppAuth/1/AAuthData"] {
        assert!(device.tree.find(&format!("./DMAcc/1/{absent}")).is_none(), "{absent}");
    }
}

#[test]
fn x_boo_07_x_boo_12_a_wrong_mac_leaves_no_trace() {
    let mut device = fresh(policy());
    let before = device.tree.clone();
    let body = full_cp();
    let other = BootstrapSecrets::new().with_network_key(imsi_key("244059000000001").unwrap().to_vec());
    push(&mut device, &signed(CP, Sec::NetwPin, &other, &body), &body);
    assert_eq!(refusal(&device).to_string(), "the MAC of the bootstrap document is wrong");
    let mut cut = body.clone();
    cut.pop();
    push(&mut device, &signed(CP, Sec::NetwPin, &network(), &body), &cut);
    push(&mut device, CP, &body);
    assert_eq!(refusal(&device).to_string(), "the bootstrap document is not signed: SEC or MAC is missing");
    assert!(device.tree == before && device.sent.is_empty() && bootstrapped(&device).is_empty());
}

#[test]
fn a_device_without_secrets_believes_nobody() {
    let mut device = fresh(BootstrapPolicy::default());
    push_cp(&mut device, &full_cp());
    assert_eq!(refusal(&device).to_string(), "the network key is needed to check the bootstrap document");
}

#[test]
fn x_boo_07_the_user_types_the_pin_and_has_three_tries() {
    let body = full_cp();
    for (sec, secrets) in
        [(Sec::UserPin, BootstrapSecrets::new().with_pin("1234")), (Sec::UserNetwPin, network().with_pin("1234"))]
    {
        let mut device = fresh(policy());
        push(&mut device, &signed(CP, sec, &secrets, &body), &body);
        assert!(device.sent.is_empty() && device.tree.find("./DMAcc").is_none());
        assert_eq!(device.act(UserAnswer::Text("0000".into())), Action::AskPin { tries_left: 3 });
        assert_eq!(device.act(UserAnswer::Text("1234".into())), Action::AskPin { tries_left: 2 });
        assert_eq!(bootstrapped(&device), ["./DMAcc/1"]);
    }
}

#[test]
fn x_boo_12_three_wrong_pins_or_none_refuse_the_document() {
    let body = full_cp();
    let content_type = signed(CP, Sec::UserPin, &BootstrapSecrets::new().with_pin("1234"), &body);
    let mut device = fresh(policy());
    push(&mut device, &content_type, &body);
    for pin in ["1", "2", "3"] {
        device.act(UserAnswer::Text(pin.into()));
    }
    assert_eq!(*refusal(&device), BootstrapRefusal::Pin);
    assert!(device.actions.is_empty() && device.tree.find("./DMAcc").is_none());

    push(&mut device, &content_type, &body);
    push(&mut device, &content_type, &body);
    assert_eq!(*refusal(&device), BootstrapRefusal::Busy);
    device.act(UserAnswer::Cancelled);
    assert_eq!(*refusal(&device), BootstrapRefusal::Pin);

    push(&mut device, &content_type, &body);
    assert!(device.wait());
    assert_eq!(
        (device.happened(|event| matches!(event, Event::BootstrapRefused(_))), device.now.as_millis()),
        (4, 3_600_000)
    );
    device.act(UserAnswer::Text("1234".into()));
    assert!(bootstrapped(&device).is_empty(), "a PIN that comes too late opens nothing");
}

#[test]
fn a_device_without_a_user_cannot_take_a_document_that_needs_a_pin() {
    let mut device = fresh(policy());
    device.drem = Drem::new([], Seed::new([7; 32])).with_bootstrap(policy());
    let body = full_cp();
    push(&mut device, &signed(CP, Sec::UserPin, &BootstrapSecrets::new().with_pin("1234"), &body), &body);
    assert_eq!(refusal(&device).to_string(), "the PIN is needed to check the bootstrap document");
}

#[test]
fn x_boo_08_a_dm_bootstrap_files_its_objects_and_nothing_is_answered() {
    let mut device = fresh(policy());
    push_dm(&mut device, &dm(&account_tnds("acc1", "Get=dm.example.net", "")));
    assert_eq!(bootstrapped(&device), ["./DMAcc/acc1"]);
    assert_eq!(device.sent.len(), 1, "the first session and no answer");
    let sent = device.sent();
    assert_eq!((sent.alerts(), sent.0.destination.as_str()), (vec![1201], URL));
    assert!(sent.message().header.cred.is_some());
    let node = device.tree.find("./DMAcc/acc1/AppAuth/1/AAuthSecret").unwrap();
    assert_eq!(node.access(), AccessType::REPLACE);
}

#[test]
fn x_boo_08_the_objects_may_be_in_wbxml_and_the_pin_before_the_identity() {
    let mut source = Tree::builder().build().unwrap();
    source.put("./a", NodeSpec::interior().mo(DM_ACC)).unwrap();
    for (below, value) in [("AppID", "w7"), ("ServerID", SERVER), ("AppAddr/1/Addr", URL)] {
        source.put(&format!("./a/{below}"), NodeSpec::leaf(Format::Chr, value)).unwrap();
    }
    let target = "./a?list=TNDS".parse().unwrap();
    let Ok(Answer::List(list)) = source.get(Actor::Device, &target) else { panic!("no list") };
    let tnds = list.serialized(Syntax::Wbxml).unwrap();
    let meta = Meta::with_format(Format::Bin).and_type("application/vnd.syncml.dmtnds+wbxml");
    let item = Item::target("./Inbox").with_meta(meta).with_data(Data::Opaque(tnds.into()));
    let xml = xml_message("");
    let mut message = Message::decode(xml.as_bytes()).unwrap();
    message.commands.push(Command::Tree(TreeCommand::new(Verb::Add, 1, vec![item])));
    let mut body = Vec::new();
    message.encode(Syntax::Wbxml, &mut body).unwrap();
    let mut device = fresh(policy().pin("1234"));
    push(&mut device, &signed(DM, Sec::UserPinNetworkId, &identity().with_pin("1234"), &body), &body);
    assert_eq!(bootstrapped(&device), ["./DMAcc/a"]);
}

#[test]
fn x_boo_09_xml_is_refused_in_both_profiles() {
    let mut device = fresh(policy());
    let body = xml_message(&command("Add", 1, "./Inbox", Some("x")));
    push(
        &mut device,
        &signed("application/vnd.syncml.dm+xml", Sec::NetworkId, &identity(), body.as_bytes()),
        body.as_bytes(),
    );
    assert_eq!(*refusal(&device), BootstrapRefusal::Xml);
    let body = b"<wap-provisioningdoc version='1.0'/>";
    push(&mut device, &signed("application/vnd.wap.connectivity-xml", Sec::NetwPin, &network(), body), body);
    assert_eq!(*refusal(&device), BootstrapRefusal::Xml);
    push(&mut device, &signed(CP, Sec::NetwPin, &network(), body), body);
    assert!(matches!(refusal(&device), BootstrapRefusal::Malformed(_)));
    push(&mut device, &signed("text/plain", Sec::NetwPin, &network(), body), body);
    assert_eq!(*refusal(&device), BootstrapRefusal::MediaType);
    assert!(device.tree.find("./DMAcc").is_none());
}

#[test]
fn x_boo_15_x_boo_17_unknown_objects_are_ignored_and_vendor_extensions_taken() {
    let mut device = fresh(policy());
    let unknown = account_tnds("u", "", "").replace(DM_ACC, "urn:oma:mo:oma-unknown:1.0");
    let ext = interior("Ext", &leaf("Vendor", "1"));
    push_dm(&mut device, &dm(&(unknown.clone() + &account_tnds("acc1", "", &ext))));
    assert_eq!(bootstrapped(&device), ["./DMAcc/acc1"]);
    assert_eq!(device.text("./DMAcc/acc1/Ext/Vendor"), "1");
    let mut other = fresh(policy());
    push_dm(&mut other, &dm(&unknown));
    assert!(matches!(refusal(&other), BootstrapRefusal::Object(_)));
}

#[test]
fn x_boo_18_acls_are_those_of_the_object_and_no_others() {
    for acl in ["Get=dm.example.net&Replace=other", ""] {
        let mut device = fresh(policy());
        push_dm(&mut device, &dm(&account_tnds("acc1", &acl.replace('&', "&amp;"), "")));
        let mut found: Vec<String> =
            device.tree.find("./DMAcc/acc1").unwrap().acl().to_string().split('&').map(str::to_string).collect();
        found.sort();
        assert_eq!(found.join("&"), acl);
    }
}

#[test]
fn a_dm_bootstrap_that_wants_anything_else_is_refused_whole() {
    let account = dm(&account_tnds("acc1", "", ""));
    let other = [
        message(&command("Add", 1, "./Vendor/x", Some("1"))),
        message(&command("Replace", 1, "./DevInfo/Lang", Some("de"))),
        message("<Alert><CmdID>1</CmdID><Data>1100</Data></Alert>"),
        message(""),
        dm(&account_tnds("acc1", "", "").replace(URL, "")),
        dm(&(account_tnds("acc1", "", "") + &account_tnds("acc2", "", ""))),
    ];
    for body in other {
        let mut device = fresh(policy());
        let before = device.tree.clone();
        push_dm(&mut device, &body);
        assert_eq!(device.happened(|event| matches!(event, Event::BootstrapRefused(_))), 1);
        assert!(device.tree == before && device.sent.is_empty());
        push_dm(&mut device, &account);
        assert_eq!(bootstrapped(&device).len(), 1, "a good one is taken afterwards");
    }
}

#[test]
fn a_cp_document_without_a_dm_account_or_with_a_broken_one_is_refused() {
    let mut device = fresh(policy());
    push_cp(&mut device, &wbxml(vec![Characteristic::new("APPLICATION").with("APPID", "w2")]));
    assert_eq!(*refusal(&device), BootstrapRefusal::NoAccount);
    push_cp(&mut device, &wbxml(vec![Characteristic::new("APPLICATION").with("APPID", "w7")]));
    assert_eq!(refusal(&device).to_string(), "the DM account has no PROVIDER-ID");
}

/// What is on the card, and the device after a start with it.
fn start_with_card(device: &mut Device, documents: &[Vec<u8>]) {
    let documents: Vec<BootstrapDocument<'_>> =
        documents.iter().map(|body| BootstrapDocument::new(Origin::SmartCard, CP, body).unwrap()).collect();
    device.drem.handle_smart_card(device.now, &mut device.tree, &documents);
    device.pump();
}

#[test]
fn x_boo_21_accounts_of_a_card_go_when_the_card_goes() {
    let mut device = fresh(policy());
    push_cp(&mut device, &cp("pushed.example", |application| application));
    start_with_card(&mut device, &[full_cp(), cp("second.example", |application| application)]);
    assert_eq!(bootstrapped(&device).len(), 3);
    assert!(device.records.contains_key("card"));
    start_with_card(&mut device, &[full_cp()]);
    assert_eq!(DmAccView::all(&device.tree).count(), 2);
    assert_eq!(device.happened(|event| matches!(event, Event::BootstrapRefused(_))), 0);
    start_with_card(&mut device, &[]);
    let left: Vec<_> = DmAccView::all(&device.tree).filter_map(|account| account.text(DmAccView::SERVER_ID)).collect();
    assert_eq!(left, ["pushed.example"]);
    assert_eq!(device.happened(|event| matches!(event, Event::AccountRemoved { .. })), 2);
}

#[cfg(feature = "serde")]
#[test]
fn x_boo_21_the_card_is_remembered_over_a_restart() {
    let mut device = fresh(policy());
    start_with_card(&mut device, &[full_cp()]);
    let accounts: Vec<Account> = DmAccView::all(&device.tree).filter_map(read_account).collect();
    assert_eq!(accounts.len(), 1);
    device.drem =
        Drem::restore(accounts, Seed::new([7; 32]), device.records.values().cloned()).with_bootstrap(policy());
    start_with_card(&mut device, &[]);
    assert!(DmAccView::find(&device.tree).is_none());
}

#[test]
fn x_boo_22_a_built_in_account_needs_no_bootstrap() {
    let account = omadm_tree::mo::DmAcc::at("./DMAcc/factory", SERVER)
        .addr(URL)
        .client("DIGEST", "device01", "s3cr3t-device", *b"client-nonce")
        .server("DIGEST", SERVER, "srv-secret", *b"server-nonce");
    let mut device = Device::with_tree(open_account(), fresh_tree().mo(account));
    let built_in = read_account(DmAccView::find(&device.tree).unwrap()).unwrap();
    device.drem = Drem::new([built_in], Seed::new([7; 32]));
    device.boot();
    device.start();
    let sent = device.sent();
    assert!(sent.message().header.cred.is_some());
    let cred = server_cred("srv-secret", &Nonce::new(*b"server-nonce"));
    let body = get(5, "./DMAcc/factory/ServerID") + &get(6, "./DMAcc/factory/AppAuth/1/AAuthSecret") + "<Final/>";
    device.answer(&sent, &sent.reply_with(212, "", &body, &cred));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:212 Get:5:200 Get:6:405");
}

#[test]
fn x_boo_27_a_document_that_the_device_fetched_itself_is_believed_because_of_the_transport() {
    let mut device = fresh(BootstrapPolicy::default());
    deliver(&mut device, Origin::Fetched, CP, &full_cp());
    assert_eq!(bootstrapped(&device), ["./DMAcc/1"]);
    let mut wrong = fresh(BootstrapPolicy::default().network_id("other"));
    let body = dm(&account_tnds("acc1", "", ""));
    deliver(&mut wrong, Origin::Fetched, &signed(DM, Sec::NetworkId, &identity(), &body), &body);
    assert_eq!(refusal(&wrong).to_string(), "the MAC of the bootstrap document is wrong");
}

#[test]
fn an_address_gets_its_port_where_it_has_none() {
    let cases = [
        ("https://a.example/dm", "URI", "https://a.example:8443/dm"),
        ("https://a.example:1/dm", "URI", "https://a.example:1/dm"),
        ("http://[::1]/dm", "URI", "http://[::1]:8443/dm"),
        ("192.0.2.1", "IPv4", "http://192.0.2.1:8443"),
        ("2001:db8::1", "IPv6", "http://[2001:db8::1]:8443"),
    ];
    for (addr, kind, url) in cases {
        let mut device = fresh(policy());
        let address = Characteristic::new("APPADDR")
            .with("ADDR", addr)
            .with("ADDRTYPE", kind)
            .containing(Characteristic::new("PORT").with("PORTNBR", "8443"));
        let application = Characteristic::new("APPLICATION").with("APPID", "w7").with("PROVIDER-ID", SERVER);
        push_cp(&mut device, &wbxml(vec![application.containing(address)]));
        assert_eq!(device.sent().0.destination, url);
    }
}

#[test]
fn a_malformed_mac_is_told_at_once() {
    assert!(BootstrapDocument::new(Origin::Push, "a/b; SEC=9; MAC=00", b"").is_err());
    assert!(BootstrapDocument::new(Origin::Push, "a/b; MAC=00", b"").is_err());
}
