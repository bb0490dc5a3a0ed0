//! The server session and who its peer is: auth-MAC, transport authentication, challenges, replay.

use core::time::Duration;
use std::collections::BTreeSet;

use crate::client::Client;
use crate::peer::{Server, exchange, run};
use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{Credentials, Nonce, Scheme, read_challenge};
use omadm_proto::exchange::{Inbound, Syntax, TransportIdentity};
use omadm_proto::message::{Command, Message};
use xrem_server::session::Fault;
use xrem_server::task::CommandSpec;

const SYNTAXES: [Syntax; 2] = [Syntax::Xml, Syntax::Wbxml];

fn work() -> Vec<CommandSpec> {
    vec![CommandSpec::get("./DevInfo/Man")]
}

fn pair(syntax: Syntax, scheme: Scheme) -> (Client, Server) {
    let (mut client, mut server) = (Client::new("dev", syntax), Server::new(work()));
    client.scheme = scheme;
    server.account.scheme = scheme;
    (client, server)
}

/// The codes of the Statuses of a message, by the command they are for.
fn codes(bytes: &[u8]) -> Vec<(String, u16)> {
    let message = Message::decode(bytes).expect("decodes");
    message.statuses().map(|status| (status.cmd.to_string(), status.code.as_u16())).collect()
}

fn has_only_statuses(bytes: &[u8]) -> bool {
    Message::decode(bytes).unwrap().commands().all(|command| matches!(command, Command::Status(_)))
}

/// NextNonce of the Chal in a message.
fn next_nonce(bytes: &[u8]) -> Option<(Scheme, Nonce)> {
    let message = Message::decode(bytes).unwrap();
    let (scheme, nonce) = read_challenge(message.statuses().find_map(|status| status.chal())?).unwrap();
    Some((scheme, nonce?))
}

#[test]
fn x_aut_18_every_message_of_both_sides_has_a_mac_and_a_nonce_of_its_own() {
    for syntax in SYNTAXES {
        let (mut client, mut server) = pair(syntax, Scheme::Mac);
        let (mut message, mut nonces) = (client.start(), BTreeSet::new());
        loop {
            let reply = exchange(&mut client, &mut server, &message);
            assert!(client.mac_of_server.is_some());
            let (scheme, nonce) = next_nonce(&reply).expect("a nonce for the next message");
            assert_eq!(scheme, Scheme::Mac);
            assert!(nonces.insert(nonce.as_bytes().to_vec()), "used twice");
            assert!(Message::decode(&reply).unwrap().header.cred.is_none(), "the MAC takes the place of Cred");
            match client.answer(&reply) {
                Some(next) => message = next,
                None => break,
            }
        }
        assert_eq!(client.header_codes, [200, 200]);
        assert_eq!(server.status_of(0), Some(200));
        assert!(server.faults.is_empty());
    }
}

#[test]
fn x_aut_18_a_second_session_goes_on_with_the_nonces_of_the_first() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Mac);
    run(&mut client, &mut server);
    server.sent.fill(false);
    run(&mut client, &mut server);
    assert_eq!(client.header_codes, [200; 4]);
    assert_eq!(server.answers.len(), 2);
}

#[test]
fn x_aut_20_the_header_is_read_in_any_order_and_a_broken_one_is_a_failed_authentication() {
    let digest = |mac: &str| mac.split("mac=").nth(1).unwrap().to_string();
    let change = |mac: &str, case: usize| match case {
        0 => format!("mac=\"{}\" ,\r\n username=\"dev-user\"", digest(mac)),
        1 => format!("mac={}", digest(mac)),
        2 => "algorithm=MD5, username=\"dev-user\"".to_string(),
        _ => mac.replace("algorithm=MD5", "algorithm=SHA-256"),
    };
    for (case, expected) in [200, 401, 401, 401].into_iter().enumerate() {
        let (mut client, mut server) = pair(Syntax::Xml, Scheme::Mac);
        let message = client.start();
        let mac = change(&MacHeader::new(&client.own, &client.own_nonce, &message).to_string(), case);
        let reply = server.receive(Inbound::new(Syntax::Xml, &message).with_mac(Some(&mac)));
        assert_eq!(codes(&reply.body)[0], ("SyncHdr".into(), expected), "{mac}");
        assert_eq!(has_only_statuses(&reply.body), expected == 401);
    }
}

