//! Both directions of authentication: challenges, nonces, refusals, downgrades.

use omadm_proto::auth::{Nonce, Scheme};
use omadm_proto::exchange::{SendFailure, Syntax};
use xrem_client::event::Side;
use xrem_client::{Account, Event};

use crate::world::*;

fn cred_of(sent: &Sent) -> Option<(String, String)> {
    let cred = sent.message().header.cred.clone()?;
    let type_name = cred.meta.unwrap().type_name.unwrap().into_owned();
    Some((type_name, cred.data.as_str().unwrap().to_string()))
}

fn gave_up(device: &Device, expected: Side) -> bool {
    device.happened(|event| matches!(event, Event::AuthenticationFailed { side, .. } if *side == expected)) == 1
        && !device.drem.in_session()
}

/// md5 of the worked example with the nonce `nonce-for-client`.
const CLIENT_DIGEST: &str = "pCTpPG/Fscbs5nxC2Ish2w==";
const CLIENT_NONCE: &str = "bm9uY2UtZm9yLWNsaWVudA==";
const CHANGE: &str = "<Replace><CmdID>9</CmdID><Item><Target><LocURI>./Vendor/Example/Interval</LocURI></Target><Data>5</Data></Item></Replace>";

/// Challenged, then accepted with 212 and `next` as NextNonce, the server proven: the first message of the device after that.
fn authenticated(device: &mut Device, next: &str) -> Sent {
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    let cred = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(212, &chal(next), &format!("{CHANGE}<Final/>"), &cred));
    device.sent()
}

#[test]
fn x_aut_06_a_challenge_is_answered_with_the_digest_of_the_worked_example() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    assert_eq!(cred_of(&first), None);
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    assert_eq!(cred_of(&second), Some(("syncml:auth-md5".into(), CLIENT_DIGEST.into())));
    let message = second.message();
    assert_eq!(message.header.session_id, first.message().header.session_id);
    assert_eq!(message.header.msg_id.get(), 2);
    assert_eq!(message.header.source.loc_name(), Some("device01"));
    assert_eq!(second.alerts(), [1201]);
    assert!(message.is_final);
}

#[test]
fn x_aut_14_mutual_challenge_executes_commands_once_and_only_when_both_are_proven() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    device.answer(&second, &second.reply_with(212, "", &format!("{CHANGE}<Final/>"), ""));
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    let third = device.sent();
    assert_eq!(third.statuses(), "SyncHdr:0:407 Replace:9:407");
    let cred = server_cred("srv-secret", &issued_nonce(&third));
    device.answer(&third, &third.reply_with(200, "", &format!("{CHANGE}<Final/>"), &cred));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:212 Replace:9:200");
    assert_eq!(device.text("./Vendor/Example/Interval"), "5");
}

#[test]
fn x_aut_10_a_proven_server_gets_212_and_its_next_nonce_which_is_persisted_before() {
    let mut device = Device::new(md5_account());
    let third = authenticated(&mut device, "bmV4dA==");
    assert_eq!(third.statuses(), "SyncHdr:0:212 Replace:9:200");
    let issued = issued_nonce(&third);
    let xrem_client::Record::Account(record) = &device.records["account dm.example.net"] else { panic!() };
    assert_eq!(record.issued_nonce.as_ref(), Some(&issued));
    assert_eq!(cred_of(&third), None);
}

#[test]
fn x_aut_07_the_next_nonce_is_used_in_the_first_message_of_the_next_session() {
    let mut device = Device::new(md5_account());
    let third = authenticated(&mut device, CLIENT_NONCE);
    device.answer(&third, &third.reply(""));
    device.start();
    assert_eq!(cred_of(&device.sent()), Some(("syncml:auth-md5".into(), CLIENT_DIGEST.into())));
}

#[test]
fn a_nonce_of_a_server_that_never_proved_itself_is_not_kept() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    device.answer(&second, &second.reply_with(212, &chal("bmV4dA=="), "<Final/>", ""));
    assert!(!device.drem.in_session());
    device.start();
    assert_eq!(cred_of(&device.sent()), None);
}

