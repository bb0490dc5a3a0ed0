//! `/tasks`: DM commands for nodes, and what became of them.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use xrem_server::nrem::{Event, Submission};
use xrem_server::requester::{Ability, AuditResult};
use xrem_server::store::{Record, Records, Store as _};
use xrem_server::task::{Commands, ImageFile, Job, Target, Task, TaskId, TaskRequest};

use super::{ApiError, Caller, Created, ErrorBody, Page, parse, schema, view};
use crate::app::App;
use crate::store::StoreError;

/// DM commands for a set of nodes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskRequest)]
struct Request {
    #[schema(value_type = schema::Target)]
    target: Target,
    #[schema(value_type = Vec<schema::Command>, min_items = 1)]
    commands: Commands,
    /// Images that the commands refer to as `{$img:NAME:url}`.
    #[serde(default)]
    images: Vec<String>,
    /// Repeat an Exec whose outcome was lost with the connection.
    #[serde(default)]
    retry_unknown: bool,
}

/// Submits a task: it is carried out in the next session of each node.
#[utoipa::path(post, path = "/tasks", tag = "tasks", request_body = Request,
    responses((status = 201, description = "It is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node or image.", body = ErrorBody)))]
pub(crate) async fn submit(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let request: Request = parse(&body)?;
    let mut task = TaskRequest::new(request.target, request.commands.0);
    task.retry_unknown = request.retry_unknown;
    for name in &request.images {
        task.images.push(image(&app, name)?);
    }
    let permit = caller.permit(&app, Ability::Configure, &task.target)?;
    let submission = app.nrem.submit(App::now(), app.next_task(), task, permit).map_err(ApiError::bad)?;
    accept(&app, &caller, submission).await
}

/// Stores a task and answers with it.
pub(super) async fn accept(app: &App, caller: &Caller, mut submission: Submission) -> Result<Created, ApiError> {
    let mut jobs = Vec::new();
    for record in &mut submission.persist {
        if let Record::Job(job) = record {
            begin(app, &submission.task, job)?;
            jobs.push(job.clone());
        }
    }
    let task = &submission.task;
    let (shown, result) = (view::task_line(task, &jobs), AuditResult::Task(task.id));
    let action = format!("task {}", view::kind_word(&task.purpose));
    submission.persist.push(caller.audit(app, action, task.target.to_string(), result));
    let created = Created::commit(app, caller, submission.persist, submission.events, shown).await?;
    app.bell.notify_one();
    Ok(created)
}

/// A fresh job is due, so that its node is notified. A node without an address for notifications is served when it comes:
/// its job is begun here, and nothing is due.
pub(crate) fn begin(app: &App, task: &Arc<Task>, job: &mut Job) -> Result<(), StoreError> {
    let node = app.database.node(&job.node)?;
    if node.as_ref().is_none_or(|node| !node.bearers.is_empty()) {
        return Ok(());
    }
    let mut records = Records::default();
    records.node = node;
    records.jobs.push(job.clone());
    records.tasks.insert(task.id, Arc::clone(task));
    let step = app.nrem.handle_timeout(App::now(), &job.node, &mut records);
    for record in step.persist {
        if let Record::Job(begun) = record {
            *job = begun;
        }
    }
    Ok(())
}

/// The image `name`.
pub(super) fn image(app: &App, name: &str) -> Result<ImageFile, ApiError> {
    let found = app.database.image(name)?;
    found.ok_or_else(|| ApiError::not_found(format!("there is no image {name:?}; PUT /api/v1/images/{name} first")))
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Those that are in this state.
    #[param(value_type = Option<schema::TaskState>)]
    state: Option<Standing>,
    /// Those of this requester.
    requester: Option<String>,
    /// Those that this node takes part in, by its NodeId.
    node: Option<String>,
}

/// Where a task is.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    Waiting,
    Running,
    Done,
    Cancelled,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Wanted {
    /// Whether a task is wanted, as far as it tells without its jobs.
    fn may_want(&self, task: &Task) -> bool {
        self.requester.as_ref().is_none_or(|name| task.requester.as_ref().is_some_and(|own| own.as_str() == name))
    }

    fn wants(&self, jobs: &[Job]) -> bool {
        self.state.is_none_or(|state| state.word() == view::task_state(jobs))
            && self.node.as_ref().is_none_or(|node| jobs.iter().any(|job| takes_part(job, node)))
    }
}

fn takes_part(job: &Job, node: &str) -> bool {
    job.node.as_str() == node || job.results().iter().any(|(device, _)| device.as_str() == node)
}

/// Lists the tasks in the order of their numbers, with counts of their devices.
#[utoipa::path(get, path = "/tasks", tag = "tasks", params(Wanted, Page),
    responses((status = 200, description = "A page of those that the requester may see.", body = schema::Tasks)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, ApiError> {
    let rows = app.database.tasks_after(page.after::<u64>()?.map(TaskId::new))?;
    let (tasks, next) = page.cut_wanted(rows.map(|task| {
        let task = task?;
        let shown = if caller.requester.may_see(&task) && wanted.may_want(&task) {
            let jobs = app.database.jobs(task.id)?;
            wanted.wants(&jobs).then(|| view::task_line(&task, &jobs))
        } else {
            None
        };
        Ok((task.id, shown))
    }))?;
    Ok(Json(json!({"tasks": tasks, "next": next})))
}

/// Shows a task and what became of it on each device.
#[utoipa::path(get, path = "/tasks/{id}", tag = "tasks", params(("id" = u64, Path, description = "Number of a task")),
    responses((status = 200, description = "As it is now.", body = schema::Task)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let task = find(&app, &caller, &id)?;
    Ok(Json(view::task(&app.database, &task, &app.database.jobs(task.id)?)?))
}

/// Cancels a task: nothing more is sent for it.
#[utoipa::path(delete, path = "/tasks/{id}", tag = "tasks", params(("id" = u64, Path, description = "Number of a task")),
    responses((status = 200, description = "As it is now.", body = schema::Task)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let task = find(&app, &caller, &id)?;
    for job in app.database.jobs(task.id)? {
        let _guard = app.locks.lock(&job.node).await;
        // As it is now that nobody else works on it.
        let Some(mut job) = app.database.jobs(task.id)?.into_iter().find(|now| now.id == job.id) else { continue };
        if job.is_active() {
            job.cancel();
            let ended = Event::JobEnded { job: job.id, node: app.database.name_of(&job.node)?, state: job.state };
            app.commit_and_tell(vec![Record::Job(job)], vec![ended]).await?;
        }
    }
    Ok(Json(view::task(&app.database, &task, &app.database.jobs(task.id)?)?))
}

/// The task numbered `text`, if the caller may know of it.
fn find(app: &App, caller: &Caller, text: &str) -> Result<Arc<Task>, ApiError> {
    let id = text.parse().map(TaskId::new);
    let id = id.map_err(|_| ApiError::bad(format!("{text:?} is not the number of a task")))?;
    let task = app.database.task(id)?.filter(|task| caller.requester.may_see(task));
    task.ok_or_else(|| ApiError::not_found(format!("there is no task {id}")))
}
