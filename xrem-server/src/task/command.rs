//! One DM command as an application writes it; [`super::wire`] makes the message's command from it.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::alert::AlertCode;
use omadm_proto::message::Format;
use omadm_tree::uri::{NodeUri, TargetUri, UriError};

/// Commands inside commands inside commands: more levels are refused.
const MAX_NESTING: usize = 8;

/// A command, one variant for each verb of DM. In JSON the verb is the field `cmd`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "cmd", rename_all = "lowercase", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum CommandSpec {
    /// Get.
    Get {
        /// What to read; may end in `?prop=` or `?list=`.
        uri: String,
    },
    /// Get of a whole subtree: by `?list=StructData`, and node by node from a device that gives no lists.
    Walk {
        /// The node it begins at.
        uri: String,
    },
    /// Add.
    Add(Write),
    /// Replace.
    Replace(Write),
    /// Delete.
    Delete {
        /// The node.
        uri: String,
    },
    /// Copy.
    Copy {
        /// The node that is copied.
        source: String,
        /// Where to.
        uri: String,
    },
    /// Exec.
    Exec(Exec),
    /// Alert: a question or a message for the user.
    Alert {
        /// 1100 to 1104.
        code: u16,
        /// The texts of its Items: options, text, choices.
        #[cfg_attr(feature = "serde", serde(deserialize_with = "super::json::items"))]
        items: Vec<String>,
    },
    /// Atomic.
    Atomic {
        /// All or nothing.
        #[cfg_attr(feature = "serde", serde(with = "super::json::inner"))]
        commands: Vec<Self>,
    },
    /// Sequence.
    Sequence {
        /// In this order.
        #[cfg_attr(feature = "serde", serde(with = "super::json::inner"))]
        commands: Vec<Self>,
    },
}

/// Add or Replace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "super::json::RawWrite", into = "super::json::RawWrite")
)]
#[non_exhaustive]
pub struct Write {
    /// The node, or with `?prop=` one of its properties.
    pub uri: String,
    /// Format; `chr` when absent, `bin` for bytes.
    pub format: Option<Format>,
    /// Type; `text/plain` when absent.
    pub type_name: Option<String>,
    /// The value.
    pub payload: Option<Payload>,
}

/// Exec.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "super::json::RawExec", into = "super::json::RawExec")
)]
#[non_exhaustive]
pub struct Exec {
    /// The node.
    pub uri: String,
    /// Links the later alert to it.
    pub correlator: Correlator,
    /// Arguments.
    pub payload: Option<Payload>,
}

/// The Correlator of an Exec.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "given, made, or none")]
pub enum Correlator {
    /// One is made when the task is submitted.
    #[default]
    Generate,
    /// None is sent; the alert is matched by its Source.
    None,
    /// This one.
    Given(String),
}

/// A value. Debug output shows its length only.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "text or bytes")]
pub enum Payload {
    /// Text; the JSON field `data`.
    Text(String),
    /// Bytes; the JSON field `data_b64`.
    Bytes(Vec<u8>),
}

/// A command that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("command {path}: {fault}")]
#[non_exhaustive]
pub struct CommandError {
    /// Which.
    pub path: CommandPath,
    /// Why.
    pub fault: CommandFault,
}

/// The position of a command, from 0; `2.1` is command 1 inside command 2.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandPath(Vec<usize>);

/// What is wrong with a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandFault {
    /// A URI is malformed.
    #[error("{field} {uri:?} is not a URI of the tree: {error}")]
    Uri {
        /// `uri` or `source`.
        field: &'static str,
        /// As it was given.
        uri: String,
        /// Why.
        error: UriError,
    },
    /// An alert that is not the application's.
    #[error("alert code {0} is not one that a server may send to a user; use 1100 to 1104")]
    AlertCode(u16),
    /// An alert without the Items it needs.
    #[error("an alert needs at least two items: the options (may be empty) and the text")]
    AlertItems,
    /// An Atomic or Sequence without commands.
    #[error("it holds no commands")]
    Empty,
    /// Too many levels.
    #[error("commands are nested more than {MAX_NESTING} levels deep")]
    TooDeep,
    /// Interior nodes have no value.
    #[error("format node has no data")]
    DataOfNode,
    /// A Correlator that cannot be told from none.
    #[error("the correlator is empty; leave it out, or write null for none")]
    EmptyCorrelator,
}

