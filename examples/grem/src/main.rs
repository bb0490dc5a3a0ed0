//! `grem serve`: a gateway.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::{Parser, Subcommand};
use grem::{Config, serve};

/// An M2M gateway (GREM): a DM client to its network server, a DM server and image cache to its devices.
#[derive(Debug, Parser)]
#[command(version, after_help = "RUST_LOG=info (or debug) shows what happens.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the gateway until Ctrl-C. All state survives restarts, also a kill -9.
    #[command(after_help = CONFIG_HELP)]
    Serve {
        /// The configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Folder of the store and the images; created if it is missing.
        #[arg(long, value_name = "DIR")]
        state: PathBuf,
    },
    /// Reads the configuration and says what is wrong with it.
    Check {
        /// The configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

const CONFIG_HELP: &str = "The configuration is TOML:

  id = \"urn:imei:490154203237518\"         # DevId of the gateway

  [north]                                 # towards the network server
  url = \"http://127.0.0.1:8080/dm\"
  server_id = \"nrem\"
  client = { name = \"gw1\", secret = \"...\" }
  server_secret = \"...\"
  # scheme = \"md5\" | \"basic\", client_nonce, server_nonce (base64), wbxml = true,
  # notify = \"127.0.0.1:4001\" (UDP, Package #0), poll = 300 (seconds, 0 = never), proxy = \"http://...\"

  [lan]                                   # towards the devices
  listen = \"127.0.0.1:8081\"               # POST /dm, GET /i/<token>/<image>
  # public_url = \"http://192.168.7.1:8081\", server_id = (default: the id of the gateway)

  [[device]]                              # one for each device
  id = \"urn:dev:1\"
  name = \"dev1\"
  secret = \"...\"
  server_secret = \"...\"
  # scheme, client_nonce, server_nonce, notify = \"127.0.0.1:4101\"";

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match cli.command {
        Command::Serve { config, state } => run(&config, state),
        Command::Check { config } => Config::load(&config, PathBuf::new()).map(drop).map_err(|error| error.to_string()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("grem: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: &std::path::Path, state: PathBuf) -> Result<(), String> {
    let config = Config::load(config, state).map_err(|error| error.to_string())?;
    let handle = serve(&config).map_err(|error| error.to_string())?;
    let (stop, stopped) = channel();
    ctrlc::set_handler(move || {
        let _ = stop.send(());
    })
    .map_err(|error| format!("cannot handle Ctrl-C: {error}"))?;
    while stopped.recv_timeout(Duration::from_millis(500)) == Err(RecvTimeoutError::Timeout) {
        if handle.has_failed() {
            break;
        }
    }
    handle.stop().map_err(|error| error.to_string())
}
