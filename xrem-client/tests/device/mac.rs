//! auth-MAC in either direction: the header `x-syncml-hmac` in place of a Cred, a nonce for each message \[dm 7.3\].

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::{SendFailure, Syntax};
use xrem_client::event::{Failure, Side};
use xrem_client::{Account, Event};

use crate::world::*;

const CHANGE: &str = "<Replace><CmdID>9</CmdID><Item><Target><LocURI>./Vendor/Example/Interval</LocURI></Target><Data>5</Data></Item></Replace>";

fn account(syntax: Syntax) -> Account {
    Account::new(SERVER, URL)
        .client("device01", "s3cr3t-device")
        .server("srv-secret")
        .minimum(Scheme::Mac)
        .preferred(Scheme::Mac)
        .syntax(syntax)
}

/// An account with the nonces that an earlier session left.
fn known(syntax: Syntax) -> Account {
    account(syntax).client_nonce(Nonce::new(*b"client 0")).server_nonce(Nonce::new(*b"server 0"))
}

/// What auth-MAC demands of every message of the device: the header, over these bytes, with this nonce, and no Cred.
fn is_protected(sent: &Sent, nonce: &[u8]) -> bool {
    let header = MacHeader::parse(sent.0.mac.as_deref().expect("no x-syncml-hmac")).unwrap();
    let credentials = Credentials::new("device01", "s3cr3t-device");
    let message = sent.message();
    message.header.cred.is_none()
        && message.header.source.loc_name() == Some("device01")
        && header.verify(&credentials, &Nonce::new(nonce), &sent.0.body)
}

fn next(text: &str) -> String {
    chal_for("MAC", &base64_of(text))
}

fn base64_of(text: &str) -> String {
    Nonce::new(text).to_base64()
}

fn ended_with(device: &Device, expected: Failure) -> bool {
    device.happened(|event| matches!(event, Event::SessionFailed { failure, .. } if *failure == expected)) == 1
        && !device.drem.in_session()
        && device.sent.is_empty()
}

/// A session under MAC in both directions up to the device's third package, whose SyncHdr Status issued the nonce.
fn managed(device: &mut Device) -> Sent {
    device.start();
    let first = device.sent();
    let reply = first.reply_with(200, &next("client 1"), &(get(2, "./DevDetail/FwV") + "<Final/>"), "");
    device.answer_with_mac(&first, &reply, &Nonce::new(*b"server 0"));
    device.sent()
}

#[test]
fn x_aut_18_every_message_has_a_mac_of_its_own_nonce_and_the_status_is_200_with_the_next() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut device = Device::new(known(syntax));
        device.start();
        let first = device.sent();
        assert!(is_protected(&first, b"client 0"));
        let reply = first.reply_with(200, &next("client 1"), &(get(2, "./DevDetail/FwV") + "<Final/>"), "");
        device.answer_with_mac(&first, &reply, &Nonce::new(*b"server 0"));
        let second = device.sent();
        assert!(is_protected(&second, b"client 1"));
        assert_eq!(second.statuses(), "SyncHdr:0:200 Get:2:200");
        let server_1 = issued_nonce(&second);

        let reply = second.reply_with(200, &next("client 2"), &format!("{CHANGE}<Final/>"), "");
        device.answer_with_mac(&second, &reply, &server_1);
        let third = device.sent();
        assert!(is_protected(&third, b"client 2"));
        assert_eq!(third.statuses(), "SyncHdr:0:200 Replace:9:200");
        let server_2 = issued_nonce(&third);
        assert_ne!(server_1, server_2);

        device.answer_with_mac(&third, &third.reply_with(200, &next("client 3"), "<Final/>", ""), &server_2);
        assert_eq!(device.happened(|event| matches!(event, Event::SessionFinished { .. })), 1);
        device.start();
        assert!(is_protected(&device.sent(), b"client 3"), "the next session goes on with the last nonce");
    }
}

#[test]
fn x_aut_18_without_a_known_nonce_both_sides_are_challenged_first() {
    let mut device = Device::new(account(Syntax::Xml));
    device.start();
    let first = device.sent();
    assert_eq!((first.0.mac.as_deref(), first.message().header.cred.is_none()), (None, true));
    device.answer(&first, &first.reply_with(407, &next("client 1"), "<Final/>", ""));
    let second = device.sent();
    assert!(is_protected(&second, b"client 1"));
    assert_eq!(second.statuses(), "SyncHdr:0:407");
    let server_1 = issued_nonce(&second);
    let reply = second.reply_with(200, &next("client 2"), &format!("{CHANGE}<Final/>"), "");
    device.answer_with_mac(&second, &reply, &server_1);
    let third = device.sent();
    assert!(is_protected(&third, b"client 2"));
    assert_eq!(third.statuses(), "SyncHdr:0:200 Replace:9:200");
}

