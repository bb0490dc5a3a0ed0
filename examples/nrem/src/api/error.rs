//! What the API answers when it does not do what it was asked.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use omadm_proto::ids::DevId;
use serde::Serialize;
use utoipa::ToSchema;
use xrem_server::directory::RouteError;
use xrem_server::requester::AuditResult;

use crate::images::UploadError;
use crate::store::StoreError;

/// Seconds after which the store is asked again.
const STORE_PAUSE: u64 = 5;

/// A status and one line.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: ErrorBody,
    retry_after: Option<u64>,
    /// A right is missing, to this node if it is about one.
    denied: Option<Option<DevId>>,
}

/// The body of every error.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// One line that names the cause.
    error: String,
    /// The name of the request in the server's log, and in the header X-Request-Id.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
}

impl ApiError {
    pub(crate) const fn new(status: StatusCode, why: String) -> Self {
        Self { status, body: ErrorBody { error: why, request: None }, retry_after: None, denied: None }
    }

    /// The same, said about one of several things.
    pub(crate) fn about(mut self, what: impl std::fmt::Display) -> Self {
        self.body.error = format!("{what}: {}", self.body.error);
        self
    }

    /// The same, about a request that has a name.
    pub(super) fn with_request(mut self, request: String) -> Self {
        self.body.request = Some(request);
        self
    }

    pub(crate) fn bad(why: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why.to_string())
    }

    pub(crate) fn not_found(why: impl ToString) -> Self {
        Self::new(StatusCode::NOT_FOUND, why.to_string())
    }

    pub(crate) fn conflict(why: impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, why.to_string())
    }

    /// A right is missing.
    pub(crate) fn forbidden(why: impl ToString) -> Self {
        Self { denied: Some(None), ..Self::new(StatusCode::FORBIDDEN, why.to_string()) }
    }

    /// The same; what is missing is the right to `node`, also where the answer does not tell.
    pub(crate) fn denying(self, node: DevId) -> Self {
        Self { denied: Some(Some(node)), ..self }
    }

    /// The same; `after` so many seconds it may be otherwise.
    pub(crate) fn retry_after(self, after: u64) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// How the audit tells it; nothing where the server itself is in trouble.
    pub(super) fn audited(&self) -> Option<AuditResult> {
        match &self.denied {
            Some(node) => Some(AuditResult::Denied(node.clone())),
            None if self.status.is_client_error() => Some(AuditResult::Refused(self.body.error.clone())),
            None => None,
        }
    }

    /// Nothing was done; after so many seconds it may be.
    pub(crate) fn busy(why: impl ToString, after: u64) -> Self {
        Self { retry_after: Some(after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, why.to_string()) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(&self.body)).into_response();
        if let Some(after) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, after.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = axum::http::HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "request not handled");
        Self::busy(error, STORE_PAUSE)
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
            UploadError::Empty | UploadError::NoDelta | UploadError::Broken(_) => StatusCode::BAD_REQUEST,
            UploadError::Disk(_) => StatusCode::INSUFFICIENT_STORAGE,
        };
        Self::new(status, error.to_string())
    }
}
