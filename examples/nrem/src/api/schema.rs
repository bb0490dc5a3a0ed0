//! The JSON shapes of types that the libraries define: what stands in the document, and nothing that runs.
#![allow(dead_code, reason = "a shape is read by the document alone; nobody makes one")]

mod command;
mod fault;
mod node;
mod requester;
mod task;

pub(crate) use command::{Command, ReportedCommand, Setting};
pub(crate) use fault::{Fault, Faults, Transitions};
pub(crate) use node::{Alerts, Devices, Node, Registered};
pub(crate) use requester::{AuditResult, Grant, Requester, Requesters};
pub(crate) use task::{Images, Task, TaskLine, TaskState, Tasks};

use serde::Serialize;
use utoipa::ToSchema;

/// The nodes something is for: an object with one of these fields.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Target {
    /// One device, by its NodeId.
    Device(String),
    /// One gateway itself, by its NodeId.
    Gateway(String),
    /// Several devices, by their NodeIds.
    Devices(Vec<String>),
    /// All devices behind this gateway.
    Behind(String),
    /// All nodes of a kind.
    All(Kind),
    /// All nodes of a group.
    Group(String),
    /// All nodes that a filter matches.
    Filter(String),
}

/// The two kinds of nodes, in the plural.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Devices,
    Gateways,
}

/// Whether a node is a device or a gateway.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NodeKind {
    Device,
    Gateway,
}

/// A form of bootstrap documents.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    /// Client provisioning.
    Cp,
    /// A DM message with a DMAcc object.
    Dm,
}

/// One side of an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Client,
    Server,
}

/// Whether the components of a package run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Activation {
    /// At once.
    Active,
    /// When they are activated.
    Inactive,
}

/// Any bytes, at least one.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(crate) struct Bytes(Vec<u8>);

/// A file that nodes fetch.
#[derive(Serialize, ToSchema)]
pub(crate) struct Image {
    /// 1 to 48 letters, digits or `.` `_` `-`, not starting with a dot.
    name: String,
    /// As devices will show it.
    version: Option<String>,
    /// Bytes.
    size: u64,
    /// 64 lower-case hexadecimal digits.
    sha256: String,
    /// Where it is fetched.
    url: String,
    /// Of a delta: SHA-256 of the image that it applies to.
    base: Option<String>,
    /// Of a delta: SHA-256 of the whole image that comes of it.
    result: Option<String>,
    /// The ed25519 signature of the version and the whole image, in hexadecimal digits.
    signature: Option<String>,
}
