//! `/faults`: the alarms that are raised, their history, and the person who takes note of one.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::DiagTime;
use omadm_tree::uri::NodeUri;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use xrem_server::fault::{
    self, Alarm, AlarmKey, Filter, FmStore as _, HistoryQuery, Sources, Transition, TransitionKey, TrapSettings,
};
use xrem_server::requester::{Ability, AuditResult};
use xrem_server::session::Importance;
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{CommandSpec, Target, TaskRequest};

use super::{ApiError, Caller, Created, ErrorBody, Page, parse, schema, tasks, view};
use crate::app::App;
use crate::store::StoreError;
use crate::stream::Wanted;

/// Which faults.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Selection {
    /// That matter at least so much: fatal, critical, minor, warning, informational, harmless or indeterminate.
    pub(super) min_severity: Option<String>,
    /// Of these nodes, separated by commas.
    pub(super) node: Option<String>,
    /// Of the nodes of a group.
    pub(super) group: Option<String>,
    /// Of these traps or types of alerts, separated by commas.
    #[serde(rename = "type")]
    pub(super) types: Option<String>,
}

impl Selection {
    /// What that is for `caller`, with events of all kinds.
    pub(super) fn wanted(&self, app: &App, caller: &Caller) -> Result<Wanted, ApiError> {
        let (faults, reader) = (self.filter(app, caller)?, Arc::clone(&caller.requester));
        Ok(Wanted { kinds: BTreeSet::new(), faults, group: self.group.clone(), reader })
    }

    fn filter(&self, app: &App, caller: &Caller) -> Result<Filter, ApiError> {
        let mut filter = Filter::ALL;
        if let Some(word) = &self.min_severity {
            filter = filter.severity_from(severity(word)?);
        }
        let words = |text: &str| text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        if let Some(nodes) = &self.node {
            let readable = |name: &String| caller.node(app, Ability::Read, name);
            filter = filter.of_nodes(words(nodes).iter().map(readable).collect::<Result<Vec<_>, ApiError>>()?);
        }
        if let Some(types) = &self.types {
            filter = filter.of_types(words(types));
        }
        Ok(filter)
    }
}

fn severity(word: &str) -> Result<Importance, ApiError> {
    let found = Importance::of_mark(Some(word));
    if found.as_str().eq_ignore_ascii_case(word.trim()) {
        return Ok(found);
    }
    let all = "fatal, critical, minor, warning, informational, harmless, indeterminate";
    Err(ApiError::bad(format!("{word:?} is no severity; it is one of {all}")))
}

/// In which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Ordering {
    /// `oldest` first; by default the newest come first.
    order: Option<String>,
}

/// A key as the place where a page begins.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Cursor<K>(K);

impl<K: DeserializeOwned> FromStr for Cursor<K> {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }
}

impl<K: Serialize> fmt::Display for Cursor<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

/// Lists the alarms that are raised, by node and trap.
#[utoipa::path(get, path = "/faults", tag = "faults", params(Selection, Page),
    responses((status = 200, description = "A page of them.", body = schema::Faults),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(selection): Query<Selection>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    let wanted = selection.wanted(&app, &caller)?;
    let after = page.after::<Cursor<AlarmKey>>()?.map(|cursor| cursor.0);
    let alarms = app.database.current(&wanted.faults, after.as_ref(), page.limit()? + 1)?;
    let rows = alarms.into_iter().map(|entry| {
        let readable = wanted.node(&app, &entry.newest.alarm.device)?;
        let shown = readable.then(|| alarm(&app, &entry)).transpose()?;
        Ok((Cursor(entry.newest.alarm), shown))
    });
    let (faults, next) = page.cut(rows)?;
    Ok(Json(json!({"faults": faults.into_iter().flatten().collect::<Vec<_>>(), "next": next})))
}

/// Shows the transitions of alarms, newest first.
#[utoipa::path(get, path = "/faults/history", tag = "faults", params(Selection, Ordering, Page),
    responses((status = 200, description = "A page of them.", body = schema::Transitions),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn history(
    State(app): State<App>,
    caller: Caller,
    Query(selection): Query<Selection>,
    Query(ordering): Query<Ordering>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    let wanted = selection.wanted(&app, &caller)?;
    let after = page.after::<Cursor<TransitionKey>>()?.map(|cursor| cursor.0);
    let query = HistoryQuery::new(wanted.faults.clone()).page(after, page.limit()? + 1);
    let query = match ordering.order.as_deref() {
        None | Some("newest") => query.newest_first(),
        Some("oldest") => query,
        Some(other) => return Err(ApiError::bad(format!("order is {other:?}; it is newest or oldest"))),
    };
    let rows = app.database.history(&query)?.into_iter().map(|entry| {
        let readable = wanted.node(&app, &entry.alarm.device)?;
        let shown = readable.then(|| transition(&app, &entry)).transpose()?;
        Ok((Cursor(entry.key()), shown))
    });
    let (transitions, next) = page.cut(rows)?;
    Ok(Json(json!({"transitions": transitions.into_iter().flatten().collect::<Vec<_>>(), "next": next})))
}

/// An alarm that somebody takes note of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Acknowledgement)]
struct Named {
    node: String,
    trap: String,
}

/// Notes that a person has taken note of an alarm.
#[utoipa::path(post, path = "/faults/acknowledge", tag = "faults", request_body = Named,
    responses((status = 200, description = "The alarm.", body = schema::Fault),
        (status = 404, description = "There is no such node or alarm.", body = ErrorBody)))]
