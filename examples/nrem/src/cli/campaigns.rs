//! `nrem campaigns`: how campaigns stand.

use std::process::ExitCode;
use std::time::Duration;

use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use nrem::remote::Remote;
use serde_json::{Value, json};

use super::Outcome;
use super::connect::Console;
use super::output::{state, table, text};

/// How often a campaign is looked at while somebody waits for it.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
#[group(id = "wish", multiple = false)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    /// Number of one campaign.
    id: Option<u64>,
    /// Show this wave of it, node by node.
    #[arg(long, requires = "id", value_name = "NUMBER", group = "wish")]
    wave: Option<u32>,
    /// Begin nothing until it is resumed.
    #[arg(long, requires = "id", group = "wish")]
    pause: bool,
    /// Go on.
    #[arg(long, requires = "id", group = "wish")]
    resume: bool,
    /// End it: what has begun at a node goes on, nothing else begins.
    #[arg(long, requires = "id", group = "wish")]
    cancel: bool,
    /// Wait until it is over; exit status 0 only if no node failed.
    #[arg(long, requires = "id", group = "wish")]
    wait: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    let Some(id) = args.id else {
        args.console.show(&remote.list("/campaigns", "campaigns")?, list);
        return Ok(ExitCode::SUCCESS);
    };
    if args.wait {
        return wait(&remote, &id.into(), &args.console);
    }
    let path = format!("/campaigns/{id}");
    if let Some(number) = args.wave {
        args.console.show(&remote.get(&format!("{path}/waves/{number}"))?, nodes);
        return Ok(ExitCode::SUCCESS);
    }
    let wishes = [(args.pause, "pause"), (args.resume, "resume"), (args.cancel, "cancel")];
    let campaign = match wishes.into_iter().find(|(wanted, _)| *wanted) {
        Some((_, wish)) => remote.patch(&path, &json!({"wish": wish}))?,
        None => remote.get(&path)?,
    };
    args.console.show(&campaign, summary);
    Ok(ExitCode::SUCCESS)
}

/// Waits until the campaign `id` is over, with a bar on the standard error.
pub(super) fn wait(remote: &Remote, id: &Value, console: &Console) -> Outcome {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(format!("campaign {id}"));
    let campaign = loop {
        let campaign = remote.get(&format!("/campaigns/{id}"))?;
        let count = |name: &str| campaign["counts"][name].as_u64().unwrap_or_default();
        bar.set_length(count("total"));
        bar.set_position(count("total").saturating_sub(count("waiting") + count("running")));
        bar.set_message(match count("failed") {
            0 => format!("wave {}", campaign["waves"]),
            failed => format!("wave {}, {failed} failed", campaign["waves"]),
        });
        if !campaign["ended"].is_null() {
            break campaign;
        }
        std::thread::sleep(LOOK);
    };
    bar.finish_and_clear();
    console.show(&campaign, summary);
    let well = campaign["state"] == "finished" && campaign["counts"]["failed"] == 0;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One campaign as a table.
pub(super) fn summary(campaign: &Value) -> Table {
    list(&json!({"campaigns": [campaign]}))
}

fn list(answer: &Value) -> Table {
    let counted = ["total", "waiting", "running", "upgraded", "already", "failed", "unreached"];
    let mut table = table([
        "campaign",
        "name",
        "version",
        "state",
        "waves",
        "nodes",
        "waiting",
        "running",
        "upgraded",
        "already",
        "failed",
        "unreached",
    ]);
    for campaign in answer["campaigns"].as_array().into_iter().flatten() {
        let mut row = vec![
            text(&campaign["id"]).into(),
            text(&campaign["name"]).into(),
            text(&campaign["version"]).into(),
            state(&campaign["state"]),
            text(&campaign["waves"]).into(),
        ];
        row.extend(counted.map(|name| text(&campaign["counts"][name]).into()));
        table.add_row(row);
    }
    table
}

fn nodes(wave: &Value) -> Table {
    let mut table = table(["node", "state", "since", "reason"]);
    for node in wave["nodes"].as_array().into_iter().flatten() {
        table.add_row(vec![
            text(&node["id"]).into(),
            state(&node["state"]),
            text(&node["since"]).into(),
            text(&node["reason"]).into(),
        ]);
    }
    table
}
