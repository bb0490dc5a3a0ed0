//! The terminal: one subcommand, one file.
//!
//! A subcommand is a variant of [`Command`] and a module of its name with `Args` and `run`. What all of them share: where the
//! server is ([`connect`]), how answers are shown ([`output`]: a table for people, JSON for programs), and how far something
//! is ([`progress`]). Complaints go to the standard error; the exit status tells whether all went well.

mod acceptance;
mod campaign;
mod campaigns;
mod configure;
mod connect;
mod devices;
mod faults;
mod firmware;
mod images;
mod lock;
mod output;
mod pm;
mod pm_load;
mod progress;
mod register;
mod requester;
mod serve;
mod software;
mod task;
mod tasks;
mod traps;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What became of a subcommand; the error is one line for people.
type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// An OMA DM network server (NREM): manages devices and gateways over OMA DM 1.2, driven by an HTTP/JSON API.
#[derive(Debug, Parser)]
#[command(version, about, after_help = "RUST_LOG=info shows what the server does, RUST_LOG=debug its sessions too.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until Ctrl-C: DM endpoint POST /dm, API /api/v1, images /images.
    Serve(serve::Args),
    /// Send DM commands to nodes; exit status 0 only if all of them are good (with --wait).
    Task(task::Args),
    /// Show tasks, one of them, or cancel it.
    Tasks(tasks::Args),
    /// Show the images that nodes can fetch, or store one.
    Images(images::Args),
    /// What nodes measure: samples, summaries, subscriptions.
    Pm(pm::Args),
    /// Measure the store of samples.
    #[command(hide = true)]
    PmLoad(pm_load::Args),
    /// Deliver a configuration file, or bring nodes into a state.
    Configure(configure::Args),
    /// Install an image as firmware.
    Firmware(firmware::Args),
    /// Install, remove, activate or deactivate software; show what a node has.
    Software(software::Args),
    /// Lock, unlock, wipe or reset nodes.
    Lock(lock::Args),
    /// Begin a campaign: a firmware release for many nodes, in waves.
    Campaign(campaign::Args),
    /// Show campaigns, or one; pause, resume or cancel it.
    Campaigns(campaigns::Args),
    /// Register a device or a gateway.
    Register(register::Args),
    /// Requesters: who may use the API, for what, and what they did.
    Requester(requester::Args),
    /// Show all nodes, or one; approve an unknown one, deactivate one.
    Devices(devices::Args),
    /// Show or decide what becomes of devices that nobody registered.
    Acceptance(acceptance::Args),
    /// Show the faults of nodes, their history, or follow them as they come.
    Faults(faults::Args),
    /// Arm, disarm or poll the traps of nodes.
    Traps(traps::Args),
}

/// Runs the subcommand that the command line names.
pub(crate) fn run() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Task(args) => task::run(&args),
        Command::Tasks(args) => tasks::run(&args),
        Command::Images(args) => images::run(&args),
        Command::Configure(args) => configure::run(&args),
        Command::Firmware(args) => firmware::run(&args),
        Command::Software(args) => software::run(&args),
        Command::Lock(args) => lock::run(&args),
        Command::Pm(args) => pm::run(&args),
        Command::PmLoad(args) => pm_load::run(&args),
        Command::Campaign(args) => campaign::run(&args),
        Command::Campaigns(args) => campaigns::run(&args),
        Command::Register(args) => register::run(args),
        Command::Requester(args) => requester::run(&args),
        Command::Devices(args) => devices::run(&args),
        Command::Acceptance(args) => acceptance::run(&args),
        Command::Faults(args) => faults::run(&args),
        Command::Traps(args) => traps::run(&args),
    };
    outcome.unwrap_or_else(|why| {
        eprintln!("nrem: {why}");
        ExitCode::FAILURE
    })
}
