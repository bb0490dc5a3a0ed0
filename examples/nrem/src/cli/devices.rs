//! `nrem devices`: the directory, and those who are not in it.

use std::process::ExitCode;

use comfy_table::Table;
use nrem::remote::escape;
use serde_json::{Value, json};

use super::Outcome;
use super::connect::Console;
use super::output::{table, text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    /// NodeId of one node, or DevId of an unknown one.
    id: Option<String>,
    /// Show the devices that came and are not registered.
    #[arg(long, conflicts_with = "id")]
    unknown: bool,
    /// Register this unknown device with the credentials that `nrem acceptance` told.
    #[arg(long, requires = "id", conflicts_with = "deactivate")]
    approve: bool,
    /// Deactivate this node: its tasks fail, and its sessions are refused until it is registered anew.
    #[arg(long, requires = "id")]
    deactivate: bool,
    /// Before that, wipe it by its lock and wipe object here.
    #[arg(long, value_name = "URI", requires_all = ["deactivate", "account"])]
    wipe: Option<String>,
    /// The account of this server on it, which it loses after the wipe.
    #[arg(long, value_name = "URI", requires = "wipe")]
    account: Option<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    match &args.id {
        None if args.unknown => args.console.show(&remote.get("/unknown-devices")?, unknown),
        Some(id) if args.approve => {
            let path = format!("/unknown-devices/{}/approve", escape(id));
            args.console.show(&remote.post(&path, &json!({}))?, one);
        }
        Some(id) if args.deactivate => {
            let wipe = args.wipe.as_ref().map(|lawmo| json!({"lawmo": lawmo, "account": args.account}));
            let path = format!("/devices/{}/deactivate", escape(id));
            args.console.show(&remote.post(&path, &json!({"wipe": wipe}))?, one);
        }
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

fn unknown(answer: &Value) -> Table {
    let mut table = table(["device", "first seen", "last seen"]);
    for device in answer["unknown"].as_array().into_iter().flatten() {
        table.add_row(["dev_id", "first_seen", "last_seen"].map(|name| text(&device[name])));
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
