//! ATM: Atomic and Sequence.

use crate::device::answer::{Got, same};
use crate::device::bench::Bench;
use crate::device::command::{add, alert, atomic, copy, delete, get, replace, sequence};
use crate::device::session::Session;
use crate::device::{Deed, Feature, Setup, UserAnswer};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-ATM-01",
        side: Side::Client,
        level: Level::Optional,
        title: "Atomic succeeds",
        rule: "Status Atomic 200 and one Status per inner command 200, in command order (Atomic first); all effects present",
        run: atm_01,
    },
    Row {
        id: "X-ATM-02",
        side: Side::Client,
        level: Level::Optional,
        title: "Atomic fails in the middle",
        rule: "Atomic 507; first 216; second its own code 404; third 215; ./T/s back to its old value",
        run: atm_02,
    },
    Row {
        id: "X-ATM-03",
        side: Side::Client,
        level: Level::Optional,
        title: "rollback of every kind",
        rule: "216 each; tree equal to before in values, names, ACLs, types, order-independent; VerNo / TStamp unchanged",
        run: atm_03,
    },
    Row {
        id: "X-ATM-05",
        side: Side::Client,
        level: Level::Optional,
        title: "nested Atomic",
        rule: "inner Atomic 500, outer Atomic 507, Replace 216; commands of the inner Atomic 215",
        run: atm_05,
    },
    Row {
        id: "X-ATM-06",
        side: Side::Client,
        level: Level::Optional,
        title: "Get inside Atomic",
        rule: "Get 500, Atomic 507, Replace 216, no Results",
        run: atm_06,
    },
    Row {
        id: "X-ATM-07",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Atomic not supported",
        rule: "Atomic 406; inner command not executed and answered 406 or 215",
        run: atm_07,
    },
    Row {
        id: "X-ATM-08",
        side: Side::Client,
        level: Level::Optional,
        title: "confirmation answered No inside Atomic",
        rule: "Alert 304; first Replace 216; last 215; Atomic 507; nothing changed",
        run: atm_08,
    },
    Row {
        id: "X-ATM-10",
        side: Side::Client,
        level: Level::Optional,
        title: "confirmation Yes inside Atomic",
        rule: "200 for all",
        run: atm_10,
    },
    Row {
        id: "X-ATM-15",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Sequence keeps order",
        rule: "Sequence 200; 200,200(1),200,200(2),200,404; Results belong to the right Get",
        run: atm_15,
    },
    Row {
        id: "X-ATM-16",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Status of Sequence itself",
        rule: "Sequence 200 as soon as execution began; inner codes individual",
        run: atm_16,
    },
    Row {
        id: "X-ATM-18",
        side: Side::Client,
        level: Level::Mandatory,
        title: "No in a Sequence",
        rule: "Replace 200 stays; Alert 304; Replace2 and Get 215; Sequence 200 (I-SRC returns 304); no Results",
        run: atm_18,
    },
    Row {
        id: "X-ATM-19",
        side: Side::Client,
        level: Level::Mandatory,
        title: "No outside Atomic / Sequence",
        rule: "Alert 304; Replace executed 200",
        run: atm_19,
    },
    Row {
        id: "X-ATM-21",
        side: Side::Client,
        level: Level::Mandatory,
        title: "unauthenticated Sequence / Atomic",
        rule: "container and every inner command answered 407, none run",
        run: atm_21,
    },
];

fn atm_01(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Atomic)?;
    let mut s = b.manage()?;
    let answer = s.one(atomic([add("./T/n1", "1"), replace("./T/s", "xyz"), delete("./T/sub/a")]))?;
    answer.codes(&[200; 4])?;
    answer.in_order()?;
    s.holds("./T/n1", "1")?;
    s.holds("./T/s", "xyz")?;
    s.lacks("./T/sub/a")?;
    s.close()
}

fn atm_02(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Atomic)?;
    let mut s = b.manage()?;
    let answer = s.one(atomic([replace("./T/s", "xyz"), replace("./T/none", "x"), replace("./T/i", "7")]))?;
    answer.codes(&[507, 216, 404, 215])?;
    s.holds("./T/s", "abc")?;
    s.holds("./T/i", "42")?;
    s.close()
}

/// All of ./T that can be seen: values, and the properties of a few nodes.
fn snapshot(s: &mut Session<'_>) -> Result<Vec<(String, String)>, Stop> {
    let answer = s.one(get("./T?list=StructData"))?;
    let mut seen: Vec<(String, String)> = answer
        .results(0)
        .into_iter()
        .map(|Got { uri, format, type_name, data, .. }| (uri, format!("{format} {type_name} {data:?}")))
        .collect();
    for uri in ["./T/sub", "./T/sub/a", "./T/sub/deep", "./T/sub/deep/c", "./T/s"] {
        for property in ["ACL", "Name", "Type", "TStamp", "VerNo"] {
            let uri = format!("{uri}?prop={property}");
            let answer = s.one(get(&uri))?;
            let value = answer.results(0).first().map(Got::text).unwrap_or_default();
            seen.push((uri, format!("{} {value}", answer.code(0)?)));
        }
    }
    seen.sort();
    Ok(seen)
}

