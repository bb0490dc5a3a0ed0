//! `nrem faults`: what is wrong now, what was, and what comes.

use std::process::ExitCode;

use comfy_table::{Cell, Table};
use nrem::remote::escape;
use serde_json::Value;

use super::Outcome;
use super::connect::Console;
use super::output::{print, state, table, text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    /// Only faults of these nodes, separated by commas.
    #[arg(long, value_name = "ID,ID")]
    node: Option<String>,
    /// Only faults of the nodes of a group.
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Only faults that matter at least so much: fatal, critical, minor, warning, informational, harmless.
    #[arg(long, value_name = "WORD")]
    min_severity: Option<String>,
    /// The transitions of all faults, newest first, instead of the faults that are there now.
    #[arg(long)]
    history: bool,
    /// After the faults of now print a line for each that comes or goes, until Ctrl-C.
    #[arg(long, conflicts_with = "history")]
    follow: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    let conditions = [("node", &args.node), ("group", &args.group), ("min_severity", &args.min_severity)];
    let given = conditions.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", escape(value.as_ref()?))));
    let query = given.collect::<Vec<_>>().join("&");
    if args.follow {
        remote.follow(&format!("/events?kinds=fault&current=true&{query}"), line)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (path, name) = if args.history { ("/faults/history", "transitions") } else { ("/faults", "faults") };
    args.console.show(&remote.list(&format!("{path}?{query}"), name)?, |answer| list(&answer[name]));
    Ok(ExitCode::SUCCESS)
}

fn list(faults: &Value) -> Table {
    let mut table = table(["node", "trap", "severity", "state", "since", "cause", "problem", "taken note of by"]);
    for fault in faults.as_array().into_iter().flatten() {
        let plain = |name: &str| Cell::new(text(&fault[name]));
        table.add_row(vec![
            plain("node"),
            plain("trap"),
            state(&fault["severity"]),
            state(&fault["state"]),
            Cell::new(since(fault)),
            plain("cause"),
            plain("problem"),
            Cell::new(text(&fault["acknowledged"]["by"])),
        ]);
    }
    table
}

/// The device's own time, or when the server heard of it.
fn since(fault: &Value) -> String {
    text(if fault["at"].is_null() { &fault["arrived"] } else { &fault["at"] })
}

/// One event as a line.
fn line(event: &str, data: &Value) {
    let (fault, severity) = match event {
        "alarm" => (data, &data["severity"]),
        "fault" => (&data["fault"], &data["severity"]),
        "missed" => return eprintln!("nrem: {}", text(&data["text"])),
        _ => return,
    };
    let late = if data["late"] == true { " (told late)" } else { "" };
    let [node, trap, state, cause] = ["node", "trap", "state", "cause"].map(|name| text(&fault[name]));
    print(&format!("{}  {:<13} {:<8} {node}  {trap}  {cause}{late}\n", since(fault), text(severity), state));
}