#[test]
fn x_aut_21_a_tampered_body_is_answered_401_executes_nothing_and_ends_the_session() {
    for syntax in SYNTAXES {
        let (mut client, mut server) = pair(syntax, Scheme::Mac);
        let first = client.start();
        let reply = exchange(&mut client, &mut server, &first);
        let answer = client.answer(&reply).unwrap();
        let mac = client.mac_for(&answer);
        let at = answer.windows(4).position(|window| window == b"Acme").unwrap();
        let mut tampered = answer.clone();
        tampered[at] = b'B';
        let refused = server.receive(Inbound::new(syntax, &tampered).with_mac(mac.as_deref()));
        assert_eq!(codes(&refused.body)[0], ("SyncHdr".into(), 401));
        assert_eq!(refused.mac, None, "nothing is proved to a stranger");
        assert_eq!(server.faults, [Fault::WrongMac]);
        assert!(server.answers.is_empty());
        assert!(!server.session.is_open());
    }
}

#[test]
fn a_message_without_mac_or_with_an_old_nonce_ends_a_session_under_mac() {
    for keep_mac in [false, true] {
        let (mut client, mut server) = pair(Syntax::Xml, Scheme::Mac);
        let first = client.start();
        let reply = exchange(&mut client, &mut server, &first);
        let old = client.own_nonce.clone();
        let answer = client.answer(&reply).unwrap();
        client.own_nonce = old;
        let mac = client.mac_for(&answer).filter(|_| keep_mac);
        let refused = server.receive(Inbound::new(Syntax::Xml, &answer).with_mac(mac.as_deref()));
        assert_eq!(codes(&refused.body)[0].1, 401);
        assert_eq!(server.faults, [Fault::WrongMac]);
        assert!(!server.session.is_open());
    }
}

#[test]
fn a_client_that_gives_no_nonce_for_the_next_mac_is_left() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Mac);
    let first = client.start();
    let reply = exchange(&mut client, &mut server, &first);
    let answer = String::from_utf8(client.answer(&reply).unwrap()).unwrap();
    let (start, end) = (answer.find("<Chal>").unwrap(), answer.find("</Chal>").unwrap() + "</Chal>".len());
    let answer = format!("{}{}", &answer[..start], &answer[end..]).into_bytes();
    exchange(&mut client, &mut server, &answer);
    assert_eq!(server.faults, [Fault::NoNextNonce]);
    assert!(!server.session.is_open());
}

#[test]
fn a_repeated_message_under_mac_gets_the_same_bytes_and_the_same_mac() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Mac);
    let message = client.start();
    let mac = client.mac_for(&message);
    let inbound = Inbound::new(Syntax::Xml, &message).with_mac(mac.as_deref());
    let first = server.receive(inbound);
    let again = server.receive(inbound);
    assert_eq!((&first.body, &first.mac), (&again.body, &again.mac));
    assert!(client.answer(&again.body).is_some());
    assert_eq!(server.turns, 1);
}

#[test]
fn a_client_that_uses_mac_although_md5_would_do_must_stay_with_it() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Mac);
    server.account.scheme = Scheme::Md5;
    let first = client.start();
    let reply = exchange(&mut client, &mut server, &first);
    assert_eq!(codes(&reply)[0].1, 200);
    let answer = client.answer(&reply).unwrap();
    let refused = server.handle(Syntax::Xml, &answer);
    assert_eq!(codes(&refused)[0].1, 401);
}

#[test]
fn a_client_that_demands_mac_of_the_server_gets_it() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Mac);
    server.account.scheme = Scheme::Md5;
    run(&mut client, &mut server);
    assert!(client.mac_of_server.is_some());
    assert_eq!(server.status_of(0), Some(200));
}

