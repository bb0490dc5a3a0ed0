//! `/requesters` and `/audit`: who may do what, and who did what \[mission-matrix N1a\].
//!
//! A token is made here, shown in one answer, and kept as its digest.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use omadm_proto::auth::Secret;
use omadm_proto::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use xrem_server::requester::{
    Ability, AuditEntry, AuditKey, AuditQuery, AuditResult, Grant, Requester, RequesterName, RequesterStore as _,
    Rights, TokenDigest,
};
use xrem_server::store::Record;

use super::{ApiError, Caller, Created, ErrorBody, Page, parse, schema, view};
use crate::app::App;
use crate::token::fresh_token;

/// A requester to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRequester)]
struct Request {
    /// 1 to 64 letters, digits or `.` `_` `-` `@`.
    name: String,
    #[schema(value_type = Vec<schema::Grant>, max_items = 1000)]
    rights: Vec<Grant>,
}

/// Other rights.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequesterChange)]
struct Change {
    #[schema(value_type = Vec<schema::Grant>, max_items = 1000)]
    rights: Vec<Grant>,
}

/// Grants of one requester.
const MAX_GRANTS: usize = 1000;

/// Adds a requester. The answer has its token, which cannot be asked for again.
#[utoipa::path(post, path = "/requesters", tag = "requesters", request_body = Request,
    responses((status = 201, description = "The requester with its token.", body = schema::Requester),
        (status = 409, description = "There is one of this name.", body = ErrorBody)))]
pub(crate) async fn add(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    caller.everywhere(Ability::Administer)?;
    let request: Request = parse(&body)?;
    let name = RequesterName::parse(&request.name).map_err(ApiError::bad)?;
    if name == RequesterName::operator() || app.database.requester(&name)?.is_some() {
        return Err(ApiError::conflict(format!("there is a requester {name} already")));
    }
    store(&app, name, rights(request.rights)?).await
}

fn rights(grants: Vec<Grant>) -> Result<Rights, ApiError> {
    if grants.len() > MAX_GRANTS {
        return Err(ApiError::bad(format!("{} rights; at most {MAX_GRANTS} are taken", grants.len())));
    }
    Ok(grants.into())
}

/// Stores a requester with a token of its own.
async fn store(app: &App, name: RequesterName, rights: Rights) -> Result<Created, ApiError> {
    let token = fresh_token().map_err(|error| ApiError::busy(error, 1))?;
    let requester = Requester::new(name, TokenDigest::of(&Secret::from(token.as_str())), rights);
    let mut shown = show(&requester);
    shown["token"] = json!(token);
    app.commit(vec![Record::Requester(requester)]).await?;
    Ok(Created::with_secrets(shown))
}

fn show(requester: &Requester) -> Value {
    json!({"name": requester.name, "rights": requester.rights})
}

/// Gives a requester a new token; the old one is worth nothing from then on.
#[utoipa::path(post, path = "/requesters/{name}/token", tag = "requesters",
    params(("name" = String, Path, description = "Name of a requester")),
    responses((status = 201, description = "The requester with its token.", body = schema::Requester)))]
pub(crate) async fn renew(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Created, ApiError> {
    caller.everywhere(Ability::Administer)?;
    let requester = find(&app, &name)?;
    store(&app, requester.name, requester.rights).await
}

fn find(app: &App, name: &str) -> Result<Requester, ApiError> {
    let found = RequesterName::parse(name).ok().map(|name| app.database.requester(&name)).transpose()?.flatten();
    found.ok_or_else(|| ApiError::not_found(format!("there is no requester {name:?}")))
}

/// Replaces the rights of a requester.
#[utoipa::path(patch, path = "/requesters/{name}", tag = "requesters", request_body = Change,
    params(("name" = String, Path, description = "Name of a requester")),
    responses((status = 200, description = "As it is now.", body = schema::Requester)))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    caller.everywhere(Ability::Administer)?;
    let change: Change = parse(&body)?;
    let mut requester = find(&app, &name)?;
    requester.rights = rights(change.rights)?;
    let shown = show(&requester);
    app.commit(vec![Record::Requester(requester)]).await?;
    Ok(Json(shown))
}

