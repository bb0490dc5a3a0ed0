//! `drem answer`.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use drem::error::Error;
use drem::tree_file::{self, Identity};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::message::Message;
use omadm_proto::status::StatusCode;
use omadm_tree::mo::FumoView;
use omadm_tree::{Feature, Tree};
use xrem_client::offline;
use xrem_client::output::{Action, ActionResult};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The answer has the syntax of the message. When a client would have nothing to say (the session is over), \
nothing is printed and a line on stderr tells so.\nNothing is run by an Exec: an operation of a FUMO object is answered 202, any \
other executable node 200."
)]
pub(crate) struct Args {
    /// The tree: TOML, [[node]] with uri, format, type, value or value_b64, access, acl, scope.
    #[arg(long, value_name = "FILE")]
    tree: PathBuf,

    /// The server's message, XML or WBXML; - or nothing for standard input.
    #[arg(value_name = "MESSAGE", default_value = "-")]
    message: PathBuf,

    /// Write the tree back to its file afterwards.
    #[arg(long)]
    save: bool,

    /// Answer as a device without this feature; may be given several times.
    #[arg(long, value_name = "FEATURE", value_enum)]
    without: Vec<Without>,

    /// The server that sent it; default: SyncHdr/Source/LocName, else its LocURI.
    #[arg(long, value_name = "ID")]
    server_id: Option<String>,

    /// Where to write the answer; - for standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

/// What a device need not have.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Without {
    /// Get with ?list=Struct and ?list=StructData.
    Lists,
    /// Serialized trees.
    Tnds,
}

impl From<Without> for Feature {
    fn from(without: Without) -> Self {
        match without {
            Without::Lists => Self::Lists,
            Without::Tnds => Self::Tnds,
        }
    }
}

pub(crate) fn answer(args: &Args) -> Result<(), Error> {
    let is_std = |path: &PathBuf| path.as_os_str() == "-";
    let name = if is_std(&args.message) { "standard input".to_owned() } else { args.message.display().to_string() };
    let cannot_read = |error: std::io::Error| Error::new(format!("cannot read {name}: {error}"));
    let mut bytes = Vec::new();
    if is_std(&args.message) {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(cannot_read)?;
    } else {
        bytes = std::fs::read(&args.message).map_err(cannot_read)?;
    }

    let message = Message::decode(&bytes).map_err(|error| Error::new(format!("{name}: {error}")))?;
    let source = &message.header.source;
    let server = args.server_id.clone().unwrap_or_else(|| source.loc_name().unwrap_or(&source.loc_uri).to_owned());
    let identity = Identity {
        dev_id: Some(message.header.target.loc_uri.clone().into_owned()),
        server_id: server.clone(),
        server_url: message.header.source.loc_uri.clone().into_owned(),
        fw_version: "1.0".to_owned(),
    };
    let mut tree = tree_file::load(Some(&args.tree), &identity)?;
    args.without.iter().for_each(|feature| tree.leave_out((*feature).into()));
    let operations = fumo_operations(&tree);
    let answer = offline::answer(&mut tree, &ServerId::new(server), Syntax::sniff(&bytes), &bytes, |action| {
        act(action, &operations)
    })
    .map_err(|error| Error::new(format!("{name}: {error}")))?;

    match answer {
        None => eprintln!("drem: a client has nothing to answer; the session is over"),
        Some(answer) if is_std(&args.output) => {
            let mut out = std::io::stdout().lock();
            out.write_all(&answer)
                .and_then(|()| out.flush())
                .map_err(|error| Error::new(format!("cannot write the answer: {error}")))?;
        }
        Some(answer) => std::fs::write(&args.output, answer)
            .map_err(|error| Error::new(format!("cannot write {}: {error}", args.output.display())))?,
    }
    if args.save {
        tree_file::save(&tree, &args.tree)?;
    }
    Ok(())
}

/// Nothing is run: an operation of a FUMO object is accepted for later, any other Exec counts as done.
fn act(action: Action, operations: &[String]) -> ActionResult {
    match action {
        Action::Exec { uri, .. } => {
            let accepted = operations.contains(&uri.to_string());
            ActionResult::Status(if accepted { StatusCode::ACCEPTED_FOR_PROCESSING } else { StatusCode::OK })
        }
        _ => ActionResult::refused(),
    }
}

/// The executable nodes of all FUMO objects.
fn fumo_operations(tree: &Tree) -> Vec<String> {
    FumoView::all(tree)
        .flat_map(|fumo| ["Download", "Update", "DownloadAndUpdate"].map(|operation| fumo.path(operation)))
        .collect()
}
