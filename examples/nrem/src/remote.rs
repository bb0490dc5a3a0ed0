//! The API from a terminal: what `nrem task`, `nrem register` and `nrem devices` do.

use std::time::Duration;

use serde_json::Value;

/// How often a task is looked at, at first and at most.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LAST_LOOK: Duration = Duration::from_secs(2);

/// A client of the API of one server.
#[derive(Debug)]
pub struct Remote {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
}

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The server said no.
    #[error("{why} (HTTP {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its reason.
        why: String,
    },
    /// The server did not answer, or not with JSON.
    #[error("no answer from {url}: {cause}")]
    Transport {
        /// Which server.
        url: String,
        /// Why.
        cause: Box<ureq::Error>,
    },
}

impl Remote {
    /// A client of the server at `url`, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(url: &str, token: Option<String>) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        Self { agent: config.into(), url: url.trim_end_matches('/').to_owned(), token }
    }

    /// `GET path`.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn get(&self, path: &str) -> Result<Value, RemoteError> {
        let mut request = self.agent.get(format!("{}/api/v1{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.read(request.call())
    }

    /// `POST path` with `body`.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, RemoteError> {
        let mut request = self.agent.post(format!("{}/api/v1{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.read(request.send_json(body))
    }

    /// Waits until the task `id` is over, and gives it.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn wait(&self, id: &Value) -> Result<Value, RemoteError> {
        let mut pause = FIRST_LOOK;
        loop {
            let task = self.get(&format!("/tasks/{id}"))?;
            if matches!(task["state"].as_str(), Some("done" | "cancelled")) {
                return Ok(task);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LAST_LOOK);
        }
    }

    fn read(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, RemoteError> {
        let transport = |cause| RemoteError::Transport { url: self.url.clone(), cause: Box::new(cause) };
        let mut answer = answer.map_err(transport)?;
        let status = answer.status();
        let body: Value = answer.body_mut().with_config().limit(1 << 30).read_json().map_err(transport)?;
        if status.is_success() {
            return Ok(body);
        }
        let why = body["error"].as_str().map_or_else(|| body.to_string(), str::to_owned);
        Err(RemoteError::Refused { status: status.as_u16(), why })
    }
}

/// Whether every device of a finished task is ok.
#[must_use]
pub fn all_ok(task: &Value) -> bool {
    let devices = task["devices"].as_array().map(Vec::as_slice).unwrap_or_default();
    !devices.is_empty() && devices.iter().all(|device| device["state"] == "ok")
}
