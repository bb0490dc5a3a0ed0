//! Bootstrap documents: asked for with a registration, or for a node that is known \[dm 12\].
//!
//! A document holds the secrets of one device. It is given in the answer to the request that made it, after its account was
//! stored, and never again.

use axum::body::Bytes;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::auth::Secret;
use omadm_proto::provisioning::{BootstrapSecrets, Sec, SecurityFault, imsi_key};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use xrem_server::bootstrap::{BootstrapError, BootstrapRequest, Document, Profile, prepare};
use xrem_server::directory::{NodeRecord, Place, Registration};
use xrem_server::requester::Ability;
use xrem_server::session::Session;
use xrem_server::store::{Record, Store as _};

use super::registration::AllowedScheme;
use super::{ApiError, Caller, Created, parse, schema, view};
use crate::app::App;

/// A bootstrap document as it is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BootstrapRequest)]
pub(super) struct Request {
    #[schema(value_type = schema::Profile)]
    profile: Profile,
    /// ServerID: the name with which the server authenticates.
    server_id: String,
    /// Where the device finds this server; by default its own URL with `/dm`.
    url: Option<String>,
    /// A name for people.
    name: Option<String>,
    /// Of both directions.
    pub(super) scheme: Option<AllowedScheme>,
    /// What signs it: for cp NETWPIN, USERPIN or USERNETWPIN, for dm NETWORKID, USERPIN or USERPIN_NETWORKID.
    sec: String,
    /// The PIN that the user types.
    #[schema(value_type = Option<String>)]
    pin: Option<Secret>,
    /// What the network and the device know, as digits; or one of the next two.
    #[schema(value_type = Option<String>)]
    imsi: Option<Secret>,
    #[schema(value_type = Option<String>)]
    network_id: Option<Secret>,
    #[schema(value_type = Option<String>)]
    network_key_b64: Option<Secret>,
}

/// A node with the account that its document tells of.
pub(super) struct Prepared {
    pub(super) node: NodeRecord,
    pub(super) place: Option<Place>,
    pub(super) document: Document,
}

impl Request {
    /// Makes credentials and document for `registration`. Nothing is stored yet.
    pub(super) fn prepare(self, app: &App, registration: Registration) -> Result<Prepared, ApiError> {
        let sec = sec(&self.sec, self.profile)?;
        let url = self.url.unwrap_or_else(|| format!("{}/dm", app.public_url));
        let secrets = secrets(self.pin, [self.imsi, self.network_id, self.network_key_b64])?;
        let mut request = BootstrapRequest::new(self.profile, self.server_id, url, sec, secrets);
        request.name = self.name;
        request.scheme = self.scheme.unwrap_or_default().into();
        let made = prepare(App::now(), &mut app.nonces(), registration, &request).map_err(|why| refused(&why, sec))?;
        let (mut node, mut place) = (None, None);
        for record in made.persist {
            match record {
                Record::Node(made) => node = Some(made),
                Record::Place { place: made, .. } => place = Some(made),
                _ => {}
            }
        }
        let node = node.ok_or_else(|| ApiError::bad("the document registers no node"))?;
        Ok(Prepared { node, place, document: made.document })
    }
}

/// The kind of signature, which has to be one of the profile's.
fn sec(text: &str, profile: Profile) -> Result<Sec, ApiError> {
    let allowed = match profile {
        Profile::Cp => [Sec::NetwPin, Sec::UserPin, Sec::UserNetwPin],
        Profile::Dm => [Sec::NetworkId, Sec::UserPin, Sec::UserPinNetworkId],
    };
    Sec::parse(text).filter(|sec| allowed.contains(sec)).ok_or_else(|| {
        let [one, two, three] = allowed;
        ApiError::bad(format!("sec {text:?} is none of this profile's: {one}, {two} or {three}"))
    })
}

fn secrets(pin: Option<Secret>, [imsi, id, key]: [Option<Secret>; 3]) -> Result<BootstrapSecrets, ApiError> {
    let mut secrets = BootstrapSecrets::new();
    if let Some(pin) = pin {
        secrets = secrets.with_pin(pin);
    }
    match (imsi, id, key) {
        (None, None, None) => Ok(secrets),
        (Some(imsi), None, None) => {
            let key = imsi_key(imsi.expose()).ok_or_else(|| ApiError::bad("imsi is not 1 to 15 digits"))?;
            Ok(secrets.with_network_key(key.to_vec()))
        }
        (None, Some(id), None) => Ok(secrets.with_network_key(id.expose().as_bytes())),
        (None, None, Some(key)) => {
            let key = STANDARD.decode(key.expose()).map_err(|_| ApiError::bad("network_key_b64 is not base64"))?;
            Ok(secrets.with_network_key(key))
        }
        _ => Err(ApiError::bad("the network key is one of imsi, network_id and network_key_b64; give one of them")),
    }
}

fn refused(why: &BootstrapError, sec: Sec) -> ApiError {
    match why {
        BootstrapError::Security(SecurityFault::PinNeeded) => {
            ApiError::bad(format!("sec {sec} needs the PIN that the user will type: give pin"))
        }
        BootstrapError::Security(SecurityFault::NetworkKeyNeeded) => ApiError::bad(format!(
            "sec {sec} needs what the network and the device know: give imsi, network_id or network_key_b64"
        )),
        _ => ApiError::bad(why),
    }
}

/// The document as it is given out, once.
pub(super) fn shown(document: &Document) -> Value {
    json!({"content_type": document.content_type, "body_b64": STANDARD.encode(&document.body)})
}

/// A new document, with new credentials, for a node that is registered. The old credentials are worth nothing from then on.
#[utoipa::path(post, path = "/devices/{id}/bootstrap", tag = "devices", request_body = Request,
    params(("id" = String, Path, description = "NodeId of a registered node")),
    responses((status = 201, description = "The node with the document, which cannot be asked for again.", body = schema::Node)))]
pub(crate) async fn hand_out(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Created, ApiError> {
    let id = caller.node(&app, Ability::Register, &id)?;
    let request: Request = parse(&body)?;
    let _guard = app.changing(&id).await;
    let (node, place) = (app.database.node(&id)?, app.database.place(&id)?);
    let Some(mut node) = node else {
        let why = format!("{id} is not registered; POST it to /api/v1/devices, with a field bootstrap");
        return Err(ApiError::not_found(why));
    };
    let made = request.prepare(&app, Registration::new(id.clone(), node.kind))?;
    // The device is the same: only its account is another.
    let mut account = made.node.account;
    if let (Some(account), Some(old)) = (&mut account, &node.account) {
        (account.resync, account.dialect) = (old.resync, old.dialect);
        account.transport_name.clone_from(&old.transport_name);
    }
    (node.account, node.bootstrap) = (account, made.node.bootstrap);
    let mut view = view::node(&app.database, &id, Some(&node), place.as_ref())?;
    view["document"] = shown(&made.document);
    // A session that was opened with the old credentials is over.
    let session = Record::Session { node: id.clone(), session: Box::new(Session::new()) };
    app.commit(vec![Record::Node(node), session]).await?;
    tracing::info!(node = %id, "bootstrap document handed out");
    Ok(Created::with_secrets(view))
}
