//! The JSON of commands and of their results: one array goes in, the same array comes back filled in.
//!
//! Fields that nobody knows are refused with the position of the command, because a misspelt field that is skipped becomes a
//! wrong value in a thousand devices.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::message::Format;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::command::{CommandSpec, Correlator, Exec, Payload, Write};
use super::outcome::{AlertReport, Conclusion, Outcome};
use crate::session::Value;

/// The array of commands of a task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
#[allow(clippy::exhaustive_structs, reason = "the array and nothing else")]
pub struct Commands(pub Vec<CommandSpec>);

impl<'de> Deserialize<'de> for Commands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(CommandsVisitor).map(Self)
    }
}

struct CommandsVisitor;

impl<'de> Visitor<'de> for CommandsVisitor {
    type Value = Vec<CommandSpec>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of commands")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut commands = Vec::new();
        loop {
            match seq.next_element() {
                Ok(Some(command)) => commands.push(command),
                Ok(None) => return Ok(commands),
                Err(error) => return Err(A::Error::custom(format!("command {}: {error}", commands.len()))),
            }
        }
    }
}

/// The commands inside an Atomic or Sequence: the same array.
pub(super) mod inner {
    use super::{CommandSpec, Commands, Deserialize, Deserializer, Serialize, Serializer, Vec};

    pub(in crate::task) fn serialize<S: Serializer>(
        commands: &[CommandSpec],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        commands.serialize(serializer)
    }

    pub(in crate::task) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<CommandSpec>, D::Error> {
        Commands::deserialize(deserializer).map(|commands| commands.0)
    }
}

/// Add and Replace as they stand in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWrite {
    uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<String>,
    #[serde(default, deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_b64: Option<String>,
}

impl TryFrom<RawWrite> for Write {
    type Error = PayloadFault;

    fn try_from(raw: RawWrite) -> Result<Self, PayloadFault> {
        let payload = payload(raw.data, raw.data_b64)?;
        Ok(Self { uri: raw.uri, format: raw.format, type_name: raw.type_name, payload })
    }
}

impl From<Write> for RawWrite {
    fn from(write: Write) -> Self {
        let (data, data_b64) = fields(write.payload);
        Self { uri: write.uri, format: write.format, type_name: write.type_name, data, data_b64 }
    }
}

/// Exec as it stands in JSON. `correlator` absent: one is made; null: none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExec {
    uri: String,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    correlator: Option<Option<String>>,
    #[serde(default, deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_b64: Option<String>,
}

/// A value as people write it: text, a number or a bool; DM writes them all as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
}

impl From<Scalar> for String {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Text(text) => text,
            Scalar::Bool(flag) => flag.to_string(),
            Scalar::Int(number) => number.to_string(),
            Scalar::Unsigned(number) => number.to_string(),
            Scalar::Float(number) => number.to_string(),
        }
    }
}

fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let scalar = Option::<Scalar>::deserialize(deserializer);
    scalar.map(|scalar| scalar.map(String::from)).map_err(|_| D::Error::custom("data is text, a number or a bool"))
}

/// The Items of an alert: each its text, or an object with the text as `data`.
pub(super) fn items<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Object {
        #[serde(default)]
        data: String,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Item {
        Text(String),
        Object(Object),
    }
    let items = Vec::<Item>::deserialize(deserializer)
        .map_err(|_| D::Error::custom("items is an array of texts, or of objects with a text as data"))?;
    Ok(items
        .into_iter()
        .map(|item| match item {
            Item::Text(text) | Item::Object(Object { data: text }) => text,
        })
        .collect())
}

/// Tells a null from an absent field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TryFrom<RawExec> for Exec {
    type Error = PayloadFault;

    fn try_from(raw: RawExec) -> Result<Self, PayloadFault> {
        let correlator = match raw.correlator {
            None => Correlator::Generate,
            Some(None) => Correlator::None,
            Some(Some(text)) => Correlator::Given(text),
        };
        Ok(Self { uri: raw.uri, correlator, payload: payload(raw.data, raw.data_b64)? })
    }
}

impl From<Exec> for RawExec {
    fn from(exec: Exec) -> Self {
        let correlator = match exec.correlator {
            Correlator::Generate => None,
            Correlator::None => Some(None),
            Correlator::Given(text) => Some(Some(text)),
        };
        let (data, data_b64) = fields(exec.payload);
        Self { uri: exec.uri, correlator, data, data_b64 }
    }
}

/// Why the fields of a value contradict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum PayloadFault {
    #[error("data and data_b64 exclude each other")]
    Both,
    #[error("data_b64 is not valid base64")]
    Base64,
}

fn payload(data: Option<String>, data_b64: Option<String>) -> Result<Option<Payload>, PayloadFault> {
    match (data, data_b64) {
        (Some(_), Some(_)) => Err(PayloadFault::Both),
        (Some(text), None) => Ok(Some(Payload::Text(text))),
        (None, Some(text)) => {
            STANDARD.decode(text).map(|bytes| Some(Payload::Bytes(bytes))).map_err(|_| PayloadFault::Base64)
        }
        (None, None) => Ok(None),
    }
}

