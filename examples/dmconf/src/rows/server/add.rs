//! ADD: what a server writes.

use omadm_proto::message::{Command, Format, Verb};
use serde_json::json;

use super::must;
use crate::row::{Row, Stop};
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 1] = [must(
    "X-ADD-20",
    "server builds Add",
    "Meta Format node for interior; Meta whenever not chr and text/plain; Target is the full URI; CmdIDs unique",
    add_20,
)];

fn add_20(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let bytes = [0x00, 0x01, 0xFE, 0xFF];
    stand.queue(
        &client,
        &json!([
            {"cmd": "add", "uri": "./T/new", "format": "node"},
            {"cmd": "add", "uri": "./T/new/text", "data": "v"},
            {"cmd": "add", "uri": "./T/new/bytes", "format": "bin", "type": "application/octet-stream", "data_b64": "AAH+/w=="},
        ]),
    )?;
    let mut seen = client.open(stand)?;
    let (mut targets, mut ids) = (Vec::new(), Vec::new());
    while seen.asks() {
        ids.clear();
        ids.extend(seen.message.commands().map(Command::cmd_id).map(ToString::to_string));
        let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
        expect(unique.len() == ids.len(), "CmdIDs each once", ids.join(", "), &seen.place())?;
        for tree in seen.trees(Verb::Add) {
            for item in &tree.items {
                let uri = item.target_uri().unwrap_or_default();
                let place = format!("{}, Add of {uri}", seen.place());
                let format = item.effective_format(tree.meta.as_ref()).map(|format| format.as_str().to_owned());
                let type_name = item.effective_type(tree.meta.as_ref());
                match uri {
                    "./T/new" => expect(
                        format.as_deref() == Some(Format::Node.as_str()),
                        "Format node",
                        format!("{format:?}"),
                        &place,
                    )?,
                    "./T/new/text" => {
                        let plain = format.as_deref().is_none_or(|it| it == "chr")
                            && type_name.is_none_or(|it| it == "text/plain");
                        expect(plain, "chr and text/plain, or no Meta", format!("{format:?}, {type_name:?}"), &place)?;
                    }
                    "./T/new/bytes" => {
                        let binary = matches!(format.as_deref(), Some("bin" | "b64"));
                        expect(binary, "Format bin, or b64 in XML", format!("{format:?}"), &place)?;
                        expect(
                            type_name == Some("application/octet-stream"),
                            "Type application/octet-stream",
                            format!("{type_name:?}"),
                            &place,
                        )?;
                    }
                    other => return Err(Stop::failed("the full URIs ./T/new...", other).at(place)),
                }
                targets.push(uri.to_owned());
            }
        }
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
    }
    let expected = ["./T/new", "./T/new/text", "./T/new/bytes"];
    expect(targets == expected, &expected.join(", "), targets.join(", "), "Add commands")?;
    let stored = client.leaves.get("./T/new/bytes").map(|leaf| leaf.value.clone()).unwrap_or_default();
    let right = stored == bytes || stored == b"AAH+/w==";
    expect(right, "the four bytes, or their base64", format!("{} other bytes", stored.len()), "Add of ./T/new/bytes")
}
