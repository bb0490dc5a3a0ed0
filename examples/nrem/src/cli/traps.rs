//! `nrem traps`: what nodes watch for, and with that which faults they tell.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::Outcome;
use super::connect::Console;
use super::task::{Target, follow};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Let nodes watch for a condition; what is left out stays as the nodes have it.
    Activate {
        #[command(flatten)]
        trap: Trap,
        /// Metric, operator and number, such as `temperature > 80`; or `event`.
        #[arg(long)]
        condition: Option<String>,
        /// Distance back over the threshold before it clears.
        #[arg(long, value_name = "NUMBER")]
        hysteresis: Option<f64>,
        /// Seconds that the condition must hold before it raises.
        #[arg(long, value_name = "SECONDS")]
        hold: Option<u32>,
        /// How much it matters: fatal, critical, minor, warning, informational, harmless.
        #[arg(long, value_name = "WORD")]
        severity: Option<String>,
    },
    /// Let nodes watch no longer.
    Deactivate {
        #[command(flatten)]
        trap: Trap,
    },
    /// Ask nodes for the state of a trap.
    Poll {
        #[command(flatten)]
        trap: Trap,
    },
}

#[derive(Debug, clap::Args)]
struct Trap {
    #[command(flatten)]
    target: Target,
    /// The trap's place in the tree, such as ./DiagMon/Traps/heat.
    #[arg(long, value_name = "URI")]
    trap: String,
    /// Wait until all of them have answered; exit status 0 only if all is good.
    #[arg(long)]
    wait: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.console.remote();
    let (path, trap) = match &args.what {
        What::Activate { trap, .. } => ("/faults/activate", trap),
        What::Deactivate { trap } => ("/faults/deactivate", trap),
        What::Poll { trap } => ("/faults/poll", trap),
    };
    let mut request = json!({"target": trap.target.json(), "trap": trap.trap});
    if let What::Activate { condition, hysteresis, hold, severity, .. } = &args.what {
        request["condition"] = json!(condition);
        request["hysteresis"] = json!(hysteresis);
        request["hold_secs"] = json!(hold);
        request["severity"] = json!(severity);
    }
    let submitted = remote.post(path, &request)?;
    if trap.wait {
        return follow(&remote, &submitted["id"], &args.console);
    }
    args.console.show(&submitted, super::tasks::line);
    Ok(ExitCode::SUCCESS)
}
