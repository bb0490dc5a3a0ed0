//! `/configurations` and `/desired`: settings as a file, and settings as a state that nodes shall have
//! \[mission-matrix N1b, N1d\].

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use xrem_server::nrem::{ConfigurationRequest, DesiredRequest};
use xrem_server::requester::Ability;
use xrem_server::task::{FileData, Target, Write};

use super::tasks::{accept, image};
use super::{ApiError, Caller, Created, ErrorBody, parse, schema};
use crate::app::App;
use crate::images::UploadError;

/// A configuration file for nodes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfigurationRequest)]
struct File {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// The name of an image: the file, of at most 4 MiB.
    file: String,
    /// The root of the object for it, by default `./XRem/Config`.
    root: Option<String>,
}

/// Delivers a configuration file and has it applied: once, or not at all.
#[utoipa::path(post, path = "/configurations", tag = "tasks", request_body = File,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node or image.", body = ErrorBody)))]
pub(crate) async fn deliver(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let File { target, file, root } = parse(&body)?;
    let permit = caller.permit(&app, Ability::Configure, &target)?;
    let file = image(&app, &file)?;
    if file.size > FileData::MAX_LEN as u64 {
        let why =
            format!("{} has {} bytes; a configuration file has at most {}", file.name, file.size, FileData::MAX_LEN);
        return Err(ApiError::bad(why));
    }
    let data = tokio::fs::read(app.images.join(&file.sha256)).await.map_err(UploadError::Disk)?;
    let mut request = ConfigurationRequest::new(target, file, data);
    if let Some(root) = root {
        request = request.at(root);
    }
    let made = app.nrem.submit_configuration(App::now(), app.next_task(), request, permit);
    accept(&app, &caller, made.map_err(ApiError::bad)?).await
}

/// A state that nodes shall have.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DesiredRequest)]
struct Desired {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// In the order in which they are written.
    #[schema(value_type = Vec<schema::Setting>, min_items = 1, max_items = 256)]
    settings: Vec<Write>,
}

/// Brings nodes into a state: their values are read, what differs is written, and read again.
#[utoipa::path(post, path = "/desired", tag = "tasks", request_body = Desired,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn desire(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let Desired { target, settings } = parse(&body)?;
    let permit = caller.permit(&app, Ability::Configure, &target)?;
    let request = DesiredRequest::new(target, settings);
    let made = app.nrem.submit_desired(App::now(), app.next_task(), request, permit);
    accept(&app, &caller, made.map_err(ApiError::bad)?).await
}
