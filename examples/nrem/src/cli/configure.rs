//! `nrem configure`: settings, as a file or as a state.

use serde_json::{Value, json};

use super::Outcome;
use super::connect::Order;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    order: Order,
    #[command(flatten)]
    what: What,
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
    match &args.what.file {
        Some(file) => args.order.submit("/configurations", json!({"file": file})),
        None => args.order.submit("/desired", json!({"settings": args.what.set})),
    }
}
