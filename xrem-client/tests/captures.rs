//! The messages of an independent server, recorded in sessions with an independent client, answered by ours as the
//! catalogue says \[X-SRV-24\].
//!
//! Nonces come from the recording: the server proves itself with the empty one first, then with the one that the recorded
//! client gave it; our client is told both beforehand. SessionID is `1`, as that client always has it.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_in_result,
    reason = "a test fails by panicking"
)]

#[path = "support/shared.rs"]
mod shared;

use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Message};
use omadm_proto::reading::Reading;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::mo::{DevDetail, DevInfo};
use omadm_tree::{AccessType, NodeSpec, Tree};
use xrem_client::{Account, Action, ActionResult, Client, Event, Output, Record, Trigger};

/// What our client answers to a recorded session: one line for each message of the server but the last, the Statuses without
/// that of the SyncHdr, then the Results.
struct Recording {
    cases: &'static [&'static str],
    answers: &'static [&'static str],
}

const RECORDINGS: &[Recording] = &[
    Recording {
        cases: &["basic-xml-digest", "basic-wbxml-digest", "basic-xml-basic", "basic-wbxml-basic"],
        answers: &["Get 200 | ./DevInfo/DevId=DMCtest", "Add 200, Replace 200"],
    },
    Recording {
        cases: &["crud-xml-digest"],
        answers: &[
            "Add 200, Add 200, Add 200, Add 200, Add 418",
            "Get 200, Get 200, Get 200, Replace 200, Get 200, Add 200, Replace 404 | \
             ./Vendor/memory/n=x/y/z ./Vendor/memory/n/x=1 ./Vendor/memory/n/y=YWJj ./Vendor/memory/n/x=42",
            // Where the recorded client could not copy, ours can; it deleted x, which inherits the ACL that forbids it.
            "Copy 200, Get 200, Replace 200, Get 200, Delete 425, Delete 425, Get 200 | \
             ./Vendor/memory/n/w=42 ./Vendor/memory/n?prop=ACL=Delete=nobody&Get=* ./Vendor/memory=n/q",
        ],
    },
    // Bytes came as base64 and go as they are.
    Recording {
        cases: &["crud-wbxml-digest"],
        answers: &[
            "Add 200, Add 200, Add 200, Add 200, Add 418",
            "Get 200, Get 200, Get 200, Replace 200, Get 200, Add 200, Replace 404 | \
             ./Vendor/memory/n=x/y/z ./Vendor/memory/n/x=1 ./Vendor/memory/n/y=abc ./Vendor/memory/n/x=42",
            "Copy 200, Get 200, Replace 200, Get 200, Delete 425, Delete 425, Get 200 | \
             ./Vendor/memory/n/w=42 ./Vendor/memory/n?prop=ACL=Delete=nobody&Get=* ./Vendor/memory=n/q",
        ],
    },
    // A large object in two messages of which the first says Final: the object goes on all the same \[dm 3.7\].
    Recording {
        cases: &["more-xml-digest"],
        answers: &["Add 213", "Add 200", "Get 200 | ./Vendor/memory/lo=0123456789"],
    },
    Recording {
        cases: &["atomic1-xml-digest"],
        answers: &["Atomic 200, Add 200, Add 200", "Atomic 507, Add 216, Delete 405, Get 200 | ./Vendor/memory=a1/a2"],
    },
    Recording {
        cases: &["atomic-xml-digest", "atomic-wbxml-digest"],
        answers: &["Atomic 200, Add 200, Add 200, Sequence 200, Add 200, Get 200 | ./Vendor/memory/s1=1"],
    },
    Recording { cases: &["seq-xml-digest"], answers: &["Sequence 200, Add 200, Get 200 | ./Vendor/memory/s1=1"] },
    // An interior node needs no Data.
    Recording { cases: &["nodata-xml-digest"], answers: &["Add 200"] },
    Recording {
        cases: &["exec-xml-digest", "exec-wbxml-digest"],
        answers: &["Exec 200, Exec 405, Exec 404", "Get 200 | ./test=execute"],
    },
    Recording {
        cases: &["tree-xml-digest", "tree-wbxml-digest"],
        answers: &[
            "Get 200, Get 200, Get 200, Get 404, Get 200 | .=DevInfo/DevDetail/Vendor/test \
             ./DevInfo=DevId/Man/Mod/DmV/Lang ./DevDetail=Ext/URI/DevTyp/OEM/FwV/SwV/HwV/LrgObj ./Vendor=memory",
            "Get 200, Get 200, Get 200, Get 404, Get 200, Get 200, Get 404 | \
             ./DevInfo ./DevInfo/DevId=DMCtest ./DevInfo/Man=test manufacturer ./DevInfo/Mod=test model \
             ./DevInfo/DmV=1.2.1 ./DevInfo/Lang=en ./DevInfo/Man?prop=Format=chr ./DevInfo?prop=ACL= ./DevInfo/DevId=DMCtest \
             ./DevInfo/Man=test manufacturer",
        ],
    },
    // A device without a user interface.
    Recording {
        cases: &["ui-xml-digest", "ui-wbxml-digest"],
        answers: &["Alert 406", "Sequence 200, Alert 406, Add 200"],
    },
    Recording {
        cases: &["ui1-xml-digest", "ui2-xml-digest", "ui3-xml-digest", "ui4-xml-digest"],
        answers: &["Alert 406", "Get 200 | ./Vendor/memory="],
    },
];