#[test]
fn x_aut_03_after_the_second_refusal_the_client_gives_up() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    device.answer(&second, &second.reply_with(401, &chal("bm9uY2Uy"), "<Final/>", ""));
    let third = device.sent();
    device.answer(&third, &third.reply_with(401, &chal("bm9uY2Uz"), "<Final/>", ""));
    assert!(gave_up(&device, Side::Client));
    assert!(device.sent.is_empty());
}

#[test]
fn x_aut_09_a_stale_nonce_costs_one_challenge() {
    let mut device = Device::new(md5_account().client_nonce(Nonce::new(*b"stale")));
    device.start();
    let first = device.sent();
    assert!(cred_of(&first).is_some());
    device.answer(&first, &first.reply_with(401, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    assert_eq!(cred_of(&second).unwrap().1, CLIENT_DIGEST);
    let cred = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(212, "", &format!("{CHANGE}<Final/>"), &cred));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:212 Replace:9:200");
}

#[test]
fn x_aut_01_basic_is_sent_with_the_first_message() {
    let account = Account::new(SERVER, URL).client("client1", "cpw").minimum(Scheme::Basic).preferred(Scheme::Basic);
    let mut device = Device::new(account);
    device.start();
    let first = device.sent();
    assert_eq!(cred_of(&first), Some(("syncml:auth-basic".into(), "Y2xpZW50MTpjcHc=".into())));
    device.answer(&first, &first.reply_with(212, "", &format!("{CHANGE}<Final/>"), ""));
    let second = device.sent();
    assert_eq!(cred_of(&second), None);
    assert_eq!(second.statuses(), "SyncHdr:0:200 Replace:9:200");
}

#[test]
fn a_challenge_for_a_weaker_scheme_is_not_answered() {
    let basic = "<Chal><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta></Chal>";
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, basic, "<Final/>", ""));
    assert!(gave_up(&device, Side::Client));
    assert!(device.sent.is_empty());
}

#[test]
fn a_server_that_proves_itself_by_a_weaker_scheme_is_refused() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    let cred = "<Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta><Data>ZG0uZXhhbXBsZS5uZXQ6c3J2LXNlY3JldA==</Data></Cred>";
    device.answer(&first, &first.reply_with(200, "", &format!("{CHANGE}<Final/>"), cred));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
}

#[test]
fn x_aut_11_x_aut_12_a_server_without_or_with_wrong_credentials_is_refused_twice_and_then_left() {
    for wrong in ["", "other"] {
        let mut device = Device::new(md5_account());
        device.start();
        let mut sent = device.sent();
        device.answer(&sent, &sent.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
        sent = device.sent();
        let cred = |sent: &Sent| if wrong.is_empty() { String::new() } else { server_cred(wrong, &issued_nonce(sent)) };
        let code = if wrong.is_empty() { 407 } else { 401 };
        device.answer(&sent, &sent.reply_with(212, "", &format!("{CHANGE}<Final/>"), &cred(&sent)));
        sent = device.sent();
        assert_eq!(sent.statuses(), format!("SyncHdr:0:{code} Replace:9:{code}"));
        device.answer(&sent, &sent.reply_with(200, "", &format!("{CHANGE}<Final/>"), &cred(&sent)));
        assert!(gave_up(&device, Side::Server), "{wrong}");
        assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    }
}

#[test]
fn x_atm_21_containers_of_an_unproven_server_are_refused_with_all_they_hold() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    let body = format!(
        "<Sequence><CmdID>3</CmdID><Atomic><CmdID>4</CmdID>{CHANGE}</Atomic></Sequence><Get><CmdID>10</CmdID><Item/></Get><Final/>"
    );
    device.answer(&first, &first.reply_with(200, "", &body, ""));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:407 Sequence:3:407 Atomic:4:407 Replace:9:407 Get:10:407");
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
}

#[test]
fn a_later_plain_200_does_not_revoke_an_earlier_212() {
    let mut device = Device::new(md5_account());
    let third = authenticated(&mut device, CLIENT_NONCE);
    device.answer(&third, &third.reply(&get(2, "./DevDetail/FwV")));
    let fourth = device.sent();
    assert_eq!(cred_of(&fourth), None);
    assert_eq!(fourth.statuses(), "SyncHdr:0:200 Get:2:200");
}

