//! `/firmware`: an upgrade as one task.

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use xrem_server::nrem::FirmwareRequest;
use xrem_server::requester::Ability;
use xrem_server::task::Target;

use super::tasks::{accept, image};
use super::{ApiError, Caller, Created, ErrorBody, parse, schema};
use crate::app::App;

/// An upgrade.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FirmwareRequest)]
struct Request {
    #[schema(value_type = schema::Target)]
    target: Target,
    /// The name of an image.
    image: String,
    /// The root of the FUMO object, by default `./FUMO`.
    fumo: Option<String>,
}

/// Installs an image as firmware.
#[utoipa::path(post, path = "/firmware", tag = "tasks", request_body = Request,
    responses((status = 201, description = "It is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node or image.", body = ErrorBody)))]
pub(crate) async fn submit(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let request: Request = parse(&body)?;
    let image = image(&app, &request.image)?;
    let permit = caller.permit(&app, Ability::Upgrade, &request.target)?;
    let mut firmware = FirmwareRequest::new(request.target, image);
    if let Some(fumo) = request.fumo {
        firmware = firmware.at(fumo);
    }
    let submission = app.nrem.submit_firmware(App::now(), app.next_task(), firmware, permit).map_err(ApiError::bad)?;
    accept(&app, &caller, submission).await
}
