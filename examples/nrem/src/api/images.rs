//! `/images`: files for nodes to fetch.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use xrem_server::requester::Ability;
use xrem_server::store::{Record, Store as _};
use xrem_server::task::ImageFile;

use super::{ApiError, Caller, ErrorBody, schema};
use crate::app::App;
use crate::images;

/// What is told about the file besides its bytes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// Its version, as devices will show it.
    version: Option<String>,
}

/// Stands for the digest while the name is checked, before the first byte is taken.
const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Stores an image: any bytes, streamed.
#[utoipa::path(put, path = "/images/{name}", tag = "images",
    params(("name" = String, Path, description = "1 to 48 letters, digits or . _ -, not starting with a dot"), Facts),
    request_body(content = schema::Bytes, content_type = "application/octet-stream"),
    responses((status = 201, description = "It is stored, and the newest of its name.", body = schema::Image),
        (status = 507, description = "It cannot be stored.", body = ErrorBody)))]
pub(crate) async fn upload(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    Query(facts): Query<Facts>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    caller.everywhere(Ability::Upgrade)?;
    ImageFile::new(name.as_str(), 0, NO_DIGEST, "").map_err(ApiError::bad)?;
    let stored = images::store(&app.images, body, app.max_image).await?;
    let url = format!("{}/images/{name}?sha256={}", app.public_url, stored.sha256);
    let image =
        ImageFile::new(name, stored.size, stored.sha256, url).map_err(ApiError::bad)?.with_version(facts.version);
    let shown = json!(image);
    app.commit(vec![Record::Image(image)]).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Lists the newest image of each name.
#[utoipa::path(get, path = "/images", tag = "images", responses((status = 200, description = "All of them.", body = schema::Images)))]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({"images": app.database.images()?})))
}