#[test]
fn a_server_that_accepts_each_message_alone_gets_credentials_in_each() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal("bm9uY2Ux"), "<Final/>", ""));
    let second = device.sent();
    let cred = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(200, &chal(CLIENT_NONCE), &format!("{CHANGE}<Final/>"), &cred));
    assert_eq!(cred_of(&device.sent()).unwrap().1, CLIENT_DIGEST);
}

#[test]
fn a_wrong_credential_after_acceptance_is_a_failure_again() {
    let mut device = Device::new(md5_account());
    let third = authenticated(&mut device, CLIENT_NONCE);
    let cred = server_cred("other", &issued_nonce(&third));
    device.answer(&third, &third.reply_with(200, "", &format!("{CHANGE}<Final/>"), &cred));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
}

#[test]
fn an_unproven_server_cannot_acknowledge_an_alert() {
    let mut device = Device::new(md5_account());
    device.drem.queue_alert(xrem_client::GenericAlert::new("com.example.event", "x"));
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply(""));
    assert_eq!(device.happened(|event| matches!(event, Event::AlertDelivered { .. })), 0);
    assert!(!device.drem.is_idle());
}

#[test]
fn a_server_whose_session_ended_with_its_proof_may_use_that_nonce_again() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    let nonce = issued_nonce(&second);
    let cred = server_cred("srv-secret", &nonce);
    device.answer(&second, &second.reply_with(212, &chal(CLIENT_NONCE), "<Final/>", &cred));
    assert!(!device.drem.in_session());

    // The device had nothing to answer, so the server knows no newer nonce.
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(212, &chal(CLIENT_NONCE), &format!("{CHANGE}<Final/>"), &cred));
    let answer = device.sent();
    assert!(answer.statuses().ends_with("Replace:9:200"), "{}", answer.statuses());
}

#[test]
fn a_challenge_whose_answer_was_lost_leaves_a_nonce_that_the_server_may_use() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", ""));
    let second = device.sent();
    let cred = server_cred("srv-secret", &issued_nonce(&second));
    device.fail(&second, SendFailure::Refused);
    assert!(!device.drem.in_session());

    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal(CLIENT_NONCE), "<Final/>", &cred));
    let second = device.sent();
    assert_eq!(second.header_status().code.as_u16(), 212);
}

#[test]
fn a_server_with_a_stale_nonce_gets_a_fresh_one_even_when_it_only_acknowledges() {
    let mut device = Device::new(md5_account().client_nonce(Nonce::new(*b"nonce-for-client")));
    device.drem.queue_alert(xrem_client::GenericAlert::new("com.example.event", "x"));
    device.start();
    let first = device.sent();
    let stale = server_cred("srv-secret", &Nonce::new(*b"stale"));
    device.answer(&first, &first.reply_with(212, "", "<Final/>", &stale));
    let second = device.sent();
    assert_eq!(second.statuses(), "SyncHdr:0:401");
    assert_eq!(device.happened(|event| matches!(event, Event::AlertDelivered { .. })), 0);
    let fresh = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(200, "", "<Final/>", &fresh));
    assert!(device.wait(), "the alert still waits");
    let again = device.sent();
    device.answer(&again, &again.reply_with(212, "", "<Final/>", &fresh));
    assert_eq!(device.happened(|event| matches!(event, Event::AlertDelivered { .. })), 1);
    assert!(device.drem.is_idle());
}

#[test]
fn x_aut_02_a_challenge_for_basic_is_answered_with_package_1_again() {
    let basic = "<Chal><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta></Chal>";
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let account = Account::new(SERVER, URL).client("client1", "cpw").minimum(Scheme::Basic).syntax(syntax);
        let mut device = Device::new(account);
        device.start();
        let first = device.sent();
        assert_eq!(cred_of(&first), None);
        device.answer(&first, &first.reply_with(407, basic, "<Final/>", ""));
        let second = device.sent();
        assert_eq!(cred_of(&second), Some(("syncml:auth-basic".into(), "Y2xpZW50MTpjcHc=".into())));
        assert_eq!(second.message().header.session_id, first.message().header.session_id);
        assert_eq!(second.message().header.msg_id.get(), 2);
        assert_eq!((second.alerts(), second.statuses().as_str()), (vec![1201], "SyncHdr:0:200"));
        device.answer(&second, &second.reply_with(212, "", &format!("{CHANGE}<Final/>"), ""));
        let third = device.sent();
        assert_eq!((cred_of(&third), third.statuses().as_str()), (None, "SyncHdr:0:200 Replace:9:200"));
    }
}

