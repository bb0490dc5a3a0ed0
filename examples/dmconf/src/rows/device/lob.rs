//! LOB: large objects.

use base64::Engine as _;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Command;

use crate::device::answer::{Answer, demand, same};
use crate::device::bench::Bench;
use crate::device::command::{Cmd, Item, add, command, get, replace};
use crate::device::session::{Session, alerts};
use crate::device::{Deed, DeviceAlert, Feature, Setup};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-LOB-01",
        side: Side::Client,
        level: Level::Optional,
        title: "server to client, three chunks",
        rule: "each chunk is answered under its own CmdID; 213,213,200; node appears only after the last chunk, octets equal",
        run: lob_01,
    },
    Row {
        id: "X-LOB-02",
        side: Side::Client,
        level: Level::Optional,
        title: "chunked Replace",
        rule: "old value readable until the last chunk has been applied",
        run: lob_02,
    },
    Row {
        id: "X-LOB-03",
        side: Side::Client,
        level: Level::Optional,
        title: "size mismatch",
        rule: "last chunk 424; nothing committed; old value kept",
        run: lob_03,
    },
    Row {
        id: "X-LOB-04",
        side: Side::Client,
        level: Level::Optional,
        title: "new command before the end",
        rule: "Alert 1225 naming ./T/s as Target or Source; ./T/s unchanged; buffer dropped; Replace ./T/i answered normally",
        run: lob_04,
    },
    Row {
        id: "X-LOB-06",
        side: Side::Client,
        level: Level::Optional,
        title: "object larger than MaxObjSize",
        rule: "413 at once; no 213; server must not have sent it (server lint)",
        run: lob_06,
    },
    Row {
        id: "X-LOB-07",
        side: Side::Client,
        level: Level::Optional,
        title: "Size missing in the first chunk",
        rule: "error: 411 (size required) or 412; nothing buffered",
        run: lob_07,
    },
    Row {
        id: "X-LOB-09",
        side: Side::Client,
        level: Level::Optional,
        title: "base64 across chunks",
        rule: "text is joined first and decoded once; Size counts base64 characters; ?prop=Size counts octets",
        run: lob_09,
    },
    Row {
        id: "X-LOB-11",
        side: Side::Client,
        level: Level::Optional,
        title: "WBXML opaque chunks",
        rule: "octets joined; Size = octets",
        run: lob_11,
    },
    Row {
        id: "X-LOB-14",
        side: Side::Client,
        level: Level::Optional,
        title: "commands before the first chunk",
        rule: "200 and 213",
        run: lob_14,
    },
    Row {
        id: "X-LOB-16",
        side: Side::Client,
        level: Level::Mandatory,
        title: "client without large objects",
        rule: "server reads LrgObj and does not chunk (job fails with a clear reason); a client that still gets MoreData answers 406 (documented)",
        run: lob_16,
    },
    Row {
        id: "X-LOB-18",
        side: Side::Client,
        level: Level::Mandatory,
        title: "client to server",
        rule: "server rebuilds the value; no Status for the last Results (200 is not sent)",
        run: lob_18,
    },
    Row {
        id: "X-LOB-22",
        side: Side::Client,
        level: Level::Optional,
        title: "large generic alert",
        rule: "with: chunked Alert Item; without: data cut or alert refused locally, message limit kept",
        run: lob_22,
    },
];

const BIG: &str = "./T/big";

/// `length` letters.
fn letters(length: usize) -> String {
    ('a'..='z').cycle().take(length).collect()
}

/// The Items that carry `text` in parts of `step` characters; the first one has the Size.
fn chunks(uri: &str, text: &str, step: usize, size: Option<usize>) -> Vec<Item> {
    let parts: Vec<String> =
        text.as_bytes().chunks(step).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    let last = parts.len() - 1;
    let item = |(nth, part): (usize, &String)| {
        let item = Item::target(uri).format("chr").of_type("text/plain").data(part);
        let item = match size {
            Some(size) if nth == 0 => item.size(size as u64),
            _ => item,
        };
        if nth == last { item } else { item.more() }
    };
    parts.iter().enumerate().map(item).collect()
}

/// Sends the chunks, one a message; all but the last are answered 213 with a 1222. Gives the answer to the last.
fn send(s: &mut Session<'_>, verb: &'static str, items: &[Item]) -> Result<Answer, Stop> {
    let Some((last, before)) = items.split_last() else { return Err(Stop::skipped("nothing to send")) };
    for item in before {
        first_chunk(s, command(verb, std::slice::from_ref(item)))?;
    }
    let draft = s.draft().commands([command(verb, std::slice::from_ref(last))]);
    s.send_draft(draft)
}

