//! MSG: message size and packages of several messages.

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Command, Message, Meta, Verb};
use omadm_proto::status::StatusCode;
use serde_json::{Value, json};

use super::{both, lob, must};
use crate::row::{Row, Stop};
use crate::server::client::{Client, Leaf};
use crate::server::outcome::State;
use crate::server::seen::Seen;
use crate::server::{Job, Stand, expect};

pub(super) const ROWS: [Row<Stand>; 4] = [
    must(
        "X-MSG-01",
        "client MaxMsgSize is obeyed",
        "every message within 1000 bytes; split at command borders; next commands only after the client answered",
        msg_01,
    ),
    must(
        "X-MSG-03",
        "Next Message response",
        "exactly Status for SyncHdr and Alert 1222 (or 1223), no other command, no Final",
        msg_03,
    ),
    must(
        "X-MSG-06",
        "server sends Final whenever it can",
        "Final absent only in chunks before the last and in Next Message responses",
        msg_06,
    ),
    both(must(
        "X-MSG-12",
        "limit changes take effect",
        "a new MaxMsgSize holds from the next message on; absent keeps the last; 0 or unparsable is ignored",
        msg_12,
    )),
];

/// Gets of `count` leaves that the client has.
fn queue_gets(stand: &mut Stand, client: &mut Client, count: usize) -> Result<Job, Stop> {
    let uris: Vec<String> = (0..count).map(|at| format!("./T/leaf-{at:02}")).collect();
    for uri in &uris {
        client.leaves.insert(uri.clone(), Leaf::text("v"));
    }
    let commands: Vec<Value> = uris.iter().map(|uri| json!({"cmd": "get", "uri": uri})).collect();
    stand.queue(client, &Value::Array(commands))
}

fn msg_01(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.max_msg_size = Some(1_000);
    let job = queue_gets(stand, &mut client, 30)?;
    let mut seen = client.open(stand)?;
    let (mut got, mut messages) = (0, 0);
    while seen.asks() {
        let len = seen.bytes.len();
        expect(len <= 1_000, "at most 1000 bytes", format!("{len}"), &seen.place())?;
        got += seen.targets(Verb::Get).len();
        messages += 1;
        expect(messages < 100, "an end of the session", "100 messages", &seen.place())?;
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
    }
    expect(got == 30, "30 Gets, each once", format!("{got}"), "session")?;
    expect(messages > 1, "more than one message", format!("{messages}"), "session")?;
    let outcome = stand.outcome(&job)?;
    let values = outcome.results().count();
    expect(values == 30, "30 values at the server", format!("{values}"), "outcome")
}

/// Package 3 without Final and without Results: the Statuses for `seen`.
fn unfinished(client: &Client, seen: &Seen) -> Message<'static> {
    let mut message = client.statuses(seen, StatusCode::OK);
    message.is_final = false;
    message
}

fn msg_03(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}, {"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    let asked = client.open(stand)?;
    let whole = client.answer(&asked);
    let part = unfinished(&client, &asked);
    let seen = client.send(stand, part)?;
    seen.expect_header(&[200, 212])?;
    let statuses = seen.message.statuses().count();
    expect(statuses == 1, "the Status for the SyncHdr and no other", format!("{statuses} Statuses"), &seen.place())?;
    let names: Vec<String> = seen.commands().map(|command| command.name().to_owned()).collect();
    let right =
        names == ["Alert"] && (seen.has_alert(AlertCode::NEXT_MESSAGE) || seen.has_alert(AlertCode::SESSION_ABORT));
    expect(right, "Alert 1222 (or 1223) and no other command", names.join(", "), &seen.place())?;
    let aborted = seen.has_alert(AlertCode::SESSION_ABORT);
    expect(aborted || !seen.message.is_final, "no Final", "Final", &seen.place())?;
    if aborted {
        return Ok(());
    }
    let mut rest = client.statuses(&seen, StatusCode::OK);
    rest.commands.extend(whole.commands.into_iter().filter(|command| matches!(command, Command::Results(_))));
    let seen = client.send(stand, rest)?;
    seen.expect_closing()?;
    let outcome = stand.outcome(&job)?;
    let values = outcome.results().count();
    expect(values == 2, "both values at the server", format!("{values}"), "outcome")
}

fn msg_06(stand: &mut Stand) -> Result<(), Stop> {
    // Commands, then a package of the client in two messages.
    let mut client = stand.client()?;
    queue_gets(stand, &mut client, 3)?;
    stand.queue(&client, &json!([{"cmd": "alert", "code": 1100, "items": ["", "Hello"]}]))?;
    let asked = client.open(stand)?;
    asked.expect_final()?;
    let part = unfinished(&client, &asked);
    let next = client.send(stand, part)?;
    let rest = client.statuses(&next, StatusCode::OK);
    let mut seen = client.send(stand, rest)?;
    while seen.asks() {
        seen.expect_final()?;
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
    }
    seen.expect_final()?;
    // A large object.
    let (mut client, job, mut seen) = lob::begin(stand)?;
    while seen.asks() {
        let more = seen.items(Verb::Replace).iter().any(|item| item.more_data);
        let expected = if more { "no Final beside MoreData" } else { "Final" };
        expect(seen.message.is_final != more, expected, format!("Final: {}", seen.message.is_final), &seen.place())?;
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
    }
    seen.expect_final()?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.state == State::Ok, "the job done", outcome.words(), "outcome")
}

fn msg_12(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.max_msg_size = Some(4_000);
    let job = queue_gets(stand, &mut client, 90)?;
    let mut seen = client.open(stand)?;
    let mut limit = 4_000;
    // What each message of the client says of the limit, and which limit holds then.
    for (said, holds) in [("1100", 1_100), ("", 1_100), ("0", 1_100), ("9x9", 1_100), ("1000", 1_000), ("", 1_000)] {
        check_size(&seen, limit)?;
        let mut answer = client.answer(&seen);
        let bytes = with_limit(&client, &mut answer, said)?;
        seen = client.send_bytes(stand, &bytes)?;
        limit = holds;
    }
    while seen.asks() {
        check_size(&seen, limit)?;
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
    }
    let outcome = stand.outcome(&job)?;
    let values = outcome.results().count();
    expect(values == 90, "90 values at the server", format!("{values}"), "outcome")
}

fn check_size(seen: &Seen, limit: usize) -> Result<(), Stop> {
    seen.expect_header(&[200, 212])?;
    let len = seen.bytes.len();
    expect(len <= limit, &format!("at most {limit} bytes"), format!("{len}"), &seen.place())
}

/// The bytes of `message` with MaxMsgSize `text`, which may be no number; none when it is empty.
fn with_limit(client: &Client, message: &mut Message<'static>, text: &str) -> Result<Vec<u8>, Stop> {
    message.header.meta = (!text.is_empty()).then(|| Meta::default().and_max_msg_size(1_234_567));
    let meta = format!(">{text}</MaxMsgSize>");
    super::raw::edited(client, message, |xml| Some(xml.replace(">1234567</MaxMsgSize>", &meta)))
}
