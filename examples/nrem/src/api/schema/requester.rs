//! Requesters as they are shown.

use serde::Serialize;
use utoipa::ToSchema;

/// Somebody on whose behalf the server acts.
#[derive(Serialize, ToSchema)]
pub(crate) struct Requester {
    name: String,
    rights: Vec<Grant>,
    /// In the one answer that gives it out.
    token: Option<String>,
}

/// An ability on a scope.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    ability: Ability,
    scope: Scope,
}

/// A kind of thing that the server does for a requester. None includes another.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ability {
    Read,
    Configure,
    Upgrade,
    Register,
    Operate,
    Administer,
}

/// The nodes that a grant is for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    All,
    Group(String),
    /// A DevId.
    Node(String),
}

/// Requesters in the order of their names.
#[derive(Serialize, ToSchema)]
pub(crate) struct Requesters {
    requesters: Vec<Requester>,
    /// For the `after` of the next page, if there is one.
    next: Option<String>,
}

/// How a requester was answered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AuditResult {
    /// A task was accepted; it tells the rest.
    Task(u64),
    Done,
    /// It lacks the right, to this node if it is about one.
    Denied(Option<String>),
    /// What it asked for was wrong.
    Refused(String),
}
