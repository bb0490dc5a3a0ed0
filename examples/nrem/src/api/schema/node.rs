//! Nodes as the directory shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::NodeKind;

/// A device or a gateway: registered, or only reported by its gateway.
#[derive(Serialize, ToSchema)]
pub(crate) struct Node {
    /// NodeId: what applications call it.
    id: String,
    /// DevId: what it calls itself, if it has an identity of its own.
    dev_id: Option<String>,
    kind: NodeKind,
    /// Whether an application has registered it.
    registered: bool,
    /// Whether its gateway has reported it.
    attached: bool,
    /// active, leaving or deactivated.
    life: Option<String>,
    /// Sessions so far.
    sessions: Option<u64>,
    /// Messages received so far.
    messages: Option<u64>,
    /// Alerts so far that no task waited for.
    alerts: Option<u64>,
    /// When its last session began.
    last_session: Option<String>,
    /// The leaves of DevInfo as it last sent them.
    dev_info: Option<BTreeMap<String, String>>,
    groups: Option<Vec<String>>,
    /// How it is asked for a session, in the order of preference.
    bearers: Option<Vec<BearerView>>,
    /// The weakest authentication scheme that is accepted.
    scheme: Option<String>,
    client: Option<ClientName>,
    server: Option<ServerName>,
    /// Whether nonces may be synchronised anew.
    resync: Option<bool>,
    /// How messages for it are spelled: auto, oma or windows.
    dialect: Option<String>,
    bootstrap: Option<BootstrapStanding>,
    /// The gateway it is behind.
    gateway: Option<String>,
    /// What the gateway told about it.
    facts: Option<BTreeMap<String, String>>,
    /// In the one answer that gives it out.
    document: Option<Document>,
}

/// A way to ask a node for a session; its address is the server's matter.
#[derive(Serialize, ToSchema)]
pub(crate) struct BearerView {
    scheme: String,
    priority: u16,
}

/// With what name a node authenticates.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientName {
    name: String,
}

/// With what name the server authenticates to a node.
#[derive(Serialize, ToSchema)]
pub(crate) struct ServerName {
    id: String,
}

/// How far the bootstrap of a node is.
#[derive(Serialize, ToSchema)]
pub(crate) struct BootstrapStanding {
    /// `handed out`, or `done` from its first session on.
    state: String,
    at: String,
}

/// A bootstrap document. It holds secrets and is given out once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Document {
    content_type: String,
    body_b64: String,
}

/// Nodes in the order of their DevIds.
#[derive(Serialize, ToSchema)]
pub(crate) struct Devices {
    devices: Vec<Node>,
    /// For the `after` of the next page, if there is one.
    next: Option<String>,
}

/// What became of a registration: the node, or for an array how many there are now.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Registered {
    One(Box<Node>),
    Many {
        registered: usize,
        /// The documents of those that asked for one.
        documents: Option<Vec<NodeDocument>>,
    },
}

/// The bootstrap document of one of several nodes.
#[derive(Serialize, ToSchema)]
pub(crate) struct NodeDocument {
    id: String,
    document: Document,
}

/// The newest alerts of a node that no task waited for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alerts {
    /// So far, also those that are no longer kept.
    total: u64,
    alerts: Vec<Alert>,
}

/// An alert that no task waited for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alert {
    number: u64,
    at: String,
    /// The device behind it that it is about.
    device: Option<String>,
    r#type: Option<String>,
    mark: Option<String>,
    source: Option<String>,
    data: Option<String>,
    data_b64: Option<String>,
}
