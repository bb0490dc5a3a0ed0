//! GET: Get and node properties.

use crate::device::answer::demand;
use crate::device::bench::Bench;
use crate::device::command::{Item, add_item, command, get};
use crate::device::{Feature, Server, Setup};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-GET-01",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Get a leaf",
        rule: "Status 200 comes before Results; Results MsgRef/CmdRef point at the Get; Item has Source/LocURI ./T/s and Data abc; Meta Format/Type present unless chr and text/plain",
        run: get_01,
    },
    Row {
        id: "X-GET-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Get an interior node",
        rule: "Data = the child names joined by \"/\" in any order; Meta Format node, Type text/plain; no leading or trailing \"/\"",
        run: get_02,
    },
    Row {
        id: "X-GET-03",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Get an empty interior node",
        rule: "200 and Results with empty Data, Format node",
        run: get_03,
    },
    Row {
        id: "X-GET-04",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Get a missing node",
        rule: "404; no Results",
        run: get_04,
    },
    Row {
        id: "X-GET-05",
        side: Side::Client,
        level: Level::Mandatory,
        title: "several Items, mixed outcome",
        rule: "codes differ, so one Status per Item with TargetRef; Results for ./T/s and ./T/i only",
        run: get_05,
    },
    Row {
        id: "X-GET-07",
        side: Side::Client,
        level: Level::Mandatory,
        title: "binary leaf over XML and WBXML",
        rule: "XML: Meta Format b64, Data AAH+/w==; WBXML: Format bin with opaque, or b64 text; ?prop=Format answers bin both times",
        run: get_07,
    },
    Row {
        id: "X-GET-08",
        side: Side::Client,
        level: Level::Mandatory,
        title: "null leaf",
        rule: "200, Format null, Data empty or absent",
        run: get_08,
    },
    Row {
        id: "X-GET-09",
        side: Side::Client,
        level: Level::Mandatory,
        title: "mandatory properties",
        rule: "chr; s; text/plain; empty Data for ACL when none set; Source/LocURI echoes the URI with ?prop=",
        run: get_09,
    },
    Row {
        id: "X-GET-10",
        side: Side::Client,
        level: Level::Optional,
        title: "optional properties",
        rule: "decimal strings; TStamp like 20010711T163817Z; Size in octets of the unencoded value (4 for ./T/b)",
        run: get_10,
    },
    Row {
        id: "X-GET-11",
        side: Side::Client,
        level: Level::Mandatory,
        title: "unsupported or unknown property",
        rule: "406 each",
        run: get_11,
    },
    Row {
        id: "X-GET-15",
        side: Side::Client,
        level: Level::Mandatory,
        title: "URI spellings",
        rule: "first two equal; \".\" lists the root children",
        run: get_15,
    },
    Row {
        id: "X-GET-16",
        side: Side::Client,
        level: Level::Mandatory,
        title: "illegal URIs",
        rule: "an error status (400 or 404, 405 allowed) for each; never 200; never escapes the tree",
        run: get_16,
    },
    Row {
        id: "X-GET-17",
        side: Side::Client,
        level: Level::Mandatory,
        title: "URI limits",
        rule: "414 each; exactly at the limit it is 404 or 200",
        run: get_17,
    },
    Row {
        id: "X-GET-19",
        side: Side::Client,
        level: Level::Mandatory,
        title: "no read access by AccessType",
        rule: "405 (406 tolerated by test); value never leaves the device, also not via Struct, StructData, TNDS",
        run: get_19,
    },
    Row {
        id: "X-GET-20",
        side: Side::Client,
        level: Level::Mandatory,
        title: "no read access by ACL",
        rule: "425, no Results",
        run: get_20,
    },
    Row {
        id: "X-GET-21",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Inbox is write-only",
        rule: "405",
        run: get_21,
    },
    Row {
        id: "X-GET-27",
        side: Side::Client,
        level: Level::Mandatory,
        title: "date, time, float formats",
        rule: "values unchanged textually; Meta Format date / time / float",
        run: get_27,
    },
];

