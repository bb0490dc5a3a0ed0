//! `nrem register`: a node for the directory.

use std::process::ExitCode;

use serde_json::json;

use super::Outcome;
use super::connect::Server;
use super::output::print;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    /// DevId.
    #[arg(long)]
    id: String,
    /// It is a gateway.
    #[arg(long)]
    as_gateway: bool,
    /// Weakest authentication scheme that is accepted: md5, basic or mac.
    #[arg(long, default_value = "md5")]
    scheme: String,
    /// Name with which the client authenticates.
    #[arg(long, requires_all = ["client_secret", "server_id", "server_secret"])]
    client_name: Option<String>,
    /// Secret of the client.
    #[arg(long)]
    client_secret: Option<String>,
    /// ServerID: the name with which the server authenticates.
    #[arg(long)]
    server_id: Option<String>,
    /// Secret of the server.
    #[arg(long)]
    server_secret: Option<String>,
    /// The client's first nonce, in base64 [default: empty].
    #[arg(long)]
    client_nonce: Option<String>,
    /// The server's first nonce, in base64 [default: empty].
    #[arg(long)]
    server_nonce: Option<String>,
    /// Where notifications go: udp://host:port.
    #[arg(long)]
    notify: Option<String>,
    /// The gateway it is behind; it needs no credentials then.
    #[arg(long)]
    gateway: Option<String>,
    /// Let nonces be synchronised anew when the node has lost them.
    #[arg(long)]
    resync: bool,
    /// How messages for it are spelled: oma, windows or auto, as its first message tells [default: auto].
    #[arg(long)]
    dialect: Option<String>,
}

pub(super) fn run(args: Args) -> Outcome {
    let mut request = json!({"id": args.id, "kind": if args.as_gateway { "gateway" } else { "device" }});
    if let Some(name) = args.client_name {
        request["scheme"] = json!(args.scheme);
        request["client"] = json!({"name": name, "secret": args.client_secret});
        request["server"] = json!({"id": args.server_id, "secret": args.server_secret});
    }
    let optional = [
        ("client_nonce", args.client_nonce),
        ("server_nonce", args.server_nonce),
        ("notify", args.notify),
        ("gateway", args.gateway),
        ("dialect", args.dialect),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            request[name] = json!(value);
        }
    }
    if args.resync {
        request["resync"] = json!(true);
    }
    print(&format!("{:#}\n", args.server.remote().post("/devices", &request)?));
    Ok(ExitCode::SUCCESS)
}
