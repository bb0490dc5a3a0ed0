//! The northbound API: HTTP and JSON under `/api/v1`. README.md describes it with examples, `/openapi.json` in full.
//!
//! Every error is an [`ErrorBody`] with the right HTTP status; every answer that acknowledges something is sent after it was
//! stored.
//!
//! # How an area adds a handler
//! The file `api/<area>.rs` holds the handlers and the shapes of what they take and give; `router` below names each handler
//! once, which adds it to the routes and to the document:
//!
//! ```text
//! #[derive(Deserialize, ToSchema)]
//! #[serde(deny_unknown_fields)]
//! #[schema(as = Widget)]                      // names are those of the document: one of a kind there
//! struct Request { node: String, #[schema(value_type = schema::Target)] target: Target }
//!
//! /// The first sentence is the summary.
//! #[utoipa::path(post, path = "/widgets/{id}", tag = "widgets", request_body = Request,
//!     params(("id" = String, Path, description = "DevId of a node")),
//!     responses((status = 201, description = "It is stored.", body = view::Widget),
//!         (status = 409, description = "There is one already.", body = ErrorBody)))]
//! pub(crate) async fn create(State(app): State<App>, caller: Caller, Path(id): Path<String>, body: Bytes)
//!     -> Result<Created, ApiError> {
//!     let node = caller.node(&app, Ability::Configure, &id)?;
//!     let request: Request = parse(&body)?; …
//!     Created::commit(&app, &caller, records, shown).await
//! }
//!
//! .routes(routes!(widgets::list, widgets::create))        // one `routes!` for all methods of one path
//! ```
//!
//! - Types of the libraries have no schema of their own: [`schema`] has the shapes, named in `value_type`.
//! - [`document`] adds what every operation can answer (400, 401, 404 where the path names something, 413 where there is a
//!   body, 503), so that a handler documents only what is its own.
//! - [`Caller`] is the requester: a handler asks it for every right, and never for its name.
//! - Every request that changes something is written into the audit by [`frame`], and a POST may carry an Idempotency-Key,
//!   whose answer [`Created::commit`] stores with what it created.
//! - A list takes [`Page`] and gives `next`.
//! - An error is an [`ApiError`]; what axum itself refuses becomes one in [`frame`].

#![allow(unused_qualifications, reason = "what is made of the annotations of handlers spells its paths in full")]

mod bootstrap;
mod caller;
mod campaigns;
mod configuration;
mod credentials;
mod devices;
mod document;
mod error;
mod faults;
mod firmware;
mod frame;
mod health;
mod images;
mod life;
mod lock;
mod page;
mod performance;
mod registration;
mod repeat;
mod requesters;
mod schema;
mod software;
mod stream;
mod tasks;
mod unknown;
mod view;

pub(crate) use caller::Caller;
pub(crate) use error::{ApiError, ErrorBody};
pub(crate) use page::Page;
pub(crate) use repeat::{Created, InHand};
pub(crate) use tasks::begin;
pub(crate) use view::time;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Bytes of one request, images apart: large enough for a package as a value inside a task.
const MAX_REQUEST: usize = 96 << 20;

/// The routes: `/api/v1`, and `/openapi.json` that describes them.
pub(crate) fn router(app: &App) -> Router<App> {
    let areas = OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(devices::list, registration::register))
        .routes(routes!(devices::show, devices::change, devices::remove))
        .routes(routes!(devices::alerts))
        .routes(routes!(unknown::list))
        .routes(routes!(unknown::approve))
        .routes(routes!(unknown::acceptance, unknown::accept))
        .routes(routes!(life::deactivate))
        .routes(routes!(bootstrap::hand_out))
        .routes(routes!(credentials::change))
        .routes(routes!(tasks::list, tasks::submit))
        .routes(routes!(tasks::show, tasks::cancel))
        .routes(routes!(faults::list))
        .routes(routes!(faults::history))
        .routes(routes!(faults::acknowledge))
        .routes(routes!(faults::activate))
        .routes(routes!(faults::deactivate))
        .routes(routes!(faults::poll))
        .routes(routes!(stream::subscribe))
        .routes(routes!(configuration::deliver))
        .routes(routes!(configuration::desire))
        .routes(routes!(firmware::submit))
        .routes(routes!(software::submit))
        .routes(routes!(software::read))
        .routes(routes!(software::show))
        .routes(routes!(lock::submit))
        .routes(routes!(campaigns::list, campaigns::begin))
        .routes(routes!(campaigns::read, campaigns::change))
        .routes(routes!(campaigns::wave))
        .routes(routes!(images::list))
        .routes(routes!(requesters::list, requesters::add))
        .routes(routes!(requesters::change, requesters::remove))
        .routes(routes!(requesters::renew))
        .routes(routes!(requesters::whoami))
        .routes(routes!(requesters::audit))
        .routes(routes!(performance::series))
        .routes(routes!(performance::samples))
        .routes(routes!(performance::summary))
        .routes(routes!(performance::retention, performance::retain))
        .routes(routes!(performance::switch_on))
        .routes(routes!(performance::switch_off))
        .routes(routes!(performance::subscriptions::list, performance::subscriptions::subscribe))
        .routes(routes!(performance::subscriptions::show, performance::subscriptions::end))
        .routes(routes!(performance::subscriptions::notices))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .merge(OpenApiRouter::new().routes(routes!(images::upload)).layer(DefaultBodyLimit::disable()));
    let (areas, described) = areas.split_for_parts();
    let document = Bytes::from(document::complete(described));
    let document = get(move || async move { ([(CONTENT_TYPE, "application/json")], document) });
    let areas = areas
        .fallback(|method: Method, uri: Uri| async move {
            ApiError::new(StatusCode::NOT_FOUND, format!("the API has nothing at {method} {}", uri.path()))
        })
        .method_not_allowed_fallback(|method: Method, uri: Uri| async move {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not answer to {method}", uri.path()))
        })
        .layer(from_fn_with_state(app.clone(), frame::authorize))
        .route("/openapi.json", document.clone())
        .layer(from_fn(frame::answer));
    Router::new().nest("/api/v1", areas).route("/openapi.json", document)
}

/// The JSON of a request; an error names the place.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::bad(format!("the request is not what is expected: {error}")))
}
