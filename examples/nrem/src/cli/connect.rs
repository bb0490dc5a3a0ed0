//! What subcommands that ask a server have in common: where it is, how its answer is shown, for whom a task is.

use std::process::ExitCode;

use clap::Args;
use comfy_table::Table;
use nrem::remote::Remote;
use serde_json::Value;

use super::Outcome;
use super::output::Output;
use super::task::{Target, follow};

/// Where the server is.
#[derive(Debug, Args)]
pub(super) struct Server {
    /// URL of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "NREM_API", value_name = "URL")]
    api: String,
    /// Your token, if the server demands one.
    #[arg(long, env = "NREM_API_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    api_token: Option<String>,
}

impl Server {
    /// A client of its API.
    pub(super) fn remote(&self) -> Remote {
        Remote::new(&self.api, self.api_token.clone())
    }
}

/// Of a subcommand that shows something: where the server is, and how its answer is shown.
#[derive(Debug, Args)]
pub(super) struct Console {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
}

impl Console {
    /// A client of the server's API.
    pub(super) fn remote(&self) -> Remote {
        self.server.remote()
    }

    /// Shows `answer`: as `table` makes it, or as it is.
    pub(super) fn show(&self, answer: &Value, table: impl FnOnce(&Value) -> Table) {
        self.output.show(answer, table);
    }
}

/// Of a subcommand that makes a task: for whom it is, too, and whether it is waited for.
#[derive(Debug, Args)]
pub(super) struct Order {
    #[command(flatten)]
    pub(super) console: Console,
    #[command(flatten)]
    pub(super) target: Target,
    /// Wait until all of them have reported; exit status 0 only if all is good.
    #[arg(long)]
    pub(super) wait: bool,
}

impl Order {
    /// Submits `request`, completed by the target, at `path`; shows the task, or what became of it.
    pub(super) fn submit(&self, path: &str, mut request: Value) -> Outcome {
        request["target"] = self.target.json();
        let remote = self.console.remote();
        let submitted = remote.post(path, &request)?;
        if self.wait {
            return follow(&remote, &submitted["id"], &self.console);
        }
        self.console.show(&submitted, super::tasks::line);
        Ok(ExitCode::SUCCESS)
    }
}
