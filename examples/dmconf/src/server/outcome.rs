//! What became of queued work, as the operator of the server sees it: the JSON of nrem's API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// Where queued work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing was tried yet, or it is to be tried again.
    Waiting,
    /// It is under way.
    Running,
    /// All of it succeeded.
    Ok,
    /// It failed.
    Failed,
    /// It was given up.
    Cancelled,
}

impl State {
    /// The state that `word` names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "waiting" => Self::Waiting,
            "running" => Self::Running,
            "ok" | "done" => Self::Ok,
            "failed" | "skipped" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Ok | Self::Failed | Self::Cancelled)
    }
}

/// What is known of queued work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub state: State,
    /// Why it is not ok, in the server's words.
    pub reason: String,
    /// Its commands, in order.
    pub commands: Vec<CommandOutcome>,
}

/// What is known of one command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct CommandOutcome {
    /// Its Status.
    pub status: Option<u16>,
    /// What it returned.
    pub results: Vec<ResultValue>,
    /// The alert that finished it.
    pub alert: Option<AlertValue>,
    /// What went wrong that has no Status.
    pub error: Option<String>,
    /// The commands inside it.
    pub commands: Vec<Self>,
}

/// A value that a device returned.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ResultValue {
    /// Its address, as the device wrote it.
    pub uri: String,
    /// Format.
    pub format: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    data: Option<String>,
    data_b64: Option<String>,
}

impl ResultValue {
    /// The value.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match (&self.data, &self.data_b64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(text)) => STANDARD.decode(text).unwrap_or_default(),
            (None, None) => Vec::new(),
        }
    }

    /// The value as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// The alert that finished a command.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct AlertValue {
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    /// Its importance.
    pub mark: Option<String>,
    /// Its data.
    pub data: Option<String>,
}

impl Outcome {
    /// The outcome in the JSON of one device of a task: `{"state": .., "reason": .., "commands": [..]}`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(json: &Value) -> Result<Self, String> {
        let word = json.get("state").and_then(Value::as_str).ok_or("no \"state\" with a word")?;
        let state = State::parse(word)
            .ok_or_else(|| format!("\"state\" is {word:?}; waiting, running, ok, failed and cancelled are known"))?;
        let commands = json.get("commands").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
        let commands = serde_json::from_value(commands).map_err(|error| format!("\"commands\": {error}"))?;
        let reason = json.get("reason").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { state, reason, commands })
    }

    /// The Status of command `index`.
    #[must_use]
    pub fn status(&self, index: usize) -> Option<u16> {
        self.commands.get(index)?.status
    }

    /// All values of all commands.
    pub fn results(&self) -> impl Iterator<Item = &ResultValue> {
        self.commands.iter().flat_map(|command| &command.results)
    }

    /// It in a few words, for findings.
    #[must_use]
    pub fn words(&self) -> String {
        let statuses: Vec<String> = self
            .commands
            .iter()
            .map(|command| match (command.status, &command.error) {
                (_, Some(error)) => error.clone(),
                (Some(status), None) => status.to_string(),
                (None, None) => "nothing".into(),
            })
            .collect();
        format!("{:?}: {}", self.state, statuses.join(", "))
    }
}
