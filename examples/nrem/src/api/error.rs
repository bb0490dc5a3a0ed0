//! What the API answers when it does not do what it was asked.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use xrem_server::directory::RouteError;

use crate::images::UploadError;
use crate::store::StoreError;

/// A status and one line.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    why: String,
}

impl ApiError {
    pub(crate) const fn new(status: StatusCode, why: String) -> Self {
        Self { status, why }
    }

    /// The same, said about one of several things.
    pub(crate) fn about(self, what: impl std::fmt::Display) -> Self {
        Self { why: format!("{what}: {}", self.why), ..self }
    }

    pub(crate) fn bad(why: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why.to_string())
    }

    pub(crate) fn not_found(why: impl ToString) -> Self {
        Self::new(StatusCode::NOT_FOUND, why.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.why}))).into_response()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "request not handled");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

impl From<RouteError<StoreError>> for ApiError {
    fn from(error: RouteError<StoreError>) -> Self {
        match error {
            RouteError::Store(error) => error.into(),
            RouteError::Unknown(_) => Self::not_found(error),
            _ => Self::bad(error),
        }
    }
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        let status = match &error {
            UploadError::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::Broken(_) => StatusCode::BAD_REQUEST,
            UploadError::Disk(_) => StatusCode::INSUFFICIENT_STORAGE,
        };
        Self::new(status, error.to_string())
    }
}
