//! What happens around every handler: a name for the request, a turn, the token, and one form for all errors.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use omadm_proto::auth::Secret;
use tracing::Instrument as _;

use super::ApiError;
use crate::app::App;

/// Bytes of a complaint of axum that are read.
const LONGEST_COMPLAINT: usize = 4096;
/// The header that tells the name of a request.
const REQUEST_ID: &str = "x-request-id";

/// The name of a request, in its answer and in the log.
#[derive(Debug, Clone, Copy)]
struct RequestId(u64);

impl RequestId {
    /// A name that no other request to this process has.
    fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// Names the request, and gives every error its one form, whoever refused.
pub(super) async fn answer(request: Request, next: Next) -> Response {
    let id = RequestId::next();
    let span = tracing::info_span!("api", request = %id, method = %request.method(), path = request.uri().path());
    async {
        let mut response = next.run(request).await;
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            response = refusal(response).await.with_request(id.to_string()).into_response();
            tracing::debug!(status = status.as_u16(), "refused");
        }
        if let Ok(id) = HeaderValue::try_from(id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// The error that `response` tells, also when it is one of axum's, which are lines of text.
async fn refusal(mut response: Response) -> ApiError {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        return error;
    }
    let status = response.status();
    let is_text = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/");
    let text = match response.headers().get(CONTENT_TYPE).is_some_and(is_text) {
        true => to_bytes(std::mem::replace(response.body_mut(), Body::empty()), LONGEST_COMPLAINT).await.ok(),
        false => None,
    };
    let text = text.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let why = if text.trim().is_empty() { status.to_string() } else { text.trim().to_owned() };
    ApiError::new(status, why)
}

/// Lets a request pass that finds a turn and carries the token, if one is demanded.
pub(super) async fn authorize(State(app): State<App>, request: Request, next: Next) -> Response {
    let Ok(_turn) = app.api_turns.try_acquire() else {
        return ApiError::busy("the API has as many requests in hand as it takes", 1).into_response();
    };
    let Some(token) = &app.api_token else { return next.run(request).await };
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    if given.is_some_and(|given| Secret::from(given.trim()) == *token) {
        return next.run(request).await;
    }
    let why = "this API demands the header Authorization: Bearer TOKEN";
    ApiError::new(StatusCode::UNAUTHORIZED, why.into()).into_response()
}