impl CommandSpec {
    /// Get `uri`.
    #[must_use]
    pub fn get(uri: impl Into<String>) -> Self {
        Self::Get { uri: uri.into() }
    }

    /// Replace the value of `uri` with the text `data`.
    #[must_use]
    pub fn replace(uri: impl Into<String>, data: impl Into<String>) -> Self {
        Self::Replace(Write::text(uri, data))
    }

    /// Add the leaf `uri` with the text `data`.
    #[must_use]
    pub fn add(uri: impl Into<String>, data: impl Into<String>) -> Self {
        Self::Add(Write::text(uri, data))
    }

    /// Exec `uri` with a Correlator of its own.
    #[must_use]
    pub fn exec(uri: impl Into<String>) -> Self {
        Self::Exec(Exec { uri: uri.into(), correlator: Correlator::Generate, payload: None })
    }

    /// Checks everything that can be checked without the device.
    ///
    /// # Errors
    /// The first command, of this one and those inside it, that cannot be sent. `position` is this one's in the task.
    pub fn check(&self, position: usize) -> Result<(), CommandError> {
        self.check_at(&mut vec![position])
    }

    fn check_at(&self, path: &mut Vec<usize>) -> Result<(), CommandError> {
        self.check_alone(path.len()).map_err(|fault| CommandError { path: CommandPath(path.clone()), fault })?;
        for (position, inner) in self.inner().iter().enumerate() {
            path.push(position);
            inner.check_at(path)?;
            path.pop();
        }
        Ok(())
    }

    fn check_alone(&self, depth: usize) -> Result<(), CommandFault> {
        if depth > MAX_NESTING {
            return Err(CommandFault::TooDeep);
        }
        match self {
            Self::Get { uri } => check_target(uri),
            Self::Add(write) | Self::Replace(write) => {
                if write.format == Some(Format::Node) && write.payload.as_ref().is_some_and(|it| !it.is_empty()) {
                    return Err(CommandFault::DataOfNode);
                }
                check_target(&write.uri)
            }
            Self::Delete { uri } | Self::Walk { uri } => check_node("uri", uri),
            Self::Copy { source, uri } => check_node("source", source).and_then(|()| check_node("uri", uri)),
            Self::Exec(exec) if matches!(&exec.correlator, Correlator::Given(text) if text.trim().is_empty()) => {
                Err(CommandFault::EmptyCorrelator)
            }
            Self::Exec(exec) => check_node("uri", &exec.uri),
            Self::Alert { code, .. } if !AlertCode::from_u16(*code).is_user_interaction() => {
                Err(CommandFault::AlertCode(*code))
            }
            Self::Alert { items, .. } if items.len() < 2 => Err(CommandFault::AlertItems),
            Self::Atomic { commands } | Self::Sequence { commands } if commands.is_empty() => Err(CommandFault::Empty),
            Self::Alert { .. } | Self::Atomic { .. } | Self::Sequence { .. } => Ok(()),
        }
    }

    /// The commands of an Atomic or Sequence.
    #[must_use]
    pub fn inner(&self) -> &[Self] {
        match self {
            Self::Atomic { commands } | Self::Sequence { commands } => commands,
            Self::Get { .. } | Self::Walk { .. } | Self::Delete { .. } | Self::Copy { .. } | Self::Alert { .. } => &[],
            Self::Add(_) | Self::Replace(_) | Self::Exec(_) => &[],
        }
    }

    pub(crate) fn inner_mut(&mut self) -> &mut [Self] {
        match self {
            Self::Atomic { commands } | Self::Sequence { commands } => commands,
            Self::Get { .. } | Self::Walk { .. } | Self::Delete { .. } | Self::Copy { .. } | Self::Alert { .. } => {
                &mut []
            }
            Self::Add(_) | Self::Replace(_) | Self::Exec(_) => &mut [],
        }
    }