#[test]
fn x_aut_18_a_session_accepted_as_a_whole_breaks_the_rule() {
    let mut device = Device::new(known(Syntax::Xml));
    device.start();
    let first = device.sent();
    let reply = first.reply_with(212, &next("client 1"), &format!("{CHANGE}<Final/>"), "");
    device.answer_with_mac(&first, &reply, &Nonce::new(*b"server 0"));
    assert!(ended_with(&device, Failure::MacRule));
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
}

#[test]
fn x_aut_18_an_acceptance_without_a_new_nonce_breaks_the_rule() {
    for chal in [String::new(), next("client 0"), chal(&base64_of("client 1"))] {
        let mut device = Device::new(known(Syntax::Xml));
        device.start();
        let first = device.sent();
        let reply = first.reply_with(200, &chal, &format!("{CHANGE}<Final/>"), "");
        device.answer_with_mac(&first, &reply, &Nonce::new(*b"server 0"));
        assert!(ended_with(&device, Failure::MacRule), "{chal}");
        assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    }
}

#[test]
fn x_aut_20_parameters_of_the_header_in_any_order_prove_the_same() {
    let mut device = Device::new(known(Syntax::Xml));
    device.start();
    let first = device.sent();
    let body = first.reply_with(200, &next("client 1"), &format!("{CHANGE}<Final/>"), "").into_bytes();
    let made = MacHeader::new(&Credentials::new(SERVER, "srv-secret"), &Nonce::new(*b"server 0"), &body).to_string();
    let mac = made.split_once("mac=").unwrap().1;
    device.answer_bytes(&first, &body, Some(&format!("mac=\"{mac}\" ,\r\n\tUserName = \"{SERVER}\"")));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Replace:9:200");
}

#[test]
fn x_aut_20_an_incomplete_header_proves_nothing() {
    let mac = "Qkxp7cR/l/R5DcXZdy33jQ==";
    let headers = [
        format!("mac={mac}"),
        format!("username=\"{SERVER}\""),
        format!("algorithm=SHA1, username=\"{SERVER}\", mac={mac}"),
        String::new(),
    ];
    for header in headers {
        let mut device = Device::new(known(Syntax::Xml));
        device.start();
        let first = device.sent();
        let body = first.reply_with(200, &next("client 1"), &format!("{CHANGE}<Final/>"), "");
        device.answer_bytes(&first, body.as_bytes(), Some(&header));
        assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401", "{header}");
        assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    }
}

#[test]
fn x_aut_21_a_tampered_first_message_is_refused_and_challenged_once() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut device = Device::new(known(syntax));
        device.start();
        let mut sent = device.sent();
        let mut nonce = Nonce::new(*b"server 0");
        for (step, client) in ["client 1", "client 2"].into_iter().enumerate() {
            let reply = sent.reply_with(200, &next(client), &format!("{CHANGE}<Final/>"), "");
            let mut body = in_syntax(syntax, &reply);
            let mac = MacHeader::new(&Credentials::new(SERVER, "srv-secret"), &nonce, &body).to_string();
            let at = body.windows(4).position(|window| window == b"Inte").unwrap();
            body[at + 3] = b'f';
            device.answer_bytes(&sent, &body, Some(&mac));
            if step == 0 {
                // A stale nonce looks the same, so there is one more chance.
                sent = device.sent();
                assert_eq!(sent.statuses(), "SyncHdr:0:401 Replace:9:401");
                nonce = issued_nonce(&sent);
            }
        }
        assert!(device.sent.is_empty() && !device.drem.in_session());
        assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    }
}

#[test]
fn x_aut_21_a_tampered_later_message_is_refused_and_ends_the_session() {
    let mut device = Device::new(known(Syntax::Xml));
    let second = managed(&mut device);
    let nonce = issued_nonce(&second);
    let reply = second.reply_with(200, &next("client 2"), &format!("{CHANGE}<Final/>"), "");
    let mac = MacHeader::new(&Credentials::new(SERVER, "srv-secret"), &nonce, reply.as_bytes()).to_string();
    device.answer_bytes(&second, reply.replace("<Data>5<", "<Data>6<").as_bytes(), Some(&mac));
    let refusal = device.sent();
    assert_eq!(refusal.statuses(), "SyncHdr:0:401 Replace:9:401");
    assert!(refusal.header_status().chal().is_none() && refusal.message().is_final);
    device.answer(&refusal, &refusal.reply(""));
    assert_eq!(device.happened(|event| matches!(event, Event::AuthenticationFailed { side: Side::Server, .. })), 1);
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
}

