//! `drem bootstrap`.

use std::path::PathBuf;
use std::process::ExitCode;

use drem::device::{Bootstrap, Config, Device, Document, Firmware, Stop, Until};
use drem::error::Error;
use drem::tree_file::Identity;
use omadm_proto::exchange::Syntax;

use crate::provision;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 when the document gave an account and the first session with its server was good; 1 otherwise. \
Afterwards `drem run --state DIR` without --server runs the device."
)]
pub(crate) struct Args {
    /// The document: WBXML, a provisioning document or a DM message.
    #[arg(value_name = "DOCUMENT")]
    document: PathBuf,

    /// Its Content-Type with SEC and MAC, such as 'application/vnd.wap.connectivity-wbxml; SEC=NETWPIN; MAC=...'.
    #[arg(long, value_name = "TYPE")]
    content_type: String,

    /// The tree of the factory-fresh device (TOML). Once the device has run, its stored tree counts.
    #[arg(long, value_name = "FILE")]
    tree: Option<PathBuf>,

    /// Folder for everything that survives.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,

    /// DevId of the device, unless ./DevInfo/DevId is in the tree file.
    #[arg(long, value_name = "URN")]
    dev_id: Option<String>,

    /// Version of the firmware, unless ./DevDetail/FwV is in the tree file.
    #[arg(long, value_name = "VERSION", default_value = "1.0")]
    fw_version: String,

    /// Speak WBXML with the new server instead of XML.
    #[arg(long)]
    wbxml: bool,

    /// Reach everything through this HTTP CONNECT proxy.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,

    #[command(flatten)]
    provision: provision::Args,
}

pub(crate) fn bootstrap(args: Args) -> Result<ExitCode, Error> {
    let name = args.document.display().to_string();
    let body = std::fs::read(&args.document).map_err(|error| Error::new(format!("cannot read {name}: {error}")))?;
    let syntax = if args.wbxml { Syntax::Wbxml } else { Syntax::Xml };
    let config = Config {
        tree: args.tree,
        identity: Identity { dev_id: args.dev_id, fw_version: args.fw_version, ..Identity::default() },
        state: args.state,
        image: None,
        firmware: Firmware::default(),
        packages: None,
        package_room: None,
        account: None,
        bootstrap: Bootstrap {
            policy: args.provision.policy(syntax)?,
            rules: provision::Args::rules(syntax),
            document: Some(Document { content_type: args.content_type, body }),
        },
        ui: args.provision.ui(),
        poll: None,
        metrics: None,
        proxy: args.proxy,
        until: Until::Idle,
    };
    let good = Device::open(config, None)?.run(&Stop::default())?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
