//! `/devices/{id}/credentials`: the change of a secret as a task \[dm 7.3\].

use axum::body::Bytes;
use axum::extract::{Path, State};
use omadm_proto::auth::Secret;
use serde::Deserialize;
use utoipa::ToSchema;
use xrem_server::directory::NodeId;
use xrem_server::nrem::CredentialRequest;
use xrem_server::requester::Ability;
use xrem_server::store::Side;
use xrem_server::task::Target;

use super::tasks::accept;
use super::{ApiError, Caller, Created, parse, schema};
use crate::app::App;

/// A change of the secret of one side.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CredentialChange)]
struct Request {
    #[schema(value_type = schema::Side)]
    side: Side,
    /// The AppAuth node of these credentials in the device, such as `./DMAcc/nrem/AppAuth/1`.
    node: String,
    /// The new name, if it changes.
    name: Option<String>,
    /// The new secret; by default one that nobody else sees.
    #[schema(value_type = Option<String>)]
    secret: Option<Secret>,
}

/// Changes a secret on the device and here, by a task.
#[utoipa::path(post, path = "/devices/{id}/credentials", tag = "devices", request_body = Request,
    params(("id" = String, Path, description = "NodeId of a registered node")),
    responses((status = 201, description = "The task that changes it.", body = schema::TaskLine)))]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Created, ApiError> {
    let id = NodeId::parse(&id).map_err(|why| ApiError::not_found(format!("there is no node {id:?}: {why}")))?;
    let Request { side, node, name, secret } = parse(&body)?;
    let target = Target::Device(id.clone());
    let permit = caller.permit(&app, Ability::Register, &target)?;
    // Nobody but the two sides has to know it.
    let secret = secret.unwrap_or_else(|| Secret::new(app.nonces().next().to_base64()));
    let mut request = CredentialRequest::new(id, side, node, secret);
    request.name = name;
    let submission =
        app.nrem.submit_credentials(App::now(), app.next_task(), request, permit).map_err(ApiError::bad)?;
    accept(&app, &caller, submission).await
}
