//! `nrem lock`: locking, unlocking, wiping and resetting nodes.

use clap::ValueEnum;
use serde_json::json;

use super::Outcome;
use super::connect::Order;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    order: Order,
    /// What happens.
    operation: Operation,
    /// Wipe only this, as the node's list of what can be wiped names it; may be given several times.
    #[arg(long, value_name = "NAME")]
    item: Vec<String>,
    /// Root of the LAWMO object in the devices.
    #[arg(long, default_value = "./LAWMO", value_name = "URI")]
    lawmo: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Operation {
    FullyLock,
    PartiallyLock,
    Unlock,
    Wipe,
    /// Back to the state of the factory.
    FactoryReset,
}

pub(super) fn run(args: &Args) -> Outcome {
    let value = args.operation.to_possible_value();
    let operation = value.as_ref().map(clap::builder::PossibleValue::get_name);
    let mut request = json!({"operation": operation, "lawmo": args.lawmo});
    if !args.item.is_empty() {
        request["items"] = json!(args.item);
    }
    args.order.submit("/locks", request)
}
