//! `nrem`: an OMA DM network server, and its terminal.

use std::io::{IsTerminal as _, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use nrem::Config;
use nrem::remote::{Remote, all_ok};
use omadm_proto::auth::Secret;
use serde_json::{Value, json};

/// An OMA DM network server (NREM): manages devices and gateways over OMA DM 1.2, driven by an HTTP/JSON API.
#[derive(Debug, Parser)]
#[command(version, about, after_help = "RUST_LOG=info shows what the server does, RUST_LOG=debug its sessions too.")]
struct Cli {
    #[command(subcommand)]
    command: Cmd,
}

#[derive(Debug, Subcommand)]
enum Cmd {
    /// Run the server until Ctrl-C: DM endpoint POST /dm, API /api/v1, images /images.
    Serve(Serve),
    /// Send DM commands to nodes; exit status 0 only if all of them are good (with --wait).
    Task(Task),
    /// Register a device or a gateway.
    Register(Register),
    /// Show all nodes, or one.
    Devices(Devices),
}

#[derive(Debug, Args)]
struct Serve {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder for the database and the images; made when it is not there.
    #[arg(long, default_value = "nrem-state")]
    state: PathBuf,
    /// URL under which nodes reach this server, used in the addresses of images [default: the listen address].
    #[arg(long)]
    public_url: Option<String>,
    /// Bytes of one DM message that are accepted, announced to clients as MaxMsgSize.
    #[arg(long, default_value_t = 1 << 20, value_name = "BYTES")]
    max_message: usize,
    /// Bytes of all DM messages in hand, 16 KiB added for each; who comes beyond it is answered 503 with Retry-After.
    #[arg(long, default_value_t = 64 << 20, value_name = "BYTES")]
    max_in_flight: usize,
    /// Connections that are open at a time.
    #[arg(long, default_value_t = 16_384, value_name = "NUMBER")]
    max_connections: usize,
    /// Bytes of one image that are accepted.
    #[arg(long, default_value_t = 4 << 30, value_name = "BYTES")]
    max_image: u64,
    /// Seconds to wait for the alert of a command that was answered 202.
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
    async_timeout: u64,
    /// Drop NUL bytes in XML messages, which some clients write into Data; without this such a message is refused.
    #[arg(long)]
    strip_nul: bool,
    /// Demand `Authorization: Bearer TOKEN` on the API.
    #[arg(long, env = "NREM_API_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    api_token: Option<String>,
}

/// Where the server is.
#[derive(Debug, Args)]
struct Api {
    /// URL of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080", env = "NREM_API", value_name = "URL")]
    api: String,
    /// The server's API token, if it demands one.
    #[arg(long, env = "NREM_API_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    api_token: Option<String>,
}

#[derive(Debug, Args)]
struct Task {
    #[command(flatten)]
    api: Api,
    #[command(flatten)]
    target: Target,
    /// File with the JSON array of commands; - reads standard input.
    #[arg(long, value_name = "FILE")]
    commands: PathBuf,
    /// Image that the commands refer to as {$img:NAME:url}; may be given several times.
    #[arg(long, value_name = "NAME")]
    image: Vec<String>,
    /// Repeat an Exec whose outcome was lost with the connection.
    #[arg(long)]
    retry_unknown: bool,
    /// Wait until the task is over and print its result: for one node the commands, filled in; for several the whole task.
    #[arg(long)]
    wait: bool,
}

/// Exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Target {
    /// One device, by its DevId.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// One gateway itself, by its DevId.
    #[arg(long, value_name = "ID")]
    gateway: Option<String>,
    /// Several devices, by their DevIds, separated by commas.
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    devices: Option<Vec<String>>,
    /// All devices behind this gateway.
    #[arg(long, value_name = "ID")]
    behind: Option<String>,
    /// All `devices` or all `gateways`.
    #[arg(long, value_name = "KIND")]
    all: Option<String>,
}

