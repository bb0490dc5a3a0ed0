//! DM commands as they stand in a task, and as they come back filled in.

use serde::Serialize;
use utoipa::ToSchema;

/// A DM command; `cmd` is its verb.
#[derive(Serialize, ToSchema)]
#[serde(tag = "cmd", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Command {
    /// Reads a node; `uri` may end in `?prop=` or `?list=`.
    Get { uri: String },
    /// Reads a whole subtree.
    Walk { uri: String },
    /// Adds a node.
    Add {
        uri: String,
        format: Option<Format>,
        r#type: Option<String>,
        #[schema(value_type = Option<Scalar>)]
        data: Option<String>,
        data_b64: Option<String>,
    },
    /// Replaces the value of a leaf.
    Replace {
        uri: String,
        format: Option<Format>,
        r#type: Option<String>,
        #[schema(value_type = Option<Scalar>)]
        data: Option<String>,
        data_b64: Option<String>,
    },
    /// Deletes a node with everything below it.
    Delete { uri: String },
    /// Copies a node.
    Copy { source: String, uri: String },
    /// Executes a node. Its correlator absent, one is made; null, none is sent.
    Exec {
        uri: String,
        correlator: Option<String>,
        #[schema(value_type = Option<Scalar>)]
        data: Option<String>,
        data_b64: Option<String>,
    },
    /// Asks or tells the user: 1100 to 1104, with options, text and choices.
    Alert {
        #[schema(minimum = 1100, maximum = 1104)]
        code: u16,
        items: Vec<String>,
    },
    /// All of them, or none.
    Atomic {
        #[schema(no_recursion)]
        commands: Vec<Command>,
    },
    /// In this order.
    Sequence {
        #[schema(no_recursion)]
        commands: Vec<Command>,
    },
}

/// A value that a node shall have.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    uri: String,
    format: Option<Format>,
    r#type: Option<String>,
    #[schema(value_type = Option<Scalar>)]
    data: Option<String>,
    data_b64: Option<String>,
}

/// The formats of DM.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    B64,
    Bool,
    Chr,
    Int,
    Node,
    Null,
    Xml,
    Bin,
    Date,
    Time,
    Float,
}

/// A value as people write it; DM writes them all as text.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Scalar {
    Text(String),
    Number(f64),
    Bool(bool),
}

/// The same command with what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportedCommand {
    /// Its verb; the fields it came with are there as well.
    cmd: String,
    uri: Option<String>,
    /// Of atomic and sequence.
    #[schema(no_recursion)]
    commands: Option<Vec<ReportedCommand>>,
    /// Its SyncML status.
    status: Option<u16>,
    /// Of get: the leaves.
    results: Option<Vec<Leaf>>,
    /// Of exec: the alert that told its outcome.
    alert: Option<CommandAlert>,
    /// What went wrong, where no status tells.
    error: Option<String>,
}

/// A leaf that a device returned.
#[derive(Serialize, ToSchema)]
pub(crate) struct Leaf {
    uri: String,
    format: Option<String>,
    #[serde(rename = "type")]
    type_name: Option<String>,
    data: Option<String>,
    data_b64: Option<String>,
}

/// The alert that told the outcome of an Exec.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommandAlert {
    #[serde(rename = "type")]
    type_name: Option<String>,
    mark: Option<String>,
    source: Option<String>,
    data: Option<String>,
    data_b64: Option<String>,
}
