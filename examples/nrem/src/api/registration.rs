//! `POST /devices`: registration.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use omadm_proto::auth::{Credentials, Nonce, Scheme, Secret};
use omadm_proto::ids::DevId;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use xrem_server::directory::{self, Bearer, NodeId, NodeKind, NodeRecord, Place, Registration};
use xrem_server::register::SharedAccount;
use xrem_server::requester::{Ability, RequesterName};
use xrem_server::store::{ClientAccount, Record, Store as _};

use super::bootstrap::{self, Prepared};
use super::devices::{Change, Spelling};
use super::unknown::Approval;
use super::{ApiError, Caller, Created, ErrorBody, parse, schema, view};
use crate::app::App;
use crate::notify;

/// Registrations in one request.
const MAX_AT_ONCE: usize = 10_000;

/// A registration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Registration)]
struct Request {
    /// DevId: what the node sends as Source and as `./DevInfo/DevId`.
    #[schema(value_type = String)]
    id: DevId,
    #[serde(default)]
    #[schema(value_type = schema::NodeKind)]
    kind: NodeKind,
    /// The weakest that is accepted, and the one the server uses.
    scheme: Option<AllowedScheme>,
    client: Option<Client>,
    server: Option<Server>,
    /// The client's first nonce, in base64.
    client_nonce: Option<String>,
    /// The server's first nonce, in base64.
    server_nonce: Option<String>,
    /// Where notifications go if there is one way only: `udp://host:port`. The same as `bearers` with one element.
    notify: Option<String>,
    /// The ways to ask it for a session, at most four.
    bearers: Option<Vec<BearerForm>>,
    /// The gateway it is behind.
    #[schema(value_type = Option<String>)]
    gateway: Option<NodeId>,
    /// NodeId: what applications call it; by default its DevId, as far as that has the form of one.
    #[schema(value_type = Option<String>)]
    name: Option<NodeId>,
    /// Let nonces that the node has lost be synchronised anew.
    resync: Option<bool>,
    dialect: Option<Spelling>,
    bootstrap: Option<bootstrap::Request>,
    /// Read its inventory as soon as it comes, and tell when that is done.
    #[serde(default)]
    inventory: bool,
    /// At most 64.
    #[serde(default)]
    groups: BTreeSet<String>,
}

/// One registration, or at most 10 000 of them, which are all taken or none.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "a shape, read by the document alone")]
enum Registrations {
    One(Box<Request>),
    Many(Vec<Request>),
}

/// A way to ask a node for a session: an address, or an address with a priority; the lowest number is tried first.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Bearer)]
pub(super) enum BearerForm {
    /// `udp://host:port`, the URL of a push gateway, or any scheme that this server has a hook for.
    Address(String),
    /// The same with a priority.
    WithPriority {
        /// The address.
        address: String,
        /// 0 comes first.
        #[serde(default)]
        priority: u16,
    },
}

pub(super) fn bearers(forms: impl IntoIterator<Item = BearerForm>) -> Result<Vec<Bearer>, ApiError> {
    let bearer = |form| {
        let (address, priority) = match form {
            BearerForm::Address(address) => (address, 0),
            BearerForm::WithPriority { address, priority } => (address, priority),
        };
        notify::check(&address).map_err(ApiError::bad)?;
        Ok(Bearer::new(address).with_priority(priority))
    };
    forms.into_iter().map(bearer).collect()
}

/// The schemes that an account can have here.
#[derive(Deserialize, ToSchema, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum AllowedScheme {
    Basic,
    #[default]
    Md5,
    Mac,
}

impl From<AllowedScheme> for Scheme {
    fn from(scheme: AllowedScheme) -> Self {
        match scheme {
            AllowedScheme::Basic => Self::Basic,
            AllowedScheme::Md5 => Self::Md5,
            AllowedScheme::Mac => Self::Mac,
        }
    }
}

/// With what the node authenticates.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientCredentials)]
struct Client {
    name: String,
    #[schema(value_type = String)]
    secret: Secret,
}

/// With what the server authenticates to the node.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ServerCredentials)]
pub(super) struct Server {
    pub(super) id: String,
    #[schema(value_type = String)]
    pub(super) secret: Secret,
}

