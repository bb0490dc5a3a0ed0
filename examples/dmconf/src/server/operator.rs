//! The operator's side of a server: who queues work and tells what became of it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::Agent;
use xrem_server::bootstrap::Profile;

use super::handout::{self, Handout};
use super::outcome::Outcome;
use super::{Account, Job, StoredAlert};
use crate::row::Stop;

/// Who speaks for the operator.
#[derive(Debug)]
pub enum Operator {
    /// Nobody: rows that need work are skipped.
    Nobody,
    /// The northbound API of nrem.
    Nrem(Api),
    /// Commands of the user's.
    Commands {
        /// Queues work: gets `{"device": .., "commands": [..]}` on its standard input, prints the name of the job.
        queue: String,
        /// Tells what became of a job: gets `{"device": .., "job": ..}`, prints `{"state": .., "commands": [..]}`.
        outcome: Option<String>,
    },
}

/// The northbound API of nrem.
#[derive(Debug)]
pub struct Api {
    agent: Agent,
    base: String,
    token: Option<String>,
}

impl Api {
    /// The API at `base`, such as `http://127.0.0.1:8080/api/v1`.
    #[must_use]
    pub fn new(agent: Agent, base: &str, token: Option<String>) -> Self {
        Self { agent, base: base.trim_end_matches('/').into(), token }
    }

    fn read(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<(u16, Value), Stop> {
        let unreachable = |error: ureq::Error| Stop::failed(format!("an API at {}", self.base), error.to_string());
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let json = answer.body_mut().read_json().map_err(unreachable)?;
        Ok((status, json))
    }

    fn authorization(&self) -> String {
        self.token.as_ref().map(|token| format!("Bearer {token}")).unwrap_or_default()
    }

    fn get(&self, path: &str) -> Result<(u16, Value), Stop> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.authorization());
        self.read(request.call())
    }

    fn post(&self, path: &str, body: &Value) -> Result<(u16, Value), Stop> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("authorization", self.authorization());
        self.read(request.send_json(body))
    }

    /// Registers a device.
    ///
    /// # Errors
    /// The row is skipped when the server does not take such a device.
    pub fn register(&self, registration: &Value) -> Result<(), Stop> {
        match self.post("/devices", registration)? {
            (201, _) => Ok(()),
            (status, answer) => {
                Err(Stop::skipped(format!("the server registers no such device: {status} {}", why(&answer))))
            }
        }
    }

    /// Registers the device `dev_id` with a bootstrap document, for a server at `url`.
    ///
    /// # Errors
    /// The row is skipped when the server makes no such document.
    pub fn bootstrap(&self, dev_id: &str, url: &str, profile: Profile) -> Result<Handout, Stop> {
        let mut bootstrap = match profile {
            Profile::Cp => json!({"profile": "cp", "imsi": handout::IMSI}),
            Profile::Dm => json!({"profile": "dm", "pin": handout::PIN}),
        };
        bootstrap["server_id"] = json!(handout::SERVER_ID);
        bootstrap["url"] = json!(url);
        bootstrap["sec"] = json!(handout::sec(profile).name());
        let (status, answer) = self.post("/devices", &json!({"id": dev_id, "bootstrap": bootstrap}))?;
        let text = |name: &str| answer.pointer(&format!("/document/{name}")).and_then(Value::as_str);
        let body = text("body_b64").and_then(|text| STANDARD.decode(text).ok());
        match (text("content_type"), body) {
            (Some(content_type), Some(body)) => {
                Ok(Handout { dev_id: dev_id.into(), content_type: content_type.into(), body })
            }
            _ => Err(Stop::skipped(format!("the server makes no such document: {status} {}", why(&answer)))),
        }
    }

    /// Whether the first session of `dev_id` has come.
    ///
    /// # Errors
    /// The API cannot be reached.
    pub fn is_bootstrapped(&self, dev_id: &str) -> Result<bool, Stop> {
        let (_, answer) = self.get(&format!("/devices/{dev_id}"))?;
        Ok(answer.pointer("/bootstrap/state").and_then(Value::as_str) == Some("done"))
    }

    fn rotate(&self, device: &Account, secret: &str) -> Result<Job, Stop> {
        let change = json!({"side": "client", "node": "./DMAcc/A/AppAuth/1", "secret": secret});
        match self.post(&format!("/devices/{}/credentials", device.dev_id), &change)? {
            (201, answer) => Ok(Job(answer.get("id").map(Value::to_string).unwrap_or_default())),
            (_, answer) => Err(Stop::failed("a server that takes the change of credentials", why(&answer))),
        }
    }

    fn alerts(&self, device: &Account) -> Result<Vec<StoredAlert>, Stop> {
        let (status, answer) = self.get(&format!("/devices/{}/alerts", device.dev_id))?;
        let list = answer.get("alerts").and_then(Value::as_array);
        let list = list.ok_or_else(|| Stop::skipped(format!("the server shows no alerts: {status}")))?;
        let text = |alert: &Value, name: &str| alert.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(list
            .iter()
            .map(|alert| StoredAlert { type_name: text(alert, "type"), source: text(alert, "source") })
            .collect())
    }
}

