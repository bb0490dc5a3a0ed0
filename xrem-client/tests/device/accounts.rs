//! Accounts that live in the tree: what a server changes there counts from the next session on \[dm 7.3, 11.3\].

use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{Credentials, Nonce, Scheme, cred};
use omadm_proto::exchange::SendFailure;
use omadm_tree::mo::{DM_ACC_1_1, DM_ACC_1_1_2, DmAcc};
use omadm_tree::{NodeSpec, Tree, TreeBuilder};
use xrem_client::account::AccountRules;
use xrem_client::trigger::StartError;
use xrem_client::{Account, Drem, Event, GenericAlert, Record, Trigger};

use crate::world::*;

/// The digests of the client with the nonce `nonce-for-client`, in the worked example and with the secret `new`.
const OLD_DIGEST: &str = "pCTpPG/Fscbs5nxC2Ish2w==";

fn digest(secret: &str, nonce: &str) -> String {
    let cred = cred(Scheme::Md5, &Credentials::new("device01", secret), &Nonce::new(nonce)).unwrap();
    cred.data.as_str().unwrap().to_string()
}

fn dm_acc() -> DmAcc {
    DmAcc::at("./DMAcc/A", SERVER).addr(URL).client("DIGEST", "device01", "s3cr3t-device", "nonce-for-client").server(
        "DIGEST",
        SERVER,
        "srv-secret",
        "nonce-for-server",
    )
}

fn with_accounts(tree: TreeBuilder) -> Device {
    let mut device = Device::with_tree(open_account(), tree);
    device.drem = Drem::new([], Seed::new([7; 32])).with_tree_accounts(&device.tree, AccountRules::new());
    device.pump();
    device
}

fn device() -> Device {
    with_accounts(tree().mo(dm_acc()))
}

/// A restart with what was persisted, the accounts from the tree.
fn restart(device: &mut Device) {
    let records: Vec<Record> = device.records.values().cloned().collect();
    device.drem = Drem::restore([], Seed::new([7; 32]), records).with_tree_accounts(&device.tree, AccountRules::new());
    device.sent.clear();
    device.pump();
}

fn cred_data(sent: &Sent) -> Option<String> {
    sent.message().header.cred.as_ref().map(|cred| cred.data.as_str().unwrap().to_string())
}

/// A session in which the proven server sends `body`: the answer to it.
fn manage(device: &mut Device, nonce: &Nonce, body: &str) -> Sent {
    device.start();
    let first = device.sent();
    let proof = server_cred("srv-secret", nonce);
    device.answer(&first, &first.reply_with(212, "", &format!("{body}<Final/>"), &proof));
    device.sent()
}

fn first_nonce() -> Nonce {
    Nonce::new(*b"nonce-for-server")
}

#[test]
fn a_device_without_accounts_of_its_own_is_managed_by_the_servers_of_its_tree() {
    let mut device = device();
    let answer = manage(&mut device, &first_nonce(), &get(2, "./DevDetail/FwV"));
    assert_eq!(answer.results(), "./DevDetail/FwV=4.2.0");
}

#[test]
fn x_aut_27_the_nonce_of_the_account_saves_the_challenge() {
    let mut device = with_accounts(tree().mo(dm_acc().auth_pref("DIGEST")));
    device.start();
    let sent = device.sent();
    assert_eq!((sent.0.destination.as_str(), cred_data(&sent).as_deref()), (URL, Some(OLD_DIGEST)));
}

#[test]
fn x_aut_27_without_a_preference_the_scheme_of_the_last_session_comes_first() {
    let mut device = with_accounts(tree().mo(dm_acc().auth_pref("")));
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(401, &chal_for("MAC", "bmV4dA=="), "<Final/>", ""));
    let second = device.sent();
    assert!(second.0.mac.is_some());
    let proof = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(200, &chal_for("MAC", "bmV4dDI="), "<Final/>", &proof));
    restart(&mut device);
    device.start();
    assert!(device.sent().0.mac.is_some());
}

