//! `nrem software`: packages on nodes.

use std::process::ExitCode;

use clap::Subcommand;
use comfy_table::Table;
use nrem::remote::escape;
use serde_json::{Value, json};

use super::Outcome;
use super::connect::{Console, Order};
use super::output::{state, table, text};
use super::task::wait_for_all;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Install a package, or another version of it.
    Install(Install),
    /// Remove a package and its components.
    Remove(Change),
    /// Let the components of a package run.
    Activate(Change),
    /// Stop the components of a package.
    Deactivate(Change),
    /// Show what a node has.
    List(List),
}

#[derive(Debug, clap::Args)]
struct Install {
    #[command(flatten)]
    change: Change,
    /// The image with the package; see `nrem images`.
    #[arg(long, value_name = "NAME")]
    image: String,
    /// Its components wait until they are activated.
    #[arg(long)]
    inactive: bool,
    /// What the installer is told.
    #[arg(long, value_name = "TEXT")]
    params: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Change {
    #[command(flatten)]
    order: Order,
    /// Id of the package.
    #[arg(long, value_name = "ID")]
    package: String,
    /// Root of the SCOMO object in the devices.
    #[arg(long, default_value = "./SCOMO", value_name = "URI")]
    scomo: String,
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    console: Console,
    /// NodeId.
    node: String,
    /// Ask the node now, and wait for its answer, instead of showing what it told last.
    #[arg(long)]
    fresh: bool,
    /// Root of the SCOMO object in the device.
    #[arg(long, default_value = "./SCOMO", value_name = "URI", requires = "fresh")]
    scomo: String,
}

pub(super) fn run(args: &Args) -> Outcome {
    match &args.what {
        What::Install(install) => {
            let mut request = install.change.request("install");
            request["image"] = json!(install.image);
            request["params"] = json!(install.params);
            if install.inactive {
                request["activation"] = json!("inactive");
            }
            install.change.order.submit("/software", request)
        }
        What::Remove(change) => change.order.submit("/software", change.request("remove")),
        What::Activate(change) => change.order.submit("/software", change.request("activate")),
        What::Deactivate(change) => change.order.submit("/software", change.request("deactivate")),
        What::List(list) => list.run(),
    }
}

impl Change {
    fn request(&self, operation: &str) -> Value {
        json!({"operation": operation, "package": self.package, "scomo": self.scomo})
    }
}

impl List {
    fn run(&self) -> Outcome {
        let remote = self.console.remote();
        if self.fresh {
            let request = json!({"target": {"device": self.node}, "scomo": self.scomo});
            let asked = remote.post("/software/inventory", &request)?;
            let verdict = wait_for_all(&remote, &asked["id"])?;
            if verdict != ExitCode::SUCCESS {
                return Ok(verdict);
            }
        }
        self.console.show(&remote.get(&format!("/devices/{}/software", escape(&self.node)))?, inventory);
        Ok(ExitCode::SUCCESS)
    }
}

/// Packages and components of a node.
fn inventory(answer: &Value) -> Table {
    let mut table = table(["what", "id", "of package", "version", "state"]);
    for package in answer["packages"].as_array().into_iter().flatten() {
        let id = text(&package["package"]);
        table.add_row(vec!["package".into(), id.as_str().into(), "".into(), "".into(), state(&package["state"])]);
    }
    for component in answer["components"].as_array().into_iter().flatten() {
        let [id, package, version] = ["id", "package", "version"].map(|name| text(&component[name]).into());
        table.add_row(vec!["component".into(), id, package, version, state(&component["state"])]);
    }
    table
}
