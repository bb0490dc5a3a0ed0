//! SES: session set-up and package flow.

use std::time::Duration;

use omadm_proto::message::{Command, Verb};
use omadm_proto::version::DmVersion;
use serde_json::json;

use super::{both, may, must};
use crate::row::{Row, Stop};
use crate::server::seen::Seen;
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 9] = [
    must(
        "X-SES-03",
        "server accepts and closes at once",
        "Status SyncHdr first (MsgRef 1, CmdRef 0, 200 or 212), Alert 200, Replace 200, no commands, Final",
        ses_03,
    ),
    both(must(
        "X-SES-04",
        "one management round",
        "a Get in package 2; its value reaches the server; package 4 ends the session",
        ses_04,
    )),
    must("X-SES-06", "server always answers", "package 3 of Statuses only is answered with a Status and Final", ses_06),
    both(must(
        "X-SES-07",
        "identifiers through a long session",
        "SessionID constant, MsgID 1, 2, 3 ... on each side, every MsgRef and CmdRef right, over six rounds",
        ses_07,
    )),
    must(
        "X-SES-10",
        "unsupported VerDTD",
        "Status SyncHdr 505, commands not executed, supported versions in Item",
        ses_10,
    ),
    must("X-SES-11", "unsupported VerProto", "Status SyncHdr 513, supported versions in Item, no commands run", ses_11),
    must(
        "X-SES-13",
        "incomplete package 1",
        "without session Alert, or without DevInfo: every command present is answered; the policy is constant",
        ses_13,
    ),
    may(
        "X-SES-18",
        "abandoned session",
        "after its lifetime the session is free; pending commands can be delivered anew",
        ses_18,
    ),
    both(must(
        "X-SES-22",
        "1.3 client with 1.2 server",
        "513 with DM/1.2 in Item, or DM/1.3 throughout; the versions are never mixed inside one session",
        ses_22,
    )),
];

fn ses_03(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let seen = client.open(stand)?;
    let place = seen.place();
    let header = seen.header()?;
    let first = seen.message.commands.first();
    let is_first = matches!(first, Some(Command::Status(status)) if status.is_for_sync_hdr());
    expect(is_first, "the Status for the SyncHdr first", format!("{:?}", first.map(Command::name)), &place)?;
    let msg_ref = header.msg_ref.map_or(0, |msg| msg.get());
    expect(msg_ref == client.msg_id(), &format!("MsgRef {}", client.msg_id()), msg_ref.to_string(), &place)?;
    expect(header.cmd_ref.to_string() == "0", "CmdRef 0", header.cmd_ref.to_string(), &place)?;
    expect(header.cmd == "SyncHdr", "Cmd SyncHdr", header.cmd.to_string(), &place)?;
    seen.expect_status("Alert", &[200])?;
    seen.expect_status("Replace", &[200])?;
    seen.expect_closing()
}

fn ses_04(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevDetail/FwV"}]))?;
    let package2 = client.open(stand)?;
    let targets = package2.targets(Verb::Get);
    expect(targets == ["./DevDetail/FwV"], "one Get of ./DevDetail/FwV", targets.join(", "), &package2.place())?;
    let answer = client.answer(&package2);
    let package4 = client.send(stand, answer)?;
    package4.expect_closing()?;
    let outcome = stand.outcome(&job)?;
    let values: Vec<String> = outcome.results().map(|value| value.text()).collect();
    expect(values == ["1.0"], "the value 1.0 at the server", values.join(", "), "outcome")
}

fn ses_06(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    stand.queue(&client, &json!([{"cmd": "replace", "uri": "./T/s", "data": "xyz"}]))?;
    let package2 = client.open(stand)?;
    let answer = client.answer(&package2);
    let package4 = client.send(stand, answer)?;
    package4.expect_header(&[200, 212])?;
    package4.expect_final()
}

fn ses_07(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let mut jobs = Vec::new();
    for round in 0..6 {
        client.leaves.insert(format!("./T/r{round}"), crate::server::client::Leaf::text("v"));
        jobs.push(stand.queue(&client, &json!([{"cmd": "get", "uri": format!("./T/r{round}")}]))?);
    }
    let mut seen = client.open(stand)?;
    let (session, mut server_msg) = (seen.message.header.session_id.to_string(), seen.message.header.msg_id.get());
    while seen.asks() {
        check_refs(&seen, &session)?;
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
        server_msg += 1;
        let msg_id = seen.message.header.msg_id.get();
        expect(msg_id == server_msg, &format!("MsgID {server_msg}"), msg_id.to_string(), &seen.place())?;
        expect(server_msg < 50, "an end of the session", "50 messages", &seen.place())?;
    }
    check_refs(&seen, &session)?;
    for job in &jobs {
        let outcome = stand.outcome(job)?;
        expect(outcome.status(0) == Some(200), "Status 200 of each Get at the server", outcome.words(), "outcome")?;
    }
    Ok(())
}

