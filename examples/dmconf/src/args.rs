//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use dmconf::row::Level;
use dmconf::run::Choice;
use omadm_proto::exchange::Syntax;

use crate::screen::When;

/// Tries whether a client or a server keeps the rules of OMA DM 1.2.
///
/// Each rule is a row with an id such as X-GET-01; `dmconf list` names them, `dmconf explain ID` says what one demands. Against
/// a client dmconf plays the server (`serve`); `self-test` plays the rows against the client and the server that
/// dmconf is built with.
///
/// Exit status: 0 when no row failed, 1 when a row failed, 2 when the rows could not be played (a wrong command line, a
/// port in use, a run that was ended early, a table that is out of date).
#[derive(Debug, Parser)]
#[command(name = "dmconf", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Explain(Explain),
    Serve(Box<Serve>),
    Server(Box<TryServer>),
    SelfTest(SelfTest),
}

/// Lists the rows.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) rows: Rows,
}

/// Says what a row demands.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The id of the row, such as X-GET-01.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// Plays the server for a client under test.
///
/// dmconf listens; the client is made to open sessions with http://LISTEN/a, and with http://LISTEN/b as a second server if
/// it has two accounts. `--trigger` is run whenever a session is wanted; without it dmconf waits for the client to come by
/// itself. The rows expect the fixture tree of the catalogue below ./T; a settings file says what stands for its nodes, and
/// what is missing. `--reset` makes the client factory-fresh before each row; without it a row finds what the row before
/// left.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  dmconf serve --listen 127.0.0.1:8090 --client-user client1 --client-secret cpw \
--server-id srvA --server-secret spw \\\n    --trigger 'exec drem run --once --server $DMCONF_URL ...' --reset 'rm -rf state' GET X-SES-01"
)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Where to listen.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8090")]
    pub(crate) listen: SocketAddr,
    /// The address by which the client reaches dmconf; http://LISTEN without.
    #[arg(long, value_name = "URL")]
    pub(crate) base: Option<String>,
    /// The syntax of the first answer to a client that names none; otherwise the client's.
    #[arg(long, value_enum, default_value_t = SyntaxName::Xml)]
    pub(crate) syntax: SyntaxName,
    /// The client's user name.
    #[arg(long, value_name = "NAME")]
    pub(crate) client_user: Option<String>,
    /// The client's password.
    #[arg(long, value_name = "SECRET", env = "DMCONF_CLIENT_SECRET", hide_env_values = true)]
    pub(crate) client_secret: Option<String>,
    /// The server id.
    #[arg(long, value_name = "ID")]
    pub(crate) server_id: Option<String>,
    /// The server's password. Without one the client has to trust the transport.
    #[arg(long, value_name = "SECRET", env = "DMCONF_SERVER_SECRET", hide_env_values = true)]
    pub(crate) server_secret: Option<String>,
    /// Accounts, missing nodes and features, and what stands for the nodes of the fixture (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Shell command that makes the client start a session with $DMCONF_URL; it is told $DMCONF_SERVER, srvA or srvB.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) trigger: Option<String>,
    /// Shell command that makes the client factory-fresh.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) reset: Option<String>,
    /// Where the client takes notifications (Package #0) as UDP datagrams.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) notify: Option<SocketAddr>,
    /// Seconds to wait for a session to start.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub(crate) timeout: u64,
    /// Milliseconds of silence after which a session counts as over; at once when the trigger's command has ended.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 2000)]
    pub(crate) quiet: u64,
    /// Milliseconds to rest between two rows.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub(crate) pause: u64,
    /// Write the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// Plays the client for a server under test.
