//! The client's half on a blocking HTTP client: one agent that keeps its connections open.
//!
//! Used by the device and by the north side of the gateway.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Uri;
use omadm_proto::exchange::{SendFailure, Transmit};
use ureq::Agent;

use crate::download::Downloads;
use crate::post::{Poster, Reply, redirection};

/// Redirections that one message follows.
const MAX_REDIRECTIONS: usize = 5;
/// How long one answer may take to arrive once it has begun.
const ANSWER_TIME: Duration = Duration::from_secs(120);

/// A client with kept-open connections.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    poster: Poster,
}

impl Client {
    /// A client that goes through the HTTP CONNECT proxy `proxy`, or straight on.
    ///
    /// # Errors
    /// The proxy URL is malformed.
    pub fn new(proxy: Option<&str>, user_agent: &str) -> Result<Self, ureq::Error> {
        let proxy = proxy.map(ureq::Proxy::new).transpose()?;
        let config = Agent::config_builder()
            .proxy(proxy)
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .timeout_recv_body(Some(Duration::from_secs(600)))
            .user_agent(user_agent)
            .build();
        Ok(Self { agent: config.into(), poster: Poster::new(user_agent) })
    }

    /// The same with messages posted as `change` says.
    #[must_use]
    pub fn with_poster(mut self, change: impl FnOnce(Poster) -> Poster) -> Self {
        self.poster = change(self.poster);
        self
    }

    /// Sends a DM message and waits for the answer.
    ///
    /// # Errors
    /// [`SendFailure`] when there is none; the cause is in the log.
    pub fn post(&self, message: &Transmit) -> Result<Reply, SendFailure> {
        let mut url: Uri = message.destination.parse().map_err(|error| {
            tracing::error!(url = message.destination, %error, "this is no address");
            SendFailure::Refused
        })?;
        for _ in 0..=MAX_REDIRECTIONS {
            let (parts, body) = self.exchange(message, &url)?;
            match redirection(&parts, &url) {
                Some(target) => url = target,
                None => return self.poster.reply(&parts, body, SystemTime::now()),
            }
        }
        tracing::error!(url = message.destination, "redirected too often");
        Err(SendFailure::Refused)
    }

    fn exchange(&self, message: &Transmit, url: &Uri) -> Result<(http::response::Parts, Bytes), SendFailure> {
        let request = self.poster.request(message, url.clone()).map(Vec::from);
        let request = self.agent.configure_request(request);
        let request = request.max_redirects(0).timeout_recv_body(Some(ANSWER_TIME)).build();
        let response = self.agent.run(request).map_err(|error| {
            tracing::warn!(%url, %error, "the server was not reached");
            SendFailure::Network
        })?;
        let (parts, body) = response.into_parts();
        let limit = u64::try_from(self.poster.max_message()).unwrap_or(u64::MAX);
        match body.into_with_config().limit(limit).read_to_vec() {
            Ok(body) => Ok((parts, body.into())),
            Err(ureq::Error::BodyExceedsLimit(_)) => {
                tracing::error!(%url, limit, "the server's answer is too long");
                Err(SendFailure::Refused)
            }
            Err(error) => {
                tracing::warn!(%url, %error, "the server's answer broke off");
                Err(SendFailure::Network)
            }
        }
    }

    /// Downloads with this client.
    #[must_use]
    pub fn downloads(&self) -> Downloads {
        Downloads::new(self.agent.clone())
    }
}
