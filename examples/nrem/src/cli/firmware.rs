//! `nrem firmware`: an upgrade.

use serde_json::json;

use super::Outcome;
use super::connect::Order;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    order: Order,
    /// The image to install; see `nrem images`.
    #[arg(long, value_name = "NAME")]
    image: String,
    /// A smaller way: name of a delta that makes it; may be given several times [default: all deltas that make it].
    #[arg(long, value_name = "NAME")]
    delta: Vec<String>,
    /// The whole image for every node.
    #[arg(long, conflicts_with = "delta")]
    no_deltas: bool,
    /// Root of the FUMO object in the devices.
    #[arg(long, default_value = "./FUMO", value_name = "URI")]
    fumo: String,
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut request = json!({"image": args.image, "fumo": args.fumo});
    if args.no_deltas || !args.delta.is_empty() {
        request["deltas"] = json!(args.delta);
    }
    args.order.submit("/firmware", request)
}
