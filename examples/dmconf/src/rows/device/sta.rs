//! STA: status rules, NoResp, error statuses.

use omadm_proto::message::Status;

use crate::device::answer::{Answer, demand};
use crate::device::bench::Bench;
use crate::device::command::{Item, add, add_node, command, copy, delete, get, raw, replace, with_inside};
use crate::device::{Feature, session::Session};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-STA-01",
        side: Side::Client,
        level: Level::Mandatory,
        title: "one Status per command, in order",
        rule: "five Statuses after the SyncHdr Status, in the order of the commands",
        run: sta_01,
    },
    Row {
        id: "X-STA-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Status content",
        rule: "Cmd name exact; CmdRef, MsgRef; TargetRef and SourceRef allowed; Data numeric",
        run: sta_02,
    },
    Row {
        id: "X-STA-05",
        side: Side::Client,
        level: Level::Mandatory,
        title: "missing or zero CmdID",
        rule: "error 400 (Status with empty or no CmdRef tolerated); command not executed",
        run: sta_05,
    },
    Row {
        id: "X-STA-07",
        side: Side::Client,
        level: Level::Mandatory,
        title: "commands outside DM",
        rule: "error (406 or 501; 400 seen); not executed",
        run: sta_07,
    },
    Row {
        id: "X-STA-08",
        side: Side::Client,
        level: Level::Mandatory,
        title: "NoResp in a command",
        rule: "DM does not use NoResp: element accepted by the parser; Status is sent all the same (documented)",
        run: sta_08,
    },
    Row {
        id: "X-STA-11",
        side: Side::Client,
        level: Level::Mandatory,
        title: "unknown element in SyncBody",
        rule: "400 for it or ignored as documented; other commands still processed",
        run: sta_11,
    },
    Row {
        id: "X-STA-12",
        side: Side::Client,
        level: Level::Mandatory,
        title: "empty command",
        rule: "400 or 412",
        run: sta_12,
    },
    Row {
        id: "X-STA-15",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Status for Status is never sent",
        rule: "no Status refers to a Status",
        run: sta_15,
    },
    Row {
        id: "X-STA-16",
        side: Side::Client,
        level: Level::Mandatory,
        title: "EMI and unknown Meta",
        rule: "ignored",
        run: sta_16,
    },
    Row {
        id: "X-STA-19",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Status precedes Results across messages",
        rule: "Status of the Get always in the same or an earlier position than its Results",
        run: sta_19,
    },
    Row {
        id: "X-STA-20",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Status with Item detail",
        rule: "Item content parsed by the server and shown to the operator",
        run: sta_20,
    },
];

fn sta_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let commands = [add("./T/n1", "1"), get("./T/s"), replace("./T/none", "x"), delete("./T/sub/a"), get("./T/i")];
    let answer = s.send(commands)?;
    answer.codes(&[200, 200, 404, 200, 200])?;
    answer.in_order()?;
    let all = answer.statuses().count();
    demand(all == 5, "five Statuses besides that for the SyncHdr", format!("{all}"))?;
    s.close()
}

fn sta_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(add("./T/s2", "old"), &[200])?;
    let answer = s.one(copy("./T/s", "./T/s2"))?;
    let own = ["./T/s", "./T/s2"].map(|uri| s.bench.fixture().translated(uri));
    for status in answer.statuses_of(0) {
        let good = status.source_refs().iter().all(|uri| *uri == own[0])
            && status.target_refs.iter().all(|uri| *uri == own[1]);
        demand(good, "SourceRef and TargetRef, if any, of the Copy's own Item", "others")?;
        demand((200..600).contains(&status.code.as_u16()), "a numeric Data", status.code.to_string())?;
    }
    let codes: &[u16] = if s.bench.needs(Feature::Copy).is_ok() { &[200] } else { &[406, 501] };
    answer.is(0, codes)?;
    s.close()
}

/// The Statuses whose Cmd is `name`.
fn called<'a>(answer: &'a Answer, name: &str) -> Vec<&'a Status<'static>> {
    answer
        .messages
        .iter()
        .flat_map(|received| received.message.statuses())
        .filter(|status| status.cmd == name && !status.is_for_sync_hdr())
        .collect()
}

fn no_results_at_all(answer: &Answer) -> Result<(), Stop> {
    let any =
        answer.messages.iter().flat_map(|received| received.message.commands()).any(|one| one.name() == "Results");
    demand(!any, "no Results", "Results")
}

fn sta_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for id in ["", "<CmdID>0</CmdID>"] {
        let text = format!("<Get>{id}<Item><Target><LocURI>./T/s</LocURI></Target></Item></Get>");
        let answer = s.send_loosely([raw(&text, &[]), get("./T/i")])?;
        let codes: Vec<u16> = answer
            .messages
            .iter()
            .flat_map(|received| received.message.statuses())
            .skip(1)
            .filter(|status| status.cmd_ref != omadm_proto::ids::CmdId::Number(answer.sent.commands[0].0))
            .map(|status| status.code.as_u16())
            .collect();
        demand(codes == [400], "one Status 400 for a Get without a good CmdID", format!("Statuses {codes:?}"))?;
        answer.value(0, "42")?;
        let found = answer
            .messages
            .iter()
            .flat_map(|received| received.message.commands())
            .filter(|one| one.name() == "Results")
            .count();
        demand(found == 1, "Results for the other Get only", format!("{found} Results"))?;
    }
    s.close()
}

