//! `nrem configure`: settings, as a file or as a state.

use std::process::ExitCode;

use serde_json::{Value, json};

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
    #[command(flatten)]
    what: What,
    /// Wait until all of them have reported; exit status 0 only if all is good.
    #[arg(long)]
    wait: bool,
}

/// Exactly one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// A configuration file: the name of an image, see `nrem images`.
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// A value that the node at this URI shall have; may be given several times. Only what differs is written.
    #[arg(long, value_name = "URI=VALUE", value_parser = setting)]
    set: Vec<Value>,
}

fn setting(text: &str) -> Result<Value, String> {
    let (uri, value) = text.split_once('=').ok_or("it has the form URI=VALUE")?;
    let mut setting = json!({"uri": uri, "data": value});
    if value.parse::<i64>().is_ok() {
        setting["format"] = json!("int");
    } else if value.parse::<bool>().is_ok() {
        setting["format"] = json!("bool");
    }
    Ok(setting)
}

pub(super) fn run(args: &Args) -> Outcome {
    let remote = args.server.remote();
    let target = args.target.json();
    let submitted = match &args.what.file {
        Some(file) => remote.post("/configurations", &json!({"target": target, "file": file}))?,
        None => remote.post("/desired", &json!({"target": target, "settings": args.what.set}))?,
    };
    if args.wait {
        return follow(&remote, &submitted["id"], &args.output);
    }
    args.output.show(&submitted, super::tasks::line);
    Ok(ExitCode::SUCCESS)
}