#[test]
fn accounts_of_dm_1_3_and_1_1_2_count_too() {
    let newer = DM_ACC_1_1
        .instance("./DMAcc/B")
        .fill("ServerID", SERVER)
        .fill("AppAddr/1/Addr", URL)
        .fill("AppAuth/1/AAuthLevel", "CLCRED")
        .fill("AppAuth/1/AAuthType", "DIGEST")
        .fill("AppAuth/1/AAuthName", "device01")
        .fill("AppAuth/1/AAuthSecret", "s3cr3t-device")
        .fill("AppAuth/1/AAuthData", b"nonce-for-client".to_vec());
    let older = DM_ACC_1_1_2
        .instance("./SyncML/DMAcc/B")
        .fill("ServerId", SERVER)
        .fill("Addr", URL)
        .fill("UserName", "device01")
        .fill("ClientPW", "s3cr3t-device")
        .fill("ClientNonce", "bm9uY2UtZm9yLWNsaWVudA==")
        .fill("ServerPW", "srv-secret");
    for (what, tree) in [("1.3", tree().mo(newer)), ("1.1.2", tree().mo(older))] {
        let mut device = with_accounts(tree);
        device.start();
        let sent = device.sent();
        assert_eq!((sent.0.destination.as_str(), cred_data(&sent).as_deref()), (URL, Some(OLD_DIGEST)), "{what}");
    }
}

#[test]
fn a_port_beside_the_address_becomes_part_of_it_unless_it_says_nothing_new() {
    let cases = [
        ("http://dm.example.net/omadm", 8080, "http://dm.example.net:8080/omadm"),
        ("http://dm.example.net", 8080, "http://dm.example.net:8080"),
        ("http://dm.example.net:99/omadm", 8080, "http://dm.example.net:99/omadm"),
        ("https://dm.example.net/omadm", 443, "https://dm.example.net/omadm"),
        ("http://[2001:db8::1]/a:b", 8080, "http://[2001:db8::1]:8080/a:b"),
        ("http://u:p@dm.example.net/?x=1:2", 8080, "http://u:p@dm.example.net:8080/?x=1:2"),
    ];
    for (addr, port, url) in cases {
        let mut device = with_accounts(tree().mo(dm_acc().addr(addr).port(port)));
        device.start();
        assert_eq!(device.sent().0.destination, url);
    }
}

#[test]
fn a_changed_secret_counts_from_the_next_session_on_and_after_a_restart() {
    for restarts in [false, true] {
        let mut device = device();
        let change = replace(2, "./DMAcc/A/AppAuth/1/AAuthSecret", "new")
            + &replace(3, "./DMAcc/A/AppAuth/2/AAuthSecret", "srv-new");
        let answer = manage(&mut device, &first_nonce(), &change);
        assert_eq!(answer.statuses(), "SyncHdr:0:212 Replace:2:200 Replace:3:200");
        let issued = issued_nonce(&answer);
        // The running session goes on with the old ones, in both directions.
        let old = server_cred("srv-secret", &issued);
        device.answer(&answer, &answer.reply_with(401, &chal("bm9uY2UtZm9yLWNsaWVudA=="), "<Final/>", &old));
        let again = device.sent();
        assert_eq!(cred_data(&again).as_deref(), Some(OLD_DIGEST));
        device.answer(&again, &again.reply_with(212, "", "<Final/>", ""));
        assert!(!device.drem.in_session());
        if restarts {
            restart(&mut device);
        }
        device.start();
        let next = device.sent();
        assert_eq!(cred_data(&next), Some(digest("new", "nonce-for-client")));
        let body = get(2, "./DevDetail/FwV") + "<Final/>";
        device.answer(&next, &next.reply_with(212, "", &body, &server_cred("srv-secret", &issued)));
        let refusal = device.sent();
        assert_eq!(refusal.statuses(), "SyncHdr:0:401 Get:2:401", "the old secret of the server is over");
        let fresh = server_cred("srv-new", &issued_nonce(&refusal));
        device.answer(&refusal, &refusal.reply_with(200, "", &body, &fresh));
        assert_eq!(device.sent().statuses(), "SyncHdr:0:212 Get:2:200");
    }
}

#[test]
fn a_secret_that_a_broken_session_changed_is_the_new_one() {
    let mut device = device();
    let answer = manage(&mut device, &first_nonce(), &replace(2, "./DMAcc/A/AppAuth/1/AAuthSecret", "new"));
    device.fail(&answer, SendFailure::Refused);
    device.start();
    assert_eq!(cred_data(&device.sent()), Some(digest("new", "nonce-for-client")));
}

#[test]
fn a_changed_name_and_address_count_from_the_next_session_on() {
    let mut device = device();
    let change = replace(2, "./DMAcc/A/AppAuth/1/AAuthName", "device02")
        + &replace(3, "./DMAcc/A/AppAddr/1/Addr", "https://other.example.net/dm");
    let answer = manage(&mut device, &first_nonce(), &change);
    assert_eq!(answer.statuses(), "SyncHdr:0:212 Replace:2:200 Replace:3:200");
    assert_eq!((answer.0.destination.as_str(), answer.message().header.source.loc_name()), (URL, Some("device01")));
    device.answer(&answer, &answer.reply(""));
    device.start();
    let next = device.sent();
    assert_eq!(next.0.destination, "https://other.example.net/dm");
    assert_eq!(next.message().header.source.loc_name(), Some("device02"));
}