/// Sends a chunk that others follow.
fn first_chunk(s: &mut Session<'_>, chunk: Cmd) -> Result<(), Stop> {
    let draft = s.draft().commands([chunk]).more();
    let answer = s.ask(draft)?;
    answer.complete()?;
    answer.is(0, &[213])?;
    demand(alerts(&s.last).contains(&1222), "Alert 1222 after a chunk", "none").map_err(|stop| stop.at(s.place()))?;
    demand(!s.last.message.is_final, "no Final while the server's package goes on", "Final")
        .map_err(|stop| stop.at(s.place()))
}

/// A session that is past the authentication, with a client that takes large objects.
fn begin(b: &mut Bench) -> Result<Session<'_>, Stop> {
    b.needs(Feature::LargeObjects)?;
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    Ok(s)
}

fn lob_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    let text = letters(5000);
    send(&mut s, "Add", &chunks(BIG, &text, 2000, Some(5000)))?.codes(&[200])?;
    s.holds(BIG, &text)?;
    s.close()
}

fn lob_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    let text = letters(5000);
    send(&mut s, "Replace", &chunks("./T/s", &text, 2000, Some(5000)))?.codes(&[200])?;
    s.holds("./T/s", &text)?;
    s.close()
}

fn lob_03(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    for total in [4999, 5001] {
        send(&mut s, "Replace", &chunks("./T/s", &letters(total), 2000, Some(5000)))?.codes(&[424])?;
        s.holds("./T/s", "abc")?;
    }
    s.close()
}

fn lob_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    let items = chunks("./T/s", &letters(5000), 2000, Some(5000));
    first_chunk(&mut s, command("Replace", &items[..1]))?;
    let answer = s.send([replace("./T/i", "7")])?;
    let own = s.bench.fixture().translated("./T/s");
    let names = answer.alerts().any(|alert| {
        alert.code.is_some_and(|code| code.as_u16() == 1225)
            && alert.items.iter().any(|item| item.target_uri() == Some(&own) || item.source_uri() == Some(&own))
    });
    demand(names, &format!("Alert 1225 that names {own}"), format!("Alerts {:?}", alerts(&s.last)))?;
    answer.is(0, &[200])?;
    s.holds("./T/s", "abc")?;
    s.holds("./T/i", "7")?;
    s.close()
}

fn lob_06(b: &mut Bench) -> Result<(), Stop> {
    b.needs(Feature::LargeObjects)?;
    let mut s = b.manage()?;
    let announced = s.last.message.header.meta.as_ref().and_then(|meta| meta.max_obj_size());
    let Some(limit) = announced else { return Err(Stop::skipped("the client announces no MaxObjSize")) };
    s.holds("./T/s", "abc")?;
    let item = Item::target(BIG).format("chr").size(limit + 1).data(&letters(1000)).more();
    let draft = s.draft().commands([command("Add", &[item])]).more();
    let answer = s.ask(draft)?;
    answer.complete()?;
    answer.codes(&[413])?;
    s.lacks(BIG)?;
    s.close()
}

fn lob_07(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    let items = chunks(BIG, &letters(5000), 2000, None);
    let draft = s.draft().commands([command("Add", &items[..1])]).more();
    let answer = s.ask(draft)?;
    answer.complete()?;
    answer.is(0, &[411, 412])?;
    let answer = s.send([get("./T/s")])?;
    answer.value(0, "abc")?;
    demand(!alerts(&s.last).contains(&1225), "nothing buffered", "Alert 1225")?;
    s.lacks(BIG)?;
    s.close()
}

/// 3000 octets of all kinds.
fn octets() -> Vec<u8> {
    (0..3000_u32).map(|n| u8::try_from(n.wrapping_mul(7) % 256).unwrap_or_default()).collect()
}

fn is_stored(s: &mut Session<'_>) -> Result<(), Stop> {
    s.expect(get(BIG), &[200])?.bytes(0, &octets())?;
    if s.bench.needs(Feature::Properties).is_ok() {
        s.holds(&format!("{BIG}?prop=Size"), "3000")?;
    }
    Ok(())
}

fn lob_09(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    let text = base64::engine::general_purpose::STANDARD.encode(octets());
    let items: Vec<Item> = chunks(BIG, &text, 1333, Some(text.len()))
        .into_iter()
        .map(|item| item.format("b64").of_type("application/octet-stream"))
        .collect();
    send(&mut s, "Add", &items)?.codes(&[200])?;
    is_stored(&mut s)?;
    s.close()
}

