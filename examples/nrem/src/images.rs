//! The image files: taken in by the API, handed out to gateways and devices with Range.
//!
//! A file is stored under its digest and never changes; the newest of a name is in the database, and the addresses that
//! tasks hand out name the digest, so that an image that was replaced in the meantime is still the one that was meant.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::extract::{Path as UrlPath, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use dm_binding::endpoint::refuse;
use http_body_util::BodyExt as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tower_http::services::ServeFile;
use xrem_server::store::Store as _;

use crate::app::App;

/// Which file of a name.
#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    sha256: Option<String>,
}

/// A file that was taken in.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    #[error("the image is longer than the {0} bytes that are accepted")]
    TooLong(u64),
    #[error("the image has no bytes")]
    Empty,
    #[error("the file is no delta: it does not begin with BSDIFF40")]
    NoDelta,
    #[error("the upload broke off: {0}")]
    Broken(axum::Error),
    #[error("the image cannot be stored: {0}")]
    Disk(#[from] std::io::Error),
}

/// `GET /images/{name}`.
pub(crate) async fn download(
    State(app): State<App>,
    UrlPath(name): UrlPath<String>,
    Query(which): Query<Which>,
    request: Request,
) -> Response {
    let digest = match which.sha256 {
        Some(digest) => digest,
        None => match app.database.image(&name) {
            Ok(Some(image)) => image.sha256,
            Ok(None) => return refuse(StatusCode::NOT_FOUND, "there is no image of this name"),
            Err(error) => return refuse(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        },
    };
    if !is_digest(&digest) {
        return refuse(StatusCode::BAD_REQUEST, "sha256 is not 64 lower-case hexadecimal digits");
    }
    match ServeFile::new(app.images.join(&digest)).try_call(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => {
            refuse(StatusCode::NOT_FOUND, "there is no image with this digest")
        }
        Ok(response) => response.map(Body::new).into_response(),
        Err(error) => refuse(StatusCode::SERVICE_UNAVAILABLE, &format!("the image cannot be read: {error}")),
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What a file is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Any bytes.
    Any,
    /// A BSDIFF40 container.
    Delta,
}

/// What a BSDIFF40 container begins with.
const MAGIC: &[u8] = b"BSDIFF40";

/// Streams `body`, of at most `max` bytes, into `folder`; the file is there in full, under its digest, or not at all.
pub(crate) async fn store(folder: &Path, body: Body, (max, content): (u64, Content)) -> Result<Stored, UploadError> {
    let partial = Partial::new(folder)?;
    let mut file = File::create(&partial.0).await?;
    let (mut hash, mut size, mut body) = (Sha256::new(), 0_u64, body);
    let mut start: Vec<u8> = Vec::with_capacity(MAGIC.len());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(UploadError::Broken)?.into_data() else { continue };
        size = size.saturating_add(data.len() as u64);
        if size > max {
            return Err(UploadError::TooLong(max));
        }
        let missing = MAGIC.len().saturating_sub(start.len());
        start.extend(data.iter().take(missing));
        hash.update(&data);
        file.write_all(&data).await?;
    }
    if size == 0 {
        return Err(UploadError::Empty);
    }
    if content == Content::Delta && start != MAGIC {
        return Err(UploadError::NoDelta);
    }
    file.sync_all().await?;
    let sha256: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    tokio::fs::rename(&partial.0, folder.join(&sha256)).await?;
    File::open(folder).await?.sync_all().await?;
    Ok(Stored { size, sha256 })
}

/// A file that is removed unless it was renamed.
struct Partial(PathBuf);

impl Partial {
    fn new(folder: &Path) -> Result<Self, UploadError> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(std::io::Error::other)?;
        Ok(Self(folder.join(format!(".partial-{:016x}", u64::from_ne_bytes(random)))))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already when the upload succeeded.
        let _ = std::fs::remove_file(&self.0);
    }
}
