//! `nrem firmware`: an upgrade.

use std::process::ExitCode;

use serde_json::json;

use super::Outcome;
use super::connect::Server;
use super::output::Output;
use super::task::{Target, follow};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    target: Target,
    /// The image to install; see `nrem images`.
    #[arg(long, value_name = "NAME")]
    image: String,
    /// Root of the FUMO object in the devices.
    #[arg(long, default_value = "./FUMO", value_name = "URI")]
    fumo: String,
    /// Wait until all of them have reported; exit status 0 only if all is good.
    #[arg(long)]
    wait: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.server.remote();
    let request = json!({"target": args.target.json(), "image": args.image, "fumo": args.fumo});
    let submitted = remote.post("/firmware", &request)?;
    if args.wait {
        return follow(&remote, &submitted["id"], &args.output);
    }
    args.output.show(&submitted, super::tasks::line);
    Ok(ExitCode::SUCCESS)
}
