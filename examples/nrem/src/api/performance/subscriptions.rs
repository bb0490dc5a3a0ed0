//! `/pm/subscriptions`: what a requester is told by itself. News have numbers without gaps, so whoever reads on from the
//! last number it knows gets each of them once.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query as Asked, State};
use axum::http::StatusCode;
use omadm_tree::mo::diag_mon::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use xrem_server::performance::{
    Change, Direction, News, Notice, PmStore as _, Policy, Position, Selection, SeriesKey, Subscription, SubscriptionId,
};
use xrem_server::requester::{Ability, AuditResult, RequesterName};
use xrem_server::store::{Record, Store as _};
use xrem_server::task::Target;

use super::super::{ApiError, Caller, Created, ErrorBody, parse, schema};
use super::moment;
use super::shape::{Figures, Sample};
use crate::app::App;
use crate::measuring;
use crate::store::StoreError;

/// News in one answer.
const MAX_NEWS: usize = 1000;

/// When there is news: an object with one of these fields.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[schema(as = PmPolicy)]
pub(crate) enum Shape {
    /// A summary of every interval.
    Summary {
        /// Seconds of an interval.
        every: u32,
        /// Seconds from its end to the summary, so that what devices upload at the end is in it; by default 300.
        delay: Option<u32>,
    },
    /// A value crosses a limit.
    Threshold {
        /// A value is beyond it when it is greater.
        limit: f64,
        /// rising, falling or both; by default rising.
        #[schema(value_type = Option<Crossing>)]
        direction: Option<Direction>,
    },
    /// A value changes.
    Change {
        /// By at least so much since it was told last; by default at all.
        by: Option<f64>,
    },
}

/// Which way a value crosses a limit.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "the document alone reads it")]
enum Crossing {
    Rising,
    Falling,
    Both,
}

impl Shape {
    fn policy(self) -> Result<Policy, ApiError> {
        let number = |number: f64| Decimal::new(number).map_err(ApiError::bad);
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let policy = match self {
            Self::Summary { every, delay } => {
                Policy::Summary { every: seconds(every), delay: seconds(delay.unwrap_or(300)) }
            }
            Self::Threshold { limit, direction } => {
                Policy::Threshold { limit: number(limit)?, direction: direction.unwrap_or(Direction::Rising) }
            }
            Self::Change { by } => Policy::Change { by: number(by.unwrap_or_default())? },
        };
        policy.check().map_err(ApiError::bad)?;
        Ok(policy)
    }

    fn of(policy: Policy) -> Self {
        let seconds = |span: Duration| u32::try_from(span.as_secs()).unwrap_or(u32::MAX);
        match policy {
            Policy::Summary { every, delay } => Self::Summary { every: seconds(every), delay: Some(seconds(delay)) },
            Policy::Threshold { limit, direction } => {
                Self::Threshold { limit: limit.as_f64(), direction: Some(direction) }
            }
            Policy::Change { by } => Self::Change { by: Some(by.as_f64()) },
            // What a later version knows is shown as the widest wish.
            _ => Self::Change { by: None },
        }
    }
}

/// A wish to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PmSubscriptionRequest)]
struct Request {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// Of this performance function; absent for all.
    function: Option<String>,
    /// Of this metric; absent for all.
    metric: Option<String>,
    policy: Shape,
    /// Samples before this moment are no news; by default now.
    from: Option<String>,
}

/// A subscription.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSubscription)]
pub(crate) struct Shown {
    id: u64,
    /// Who is told; null for the server's operator.
    requester: Option<String>,
    #[schema(value_type = schema::Target)]
    target: Target,
    function: Option<String>,
    metric: Option<String>,
    policy: Shape,
    from: String,
    /// News so far; the newest has this number.
    notices: u64,
}

/// Subscriptions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmSubscriptions)]
pub(crate) struct List {
    subscriptions: Vec<Shown>,
}

impl Shown {
    fn new(it: Subscription, position: Position) -> Self {
        Self {
            id: it.id.get(),
            requester: it.requester.map(String::from),
            target: it.target,
            function: it.selection.function,
            metric: it.selection.metric,
            policy: Shape::of(it.policy),
            from: it.from.to_string(),
            notices: position.notices,
        }
    }
}

/// Subscribes: from now on there is news of what the target measures, as far as the requester may read it.
#[utoipa::path(post, path = "/pm/subscriptions", tag = "performance", request_body = Request,
    responses((status = 201, description = "It is stored.", body = Shown)))]
pub(crate) async fn subscribe(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let request: Request = parse(&body)?;
    let policy = request.policy.policy()?;
    let from = request.from.as_deref().map(|text| moment("from", text)).transpose()?.unwrap_or_else(measuring::now);
    // The operator hears of everything, whatever rights a requester of its name may have.
    let name = Some(caller.name().clone()).filter(|name| *name != RequesterName::operator());
    let selection = Selection { function: request.function, metric: request.metric };
    let subscription = Subscription::new(app.next_subscription(), request.target, policy, from);
    let subscription = subscription.of(selection).on_behalf_of(name);
    let shown = json!(Shown::new(subscription.clone(), Position::default()));
    let target = subscription.target.to_string();
    let audit = caller.audit(&app, "pm subscribe", target, AuditResult::Done);
    let records = vec![Record::Performance(Change::Subscription(subscription)), audit];
    let created = Created::commit(&app, &caller, records, Vec::new(), shown).await?;
    app.measured.notify_one();
    Ok(created)
}