#[test]
fn nonces_go_on_from_the_record_until_the_server_replaces_them_in_the_account() {
    let mut device = device();
    let answer = manage(&mut device, &first_nonce(), &get(2, "./DevDetail/FwV"));
    device.answer(&answer, &answer.reply_with(212, &chal("c2Vjb25k"), "<Final/>", ""));
    restart(&mut device);
    device.start();
    let first = device.sent();
    assert_eq!(
        cred_data(&first),
        Some(digest("s3cr3t-device", "second")),
        "AAuthData is where it began, not where it is"
    );

    let bytes = "<Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>bmV3IG5vbmNl</Data>";
    let change = replace(2, "./DMAcc/A/AppAuth/1/AAuthData", "").replace("<Data></Data>", bytes);
    let proof = server_cred("srv-secret", &issued_nonce(&answer));
    device.answer(&first, &first.reply_with(212, "", &format!("{change}<Final/>"), &proof));
    let second = device.sent();
    assert!(second.statuses().ends_with("Replace:2:200"), "{}", second.statuses());
    device.answer(&second, &second.reply(""));
    restart(&mut device);
    device.start();
    assert_eq!(cred_data(&device.sent()), Some(digest("s3cr3t-device", "new nonce")));
}

#[test]
fn an_account_that_is_deleted_is_gone_after_the_session_with_its_rights_and_what_waited_for_it() {
    let mut device = with_accounts(tree().mo(dm_acc()).mo(DmAcc::at("./DMAcc/B", "other").addr("http://other/")));
    let answer = manage(&mut device, &first_nonce(), &command("Delete", 2, "./DMAcc/A", None));
    assert_eq!(answer.statuses(), "SyncHdr:0:212 Delete:2:200");
    assert!(device.drem.in_session(), "it ends as it began");
    device.drem.queue_alert(GenericAlert::new("com.example.event", "x").for_server(SERVER.into()));
    device.fail(&answer, SendFailure::Refused);
    let started = device.drem.start_session(device.now, &mut device.tree, SERVER, Trigger::Client);
    assert_eq!(started, Err(StartError::UnknownServer(SERVER.into())));
    device.pump();
    assert!(device.drem.is_idle(), "nothing waits for it");
    assert!(device.tree.root().subtree().all(|node| !node.acl().to_string().contains(SERVER)));
    device.drem.start_session(device.now, &mut device.tree, "other", Trigger::Client).unwrap();
    device.pump();
    assert_eq!(device.sent().0.destination, "http://other/");
}

#[test]
fn an_account_that_a_server_adds_is_usable_after_the_session() {
    let mut device = device();
    let leaf = |id, uri: &str, value| command("Add", id, &format!("./DMAcc/B/{uri}"), Some(value));
    let root = "<Add><CmdID>2</CmdID><Item><Target><LocURI>./DMAcc/B</LocURI></Target><Meta>\
                <Format xmlns='syncml:metinf'>node</Format>\
                <Type xmlns='syncml:metinf'>urn:oma:mo:oma-dm-dmacc:1.0</Type></Meta></Item></Add>";
    let body = root.to_owned()
        + &leaf(3, "AppID", "w7")
        + &leaf(4, "ServerID", "second.example.net")
        + &leaf(5, "AppAddr/1/Addr", "https://second.example.net/dm");
    let answer = manage(&mut device, &first_nonce(), &body);
    assert_eq!(answer.statuses(), "SyncHdr:0:212 Add:2:200 Add:3:200 Add:4:200 Add:5:200");
    device.drem.start_session(device.now, &mut device.tree, "second.example.net", Trigger::Client).unwrap_err();
    device.answer(&answer, &answer.reply(""));
    device.drem.start_session(device.now, &mut device.tree, "second.example.net", Trigger::Client).unwrap();
    device.pump();
    let sent = device.sent();
    assert_eq!(sent.0.destination, "https://second.example.net/dm");
    device.answer(&sent, &sent.reply(""));
    assert_eq!(device.happened(|event| matches!(event, Event::SessionFinished { .. })), 2);
}

