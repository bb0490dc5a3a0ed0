//! What the server is told at its start.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use omadm_proto::auth::Secret;

/// The settings of one server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The folder with its database and images; made when it is not there.
    pub state: PathBuf,
    /// The URL under which nodes reach it, for the addresses of images; by default the address it listens on.
    pub public_url: Option<String>,
    /// Bytes of one DM message of a client; also announced as MaxMsgSize.
    pub max_message: usize,
    /// Bytes of all DM messages in hand, with what belongs to them; beyond it the answer is 503 with Retry-After.
    pub max_in_flight: usize,
    /// Connections that are open at a time; one more is answered 503 with Retry-After.
    pub max_connections: usize,
    /// Bytes of one image.
    pub max_image: u64,
    /// How long the alert of a command that was answered 202 is waited for.
    pub async_timeout: Duration,
    /// How long the history of faults is kept.
    pub keep_faults: Duration,
    /// Take messages with NUL bytes in their XML, as some clients send, without these bytes; else they are refused.
    pub strip_nul: bool,
    /// Where notifications over other bearers are posted, by scheme; `{}` in the URL stands for the address.
    pub push: BTreeMap<String, String>,
    /// The token of the operator, who may do everything. `None`: tokens are demanded as soon as there is a requester.
    pub api_token: Option<Secret>,
}

impl Config {
    /// The defaults: 1 MiB messages, 64 MiB of them in hand, 16384 connections, 4 GiB images, a day for alerts, NUL refused,
    /// no token.
    #[must_use]
    pub fn new(listen: SocketAddr, state: impl Into<PathBuf>) -> Self {
        Self {
            listen,
            state: state.into(),
            public_url: None,
            max_message: 1 << 20,
            max_in_flight: 64 << 20,
            max_connections: 16_384,
            max_image: 4 << 30,
            async_timeout: Duration::from_secs(86_400),
            keep_faults: Duration::from_secs(90 * 86_400),
            strip_nul: false,
            push: BTreeMap::new(),
            api_token: None,
        }
    }
}
