//! Devices that nobody registered, and what becomes of them \[mission-matrix N7a\].

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use omadm_proto::auth::{Credentials, Scheme, Secret};
use omadm_proto::ids::DevId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xrem_server::directory::NodeId;
use xrem_server::register::{Acceptance, SharedAccount};
use xrem_server::requester::Ability;
use xrem_server::store::{Record, Store as _};

use super::registration::{self, AllowedScheme, BearerForm};
use super::{ApiError, Caller, Created, ErrorBody, parse, schema, view};
use crate::app::App;

/// A device that came without being registered.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnknownDevice {
    /// What it calls itself; to register it, give this as `id`.
    dev_id: String,
    first_seen: String,
    /// To the minute.
    last_seen: String,
}

/// The newest unknown devices.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnknownDevices {
    unknown: Vec<UnknownDevice>,
}

/// What is known of a device that is approved, apart from the shared credentials.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    /// NodeId: what applications call it; by default its DevId, as far as that has the form of one.
    #[schema(value_type = Option<String>)]
    pub(super) name: Option<NodeId>,
    /// The groups it comes into; by default those of the acceptance.
    pub(super) groups: Option<BTreeSet<String>>,
    /// The ways to ask it for a session, at most four.
    #[serde(default)]
    pub(super) bearers: Vec<BearerForm>,
}

/// What becomes of unknown devices.
#[derive(Deserialize, Serialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Decision {
    /// They are answered 401 until they are registered.
    Refuse,
    /// They are answered 401 until somebody approves them.
    Queue,
    /// Those that prove the shared secret are registered by that.
    Accept,
}

/// What becomes of unknown devices, and the credentials that those share who are approved or accepted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAcceptance)]
struct Request {
    unknown: Decision,
    /// Needed unless they are refused.
    client: Option<SharedClient>,
    /// Needed unless they are refused.
    server: Option<registration::Server>,
    scheme: Option<AllowedScheme>,
    /// The groups they come into.
    #[serde(default)]
    groups: BTreeSet<String>,
}

/// With what all of them authenticate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SharedClient {
    /// By default each of them is called by its DevId.
    name: Option<String>,
    #[schema(value_type = String)]
    secret: Secret,
}

/// What becomes of unknown devices; secrets are not shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Acceptance)]
pub(crate) struct Shown {
    unknown: Decision,
    /// `null`: each is called by its DevId.
    client_name: Option<String>,
    server_id: Option<String>,
    groups: BTreeSet<String>,
    /// Who is told of those that are accepted.
    owner: Option<String>,
}

impl From<&Acceptance> for Shown {
    fn from(acceptance: &Acceptance) -> Self {
        let shared = acceptance.shared();
        Self {
            unknown: match acceptance {
                Acceptance::Refuse => Decision::Refuse,
                Acceptance::Queue(_) => Decision::Queue,
                Acceptance::Accept(_) => Decision::Accept,
            },
            client_name: shared.and_then(|shared| shared.client_name.clone()),
            server_id: shared.map(|shared| shared.server.name.to_string()),
            groups: shared.map(|shared| shared.groups.clone()).unwrap_or_default(),
            owner: shared.and_then(|shared| Some(shared.owner.as_ref()?.to_string())),
        }
    }
}

/// Lists the devices that came and are not registered.
#[utoipa::path(get, path = "/unknown-devices", tag = "devices",
    responses((status = 200, description = "At most 1024 of them, by DevId.", body = UnknownDevices)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<UnknownDevices>, ApiError> {
    let mut unknown = Vec::new();
    for stranger in app.database.strangers()? {
        if caller.covers(Ability::Register, &stranger.dev_id, None) {
            let (first_seen, last_seen) = (view::time(stranger.first_seen), view::time(stranger.last_seen));
            unknown.push(UnknownDevice { dev_id: stranger.dev_id.to_string(), first_seen, last_seen });
        }
    }
    Ok(Json(UnknownDevices { unknown }))
}

/// Approves an unknown device: it is registered with the shared credentials, and its inventory is read when it comes next.
#[utoipa::path(post, path = "/unknown-devices/{id}/approve", tag = "devices", request_body = Approval,
    params(("id" = String, Path, description = "DevId of an unknown device")),
    responses((status = 201, description = "It is registered.", body = schema::Node),
        (status = 409, description = "There are no shared credentials, or it is registered already.", body = ErrorBody)))]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Created, ApiError> {
    let id = DevId::new(id.as_str());
    let is_listed = app.database.strangers()?.iter().any(|stranger| stranger.dev_id == id);
    if !is_listed || !caller.covers(Ability::Register, &id, None) {
        return Err(ApiError::not_found(format!("there is no unknown device {id}")));
    }
    let approval: Approval = if body.is_empty() { Approval::default() } else { parse(&body)? };
    let acceptance = app.database.acceptance()?;
    let shared = acceptance.shared().ok_or_else(|| {
        ApiError::conflict("unknown devices are refused here: PUT /api/v1/acceptance first, or register it yourself")
    })?;
    Ok(Created::new(registration::approve(&app, &caller, (id, shared), approval).await?))
}

/// Shows what becomes of unknown devices.
#[utoipa::path(get, path = "/acceptance", tag = "devices",
    responses((status = 200, description = "As it is now.", body = Shown)))]
pub(crate) async fn acceptance(State(app): State<App>, caller: Caller) -> Result<Json<Shown>, ApiError> {
    caller.everywhere(Ability::Register)?;
    Ok(Json(Shown::from(&app.database.acceptance()?)))
}

/// Decides what becomes of unknown devices from now on.
#[utoipa::path(put, path = "/acceptance", tag = "devices", request_body = Request,
    responses((status = 200, description = "As it is now.", body = Shown)))]
pub(crate) async fn accept(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Json<Shown>, ApiError> {
    caller.everywhere(Ability::Register)?;
    let request: Request = parse(&body)?;
    registration::check_groups(&request.groups)?;
    let shared = match (request.client, request.server) {
        (Some(client), Some(server)) => {
            let server = Credentials::new(server.id, server.secret);
            let mut shared = SharedAccount::new(client.secret, server);
            shared.client_name = client.name;
            shared.scheme = Scheme::from(request.scheme.unwrap_or_default());
            shared.groups = request.groups;
            shared.owner = Some(caller.name().clone());
            Some(shared)
        }
        (None, None) => None,
        _ => return Err(ApiError::bad("client and server credentials go together; one of them is missing")),
    };
    let acceptance = match (request.unknown, shared) {
        (Decision::Refuse, None) => Acceptance::Refuse,
        (Decision::Refuse, Some(_)) => return Err(ApiError::bad("devices that are refused share no credentials")),
        (Decision::Queue, Some(shared)) => Acceptance::Queue(shared),
        (Decision::Accept, Some(shared)) => Acceptance::Accept(shared),
        (Decision::Queue | Decision::Accept, None) => {
            return Err(ApiError::bad("client and server are missing: the credentials that these devices share"));
        }
    };
    app.commit(vec![Record::Acceptance(Box::new(acceptance.clone()))]).await?;
    Ok(Json(Shown::from(&acceptance)))
}
