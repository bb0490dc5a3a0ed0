//! `/campaigns`: a release for many nodes, in waves.

mod release;

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xrem_server::campaign::{
    Campaign, CampaignId, CampaignRequest, CampaignState, CampaignStore as _, Counts, Plan, Rate, Reason, Standing,
    StateError, Wave, Window,
};
use xrem_server::requester::{Ability, AuditResult};
use xrem_server::store::{Record, Store as _};
use xrem_server::task::Target;

use super::{ApiError, Caller, Created, ErrorBody, Page, parse, schema, view};
use crate::app::App;

/// A campaign as it is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignRequest)]
struct Request {
    /// What people call it.
    name: String,
    #[schema(value_type = schema::Target)]
    target: Target,
    /// The version that nodes show in FwV when they run it; left out: that of the image.
    version: Option<String>,
    /// The name of the whole image.
    image: String,
    /// Smaller ways to it. Left out: all deltas that are here and make it; an empty list: none.
    deltas: Option<Vec<release::Delta>>,
    /// The root of the FUMO object, by default `./FUMO`.
    fumo: Option<String>,
    #[serde(default)]
    plan: PlanShape,
}

/// How carefully. What is left out is as in the example.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CampaignPlan)]
struct PlanShape {
    /// Nodes of the first wave, which all end before the second begins; 0 is none.
    #[schema(example = 5)]
    canary: usize,
    /// Nodes of each other wave.
    #[schema(example = 100)]
    wave: usize,
    /// The next wave begins when so many in a thousand of the open ones have ended.
    #[schema(example = 1000)]
    proceed_at_per_mille: u16,
    /// It is stopped when more than so many in a thousand of the nodes that have begun failed.
    #[schema(example = 50)]
    abort_above_per_mille: u16,
    /// No more nodes than that begin in a time.
    rate: Option<RateShape>,
    /// Nodes begin in this time of the day only.
    window: Option<WindowShape>,
    /// How long a step of a node is waited for.
    #[schema(example = 86_400)]
    patience_seconds: u64,
}

/// So many nodes in so much time.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignRate)]
struct RateShape {
    nodes: usize,
    seconds: u64,
}

/// A time of the day in UTC.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignWindow)]
struct WindowShape {
    /// Seconds from midnight to its start.
    start: u64,
    /// Seconds that it is open.
    length: u64,
}

impl Default for PlanShape {
    fn default() -> Self {
        Self::of(&Plan::default())
    }
}

impl PlanShape {
    fn of(plan: &Plan) -> Self {
        let window = |window: Window| WindowShape { start: window.start.as_secs(), length: window.length.as_secs() };
        Self {
            canary: plan.canary,
            wave: plan.wave,
            proceed_at_per_mille: plan.proceed_at,
            abort_above_per_mille: plan.abort_above,
            rate: plan.rate.map(|rate| RateShape { nodes: rate.nodes, seconds: rate.per.as_secs() }),
            window: plan.window.map(window),
            patience_seconds: plan.patience.as_secs(),
        }
    }

    fn plan(&self) -> Plan {
        let mut plan = Plan::default();
        plan.canary = self.canary;
        plan.wave = self.wave;
        plan.proceed_at = self.proceed_at_per_mille;
        plan.abort_above = self.abort_above_per_mille;
        plan.rate = self.rate.as_ref().map(|it| Rate { nodes: it.nodes, per: Duration::from_secs(it.seconds) });
        let window =
            |it: &WindowShape| Window { start: Duration::from_secs(it.start), length: Duration::from_secs(it.length) };
        plan.window = self.window.as_ref().map(window);
        plan.patience = Duration::from_secs(self.patience_seconds);
        plan
    }
}

/// A campaign as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Campaign)]
pub(crate) struct CampaignShape {
    id: u64,
    name: String,
    /// `running`, `paused`, `finished`, `aborted` or `cancelled`.
    #[schema(value_type = String)]
    state: CampaignState,
    /// When it was begun.
    begun: String,
    /// When its last node had its result.
    ended: Option<String>,
    version: String,
    image: String,
    plan: PlanShape,
    counts: CountsShape,
    /// Waves so far, those that are not over included.
    waves: u32,
}

