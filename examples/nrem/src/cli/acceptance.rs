//! `nrem acceptance`: what becomes of devices that nobody registered.

use std::process::ExitCode;

use clap::ValueEnum;
use comfy_table::Table;
use serde_json::{Value, json};

use super::Outcome;
use super::connect::Console;
use super::output::{table, text};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    /// What becomes of them from now on; without it, what becomes of them now is shown.
    decision: Option<Decision>,
    /// Name with which all of them authenticate [default: each by its DevId].
    #[arg(long, requires = "client_secret")]
    client_name: Option<String>,
    /// The secret that they share.
    #[arg(long, requires_all = ["decision", "server_id", "server_secret"])]
    client_secret: Option<String>,
    /// ServerID: the name with which the server authenticates to them.
    #[arg(long, requires = "client_secret")]
    server_id: Option<String>,
    /// Secret of the server.
    #[arg(long, requires = "client_secret")]
    server_secret: Option<String>,
    /// Weakest authentication scheme that is accepted: md5, basic or mac.
    #[arg(long, default_value = "md5")]
    scheme: String,
    /// Group that they come into; may be given several times.
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Decision {
    /// They are answered 401 until they are registered.
    Refuse,
    /// They are answered 401 until somebody approves them by `nrem devices ID --approve`.
    Queue,
    /// Those that prove the shared secret are registered by that.
    Accept,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    let Some(decision) = args.decision.and_then(|decision| decision.to_possible_value()) else {
        args.console.show(&remote.get("/acceptance")?, shown);
        return Ok(ExitCode::SUCCESS);
    };
    let mut request = json!({"unknown": decision.get_name(), "scheme": args.scheme, "groups": args.group});
    if let Some(secret) = &args.client_secret {
        request["client"] = json!({"name": args.client_name, "secret": secret});
        request["server"] = json!({"id": args.server_id, "secret": args.server_secret});
    }
    args.console.show(&remote.put("/acceptance", &request)?, shown);
    Ok(ExitCode::SUCCESS)
}

fn shown(answer: &Value) -> Table {
    let mut table = table(["unknown devices", "client", "server", "groups", "told to"]);
    table.add_row(["unknown", "client_name", "server_id", "groups", "owner"].map(|name| text(&answer[name])));
    table
}