#[test]
fn a_server_whose_credentials_cannot_be_checked_has_no_account() {
    for (scheme, secret, is_usable) in
        [("DIGEST", "srv-secret", true), ("DIGEST", "", false), ("X509", "x", false), ("TRANSPORT", "", true)]
    {
        let mut device = with_accounts(tree().mo(dm_acc().server(scheme, SERVER, secret, "")));
        let started = device.drem.start_session(device.now, &mut device.tree, SERVER, Trigger::Client);
        assert_eq!(started.is_ok(), is_usable, "{scheme}");
    }
}

#[test]
fn an_account_never_weakens_the_rules_of_the_device() {
    let account = dm_acc().client("BASIC", "device01", "s3cr3t-device", "").server("BASIC", SERVER, "srv-secret", "");
    let mut device = with_accounts(tree().mo(account));
    device.start();
    let first = device.sent();
    assert_eq!(cred_data(&first), None, "no nonce is known for md5");
    let basic = "<Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta><Data>ZG0uZXhhbXBsZS5uZXQ6c3J2LXNlY3JldA==</Data></Cred>";
    let body = replace(9, "./Vendor/Example/Interval", "5") + "<Final/>";
    device.answer(&first, &first.reply_with(200, "", &body, basic));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
}

#[test]
fn an_account_of_the_tree_counts_before_one_of_the_application_with_its_server() {
    let mut device = Device::with_tree(open_account(), tree().mo(dm_acc()));
    let factory = Account::new(SERVER, "http://factory/").syntax(omadm_proto::exchange::Syntax::Wbxml);
    device.drem = Drem::new([factory, Account::new("second", "http://second/")], Seed::new([7; 32]))
        .with_tree_accounts(&device.tree, AccountRules::new());
    device.start();
    let sent = device.sent();
    assert_eq!((sent.0.destination.as_str(), sent.0.syntax.media_type()), (URL, "application/vnd.syncml.dm+wbxml"));
    device.fail(&sent, SendFailure::Refused);
    device.drem.start_session(device.now, &mut device.tree, "second", Trigger::Client).unwrap();
}

#[test]
fn credentials_that_the_tree_does_not_have_are_those_of_the_application() {
    let mut device = Device::with_tree(open_account(), tree().mo(DmAcc::at("./DMAcc/A", SERVER).addr("https://new/")));
    let factory = md5_account().client_nonce(Nonce::new(*b"nonce-for-client"));
    device.drem = Drem::new([factory], Seed::new([7; 32])).with_tree_accounts(&device.tree, AccountRules::new());
    device.start();
    let first = device.sent();
    assert_eq!((first.0.destination.as_str(), cred_data(&first).as_deref()), ("https://new/", Some(OLD_DIGEST)));
    device.answer(&first, &first.reply(&replace(9, "./Vendor/Example/Interval", "5")));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:407 Replace:9:407", "the server has to prove itself");
}

#[test]
fn an_account_put_into_the_tree_as_an_object_is_the_same_account() {
    let factory = md5_account().client_nonce(Nonce::new(*b"nonce-for-client"));
    let mut device = Device::with_tree(open_account(), tree().mo(factory.object("./DMAcc/A")));
    device.drem = Drem::new([], Seed::new([7; 32])).with_tree_accounts(&device.tree, AccountRules::new());
    device.start();
    let first = device.sent();
    assert_eq!((first.0.destination.as_str(), cred_data(&first).as_deref()), (URL, Some(OLD_DIGEST)));
    device.answer(&first, &first.reply(&replace(9, "./Vendor/Example/Interval", "5")));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:407 Replace:9:407", "the server has to prove itself");
}

#[test]
fn two_servers_of_one_device_are_served_one_after_the_other() {
    let second = DmAcc::at("./DMAcc/B", "second.example.net").addr("https://second.example.net/dm");
    let mut device = with_accounts(tree().mo(dm_acc()).mo(second));
    device.start();
    device.drem.start_session(device.now, &mut device.tree, "second.example.net", Trigger::Client).unwrap();
    device.pump();
    let first = device.sent();
    assert!(device.sent.is_empty());
    device.fail(&first, SendFailure::Refused);
    device.wait();
    assert_eq!(device.sent().0.destination, "https://second.example.net/dm");
}

#[test]
fn a_tree_without_accounts_has_none() {
    let tree: Tree = tree().build().unwrap();
    let drem = Drem::new([], Seed::new([7; 32])).with_tree_accounts(&tree, AccountRules::new());
    assert!(drem.is_idle());
    let mut device =
        with_accounts(crate::world::tree().node("./DMAcc/X", NodeSpec::interior().mo("urn:oma:mo:oma-dm-dmacc:1.0")));
    device.drem.start_session(device.now, &mut device.tree, SERVER, Trigger::Client).unwrap_err();
}
