//! ATM: Atomic and Sequence.

use omadm_proto::message::{Command, Verb};
use omadm_proto::status::StatusCode;
use serde_json::{Value, json};

use super::must;
use crate::row::{Row, Stop};
use crate::server::client::header_status;
use crate::server::outcome::State;
use crate::server::{Stand, answers, expect};

pub(super) const ROWS: [Row<Stand>; 2] = [
    must(
        "X-ATM-12",
        "server keeps Atomic and Sequence in one message",
        "an Atomic larger than the client's messages is never split: undeliverable; no MoreData inside Atomic",
        atm_12,
    ),
    must(
        "X-ATM-22",
        "server reads Atomic statuses",
        "507 / 216 / 404 / 215: the job failed at the right command; 516 is told apart",
        atm_22,
    ),
];

fn atm_12(stand: &mut Stand) -> Result<(), Stop> {
    for container in ["atomic", "sequence"] {
        let mut client = stand.client()?;
        client.max_msg_size = Some(1_000);
        let inner: Vec<Value> =
            (0..10).map(|at| json!({"cmd": "replace", "uri": format!("./T/a{at}"), "data": "x".repeat(200)})).collect();
        let job = stand.queue(&client, &json!([{"cmd": container, "commands": inner}]))?;
        let mut seen = client.open(stand)?;
        let mut rounds = 0;
        while seen.asks() {
            let parts = seen.items(Verb::Replace);
            let whole = parts.is_empty() || parts.len() == 10;
            expect(whole, "all ten commands in one message or none", format!("{}", parts.len()), &seen.place())?;
            let split = parts.iter().any(|item| item.more_data);
            expect(!split, "no MoreData inside a container", "MoreData", &seen.place())?;
            let len = seen.bytes.len();
            expect(len <= 1_000, "at most 1000 bytes", format!("{len}"), &seen.place())?;
            rounds += 1;
            expect(rounds < 20, "an end of the session", "20 messages", &seen.place())?;
            let answer = client.answer(&seen);
            seen = client.send(stand, answer)?;
        }
        let outcome = stand.outcome(&job)?;
        expect(outcome.state == State::Failed, "work reported as undeliverable", outcome.words(), "outcome")?;
    }
    Ok(())
}

fn atm_22(stand: &mut Stand) -> Result<(), Stop> {
    for undone in [216, 516] {
        let mut client = stand.client()?;
        let commands = json!([{"cmd": "atomic", "commands": [
            {"cmd": "replace", "uri": "./T/a", "data": "1"},
            {"cmd": "replace", "uri": "./T/none", "data": "2"},
            {"cmd": "replace", "uri": "./T/b", "data": "3"},
        ]}]);
        let job = stand.queue(&client, &commands)?;
        let seen = client.open(stand)?;
        let header = &seen.message.header;
        let mut message = client.message();
        message.commands.push(Command::Status(header_status(header, StatusCode::OK, None)));
        let mut codes = [507, undone, 404, 215].into_iter();
        for command in seen.commands() {
            let Command::Atomic(atomic) = command else {
                return Err(Stop::failed("one Atomic", command.name()).at(seen.place()));
            };
            let code = StatusCode::from_u16(codes.next().unwrap_or(507));
            message.commands.push(Command::Status(answers::status(header, command, code)));
            for child in &atomic.commands {
                let code = StatusCode::from_u16(codes.next().unwrap_or(500));
                message.commands.push(Command::Status(answers::status(header, child, code)));
            }
        }
        client.send(stand, message)?;
        let outcome = stand.outcome(&job)?;
        expect(outcome.state == State::Failed, "a failed job", outcome.words(), "outcome")?;
        expect(outcome.status(0) == Some(507), "507 for the Atomic", outcome.words(), "outcome")?;
        let inner: Vec<Option<u16>> = outcome
            .commands
            .first()
            .map(|atomic| atomic.commands.iter().map(|it| it.status).collect())
            .unwrap_or_default();
        let expected = [Some(undone), Some(404), Some(215)];
        let words = format!("{undone}, 404, 215 for the commands inside");
        expect(inner == expected, &words, format!("{inner:?}"), "outcome")?;
        let alarmed = outcome.reason.contains("516");
        if undone == 516 {
            expect(alarmed, "an alarm that 516 happened: it could not be rolled back", outcome.reason, "outcome")?;
        } else {
            expect(outcome.reason.contains("404"), "404 as the reason", outcome.reason, "outcome")?;
        }
    }
    Ok(())
}