impl Request {
    /// The node as it is to be stored, with the document that tells it its account, if one is wanted.
    fn accept(
        mut self,
        app: &App,
        owner: Option<RequesterName>,
    ) -> Result<(NodeRecord, Option<Place>, Option<Value>), ApiError> {
        let mut registration = Registration::new(self.id.clone(), self.kind);
        let notify = self.notify.take().map(BearerForm::Address);
        registration.bearers = bearers(self.bearers.take().into_iter().flatten().chain(notify))?;
        registration.gateway =
            self.gateway.take().map(|gateway| directory::find(&app.database, &gateway)).transpose()?;
        registration.name = self.name.take();
        registration.owner = owner;
        check_groups(&self.groups)?;
        registration.groups = std::mem::take(&mut self.groups);
        let change = Change::of_account(self.resync, self.dialect);
        let (mut node, place, document) = if let Some(mut bootstrap) = self.bootstrap.take() {
            if self.names_credentials() {
                let why =
                    "bootstrap makes the credentials and nonces of both sides; leave out client, server and nonces";
                return Err(ApiError::bad(why));
            }
            bootstrap.scheme = bootstrap.scheme.or(self.scheme);
            let Prepared { node, place, document } = bootstrap.prepare(app, registration)?;
            (node, place, Some(bootstrap::shown(&document)))
        } else {
            registration.account = self.account()?;
            let (node, place) = registration.accept(App::now()).map_err(ApiError::bad)?;
            (node, place, None)
        };
        match &mut node.account {
            Some(account) => change.apply(account),
            None if change.is_of_account() => return Err(no_account(&node.id)),
            None => {}
        }
        Ok((node, place, document))
    }

    const fn names_credentials(&self) -> bool {
        self.client.is_some() || self.server.is_some() || self.client_nonce.is_some() || self.server_nonce.is_some()
    }

    fn account(self) -> Result<Option<ClientAccount>, ApiError> {
        match (self.client, self.server) {
            (Some(client), Some(server)) => {
                let client = Credentials::new(client.name, client.secret);
                let server = Credentials::new(server.id, server.secret);
                let scheme = self.scheme.unwrap_or_default().into();
                let account = ClientAccount::new(self.id, client, server).with_scheme(scheme);
                let nonces = (nonce("client_nonce", self.client_nonce)?, nonce("server_nonce", self.server_nonce)?);
                Ok(Some(account.with_nonces(nonces.0, nonces.1)))
            }
            (None, None) => Ok(None),
            _ => Err(ApiError::bad("client and server credentials go together; one of them is missing")),
        }
    }
}

/// Groups stand in rights and targets.
pub(super) fn check_groups(groups: &BTreeSet<String>) -> Result<(), ApiError> {
    let fits = |group: &String| (1..=64).contains(&group.len()) && !group.chars().any(char::is_control);
    if groups.len() <= 64 && groups.iter().all(fits) {
        return Ok(());
    }
    Err(ApiError::bad("a node is in at most 64 groups, and the name of a group has 1 to 64 bytes"))
}

pub(super) fn no_account(id: &DevId) -> ApiError {
    ApiError::bad(format!("{id} has no account: resync and dialect are for nodes with sessions of their own"))
}

fn nonce(field: &str, text: Option<String>) -> Result<Nonce, ApiError> {
    let Some(text) = text else { return Ok(Nonce::EMPTY) };
    Nonce::from_base64(&text)
        .ok_or_else(|| ApiError::bad(format!("{field} is not base64 of at most {} bytes", Nonce::MAX_LEN)))
}

/// Registers the unknown device `id` with the credentials that it shares with others.
pub(super) async fn approve(
    app: &App,
    caller: &Caller,
    (id, shared): (DevId, &SharedAccount),
    approval: Approval,
) -> Result<Value, ApiError> {
    let mut registration = shared.registration(id.clone());
    let groups = approval.groups.unwrap_or_else(|| registration.groups.clone());
    check_groups(&groups)?;
    if !caller.requester.rights.cover(Ability::Register, &id, &groups) {
        let why = format!("{} may not register {id} in these groups", caller.name());
        return Err(ApiError::forbidden(why).denying(id));
    }
    (registration.name, registration.groups) = (approval.name, groups);
    registration.bearers = bearers(approval.bearers)?;
    registration.owner = Some(caller.name().clone());
    let _guard = app.changing(&id).await;
    let (node, place) = registration.accept(App::now()).map_err(ApiError::bad)?;
    let mut records = Vec::new();
    let shown = put(app, (node, place), &mut records)?;
    app.commit(records).await?;
    Ok(shown)
}

/// Registers one node, or an array of them, which are all taken or none.
#[utoipa::path(post, path = "/devices", tag = "devices", request_body = Registrations,
    responses((status = 201, description = "They are stored.", body = schema::Registered),
        (status = 404, description = "There is no such gateway.", body = ErrorBody),
        (status = 409, description = "One of them is registered already.", body = ErrorBody)))]
