//! `nrem campaign`: a release for many nodes, in waves.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::Outcome;
use super::campaigns::{summary, wait};
use super::connect::Console;
use super::task::Target;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    console: Console,
    #[command(flatten)]
    target: Target,
    /// What people call it.
    #[arg(long)]
    name: String,
    /// The version that nodes show in FwV when they run the release [default: that of the image].
    #[arg(long)]
    version: Option<String>,
    /// Name of the whole image, uploaded before.
    #[arg(long, value_name = "NAME")]
    image: String,
    /// A smaller way: name of a delta, or of an image that applies to the one with this SHA-256; may be given several times
    /// [default: all deltas that make the image].
    #[arg(long, value_name = "[SHA256=]NAME")]
    delta: Vec<String>,
    /// Nodes of the first wave, which all end before the second begins.
    #[arg(long, default_value_t = 5, value_name = "NUMBER")]
    canary: usize,
    /// Nodes of each other wave.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    wave: usize,
    /// Stop when more than so many in a thousand of the nodes that have begun failed.
    #[arg(long, default_value_t = 50, value_name = "PER_MILLE", value_parser = clap::value_parser!(u16).range(0..=1000))]
    abort_above: u16,
    /// Begin nodes only in this time of the day, in UTC: its start, and how many minutes it is open.
    #[arg(long, value_name = "HH:MM+MINUTES", value_parser = window)]
    window: Option<Value>,
    /// Begin no more nodes than that in an hour.
    #[arg(long, value_name = "NUMBER")]
    per_hour: Option<usize>,
    /// Wait until it is over; exit status 0 only if no node failed.
    #[arg(long)]
    wait: bool,
}

/// `02:00+90` as the API wants it.
fn window(text: &str) -> Result<Value, String> {
    let parts = text.split_once('+').and_then(|(start, minutes)| {
        let (hour, minute) = start.split_once(':')?;
        Some((hour.parse::<u64>().ok()?, minute.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?))
    });
    match parts {
        Some((hour, minute, length)) if hour < 24 && minute < 60 && (1..=1440).contains(&length) => {
            Ok(json!({"start": hour * 3600 + minute * 60, "length": length * 60}))
        }
        _ => Err("not like 02:00+90: a time of the day, and 1 to 1440 minutes".to_owned()),
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let delta = |text: &String| match text.split_once('=') {
        Some((from, image)) => json!({"from": from, "image": image}),
        None => json!({"image": text}),
    };
    let deltas: Option<Vec<Value>> = (!args.delta.is_empty()).then(|| args.delta.iter().map(delta).collect());
    let mut plan = json!({
        "canary": args.canary,
        "wave": args.wave,
        "abort_above_per_mille": args.abort_above,
    });
    if let Some(window) = &args.window {
        plan["window"] = window.clone();
    }
    if let Some(nodes) = args.per_hour {
        plan["rate"] = json!({"nodes": nodes, "seconds": 3600});
    }
    let request = json!({
        "name": args.name,
        "target": args.target.json(),
        "version": args.version,
        "image": args.image,
        "deltas": deltas,
        "plan": plan,
    });
    let remote = args.console.remote();
    let campaign = remote.post("/campaigns", &request)?;
    if args.wait {
        return wait(&remote, &campaign["id"], &args.console);
    }
    args.console.show(&campaign, summary);
    Ok(ExitCode::SUCCESS)
}