pub(crate) async fn acknowledge(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Json<Value>, ApiError> {
    let Named { node, trap } = parse(&body)?;
    let key = AlarmKey::new(caller.node(&app, Ability::Operate, &node)?, trap);
    // Whoever reports for the device holds one of these.
    let _own = app.locks.lock(&key.device).await;
    let _gateway = match app.database.place(&key.device)? {
        Some(place) => Some(app.locks.lock(&place.gateway).await),
        None => None,
    };
    let mut alarms: fault::Alarms = app.database.alarm(&key)?.into_iter().collect();
    if !alarms.acknowledge(App::now(), &key, caller.name().to_string()) {
        return Err(ApiError::not_found(format!("{node} has no alarm {:?}", key.trap)));
    }
    let mut records: Vec<Record> = alarms.drain().collect();
    records.push(caller.audit(&app, "acknowledge fault", format!("{node} {}", key.trap), AuditResult::Done));
    app.commit(records).await?;
    let found = app.database.alarm(&key)?.map(|found| alarm(&app, &found)).transpose()?;
    Ok(Json(json!(found)))
}

/// What a trap is told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TrapRequest {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// URI of the trap, such as `./DiagMon/Traps/overtemperature`.
    trap: String,
}

/// How a trap is armed; what is absent stays as it is on the nodes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TrapSettingsRequest {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// URI of the trap, such as `./DiagMon/Traps/overtemperature`.
    trap: String,
    /// Metric, operator and number, such as `temperature > 80`; or `event`.
    condition: Option<String>,
    /// Distance back over the threshold before it clears.
    hysteresis: Option<f64>,
    /// Seconds that the condition must hold before it raises.
    hold_secs: Option<u32>,
    /// How much its alerts matter.
    severity: Option<String>,
}

/// Arms a trap on a set of nodes.
#[utoipa::path(post, path = "/faults/activate", tag = "faults", request_body = TrapSettingsRequest,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn activate(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let request: TrapSettingsRequest = parse(&body)?;
    let mut settings = TrapSettings::default();
    if let Some(text) = &request.condition {
        settings.condition = Some(text.parse().map_err(ApiError::bad)?);
    }
    if let Some(distance) = request.hysteresis {
        let distance = omadm_tree::mo::diag_mon::Decimal::new(distance).map_err(ApiError::bad)?;
        settings = settings.hysteresis(distance);
    }
    settings.hold_secs = request.hold_secs;
    settings.severity = request.severity.as_deref().map(severity).transpose()?;
    let TrapSettingsRequest { target, trap, .. } = request;
    submit(&app, &caller, TrapRequest { target, trap }, |trap| fault::activate(trap, &settings)).await
}

/// Disarms a trap on a set of nodes.
#[utoipa::path(post, path = "/faults/deactivate", tag = "faults", request_body = TrapRequest,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn deactivate(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    submit(&app, &caller, parse(&body)?, fault::deactivate).await
}

/// Asks a trap for its state. The task is over when the device has told it, in answer or by itself.
#[utoipa::path(post, path = "/faults/poll", tag = "faults", request_body = TrapRequest,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn poll(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    submit(&app, &caller, parse(&body)?, fault::poll).await
}

async fn submit(
    app: &App,
    caller: &Caller,
    request: TrapRequest,
    commands: impl FnOnce(&str) -> Vec<CommandSpec>,
) -> Result<Created, ApiError> {
    let trap = request.trap.trim_end_matches('/');
    NodeUri::parse(trap).map_err(|error| ApiError::bad(format!("trap {trap:?} is not a URI of the tree: {error}")))?;
    let task = TaskRequest::new(request.target, commands(trap));
    let permit = caller.permit(app, Ability::Configure, &task.target)?;
    let submission = app.nrem.submit(App::now(), app.next_task(), task, permit).map_err(ApiError::bad)?;
    tasks::accept(app, caller, submission).await
}

/// A raised alarm, or one that is over.
pub(crate) fn alarm(app: &App, alarm: &Alarm) -> Result<Value, StoreError> {
    let mut view = transition(app, &alarm.newest)?;
    let Sources { autonomous, requested, .. } = alarm.sources;
    let told = [(autonomous, "autonomous"), (requested, "requested")];
    view["sources"] = json!(told.into_iter().filter(|(told, _)| *told).map(|(_, name)| name).collect::<Vec<_>>());
    if let Some(taken) = &alarm.acknowledged {
        view["acknowledged"] = json!({"by": taken.by, "at": view::time(taken.at)});
    }
    Ok(view)
}

/// One transition.
pub(crate) fn transition(app: &App, transition: &Transition) -> Result<Value, StoreError> {
    let own_time = |at: DiagTime| view::time(Instant::from_millis(at.as_unix_millis()));
    let mut view = json!({
        "node": app.database.name_of(&transition.alarm.device)?,
        "trap": transition.alarm.trap,
        "state": transition.state,
        "severity": transition.severity,
        "generation": transition.generation,
        "seq": transition.seq,
        "at": transition.at.map(own_time),
        "arrived": view::time(transition.arrived),
        "origin": transition.origin,
        "source": transition.source,
    });
    let texts = [("type", &transition.type_name), ("cause", &transition.cause), ("problem", &transition.problem)];
    for (name, text) in texts {
        if let Some(text) = text {
            view[name] = json!(text);
        }
    }
    if let Some(value) = transition.value {
        view["value"] = json!(value);
    }
    Ok(view)
}