/// Whether the caller may know of a subscription: its own, or anyone's for those who may administer.
fn may_see(caller: &Caller, it: &Subscription) -> bool {
    let own = it.requester.clone().unwrap_or_else(RequesterName::operator) == *caller.name();
    own || caller.everywhere(Ability::Administer).is_ok()
}

fn find(app: &App, caller: &Caller, id: &str) -> Result<(Subscription, Position), ApiError> {
    let number: u64 = id.parse().map_err(|_| ApiError::bad(format!("{id:?} is not the number of a subscription")))?;
    let all = app.database.subscriptions()?;
    let found = all.into_iter().find(|(it, _)| it.id.get() == number && may_see(caller, it));
    found.ok_or_else(|| ApiError::not_found(format!("there is no subscription {number}")))
}

/// Lists the requester's subscriptions.
#[utoipa::path(get, path = "/pm/subscriptions", tag = "performance",
    responses((status = 200, description = "Its own; all of them for those who administer the server.", body = List)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<List>, ApiError> {
    let all = app.database.subscriptions()?.into_iter().filter(|(it, _)| may_see(&caller, it));
    Ok(Json(List { subscriptions: all.map(|(it, position)| Shown::new(it, position)).collect() }))
}

/// Shows a subscription.
#[utoipa::path(get, path = "/pm/subscriptions/{id}", tag = "performance",
    params(("id" = u64, Path, description = "Number of a subscription")),
    responses((status = 200, description = "As it is now.", body = Shown)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Shown>, ApiError> {
    let (it, position) = find(&app, &caller, &id)?;
    Ok(Json(Shown::new(it, position)))
}

/// Ends a subscription; its news are forgotten.
#[utoipa::path(delete, path = "/pm/subscriptions/{id}", tag = "performance",
    params(("id" = u64, Path, description = "Number of a subscription")),
    responses((status = 204, description = "It is over.")))]
pub(crate) async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let (it, _) = find(&app, &caller, &id)?;
    let audit = caller.audit(&app, "pm unsubscribe", it.target.to_string(), AuditResult::Done);
    app.commit(vec![Record::Performance(Change::Unsubscribed(it.id)), audit]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which news.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Behind {
    /// Those with numbers above this; by default all that are kept.
    after: Option<u64>,
    /// At most so many, 1 to 1000; by default 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// News of a subscription.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmNotices)]
pub(crate) struct Notices {
    notices: Vec<Told>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmNotice)]
pub(crate) struct Told {
    subscription: u64,
    /// From 1 without gaps.
    number: u64,
    #[serde(flatten)]
    news: ToldNews,
}

/// What happened: one of these fields.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PmNews)]
pub(crate) enum ToldNews {
    /// An interval is over.
    Summary { from: String, until: String, metrics: Vec<ToldMetric> },
    /// A value crossed the limit; direction is rising or falling.
    Crossed { node: String, function: String, metric: String, sample: Sample, direction: String },
    /// A value changed; before is what was told before.
    Changed { node: String, function: String, metric: String, sample: Sample, before: Option<f64> },
}

/// One metric over all nodes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PmMetricSummary)]
pub(crate) struct ToldMetric {
    function: String,
    metric: String,
    unit: Option<String>,
    /// How many nodes have samples in it.
    nodes: u64,
    #[serde(flatten)]
    figures: Figures,
}

/// What `notice` looks like for applications.
pub(crate) fn told(app: &App, notice: Notice) -> Result<Option<Told>, StoreError> {
    let name = |series: &SeriesKey| app.database.name_of(&series.node).map(|name| name.to_string());
    let news = match notice.news {
        News::Summary { from, until, metrics } => {
            let metrics = metrics.into_iter().map(|it| ToldMetric {
                function: it.function,
                metric: it.metric,
                unit: it.unit,
                nodes: it.nodes,
                figures: it.statistics.into(),
            });
            ToldNews::Summary { from: from.to_string(), until: until.to_string(), metrics: metrics.collect() }
        }
        News::Crossed { series, sample, direction } => ToldNews::Crossed {
            node: name(&series)?,
            function: series.function,
            metric: series.metric,
            sample: (&sample).into(),
            direction: if direction == Direction::Falling { "falling".into() } else { "rising".into() },
        },
        News::Changed { series, sample, before } => ToldNews::Changed {
            node: name(&series)?,
            function: series.function,
            metric: series.metric,
            sample: (&sample).into(),
            before: before.map(Decimal::as_f64),
        },
        _ => return Ok(None),
    };
    Ok(Some(Told { subscription: notice.subscription.get(), number: notice.number, news }))
}

/// Gives the news of a subscription, oldest first.
#[utoipa::path(get, path = "/pm/subscriptions/{id}/notices", tag = "performance",
    params(("id" = u64, Path, description = "Number of a subscription"), Behind),
    responses((status = 200, description = "Those that are kept.", body = Notices),
        (status = 404, description = "There is no such subscription.", body = ErrorBody)))]
pub(crate) async fn notices(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(behind): Asked<Behind>,
) -> Result<Json<Notices>, ApiError> {
    let (it, _) = find(&app, &caller, &id)?;
    let limit = behind.limit.unwrap_or(MAX_NEWS);
    if !(1..=MAX_NEWS).contains(&limit) {
        return Err(ApiError::bad(format!("limit is {limit}; it is 1 to {MAX_NEWS}")));
    }
    let mut notices = Vec::new();
    for notice in app.database.notices(SubscriptionId::new(it.id.get()), behind.after.unwrap_or(0), limit)? {
        notices.extend(told(&app, notice)?);
    }
    Ok(Json(Notices { notices }))
}
