//! The northbound API of the NREM, as any application would use it: HTTP and JSON, nothing else.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Failure, Result};

/// A client of one NREM.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    agent: ureq::Agent,
    base: String,
}

impl Api {
    /// A client of the NREM at `base`, such as `http://127.0.0.1:8080`.
    pub(crate) fn new(base: String) -> Self {
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { agent: config.into(), base }
    }

    pub(crate) fn fetch(&self, path: &str) -> Result<Value> {
        let what = format!("GET {path}");
        let answer = self.agent.get(self.url(path)).call().map_err(|error| transport(&what, &error))?;
        read(&what, answer)
    }

    pub(crate) fn submit(&self, path: &str, body: &Value) -> Result<Value> {
        let what = format!("POST {path}");
        let answer = self.agent.post(self.url(path)).send_json(body).map_err(|error| transport(&what, &error))?;
        read(&what, answer)
    }

    pub(crate) fn upload(&self, path: &str, file: &Path) -> Result<Value> {
        let what = format!("PUT {path}");
        let body =
            File::open(file).map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))?;
        let answer = self.agent.put(self.url(path)).send(&body).map_err(|error| transport(&what, &error))?;
        read(&what, answer)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

fn transport(what: &str, error: &ureq::Error) -> Failure {
    Failure::new(format!("{what}: the NREM does not answer: {error}"))
}

/// The JSON of a good answer; the `error` of any other.
fn read(what: &str, mut answer: ureq::http::Response<ureq::Body>) -> Result<Value> {
    let status = answer.status();
    let text =
        answer.body_mut().with_config().limit(256 << 20).read_to_string().map_err(|error| transport(what, &error))?;
    let json: Value =
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
    if status.is_success() {
        return Ok(json);
    }
    let why = json.get("error").and_then(Value::as_str).map_or_else(|| json.to_string(), str::to_owned);
    Err(Failure::new(format!("{what}: {status}: {why}")))
}
