//! A bootstrap document that a server under test hands out, read as the device reads it \[dm 12\].

use std::collections::BTreeMap;

use omadm_proto::auth::{Credentials, Nonce, Scheme, Secret};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Message};
use omadm_proto::provisioning::{AuthLevel, BootstrapSecrets, BootstrapSecurity, ProvisioningDoc, Sec, imsi_key};
use omadm_tree::tnds::{Tnds, TndsContent};
use xrem_server::bootstrap::Profile;

use super::{Account, expect};
use crate::row::Stop;

/// The IMSI of the devices that are bootstrapped.
pub const IMSI: &str = "244059000000000";
/// The PIN that their users type.
pub const PIN: &str = "1234";
/// The ServerID that is asked for.
pub const SERVER_ID: &str = "com.mgmtsrv.manage";

/// A device and the document for it.
#[derive(Debug, Clone)]
pub struct Handout {
    /// The device's DevId.
    pub dev_id: String,
    /// The Content-Type with SEC and MAC.
    pub content_type: String,
    /// The document.
    pub body: Vec<u8>,
}

/// The SEC that a document of `profile` is asked for with: the IMSI for CP, the PIN for DM.
#[must_use]
pub const fn sec(profile: Profile) -> Sec {
    match profile {
        Profile::Cp => Sec::NetwPin,
        Profile::Dm => Sec::UserPin,
    }
}

/// What a device and its user know.
#[must_use]
pub fn secrets() -> BootstrapSecrets {
    let key = imsi_key(IMSI).map(|key| key.to_vec()).unwrap_or_default();
    BootstrapSecrets::new().with_network_key(key).with_pin(PIN)
}

/// The credentials of one direction.
#[derive(Debug)]
struct Auth {
    scheme: Option<Scheme>,
    credentials: Credentials,
    nonce: Nonce,
}

impl Handout {
    /// Checks the MAC and reads the account, as the device does.
    ///
    /// # Errors
    /// The document is not signed, or holds no account.
    pub fn account(&self) -> Result<Account, Stop> {
        let security = BootstrapSecurity::from_content_type(&self.content_type)
            .map_err(|fault| Stop::failed("SEC and MAC in the Content-Type", fault.to_string()).at("Content-Type"))?;
        security
            .verify(&secrets(), &self.body)
            .map_err(|fault| Stop::failed("a MAC that the device can check", fault.to_string()).at("Content-Type"))?;
        if self.content_type.starts_with("application/vnd.wap.connectivity") {
            self.provisioned()
        } else {
            self.added()
        }
    }

    fn provisioned(&self) -> Result<Account, Stop> {
        let syntax = Syntax::sniff(&self.body);
        let document = ProvisioningDoc::decode_as(syntax, &self.body, &Limits::DEFAULT)
            .map_err(|error| unreadable(error.to_string()))?;
        let account = document.accounts().next().ok_or_else(|| unreadable("no APPLICATION w7"))?;
        let account = account.map_err(|fault| unreadable(fault.to_string()))?;
        let auth = |level: AuthLevel| {
            let auth = account.auths.iter().find(|auth| auth.level == level);
            auth.map(|auth| Auth {
                scheme: auth.scheme(),
                credentials: credentials(auth.name.clone(), auth.secret.clone()),
                nonce: auth.nonce.clone().unwrap_or_default(),
            })
        };
        let address = account.addresses.first().map(|address| address.addr.clone());
        self.assemble(address, auth(AuthLevel::ClCred), auth(AuthLevel::SrvCred))
    }

    fn added(&self) -> Result<Account, Stop> {
        let message = Message::decode(&self.body).map_err(|error| unreadable(error.to_string()))?;
        expect(message.is_final, "Final: nothing follows", "none", "bootstrap message")?;
        let item = message.commands.iter().find_map(|command| match command {
            Command::Tree(add) => add.items.first().filter(|item| item.target_uri() == Some("./Inbox")),
            _ => None,
        });
        let object = item.and_then(|item| item.data.as_ref()).ok_or_else(|| unreadable("no Add to ./Inbox"))?;
        let tree = Tnds::parse(object.as_bytes()).map_err(|error| unreadable(error.to_string()))?;
        let leaves = leaves(&tree);
        let text = |path: &str| leaves.get(path).map(|value| String::from_utf8_lossy(value).into_owned());
        let auth = |level: &str| {
            let mut nodes = leaves
                .iter()
                .filter_map(|(path, value)| path.strip_suffix("/AAuthLevel").filter(|_| value == level.as_bytes()));
            nodes.next().map(|node| Auth {
                scheme: text(&format!("{node}/AAuthType")).and_then(|kind| Scheme::from_auth_type(&kind)),
                credentials: credentials(
                    text(&format!("{node}/AAuthName")),
                    text(&format!("{node}/AAuthSecret")).map(Secret::from),
                ),
                nonce: leaves.get(&format!("{node}/AAuthData")).map(|it| Nonce::new(it.as_slice())).unwrap_or_default(),
            })
        };
        let address = leaves.keys().find(|path| path.ends_with("/Addr")).and_then(|path| text(path));
        self.assemble(address, auth("CLCRED"), auth("SRVCRED"))
    }

    fn assemble(&self, address: Option<String>, own: Option<Auth>, server: Option<Auth>) -> Result<Account, Stop> {
        let server_uri = address.ok_or_else(|| unreadable("no address of the server"))?;
        let own = own.ok_or_else(|| unreadable("no credentials of the client"))?;
        let server = server.ok_or_else(|| unreadable("no credentials of the server"))?;
        Ok(Account {
            dev_id: self.dev_id.clone(),
            server_uri,
            client: own.credentials,
            server: server.credentials,
            scheme: own.scheme.ok_or_else(|| unreadable("no AAuthType that is known"))?,
            transport: None,
            client_nonce: own.nonce,
            server_nonce: server.nonce,
        })
    }
}

fn credentials(name: Option<String>, secret: Option<Secret>) -> Credentials {
    Credentials::new(name.unwrap_or_default(), secret.unwrap_or_else(|| Secret::new("")))
}

fn unreadable(why: impl Into<String>) -> Stop {
    Stop::failed("a document with the account of a DM server", why).at("bootstrap document")
}

/// The leaves of a serialized tree by their paths below its top.
fn leaves(tree: &Tnds<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut leaves = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    for node in tree.nodes() {
        path.truncate(node.level);
        path.push(node.name.as_deref().unwrap_or_default().to_owned());
        if let TndsContent::Value(value) = &node.content {
            leaves.insert(path.join("/"), value.as_deref().unwrap_or_default().to_vec());
        }
    }
    leaves
}
