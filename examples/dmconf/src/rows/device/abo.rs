//! ABO: session abort and robustness.

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::{add, get, replace};
use crate::device::session::{alerts, session_abort};
use crate::device::{Deed, Reply, Server};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-ABO-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "server aborts",
        rule: "client stops, sends no answer; commands not executed (documented if they are)",
        run: abo_02,
    },
    Row {
        id: "X-ABO-04",
        side: Side::Client,
        level: Level::Mandatory,
        title: "user or device ends the session",
        rule: "Alert 1223, Final, Statuses and Results of what was executed",
        run: abo_04,
    },
    Row {
        id: "X-ABO-05",
        side: Side::Both,
        level: Level::Mandatory,
        title: "connection lost without signal",
        rule: "state cleaned; retry policy in the transport layer; no command executed twice after reconnect in a new session",
        run: abo_05,
    },
    Row {
        id: "X-ABO-06",
        side: Side::Both,
        level: Level::Mandatory,
        title: "garbage from the peer",
        rule: "400-class failure or session end; state machine reusable for the next session",
        run: abo_06,
    },
    Row {
        id: "X-ABO-09",
        side: Side::Both,
        level: Level::Mandatory,
        title: "pure state machine",
        rule: "same outputs; no I/O, clock or randomness except through inputs",
        run: abo_09,
    },
];

fn abo_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    let draft = s.draft().commands([session_abort(), replace("./T/s", "xyz")]);
    let answered = s.exchange(draft)?;
    demand(answered.is_none(), "no answer to Alert 1223", "a message").map_err(|stop| stop.at(s.place()))?;
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn abo_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    s.bench.act(Deed::Abort)?;
    if alerts(&s.last).contains(&1223) {
        return demand(s.last.message.is_final, "Final beside Alert 1223", "none");
    }
    let draft = s.draft().commands([get("./T/i")]);
    s.exchange_or(draft, "Alert 1223 of a client that is going down")?;
    let codes = alerts(&s.last);
    demand(codes.contains(&1223), "Alert 1223", format!("Alerts {codes:?}")).map_err(|stop| stop.at(s.place()))?;
    demand(s.last.message.is_final, "Final beside Alert 1223", "none").map_err(|stop| stop.at(s.place()))?;
    let draft = s.draft().commands([replace("./T/s", "too late")]);
    let answered = s.exchange(draft)?;
    demand(answered.is_none(), "no further message after Alert 1223", "a message")?;
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn abo_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    s.expect(add("./T/once", "1"), &[200])?;
    let (session, sent) = (s.id().to_string(), s.last.bytes.clone());
    s.bench.hang_up()?;
    // Either the same message again, or another session, later or when it is asked for.
    let next = match s.bench.receive()? {
        Some(received) if received.message.header.session_id == session => {
            demand(received.bytes == sent, "the same message again, byte for byte", "another one of the same session")?;
            s.last = received;
            return s.close();
        }
        other => other,
    };
    let received = match next {
        Some(received) => received,
        None => b.start()?,
    };
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.holds("./T/once", "1")?;
    s.close()
}

fn abo_06(b: &mut Bench) -> Result<(), Stop> {
    let header = "<SyncHdr><VerDTD>1.2</VerDTD></SyncHdr>";
    let garbage = [
        b"this is no message".to_vec(),
        b"<Other xmlns='SYNCML:SYNCML1.2'/>".to_vec(),
        format!("<SyncML xmlns='SYNCML:SYNCML1.2'>{header}</SyncML>").into_bytes(),
        vec![0x02, 0x00, 0x00, 0x6A, 0x00, 0x6D, 0xFF, 0xFF],
        Vec::new(),
    ];
    for body in garbage {
        let mut s = b.manage()?;
        s.holds("./T/s", "abc")?;
        let syntax = s.bench.syntax();
        s.bench.answer(Reply { syntax, body, mac: None })?;
        match s.bench.receive()? {
            None => {}
            Some(received) => {
                let first = received.message.statuses().next();
                let code = first.map_or(0, |status| status.code.as_u16());
                demand(
                    (400..=599).contains(&code),
                    "the end of the session, or an error Status",
                    format!("Status {code}"),
                )?;
                // Whatever it waits for, it does not get.
                s.bench.hang_up()?;
            }
        }
        b.fresh()?;
    }
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    s.close()
}

/// The bytes of the client's messages in a short session.
fn trace(b: &mut Bench) -> Result<Vec<Vec<u8>>, Stop> {
    b.fresh()?;
    b.observe()?;
    let mut trace = Vec::new();
    let mut s = b.manage()?;
    trace.push(s.last.bytes.clone());
    for command in [get("./T/s"), replace("./T/i", "7"), get("./T?list=Struct")] {
        s.one(command)?;
        trace.push(s.last.bytes.clone());
    }
    s.close()?;
    Ok(trace)
}

fn abo_09(b: &mut Bench) -> Result<(), Stop> {
    let first = trace(b)?;
    b.rewind_nonces();
    let second = trace(b)?;
    same("the number of messages", first.len(), second.len())?;
    demand(first == second, "the same messages for the same inputs", "others")
}
