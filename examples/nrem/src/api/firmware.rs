//! `/firmware`: an upgrade as one task.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use xrem_server::directory::routes;
use xrem_server::nrem::FirmwareRequest;
use xrem_server::task::Target;

use super::tasks::{accept, image};
use super::{ApiError, parse};
use crate::app::App;

/// An upgrade as it stands in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    target: Target,
    image: String,
    fumo: Option<String>,
}

pub(crate) async fn submit(State(app): State<App>, body: Bytes) -> Result<(StatusCode, Json<Value>), ApiError> {
    let request: Request = parse(&body)?;
    let image = image(&app, &request.image)?;
    let routes = routes(&app.database, &request.target)?;
    let mut firmware = FirmwareRequest::new(request.target, image);
    if let Some(fumo) = request.fumo {
        firmware = firmware.at(fumo);
    }
    let submission = app.nrem.submit_firmware(App::now(), app.next_task(), firmware, routes).map_err(ApiError::bad)?;
    accept(&app, submission).await
}
