//! What the server makes of answers.

use omadm_proto::message::{Command, Data, Item, Results, Verb};
use omadm_proto::status::StatusCode;
use serde_json::json;

use super::super::lob;
use crate::row::Stop;
use crate::server::client::{Leaf, header_status};
use crate::server::outcome::{Outcome, State};
use crate::server::{Stand, answers, expect};

/// What an operator must be able to tell from each Status.
const TABLE: [(u16, &str); 11] = [
    (200, "success"),
    (202, "pending"),
    (214, "cancelled"),
    (215, "not executed"),
    (304, "user said no"),
    (404, "not found"),
    (405, "not allowed"),
    (406, "not supported"),
    (418, "already exists"),
    (425, "permission denied"),
    (500, "command failed"),
];

pub(super) fn srv_04(stand: &mut Stand) -> Result<(), Stop> {
    for (code, name) in TABLE {
        let mut client = stand.client()?;
        let work = match code {
            202 => json!([{"cmd": "exec", "uri": "./T/xa"}]),
            214 | 304 => json!([{"cmd": "alert", "code": 1101, "items": ["", "Go on?"]}]),
            _ => json!([{"cmd": "replace", "uri": "./T/s", "data": "x"}]),
        };
        for command in ["Replace", "Exec", "1101"] {
            client.codes.insert(command.into(), code);
        }
        let job = stand.queue(&client, &work)?;
        client.session(stand)?;
        let outcome = stand.outcome(&job)?;
        let place = format!("outcome of a command that was answered {code}");
        expect(outcome.status(0) == Some(code), &format!("Status {code}"), outcome.words(), &place)?;
        let held = match code {
            200 => outcome.state == State::Ok,
            202 => !outcome.state.is_over(),
            _ => matches!(outcome.state, State::Failed | State::Cancelled | State::Waiting),
        };
        expect(held, &format!("{name}: a state of its own"), outcome.words(), &place)?;
        if code >= 300 {
            // 4xx is never repeated of itself.
            client.received.clear();
            client.session(stand)?;
            let again = client.received.len();
            expect(again == 0, "no automatic repetition", format!("{again} commands"), &place)?;
        }
    }
    // 213 is the answer to a chunk: in transfer.
    let (mut client, job, seen) = lob::begin(stand)?;
    let answer = client.answer(&seen);
    client.send(stand, answer)?;
    let outcome = stand.outcome(&job)?;
    expect(!outcome.state.is_over(), "in transfer", outcome.words(), "outcome of a chunk that was answered 213")
}

/// A Get that the client answered with the Results `item`, or with none.
fn answered_get(stand: &mut Stand, item: Option<Item<'static>>) -> Result<Outcome, Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    let later = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}]))?;
    let seen = client.open(stand)?;
    let get = seen.trees(Verb::Get);
    let get = get.first().ok_or_else(|| Stop::failed("a Get", "none").at(seen.place()))?;
    let header = &seen.message.header;
    let mut message = client.statuses(&seen, StatusCode::OK);
    if let Some(item) = item {
        let results = Results::new(0, header.msg_id, get.cmd_id.clone(), vec![item]);
        message.commands.push(Command::Results(results));
    }
    let seen = client.send(stand, message)?;
    client.finish(stand, seen)?;
    let after = stand.outcome(&later)?;
    expect(after.status(0) == Some(200), "a session that goes on with the next job", after.words(), "outcome")?;
    stand.outcome(&job)
}

pub(super) fn srv_05(stand: &mut Stand) -> Result<(), Stop> {
    let outcome = answered_get(stand, None)?;
    expect(outcome.state == State::Failed, "a failed job", outcome.words(), "outcome")?;
    let told = format!("{} {}", outcome.reason, outcome.words()).to_lowercase().contains("no result");
    expect(told, "no result as the reason", outcome.words(), "outcome")
}

pub(super) fn srv_07(stand: &mut Stand) -> Result<(), Stop> {
    let item = Item::source("DevInfo/Man").with_data(Data::text("Acme"));
    let outcome = answered_get(stand, Some(item))?;
    let value = outcome.results().next().map(|value| value.text()).unwrap_or_default();
    expect(value == "Acme" && outcome.state == State::Ok, "the value of the Get", outcome.words(), "outcome")
}

pub(super) fn srv_22(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    for leaf in ["AAuthName", "AAuthSecret", "AAuthData"] {
        client.leaves.insert(format!("./DMAcc/A/AppAuth/1/{leaf}"), Leaf::text(""));
    }
    let job = stand.rotate(&client, "a new secret of the client")?;
    let seen = client.open(stand)?;
    let written: Vec<String> = seen.targets(Verb::Replace).into_iter().map(str::to_owned).collect();
    let secret = written.iter().any(|uri| uri.ends_with("/AAuthSecret"));
    expect(secret, "a Replace of AAuthSecret", written.join(", "), &seen.place())?;
    // The line goes dead before the Status: the server tries both secrets.
    client.open(stand).map_err(|stop| stop.at("the old secret after a broken session"))?;
    client.own.secret = "a new secret of the client".into();
    client.open(stand).map_err(|stop| stop.at("the new secret after a broken session"))?;
    let seen = client.open(stand)?;
    client.finish(stand, seen)?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.state == State::Ok, "the change done", outcome.words(), "outcome")
}

pub(super) fn sta_20(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "add", "uri": "./T/p/q/leaf", "data": "v"}]))?;
    let seen = client.open(stand)?;
    let header = &seen.message.header;
    let mut message = client.message();
    message.commands.push(Command::Status(header_status(header, StatusCode::OK, None)));
    for command in seen.commands() {
        let mut status = answers::status(header, command, StatusCode::DEVICE_FULL);
        status.items.push(Item::target("./T/p/q"));
        message.commands.push(Command::Status(status));
    }
    client.send(stand, message)?;
    let outcome = stand.outcome(&job)?;
    let shown = outcome.results().any(|value| value.uri == "./T/p/q") || outcome.reason.contains("./T/p/q");
    expect(shown, "the failing node ./T/p/q in the outcome", outcome.words(), "outcome")?;
    Ok(())
}
