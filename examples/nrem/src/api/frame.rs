//! What happens around every handler: a name for the request, a turn, the token, and one form for all errors.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;
use xrem_server::requester::AuditResult;

use super::repeat::Stored;
use super::{ApiError, Caller, repeat};
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

/// Lets a request pass that finds a turn and carries the token of a requester, and notes in the audit what it changed.
pub(super) async fn authorize(State(app): State<App>, request: Request, next: Next) -> Response {
    let Ok(_turn) = app.api_turns.try_acquire() else {
        return ApiError::busy("the API has as many requests in hand as it takes", 1).into_response();
    };
    let caller = match Caller::authenticate(&app, request.headers()) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let action = action(&request);
    let target = request.uri().path().to_owned();
    let response = match repeat::run(&app, caller.clone(), request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    let Some((action, result)) = action.zip(result(&response)) else { return response };
    let entry = caller.audit(&app, action, target, result);
    if let Err(error) = app.commit(vec![entry]).await {
        tracing::error!(%error, "an entry of the audit is lost");
    }
    response
}

/// What `request` does, for the audit: nothing for one that only reads.
fn action(request: &Request) -> Option<String> {
    let path = request.extensions().get::<MatchedPath>()?.as_str();
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    (!request.method().is_safe()).then(|| format!("{} {path}", request.method()))
}

/// How the audit tells of `response`: nothing when its handler has stored that already.
fn result(response: &Response) -> Option<AuditResult> {
    let extensions = response.extensions();
    match extensions.get::<ApiError>() {
        Some(error) => error.audited(),
        None if extensions.get::<Stored>().is_some() => None,
        None if response.status().is_success() => Some(AuditResult::Done),
        None => Some(AuditResult::Refused(response.status().to_string())),
    }
}
