//! The area network's side of the driver: the DM endpoint and the images, over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use dm_binding::endpoint::{Endpoint, Received, Refusal, refuse};
use http_body_util::BodyExt as _;
use omadm_gwmo::image::ServedImage;
use omadm_proto::exchange::Transmit;
use tower_http::services::ServeFile;
use tower_http::services::fs::ServeFileSystemResponseBody;

use crate::images::ImageFiles;

/// The longest message that is taken from a device.
const MAX_MESSAGE: usize = 1 << 20;
const ENDPOINT: Endpoint = Endpoint::new(MAX_MESSAGE);

/// What the area network needs of the machine's thread.
pub(crate) trait Desk: Send + Sync + 'static {
    /// Hands in a message of a device; `None` when the gateway is stopping.
    fn message(&self, message: Received) -> impl Future<Output = Option<LanAnswer>> + Send;

    /// The image behind a local URL.
    fn image(&self, token: String, name: String) -> impl Future<Output = Option<ServedImage>> + Send;

    /// A device took the whole of an image.
    fn served(&self, node: String);
}

/// The answer to a device.
#[derive(Debug)]
pub(crate) enum LanAnswer {
    /// A DM message.
    Message(Transmit),
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
        .with_state(Arc::new(Lan { desk, files, counters }))
}

async fn dm<D: Desk>(State(lan): State<Arc<Lan<D>>>, request: Request) -> Response {
    let message = match ENDPOINT.receive(request).await {
        Ok(message) => message,
        Err(refusal) => return refusal.into_response(),
    };
    lan.counters.messages.fetch_add(1, Ordering::Relaxed);
    let accepts = message.accepts;
    match lan.desk.message(message).await {
        Some(LanAnswer::Message(reply)) => Endpoint::answer(reply, accepts),
        Some(LanAnswer::Malformed(why)) => Refusal::Malformed(why).into_response(),
        None => Refusal::Busy { why: "the gateway is stopping", after: 5 }.into_response(),
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
