//! `/firmware`: an upgrade as one task; and what an upgrade consists of.

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use xrem_server::nrem::FirmwareRequest;
use xrem_server::requester::Ability;
use xrem_server::store::Store as _;
use xrem_server::task::{ImageFile, Target};

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
    /// The names of deltas that make it: a node that runs what one applies to gets that one, and the whole image if it fails.
    /// Left out: all that are here; an empty list: none.
    deltas: Option<Vec<String>>,
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
    let deltas = match &request.deltas {
        Some(names) => names.iter().map(|name| delta(&app, name)).collect::<Result<_, _>>()?,
        None => deltas(&app, &image)?,
    };
    let mut firmware =
        deltas.into_iter().fold(FirmwareRequest::new(request.target, image), FirmwareRequest::with_delta);
    if let Some(fumo) = request.fumo {
        firmware = firmware.at(fumo);
    }
    let submission = app.nrem.submit_firmware(App::now(), app.next_task(), firmware, permit).map_err(ApiError::bad)?;
    accept(&app, &caller, submission).await
}

/// The delta `name`.
pub(super) fn delta(app: &App, name: &str) -> Result<ImageFile, ApiError> {
    let found = image(app, name)?;
    let why = || ApiError::bad(format!("{name} is no delta; it is one when it was uploaded with base and result"));
    if found.delta.is_some() { Ok(found) } else { Err(why()) }
}

/// The deltas here that make `image`.
pub(super) fn deltas(app: &App, image: &ImageFile) -> Result<Vec<ImageFile>, ApiError> {
    let makes_it = |other: &ImageFile| other.delta.as_ref().is_some_and(|delta| delta.target == image.sha256);
    Ok(app.database.images()?.into_iter().filter(makes_it).collect())
}