fn atm_03(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Atomic)?;
    let has_copy = b.needs(Feature::Copy).is_ok();
    let mut s = b.manage()?;
    s.expect(replace("./T/sub/deep?prop=ACL", "Get=*&Replace=srvA"), &[200])?;
    s.expect(replace("./T/sub/deep/c?prop=ACL", "Get=srvA"), &[200])?;
    let before = snapshot(&mut s)?;
    let mut commands =
        vec![add("./T/n1", "1"), replace("./T/sub/a?prop=Name", "a2"), replace("./T/s?prop=ACL", "Get=srvB")];
    if has_copy {
        commands.push(copy("./T/sub/b", "./T/sub/a2"));
    }
    commands.push(delete("./T/sub"));
    let done = commands.len();
    commands.push(replace("./T/none", "x"));
    let answer = s.one(atomic(commands))?;
    answer.is(0, &[507])?;
    for nth in 1..=done {
        answer.is(nth, &[216])?;
    }
    answer.is(done + 1, &[404])?;
    same("the tree after the roll-back:", before, snapshot(&mut s)?)?;
    s.close()
}

fn atm_05(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Atomic)?;
    let mut s = b.manage()?;
    let answer = s.one(atomic([replace("./T/s", "xyz"), atomic([replace("./T/i", "7")])]))?;
    answer.codes(&[507, 216, 500, 215])?;
    s.holds("./T/s", "abc")?;
    s.holds("./T/i", "42")?;
    s.close()
}

fn atm_06(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Atomic)?;
    let mut s = b.manage()?;
    let answer = s.one(atomic([replace("./T/s", "xyz"), get("./T/i")]))?;
    answer.codes(&[507, 216, 500])?;
    answer.no_results(2)?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn atm_07(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::Atomic))?;
    let mut s = b.manage()?;
    let answer = s.one(atomic([replace("./T/s", "xyz")]))?;
    answer.is(0, &[406])?;
    answer.is(1, &[406, 215])?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn confirm() -> crate::device::command::Cmd {
    alert(1101, &["MINDT=1&MAXDT=15", "Go on?"])
}

fn atm_08(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Atomic)?;
    b.needs(Feature::UserInterface)?;
    b.act(Deed::User(UserAnswer::No))?;
    let mut s = b.manage()?;
    let answer = s.one(atomic([replace("./T/i", "7"), confirm(), replace("./T/s", "xyz")]))?;
    answer.codes(&[507, 216, 304, 215])?;
    s.holds("./T/i", "42")?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn atm_10(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Atomic)?;
    b.needs(Feature::UserInterface)?;
    b.act(Deed::User(UserAnswer::Yes))?;
    let mut s = b.manage()?;
    let answer = s.one(atomic([replace("./T/i", "7"), confirm(), replace("./T/s", "xyz")]))?;
    answer.codes(&[200; 4])?;
    s.holds("./T/i", "7")?;
    s.holds("./T/s", "xyz")?;
    s.close()
}

fn atm_15(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(sequence([
        add("./T/q", "1"),
        get("./T/q"),
        replace("./T/q", "2"),
        get("./T/q"),
        delete("./T/q"),
        get("./T/q"),
    ]))?;
    answer.codes(&[200, 200, 200, 200, 200, 200, 404])?;
    answer.value(2, "1")?;
    answer.value(4, "2")?;
    answer.no_results(6)?;
    s.close()
}

fn atm_16(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(sequence([replace("./T/s", "xyz"), replace("./T/none", "x")]))?;
    answer.codes(&[200, 200, 404])?;
    s.holds("./T/s", "xyz")?;
    s.close()
}

fn atm_18(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::UserInterface)?;
    b.act(Deed::User(UserAnswer::No))?;
    let mut s = b.manage()?;
    let answer = s.one(sequence([replace("./T/i", "7"), confirm(), replace("./T/s", "xyz"), get("./T/s")]))?;
    answer.codes(&[200, 200, 304, 215, 215])?;
    answer.no_results(4)?;
    s.holds("./T/i", "7")?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn atm_19(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::UserInterface)?;
    b.act(Deed::User(UserAnswer::No))?;
    let mut s = b.manage()?;
    let answer = s.send([confirm(), replace("./T/s", "xyz")])?;
    answer.codes(&[304, 200])?;
    s.holds("./T/s", "xyz")?;
    s.close()
}

fn atm_21(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let commands =
        [sequence([replace("./T/s", "xyz"), get("./T/s")]), atomic([replace("./T/i", "7"), delete("./T/sub")])];
    let draft = s.draft().cred("").commands(commands);
    let answer = s.send_draft(draft)?;
    same("the Status for the SyncHdr", Some(407), answer.header_code())?;
    answer.complete()?;
    answer.codes(&[407; 6])?;
    s.holds("./T/s", "abc")?;
    s.holds("./T/i", "42")?;
    s.close()
}