/// How many nodes stand where.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignCounts)]
struct CountsShape {
    total: usize,
    /// In no wave yet.
    waiting: usize,
    running: usize,
    upgraded: usize,
    /// Ran the version before.
    already: usize,
    failed: usize,
    /// Gave no answer in time.
    unreached: usize,
    /// Had not begun when it ended.
    cancelled: usize,
    /// Needed the whole image because their delta failed; counted above as well.
    retried: usize,
}

/// A page of campaigns.
#[derive(Serialize, ToSchema)]
pub(crate) struct Campaigns {
    campaigns: Vec<CampaignShape>,
    /// For the `after` of the next page, if there is one.
    next: Option<String>,
}

/// A wave of a campaign, node by node.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignWave)]
pub(crate) struct WaveShape {
    number: u32,
    begun: String,
    nodes: Vec<NodeShape>,
}

/// A node in a wave.
#[derive(Serialize, ToSchema)]
#[schema(as = CampaignNode)]
struct NodeShape {
    id: String,
    /// `asked`, `chosen`, `installing delta`, `delta failed`, `installing`, `reported`, `verifying`, `upgraded`, `already`,
    /// `failed`, `unreached`, `cancelled` or `put back`.
    state: &'static str,
    /// Why it failed.
    reason: Option<String>,
    /// When it came there.
    since: String,
}

/// What to do with a campaign.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CampaignWish)]
enum Wish {
    Pause,
    Resume,
    Cancel,
}

impl Wish {
    const fn word(&self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }
}

/// A change of a campaign.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignChange)]
struct Change {
    wish: Wish,
}

fn counts(campaign: &Campaign, counts: Counts) -> CountsShape {
    CountsShape {
        total: campaign.nodes.len(),
        waiting: campaign.waiting(),
        running: counts.running,
        upgraded: counts.upgraded,
        already: counts.already,
        failed: counts.failed,
        unreached: counts.unreached,
        cancelled: counts.cancelled,
        retried: counts.retried,
    }
}

fn show(app: &App, campaign: &Campaign) -> Result<CampaignShape, ApiError> {
    let mut open = Vec::new();
    for number in &campaign.open {
        open.extend(app.database.wave(campaign.id, *number)?);
    }
    Ok(CampaignShape {
        id: campaign.id.get(),
        name: campaign.name.clone(),
        state: campaign.state,
        begun: view::time(campaign.begun),
        ended: campaign.ended.map(view::time),
        version: campaign.release.version.clone(),
        image: campaign.release.full.name.clone(),
        plan: PlanShape::of(&campaign.plan),
        counts: counts(campaign, campaign.totals(&open)),
        waves: campaign.waves,
    })
}

/// Begins a campaign.
#[utoipa::path(post, path = "/campaigns", tag = "campaigns", request_body = Request,
    responses((status = 201, description = "It is stored and begins.", body = CampaignShape),
        (status = 404, description = "There is no such node or image.", body = ErrorBody)))]
pub(crate) async fn begin(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let asked: Request = parse(&body)?;
    let (version, fumo) = (asked.version.as_deref(), asked.fumo.as_deref());
    let release = release::of(&app, (&asked.image, version, fumo), asked.deltas.as_deref())?;
    let mut request = CampaignRequest::new(asked.name, release);
    request.plan = asked.plan.plan();
    let permit = caller.permit(&app, Ability::Upgrade, &asked.target)?;
    let _alone = app.campaigns.lock().await;
    let id = CampaignId::new(app.database.last_campaign()? + 1);
    let campaign = Campaign::new(App::now(), id, request, &permit).map_err(ApiError::bad)?;
    let shown = serde_json::to_value(show(&app, &campaign)?).map_err(ApiError::bad)?;
    let done = caller.audit(&app, format!("campaign {id}"), asked.target.to_string(), AuditResult::Done);
    let records = vec![Record::Campaign(Box::new(campaign)), done];
    let created = Created::commit(&app, &caller, records, Vec::new(), shown).await?;
    app.campaign_bell.notify_one();
    Ok(created)
}