fn why(answer: &Value) -> &str {
    answer.get("error").and_then(Value::as_str).unwrap_or("no reason given")
}

impl Operator {
    /// Queues `commands` for `device`.
    ///
    /// # Errors
    /// Nobody can, or the server refuses.
    pub fn queue(&self, device: &Account, commands: &Value) -> Result<Job, Stop> {
        match self {
            Self::Nobody => {
                Err(Stop::skipped("no work can be queued at this server: give --nrem-api, or --queue-command"))
            }
            Self::Nrem(api) => {
                let task = json!({"target": {"device": device.dev_id}, "commands": commands});
                match api.post("/tasks", &task)? {
                    (201, answer) => Ok(Job(answer.get("id").map(Value::to_string).unwrap_or_default())),
                    (_, answer) => {
                        Err(Stop::failed("a server that takes the work", why(&answer)).at(commands.to_string()))
                    }
                }
            }
            Self::Commands { queue, .. } => {
                let name = run(queue, &json!({"device": device.dev_id, "commands": commands}))?;
                Ok(Job(format!("{}\n{}", device.dev_id, name.trim())))
            }
        }
    }

    /// What became of `job`.
    ///
    /// # Errors
    /// Nobody can tell.
    pub fn outcome(&self, job: &Job) -> Result<Outcome, Stop> {
        let json = match self {
            Self::Nrem(api) => {
                let (_, answer) = api.get(&format!("/tasks/{}", job.0))?;
                answer.pointer("/devices/0").cloned().unwrap_or(answer)
            }
            Self::Commands { outcome: Some(command), .. } => {
                let (device, name) = job.0.split_once('\n').unwrap_or_default();
                let text = run(command, &json!({"device": device, "job": name}))?;
                serde_json::from_str(&text)
                    .map_err(|error| Stop::failed("JSON from --outcome-command", format!("{error}: {}", text.trim())))?
            }
            Self::Nobody | Self::Commands { outcome: None, .. } => {
                return Err(Stop::skipped("nobody tells what became of queued work: give --outcome-command"));
            }
        };
        Outcome::from_json(&json).map_err(|why| Stop::failed("an outcome as the README describes it", why))
    }

    /// Queues the change of the client's secret.
    ///
    /// # Errors
    /// Nobody can, or the server refuses.
    pub fn rotate(&self, device: &Account, secret: &str) -> Result<Job, Stop> {
        match self {
            Self::Nrem(api) => api.rotate(device, secret),
            Self::Nobody | Self::Commands { .. } => {
                Err(Stop::skipped("the change of credentials cannot be queued over this port"))
            }
        }
    }

    /// The alerts of `device` that the server keeps.
    ///
    /// # Errors
    /// Nobody can tell.
    pub fn alerts(&self, device: &Account) -> Result<Vec<StoredAlert>, Stop> {
        match self {
            Self::Nrem(api) => api.alerts(device),
            Self::Nobody | Self::Commands { .. } => Err(Stop::skipped("nobody tells which alerts the server keeps")),
        }
    }
}

/// Runs a shell command with `input` on its standard input; what it prints.
fn run(command: &str, input: &Value) -> Result<String, Stop> {
    let failed = |why: String| Stop::failed(format!("the command {command:?} to succeed"), why);
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input is no failure.
        let _ = writeln!(stdin, "{input}");
    }
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