fn message(case: &str, number: usize, side: &str) -> Option<Vec<u8>> {
    let extension = if case.contains("wbxml") { "wbxml" } else { "xml" };
    shared::read(&format!("captures/libdmclient/{case}/{number:02}-{side}.{extension}"))
}

/// The same if the recording goes on so far.
fn message_if_there(case: &str, number: usize, side: &str) -> Option<Vec<u8>> {
    let extension = if case.contains("wbxml") { "wbxml" } else { "xml" };
    shared::read_if_there(&format!("captures/libdmclient/{case}/{number:02}-{side}.{extension}"))
}

/// The nonce that a message of a client, the recorded one or ours, gives the server.
fn issued_nonce(body: &[u8]) -> Option<Nonce> {
    let message = Reading::LENIENT.stripping_nul().message(Syntax::sniff(body), body).unwrap().message;
    let status = message.statuses().next()?;
    status.chal().and_then(|chal| auth::read_challenge(chal).ok()?.1)
}

/// The recorded answer to the message `number`, as it is; but when the recorded client had given its server another nonce
/// for it than with message 2, the server proves itself with the nonce that our client gave it.
fn reply(case: &str, number: usize, ours: Option<&Nonce>) -> Option<Vec<u8>> {
    let body = message(case, number, "s2c")?;
    let nonce = |number| issued_nonce(&message_if_there(case, number, "c2s")?);
    if number <= 2 || nonce(number) == nonce(2) {
        return Some(body);
    }
    let mut message = Message::decode(&body).unwrap();
    message.header.cred = auth::cred(Scheme::Md5, &Credentials::new("funambol", "srvpwd"), ours.expect("a nonce"));
    let mut proved = Vec::new();
    message.encode(Syntax::sniff(&body), &mut proved).unwrap();
    Some(proved)
}

fn tree() -> Tree {
    Tree::builder()
        .mo(DevInfo::new("DMCtest").man("test manufacturer").model("test model").lang("en"))
        .mo(DevDetail::new().fw("1.0").large_objects(true))
        .node("./Vendor/memory", NodeSpec::interior().access(AccessType::ALL))
        .node("./test/execute", NodeSpec::interior().access(AccessType::ALL))
        .managed_by("funambol")
        .build()
        .unwrap()
}

