//! LST: lists of a client, as a server takes them.

use std::collections::BTreeMap;

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Command, Data, Format, Item, Meta, Results, Verb};
use omadm_proto::status::StatusCode;
use serde_json::json;

use super::{both, may, must};
use crate::row::{Row, Stop};
use crate::server::client::Leaf;
use crate::server::seen::Seen;
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 3] = [
    must(
        "X-LST-06",
        "server accepts both result shapes",
        "one Results with many Items, or many Results with one Item: the same tree",
        lst_06,
    ),
    both(may(
        "X-LST-07",
        "list larger than a message",
        "Results over several messages: the server asks with 1222; every node exactly once",
        lst_07,
    )),
    both(may("X-LST-19", "round trip", "Get TNDS, Delete, Add the same object: nothing is changed on the way", lst_19)),
];

/// Nodes of the subtree, with their Meta.
fn nodes(count: usize) -> Vec<Item<'static>> {
    let mut items = vec![Item::source("./T/sub").with_meta(Meta::with_format(Format::Node))];
    items.extend(
        (1..count).map(|at| Item::source(format!("./T/sub/n{at:03}")).with_data(Data::text(format!("value {at}")))),
    );
    items
}

/// Results for the Get in `asked`.
fn results(asked: &Seen, items: Vec<Item<'static>>) -> Result<Command<'static>, Stop> {
    let gets = asked.trees(Verb::Get);
    let get = gets.first().ok_or_else(|| Stop::failed("a Get", "none").at(asked.place()))?;
    Ok(Command::Results(Results::new(0, asked.message.header.msg_id, get.cmd_id.clone(), items)))
}

fn lst_06(stand: &mut Stand) -> Result<(), Stop> {
    let mut trees = Vec::new();
    for together in [true, false] {
        let mut client = stand.client()?;
        let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/sub?list=StructData"}]))?;
        let seen = client.open(stand)?;
        let mut message = client.statuses(&seen, StatusCode::OK);
        if together {
            message.commands.push(results(&seen, nodes(8))?);
        } else {
            for item in nodes(8) {
                message.commands.push(results(&seen, vec![item])?);
            }
        }
        let seen = client.send(stand, message)?;
        seen.expect_closing()?;
        let outcome = stand.outcome(&job)?;
        let tree: BTreeMap<String, (Option<String>, String)> =
            outcome.results().map(|value| (value.uri.clone(), (value.format.clone(), value.text()))).collect();
        let count = outcome.results().count();
        expect(count == 8, "8 nodes", format!("{count}"), "outcome")?;
        trees.push(tree);
    }
    let same = trees.first() == trees.get(1);
    expect(same, "the same tree from both shapes", "two different trees", "outcomes")
}

fn lst_07(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/sub?list=StructData"}]))?;
    let asked = client.open(stand)?;
    let mut message = client.statuses(&asked, StatusCode::OK);
    let items = nodes(300);
    let parts: Vec<&[Item<'static>]> = items.chunks(30).collect();
    let mut seen = None;
    for (at, part) in parts.iter().enumerate() {
        message.commands.push(results(&asked, part.to_vec())?);
        message.is_final = at + 1 == parts.len();
        let answer = client.send(stand, message)?;
        if at + 1 < parts.len() {
            let asks = answer.has_alert(AlertCode::NEXT_MESSAGE) && !answer.message.is_final;
            expect(asks, "Alert 1222 and no Final", "something else", &answer.place())?;
            message = client.statuses(&answer, StatusCode::OK);
        } else {
            message = client.message();
        }
        seen = Some(answer);
    }
    let last = seen.ok_or_else(|| Stop::failed("an answer", "none"))?;
    last.expect_closing()?;
    let outcome = stand.outcome(&job)?;
    let mut uris: Vec<String> = outcome.results().map(|value| value.uri.clone()).collect();
    let count = uris.len();
    uris.sort();
    uris.dedup();
    let expected = "300 nodes, each once";
    expect(count == 300 && uris.len() == 300, expected, format!("{count} values of {} nodes", uris.len()), "outcome")
}

fn lst_19(stand: &mut Stand) -> Result<(), Stop> {
    let tnds = "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>sub</NodeName><RTProperties>\
                <Format><node/></Format></RTProperties><Node><NodeName>a</NodeName><RTProperties><Format><chr/></Format>\
                <Type><MIME>text/plain</MIME></Type></RTProperties><Value>1 &lt; 2 &amp; 3</Value></Node></Node></MgmtTree>";
    let type_name = "application/vnd.syncml.dmtnds+xml";
    let mut client = stand.client()?;
    let meta = Meta::with_format(Format::Xml).and_type(type_name);
    client.leaves.insert("./T/sub?list=TNDS".into(), Leaf { meta: Some(meta), value: tnds.as_bytes().to_vec() });
    client.leaves.insert("./T/sub".into(), Leaf::text(""));
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/sub?list=TNDS"}]))?;
    client.session(stand)?;
    let outcome = stand.outcome(&job)?;
    let read = outcome.results().next().map(|value| value.text()).unwrap_or_default();
    expect(read == tnds, "the object as the client sent it", format!("{} other bytes", read.len()), "outcome")?;
    let commands = json!([
        {"cmd": "delete", "uri": "./T/sub"},
        {"cmd": "add", "uri": "./T/sub", "format": "xml", "type": type_name, "data": read},
    ]);
    stand.queue(&client, &commands)?;
    client.session(stand)?;
    let written = client.leaves.get("./T/sub").map(|leaf| String::from_utf8_lossy(&leaf.value).into_owned());
    let written = written.unwrap_or_default();
    let expected = "the same object in the Add";
    expect(written == tnds, expected, format!("{} other bytes", written.len()), "Add of ./T/sub")?;
    let format = client.leaves.get("./T/sub").and_then(|leaf| leaf.meta.as_ref()).and_then(|meta| meta.known_format());
    expect(format == Some(Format::Xml), "Format xml", format!("{format:?}"), "Add of ./T/sub")
}
