//! `nrem serve`: the server, until it is interrupted.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use nrem::Config;
use omadm_proto::auth::Secret;

use super::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
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
    /// Days that the history of faults is kept.
    #[arg(long, default_value_t = 90, value_name = "DAYS")]
    keep_faults: u64,
    /// Drop NUL bytes in XML messages, which some clients write into Data; without this such a message is refused.
    #[arg(long)]
    strip_nul: bool,
    /// Post notifications for bearers with this scheme to a push gateway; {} in the URL stands for the address, as in
    /// sms=http://127.0.0.1:9000/send?to={}. May be given several times.
    #[arg(long, value_name = "SCHEME=URL", value_parser = hook)]
    push: Vec<(String, String)>,
    /// Token of the operator, who may do everything. Without it, tokens are demanded as soon as there is a requester.
    #[arg(long, env = "NREM_API_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    api_token: Option<String>,
}

pub(super) fn run(args: Args) -> Outcome {
    let mut config = Config::new(args.listen, args.state);
    config.public_url = args.public_url.map(|url| url.trim_end_matches('/').to_owned());
    config.max_message = args.max_message;
    config.max_in_flight = args.max_in_flight;
    config.max_connections = args.max_connections;
    config.max_image = args.max_image;
    config.async_timeout = Duration::from_secs(args.async_timeout);
    config.keep_faults = Duration::from_secs(args.keep_faults.saturating_mul(86_400));
    config.strip_nul = args.strip_nul;
    config.push = args.push.into_iter().collect();
    config.api_token = args.api_token.map(Secret::from);
    let interrupted = interruption()?;
    let server = nrem::serve(config)?;
    println!("nrem: listening on http://{}", server.address());
    let end = interrupted.wait(server.failure());
    eprintln!("nrem: {end}; stopping");
    server.stop();
    Ok(match end {
        End::Asked => ExitCode::SUCCESS,
        End::Failed => ExitCode::FAILURE,
    })
}

/// Why it ends.
#[derive(Clone, Copy)]
enum End {
    Asked,
    /// Whoever watches over the process begins another one: that opens the database anew.
    Failed,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Asked => "interrupted",
            Self::Failed => "the database cannot be written any more; see that the disk has room, then start again",
        })
    }
}

/// Ctrl-C, or a polite request to end.
struct Interruption(tokio::runtime::Runtime);

fn interruption() -> std::io::Result<Interruption> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map(Interruption)
}

impl Interruption {
    fn wait(&self, failure: impl Future<Output = ()>) -> End {
        self.0.block_on(async {
            let interrupt = tokio::signal::ctrl_c();
            #[cfg(unix)]
            if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                return tokio::select! {
                    _ = interrupt => End::Asked,
                    _ = terminate.recv() => End::Asked,
                    () = failure => End::Failed,
                };
            }
            tokio::select! {
                _ = interrupt => End::Asked,
                () = failure => End::Failed,
            }
        })
    }
}

/// `scheme=URL`.
fn hook(text: &str) -> Result<(String, String), String> {
    let found = text.split_once('=').filter(|(scheme, url)| !scheme.is_empty() && url.starts_with("http"));
    found.map(|(scheme, url)| (scheme.into(), url.into())).ok_or_else(|| "not of the form SCHEME=URL".into())
}
