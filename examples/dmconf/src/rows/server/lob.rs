//! LOB: large objects.

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Alert, Command, Data, Item, Meta, Results, Verb};
use omadm_proto::status::StatusCode;
use serde_json::json;

use super::must;
use crate::row::{Row, Stop};
use crate::server::client::Client;
use crate::server::outcome::State;
use crate::server::seen::Seen;
use crate::server::{Job, Stand, expect};

pub(super) const ROWS: [Row<Stand>; 3] = [
    must(
        "X-LOB-17",
        "server chunks correctly",
        "Size in the first chunk only; MoreData on all but the last; Final with the last only; nothing between; Meta \
         repeated; within MaxMsgSize",
        lob_17,
    ),
    must("X-LOB-19", "client's size mismatch", "Status 424 on Results; value not used", lob_19),
    must(
        "X-LOB-25",
        "resend after failure",
        "after 424 or 1225 the whole object from the first chunk with Size, or nothing: never on from the middle",
        lob_25,
    ),
];

/// The object of these rows.
pub(super) fn object() -> String {
    (0..5_000).map(|at| char::from(b'a' + u8::try_from(at % 26).unwrap_or(0))).collect()
}

/// A client with small messages, and 5000 bytes on their way to it; the message with the first chunk.
pub(super) fn begin(stand: &mut Stand) -> Result<(Client, Job, Seen), Stop> {
    let mut client = stand.client()?;
    (client.max_msg_size, client.max_obj_size) = (Some(2_000), Some(100_000));
    client.leaves.insert("./T/big".into(), crate::server::client::Leaf::text("small"));
    let commands = json!([{"cmd": "replace", "uri": "./T/big", "type": "text/x-test", "data": object()}]);
    let job = stand.queue(&client, &commands)?;
    let mut seen = client.open(stand)?;
    // The first message may be too full of Statuses for a chunk.
    for _ in 0..3 {
        if chunk(&seen).is_err() && seen.asks() {
            let answer = client.answer(&seen);
            seen = client.send(stand, answer)?;
        }
    }
    chunk(&seen)?;
    Ok((client, job, seen))
}

/// The Item of the one Replace in `seen`.
fn chunk(seen: &Seen) -> Result<&Item<'static>, Stop> {
    let items = seen.items(Verb::Replace);
    match items.as_slice() {
        [item] => Ok(item),
        other => Err(Stop::failed("one chunk", format!("{} Items of Replace", other.len())).at(seen.place())),
    }
}

fn size_of(seen: &Seen) -> Result<Option<u64>, Stop> {
    let item = chunk(seen)?;
    let trees = seen.trees(Verb::Replace);
    let command = trees.first().and_then(|tree| tree.meta.as_ref()).and_then(|meta| meta.size);
    Ok(item.meta.as_ref().and_then(|meta| meta.size).or(command))
}

fn lob_17(stand: &mut Stand) -> Result<(), Stop> {
    let (mut client, job, mut seen) = begin(stand)?;
    let size = size_of(&seen)?;
    expect(size == Some(5_000), "Size 5000 in the first chunk", format!("{size:?}"), &seen.place())?;
    let mut chunks = 0;
    loop {
        chunks += 1;
        let item = chunk(&seen)?;
        let last = !item.more_data;
        expect(
            seen.message.is_final == last,
            "Final with the last chunk and no other",
            format!("{}", seen.message.is_final),
            &seen.place(),
        )?;
        let len = seen.bytes.len();
        expect(len <= 2_000, "at most 2000 bytes", format!("{len}"), &seen.place())?;
        let commands = seen.commands().count();
        expect(commands == 1, "the chunk and no other command", format!("{commands} commands"), &seen.place())?;
        let trees = seen.trees(Verb::Replace);
        let meta = trees.first().and_then(|tree| tree.meta.as_ref());
        let type_name = item.effective_type(meta);
        expect(type_name == Some("text/x-test"), "Meta Type repeated", format!("{type_name:?}"), &seen.place())?;
        let target = item.target_uri();
        expect(target == Some("./T/big"), "Target repeated", format!("{target:?}"), &seen.place())?;
        if chunks > 1 {
            let size = size_of(&seen)?;
            expect(size.is_none(), "no Size but in the first chunk", format!("{size:?}"), &seen.place())?;
        }
        expect(chunks < 50, "an end of the object", "50 chunks", &seen.place())?;
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
        if last {
            break;
        }
    }
    expect(chunks > 2, "more than two chunks", format!("{chunks}"), "session")?;
    let value = client.leaves.get("./T/big").map(|leaf| leaf.value.clone()).unwrap_or_default();
    expect(value == object().as_bytes(), "the 5000 bytes", format!("{} bytes", value.len()), "chunks joined")?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.state == State::Ok, "the job done", outcome.words(), "outcome")
}

fn lob_19(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}]))?;
    let asked = client.open(stand)?;
    let first = super::get::first_chunk(&client, &asked, "./T/s", "abcdef", 12)?;
    let seen = client.send(stand, first)?;
    seen.expect_status("Results", &[213])?;
    // Twelve bytes were announced; nine come.
    let mut last = client.statuses(&seen, StatusCode::OK);
    let get = asked.trees(Verb::Get);
    let get = get.first().ok_or_else(|| Stop::failed("a Get", "none").at(asked.place()))?;
    let item = Item::source("./T/s").with_data(Data::text("ghi"));
    let mut results = Results::new(0, asked.message.header.msg_id, get.cmd_id.clone(), vec![item]);
    results.meta = Some(Meta::default());
    last.commands.push(Command::Results(results));
    let seen = client.send(stand, last)?;
    seen.expect_status("Results", &[424])?;
    let outcome = stand.outcome(&job)?;
    let values = outcome.results().count();
    expect(values == 0, "the value not used", format!("{values} values"), "outcome")?;
    expect(outcome.state != State::Ok, "a Get that did not succeed", outcome.words(), "outcome")
}

fn lob_25(stand: &mut Stand) -> Result<(), Stop> {
    for failure in [StatusCode::SIZE_MISMATCH, StatusCode::CHUNKED_ITEM_ACCEPTED] {
        let (mut client, _, mut seen) = begin(stand)?;
        // Two chunks go well.
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
        chunk(&seen)?;
        let mut message = client.statuses(&seen, failure);
        if failure == StatusCode::CHUNKED_ITEM_ACCEPTED {
            let item = Item::target("./T/big");
            message.commands.push(Command::Alert(Alert::new(0, AlertCode::NO_END_OF_DATA, vec![item])));
        }
        message.is_final = failure != StatusCode::CHUNKED_ITEM_ACCEPTED;
        client.objects.clear();
        seen = client.send(stand, message)?;
        if let Ok(item) = chunk(&seen) {
            let size = size_of(&seen)?;
            expect(size == Some(5_000), "the first chunk, with Size 5000", format!("{size:?}"), &seen.place())?;
            let starts = item.data.as_ref().is_some_and(|data| object().as_bytes().starts_with(data.as_bytes()));
            expect(starts, "the object from its first byte", "another piece", &seen.place())?;
        }
    }
    Ok(())
}
