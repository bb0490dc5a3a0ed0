//! The northbound API: HTTP and JSON under `/api/v1`. README.md describes it with examples.
//!
//! Every error is `{"error": "one line that names the cause"}` with the right HTTP status; every answer that acknowledges
//! something is sent after it was stored.

mod bootstrap;
mod credentials;
mod devices;
mod error;
mod firmware;
mod images;
mod tasks;
mod view;

pub(crate) use error::ApiError;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use dm_binding::endpoint::Refusal;
use omadm_proto::auth::Secret;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::app::App;

/// Bytes of one request, images apart: large enough for a package as a value inside a task.
const MAX_REQUEST: usize = 96 << 20;

/// The routes below `/api/v1`.
pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/health", get(health))
        .route("/devices", post(devices::register).get(devices::list))
        .route("/devices/{id}", get(devices::show).patch(devices::change).delete(devices::remove))
        .route("/devices/{id}/alerts", get(devices::alerts))
        .route("/devices/{id}/bootstrap", post(bootstrap::hand_out))
        .route("/devices/{id}/credentials", post(credentials::change))
        .route("/tasks", post(tasks::submit).get(tasks::list))
        .route("/tasks/{id}", get(tasks::show).delete(tasks::cancel))
        .route("/firmware", post(firmware::submit))
        .route("/images", get(images::list))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .route("/images/{name}", put(images::upload).layer(DefaultBodyLimit::disable()))
        .fallback(|method: Method, uri: Uri| async move {
            ApiError::new(StatusCode::NOT_FOUND, format!("the API has nothing at {method} {}", uri.path()))
        })
        .method_not_allowed_fallback(|method: Method, uri: Uri| async move {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not answer to {method}", uri.path()))
        })
        .layer(from_fn_with_state(app.clone(), authorize))
}

async fn health(State(app): State<App>) -> Json<Value> {
    let (in_flight, refused) = (app.room.taken(), app.room.refused());
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "in_flight": in_flight, "refused": refused}))
}

/// Lets a request pass that carries the token, if one is demanded.
async fn authorize(State(app): State<App>, request: Request, next: Next) -> Response {
    let Ok(_turn) = app.api_turns.try_acquire() else {
        return Refusal::Busy { why: "the API has as many requests in hand as it takes", after: 1 }.into_response();
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

/// The JSON of a request; an error names the place.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::bad(format!("the request is not what is expected: {error}")))
}
