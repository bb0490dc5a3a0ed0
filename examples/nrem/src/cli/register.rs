//! `nrem register`: a node for the directory.

use std::path::PathBuf;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

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
    /// Where notifications go: udp://host:port, a push gateway's URL, or a scheme the server has a hook for. Several are
    /// tried in this order.
    #[arg(long, value_name = "BEARER")]
    notify: Vec<String>,
    /// What applications call it [default: its DevId].
    #[arg(long)]
    name: Option<String>,
    /// The gateway it is behind; it needs no credentials then.
    #[arg(long)]
    gateway: Option<String>,
    /// Let nonces be synchronised anew when the node has lost them.
    #[arg(long)]
    resync: bool,
    /// Group that it is in; may be given several times.
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// Let the server make the credentials, and write the document that tells them to the device into this file.
    #[arg(long, value_name = "FILE", requires = "server_id", conflicts_with = "client_name")]
    bootstrap: Option<PathBuf>,
    /// Form of that document: cp (client provisioning) or dm (a DM message).
    #[arg(long, default_value = "cp", requires = "bootstrap")]
    profile: String,
    /// What signs it [default: what follows from --imsi and --pin].
    #[arg(long, requires = "bootstrap")]
    sec: Option<String>,
    /// What the network and the device know, as digits.
    #[arg(long, requires = "bootstrap", value_name = "DIGITS")]
    imsi: Option<String>,
    /// The PIN that the user types.
    #[arg(long, requires = "bootstrap")]
    pin: Option<String>,
    /// How messages for it are spelled: oma, windows or auto, as its first message tells [default: auto].
    #[arg(long)]
    dialect: Option<String>,
}

impl Args {
    /// The document that is asked for.
    fn document(&self) -> Value {
        let sec = match (self.profile.as_str(), &self.imsi, &self.pin) {
            (_, None, _) => "USERPIN",
            ("dm", Some(_), None) => "NETWORKID",
            ("dm", Some(_), Some(_)) => "USERPIN_NETWORKID",
            (_, Some(_), None) => "NETWPIN",
            (_, Some(_), Some(_)) => "USERNETWPIN",
        };
        let sec = self.sec.as_deref().unwrap_or(sec);
        json!({"profile": self.profile, "server_id": self.server_id, "scheme": self.scheme, "sec": sec,
            "imsi": self.imsi, "pin": self.pin})
    }
}

pub(super) fn run(args: Args) -> Outcome {
    let mut request = json!({"id": args.id, "kind": if args.as_gateway { "gateway" } else { "device" }});
    if let Some(name) = args.client_name.clone() {
        request["scheme"] = json!(args.scheme);
        request["client"] = json!({"name": name, "secret": args.client_secret});
        request["server"] = json!({"id": args.server_id, "secret": args.server_secret});
    }
    if args.bootstrap.is_some() {
        request["bootstrap"] = args.document();
    }
    if !args.group.is_empty() {
        request["groups"] = json!(args.group);
    }
    let optional = [
        ("client_nonce", args.client_nonce),
        ("server_nonce", args.server_nonce),
        ("name", args.name),
        ("gateway", args.gateway),
        ("dialect", args.dialect),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            request[name] = json!(value);
        }
    }
    let bearer = |(priority, address): (usize, &String)| json!({"address": address, "priority": priority});
    request["bearers"] = args.notify.iter().enumerate().map(bearer).collect();
    if args.resync {
        request["resync"] = json!(true);
    }
    let mut node = args.server.remote().post("/devices", &request)?;
    if let Some(file) = &args.bootstrap {
        let body = node["document"]["body_b64"].take();
        let body = STANDARD.decode(body.as_str().unwrap_or_default())?;
        std::fs::write(file, body).map_err(|error| format!("{}: {error}", file.display()))?;
        node["document"]["file"] = json!(file);
    }
    print(&format!("{node:#}\n"));
    Ok(ExitCode::SUCCESS)
}