fn get_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(get("./T/s"))?;
    answer.is(0, &[200])?;
    answer.status_first(0)?;
    answer.lists(0, &["./T/s"])?;
    answer.value(0, "abc")?;
    answer.format(0, &["chr"])?;
    answer.of_type(0, "text/plain")?;
    let answer = s.one(get("./T/i"))?;
    answer.value(0, "42")?;
    answer.format(0, &["int"])?;
    s.close()
}

fn get_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(get("./T/sub"))?;
    answer.is(0, &[200])?;
    answer.format(0, &["node"])?;
    answer.of_type(0, "text/plain")?;
    let text = answer.text(0)?;
    let mut names: Vec<&str> = text.split('/').collect();
    names.sort_unstable();
    demand(names == ["a", "b", "deep"], "a/b/deep in any order", text.as_str())?;
    s.close()
}

fn get_03(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(get("./T/empty"))?;
    answer.is(0, &[200])?;
    answer.value(0, "")?;
    answer.format(0, &["node"])?;
    s.close()
}

fn get_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(get("./T/none"))?;
    answer.is(0, &[404])?;
    answer.no_results(0)?;
    s.close()
}

fn get_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let uris = ["./T/s", "./T/none", "./T/i"];
    let answer = s.one(command("Get", &uris.map(Item::target)))?;
    let statuses = answer.statuses_of(0);
    demand(statuses.len() == 3, "three Statuses, one an Item", format!("{}", statuses.len()))?;
    for (uri, code) in uris.iter().zip([200, 404, 200]) {
        let own = b_uri(&s, uri);
        let found = statuses.iter().find(|status| status.target_refs.iter().any(|one| *one == own));
        let seen = found.map(|status| status.code.as_u16());
        demand(seen == Some(code), &format!("Status {code} with TargetRef {own}"), format!("{seen:?}"))?;
    }
    answer.lists(0, &["./T/s", "./T/i"])?;
    s.close()
}

fn b_uri(s: &crate::device::session::Session<'_>, uri: &str) -> String {
    s.bench.fixture().translated(uri)
}

fn get_07(b: &mut Bench) -> Result<(), Stop> {
    use omadm_proto::exchange::Syntax;
    let mut s = b.manage()?;
    let answer = s.one(get("./T/b"))?;
    answer.is(0, &[200])?;
    answer.bytes(0, &[0x00, 0x01, 0xFE, 0xFF])?;
    if s.bench.syntax() == Syntax::Xml {
        answer.format(0, &["b64"])?;
        answer.value(0, "AAH+/w==")?;
    } else {
        answer.format(0, &["bin", "b64"])?;
    }
    s.holds("./T/b?prop=Format", "bin")?;
    s.close()
}

fn get_08(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(get("./T/n"))?;
    answer.is(0, &[200])?;
    answer.format(0, &["null"])?;
    answer.value(0, "")?;
    s.close()
}

fn get_09(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for (property, value) in [("Format", "chr"), ("Name", "s"), ("Type", "text/plain"), ("ACL", "")] {
        let uri = format!("./T/s?prop={property}");
        let answer = s.expect(get(&uri), &[200])?;
        answer.value(0, value)?;
        answer.lists(0, &[&uri])?;
    }
    s.close()
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `20010711T163817Z`, or the same without Z.
fn is_time(text: &str) -> bool {
    let text = text.strip_suffix('Z').unwrap_or(text);
    matches!(text.split_once('T'), Some((date, time)) if date.len() == 8 && time.len() == 6 && is_decimal(date) && is_decimal(time))
}

fn get_10(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let mut supported = 0;
    for property in ["Size", "Title", "TStamp", "VerNo"] {
        let answer = s.expect(get(&format!("./T/b?prop={property}")), &[200, 406])?;
        if answer.code(0)? == 406 {
            continue;
        }
        supported += 1;
        let text = answer.text(0)?;
        let good = match property {
            "Size" => text == "4",
            "TStamp" => is_time(&text),
            "VerNo" => is_decimal(&text),
            _ => true,
        };
        demand(good, &format!("the property {property} of a leaf of 4 octets in its form"), text)?;
    }
    if supported == 0 {
        return Err(Stop::skipped("the client has none of the optional properties"));
    }
    s.close()
}

fn get_11(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::TStamp))?;
    let mut s = b.manage()?;
    for uri in ["./T/s?prop=TStamp", "./T/s?prop=Foo"] {
        s.expect(get(uri), &[406])?.no_results(0)?;
    }
    s.close()
}