pub(crate) async fn register(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let shown = if body.trim_ascii_start().starts_with(b"[") {
        let requests = parse::<Vec<Request>>(&body)?;
        if requests.len() > MAX_AT_ONCE {
            let why = format!("{} registrations at once; at most {MAX_AT_ONCE} are taken", requests.len());
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, why));
        }
        let shown = accept(&app, &caller, requests).await?;
        let documents: Vec<Value> = shown
            .iter()
            .filter_map(|node| Some(json!({"id": node["id"], "document": node.get("document")?})))
            .collect();
        let mut answer = json!({"registered": shown.len()});
        if !documents.is_empty() {
            answer["documents"] = Value::Array(documents);
        }
        answer
    } else {
        let shown = accept(&app, &caller, vec![parse::<Request>(&body)?]).await?;
        shown.into_iter().next().unwrap_or_default()
    };
    let has_secrets = shown.get("document").or_else(|| shown.get("documents")).is_some();
    Ok(if has_secrets { Created::with_secrets(shown) } else { Created::new(shown) })
}

/// Stores the registrations as one, and shows the nodes in the order of their DevIds.
async fn accept(app: &App, caller: &Caller, mut requests: Vec<Request>) -> Result<Vec<Value>, ApiError> {
    // In one order everywhere, so that two of these never wait for each other.
    requests.sort_by(|one, other| one.id.cmp(&other.id));
    let mut guards = Vec::with_capacity(requests.len());
    let several = requests.len() > 1;
    let mut previous = None;
    for request in &requests {
        let id = request.id.clone();
        if !caller.requester.rights.cover(Ability::Register, &id, &request.groups) {
            let why = format!("{} may not register {id} in these groups", caller.name());
            return Err(ApiError::forbidden(why).denying(id));
        }
        if previous.as_ref() == Some(&id) {
            return Err(ApiError::bad(format!("{id} is in the array twice")));
        }
        guards.push(app.locks.lock(&id).await);
        previous = Some(id);
    }
    let _settling = app.settling.lock().await;
    let (mut records, mut shown) = (Vec::new(), Vec::new());
    for request in requests {
        let id = request.id.clone();
        let taken = take(app, caller.name(), request, &mut records);
        shown.push(taken.map_err(|error| if several { error.about(&id) } else { error })?);
    }
    app.commit(records).await?;
    Ok(shown)
}

/// The records of one registration, and the node as it is shown.
fn take(app: &App, owner: &RequesterName, mut request: Request, records: &mut Vec<Record>) -> Result<Value, ApiError> {
    let owner = std::mem::take(&mut request.inventory).then(|| owner.clone());
    let (node, place, document) = request.accept(app, owner)?;
    let mut shown = put(app, (node, place), records)?;
    if let Some(document) = document {
        shown["document"] = document;
    }
    Ok(shown)
}

/// The records of a node that is to be registered, unless there is one already; and the node as it is shown.
fn put(
    app: &App,
    (node, mut place): (NodeRecord, Option<Place>),
    records: &mut Vec<Record>,
) -> Result<Value, ApiError> {
    let id = node.id.clone();
    // One that was deactivated is registered anew.
    if app.database.node(&id)?.is_some_and(|node| !node.is_deactivated()) {
        let why = format!("{id} is registered already; DELETE it before you register it anew");
        return Err(ApiError::conflict(why));
    }
    let other = app.database.node_by_name(&node.node_id())?.filter(|other| *other != id);
    if other.is_some() {
        let why = format!("another node is called {}; give this one a name of its own", node.node_id());
        return Err(ApiError::conflict(why));
    }
    if let Some(Place { gateway, .. }) = &place {
        match app.database.node(gateway)? {
            Some(record) if record.kind == NodeKind::Gateway => {}
            _ => return Err(ApiError::bad(format!("gateway {} is not registered as a gateway", NodeId::of(gateway)))),
        }
    }
    let known = app.database.place(&id)?;
    if known.as_ref().map(|known| &known.gateway) == place.as_ref().map(|place| &place.gateway) {
        // The gateway has told more than the registration does.
        place = known.clone();
    }
    let shown = view::node(&app.database, &id, Some(&node), place.as_ref().or(known.as_ref()))?;
    records.push(Record::Node(node));
    records.push(Record::StrangerRemoved(id.clone()));
    records.extend(place.map(|place| Record::Place { device: id, place }));
    Ok(shown)
}
