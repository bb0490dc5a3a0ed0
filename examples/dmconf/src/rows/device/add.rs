//! ADD: Add.

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::{Item, add, add_item, add_node, get, replace, with_inside};
use crate::device::{Feature, Server, Setup, Special};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-ADD-01",
        side: Side::Client,
        level: Level::Mandatory,
        title: "add a leaf",
        rule: "200; Get gives v; Name new, Format chr, Type text/plain; ACL empty",
        run: add_01,
    },
    Row {
        id: "X-ADD-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "add an interior node with MO identifier",
        rule: "200; ?prop=Type gives the identifier; child list empty",
        run: add_02,
    },
    Row {
        id: "X-ADD-03",
        side: Side::Client,
        level: Level::Mandatory,
        title: "exists already",
        rule: "418; value still abc",
        run: add_03,
    },
    Row {
        id: "X-ADD-04",
        side: Side::Client,
        level: Level::Mandatory,
        title: "missing parents",
        rule: "either 200 with p and q created implicitly (interior, ACL empty) or 404; nothing in between",
        run: add_04,
    },
    Row {
        id: "X-ADD-06",
        side: Side::Client,
        level: Level::Mandatory,
        title: "below a leaf",
        rule: "405",
        run: add_06,
    },
    Row {
        id: "X-ADD-07",
        side: Side::Client,
        level: Level::Mandatory,
        title: "no right",
        rule: "425; node absent",
        run: add_07,
    },
    Row {
        id: "X-ADD-08",
        side: Side::Client,
        level: Level::Mandatory,
        title: "format or type not supported",
        rule: "415",
        run: add_08,
    },
    Row {
        id: "X-ADD-10",
        side: Side::Client,
        level: Level::Mandatory,
        title: "device full",
        rule: "420; tree unchanged",
        run: add_10,
    },
    Row { id: "X-ADD-11", side: Side::Client, level: Level::Mandatory, title: "URI limits", rule: "414", run: add_11 },
    Row {
        id: "X-ADD-12",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Add on a property",
        rule: "405",
        run: add_12,
    },
    Row {
        id: "X-ADD-13",
        side: Side::Client,
        level: Level::Mandatory,
        title: "many Items, shared Meta",
        rule: "Item Meta overrides element by element; formats chr, int, chr; three Statuses or one",
        run: add_13,
    },
    Row {
        id: "X-ADD-15",
        side: Side::Client,
        level: Level::Mandatory,
        title: "binary over XML",
        rule: "stored value 00 01 FE FF; ?prop=Format = bin; ?prop=Size = 4; bad base64 text gives 4xx and no node",
        run: add_15,
    },
    Row {
        id: "X-ADD-17",
        side: Side::Client,
        level: Level::Mandatory,
        title: "missing Data",
        rule: "error 4xx (412 or 400); interior and null nodes need no Data",
        run: add_17,
    },
    Row {
        id: "X-ADD-18",
        side: Side::Client,
        level: Level::Mandatory,
        title: "parent does not allow Add",
        rule: "405",
        run: add_18,
    },
];

fn add_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(add("./T/new", "v"), &[200])?;
    s.holds("./T/new", "v")?;
    for (property, value) in [("Name", "new"), ("Format", "chr"), ("Type", "text/plain"), ("ACL", "")] {
        s.holds(&format!("./T/new?prop={property}"), value)?;
    }
    s.close()
}

fn add_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let item = Item::target("./T/mo").format("node").of_type("urn:oma:mo:oma-fumo:1.0");
    s.expect(add_item(item), &[200])?;
    s.holds("./T/mo?prop=Type", "urn:oma:mo:oma-fumo:1.0")?;
    s.holds("./T/mo", "")?;
    s.close()
}

fn add_03(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(add("./T/s", "x"), &[418])?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn add_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.expect(add("./T/p/q/leaf", "x"), &[200, 404])?;
    if answer.code(0)? == 404 {
        s.lacks("./T/p")?;
        return s.close();
    }
    s.holds("./T/p/q/leaf", "x")?;
    same("the children of ./T/p", vec!["q".to_string()], s.children("./T/p")?)?;
    for uri in ["./T/p", "./T/p/q"] {
        s.holds(&format!("{uri}?prop=Format"), "node")?;
        s.holds(&format!("{uri}?prop=ACL"), "")?;
    }
    s.close()
}