fn lob_11(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    let wbxml = s.bench.syntax() == Syntax::Wbxml;
    let parts: Vec<Vec<u8>> = octets().chunks(999).map(<[u8]>::to_vec).collect();
    let last = parts.len() - 1;
    let items: Vec<Item> = parts
        .iter()
        .enumerate()
        .map(|(nth, part)| {
            // XML has no octets: there the same goes as base64, whose quanta end with the chunks.
            let text = format!("opaque:{}", base64::engine::general_purpose::STANDARD.encode(part));
            let item = Item::target(BIG).format("b64").of_type("application/octet-stream").data(&text);
            let item = if nth == 0 { item.size(if wbxml { 3000 } else { 4000 }) } else { item };
            if nth == last { item } else { item.more() }
        })
        .collect();
    send(&mut s, "Add", &items)?.codes(&[200])?;
    is_stored(&mut s)?;
    s.close()
}

fn lob_14(b: &mut Bench) -> Result<(), Stop> {
    let mut s = begin(b)?;
    let items = chunks(BIG, &letters(3000), 2000, Some(3000));
    let draft = s.draft().commands([replace("./T/i", "7"), command("Add", &items[..1])]).more();
    let answer = s.ask(draft)?;
    answer.complete()?;
    answer.codes(&[200, 213])?;
    let draft = s.draft().commands([command("Add", &items[1..])]);
    s.send_draft(draft)?.codes(&[200])?;
    s.holds("./T/i", "7")?;
    s.holds(BIG, &letters(3000))?;
    s.close()
}

fn lob_16(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::LargeObjects))?;
    let mut s = b.manage()?;
    s.holds("./DevDetail/LrgObj", "false")?;
    let items = chunks(BIG, &letters(5000), 2000, Some(5000));
    let draft = s.draft().commands([command("Add", &items[..1])]).more();
    let answer = s.ask(draft)?;
    answer.complete()?;
    answer.codes(&[406])?;
    s.lacks(BIG)?;
    s.close()
}

fn lob_18(b: &mut Bench) -> Result<(), Stop> {
    let text = letters(5000);
    let mut s = b.manage()?;
    s.expect(add(BIG, &text), &[200])?;
    let draft = s.draft().max_msg_size("2000").commands([get(BIG)]);
    let answer = s.send_draft(draft)?;
    answer.complete()?;
    answer.is(0, &[200])?;
    answer.value(0, &text)?;
    let mut sizes = Vec::new();
    for received in &answer.messages {
        demand(
            received.bytes.len() <= 2000,
            "messages of at most 2000 octets",
            format!("{} octets", received.bytes.len()),
        )?;
        for results in received.message.commands() {
            let Command::Results(results) = results else { continue };
            for item in &results.items {
                let size =
                    item.meta.as_ref().and_then(|meta| meta.size).or(results.meta.as_ref().and_then(|meta| meta.size));
                sizes.push((size, item.more_data));
            }
        }
    }
    demand(sizes.len() > 1, "the value in several chunks", format!("{} Items", sizes.len()))?;
    same("Size in the first chunk", Some(5000), sizes[0].0)?;
    let last = sizes.len() - 1;
    let good = sizes.iter().enumerate().all(|(nth, (_, more))| *more == (nth < last));
    demand(good, "MoreData in all chunks but the last", format!("{sizes:?}"))?;
    s.close()
}

fn lob_22(b: &mut Bench) -> Result<(), Stop> {
    let text = letters(5000);
    let mut s = b.manage()?;
    let draft = s.draft().max_msg_size("2000").commands([get("./T/s")]);
    s.send_draft(draft)?.value(0, "abc")?;
    s.bench.act(Deed::Alert(DeviceAlert {
        type_name: "com.example.conformance.large",
        source: "./T/s",
        data: text.clone(),
        is_number: false,
        correlator: None,
    }))?;
    let answer = s.one(get("./T/i"))?;
    let mut joined = String::new();
    for received in &answer.messages {
        demand(
            received.bytes.len() <= 2000,
            "messages of at most 2000 octets",
            format!("{} octets", received.bytes.len()),
        )?;
    }
    for alert in answer.alerts().filter(|alert| alert.code.is_some_and(|code| code.as_u16() == 1226)) {
        for item in &alert.items {
            joined.push_str(item.data.as_ref().and_then(|data| data.as_str()).unwrap_or_default());
        }
    }
    if s.bench.needs(Feature::LargeObjects).is_ok() {
        demand(joined == text, "the data of the alert in chunks, 5000 octets", format!("{} octets", joined.len()))?;
    }
    s.close()
}