#[test]
fn x_aut_06_x_aut_14_mutual_md5_in_wbxml() {
    let mut device = Device::new(md5_account().syntax(Syntax::Wbxml));
    let third = authenticated(&mut device, CLIENT_NONCE);
    assert_eq!(third.0.syntax, Syntax::Wbxml);
    assert_eq!(third.statuses(), "SyncHdr:0:212 Replace:9:200");
    device.answer(&third, &third.reply(""));
    device.start();
    assert_eq!(cred_of(&device.sent()), Some(("syncml:auth-md5".into(), CLIENT_DIGEST.into())));
}

#[test]
fn x_aut_27_a_preferred_scheme_and_a_stored_nonce_save_the_challenge() {
    let mut device = Device::new(md5_account().preferred(Scheme::Md5).client_nonce(Nonce::new(*b"nonce-for-client")));
    device.start();
    assert_eq!(cred_of(&device.sent()), Some(("syncml:auth-md5".into(), CLIENT_DIGEST.into())));
}

#[test]
fn x_aut_34_a_cred_in_a_command_proves_nothing() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    let inner = server_cred("srv-secret", &Nonce::EMPTY);
    let body = CHANGE.replace("<CmdID>9</CmdID>", &format!("<CmdID>9</CmdID>{inner}"));
    device.answer(&first, &first.reply_with(200, "", &format!("{body}<Final/>"), ""));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:407 Replace:9:407");
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
}

#[test]
fn a_challenge_for_less_than_the_session_began_with_is_not_answered() {
    let basic = "<Chal><Meta><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta></Chal>";
    let mut device = Device::new(md5_account().minimum(Scheme::Basic));
    let third = authenticated(&mut device, CLIENT_NONCE);
    device.answer(&third, &third.reply_with(401, basic, "<Final/>", ""));
    assert!(gave_up(&device, Side::Client));
    assert!(device.sent.is_empty());
}

#[test]
fn a_server_that_began_with_md5_proves_nothing_with_basic() {
    let mut device = Device::new(md5_account().minimum(Scheme::Basic));
    let third = authenticated(&mut device, CLIENT_NONCE);
    let cred = "<Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta><Data>ZG0uZXhhbXBsZS5uZXQ6c3J2LXNlY3JldA==</Data></Cred>";
    let reply = third.reply_with(200, "", &format!("{}<Final/>", CHANGE.replace(">5<", ">6<")), cred);
    device.answer(&third, &reply);
    assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
    assert_eq!(device.text("./Vendor/Example/Interval"), "5");
}

#[test]
fn a_nonce_that_is_older_than_the_last_proof_proves_nothing() {
    let mut device = Device::new(md5_account().server_nonce(Nonce::new(*b"first")));
    device.start();
    let first = device.sent();
    let old = server_cred("srv-secret", &Nonce::new(*b"first"));
    device.answer(&first, &first.reply_with(200, "", &format!("{CHANGE}<Final/>"), &old));
    let second = device.sent();
    let new = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(200, "", &format!("{CHANGE}<Final/>"), &new));
    let third = device.sent();
    assert_eq!(third.statuses(), "SyncHdr:0:212 Replace:9:200");
    device.answer(&third, &third.reply_with(200, "", &format!("{CHANGE}<Final/>"), &old));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
}

#[test]
fn a_refused_server_has_to_prove_itself_again() {
    let mut device = Device::new(md5_account());
    let third = authenticated(&mut device, CLIENT_NONCE);
    let wrong = server_cred("other", &issued_nonce(&third));
    device.answer(&third, &third.reply_with(200, "", &format!("{CHANGE}<Final/>"), &wrong));
    let fourth = device.sent();
    device.answer(&fourth, &fourth.reply(&replace(3, "./Vendor/Example/A", "7")));
    assert_eq!(device.text("./Vendor/Example/A"), "0");
}
