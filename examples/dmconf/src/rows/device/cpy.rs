//! CPY: Copy.

use crate::device::bench::Bench;
use crate::device::command::{add, copy, replace};
use crate::device::session::Session;
use crate::device::{Feature, Setup};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-CPY-01",
        side: Side::Client,
        level: Level::Optional,
        title: "leaf over leaf",
        rule: "200; ./T/s2 = abc with the type and format of the source",
        run: cpy_01,
    },
    Row {
        id: "X-CPY-02",
        side: Side::Client,
        level: Level::Optional,
        title: "independent afterwards",
        rule: "./T/s2 still abc",
        run: cpy_02,
    },
    Row {
        id: "X-CPY-03",
        side: Side::Client,
        level: Level::Optional,
        title: "interior source or target",
        rule: "error: 403 or 405 (the text asks for 403 when the target cannot be overwritten for reasons other than rights); nothing changed",
        run: cpy_03,
    },
    Row {
        id: "X-CPY-06",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Copy not implemented",
        rule: "406 (501 tolerated)",
        run: cpy_06,
    },
];

/// A session in which ./T/s was copied over ./T/s2.
fn copied(b: &mut Bench) -> Result<Session<'_>, Stop> {
    b.needs(Feature::Copy)?;
    let mut s = b.manage()?;
    s.expect(add("./T/s2", "old"), &[200])?;
    s.expect(copy("./T/s", "./T/s2"), &[200])?;
    Ok(s)
}

fn cpy_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = copied(b)?;
    s.holds("./T/s2", "abc")?;
    s.holds("./T/s2?prop=Format", "chr")?;
    s.holds("./T/s2?prop=Type", "text/plain")?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn cpy_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = copied(b)?;
    s.expect(replace("./T/s", "new"), &[200])?;
    s.holds("./T/s2", "abc")?;
    s.close()
}

fn cpy_03(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::Copy)?;
    let mut s = b.manage()?;
    s.expect(add("./T/s2", "old"), &[200])?;
    s.expect(copy("./T/sub", "./T/s2"), &[403, 405])?;
    s.expect(copy("./T/s", "./T/sub"), &[403, 405])?;
    s.holds("./T/s2", "old")?;
    s.holds("./T/sub/a", "1")?;
    s.close()
}

fn cpy_06(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::Copy))?;
    let mut s = b.manage()?;
    s.expect(copy("./T/s", "./T/s2"), &[406, 501])?;
    s.lacks("./T/s2")?;
    s.close()
}