#[test]
fn x_aut_18_once_used_a_missing_or_weaker_proof_ends_the_session() {
    for (cred, code) in [(String::new(), 407), (server_cred("srv-secret", &Nonce::new(*b"server 0")), 401)] {
        let account = known(Syntax::Xml).minimum(Scheme::Md5);
        let mut device = Device::new(account);
        let second = managed(&mut device);
        let reply = second.reply_with(200, &next("client 2"), &format!("{CHANGE}<Final/>"), &cred);
        device.answer(&second, &reply);
        let refusal = device.sent();
        assert_eq!(refusal.statuses(), format!("SyncHdr:0:{code} Replace:9:{code}"));
        device.answer(&refusal, &refusal.reply(&replace(2, "./Vendor/Example/Interval", "7")));
        assert!(!device.drem.in_session());
        assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    }
}

#[test]
fn x_aut_18_a_nonce_proves_one_message() {
    let mut device = Device::new(known(Syntax::Xml));
    let second = managed(&mut device);
    let reply = second.reply_with(200, &next("client 2"), &format!("{CHANGE}<Final/>"), "");
    device.answer_with_mac(&second, &reply, &Nonce::new(*b"server 0"));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
}

#[test]
fn an_account_that_demands_mac_of_the_server_takes_no_cred() {
    let mut device = Device::new(known(Syntax::Xml));
    device.start();
    let first = device.sent();
    let cred = server_cred("srv-secret", &Nonce::new(*b"server 0"));
    device.answer(&first, &first.reply_with(200, &next("client 1"), &format!("{CHANGE}<Final/>"), &cred));
    let second = device.sent();
    assert_eq!(second.statuses(), "SyncHdr:0:401 Replace:9:401");
    let chal = second.header_status().chal().unwrap().clone();
    assert_eq!(omadm_proto::auth::read_challenge(&chal).unwrap().0, Scheme::Mac);
}

#[test]
fn an_account_that_sends_macs_answers_no_challenge_for_less() {
    let mut device = Device::new(known(Syntax::Xml));
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(401, &chal("bm9uY2U="), "<Final/>", ""));
    assert!(device.sent.is_empty() && !device.drem.in_session());
    assert_eq!(device.happened(|event| matches!(event, Event::AuthenticationFailed { side: Side::Client, .. })), 1);
}

#[test]
fn a_server_may_challenge_for_mac_where_the_account_prefers_md5() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &next("client 1"), "<Final/>", ""));
    let second = device.sent();
    assert!(is_protected(&second, b"client 1"));
    let cred = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(200, &next("client 2"), &format!("{CHANGE}<Final/>"), &cred));
    let third = device.sent();
    assert!(is_protected(&third, b"client 2"), "our direction stays under MAC");
    assert_eq!(third.statuses(), "SyncHdr:0:212 Replace:9:200", "and the server's under md5");
}

#[test]
fn mac_of_the_server_goes_with_basic_of_the_client() {
    let account = known(Syntax::Xml).client_scheme(Scheme::Basic);
    let mut device = Device::new(account);
    device.start();
    let first = device.sent();
    assert_eq!(first.0.mac, None);
    assert!(first.message().header.cred.is_some());
    device.answer_with_mac(
        &first,
        &first.reply_with(212, "", &format!("{CHANGE}<Final/>"), ""),
        &Nonce::new(*b"server 0"),
    );
    let second = device.sent();
    assert_eq!((second.statuses().as_str(), second.0.mac.is_none()), ("SyncHdr:0:200 Replace:9:200", true));
    assert!(second.message().header.cred.is_none());
}

#[test]
fn a_repetition_carries_the_same_mac() {
    let mut device = Device::new(known(Syntax::Xml));
    let second = managed(&mut device);
    device.fail(&second, SendFailure::Network);
    device.wait();
    let again = device.sent();
    assert_eq!((&again.0.body, &again.0.mac), (&second.0.body, &second.0.mac));
}

#[test]
fn the_next_nonce_of_the_server_is_persisted_before_the_message_that_carries_it() {
    let mut device = Device::new(known(Syntax::Xml));
    let second = managed(&mut device);
    let xrem_client::Record::Account(record) = &device.records["account dm.example.net"] else { panic!() };
    assert_eq!(record.issued_nonce.as_ref(), Some(&issued_nonce(&second)));
    assert_eq!(record.client_nonce, Some(Nonce::new(*b"client 1")));
}
