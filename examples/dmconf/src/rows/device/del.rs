//! DEL: Delete.

use crate::device::answer::same;
use crate::device::bench::Bench;
use crate::device::command::{delete, get};
use crate::device::{Server, session::Session};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-DEL-01",
        side: Side::Client,
        level: Level::Mandatory,
        title: "delete a leaf",
        rule: "200; Get 404; parent list without it",
        run: del_01,
    },
    Row {
        id: "X-DEL-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "delete a subtree",
        rule: "200; all descendants gone",
        run: del_02,
    },
    Row {
        id: "X-DEL-03",
        side: Side::Client,
        level: Level::Mandatory,
        title: "permanent node",
        rule: "405",
        run: del_03,
    },
    Row { id: "X-DEL-04", side: Side::Client, level: Level::Mandatory, title: "root", rule: "405", run: del_04 },
    Row { id: "X-DEL-05", side: Side::Client, level: Level::Mandatory, title: "absent", rule: "404", run: del_05 },
    Row {
        id: "X-DEL-06",
        side: Side::Client,
        level: Level::Mandatory,
        title: "AccessType without Delete, addressed directly",
        rule: "405",
        run: del_06,
    },
    Row { id: "X-DEL-09", side: Side::Client, level: Level::Mandatory, title: "property", rule: "405", run: del_09 },
    Row { id: "X-DEL-10", side: Side::Client, level: Level::Mandatory, title: "no right", rule: "425", run: del_10 },
];

/// The node is refused with one of `codes`, and still there.
fn stays(s: &mut Session<'_>, uri: &str, codes: &[u16]) -> Result<(), Stop> {
    s.expect(delete(uri), codes)?;
    s.expect(get(uri), &[200]).map(drop)
}

fn del_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(delete("./T/sub/a"), &[200])?;
    s.lacks("./T/sub/a")?;
    same("the children of ./T/sub", vec!["b".to_string(), "deep".to_string()], s.children("./T/sub")?)?;
    s.close()
}

fn del_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(delete("./T/sub"), &[200])?;
    for uri in ["./T/sub", "./T/sub/a", "./T/sub/deep", "./T/sub/deep/c"] {
        s.lacks(uri)?;
    }
    s.close()
}

fn del_03(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    stays(&mut s, "./T/perm", &[405])?;
    stays(&mut s, "./DevInfo", &[405])?;
    s.close()
}

fn del_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    stays(&mut s, ".", &[405])?;
    s.close()
}

fn del_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(delete("./T/none"), &[404])?;
    s.close()
}

fn del_06(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    stays(&mut s, "./T/nd", &[405])?;
    s.close()
}

fn del_09(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(delete("./T/s?prop=Title"), &[405])?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn del_10(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage_as(Server::A)?;
    s.expect(delete("./T/secret"), &[425])?;
    // Who may read it sees that it is still there; who may not is told so, and not that it is gone.
    s.expect(get("./T/secret"), &[425])?;
    s.close()
}
