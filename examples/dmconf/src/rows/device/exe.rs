//! EXE: Exec.

use omadm_proto::message::Command;

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::{exec, exec_correlated, exec_with, replace, sequence};
use crate::device::{Deed, Feature, Received, Server, Setup};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-EXE-01",
        side: Side::Client,
        level: Level::Optional,
        title: "synchronous Exec",
        rule: "200 after it ran once with argument \"arg\"",
        run: exe_01,
    },
    Row {
        id: "X-EXE-02",
        side: Side::Client,
        level: Level::Optional,
        title: "asynchronous Exec with Correlator",
        rule: "202; later (same or other session) Alert 1226 with Correlator c-1, Source of the MO",
        run: exe_02,
    },
    Row {
        id: "X-EXE-04",
        side: Side::Client,
        level: Level::Optional,
        title: "not executable",
        rule: "405 (406 tolerated)",
        run: exe_04,
    },
    Row {
        id: "X-EXE-05",
        side: Side::Client,
        level: Level::Optional,
        title: "no Exec right",
        rule: "425; not run",
        run: exe_05,
    },
    Row {
        id: "X-EXE-06",
        side: Side::Client,
        level: Level::Optional,
        title: "missing target",
        rule: "404",
        run: exe_06,
    },
    Row {
        id: "X-EXE-08",
        side: Side::Client,
        level: Level::Optional,
        title: "Exec inside Sequence",
        rule: "in order, each Status",
        run: exe_08,
    },
    Row {
        id: "X-EXE-09",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Exec not implemented at all",
        rule: "406",
        run: exe_09,
    },
];

/// How often the Exec of `uri` ran, and the last argument; `None` where nobody can look.
fn ran(b: &mut Bench, uri: &str) -> Option<(usize, String)> {
    let own = b.fixture().translated(uri);
    let execs = b.observe().ok()?.execs;
    let mut found = execs.iter().filter(|(target, _)| *target == own);
    let count = found.clone().count();
    Some((count, found.next_back().map(|(_, argument)| argument.clone()).unwrap_or_default()))
}

fn exe_01(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Exec)?;
    let mut s = b.manage()?;
    s.expect(exec_with("./T/x", "arg"), &[200])?;
    if let Some(seen) = ran(s.bench, "./T/x") {
        same("runs and argument of ./T/x", (1, "arg".to_string()), seen)?;
    }
    s.close()
}

/// The Correlator and the Source of the generic alert in a message.
fn generic_alert(received: &Received) -> Option<(String, String)> {
    received.message.commands().find_map(|command| match command {
        Command::Alert(alert) if alert.code.is_some_and(|code| code.as_u16() == 1226) => {
            let source = alert.items.first().and_then(|item| item.source_uri()).unwrap_or_default();
            Some((alert.correlator.as_deref().unwrap_or_default().to_string(), source.to_string()))
        }
        _ => None,
    })
}

fn exe_02(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Exec)?;
    let mut s = b.manage()?;
    s.expect(exec_correlated("./T/xa", "c-1"), &[202])?;
    s.close()?;
    b.act(Deed::Finish)?;
    let received = b.start()?;
    let (correlator, source) =
        generic_alert(&received).ok_or_else(|| Stop::failed("Alert 1226 in the next session", "none"))?;
    same("Correlator", "c-1", correlator.as_str())?;
    demand(source.starts_with("./"), "Source of the management object", source)?;
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.close()
}

fn exe_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(exec("./T/s"), &[405, 406])?;
    s.close()
}

fn exe_05(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Exec)?;
    let mut s = b.manage()?;
    s.expect(replace("./T/x?prop=ACL", "Get=*&Replace=srvA"), &[200])?;
    s.expect(exec("./T/x"), &[425])?;
    if let Some((count, _)) = ran(s.bench, "./T/x") {
        same("runs of ./T/x", 0, count)?;
    }
    s.close()
}

fn exe_06(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Exec)?;
    let mut s = b.manage()?;
    s.expect(exec("./T/none"), &[404])?;
    s.close()
}

fn exe_08(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Exec)?;
    let mut s = b.manage()?;
    let answer = s.one(sequence([replace("./T/s", "xyz"), exec("./T/x")]))?;
    answer.codes(&[200, 200, 200])?;
    s.holds("./T/s", "xyz")?;
    if let Some((count, _)) = ran(s.bench, "./T/x") {
        same("runs of ./T/x", 1, count)?;
    }
    s.close()
}

fn exe_09(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::Exec))?;
    let mut s = b.manage()?;
    s.expect(exec("./T/x"), &[406])?;
    s.close()
}