/// Lists the campaigns in the order of their numbers.
#[utoipa::path(get, path = "/campaigns", tag = "campaigns", params(Page),
    responses((status = 200, description = "A page of those that the requester may see.", body = Campaigns)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<Campaigns>, ApiError> {
    let rows = app.database.campaigns_after(page.after::<u64>()?.map(CampaignId::new))?;
    let (campaigns, next) = page.cut_wanted(rows.map(|campaign| {
        let campaign = campaign?;
        let shown = may_see(&caller, &campaign).then(|| show(&app, &campaign)).transpose()?;
        Ok((campaign.id, shown))
    }))?;
    Ok(Json(Campaigns { campaigns, next }))
}

/// Shows a campaign.
#[utoipa::path(get, path = "/campaigns/{id}", tag = "campaigns",
    params(("id" = u64, Path, description = "Number of a campaign")),
    responses((status = 200, description = "As it is now.", body = CampaignShape)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<CampaignShape>, ApiError> {
    Ok(Json(show(&app, &find(&app, &caller, &id)?)?))
}

/// Pauses, resumes or cancels a campaign. What has begun at a node goes on.
#[utoipa::path(patch, path = "/campaigns/{id}", tag = "campaigns", request_body = Change,
    params(("id" = u64, Path, description = "Number of a campaign")),
    responses((status = 200, description = "As it is now.", body = CampaignShape),
        (status = 409, description = "It is over, or not paused.", body = ErrorBody)))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<CampaignShape>, ApiError> {
    let change: Change = parse(&body)?;
    let mut known = app.campaigns.lock().await;
    let mut campaign = find(&app, &caller, &id)?;
    known.remove(&campaign.id);
    let now = App::now();
    let changed: Result<(), StateError> = match change.wish {
        Wish::Pause => campaign.pause(),
        Wish::Resume => campaign.resume(now),
        Wish::Cancel => campaign.cancel(now),
    };
    changed.map_err(ApiError::conflict)?;
    let done = caller.audit(&app, format!("{} campaign {id}", change.wish.word()), String::new(), AuditResult::Done);
    app.commit(vec![Record::Campaign(Box::new(campaign.clone())), done]).await?;
    app.campaign_bell.notify_one();
    Ok(Json(show(&app, &campaign)?))
}

/// Shows a wave of a campaign, node by node.
#[utoipa::path(get, path = "/campaigns/{id}/waves/{number}", tag = "campaigns",
    params(("id" = u64, Path, description = "Number of a campaign"),
        ("number" = u32, Path, description = "Number of a wave, from 1")),
    responses((status = 200, description = "As it is now.", body = WaveShape)))]
pub(crate) async fn wave(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
) -> Result<Json<WaveShape>, ApiError> {
    let campaign = find(&app, &caller, &id)?;
    let wave = number.parse().ok().and_then(|number| app.database.wave(campaign.id, number).transpose());
    let wave = wave.transpose()?;
    let wave: Wave = wave.ok_or_else(|| ApiError::not_found(format!("campaign {id} has no wave {number}")))?;
    let mut nodes = Vec::new();
    for (node, stands) in &wave.nodes {
        let (state, reason) = standing(&stands.standing);
        let id = app.database.name_of(node)?.to_string();
        nodes.push(NodeShape { id, state, reason: reason.map(ToString::to_string), since: view::time(stands.since) });
    }
    Ok(Json(WaveShape { number: wave.number, begun: view::time(wave.begun), nodes }))
}

const fn standing(standing: &Standing) -> (&'static str, Option<&Reason>) {
    match standing {
        Standing::Asked => ("asked", None),
        Standing::Chosen { .. } => ("chosen", None),
        Standing::Delta => ("installing delta", None),
        Standing::DeltaFailed(reason) => ("delta failed", Some(reason)),
        Standing::Full => ("installing", None),
        Standing::Reported => ("reported", None),
        Standing::Verify => ("verifying", None),
        Standing::Upgraded => ("upgraded", None),
        Standing::Already => ("already", None),
        Standing::Failed(reason) => ("failed", Some(reason)),
        Standing::Unreached => ("unreached", None),
        Standing::Cancelled => ("cancelled", None),
        Standing::PutBack => ("put back", None),
        _ => ("unknown", None),
    }
}

/// A campaign is seen by whoever began it, and by administrators.
fn may_see(caller: &Caller, campaign: &Campaign) -> bool {
    campaign.requester.as_ref() == Some(caller.name()) || caller.requester.may_everywhere(Ability::Administer)
}

fn find(app: &App, caller: &Caller, text: &str) -> Result<Campaign, ApiError> {
    let id = text.parse().map_err(|_| ApiError::bad(format!("{text:?} is not the number of a campaign")))?;
    let found = app.database.campaign(CampaignId::new(id))?.filter(|campaign| may_see(caller, campaign));
    found.ok_or_else(|| ApiError::not_found(format!("there is no campaign {id}")))
}