/// Removes a requester; its tasks go on.
#[utoipa::path(delete, path = "/requesters/{name}", tag = "requesters",
    params(("name" = String, Path, description = "Name of a requester")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    caller.everywhere(Ability::Administer)?;
    let requester = find(&app, &name)?;
    app.commit(vec![Record::RequesterRemoved(requester.name)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the requesters in the order of their names.
#[utoipa::path(get, path = "/requesters", tag = "requesters", params(Page),
    responses((status = 200, description = "A page of them.", body = schema::Requesters)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    caller.everywhere(Ability::Administer)?;
    let after = page.after::<String>()?;
    let requesters = app.database.requesters()?.into_iter();
    let rest = requesters.filter(|requester| after.as_deref().is_none_or(|after| requester.name.as_str() > after));
    let (requesters, next) = page.cut(rest.map(|requester| Ok((requester.name.to_string(), show(&requester)))))?;
    Ok(Json(json!({"requesters": requesters, "next": next})))
}

/// Shows who makes the request, and what it may do.
#[utoipa::path(get, path = "/requester", tag = "requesters",
    responses((status = 200, description = "The requester of the token.", body = schema::Requester)))]
pub(crate) async fn whoami(caller: Caller) -> Json<Value> {
    Json(show(&caller.requester))
}

/// Which entries of the audit.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Those of this requester; for administrators.
    requester: Option<String>,
    /// From this moment on, in milliseconds since 1970.
    from: Option<u64>,
    /// Before this moment, in milliseconds since 1970.
    until: Option<u64>,
}

/// An entry as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct Entry {
    at: String,
    /// In the order in which entries of one moment were made.
    number: u64,
    requester: String,
    action: String,
    target: String,
    #[schema(value_type = schema::AuditResult)]
    result: AuditResult,
}

/// A page of the audit.
#[derive(Serialize, ToSchema)]
pub(crate) struct Audit {
    entries: Vec<Entry>,
    /// For the `after` of the next page, if there is one.
    next: Option<String>,
}

impl From<AuditEntry> for Entry {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { key, requester, action, target, result, .. } = entry;
        Self { at: view::time(key.at), number: key.number, requester: requester.to_string(), action, target, result }
    }
}

/// Shows what requesters asked for, oldest first: administrators see all of it, others what they asked for themselves.
#[utoipa::path(get, path = "/audit", tag = "requesters", params(Wanted, Page),
    responses((status = 200, description = "A page of it.", body = Audit)))]
pub(crate) async fn audit(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    Query(page): Query<Page>,
) -> Result<Json<Audit>, ApiError> {
    let mut query = AuditQuery::default();
    query.requester = wanted.requester.map(|name| RequesterName::parse(&name)).transpose().map_err(ApiError::bad)?;
    if !caller.requester.may_everywhere(Ability::Administer) {
        if query.requester.as_ref().is_some_and(|name| name != caller.name()) {
            return Err(ApiError::forbidden("the audit of others is for administrators"));
        }
        query.requester = Some(caller.name().clone());
    }
    query.from = Instant::from_millis(wanted.from.unwrap_or_default());
    query.until = Instant::from_millis(wanted.until.unwrap_or(u64::MAX));
    query.limit = page.limit()?.saturating_add(1);
    query.after = page.after::<Place>()?.map(|place| place.0);
    let entries = app.database.audit(&query)?.into_iter().map(|entry| Ok((Place(entry.key), entry.into())));
    let (entries, next) = page.cut(entries)?;
    Ok(Json(Audit { entries, next }))
}

/// The place of an entry as text.
struct Place(AuditKey);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0.at.as_millis(), self.0.number)
    }
}

impl std::str::FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, number) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self(AuditKey { at: Instant::from_millis(at.parse()?), number: number.parse()? }))
    }
}
