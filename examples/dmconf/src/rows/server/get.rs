//! GET: reading what a client returns.

use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Command, Data, Item, Meta, Results, Verb};
use omadm_proto::status::StatusCode;
use serde_json::json;

use super::must;
use crate::row::{Row, Stop};
use crate::server::client::Client;
use crate::server::seen::Seen;
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 2] = [
    must(
        "X-GET-24",
        "server reads Results",
        "no Meta: chr and text/plain; no MsgRef or CmdRef in Results: taken as 1",
        get_24,
    ),
    must(
        "X-GET-25",
        "no Status for good Results",
        "no Status for Results when it would be 200; one when it is not (213, 424 ...)",
        get_25,
    ),
];

fn get_24(stand: &mut Stand) -> Result<(), Stop> {
    for without_refs in [false, true] {
        let mut client = stand.client()?;
        let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
        let seen = client.open(stand)?;
        let get = seen.trees(Verb::Get);
        let get = get.first().ok_or_else(|| Stop::failed("a Get", "none").at(seen.place()))?;
        let item = Item::source("./DevInfo/Man").with_data(Data::text("Acme"));
        let mut results = Results::new(0, seen.message.header.msg_id, get.cmd_id.clone(), vec![item]);
        if without_refs {
            (results.msg_ref, results.cmd_ref) = (None, CmdId::Absent);
        } else if seen.message.header.msg_id == MsgId::FIRST {
            results.msg_ref = None;
        }
        let mut message = client.statuses(&seen, StatusCode::OK);
        message.commands.push(Command::Results(results));
        client.send(stand, message)?;
        let outcome = stand.outcome(&job)?;
        let value = outcome.results().next().cloned();
        let value = value.ok_or_else(|| Stop::failed("the value at the server", outcome.words()).at("outcome"))?;
        expect(value.text() == "Acme", "the value Acme", value.text(), "outcome")?;
        let format = value.format.as_deref().unwrap_or("chr");
        expect(format == "chr", "format chr", format, "outcome")?;
        let type_name = value.type_name.as_deref().unwrap_or("text/plain");
        expect(type_name == "text/plain", "type text/plain", type_name, "outcome")?;
    }
    Ok(())
}

fn get_25(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    let seen = client.open(stand)?;
    let answer = client.answer(&seen);
    let seen = client.send(stand, answer)?;
    let codes = seen.codes_of("Results");
    expect(codes.is_empty(), "no Status for good Results", format!("{codes:?}"), &seen.place())?;

    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}]))?;
    let seen = client.open(stand)?;
    let chunk = first_chunk(&client, &seen, "./T/s", "abcdef", 12)?;
    let seen = client.send(stand, chunk)?;
    seen.expect_status("Results", &[213])?;
    let outcome = stand.outcome(&job)?;
    let values = outcome.results().count();
    expect(values == 0, "no value before the last chunk", format!("{values} values"), "outcome")
}

/// Package 3 with the Statuses and a first chunk of Results for the Get in `seen`, without Final.
pub(super) fn first_chunk(
    client: &Client,
    seen: &Seen,
    uri: &'static str,
    piece: &'static str,
    size: u64,
) -> Result<omadm_proto::message::Message<'static>, Stop> {
    let get = seen.trees(Verb::Get);
    let get = get.first().ok_or_else(|| Stop::failed("a Get", "none").at(seen.place()))?;
    let mut item = Item::source(uri).with_meta(Meta::default().and_size(size)).with_data(Data::text(piece));
    item.more_data = true;
    let results = Results::new(0, seen.message.header.msg_id, get.cmd_id.clone(), vec![item]);
    let mut message = client.statuses(seen, StatusCode::OK);
    message.commands.push(Command::Results(results));
    message.is_final = false;
    Ok(message)
}