#[derive(Debug, Args)]
struct Register {
    #[command(flatten)]
    api: Api,
    /// DevId.
    #[arg(long)]
    id: String,
    /// It is a gateway.
    #[arg(long)]
    as_gateway: bool,
    /// Weakest authentication scheme that is accepted: md5 or basic.
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

#[derive(Debug, Args)]
struct Devices {
    #[command(flatten)]
    api: Api,
    /// DevId of one node.
    id: Option<String>,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let result = match Cli::parse().command {
        Cmd::Serve(args) => serve(args),
        Cmd::Task(args) => task(&args),
        Cmd::Register(args) => register(args),
        Cmd::Devices(args) => devices(&args),
    };
    match result {
        Ok(code) => code,
        Err(why) => {
            eprintln!("nrem: {why}");
            ExitCode::FAILURE
        }
    }
}

fn serve(args: Serve) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut config = Config::new(args.listen, args.state);
    config.public_url = args.public_url.map(|url| url.trim_end_matches('/').to_owned());
    config.max_message = args.max_message;
    config.max_in_flight = args.max_in_flight;
    config.max_connections = args.max_connections;
    config.max_image = args.max_image;
    config.async_timeout = Duration::from_secs(args.async_timeout);
    config.strip_nul = args.strip_nul;
    config.api_token = args.api_token.map(Secret::from);
    let interrupted = interruption()?;
    let server = nrem::serve(config)?;
    println!("nrem: listening on http://{}", server.address());
    interrupted.wait();
    eprintln!("nrem: stopping");
    server.stop();
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C, or a polite request to end.
struct Interruption(tokio::runtime::Runtime);

fn interruption() -> std::io::Result<Interruption> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map(Interruption)
}

impl Interruption {
    fn wait(&self) {
        self.0.block_on(async {
            let interrupt = tokio::signal::ctrl_c();
            #[cfg(unix)]
            if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
                return;
            }
            let _ = interrupt.await;
        });
    }
}

impl Api {
    fn remote(&self) -> Remote {
        Remote::new(&self.api, self.api_token.clone())
    }
}

impl Target {
    fn json(&self) -> Value {
        match self {
            Self { device: Some(id), .. } => json!({"device": id}),
            Self { gateway: Some(id), .. } => json!({"gateway": id}),
            Self { devices: Some(ids), .. } => json!({"devices": ids}),
            Self { behind: Some(id), .. } => json!({"behind": id}),
            Self { all, .. } => json!({"all": all}),
        }
    }

    const fn is_one(&self) -> bool {
        self.device.is_some() || self.gateway.is_some()
    }
}

fn task(args: &Task) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let text = read(&args.commands)?;
    let commands: Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: not JSON: {error}", args.commands.display()))?;
    let request = json!({
        "target": args.target.json(),
        "commands": commands,
        "images": args.image,
        "retry_unknown": args.retry_unknown,
    });
    let remote = args.api.remote();
    let submitted = remote.post("/tasks", &request)?;
    if !args.wait {
        println!("{submitted:#}");
        return Ok(ExitCode::SUCCESS);
    }
    let task = remote.wait(&submitted["id"])?;
    let one = &task["devices"][0]["commands"];
    println!("{:#}", if args.target.is_one() { one } else { &task });
    if all_ok(&task) {
        return Ok(ExitCode::SUCCESS);
    }
    for device in task["devices"].as_array().into_iter().flatten().filter(|device| device["state"] != "ok") {
        let text = |name: &str| device[name].as_str().unwrap_or_default().to_owned();
        eprintln!("nrem: {}: {}: {}", text("id"), text("state"), text("reason"));
    }
    Ok(ExitCode::FAILURE)
}

fn read(file: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(text)
}

fn register(args: Register) -> Result<ExitCode, Box<dyn std::error::Error>> {
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
    println!("{:#}", args.api.remote().post("/devices", &request)?);
    Ok(ExitCode::SUCCESS)
}

fn devices(args: &Devices) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let path = args.id.as_ref().map_or_else(|| "/devices".to_owned(), |id| format!("/devices/{id}"));
    println!("{:#}", args.api.remote().get(&path)?);
    Ok(ExitCode::SUCCESS)
}
