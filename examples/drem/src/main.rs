//! `drem run`: a device. `drem bootstrap`: its first account. `drem load`: many of them. `drem answer`: what would a device answer to this message?

mod answer;
mod bootstrap;
mod provision;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// An OMA DM device (DREM).
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "RUST_LOG=info (or debug) shows what happens. Secrets can be given in the environment, see `drem run --help`."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a device: its tree, two firmware slots, sessions with one server. All state survives restarts.
    Run(Box<run::Args>),
    /// Gives a device an account from a bootstrap document, and runs the first session with its server.
    Bootstrap(Box<bootstrap::Args>),
    /// Simulates many devices and measures what the server does with them.
    Load(Box<drem::load::Args>),
    /// Executes one server message on a tree, authentication taken as given, and prints the client's answer.
    Answer(answer::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Ten thousand devices that all say why they retry are no help.
    let default = if matches!(cli.command, Command::Load(_)) { "error" } else { "info" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match cli.command {
        Command::Run(args) => run::run(*args),
        Command::Bootstrap(args) => bootstrap::bootstrap(*args),
        Command::Load(args) => drem::load::load(*args),
        Command::Answer(args) => answer::answer(&args).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        eprintln!("drem: {error}");
        ExitCode::FAILURE
    })
}
