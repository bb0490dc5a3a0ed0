//! `nrem tasks`: what became of tasks.

use std::process::ExitCode;

use comfy_table::Table;
use serde_json::Value;

use super::Outcome;
use super::connect::Server;
use super::output::{Output, state, table, text};
use super::progress::TaskBar;
use super::task::verdict;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
    /// Number of one task: shows what became of it on each device.
    id: Option<u64>,
    /// Cancel it: nothing more is sent for it.
    #[arg(long, requires = "id", conflicts_with = "wait")]
    cancel: bool,
    /// Wait until it is over; exit status 0 only if it went well everywhere.
    #[arg(long, requires = "id")]
    wait: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.server.remote();
    let Some(id) = args.id else {
        args.output.show(&remote.get("/tasks")?, list);
        return Ok(ExitCode::SUCCESS);
    };
    if args.wait {
        let bar = TaskBar::new(&id.into());
        let task = remote.wait(&id.into(), |task| bar.update(task))?;
        drop(bar);
        args.output.show(&task, devices);
        return Ok(verdict(&task));
    }
    let path = format!("/tasks/{id}");
    args.output.show(&if args.cancel { remote.delete(&path)? } else { remote.get(&path)? }, devices);
    Ok(ExitCode::SUCCESS)
}

fn list(answer: &Value) -> Table {
    let mut table = table(["task", "kind", "state", "submitted", "devices", "ok", "failed", "pending"]);
    for task in answer["tasks"].as_array().into_iter().flatten() {
        let counts = &task["counts"];
        table.add_row(vec![
            text(&task["id"]).into(),
            text(&task["kind"]).into(),
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

fn devices(task: &Value) -> Table {
    let mut table = table(["device", "state", "gateway", "reason"]);
    for device in task["devices"].as_array().into_iter().flatten() {
        let [id, gateway, reason] = ["id", "gateway", "reason"].map(|name| text(&device[name]).into());
        table.add_row(vec![id, state(&device["state"]), gateway, reason]);
    }
    table
}
