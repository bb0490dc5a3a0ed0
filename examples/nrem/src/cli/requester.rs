//! `nrem requester`: who may do what.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use comfy_table::Table;
use serde_json::{Value, json};
use xrem_server::requester::RequesterName;

use super::Outcome;
use super::connect::{Console, Server};
use super::output::{print, table, text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a requester; prints its token, which cannot be asked for again.
    Add(Add),
    /// Give a requester a new token.
    Renew(One),
    /// Remove a requester; its tasks go on.
    Remove(One),
    /// Show all requesters and what they may do.
    List(List),
    /// Show what requesters asked for.
    Audit(List),
}

#[derive(Debug, clap::Args)]
struct Add {
    #[command(flatten)]
    server: Server,
    /// Name of the requester.
    #[arg(value_parser = RequesterName::parse)]
    name: RequesterName,
    /// What it may do, and to whom: read, configure, upgrade, register, operate or administer, then `=`, then `all`,
    /// `group:NAME` or `node:ID`; may be given several times.
    #[arg(long, value_name = "ABILITY=SCOPE", value_parser = grant)]
    grant: Vec<Value>,
    /// The first one: an administrator, written into the state folder of a server that does not run.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["grant", "api", "api_token"])]
    state: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct One {
    #[command(flatten)]
    server: Server,
    /// Name of the requester.
    #[arg(value_parser = RequesterName::parse)]
    name: RequesterName,
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    console: Console,
}

fn grant(text: &str) -> Result<Value, String> {
    let (ability, scope) = text.split_once('=').ok_or("it has the form ABILITY=SCOPE")?;
    let scope = match scope.split_once(':') {
        None => json!(scope),
        Some((kind, name)) => json!({kind: name}),
    };
    Ok(json!({"ability": ability, "scope": scope}))
}

pub(super) fn run(args: &Args) -> Outcome {
    match &args.command {
        Command::Add(Add { state: Some(state), name, .. }) => {
            print(&format!("{}\n", nrem::add_administrator(state, name)?));
        }
        Command::Add(Add { server, name, grant, .. }) => {
            let request = json!({"name": name.as_str(), "rights": grant});
            token(&server.remote().post("/requesters", &request)?);
        }
        Command::Renew(One { server, name }) => {
            token(&server.remote().post(&format!("/requesters/{name}/token"), &Value::Null)?);
        }
        Command::Remove(One { server, name }) => {
            server.remote().delete(&format!("/requesters/{name}"))?;
        }
        Command::List(List { console }) => {
            console.show(&console.remote().list("/requesters", "requesters")?, list);
        }
        Command::Audit(List { console }) => console.show(&console.remote().list("/audit", "entries")?, audit),
    }
    Ok(ExitCode::SUCCESS)
}

fn token(requester: &Value) {
    print(&format!("{}\n", text(&requester["token"])));
}

fn list(answer: &Value) -> Table {
    let mut table = table(["requester", "may", "to"]);
    for requester in answer["requesters"].as_array().into_iter().flatten() {
        for grant in requester["rights"].as_array().into_iter().flatten() {
            table.add_row([text(&requester["name"]), text(&grant["ability"]), text(&grant["scope"])]);
        }
    }
    table
}

fn audit(answer: &Value) -> Table {
    let mut table = table(["when", "requester", "what", "to", "result"]);
    for entry in answer["entries"].as_array().into_iter().flatten() {
        table.add_row(["at", "requester", "action", "target", "result"].map(|name| text(&entry[name])));
    }
    table
}
