//! `/health`: whether the server works, and how hard.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// How the server is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// Of the program.
    version: &'static str,
    /// Bytes of DM messages in hand, what belongs to them included.
    in_flight: usize,
    /// DM messages that were sent away so far because there was no room.
    refused: u64,
}

/// Tells that the server works, and how hard.
#[utoipa::path(get, path = "/health", tag = "server",
    responses((status = 200, description = "It works.", body = Health)))]
pub(crate) async fn health(State(app): State<App>) -> Json<Health> {
    let (in_flight, refused) = (app.room.taken(), app.room.refused());
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), in_flight, refused })
}
