//! `/pm`: what nodes measure. Samples, summaries, retention, and switching collection on and off; [`subscriptions`] are apart.
//!
//! Moments are written as devices write them, `YYYYMMDDThhmmss[.mmm]Z`. A node that the requester may not read has no samples
//! for it.

mod shape;
pub(super) mod subscriptions;

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query as Asked, State};
use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::DiagTime;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use xrem_server::directory::NodeId;
use xrem_server::performance::{
    Activation, Change, Cursor, PmStore as _, Query, Retention, Selection, Span, activate, deactivate, page, summarize,
};
use xrem_server::requester::{Ability, AuditResult};
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{Target, TaskRequest};

use super::{ApiError, Caller, Created, ErrorBody, Page, parse, schema, tasks};
use crate::app::App;

/// Intervals of all series in one answer.
const MAX_INTERVALS: usize = 10_000;

/// Lists what a node measures.
#[utoipa::path(get, path = "/pm/nodes/{node}", tag = "performance",
    params(("node" = String, Path, description = "NodeId")),
    responses((status = 200, description = "Its series.", body = shape::Measures)))]
pub(crate) async fn series(
    State(app): State<App>,
    caller: Caller,
    Path(node): Path<String>,
) -> Result<Json<shape::Measures>, ApiError> {
    let id = caller.node(&app, Ability::Read, &node)?;
    let mut series = Vec::new();
    for found in app.database.series(&id)? {
        let extent = app.database.extent(&found.key)?;
        series.push(shape::Series::new(found, extent));
    }
    let losses = app.database.losses(&id)?;
    let losses = losses.into_iter().map(|(function, loss)| shape::Loss::new(function, loss)).collect();
    Ok(Json(shape::Measures { node, series, losses }))
}

/// Which samples.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of these nodes, by NodeId, separated by commas.
    node: String,
    /// Of this performance function.
    function: Option<String>,
    /// Of this metric.
    metric: Option<String>,
    /// From this moment on, such as 20261122T101500Z.
    from: Option<String>,
    /// Before this moment.
    until: Option<String>,
}

impl Wanted {
    fn query(&self, app: &App, caller: &Caller) -> Result<Query, ApiError> {
        let mut nodes = Vec::new();
        for name in self.node.split(',') {
            nodes.extend(readable(app, caller, name)?);
        }
        let selection = Selection { function: self.function.clone(), metric: self.metric.clone() };
        let from = self.from.as_deref().map(|text| moment("from", text)).transpose()?.unwrap_or(Span::ALL.from);
        let until = self.until.as_deref().map(|text| moment("until", text)).transpose()?.unwrap_or(Span::ALL.until);
        Ok(Query::new(nodes).of(selection).within(Span::new(from, until)))
    }
}

/// The node that is called `name`, if there is one and the requester may read it.
fn readable(app: &App, caller: &Caller, name: &str) -> Result<Option<DevId>, ApiError> {
    let name = NodeId::parse(name).map_err(|why| ApiError::bad(format!("node {name:?}: {why}")))?;
    let Some(id) = app.database.node_by_name(&name)? else { return Ok(None) };
    let record = app.database.node(&id)?;
    Ok(caller.covers(Ability::Read, &id, record.as_ref()).then_some(id))
}

fn moment(what: &str, text: &str) -> Result<DiagTime, ApiError> {
    text.parse().map_err(|why| ApiError::bad(format!("{what} {text:?}: {why}")))
}

/// Gives samples of nodes, series by series, in order of time.
#[utoipa::path(get, path = "/pm/samples", tag = "performance", params(Wanted, Page),
    responses((status = 200, description = "A page of them; nothing of nodes that are outside the rights.",
        body = shape::Samples)))]
pub(crate) async fn samples(
    State(app): State<App>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    Asked(paging): Asked<Page>,
) -> Result<Json<shape::Samples>, ApiError> {
    let query = wanted.query(&app, &caller)?.pages_of(paging.limit()?).after(paging.after::<Cursor>()?);
    let found = page(&app.database, &query, |_| true)?;
    let mut series = Vec::new();
    for (of, samples) in found.series {
        let node = app.database.name_of(&of.key.node)?;
        series.push(shape::SeriesSamples::new(&node, of, &samples));
    }
    Ok(Json(shape::Samples { series, next: found.next.as_ref().map(Page::next) }))
}

/// How long intervals are.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Every {
    /// Seconds of an interval; intervals begin at multiples of it since 1970.
    #[param(minimum = 1, maximum = 31622400)]
    every: u32,
}

