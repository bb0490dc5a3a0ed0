//! `nrem pm-load`: how fast the store of samples is, and what it holds after kills.

use std::path::PathBuf;
use std::process::ExitCode;

use nrem::pm_load::Load;

use super::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder for a fresh database.
    #[arg(long)]
    state: PathBuf,
    /// Nodes that measure.
    #[arg(long, default_value_t = 10_000)]
    nodes: u64,
    /// Samples of all of them together.
    #[arg(long, default_value_t = 10_000_000)]
    samples: u64,
    /// Samples in one report.
    #[arg(long, default_value_t = 50)]
    report: u64,
    /// Store through a process that is killed so many times, and count.
    #[arg(long, value_name = "NUMBER")]
    kills: Option<u64>,
    /// Be the process that is killed.
    #[arg(long, hide = true)]
    serve: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut load = Load::new(args.state.clone(), args.nodes, args.samples);
    load.report = args.report;
    if args.serve {
        load.serve().map_err(|why| why.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let figures = match args.kills {
        Some(kills) => load.kill(&std::env::current_exe()?, kills),
        None => load.measure(),
    };
    let figures = figures.map_err(|why| why.to_string())?;
    println!("{figures}");
    let good = figures.lost == 0 && figures.wrong == 0 && figures.stored == args.samples;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