fn check_refs(seen: &Seen, session: &str) -> Result<(), Stop> {
    let place = seen.place();
    let own = &seen.message.header.session_id;
    expect(own == session, &format!("SessionID {session}"), own.to_string(), &place)?;
    for status in seen.message.statuses() {
        let msg_ref = status.msg_ref.map_or(0, |msg| msg.get());
        let expected = format!("MsgRef {} in each Status", seen.answers);
        expect(msg_ref == seen.answers, &expected, msg_ref.to_string(), &place)?;
    }
    Ok(())
}

fn ses_10(stand: &mut Stand) -> Result<(), Stop> {
    refused_version(stand, ("9.9", "DM/1.2"), 505, "1.2")
}

fn ses_11(stand: &mut Stand) -> Result<(), Stop> {
    refused_version(stand, ("1.2", "DM/9.9"), 513, "DM/1.2")
}

/// A first message in a version that nobody has is answered `code`, the supported ones named, nothing sent.
fn refused_version(
    stand: &mut Stand,
    version: (&'static str, &'static str),
    code: u16,
    known: &str,
) -> Result<(), Stop> {
    let mut client = stand.client()?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    client.begin(stand);
    let mut first = client.package1();
    (first.header.ver_dtd, first.header.ver_proto) = (version.0.into(), version.1.into());
    let seen = client.send(stand, first)?;
    seen.expect_header(&[code])?;
    seen.expect_only_statuses()?;
    let named = seen
        .header()?
        .items
        .iter()
        .any(|item| item.data.as_ref().and_then(|data| data.as_str()).is_some_and(|text| text.contains(known)));
    expect(named, &format!("the supported version {known} in an Item of the Status"), "none", &seen.place())
}

fn ses_13(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.session(stand)?;
    for (left_out, name) in [(0, "Replace"), (1, "Alert")] {
        let mut policies = Vec::new();
        for _ in 0..2 {
            client.begin(stand);
            let mut first = client.package1();
            first.commands.remove(left_out);
            let seen = client.send(stand, first)?;
            let answered = seen.codes_of(name);
            let expected = format!("a Status for the {name} that is there");
            expect(answered.len() == 1, &expected, format!("{}", answered.len()), &seen.place())?;
            policies.push((seen.header_code(), answered, seen.asks()));
        }
        let same = policies.first() == policies.get(1);
        expect(same, "the same answer to the same incomplete package 1", format!("{policies:?}"), "two sessions")?;
    }
    client.session(stand)?;
    Ok(())
}

fn ses_18(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}]))?;
    let lost = client.open(stand)?;
    let targets = lost.targets(Verb::Get).len();
    expect(targets == 1, "the Get in package 2", format!("{targets} Gets"), &lost.place())?;
    stand.wait(Duration::from_secs(86_400))?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0).is_none(), "a Get that counts as not answered", outcome.words(), "outcome")?;
    client.session(stand)?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0) == Some(200), "the Get delivered in the next session", outcome.words(), "outcome")
}

fn ses_22(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    client.version = DmVersion::V1_3;
    client.begin(stand);
    let first = client.package1();
    let mut seen = client.send(stand, first)?;
    if seen.header_code() == 513 {
        let named =
            seen.header()?.items.iter().any(|item| {
                item.data.as_ref().and_then(|data| data.as_str()).is_some_and(|text| text.contains("DM/1.2"))
            });
        expect(named, "DM/1.2 in an Item of Status 513", "none", &seen.place())?;
        client.version = DmVersion::V1_2;
        seen = client.open(stand)?;
    } else if matches!(seen.header_code(), 401 | 407) {
        let again = client.package1_after(&seen);
        seen = client.send(stand, again)?;
    }
    seen.expect_header(&[200, 212])?;
    let spoken = client.version.ver_proto();
    loop {
        let own = seen.message.header.ver_proto.to_string();
        expect(own == spoken, &format!("VerProto {spoken} throughout the session"), own, &seen.place())?;
        if !seen.asks() {
            return Ok(());
        }
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
    }
}