#[test]
fn x_aut_28_a_client_that_the_transport_has_authenticated_needs_no_credentials() {
    for syntax in SYNTAXES {
        let (mut client, mut server) = pair(syntax, Scheme::Md5);
        server.account = server.account.known_to_transport_as("CN=dev");
        client.scheme = Scheme::Mac; // it sends no Cred
        client.demands_server_auth = false;
        let as_dev = |message: &[u8], server: &mut Server| {
            let sender = Some(TransportIdentity::new("CN=dev"));
            server.receive(Inbound::new(syntax, message).with_sender(sender)).body.to_vec()
        };
        client.scheme = Scheme::Md5;
        let message = without_cred(&client.start(), syntax);
        let reply = as_dev(&message, &mut server);
        assert_eq!(codes(&reply)[0], ("SyncHdr".into(), 200));
        assert_eq!(next_nonce(&reply), None);
        let answer = client.answer(&reply).unwrap();
        as_dev(&answer, &mut server);
        assert_eq!(server.status_of(0), Some(200));
    }
}

/// The same message without its Cred.
fn without_cred(bytes: &[u8], syntax: Syntax) -> Vec<u8> {
    let mut message = Message::decode(bytes).unwrap();
    message.header.cred = None;
    let mut out = Vec::new();
    message.encode(syntax, &mut out).unwrap();
    out
}

#[test]
fn x_aut_28_another_name_or_an_account_that_demands_credentials_is_challenged_all_the_same() {
    for (expected, name) in [(Some("CN=dev"), "CN=other"), (None, "CN=dev")] {
        let (mut client, mut server) = pair(Syntax::Xml, Scheme::Md5);
        server.account.transport_name = expected.map(String::from);
        let message = without_cred(&client.start(), Syntax::Xml);
        let sender = Some(TransportIdentity::new(name));
        let reply = server.receive(Inbound::new(Syntax::Xml, &message).with_sender(sender));
        assert_eq!(codes(&reply.body)[0].1, 407);
        assert!(next_nonce(&reply.body).is_some());
    }
}

#[test]
fn a_message_over_a_connection_that_is_not_authenticated_is_challenged_in_the_same_session() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Md5);
    server.account = server.account.known_to_transport_as("CN=dev");
    client.demands_server_auth = false;
    let message = without_cred(&client.start(), Syntax::Xml);
    let sender = Some(TransportIdentity::new("CN=dev"));
    let reply = server.receive(Inbound::new(Syntax::Xml, &message).with_sender(sender)).body;
    let answer = client.answer(&reply).unwrap();
    assert_eq!(codes(&server.handle(Syntax::Xml, &answer))[0].1, 407);
    assert!(server.answers.is_empty());
}

#[test]
fn x_aut_15_after_a_challenge_only_package_1_is_heard() {
    for missing in ["Alert", "Replace"] {
        let (mut client, mut server) = pair(Syntax::Xml, Scheme::Md5);
        client.own_nonce = Nonce::new(b"stale".to_vec());
        let challenge = server.handle(Syntax::Xml, &client.start());
        let whole = client.answer(&challenge).unwrap();
        let mut partly = Message::decode(&whole).unwrap();
        partly.commands.retain(|command| command.name() != missing);
        let mut bytes = Vec::new();
        partly.encode(Syntax::Xml, &mut bytes).unwrap();
        let refused = server.handle(Syntax::Xml, &bytes);
        assert_eq!(codes(&refused)[0], ("SyncHdr".into(), 412));
        assert!(has_only_statuses(&refused));
        assert_eq!((server.turns, server.faults.last()), (0, Some(&Fault::NotPackage1)));
        // The server keeps waiting: the whole package, as the next message, is accepted.
        let next = String::from_utf8(whole).unwrap().replace("<MsgID>2<", "<MsgID>3<");
        assert_eq!(codes(&server.handle(Syntax::Xml, next.as_bytes()))[0].1, 212);
    }
}

#[test]
fn x_aut_32_a_refusal_has_one_status_for_each_command_and_one_challenge() {
    for syntax in SYNTAXES {
        let (mut client, mut server) = pair(syntax, Scheme::Md5);
        client.own = Credentials::new("dev-user", "wrong");
        client.finish(None, "./App", "urn:test:event", "1");
        let reply = server.handle(syntax, &client.start());
        let expected = ["SyncHdr", "Alert", "Replace", "Alert"].map(|name| (name.to_string(), 401));
        assert_eq!(codes(&reply), expected);
        assert!(has_only_statuses(&reply));
        let message = Message::decode(&reply).unwrap();
        let challenged: Vec<_> = message.statuses().filter(|it| it.chal().is_some()).map(|it| it.cmd.clone()).collect();
        assert_eq!(challenged, ["SyncHdr"]);
    }
}