fn get_15(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    let own = b_uri(&s, "./T/s");
    let short = own.trim_start_matches("./").to_string();
    let answer = s.expect(get(&short), &[200])?;
    answer.value(0, "abc")?;
    let children = s.children(".")?;
    for name in ["DevInfo", "DevDetail", "DMAcc"] {
        demand(children.iter().any(|child| child == name), &format!("{name} below the root"), children.join("/"))?;
    }
    s.close()
}

fn get_16(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for uri in ["./T/", "./T//s", "./T/../DevInfo", "./T/./s", "/T/s", ""] {
        let answer = s.expect(get(uri), &[400, 404, 405])?;
        answer.no_results(0)?;
    }
    s.close()
}

fn get_17(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup { tight_uris: true, ..Setup::default() })?;
    let mut s = b.manage()?;
    let name = "n".repeat(16);
    let at_the_limit = format!("./{}/{}/{}/{}", &name[..15], &name[..15], &name[..15], &name[..14]);
    demand(at_the_limit.len() == 64, "a URI of 64 characters", at_the_limit.as_str())?;
    for uri in [&format!("./T/{name}"), "./T/sub/deep/c/d", &at_the_limit] {
        s.expect(get(uri), &[404, 200])?;
    }
    for uri in [&format!("./T/{name}n"), "./T/sub/deep/c/d/e", &format!("{at_the_limit}n")] {
        s.expect(get(uri), &[414])?.no_results(0)?;
    }
    s.close()
}

fn get_19(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let children = s.children("./DMAcc")?;
    let mut unreadable = vec!["./T/wo".to_string()];
    for account in children {
        let list = format!("./DMAcc/{account}/AppAuth");
        let answer = s.one(get(&list))?;
        if answer.code(0)? == 200 {
            let names = answer.text(0)?;
            for auth in names.split('/').filter(|name| !name.is_empty()) {
                unreadable.extend(["AAuthSecret", "AAuthData"].map(|leaf| format!("{list}/{auth}/{leaf}")));
            }
        }
    }
    for uri in &unreadable {
        s.expect(get(uri), &[405, 406, 404, 425])?.no_results(0)?;
    }
    s.expect(get("./T/wo"), &[405, 406])?;
    for uri in
        ["./T?list=Struct", "./T?list=StructData", "./T?list=TNDS", "./DMAcc?list=StructData", "./DMAcc?list=TNDS"]
    {
        let answer = s.one(get(uri))?;
        for value in answer.results(0) {
            let names =
                value.uri.ends_with("/wo") || value.uri.ends_with("/AAuthSecret") || value.uri.ends_with("/AAuthData");
            demand(!names, "no leaf that takes no Get in a list", value.uri.as_str())?;
            let text = value.text();
            demand(!text.contains("hidden-value"), "no value of a leaf that takes no Get in a list", uri)?;
        }
    }
    s.close()
}

fn get_20(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage_as(Server::A)?;
    let answer = s.expect(get("./T/secret"), &[425])?;
    answer.no_results(0)?;
    s.close()
}

fn get_21(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for uri in ["./Inbox", "./Inbox/x", "./Inbox?list=Struct"] {
        s.expect(get(uri), &[405])?.no_results(0)?;
    }
    s.close()
}

fn get_27(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for (name, format, value) in [("d", "date", "2008-06-17"), ("t", "time", "09:30:00"), ("f", "float", "1.0E2")] {
        let uri = format!("./T/{name}");
        s.expect(add_item(Item::target(&uri).format(format).data(value)), &[200])?;
        let answer = s.expect(get(&uri), &[200])?;
        answer.value(0, value)?;
        answer.format(0, &[format])?;
    }
    s.close()
}
