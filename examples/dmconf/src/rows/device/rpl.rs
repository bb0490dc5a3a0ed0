//! RPL: Replace.

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::{Item, get, replace, replace_item};
use crate::device::{Feature, Setup, Special};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-RPL-01",
        side: Side::Client,
        level: Level::Mandatory,
        title: "replace a leaf value",
        rule: "200; Get xyz",
        run: rpl_01,
    },
    Row {
        id: "X-RPL-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "node absent",
        rule: "404; node not created",
        run: rpl_02,
    },
    Row {
        id: "X-RPL-03",
        side: Side::Client,
        level: Level::Mandatory,
        title: "plain value on interior node",
        rule: "405; subtree intact",
        run: rpl_03,
    },
    Row {
        id: "X-RPL-04",
        side: Side::Client,
        level: Level::Mandatory,
        title: "rename",
        rule: "200; old URI 404; ./T/sub2/deep/c readable; explicit ACLs, types of the subtree kept",
        run: rpl_04,
    },
    Row {
        id: "X-RPL-05",
        side: Side::Client,
        level: Level::Mandatory,
        title: "rename collides",
        rule: "418; nothing renamed",
        run: rpl_05,
    },
    Row {
        id: "X-RPL-06",
        side: Side::Client,
        level: Level::Mandatory,
        title: "rename permanent node or root",
        rule: "405",
        run: rpl_06,
    },
    Row {
        id: "X-RPL-08",
        side: Side::Client,
        level: Level::Mandatory,
        title: "rename to an illegal name",
        rule: "error (4xx, 414 for the last); unchanged",
        run: rpl_08,
    },
    Row {
        id: "X-RPL-09",
        side: Side::Client,
        level: Level::Mandatory,
        title: "read-only properties",
        rule: "405 each",
        run: rpl_09,
    },
    Row { id: "X-RPL-10", side: Side::Client, level: Level::Optional, title: "Title", rule: "200; 4xx", run: rpl_10 },
    Row {
        id: "X-RPL-11",
        side: Side::Client,
        level: Level::Mandatory,
        title: "type and format travel with the value",
        rule: "200; properties follow; without Meta the value is taken as chr text/plain or keeps its type - documented",
        run: rpl_11,
    },
    Row {
        id: "X-RPL-13",
        side: Side::Client,
        level: Level::Mandatory,
        title: "AccessType without Replace",
        rule: "405",
        run: rpl_13,
    },
    Row { id: "X-RPL-14", side: Side::Client, level: Level::Mandatory, title: "no right", rule: "425", run: rpl_14 },
    Row { id: "X-RPL-15", side: Side::Client, level: Level::Optional, title: "in use", rule: "403", run: rpl_15 },
    Row {
        id: "X-RPL-16",
        side: Side::Client,
        level: Level::Mandatory,
        title: "too large",
        rule: "413; old value kept",
        run: rpl_16,
    },
];

fn rpl_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/s", "xyz"), &[200])?;
    s.holds("./T/s", "xyz")?;
    s.close()
}

fn rpl_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/none", "x"), &[404])?;
    s.lacks("./T/none")?;
    s.close()
}

fn rpl_03(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/sub", "x"), &[405])?;
    s.holds("./T/sub/a", "1")?;
    s.holds("./T/sub/deep/c", "3")?;
    s.close()
}

fn rpl_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/sub/deep?prop=ACL", "Get=*&Replace=srvA"), &[200])?;
    s.expect(replace("./T/sub?prop=Name", "sub2"), &[200])?;
    s.lacks("./T/sub")?;
    s.holds("./T/sub2/deep/c", "3")?;
    s.holds("./T/sub2/a", "1")?;
    s.has_acl("./T/sub2/deep", "Get=*&Replace=srvA")?;
    s.holds("./T/sub2/a?prop=Type", "text/plain")?;
    s.close()
}

fn rpl_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/sub/a?prop=Name", "b"), &[418])?;
    s.holds("./T/sub/a", "1")?;
    s.holds("./T/sub/b", "2")?;
    s.close()
}

fn rpl_06(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/perm?prop=Name", "other"), &[405])?;
    s.expect(replace(".?prop=Name", "other"), &[405])?;
    s.holds("./T/perm", "p")?;
    s.close()
}

fn rpl_08(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup { tight_uris: true, ..Setup::default() })?;
    let mut s = b.manage()?;
    for name in ["x/y", "", ".."] {
        let answer = s.one(replace("./T/sub/a?prop=Name", name))?;
        let code = answer.code(0)?;
        demand(
            (400..500).contains(&code),
            &format!("an error Status of class 4 for the name \"{name}\""),
            format!("Status {code}"),
        )?;
    }
    s.expect(replace("./T/sub/a?prop=Name", &"n".repeat(17)), &[414])?;
    same(
        "the children of ./T/sub",
        vec!["a".to_string(), "b".to_string(), "deep".to_string()],
        s.children("./T/sub")?,
    )?;
    s.close()
}

fn rpl_09(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for (property, value) in
        [("Format", "int"), ("Type", "text/xml"), ("Size", "1"), ("TStamp", "20010711T163817Z"), ("VerNo", "1")]
    {
        // A client without the property may say so.
        let codes: &[u16] = if matches!(property, "Format" | "Type") { &[405] } else { &[405, 406] };
        s.expect(replace(&format!("./T/s?prop={property}"), value), codes)?;
    }
    s.holds("./T/s?prop=Format", "chr")?;
    s.close()
}

fn rpl_10(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.expect(replace("./T/s?prop=Title", &"t".repeat(255)), &[200, 406])?;
    if answer.code(0)? == 406 {
        return Err(Stop::skipped("the client has no Titles"));
    }
    s.holds("./T/s?prop=Title", &"t".repeat(255))?;
    s.one(replace("./T/s?prop=Title", &"t".repeat(256)))?.fails(0)?;
    s.close()
}

fn rpl_11(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::special(Special::AnyType))?;
    let mut s = b.manage()?;
    let item = Item::target("./T/multi").format("xml").of_type("text/xml").data("<a/>");
    s.expect(replace_item(item), &[200])?;
    s.holds("./T/multi?prop=Type", "text/xml")?;
    s.holds("./T/multi?prop=Format", "xml")?;
    s.expect(get("./T/multi"), &[200])?.value(0, "<a/>")?;
    // Without Meta the value is text, or the leaf keeps what it has.
    s.expect(replace("./T/multi", "<b/>"), &[200])?;
    let kept = s.expect(get("./T/multi?prop=Type"), &[200])?.text(0)?;
    demand(matches!(kept.as_str(), "text/plain" | "text/xml"), "Type text/plain, or the one it had", kept.as_str())?;
    s.close()
}

fn rpl_13(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/ro", "x"), &[405])?;
    s.holds("./T/ro", "r")?;
    s.close()
}

fn rpl_14(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/secret", "x"), &[425])?;
    s.close()
}

fn rpl_15(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::special(Special::LockedLeaf))?;
    let mut s = b.manage()?;
    s.expect(replace("./T/locked", "x"), &[403])?;
    s.holds("./T/locked", "l")?;
    s.close()
}

fn rpl_16(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::special(Special::SmallLeaf))?;
    let mut s = b.manage()?;
    s.expect(replace("./T/small", &"x".repeat(101)), &[413])?;
    s.holds("./T/small", "old")?;
    s.expect(replace("./T/small", &"x".repeat(100)), &[200])?;
    if !s.bench.fixture().without.contains(&Feature::Properties) {
        s.holds("./T/small?prop=Size", "100")?;
    }
    s.close()
}