///
/// dmconf opens sessions with the server as a device that it knows: --device, --user and --secret, or a device of its own
/// for each row, which it registers with the API of an nrem (--nrem-api). Rows that need work of the server have it queued
/// by that API, or by --queue-command; without either they are skipped.
///
/// --queue-command is a shell command. It gets {"device": .., "commands": [{"cmd": "get", "uri": ..}, ..]} on its standard
/// input and prints a name of its own for the job. --outcome-command gets {"device": .., "job": ..} and prints {"state":
/// "waiting|running|ok|failed|cancelled", "reason": .., "commands": [{"status": 200, "results": [{"uri": .., "data": ..}]}]}.
#[derive(Debug, clap::Args)]
#[command(
    name = "server",
    after_long_help = "Examples:\n  dmconf server http://127.0.0.1:8080/dm --nrem-api http://127.0.0.1:8080/api/v1\n  \
dmconf server http://dm.example/ --device IMEI:493005100592800 --user client1 --secret cpw --server-id srvA \\\n    --server-secret spw SES AUT"
)]
pub(crate) struct TryServer {
    /// The server's URL.
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// The syntax of the messages; both without.
    #[arg(long, value_enum)]
    pub(crate) syntax: Option<SyntaxName>,
    /// The DevId of a device that the server knows.
    #[arg(long, value_name = "DEVID")]
    pub(crate) device: Option<String>,
    /// Its user name; the DevId without.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Its password.
    #[arg(long, value_name = "SECRET", env = "DMCONF_CLIENT_SECRET", hide_env_values = true)]
    pub(crate) secret: Option<String>,
    /// The server id.
    #[arg(long, value_name = "ID", default_value = "")]
    pub(crate) server_id: String,
    /// The server's password.
    #[arg(long, value_name = "SECRET", env = "DMCONF_SERVER_SECRET", hide_env_values = true)]
    pub(crate) server_secret: Option<String>,
    /// The scheme of the device's credentials.
    #[arg(long, value_enum, default_value_t = SchemeName::Md5)]
    pub(crate) scheme: SchemeName,
    /// The northbound API of an nrem, such as http://127.0.0.1:8080/api/v1.
    #[arg(long, value_name = "URL", conflicts_with_all = ["device", "queue_command"])]
    pub(crate) nrem_api: Option<String>,
    /// The token of that API.
    #[arg(long, value_name = "TOKEN", env = "DMCONF_API_TOKEN", hide_env_values = true)]
    pub(crate) api_token: Option<String>,
    /// Shell command that queues work at the server.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) queue_command: Option<String>,
    /// Shell command that tells what became of it.
    #[arg(long, value_name = "COMMAND", requires = "queue_command")]
    pub(crate) outcome_command: Option<String>,
    /// Milliseconds to rest between two rows.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub(crate) pause: u64,
    /// Write the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Show only rows that did not pass.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Plays the rows against the client and the server that dmconf is built with, in both syntaxes.
#[derive(Debug, clap::Args)]
pub(crate) struct SelfTest {
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Write the report as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the table of all rows as Markdown.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// With --markdown: only say whether the file is up to date. Optional rows that fail are not held against a table that
    /// says so.
    #[arg(long, requires = "markdown")]
    pub(crate) check: bool,
    /// Show only rows that did not pass.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Which rows.
#[derive(Debug, clap::Args)]
pub(crate) struct Rows {
    /// Groups and ids, such as GET or X-GET-01; all without.
    #[arg(value_name = "ROW")]
    names: Vec<String>,
    /// Only rows of this level.
    #[arg(long, value_enum)]
    level: Option<LevelName>,
}

impl Rows {
    pub(crate) fn choice(&self) -> Choice {
        let level = self.level.map(|level| match level {
            LevelName::Mandatory => Level::Mandatory,
            LevelName::Optional => Level::Optional,
        });
        Choice { names: self.names.clone(), level }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LevelName {
    /// What everybody has to pass.
    #[value(name = "M", alias = "m")]
    Mandatory,
    /// What who has the optional feature has to pass.
    #[value(name = "O", alias = "o")]
    Optional,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SyntaxName {
    Xml,
    Wbxml,
}

impl From<SyntaxName> for Syntax {
    fn from(name: SyntaxName) -> Self {
        match name {
            SyntaxName::Xml => Self::Xml,
            SyntaxName::Wbxml => Self::Wbxml,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemeName {
    /// No credentials in messages: the transport authenticates.
    None,
    Basic,
    Md5,
    Mac,
}