fn add_06(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(add("./T/s/x", "x"), &[405])?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn add_07(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(add_node("./T/theirs"), &[200])?;
    s.expect(replace("./T/theirs?prop=ACL", "Add=srvB&Get=*&Replace=srvA"), &[200])?;
    s.expect(add("./T/theirs/x", "x"), &[425])?;
    s.lacks("./T/theirs/x")?;
    s.close()
}

fn add_08(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::special(Special::IntsOnly))?;
    let mut s = b.manage()?;
    s.expect(add_item(Item::target("./T/ints/x").format("float").data("1.0")), &[415])?;
    s.expect(add_item(Item::target("./T/ints/x").format("int").of_type("image/x-none").data("1")), &[415])?;
    s.lacks("./T/ints/x")?;
    s.expect(add_item(Item::target("./T/ints/x").format("int").data("1")), &[200])?;
    s.close()
}

fn add_10(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup { full: true, ..Setup::default() })?;
    let mut s = b.manage()?;
    let before = s.children("./T")?;
    s.expect(add("./T/new", "v"), &[420])?;
    same("the children of ./T", before, s.children("./T")?)?;
    s.close()
}

fn add_11(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup { tight_uris: true, ..Setup::default() })?;
    let mut s = b.manage()?;
    let name = "n".repeat(15);
    let long = format!("./T/{name}/{name}/{name}/{name}");
    demand(long.len() > 64, "a URI of more than 64 characters", long.as_str())?;
    for uri in [&format!("./T/{}", "n".repeat(17)), "./T/sub/deep/1/2/3", &long] {
        s.expect(add(uri, "v"), &[414])?;
    }
    s.close()
}

fn add_12(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(add("./T/s?prop=Title", "x"), &[405])?;
    s.close()
}

fn add_13(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let items = [
        Item::target("./T/m1").data("1"),
        Item::target("./T/m2").format("int").data("2"),
        Item::target("./T/m3").data("3"),
    ];
    let meta = "<Meta><Format xmlns='syncml:metinf'>chr</Format></Meta>";
    let answer = s.one(with_inside("Add", meta, &items))?;
    answer.is(0, &[200])?;
    let statuses = answer.statuses_of(0).len();
    demand(statuses == 1 || statuses == 3, "one Status, or one an Item", format!("{statuses}"))?;
    for (uri, format, value) in [("./T/m1", "chr", "1"), ("./T/m2", "int", "2"), ("./T/m3", "chr", "3")] {
        s.holds(uri, value)?;
        s.holds(&format!("{uri}?prop=Format"), format)?;
    }
    s.close()
}

fn add_15(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let item = |uri: &str, data: &str| {
        add_item(Item::target(uri).format("b64").of_type("application/octet-stream").data(data))
    };
    s.expect(item("./T/bin", "AAH+/w=="), &[200])?;
    s.expect(get("./T/bin"), &[200])?.bytes(0, &[0x00, 0x01, 0xFE, 0xFF])?;
    s.holds("./T/bin?prop=Format", "bin")?;
    if !s.bench.fixture().without.contains(&Feature::Properties) {
        s.holds("./T/bin?prop=Size", "4")?;
    }
    s.one(item("./T/bad", "A*?=B"))?.fails(0)?;
    s.lacks("./T/bad")?;
    s.close()
}

fn add_17(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(add_item(Item::target("./T/nodata").format("chr")))?;
    let code = answer.code(0)?;
    demand((400..500).contains(&code), "an error Status of class 4", format!("Status {code}"))?;
    s.lacks("./T/nodata")?;
    s.expect(add_node("./T/node"), &[200])?;
    s.expect(add_item(Item::target("./T/null").format("null")), &[200])?;
    s.close()
}

fn add_18(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage_as(Server::A)?;
    s.expect(add("./DevInfo/x", "v"), &[405])?;
    s.lacks("./DevInfo/x")?;
    s.close()
}
