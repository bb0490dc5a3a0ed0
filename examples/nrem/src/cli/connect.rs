//! Where the server is: options of every subcommand that asks one.

use clap::Args;
use nrem::remote::Remote;

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
