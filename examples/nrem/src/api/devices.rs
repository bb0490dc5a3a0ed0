//! `/devices`: the directory.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use omadm_proto::dialect::Dialect;
use omadm_proto::ids::DevId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use xrem_server::directory::{NodeId, NodeRecord};
use xrem_server::requester::Ability;
use xrem_server::store::{ClientAccount, Record, Resync, Store as _};

use super::registration::{BearerForm, bearers, check_groups, no_account};
use super::{ApiError, Caller, ErrorBody, Page, parse, schema, view};
use crate::app::App;
use crate::store::Listed;

/// What can be changed of a node that is registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NodeChange)]
pub(super) struct Change {
    resync: Option<bool>,
    dialect: Option<Spelling>,
    groups: Option<BTreeSet<String>>,
    /// The new ways to ask it for a session.
    bearers: Option<Vec<BearerForm>>,
}

/// How messages for a node are spelled.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Spelling {
    /// As its first message tells.
    Auto,
    Oma,
    Windows,
}

impl Change {
    /// What a registration says of it.
    pub(super) const fn of_account(resync: Option<bool>, dialect: Option<Spelling>) -> Self {
        Self { resync, dialect, groups: None, bearers: None }
    }

    /// Whether it is about the account.
    pub(super) const fn is_of_account(&self) -> bool {
        self.resync.is_some() || self.dialect.is_some()
    }

    pub(super) fn apply(&self, account: &mut ClientAccount) {
        match self.resync {
            Some(true) if account.resync == Resync::Refused => account.resync = Resync::Allowed,
            Some(false) => account.resync = Resync::Refused,
            Some(true) | None => {}
        }
        match self.dialect {
            Some(Spelling::Auto) => account.dialect = None,
            Some(Spelling::Oma) => account.dialect = Some(Dialect::Oma),
            Some(Spelling::Windows) => account.dialect = Some(Dialect::Windows),
            None => {}
        }
    }
}

/// Lists the nodes: those that are registered, and those that gateways have reported.
#[utoipa::path(get, path = "/devices", tag = "devices", params(Page),
    responses((status = 200, description = "A page of those that the requester may read.", body = schema::Devices)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    let rows = app.database.nodes_after(page.after::<String>()?.as_deref())?;
    let readable = rows.filter(|row| {
        row.as_ref().map_or(true, |listed| caller.covers(Ability::Read, &listed.id, listed.node.as_ref()))
    });
    let (devices, next) = page.cut(readable.map(|row| {
        let Listed { name, id, node, place } = row?;
        let shown = view::node(&app.database, &id, node.as_ref(), place.as_ref())?;
        Ok((name, shown))
    }))?;
    Ok(Json(json!({"devices": devices, "next": next})))
}

/// Shows a node.
#[utoipa::path(get, path = "/devices/{id}", tag = "devices", params(("id" = String, Path, description = "NodeId of a node")),
    responses((status = 200, description = "As it is now.", body = schema::Node)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = caller.node(&app, Ability::Read, &id)?;
    Ok(Json(shown(&app, &id)?))
}

/// Changes how the account of a node is handled, and its groups; its credentials are not touched.
#[utoipa::path(patch, path = "/devices/{id}", tag = "devices", request_body = Change,
    params(("id" = String, Path, description = "NodeId of a registered node")),
    responses((status = 200, description = "As it is now.", body = schema::Node)))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let id = caller.node(&app, Ability::Register, &id)?;
    let change: Change = parse(&body)?;
    let _guard = app.changing(&id).await;
    let mut node = registered(&app, &id)?;
    if change.is_of_account() {
        change.apply(node.account.as_mut().ok_or_else(|| no_account(&id))?);
    }
    if let Some(groups) = change.groups {
        check_groups(&groups)?;
        if !caller.requester.rights.cover(Ability::Register, &id, &groups) {
            let why = format!("{} may not put {id} into these groups", caller.name());
            return Err(ApiError::forbidden(why).denying(id));
        }
        node.groups = groups;
    }
    if let Some(forms) = change.bearers {
        node.set_bearers(bearers(forms)?).map_err(ApiError::bad)?;
    }
    app.commit(vec![Record::Node(node)]).await?;
    Ok(Json(shown(&app, &id)?))
}

/// Shows the newest alerts of a node that no task waited for.
#[utoipa::path(get, path = "/devices/{id}/alerts", tag = "devices",
    params(("id" = String, Path, description = "NodeId of a registered node")),
    responses((status = 200, description = "The newest 64.", body = schema::Alerts)))]
pub(crate) async fn alerts(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = caller.node(&app, Ability::Read, &id)?;
    let node = registered(&app, &id)?;
    let alerts: Vec<Value> = app.database.alerts(&id)?.iter().map(view::alert).collect();
    Ok(Json(json!({"total": node.alerts, "alerts": alerts})))
}

/// Removes a node; its tasks are cancelled.
#[utoipa::path(delete, path = "/devices/{id}", tag = "devices",
    params(("id" = String, Path, description = "NodeId of a node")),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "It is a gateway with devices behind it.", body = ErrorBody)))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = caller.node(&app, Ability::Register, &id)?;
    let _guard = app.changing(&id).await;
    if !app.database.behind(&id)?.is_empty() {
        let why = format!("{id} is a gateway with devices behind it; DELETE these first");
        return Err(ApiError::conflict(why));
    }
    // Its jobs have nobody left to do them.
    loop {
        let jobs = app.database.load(&id)?.jobs;
        if jobs.is_empty() {
            break;
        }
        let cancelled = jobs.into_iter().map(|mut job| {
            job.cancel();
            Record::Job(job)
        });
        app.commit(cancelled.collect()).await?;
    }
    app.commit(vec![Record::NodeRemoved(id)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn registered(app: &App, id: &DevId) -> Result<NodeRecord, ApiError> {
    app.database.node(id)?.ok_or_else(|| ApiError::not_found(format!("{} is not registered", NodeId::of(id))))
}

/// The node `id` as applications see it.
pub(super) fn shown(app: &App, id: &DevId) -> Result<Value, ApiError> {
    Ok(view::node(&app.database, id, app.database.node(id)?.as_ref(), app.database.place(id)?.as_ref())?)
}
