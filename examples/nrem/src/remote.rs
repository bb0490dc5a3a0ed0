//! The API from a terminal: what the subcommands of `nrem` ask a server.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Method, Request};

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
        self.ask(Method::GET, path, None)
    }

    /// `POST path` with `body`.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, RemoteError> {
        self.ask(Method::POST, path, Some(body))
    }

    /// `GET path`, a stream of events: `hear` gets the name and the data of each, until the server ends it.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn follow(&self, path: &str, mut hear: impl FnMut(&str, &Value)) -> Result<(), RemoteError> {
        let transport = |cause| RemoteError::Transport { url: self.url.clone(), cause: Box::new(cause) };
        let mut request = self.agent.get(format!("{}/api/v1{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.call().map_err(transport)?;
        if !answer.status().is_success() {
            return self.read(Ok(answer)).map(drop);
        }
        let (mut event, mut data) = (String::new(), Value::Null);
        for line in BufReader::new(answer.into_body().into_reader()).lines() {
            let line = line.map_err(|cause| transport(cause.into()))?;
            match line.split_once(": ") {
                Some(("event", name)) => name.clone_into(&mut event),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap_or_default(),
                Some(_) => {}
                None => {
                    if !event.is_empty() {
                        hear(&event, &data);
                    }
                    event.clear();
                }
            }
        }
        Ok(())
    }

    /// `PUT path` with the bytes of `body`.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn upload(&self, path: &str, body: &std::fs::File) -> Result<Value, RemoteError> {
        let mut request = self.agent.put(format!("{}/api/v1{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.read(request.send(body))
    }

    /// `PUT path` with `body`.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn put(&self, path: &str, body: &Value) -> Result<Value, RemoteError> {
        self.ask(Method::PUT, path, Some(body))
    }

    /// `PATCH path` with `body`.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn patch(&self, path: &str, body: &Value) -> Result<Value, RemoteError> {
        self.ask(Method::PATCH, path, Some(body))
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn delete(&self, path: &str) -> Result<Value, RemoteError> {
        self.ask(Method::DELETE, path, None)
    }

    /// `GET path` of a list, all pages of it: what stands in the field `name` of each.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn list(&self, path: &str, name: &str) -> Result<Value, RemoteError> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut answer = self.get(path)?;
        while let Some(next) = answer["next"].as_str().map(escape) {
            let mut page = self.get(&format!("{path}{separator}after={next}"))?;
            if let (Some(all), Some(more)) = (answer[name].as_array_mut(), page[name].as_array_mut()) {
                all.append(more);
            }
            answer["next"] = page["next"].take();
        }
        Ok(answer)
    }

    /// Waits until the task `id` is over, and gives it; `look` is shown every state it is seen in.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn wait(&self, id: &Value, mut look: impl FnMut(&Value)) -> Result<Value, RemoteError> {
        let mut pause = FIRST_LOOK;
        loop {
            let task = self.get(&format!("/tasks/{id}"))?;
            look(&task);
            if matches!(task["state"].as_str(), Some("done" | "cancelled")) {
                return Ok(task);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LAST_LOOK);
        }
    }

    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, RemoteError> {
        let mut request = Request::builder().method(method).uri(format!("{}/api/v1{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                request.body(body.to_string()).map_err(Into::into).and_then(|request| self.agent.run(request))
            }
            None => request.body(()).map_err(Into::into).and_then(|request| self.agent.run(request)),
        };
        self.read(answer)
    }

    fn read(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, RemoteError> {
        let transport = |cause| RemoteError::Transport { url: self.url.clone(), cause: Box::new(cause) };
        let mut answer = answer.map_err(transport)?;
        let status = answer.status();
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().map_err(transport)?;
        let body =
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
        if status.is_success() {
            return Ok(body);
        }
        let why = body["error"].as_str().map_or_else(|| body.to_string(), str::to_owned);
        Err(RemoteError::Refused { status: status.as_u16(), why })
    }
}

/// `text` as a part of a path or a query.
#[must_use]
pub fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':');
    let escaped = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escaped).collect()
}

/// Whether every device of a finished task is ok.
#[must_use]
pub fn all_ok(task: &Value) -> bool {
    let devices = task["devices"].as_array().map(Vec::as_slice).unwrap_or_default();
    !devices.is_empty() && devices.iter().all(|device| device["state"] == "ok")
}