/// Gives least, greatest, mean and number of the samples of every interval that has some.
#[utoipa::path(get, path = "/pm/summary", tag = "performance", params(Wanted, Every),
    responses((status = 200, description = "At most 10 000 intervals; nothing of nodes that are outside the rights.",
        body = shape::Summaries)))]
pub(crate) async fn summary(
    State(app): State<App>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
    Asked(every): Asked<Every>,
) -> Result<Json<shape::Summaries>, ApiError> {
    if !(1..=31_622_400).contains(&every.every) {
        return Err(ApiError::bad(format!("every is {}; it is 1 to 31622400 seconds", every.every)));
    }
    let every = Duration::from_secs(every.every.into());
    let query = wanted.query(&app, &caller)?;
    let mut room = MAX_INTERVALS;
    let mut series = Vec::new();
    for node in &query.nodes {
        let name = app.database.name_of(node)?;
        for found in app.database.series(node)?.into_iter().filter(|found| query.selection.covers(&found.key)) {
            let intervals =
                if room == 0 { Vec::new() } else { summarize(&app.database, &found.key, query.span, every, room)? };
            room -= intervals.len().min(room);
            if !intervals.is_empty() {
                series.push(shape::SeriesSummary::new(&name, found, &intervals));
            }
        }
    }
    Ok(Json(shape::Summaries { series }))
}

/// Tells how long samples are kept.
#[utoipa::path(get, path = "/pm/retention", tag = "performance",
    responses((status = 200, description = "As it is now.", body = shape::Retention)))]
pub(crate) async fn retention(State(app): State<App>, _: Caller) -> Result<Json<shape::Retention>, ApiError> {
    Ok(Json(app.database.retention()?.into()))
}

/// Says how long samples are kept; what is older or more is removed within the hour.
#[utoipa::path(put, path = "/pm/retention", tag = "performance", request_body = shape::Retention,
    responses((status = 200, description = "It is stored.", body = shape::Retention),
        (status = 403, description = "It concerns the whole server.", body = ErrorBody)))]
pub(crate) async fn retain(
    State(app): State<App>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<shape::Retention>, ApiError> {
    caller.everywhere(Ability::Administer)?;
    let wanted: shape::Retention = parse(&body)?;
    let retention: Retention = wanted.into();
    let audit = caller.audit(&app, "pm retention", "samples", AuditResult::Done);
    app.commit(vec![Record::Performance(Change::Retention(retention)), audit]).await?;
    Ok(Json(retention.into()))
}

/// How a performance function of some nodes is to collect.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Activation)]
struct Activate {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// The function's place in the tree, such as `./DiagMon/memory`.
    function: String,
    /// Seconds between samples.
    #[schema(minimum = 1, maximum = 86400)]
    period: u32,
    /// Seconds between uploads; 0: none by itself.
    #[schema(maximum = 86400)]
    upload: Option<u32>,
    /// Samples that a device holds.
    keep: Option<u32>,
}

/// Which performance function of some nodes is to stop collecting.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Deactivation)]
struct Deactivate {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// The function's place in the tree, such as `./DiagMon/memory`.
    function: String,
}

/// Switches a performance function on; the answer is the task that does it.
#[utoipa::path(post, path = "/pm/activate", tag = "performance", request_body = Activate,
    responses((status = 201, description = "It is stored.", body = schema::TaskLine),
        (status = 403, description = "A node is outside the rights.", body = ErrorBody),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn switch_on(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let Activate { target, function, period, upload, keep } = parse(&body)?;
    if !(1..=86_400).contains(&period) || upload.is_some_and(|upload| upload > 86_400) {
        return Err(ApiError::bad("period is 1 to 86400 seconds, upload 0 to 86400"));
    }
    let mut activation = Activation::new(function, period);
    (activation.upload, activation.keep) = (upload, keep);
    send(&app, &caller, TaskRequest::new(target, activate(&activation))).await
}

/// Switches a performance function off; the answer is the task that does it.
#[utoipa::path(post, path = "/pm/deactivate", tag = "performance", request_body = Deactivate,
    responses((status = 201, description = "It is stored.", body = schema::TaskLine),
        (status = 403, description = "A node is outside the rights.", body = ErrorBody),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn switch_off(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let Deactivate { target, function } = parse(&body)?;
    send(&app, &caller, TaskRequest::new(target, deactivate(&function))).await
}

async fn send(app: &App, caller: &Caller, task: TaskRequest) -> Result<Created, ApiError> {
    let permit = caller.permit(app, Ability::Configure, &task.target)?;
    let submission = app.nrem.submit(App::now(), app.next_task(), task, permit).map_err(ApiError::bad)?;
    tasks::accept(app, caller, submission).await
}
