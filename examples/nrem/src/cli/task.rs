//! `nrem task`: DM commands for nodes.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nrem::remote::{Remote, RemoteError, all_ok};
use serde_json::{Value, json};

use super::Outcome;
use super::connect::{Console, Server};
use super::output::print;
use super::progress::TaskBar;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    target: Target,
    /// File with the JSON array of commands; - reads standard input.
    #[arg(long, value_name = "FILE")]
    commands: PathBuf,
    /// Image that the commands refer to as {$img:NAME:url}; may be given several times.
    #[arg(long, value_name = "NAME")]
    image: Vec<String>,
    /// Repeat an Exec whose outcome was lost with the connection.
    #[arg(long)]
    retry_unknown: bool,
    /// Wait until the task is over and print its result: for one node the commands, filled in; for several the whole task.
    #[arg(long)]
    wait: bool,
}

/// Exactly one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Target {
    /// One device, by its DevId.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// One gateway itself, by its DevId.
    #[arg(long, value_name = "ID")]
    gateway: Option<String>,
    /// Several devices, by their DevIds, separated by commas.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    devices: Option<Vec<String>>,
    /// All devices behind this gateway.
    #[arg(long, value_name = "ID")]
    behind: Option<String>,
    /// All `devices` or all `gateways`.
    #[arg(long, value_name = "KIND")]
    all: Option<String>,
    /// All registered nodes of this group.
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// All nodes that this filter matches, such as `mod=M1&fwv<2.0`.
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
}

impl Target {
    /// As the API wants it.
    pub(super) fn json(&self) -> Value {
        match self {
            Self { device: Some(id), .. } => json!({"device": id}),
            Self { gateway: Some(id), .. } => json!({"gateway": id}),
            Self { devices: Some(ids), .. } => json!({"devices": ids}),
            Self { behind: Some(id), .. } => json!({"behind": id}),
            Self { group: Some(name), .. } => json!({"group": name}),
            Self { filter: Some(text), .. } => json!({"filter": text}),
            Self { all, .. } => json!({"all": all}),
        }
    }

    const fn is_one(&self) -> bool {
        self.device.is_some() || self.gateway.is_some()
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let text = read(&args.commands)?;
    let commands: Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: not JSON: {error}", args.commands.display()))?;
    let request = json!({
        "target": args.target.json(),
        "commands": commands,
        "images": args.image,
        "retry_unknown": args.retry_unknown,
    });
    let remote = args.server.remote();
    let submitted = remote.post("/tasks", &request)?;
    if !args.wait {
        print(&format!("{submitted:#}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let task = wait(&remote, &submitted["id"])?;
    let one = &task["devices"][0]["commands"];
    print(&format!("{:#}\n", if args.target.is_one() { one } else { &task }));
    Ok(verdict(&task))
}

/// Waits until the task `id` is over, with a bar, and shows what became of it.
pub(super) fn follow(remote: &Remote, id: &Value, console: &Console) -> Outcome {
    let task = wait(remote, id)?;
    console.show(&task, super::tasks::devices);
    Ok(verdict(&task))
}

/// Waits until the task `id` is over, with a bar; shows nothing but complaints.
pub(super) fn wait_for_all(remote: &Remote, id: &Value) -> Outcome {
    Ok(verdict(&wait(remote, id)?))
}

fn wait(remote: &Remote, id: &Value) -> Result<Value, RemoteError> {
    let bar = TaskBar::new(id);
    remote.wait(id, |task| bar.update(task))
}

/// Complains about every device of a finished task that is not ok.
fn verdict(task: &Value) -> ExitCode {
    if all_ok(task) {
        return ExitCode::SUCCESS;
    }
    for device in task["devices"].as_array().into_iter().flatten().filter(|device| device["state"] != "ok") {
        let text = |name: &str| device[name].as_str().unwrap_or_default().to_owned();
        eprintln!("nrem: {}: {}: {}", text("id"), text("state"), text("reason"));
    }
    ExitCode::FAILURE
}

fn read(file: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(text)
}