fn sta_07(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let meta = "<Meta><Type xmlns='syncml:metinf'>text/plain</Type></Meta>";
    let here = "<Target><LocURI>./T/s</LocURI></Target><Source><LocURI>./T/s</LocURI></Source>";
    let commands = [
        raw(&format!("<Put><CmdID>#</CmdID>{meta}<Item>{here}<Data>x</Data></Item></Put>"), &["Put"]),
        raw(
            &format!("<Search><CmdID>#</CmdID><Source><LocURI>./T/s</LocURI></Source>{meta}<Data>x</Data></Search>"),
            &["Search"],
        ),
        raw(&format!("<Map><CmdID>#</CmdID>{here}<MapItem>{here}</MapItem></Map>"), &["Map"]),
        raw(&format!("<Sync><CmdID>#</CmdID>{here}</Sync>"), &["Sync"]),
    ];
    for command in commands {
        let answer = s.expect(command, &[400, 406, 501])?;
        no_results_at_all(&answer)?;
    }
    s.holds("./T/s", "abc")?;
    s.close()
}

fn sta_08(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(with_inside("Replace", "<NoResp/>", &[Item::target("./T/s").data("xyz")]))?;
    answer.codes(&[200])?;
    s.holds("./T/s", "xyz")?;
    s.close()
}

/// 400 for the element called `name`, or nothing; and the Get behind it is answered.
fn foreign(s: &mut Session<'_>, text: &str, name: &'static str) -> Result<(), Stop> {
    let answer = s.send_loosely([raw(text, &[name]), get("./T/s")])?;
    let codes: Vec<u16> = called(&answer, name).iter().map(|status| status.code.as_u16()).collect();
    demand(
        codes.is_empty() || codes == [400] || codes == [406],
        "400 for it, or nothing",
        format!("Statuses {codes:?}"),
    )?;
    answer.is(1, &[200])?;
    answer.value(1, "abc")
}

fn sta_11(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    foreign(&mut s, "<foo><CmdID>#</CmdID></foo>", "foo")?;
    s.close()?;
    let mut s = b.manage()?;
    foreign(&mut s, "<bar xmlns='urn:example:conformance'><CmdID>#</CmdID></bar>", "bar")?;
    s.close()
}

fn sta_12(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(command("Replace", &[]), &[400, 412])?;
    s.expect(command("Get", &[Item::default()]), &[400, 412])?.no_results(0)?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn sta_15(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for _ in 0..3 {
        // Package 1 and its Statuses, then Statuses alone beside a Get: none of them is answered.
        s.one(get("./T/s"))?.value(0, "abc")?;
        for status in s.last.message.statuses() {
            demand(
                status.cmd != "Status" && status.cmd != "Results",
                "no Status for a Status",
                status.cmd.to_string(),
            )?;
        }
    }
    s.close()
}

fn sta_16(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let meta = "<Meta><Format xmlns='syncml:metinf'>chr</Format><EMI xmlns='syncml:metinf'>vendor</EMI>\
                <Anchor xmlns='syncml:metinf'><Last>1</Last><Next>2</Next></Anchor><Version xmlns='syncml:metinf'>3</Version>\
                <Mem xmlns='syncml:metinf'><FreeMem>4</FreeMem><FreeID>5</FreeID></Mem></Meta>";
    let answer = s.one(with_inside("Replace", meta, &[Item::target("./T/s").data("xyz")]))?;
    answer.codes(&[200])?;
    s.holds("./T/s", "xyz")?;
    s.close()
}

fn sta_19(b: &mut Bench) -> Result<(), Stop> {
    let text = "v".repeat(600);
    let mut s = b.manage()?;
    s.expect(add("./T/v", &text), &[200])?;
    let draft = s.draft().max_msg_size("1200").commands((0..8).map(|_| get("./T/v")));
    let answer = s.send_draft(draft)?;
    answer.complete()?;
    demand(answer.messages.len() > 1, "Results in further messages", "one message")?;
    for nth in 0..8 {
        answer.status_first(nth)?;
        answer.value(nth, &text)?;
    }
    s.close()
}

fn sta_20(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(add_node("./T/theirs"), &[200])?;
    s.expect(replace("./T/theirs?prop=ACL", "Add=srvB&Get=*&Replace=srvA"), &[200])?;
    let answer = s.expect(add("./T/theirs/new/leaf", "x"), &[425, 404])?;
    let own = s.bench.fixture().translated("./T/theirs/new");
    for status in answer.statuses_of(0) {
        for item in &status.items {
            let named = item.target_uri().unwrap_or_default();
            demand(named == own, &format!("an Item that names {own}, where the creation failed"), named)?;
        }
    }
    s.lacks("./T/theirs/new")?;
    s.close()
}
