//! Requests that may come again: the header `Idempotency-Key` of a POST.
//!
//! The same key with the same request gives the stored answer, and nothing is done twice; with another request it is a
//! mistake. A handler that uses [`Created`] stores its answer in the transaction of what it created; for all others it is
//! stored right after. Answers are kept for a day, and those with secrets without their body.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Extension, IntoResponse, Response};
use omadm_proto::time::Instant;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use xrem_server::nrem::Event;
use xrem_server::requester::{KeptAnswer, RequesterName, RequesterStore as _};
use xrem_server::store::Record;

use super::{ApiError, Caller, MAX_REQUEST};
use crate::app::App;

/// The header with the key of a request.
pub(super) const KEY: &str = "idempotency-key";
/// Tells that an answer is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(86_400);
/// The longest answer that is kept; a longer one is not needed where something is created.
const LONGEST: usize = 1 << 20;
/// Seconds after which a request that is still being worked on is asked for again.
const PAUSE: u64 = 1;

/// The key of a request, and which request it is.
#[derive(Debug, Clone)]
pub(crate) struct Repeat {
    key: String,
    request: [u8; 32],
}

/// The keys of requests that are being worked on.
#[derive(Debug, Clone, Default)]
pub(crate) struct InHand(Arc<Mutex<HashSet<(RequesterName, String)>>>);

/// One of them, until it is dropped.
struct Turn(InHand, (RequesterName, String));

impl InHand {
    fn begin(&self, requester: &RequesterName, key: &str) -> Option<Turn> {
        let name = (requester.clone(), key.to_owned());
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(name.clone()).then(|| Turn(self.clone(), name))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// An answer that is stored with what it tells of, audit included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored;

/// An answer that holds secrets.
#[derive(Debug, Clone, Copy)]
struct Secret;

/// The answer to a POST that created something.
#[derive(Debug)]
pub(crate) struct Created {
    shown: Value,
    stored: bool,
    secret: bool,
}

impl Created {
    /// Commits `records`, the entry of the audit among them, and keeps the answer `shown` with them if the request may come
    /// again. Subscribers are told `events`.
    pub(crate) async fn commit(
        app: &App,
        caller: &Caller,
        mut records: Vec<Record>,
        events: Vec<Event>,
        shown: Value,
    ) -> Result<Self, ApiError> {
        if let Some(repeat) = &caller.repeat {
            records.extend(repeat.keep(caller, StatusCode::CREATED, Some(shown.to_string().into_bytes())));
        }
        app.commit_and_tell(records, events).await?;
        Ok(Self { shown, stored: true, secret: false })
    }

    /// The answer `shown` about something that is stored already.
    pub(crate) const fn new(shown: Value) -> Self {
        Self { shown, stored: false, secret: false }
    }

    /// The answer `shown`, which holds secrets and is given once.
    pub(crate) const fn with_secrets(shown: Value) -> Self {
        Self { shown, stored: false, secret: true }
    }
}

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.shown)).into_response();
        if self.stored {
            response.extensions_mut().insert(Stored);
        }
        if self.secret {
            response.extensions_mut().insert(Secret);
        }
        response
    }
}

impl Repeat {
    /// What is stored about the answer.
    fn keep(&self, caller: &Caller, status: StatusCode, body: Option<Vec<u8>>) -> [Record; 2] {
        let at = App::now();
        let answer = KeptAnswer {
            requester: caller.name().clone(),
            key: self.key.clone(),
            request: self.request,
            at,
            status: status.as_u16(),
            body,
        };
        [Record::AnswersExpired(oldest(at)), Record::Answer(answer)]
    }
}

fn oldest(now: Instant) -> Instant {
    let kept = u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX);
    Instant::from_millis(now.as_millis().saturating_sub(kept))
}

/// Lets `request` pass, or gives the answer that it got before.
pub(super) async fn run(app: &App, caller: Caller, request: Request, next: Next) -> Result<Response, ApiError> {
    let key = request.headers().get(KEY).filter(|_| request.method() == axum::http::Method::POST);
    let Some(key) = key.cloned() else {
        let mut request = request;
        request.extensions_mut().insert(caller);
        return Ok(next.run(request).await);
    };
    let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len())).map(str::to_owned);
    let key = key.ok_or_else(|| ApiError::bad(format!("{KEY} has 1 to 255 visible ASCII characters")))?;
    let Some(_turn) = app.in_hand.begin(caller.name(), &key) else {
        let why = format!("a request with this {KEY} is being worked on; send it again to see what came of it");
        return Err(ApiError::conflict(why).retry_after(PAUSE));
    };
    let (request, digest) = read(request).await?;
    if let Some(kept) = app.database.answer(caller.name(), &key)?.filter(|kept| kept.at >= oldest(App::now())) {
        return replay(kept, digest);
    }
    let repeat = Repeat { key, request: digest };
    run_first(app, Caller { repeat: Some(repeat.clone()), ..caller }, &repeat, (request, next)).await
}

/// The whole request, and its digest.
async fn read(request: Request) -> Result<(Request, [u8; 32]), ApiError> {
    let (parts, body) = request.into_parts();
    let too_long =
        || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a request has at most {MAX_REQUEST} bytes"));
    let body: Bytes = to_bytes(body, MAX_REQUEST).await.map_err(|_| too_long())?;
    let mut digest = Sha256::new();
    digest.update(parts.uri.to_string().as_bytes());
    digest.update([0]);
    digest.update(&body);
    Ok((Request::from_parts(parts, Body::from(body)), digest.finalize().into()))
}

fn replay(kept: KeptAnswer, request: [u8; 32]) -> Result<Response, ApiError> {
    if kept.request != request {
        let why = format!("this {KEY} was used for another request; each request has a key of its own");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let Some(body) = kept.body else {
        let why = "this request was carried out; its answer held secrets, which are given once";
        return Err(ApiError::conflict(why));
    };
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Extension(Stored), body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// The first time: the answer is kept, unless the handler has done so, or nothing was created.
async fn run_first(
    app: &App,
    caller: Caller,
    repeat: &Repeat,
    (mut request, next): (Request, Next),
) -> Result<Response, ApiError> {
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    if !response.status().is_success() || response.extensions().get::<Stored>().is_some() {
        return Ok(response);
    }
    let is_secret = response.extensions().get::<Secret>().is_some();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, LONGEST).await.map_err(|_| ApiError::bad(format!("{KEY} is not for this request")))?;
    let kept = (!is_secret).then(|| body.to_vec());
    app.commit(repeat.keep(&caller, parts.status, kept).into()).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