fn fields(payload: Option<Payload>) -> (Option<String>, Option<String>) {
    match payload {
        Some(Payload::Text(text)) => (Some(text), None),
        Some(Payload::Bytes(bytes)) => (None, Some(STANDARD.encode(bytes))),
        None => (None, None),
    }
}

/// A command with what became of it: the fields of the command, then `status`, `results`, `alert` and, when something went
/// wrong that has no Status, `error`.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "a pair to be written")]
pub struct Reported<'a> {
    /// The command.
    pub spec: &'a CommandSpec,
    /// What became of it; `None` when nothing is known yet.
    pub outcome: Option<&'a Outcome>,
}

impl Serialize for Reported<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Report<'a> {
            #[serde(flatten)]
            head: Head<'a>,
            #[serde(flatten)]
            tail: Tail<'a>,
        }
        Report { head: Head(*self), tail: Tail(self.outcome) }.serialize(serializer)
    }
}

/// The command; inner commands are reported as well.
struct Head<'a>(Reported<'a>);

impl Serialize for Head<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, commands) = match self.0.spec {
            CommandSpec::Atomic { commands } => ("atomic", commands),
            CommandSpec::Sequence { commands } => ("sequence", commands),
            spec @ (CommandSpec::Get { .. }
            | CommandSpec::Walk { .. }
            | CommandSpec::Add(_)
            | CommandSpec::Replace(_)
            | CommandSpec::Delete { .. }) => {
                return spec.serialize(serializer);
            }
            spec @ (CommandSpec::Copy { .. } | CommandSpec::Exec(_) | CommandSpec::Alert { .. }) => {
                return spec.serialize(serializer);
            }
        };
        let inner: Vec<Reported<'_>> = (0..)
            .zip(commands)
            .map(|(at, spec)| Reported {
                spec,
                outcome: self.0.outcome.and_then(|outcome| outcome.commands.get::<usize>(at)),
            })
            .collect();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("cmd", name)?;
        map.serialize_entry("commands", &inner)?;
        map.end()
    }
}

/// What became of it.
struct Tail<'a>(Option<&'a Outcome>);

impl Serialize for Tail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(outcome) = self.0 {
            if let Some(status) = outcome.status {
                map.serialize_entry("status", &status)?;
            }
            if outcome.unchanged {
                map.serialize_entry("unchanged", &true)?;
            }
            if !outcome.results.is_empty() {
                let results: Vec<ResultJson<'_>> = outcome.results.iter().map(ResultJson::new).collect();
                map.serialize_entry("results", &results)?;
            }
            if let Some(alert) = &outcome.alert {
                map.serialize_entry("alert", &AlertJson::new(alert))?;
            }
            if let Some(original) = &outcome.original_error {
                map.serialize_entry("original_error", original)?;
            }
            if let Some(fault) = outcome.fault.filter(|_| !outcome.is_good()) {
                map.serialize_entry("error", &format!("{fault}"))?;
            } else if let Conclusion::Cancelled | Conclusion::Declined | Conclusion::NotExecuted = outcome.conclusion()
            {
                map.serialize_entry("error", &format!("{}", outcome.conclusion()))?;
            }
        }
        map.end()
    }
}

/// A value with its address.
#[derive(Serialize)]
struct ResultJson<'a> {
    uri: &'a str,
    format: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_b64: Option<String>,
}

impl<'a> ResultJson<'a> {
    fn new(value: &'a Value) -> Self {
        let format = value.format.as_deref().unwrap_or("chr");
        let (data, data_b64) = text_or_base64(Some(format), &value.data);
        Self { uri: &value.uri, format, type_name: value.type_name.as_deref(), data, data_b64 }
    }
}

/// The alert that finished an Exec.
#[derive(Serialize)]
struct AlertJson<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_b64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
}

impl<'a> AlertJson<'a> {
    fn new(alert: &'a AlertReport) -> Self {
        let (data, data_b64) = text_or_base64(None, &alert.data);
        Self {
            type_name: alert.type_name.as_deref(),
            mark: alert.mark.as_deref(),
            data,
            data_b64,
            source: alert.source.as_deref(),
        }
    }
}

/// `data` for text, `data_b64` for what is binary by its format or by its bytes.
fn text_or_base64<'a>(format: Option<&str>, bytes: &'a [u8]) -> (Option<Cow<'a, str>>, Option<String>) {
    let binary = matches!(format, Some("b64" | "bin"));
    match core::str::from_utf8(bytes) {
        Ok(text) if !binary => (Some(Cow::Borrowed(text)), None),
        _ => (None, Some(STANDARD.encode(bytes))),
    }
}
