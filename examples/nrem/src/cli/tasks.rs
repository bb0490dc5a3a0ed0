//! `nrem tasks`: what became of tasks.

use std::process::ExitCode;

use comfy_table::Table;
use nrem::remote::escape;
use serde_json::Value;

use super::Outcome;
use super::connect::Console;
use super::output::{state, table, text};
use super::task::follow;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    /// Only those that are waiting, running, done or cancelled.
    #[arg(long, conflicts_with = "id")]
    state: Option<String>,
    /// Only those that this node takes part in.
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    node: Option<String>,
    /// Only those of this requester.
    #[arg(long, value_name = "NAME", conflicts_with = "id")]
    requester: Option<String>,
    /// Number of one task: shows what became of it on each device.
    id: Option<u64>,
    /// Cancel it: nothing more is sent for it.
    #[arg(long, requires = "id", conflicts_with = "wait")]
    cancel: bool,
    /// Wait until it is over; exit status 0 only if it went well everywhere.
    #[arg(long, requires = "id")]
    wait: bool,
}

impl Args {
    /// What is asked for, with its filters.
    fn query(&self) -> String {
        let filters = [("state", &self.state), ("node", &self.node), ("requester", &self.requester)];
        let given =
            filters.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={}", escape(value))));
        format!("/tasks?{}", given.collect::<Vec<_>>().join("&"))
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    let Some(id) = args.id else {
        args.console.show(&remote.list(&args.query(), "tasks")?, list);
        return Ok(ExitCode::SUCCESS);
    };
    if args.wait {
        return follow(&remote, &id.into(), &args.console);
    }
    let path = format!("/tasks/{id}");
    args.console.show(&if args.cancel { remote.delete(&path)? } else { remote.get(&path)? }, devices);
    Ok(ExitCode::SUCCESS)
}

/// One task without its devices.
pub(super) fn line(task: &Value) -> Table {
    lines(std::slice::from_ref(task))
}

fn list(answer: &Value) -> Table {
    lines(answer["tasks"].as_array().map_or(&[], Vec::as_slice))
}

fn lines(tasks: &[Value]) -> Table {
    let mut table = table(["task", "kind", "state", "submitted", "devices", "ok", "failed", "pending"]);
    for task in tasks {
        let counts = &task["counts"];
        table.add_row(vec![
            text(&task["id"]).into(),
            kind(&task["kind"]).into(),
            state(&task["state"]),
            text(&task["submitted"]).into(),
            text(&counts["total"]).into(),
            text(&counts["ok"]).into(),
            text(&counts["failed"]).into(),
            text(&counts["pending"]).into(),
        ]);
    }
    table
}

/// What a task does, in words: `firmware meter.bin`.
fn kind(kind: &Value) -> String {
    let Some((word, about)) = kind.as_object().and_then(|kind| kind.iter().next()) else { return text(kind) };
    let about = match about {
        Value::Object(parts) => parts.values().map(text).collect::<Vec<_>>().join(" "),
        about => text(about),
    };
    format!("{} {about}", text(&Value::from(word.as_str())))
}

/// What became of a task on each device.
pub(super) fn devices(task: &Value) -> Table {
    let mut table = table(["device", "state", "gateway", "reason"]);
    for device in task["devices"].as_array().into_iter().flatten() {
        let [id, gateway, reason] = ["id", "gateway", "reason"].map(|name| text(&device[name]).into());
        table.add_row(vec![id, state(&device["state"]), gateway, reason]);
    }
    table
}
