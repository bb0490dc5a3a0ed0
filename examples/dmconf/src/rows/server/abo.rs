//! ABO: session abort and robustness.

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Command, Verb};
use omadm_proto::status::StatusCode;
use serde_json::json;

use super::{both, must};
use crate::row::{Row, Stop};
use crate::server::client::{Client, header_status};
use crate::server::outcome::State;
use crate::server::{Stand, expect};
use omadm_proto::exchange::Syntax;

pub(super) const ROWS: [Row<Stand>; 4] = [
    must(
        "X-ABO-01",
        "client aborts",
        "Status for SyncHdr and Alert 1223, no new commands; unfinished jobs marked so",
        abo_01,
    ),
    both(must(
        "X-ABO-05",
        "connection lost without signal",
        "state cleaned; no command executed twice after reconnect in a new session",
        abo_05,
    )),
    both(must(
        "X-ABO-06",
        "garbage from the peer",
        "400-class failure or session end; the next session is served",
        abo_06,
    )),
    both(must("X-ABO-09", "pure state machine", "same inputs twice, other clock: same outputs", abo_09)),
];

fn abo_01(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}, {"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Mod"}]))?;
    let seen = client.open(stand)?;
    let mut message = client.message();
    message.commands.push(Command::Status(header_status(&seen.message.header, StatusCode::OK, None)));
    message.commands.push(Client::session_alert(AlertCode::SESSION_ABORT));
    let seen = client.send(stand, message)?;
    seen.expect_header(&[200, 212])?;
    seen.expect_status("Alert", &[200])?;
    seen.expect_only_statuses()?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.state != State::Ok, "a job that is not done", outcome.words(), "outcome")
}

fn abo_05(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "exec", "uri": "./T/x"}]))?;
    let mut executed = 0;
    // The client runs the Exec of message 2, then the line goes dead; it comes back twice.
    for _ in 0..3 {
        let seen = client.open(stand)?;
        executed += seen.trees(Verb::Exec).len();
        if executed > 1 {
            break;
        }
    }
    expect(executed == 1, "the Exec in one session only", format!("{executed} times"), "sessions after the lost one")?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.state != State::Ok, "an outcome that is not known to be good", outcome.words(), "outcome")?;
    client.session(stand)?;
    Ok(())
}

fn abo_06(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.session(stand)?;
    client.begin(stand);
    let first = client.package1();
    let whole = client.encode_as(Syntax::Xml, &first)?;
    let text = String::from_utf8_lossy(&whole).into_owned();
    let body = text.find("<SyncBody").unwrap_or(text.len());
    let headless = format!("{}</SyncML>", text.get(..body).unwrap_or_default());
    let other_root = text.replace("<SyncML ", "<Sync ").replace("</SyncML>", "</Sync>");
    let binary = client.encode(&first)?;
    let cut = binary.get(..binary.len() / 2).unwrap_or_default().to_vec();
    let cases: [(&str, Vec<u8>); 4] = [
        ("bytes that are no message", b"\xFF\xFE\xFDnot a message".to_vec()),
        ("half a message", cut),
        ("another root element", super::raw::in_syntax(client.syntax(), other_root)),
        ("no SyncBody", super::raw::in_syntax(client.syntax(), headless)),
    ];
    for (what, body) in cases {
        let answer = stand.post(&body, None)?;
        let refused = match answer.status {
            400..=599 => true,
            _ => Client::refuses(&answer.body),
        };
        let expected = format!("a refusal of {what}: HTTP 4xx or 5xx, or a SyncHdr Status of 400 and more");
        expect(refused, &expected, format!("HTTP {}", answer.status), what)?;
        client.session(stand)?;
    }
    Ok(())
}

fn abo_09(stand: &mut Stand) -> Result<(), Stop> {
    let mut twin = stand.twin()?;
    let mut scripts = Vec::new();
    for stand in [stand, &mut twin] {
        let mut client = stand.client()?;
        let mut said = Vec::new();
        stand.queue(
            &client,
            &json!([{"cmd": "get", "uri": "./T/s"}, {"cmd": "replace", "uri": "./T/s", "data": "x"}]),
        )?;
        let mut seen = client.open(stand)?;
        loop {
            said.push(seen.bytes.clone());
            if !seen.asks() {
                break;
            }
            let answer = client.answer(&seen);
            seen = client.send(stand, answer)?;
        }
        scripts.push(said);
    }
    let same = scripts.first() == scripts.get(1);
    expect(same, "the same bytes from the same inputs", "other bytes", "two servers with two clocks")
}
