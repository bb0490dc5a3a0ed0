//! `/images`: files for nodes to fetch, and what is known of them \[mo 5.7\].

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

use super::{ApiError, Caller, ErrorBody, schema, view};
use crate::app::App;
use crate::images::{self, Content};

/// What is told about the file besides its bytes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// Its version, as devices will show it; of a delta, the version that it makes.
    version: Option<String>,
    /// It is a delta (a BSDIFF40 container): the image that it applies to, by the name it has here or by its SHA-256.
    base: Option<String>,
    /// Of a delta: the whole image that comes of it, by the name it has here or by its SHA-256.
    result: Option<String>,
    /// The ed25519 signature of the version and the whole image, 128 hexadecimal digits.
    signature: Option<String>,
}

/// Stands for the digest while the name is checked, before the first byte is taken.
const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Facts {
    /// `image` with these facts.
    fn about(&self, app: &App, image: ImageFile) -> Result<ImageFile, ApiError> {
        let image = image.with_version(self.version.clone()).with_signature(self.signature()?);
        match (&self.base, &self.result) {
            (None, None) => Ok(image),
            (Some(base), Some(result)) => {
                image.with_delta(digest(app, base)?, digest(app, result)?).map_err(ApiError::bad)
            }
            _ => Err(ApiError::bad("a delta has both: base, which it applies to, and result, which comes of it")),
        }
    }

    fn signature(&self) -> Result<Option<Vec<u8>>, ApiError> {
        let Some(text) = &self.signature else { return Ok(None) };
        let digit = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(digit).collect();
        let bytes = bytes.filter(|bytes| bytes.len() == 64 && !text.contains('+'));
        bytes.map(Some).ok_or_else(|| ApiError::bad("signature is not 128 hexadecimal digits"))
    }
}

/// The digest of a whole image that is named by it, or by its name here.
fn digest(app: &App, text: &str) -> Result<String, ApiError> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest {
        return Ok(text.to_ascii_lowercase());
    }
    let known = app.database.image(text)?.filter(|image| image.delta.is_none());
    let why = || ApiError::bad(format!("there is no whole image {text:?} here; give its SHA-256, or upload it first"));
    known.map(|image| image.sha256).ok_or_else(why)
}

/// Stores an image: any bytes, streamed, with what is known of them. What is known goes to nodes with it.
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
    // What is wrong with them is told before the first byte is taken.
    let checked = facts.about(&app, ImageFile::new(name.as_str(), 0, NO_DIGEST, "").map_err(ApiError::bad)?)?;
    let content = if checked.delta.is_some() { Content::Delta } else { Content::Any };
    let stored = images::store(&app.images, body, (app.max_image, content)).await?;
    let url = format!("{}/images/{name}?sha256={}", app.public_url, stored.sha256);
    let mut image = ImageFile::new(name, stored.size, stored.sha256, url).map_err(ApiError::bad)?;
    (image.version, image.delta, image.signature) = (checked.version, checked.delta, checked.signature);
    let shown = view::image(&image);
    app.commit(vec![Record::Image(image)]).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Lists the newest image of each name.
#[utoipa::path(get, path = "/images", tag = "images", responses((status = 200, description = "All of them.", body = schema::Images)))]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    let images: Vec<Value> = app.database.images()?.iter().map(view::image).collect();
    Ok(Json(json!({"images": images})))
}
