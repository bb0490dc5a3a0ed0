//! `drem run`.

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use drem::device::{Bootstrap, Config, Device, Firmware, Stop, Until};
use drem::error::Error;
use drem::tree_file::Identity;
use omadm_proto::auth::{Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use xrem_client::Account;
use xrem_client::update::{ImageKey, UserConsent};

use crate::provision;

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 after Ctrl-C, or with --once after a good session; 1 otherwise.")]
pub(crate) struct Args {
    /// The tree of the factory-fresh device (TOML, [[node]] with uri, format, type, value or value_b64, access, acl, scope). Once
    /// the device has run, its stored tree counts.
    #[arg(long, value_name = "FILE")]
    tree: Option<PathBuf>,

    /// Folder for everything that survives: records, the two firmware slots, the boot record.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,

    /// URL of the server's DM endpoint, such as http://127.0.0.1:8080/dm. What the server changed in its account counts until
    /// another URL, or other credentials, are given here. Without it the accounts in the stored tree count, and those that
    /// bootstrap documents bring.
    #[arg(long, value_name = "URL", requires_all = ["server_id", "client_name", "client_secret"])]
    server: Option<String>,

    /// ServerID: the name of the server in ACLs and in its credentials.
    #[arg(long, value_name = "ID")]
    server_id: Option<String>,

    /// DevId of the device, unless ./DevInfo/DevId is in the tree file.
    #[arg(long, value_name = "URN")]
    dev_id: Option<String>,

    /// User name of the device.
    #[arg(long, value_name = "NAME", env = "DREM_CLIENT_NAME")]
    client_name: Option<String>,

    /// Secret of the device.
    #[arg(long, value_name = "SECRET", env = "DREM_CLIENT_SECRET", hide_env_values = true)]
    client_secret: Option<String>,

    /// Secret that the server must prove. Without it the server is trusted as it comes.
    #[arg(long, value_name = "SECRET", env = "DREM_SERVER_SECRET", hide_env_values = true)]
    server_secret: Option<String>,

    /// Name in the server's credentials, when it is not the ServerID.
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,

    /// The authentication scheme; a weaker one is never used.
    #[arg(long, value_enum, default_value_t = SchemeName::Md5)]
    scheme: SchemeName,

    /// First nonce for the device's credentials, base64. Without one the first session begins with a challenge.
    #[arg(long, value_name = "BASE64", value_parser = nonce)]
    client_nonce: Option<Nonce>,

    /// First nonce for the server's credentials and notifications, base64.
    #[arg(long, value_name = "BASE64", value_parser = nonce)]
    server_nonce: Option<Nonce>,

    /// Speak WBXML instead of XML.
    #[arg(long)]
    wbxml: bool,

    /// Take notifications (Package #0) and bootstrap documents, bare or as WAP pushes, as UDP datagrams on this address; port 0 takes any and logs which.
    #[arg(long, value_name = "ADDR:PORT")]
    notify: Option<SocketAddr>,

    /// Open a session every so many seconds; 0: only at the start, on notifications, and to deliver alerts.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    poll: u64,

    /// Stop when the first session, and what it started, is over.
    #[arg(long)]
    once: bool,

    /// Reach everything through this HTTP CONNECT proxy.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,

    /// Read the device's metrics from this file, lines of `name value unit`, instead of from the system.
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,

    /// Image in the first firmware slot of the factory-fresh device.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,

    /// Version of that image, unless ./DevDetail/FwV is in the tree file.
    #[arg(long, value_name = "VERSION", default_value = "1.0")]
    fw_version: String,

    /// Ask the user, as --ui says, before a firmware update begins; without it updates begin by themselves.
    #[arg(long)]
    confirm_updates: bool,

    /// Take only firmware that is signed with this ed25519 key: 64 hexadecimal digits, the public half.
    #[arg(long, value_name = "HEX", value_parser = image_key)]
    image_key: Option<ImageKey>,

    /// Folder for software packages and installed components [default: packages in the state folder]. Nothing in it is ever run.
    #[arg(long, value_name = "DIR")]
    packages: Option<PathBuf>,

    /// The bytes that installed software may take; an installation beyond fails for lack of room.
    #[arg(long, value_name = "BYTES")]
    package_room: Option<u64>,

    #[command(flatten)]
    provision: provision::Args,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemeName {
    /// syncml:auth-md5
    Md5,
    /// syncml:auth-basic
    Basic,
}

fn nonce(text: &str) -> Result<Nonce, String> {
    Nonce::from_base64(text).ok_or_else(|| "not base64 of at most 128 bytes".to_owned())
}

fn image_key(text: &str) -> Result<ImageKey, String> {
    let digit = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(digit).collect();
    let bytes = bytes.filter(|_| text.len() == 64).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let bytes = bytes.ok_or("not 64 hexadecimal digits")?;
    ImageKey::from_bytes(&bytes).map_err(|error| error.to_string())
}

pub(crate) fn run(args: Args) -> Result<ExitCode, Error> {
    if let Some(server) = args.server.as_deref().filter(|server| !server.starts_with("http://")) {
        return Err(Error::new(format!(
            "--server {server:?} must begin with http:// (put a TLS proxy in front for https)"
        )));
    }
    let once = args.once;
    let socket = args
        .notify
        .map(|address| UdpSocket::bind(address).map_err(|error| Error::new(format!("--notify {address}: {error}"))))
        .transpose()?;
    let device = Device::open(config(args)?, socket)?;
    if let Some(address) = device.notify_address() {
        tracing::info!(%address, "taking notifications");
    }
    let stop = Stop::default();
    let on_signal = stop.clone();
    ctrlc::set_handler(move || on_signal.stop())
        .map_err(|error| Error::new(format!("cannot handle Ctrl-C: {error}")))?;
    let good = device.run(&stop)?;
    Ok(if once && !good { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn config(args: Args) -> Result<Config, Error> {
    let syntax = if args.wbxml { Syntax::Wbxml } else { Syntax::Xml };
    let account = account(&args, syntax);
    Ok(Config {
        tree: args.tree,
        identity: Identity {
            dev_id: args.dev_id,
            server_id: args.server_id.unwrap_or_default(),
            server_url: args.server.unwrap_or_default(),
            fw_version: args.fw_version,
        },
        state: args.state,
        image: args.image,
        packages: args.packages,
        package_room: args.package_room,
        account,
        bootstrap: Bootstrap {
            policy: args.provision.policy(syntax)?,
            rules: provision::Args::rules(syntax),
            document: None,
        },
        firmware: Firmware {
            consent: if args.confirm_updates { UserConsent::Needed } else { UserConsent::NotNeeded },
            key: args.image_key,
        },
        ui: args.provision.ui(),
        poll: (args.poll > 0).then(|| Duration::from_secs(args.poll)),
        metrics: args.metrics,
        proxy: args.proxy,
        until: if args.once { Until::Idle } else { Until::Stopped },
    })
}

/// The account that the arguments describe, if they name a server.
fn account(args: &Args, syntax: Syntax) -> Option<Account> {
    let scheme = match args.scheme {
        SchemeName::Md5 => Scheme::Md5,
        SchemeName::Basic => Scheme::Basic,
    };
    let server_id = args.server_id.as_deref()?;
    let (name, secret) = (args.client_name.as_deref()?, args.client_secret.as_deref()?);
    let mut account = Account::new(server_id, args.server.as_deref()?)
        .client(name, secret)
        .minimum(scheme)
        .preferred(scheme)
        .syntax(syntax);
    if let Some(secret) = &args.server_secret {
        account = account.server_named(args.server_name.as_deref().unwrap_or(server_id), secret.as_str());
    }
    if let Some(nonce) = &args.client_nonce {
        account = account.client_nonce(nonce.clone());
    }
    if let Some(nonce) = &args.server_nonce {
        account = account.server_nonce(nonce.clone());
    }
    Some(account)
}
