//! `/tasks`: DM commands for nodes, and what became of them.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use xrem_server::directory::routes;
use xrem_server::nrem::Submission;
use xrem_server::store::{Record, Records, Store as _};
use xrem_server::task::{Commands, ImageFile, Job, Target, Task, TaskId, TaskRequest};

use super::{ApiError, ErrorBody, parse, schema, view};
use crate::app::App;

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
pub(crate) async fn submit(State(app): State<App>, body: Bytes) -> Result<(StatusCode, Json<Value>), ApiError> {
    let request: Request = parse(&body)?;
    let mut task = TaskRequest::new(request.target, request.commands.0);
    task.retry_unknown = request.retry_unknown;
    for name in &request.images {
        task.images.push(image(&app, name)?);
    }
    let routes = routes(&app.database, &task.target)?;
    let submission = app.nrem.submit(App::now(), app.next_task(), task, routes).map_err(ApiError::bad)?;
    accept(&app, submission).await
}

/// Stores a task and answers with it.
pub(super) async fn accept(app: &App, mut submission: Submission) -> Result<(StatusCode, Json<Value>), ApiError> {
    let mut jobs = Vec::new();
    for record in &mut submission.persist {
        if let Record::Job(job) = record {
            begin(app, &submission.task, job)?;
            jobs.push(job.clone());
        }
    }
    app.commit(submission.persist).await?;
    App::tell(&submission.events);
    app.bell.notify_one();
    Ok((StatusCode::CREATED, Json(view::task_line(&submission.task, &jobs))))
}

/// A fresh job is due, so that its node is notified. A node without an address for notifications is served when it comes:
/// its job is begun here, and nothing is due.
fn begin(app: &App, task: &Arc<Task>, job: &mut Job) -> Result<(), ApiError> {
    let node = app.database.node(&job.node)?;
    if node.as_ref().is_none_or(|node| node.notify.is_some()) {
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

/// Lists the tasks, with counts of their devices.
#[utoipa::path(get, path = "/tasks", tag = "tasks", responses((status = 200, description = "All of them.", body = schema::Tasks)))]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    let mut tasks = Vec::new();
    for task in app.database.tasks()? {
        tasks.push(view::task_line(&task, &app.database.jobs(task.id)?));
    }
    Ok(Json(json!({"tasks": tasks})))
}

/// Shows a task and what became of it on each device.
#[utoipa::path(get, path = "/tasks/{id}", tag = "tasks", params(("id" = u64, Path, description = "Number of a task")),
    responses((status = 200, description = "As it is now.", body = schema::Task)))]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let id = task_id(&id)?;
    let task = app.database.task(id)?.ok_or_else(|| unknown(id))?;
    Ok(Json(view::task(&app.database, &task, &app.database.jobs(id)?)?))
}

/// Cancels a task: nothing more is sent for it.
#[utoipa::path(delete, path = "/tasks/{id}", tag = "tasks", params(("id" = u64, Path, description = "Number of a task")),
    responses((status = 200, description = "As it is now.", body = schema::Task)))]
pub(crate) async fn cancel(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let id = task_id(&id)?;
    let task = app.database.task(id)?.ok_or_else(|| unknown(id))?;
    for job in app.database.jobs(id)? {
        let _guard = app.locks.lock(&job.node).await;
        // As it is now that nobody else works on it.
        let Some(mut job) = app.database.jobs(id)?.into_iter().find(|now| now.id == job.id) else { continue };
        if job.is_active() {
            job.cancel();
            app.commit(vec![Record::Job(job)]).await?;
        }
    }
    Ok(Json(view::task(&app.database, &task, &app.database.jobs(id)?)?))
}

fn task_id(text: &str) -> Result<TaskId, ApiError> {
    text.parse().map(TaskId::new).map_err(|_| ApiError::bad(format!("{text:?} is not the number of a task")))
}

fn unknown(id: TaskId) -> ApiError {
    ApiError::not_found(format!("there is no task {id}"))
}
