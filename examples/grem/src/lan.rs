//! The area network's side of the driver: the DM endpoint and the images, over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use omadm_gwmo::image::ServedImage;
use omadm_proto::exchange::Syntax;
use tower_http::services::ServeFile;
use tower_http::services::fs::ServeFileSystemResponseBody;

use crate::images::ImageFiles;

/// The longest message that is taken from a device.
const MAX_MESSAGE: usize = 1 << 20;

/// What the area network needs of the machine's thread.
pub(crate) trait Desk: Send + Sync + 'static {
    /// Hands in a message of a device; `None` when the gateway is stopping.
    fn message(&self, message: LanMessage) -> impl Future<Output = Option<LanAnswer>> + Send;

    /// The image behind a local URL.
    fn image(&self, token: String, name: String) -> impl Future<Output = Option<ServedImage>> + Send;

    /// A device took the whole of an image.
    fn served(&self, node: String);
}

/// A message of a device.
#[derive(Debug)]
pub(crate) struct LanMessage {
    pub(crate) syntax: Syntax,
    pub(crate) mac: Option<String>,
    pub(crate) body: Bytes,
}

/// The answer to a device.
#[derive(Debug)]
pub(crate) enum LanAnswer {
    /// A DM message.
    Message {
        /// Its syntax.
        syntax: Syntax,
        /// The value for `x-syncml-hmac`.
        mac: Option<String>,
        /// Its bytes.
        body: Bytes,
    },
    /// The body is no DM message; one line says why.
    Malformed(String),
}

/// What was served so far.
#[derive(Debug, Default)]
pub struct LanCounters {
    /// DM messages of devices.
    pub messages: AtomicU64,
    /// Bytes of images.
    pub image_bytes: AtomicU64,
}

struct Lan<D> {
    desk: D,
    files: ImageFiles,
    counters: Arc<LanCounters>,
}

/// The routes of the area network.
pub(crate) fn router<D: Desk>(desk: D, files: ImageFiles, counters: Arc<LanCounters>) -> Router {
    Router::new()
        .route("/dm", post(dm::<D>))
        .route("/i/{token}/{name}", get(image::<D>))
        .fallback(async || refuse(StatusCode::NOT_FOUND, "nothing here: devices POST to /dm"))
        .layer(DefaultBodyLimit::max(MAX_MESSAGE))
        .with_state(Arc::new(Lan { desk, files, counters }))
}

async fn dm<D: Desk>(State(lan): State<Arc<Lan<D>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let content_type = header("content-type").unwrap_or_default();
    let Some(syntax) = Syntax::from_media_type(content_type) else {
        let why = format!("Content-Type {content_type:?} is no DM message: use {} or {}", Syntax::Xml, Syntax::Wbxml);
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
    };
    let declared = header("content-length").and_then(|text| text.parse::<usize>().ok()).unwrap_or_default();
    let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, format!("a message may have at most {MAX_MESSAGE} bytes"));
    if declared > MAX_MESSAGE {
        return too_large();
    }
    let Ok(body) = axum::body::to_bytes(body, MAX_MESSAGE).await else { return too_large() };
    lan.counters.messages.fetch_add(1, Ordering::Relaxed);
    let message = LanMessage { syntax, mac: header("x-syncml-hmac").map(str::to_owned), body };
    match lan.desk.message(message).await {
        Some(LanAnswer::Message { syntax, mac, body }) => {
            let mut response = Response::new(Body::from(body));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(syntax.media_type()));
            headers.insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("private"));
            if let Some(Ok(mac)) = mac.map(|mac| mac.parse()) {
                headers.insert("x-syncml-hmac", mac);
            }
            response
        }
        Some(LanAnswer::Malformed(why)) => refuse(StatusCode::BAD_REQUEST, why),
        None => refuse(StatusCode::SERVICE_UNAVAILABLE, "the gateway is stopping"),
    }
}

async fn image<D: Desk>(
    State(lan): State<Arc<Lan<D>>>,
    Path((token, name)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(image) = lan.desk.image(token, name).await else {
        return refuse(StatusCode::NOT_FOUND, "no such image, or it is not ready");
    };
    let Ok(mime) = image.media_type.parse() else {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "the image has a malformed Type");
    };
    match ServeFile::new_with_mime(lan.files.path(image.hash), &mime).try_call(request).await {
        Ok(response) => response.map(|body| metered(body, lan, image)),
        Err(error) => {
            tracing::error!(%error, image = image.node, "a ready image cannot be read");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "the image cannot be read")
        }
    }
}

/// Counts what goes out; a device that took the last byte took the image.
fn metered<D: Desk>(body: ServeFileSystemResponseBody, lan: Arc<Lan<D>>, image: ServedImage) -> Body {
    let mut left = body.size_hint().exact().unwrap_or(image.size);
    Body::new(body.map_frame(move |frame| {
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        lan.counters.image_bytes.fetch_add(length, Ordering::Relaxed);
        if left > 0 && length >= left {
            lan.desk.served(image.node.clone());
        }
        left = left.saturating_sub(length);
        frame
    }))
}

fn refuse(status: StatusCode, why: impl Into<String>) -> Response {
    let mut why = why.into();
    why.push('\n');
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response()
}