#[test]
fn x_aut_34_a_cred_inside_a_command_authenticates_nobody() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Md5);
    let message = String::from_utf8(client.start()).unwrap();
    let (start, end) = (message.find("<Cred>").unwrap(), message.find("</Cred>").unwrap() + "</Cred>".len());
    let cred = message[start..end].to_string();
    let moved = message
        .replacen(&cred, "", 1)
        .replace("<Replace><CmdID>2</CmdID>", &format!("<Replace><CmdID>2</CmdID>{cred}"));
    assert!(moved.contains(&cred) && moved.find("<Cred>") > moved.find("<SyncBody>"));
    assert_eq!(codes(&server.handle(Syntax::Xml, moved.as_bytes()))[0].1, 407);
    // In an authenticated session the command is processed under the session's identity.
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Md5);
    let message = String::from_utf8(client.start()).unwrap();
    let doubled = message.replace("<Replace><CmdID>2</CmdID>", &format!("<Replace><CmdID>2</CmdID>{cred}"));
    let reply = codes(&server.handle(Syntax::Xml, doubled.as_bytes()));
    assert_eq!(reply[0].1, 212);
    assert!(reply.contains(&("Replace".into(), 200)));
}

#[test]
fn the_first_message_of_an_earlier_session_proves_nothing_any_more() {
    for scheme in [Scheme::Md5, Scheme::Mac] {
        let (mut client, mut server) = pair(Syntax::Xml, scheme);
        let recorded = client.start();
        let mac = client.mac_for(&recorded);
        let mut message = recorded.clone();
        loop {
            let reply = exchange(&mut client, &mut server, &message);
            match client.answer(&reply) {
                Some(next) => message = next,
                None => break,
            }
        }
        run(&mut client, &mut server);
        let replayed = server.receive(Inbound::new(Syntax::Xml, &recorded).with_mac(mac.as_deref()));
        assert_eq!(codes(&replayed.body)[0].1, 401);
        assert!(has_only_statuses(&replayed.body));
    }
}

/// Sends first messages with a wrong password, each in a session of its own, until no challenge comes any more.
fn exhaust(server: &mut Server) -> usize {
    let mut stranger = Client::new("dev", Syntax::Xml);
    stranger.own = Credentials::new("dev-user", "guess");
    for count in 0..1_000 {
        let reply = server.handle(Syntax::Xml, &stranger.start());
        assert_eq!(codes(&reply)[0].1, 401);
        if next_nonce(&reply).is_none() {
            return count;
        }
    }
    panic!("challenged for ever");
}

#[test]
fn a_stranger_is_given_a_few_challenges_and_then_one_in_a_while() {
    let (_, mut server) = pair(Syntax::Xml, Scheme::Md5);
    let burst = exhaust(&mut server);
    assert!((3..=32).contains(&burst), "{burst}");
    assert_eq!(server.faults.last(), Some(&Fault::Throttled));
    server.now = server.now + Duration::from_secs(30);
    assert_eq!(exhaust(&mut server), 1);
}

#[test]
fn the_owner_is_not_locked_out_by_a_stranger_who_spent_all_challenges() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Md5);
    run(&mut client, &mut server);
    exhaust(&mut server);
    client.header_codes.clear();
    run(&mut client, &mut server);
    assert_eq!(client.header_codes, [212]);
}

#[test]
fn a_stranger_who_begins_a_session_in_between_does_not_spoil_the_owners_challenge() {
    let (mut client, mut server) = pair(Syntax::Xml, Scheme::Md5);
    client.own_nonce = Nonce::new(b"stale".to_vec());
    let challenge = server.handle(Syntax::Xml, &client.start());
    let mut stranger = Client::new("dev", Syntax::Xml);
    stranger.own = Credentials::new("dev-user", "guess");
    server.handle(Syntax::Xml, &stranger.start());
    let reply = server.handle(Syntax::Xml, &client.answer(&challenge).unwrap());
    assert_eq!(codes(&reply)[0].1, 212);
}
