//! Who asks, and what it may do.
//!
//! A handler takes the [`Caller`] as an argument and asks it before anything else: [`Caller::permit`] for a target,
//! [`Caller::node`] for one node, [`Caller::everywhere`] for what concerns the whole server. What a requester may not even
//! read is answered as if it were not there.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use omadm_proto::auth::Secret;
use omadm_proto::ids::DevId;
use xrem_server::directory::{self, NodeId, NodeRecord, RouteError};
use xrem_server::requester::{
    Ability, AuditEntry, AuditKey, AuditResult, Permit, PermitError, Requester, RequesterName, RequesterStore as _,
    Rights, TokenDigest, permit,
};
use xrem_server::store::{Record, Store as _};
use xrem_server::task::Target;

use super::ApiError;
use super::repeat::Repeat;
use crate::app::App;
use crate::store::StoreError;

/// The requester that makes a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(super) requester: Arc<Requester>,
    /// The key under which the request may come again.
    pub(super) repeat: Option<Repeat>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().ok_or_else(unauthorized)
    }
}

fn unauthorized() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "this API demands the header Authorization: Bearer TOKEN".into())
}

impl Caller {
    /// The requester whose token stands in `headers`. A server that was started without a token and knows no requester lets
    /// everybody do everything.
    pub(super) fn authenticate(app: &App, headers: &HeaderMap) -> Result<Self, ApiError> {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).map(|token| Secret::from(token.trim()));
        if let Some(given) = &given {
            let digest = TokenDigest::of(given);
            if app.operator_token == Some(digest) {
                return Ok(Self::operator(digest));
            }
            if let Some(requester) = app.database.requester_by_token(&digest)? {
                return Ok(Self { requester: Arc::new(requester), repeat: None });
            }
        }
        if app.operator_token.is_none() && app.database.requesters()?.is_empty() {
            return Ok(Self::operator(TokenDigest::of(&Secret::from(""))));
        }
        Err(unauthorized())
    }

    /// Whoever started the server.
    fn operator(digest: TokenDigest) -> Self {
        let requester = Requester::new(RequesterName::operator(), digest, Rights::everything());
        Self { requester: Arc::new(requester), repeat: None }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &RequesterName {
        &self.requester.name
    }

    /// The permit to do `ability` to all nodes of `target`.
    pub(crate) fn permit(&self, app: &App, ability: Ability, target: &Target) -> Result<Permit, ApiError> {
        match permit(&app.database, &self.requester, ability, target) {
            Ok(permit) => Ok(permit),
            Err(PermitError::Route(error)) => Err(error.into()),
            Err(PermitError::PermissionDenied { node }) => Err(self.denied(app, target, &node)?.denying(node)),
            Err(error) => Err(ApiError::forbidden(error)),
        }
    }

    /// What is answered when `node` is outside the rights: it is named only to those who may read it.
    fn denied(&self, app: &App, target: &Target, node: &DevId) -> Result<ApiError, ApiError> {
        if self.covers(Ability::Read, node, app.database.node(node)?.as_ref()) {
            let name = app.database.name_of(node)?;
            return Ok(ApiError::forbidden(format!("{name} is outside what {} may change", self.name())));
        }
        for name in names(target) {
            if directory::find(&app.database, name)? == *node {
                return Ok(unknown(name));
            }
        }
        Ok(ApiError::forbidden(format!("a node of the target is outside what {} may change", self.name())))
    }

    /// The node that is called `name`, if there is one and the requester may do `ability` to it.
    pub(crate) fn node(&self, app: &App, ability: Ability, name: &str) -> Result<DevId, ApiError> {
        let name =
            NodeId::parse(name).map_err(|why| ApiError::not_found(format!("there is no node {name:?}: {why}")))?;
        let node = directory::find(&app.database, &name)?;
        let record = app.database.node(&node)?;
        if self.covers(ability, &node, record.as_ref()) {
            Ok(node)
        } else if self.covers(Ability::Read, &node, record.as_ref()) {
            let why = format!("{} may read {name}, and not do this to it", self.name());
            Err(ApiError::forbidden(why).denying(node))
        } else {
            Err(unknown(&name).denying(node))
        }
    }

    /// Whether it may do `ability` to the node `id` with this record, if there is one.
    pub(crate) fn covers(&self, ability: Ability, id: &DevId, record: Option<&NodeRecord>) -> bool {
        match record {
            Some(record) => self.requester.may(ability, record),
            None => self.requester.may_unregistered(ability, id),
        }
    }

    /// The right to do `ability` to everything.
    pub(crate) fn everywhere(&self, ability: Ability) -> Result<(), ApiError> {
        if self.requester.may_everywhere(ability) {
            return Ok(());
        }
        Err(ApiError::forbidden(format!("{} may not do this: it concerns the whole server", self.name())))
    }

    /// The entry of the audit about something it asked for.
    pub(crate) fn audit(
        &self,
        app: &App,
        action: impl Into<String>,
        target: impl Into<String>,
        result: AuditResult,
    ) -> Record {
        let key = AuditKey { at: App::now(), number: app.next_audit() };
        Record::Audit(AuditEntry::new(key, self.name().clone(), action, target, result))
    }
}

/// The nodes that `target` spells out, so that its answer tells whether they are there.
fn names(target: &Target) -> &[NodeId] {
    match target {
        Target::Device(name) | Target::Gateway(name) | Target::Behind(name) => std::slice::from_ref(name),
        Target::Devices(names) => names,
        _ => &[],
    }
}

/// What is answered about a node that is not there, or not for this requester.
fn unknown(name: &NodeId) -> ApiError {
    RouteError::<StoreError>::Unknown(name.clone()).into()
}
