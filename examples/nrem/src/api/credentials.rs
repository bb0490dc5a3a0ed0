//! `/devices/{id}/credentials`: the change of a secret as a task \[dm 7.3\].

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use omadm_proto::auth::Secret;
use serde::Deserialize;
use serde_json::Value;
use xrem_server::directory::routes;
use xrem_server::nrem::CredentialRequest;
use xrem_server::store::Side;
use xrem_server::task::Target;

use super::devices::node_id;
use super::tasks::accept;
use super::{ApiError, parse};
use crate::app::App;

/// A change as it stands in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    side: Side,
    node: String,
    name: Option<String>,
    secret: Option<Secret>,
}

pub(crate) async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let id = node_id(&id)?;
    let Request { side, node, name, secret } = parse(&body)?;
    let target = Target::Device(id.clone());
    let routes = routes(&app.database, &target)?;
    // Nobody but the two sides has to know it.
    let secret = secret.unwrap_or_else(|| Secret::new(app.nonces().next().to_base64()));
    let mut request = CredentialRequest::new(id, side, node, secret);
    request.name = name;
    let submission =
        app.nrem.submit_credentials(App::now(), app.next_task(), request, routes).map_err(ApiError::bad)?;
    accept(&app, submission).await
}
