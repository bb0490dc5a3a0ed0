//! `nrem devices`: the directory.

use std::process::ExitCode;

use comfy_table::Table;
use nrem::remote::escape;
use serde_json::Value;

use super::Outcome;
use super::connect::Console;
use super::output::{table, text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    /// DevId of one node.
    id: Option<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    match &args.id {
        Some(id) => args.console.show(&remote.get(&format!("/devices/{}", escape(id)))?, one),
        None => args.console.show(&remote.list("/devices", "devices")?, list),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(answer: &Value) -> Table {
    let mut table = table(["node", "kind", "model", "firmware", "gateway", "sessions", "last session"]);
    for node in answer["devices"].as_array().into_iter().flatten() {
        let fact = |own: &str, told: &str| match text(&node["dev_info"][own]) {
            model if model.is_empty() => text(&node["facts"][told]),
            model => model,
        };
        table.add_row([
            text(&node["id"]),
            text(&node["kind"]),
            fact("Mod", "Model"),
            fact("FwV", "FwV"),
            text(&node["gateway"]),
            text(&node["sessions"]),
            text(&node["last_session"]),
        ]);
    }
    table
}

fn one(node: &Value) -> Table {
    let mut table = table(["", ""]);
    for (name, value) in node.as_object().into_iter().flatten() {
        match value {
            Value::Object(leaves) => {
                for (leaf, value) in leaves {
                    table.add_row([format!("{name} {leaf}"), text(value)]);
                }
            }
            _ => drop(table.add_row([name.clone(), text(value)])),
        }
    }
    table
}