/// A client that is about to open session 1 and knows the nonces of the recording.
fn client(case: &str) -> Client {
    let scheme = if case.ends_with("basic") { Scheme::Basic } else { Scheme::Md5 };
    let syntax = if case.contains("wbxml") { Syntax::Wbxml } else { Syntax::Xml };
    let account = || {
        Account::new("funambol", "http://127.0.0.1/dm")
            .client("funambol", "funambol")
            .server("srvpwd")
            .minimum(scheme)
            .preferred(scheme)
            .syntax(syntax)
            .client_nonce(Nonce::EMPTY)
            .server_nonce(Nonce::EMPTY)
    };
    let mut records = Client::new([account()], Seed::new([7; 32])).snapshot();
    for record in &mut records {
        match record {
            Record::Account(record) => {
                record.issued_nonce = message_if_there(case, 2, "c2s").and_then(|body| issued_nonce(&body));
            }
            Record::Counters(counters) => counters.sessions = u64::from(u16::MAX) - 1,
            _ => {}
        }
    }
    Client::restore([account()], Seed::new([7; 32]), records)
}

/// One of our messages in the words of [`Recording::answers`].
fn summary(body: &[u8]) -> String {
    let message = Message::decode_as(Syntax::sniff(body), body, &Limits::DEFAULT).expect("our own message");
    let statuses: Vec<String> = message
        .statuses()
        .filter(|status| !status.is_for_sync_hdr())
        .map(|status| format!("{} {}", status.cmd, status.code.as_u16()))
        .collect();
    let mut line = statuses.join(", ");
    let results = message.commands().filter_map(|command| match command {
        Command::Results(results) => Some(&results.items),
        _ => None,
    });
    for (number, item) in results.flatten().enumerate() {
        line += if number == 0 { " | " } else { " " };
        line += item.source_uri().unwrap();
        if let Some(data) = &item.data {
            line += &format!("={}", data.as_str().unwrap());
        }
    }
    line
}

/// Answers the recorded server; `None` when there are no recordings.
fn answer(case: &str, answers: &[&str]) -> Option<()> {
    let (mut client, mut tree) = (client(case), tree());
    client.start_session(Instant::ZERO, &mut tree, "funambol", Trigger::Client).unwrap();
    let (mut sent, mut nonce, mut events) = (0, None, Vec::new());
    while let Some(output) = client.poll_output() {
        match output {
            Output::Transmit(transmit) => {
                if let Some(before) = usize::checked_sub(sent, 1) {
                    let expected = answers.get(before).copied().unwrap_or("no message");
                    assert_eq!(summary(&transmit.body), expected, "{case}, message {}", sent + 1);
                }
                sent += 1;
                nonce = issued_nonce(&transmit.body).or(nonce);
                if sent > 1 && message_if_there(case, sent, "s2c").is_none() {
                    break;
                }
                let reply = reply(case, sent, nonce.as_ref())?;
                let inbound = Inbound::new(transmit.syntax, &reply);
                client.handle_message(Instant::ZERO, &mut tree, transmit.exchange, inbound);
            }
            Output::Action { id, action: Action::Exec { .. } } => {
                client.handle_action_result(Instant::ZERO, &mut tree, id, ActionResult::Status(StatusCode::OK));
            }
            Output::Event(event) => events.push(event),
            _ => {}
        }
    }
    assert_eq!(sent, answers.len() + 1, "{case}: {events:?}");
    let finished = events.iter().any(|event| matches!(event, Event::SessionFinished { .. }));
    assert_eq!(finished, message_if_there(case, sent, "s2c").is_some(), "{case}: {events:?}");
    Some(())
}

#[test]
fn x_srv_24_the_messages_of_an_independent_server_are_answered_as_the_catalogue_says() {
    for recording in RECORDINGS {
        for case in recording.cases {
            if answer(case, recording.answers).is_none() {
                return;
            }
        }
    }
}

#[test]
fn x_srv_24_a_value_of_twelve_thousand_bytes_comes_and_goes() {
    for case in ["big-xml-digest", "big-wbxml-digest"] {
        let value = format!("Get 200 | ./Vendor/memory/big={}", "A".repeat(12_000));
        if answer(case, &["Add 200", &value]).is_none() {
            return;
        }
    }
}