    /// The value that it carries.
    pub(crate) const fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Add(write) | Self::Replace(write) => write.payload.as_ref(),
            Self::Exec(exec) => exec.payload.as_ref(),
            Self::Get { .. } | Self::Walk { .. } | Self::Delete { .. } | Self::Copy { .. } | Self::Alert { .. } => None,
            Self::Atomic { .. } | Self::Sequence { .. } => None,
        }
    }

    pub(crate) const fn payload_mut(&mut self) -> Option<&mut Payload> {
        match self {
            Self::Add(write) | Self::Replace(write) => write.payload.as_mut(),
            Self::Exec(exec) => exec.payload.as_mut(),
            Self::Get { .. } | Self::Walk { .. } | Self::Delete { .. } | Self::Copy { .. } | Self::Alert { .. } => None,
            Self::Atomic { .. } | Self::Sequence { .. } => None,
        }
    }

    /// Gives every Exec that wants one a Correlator: `prefix`, a dash, and a number counted by `next`.
    pub fn generate_correlators(&mut self, prefix: &dyn fmt::Display, next: &mut u32) {
        if let Self::Exec(exec) = self {
            if exec.correlator == Correlator::Generate {
                exec.correlator = Correlator::Given(alloc::format!("{prefix}-{next}"));
            }
            *next = next.saturating_add(1);
        }
        for inner in self.inner_mut() {
            inner.generate_correlators(prefix, next);
        }
    }
}

fn check_target(uri: &str) -> Result<(), CommandFault> {
    TargetUri::parse(uri).map(drop).map_err(|error| CommandFault::Uri { field: "uri", uri: uri.to_string(), error })
}

fn check_node(field: &'static str, uri: &str) -> Result<(), CommandFault> {
    NodeUri::parse(uri).map(drop).map_err(|error| CommandFault::Uri { field, uri: uri.to_string(), error })
}

impl Write {
    /// The text `data` for `uri`.
    #[must_use]
    pub fn text(uri: impl Into<String>, data: impl Into<String>) -> Self {
        Self { uri: uri.into(), format: None, type_name: None, payload: Some(Payload::Text(data.into())) }
    }

    /// The interior node `uri`.
    #[must_use]
    pub fn node(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), format: Some(Format::Node), type_name: None, payload: None }
    }

    /// The `bytes` for `uri`; they travel as Format `bin`.
    #[must_use]
    pub fn bytes(uri: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            uri: uri.into(),
            format: Some(Format::Bin),
            type_name: None,
            payload: Some(Payload::Bytes(bytes.into())),
        }
    }

    /// The subtree `document`, a TNDS document in XML, at `uri` \[dm 12\].
    #[must_use]
    pub fn tnds(uri: impl Into<String>, document: impl Into<String>) -> Self {
        let type_name = Some(String::from("application/vnd.syncml.dmtnds+xml"));
        let payload = Some(Payload::Text(document.into()));
        Self { uri: uri.into(), format: Some(Format::Xml), type_name, payload }
    }

    /// The same with Format.
    #[must_use]
    pub const fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }
}

impl<U: Into<String>> From<(U, &str)> for Write {
    fn from((uri, text): (U, &str)) -> Self {
        Self::text(uri, text)
    }
}

impl<U: Into<String>> From<(U, i64)> for Write {
    fn from((uri, number): (U, i64)) -> Self {
        Self::text(uri, number.to_string()).with_format(Format::Int)
    }
}

impl<U: Into<String>> From<(U, bool)> for Write {
    fn from((uri, flag): (U, bool)) -> Self {
        Self::text(uri, flag.to_string()).with_format(Format::Bool)
    }
}

impl Correlator {
    /// The text, if there is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Given(text) => Some(text),
            Self::Generate | Self::None => None,
        }
    }
}

impl Payload {
    /// The bytes of the value.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.as_bytes().len())
    }
}

impl fmt::Display for CommandPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, position) in self.0.iter().enumerate() {
            let dot = if level == 0 { "" } else { "." };
            write!(f, "{dot}{position}")?;
        }
        Ok(())
    }
}
