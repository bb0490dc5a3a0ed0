//! What dmconf is told about a client: its accounts, and where the nodes of the catalogue's fixture are in its tree.
//!
//! ```toml
//! missing = ["./T/xa", "./T/secret"]      # nodes of the fixture that it does not have
//! without = ["user-interface", "copy"]    # features that it does not have
//!
//! [client]
//! user = "client1"
//! secret = "cpw"
//! scheme = "md5"                          # basic, md5, mac or none
//! nonce = "ADr/ChCAfyA6AN6tvu8NAA=="      # the first one, if it is known
//!
//! [server-a]
//! id = "srvA"
//! secret = "spw"                          # without one it trusts the transport
//! nonce = "ADr/ChCAfyA6AN6tvu8NAA=="
//!
//! [server-b]                              # a second account, for the rows about rights
//! id = "srvB"
//! secret = "spw"
//!
//! [nodes]
//! "./T" = "./Vendor/Conformance"          # what stands for the fixture's nodes
//! ```

use std::collections::BTreeMap;

use omadm_proto::auth::{Credentials, Nonce, Scheme};
use serde::Deserialize;

use crate::device::fixture::{Account, Fixture};
use crate::device::{Feature, Known, Nonces, Setup};
use crate::row::Stop;

/// The settings file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// Nodes of the fixture that the client does not have.
    pub missing: Vec<String>,
    /// Features that it does not have, by their names.
    pub without: Vec<String>,
    /// What it proves itself with.
    pub client: Client,
    /// Server A.
    pub server_a: Server,
    /// Server B.
    pub server_b: Option<Server>,
    /// What stands for the nodes of the fixture.
    pub nodes: BTreeMap<String, String>,
}

/// The client's credentials.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Client {
    /// Its user name.
    pub user: String,
    /// Its password.
    pub secret: String,
    /// `basic`, `md5`, `mac` or `none`; `md5` without.
    pub scheme: Option<String>,
    /// The first nonce, base64.
    pub nonce: Option<String>,
}

/// A server as the client's account knows it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Its id.
    pub id: String,
    /// The name in its credentials, when that is not the id.
    pub name: Option<String>,
    /// Its password; without one the client asks for no credentials.
    pub secret: Option<String>,
    /// The first nonce, base64.
    pub nonce: Option<String>,
    /// The path of its address.
    pub path: Option<String>,
}

impl Settings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// It is no such file; the text says what is wrong where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let settings: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        settings.check()?;
        Ok(settings)
    }

    /// Says what cannot be.
    ///
    /// # Errors
    /// A name of a feature or a scheme is unknown, or a nonce is no base64.
    pub fn check(&self) -> Result<(), String> {
        let known = || Feature::ALL.map(Feature::name).join(", ");
        for name in &self.without {
            if !Feature::ALL.iter().any(|feature| feature.name() == name) {
                return Err(format!("without: unknown feature \"{name}\"; there are {}", known()));
            }
        }
        self.scheme()?;
        let servers = [Some(&self.server_a), self.server_b.as_ref()].into_iter().flatten();
        for nonce in servers.filter_map(|server| server.nonce.as_ref()).chain(&self.client.nonce) {
            if Nonce::from_base64(nonce).is_none() {
                return Err(format!("nonce: \"{nonce}\" is not base64 of at most 128 bytes"));
            }
        }
        Ok(())
    }

    /// The scheme that the client proves itself with.
    fn scheme(&self) -> Result<Option<Scheme>, String> {
        Ok(match self.client.scheme.as_deref() {
            None | Some("md5") => Some(Scheme::Md5),
            Some("basic") => Some(Scheme::Basic),
            Some("mac") => Some(Scheme::Mac),
            Some("none") => None,
            Some(other) => return Err(format!("scheme: unknown \"{other}\"; there are basic, md5, mac and none")),
        })
    }

    fn without(&self) -> Vec<Feature> {
        Feature::ALL.into_iter().filter(|feature| self.without.iter().any(|name| feature.name() == name)).collect()
    }

    /// What is where at a client that reaches dmconf at `base`.
    pub(super) fn fixture(&self, base: &str) -> Fixture {
        let account = |server: &Server, path: &str| Account {
            id: server.id.clone(),
            url: format!("{base}{}", server.path.as_deref().unwrap_or(path)),
            server: Credentials::new(
                server.name.as_deref().unwrap_or(&server.id),
                server.secret.as_deref().unwrap_or_default(),
            ),
            client: Credentials::new(self.client.user.as_str(), self.client.secret.as_str()),
            server_nonce: server.nonce.as_deref().and_then(Nonce::from_base64),
            client_nonce: self.client.nonce.as_deref().and_then(Nonce::from_base64),
        };
        let mut nodes: Vec<(String, String)> = self.nodes.clone().into_iter().collect();
        nodes.sort_by_key(|(node, _)| std::cmp::Reverse(node.len()));
        Fixture {
            a: account(&self.server_a, "/a"),
            b: self.server_b.as_ref().map(|server| account(server, "/b")),
            nodes,
            missing: self.missing.clone(),
            without: self.without(),
        }
    }

    /// The fixture of a fresh row; with `stale` nonces the server believes another one.
    pub(super) fn fixture_like(&self, before: &Fixture, stale: bool) -> Fixture {
        let mut fixture = before.clone();
        if stale {
            for account in [Some(&mut fixture.a), fixture.b.as_mut()].into_iter().flatten() {
                account.client_nonce = Some(Nonce::new(*b"another nonce"));
            }
        } else {
            for account in [Some(&mut fixture.a), fixture.b.as_mut()].into_iter().flatten() {
                account.client_nonce = self.client.nonce.as_deref().and_then(Nonce::from_base64);
            }
        }
        fixture
    }

    /// How the client is, if that is what `setup` wants.
    pub(super) fn admit(&self, setup: &Setup) -> Result<Setup, Stop> {
        let (mine, usual) = (self.without(), Setup::default());
        let mut own = setup.clone();
        if let Some(feature) = setup.without.iter().find(|feature| !mine.contains(feature)) {
            return Err(Stop::skipped(format!("it takes a client without {}", feature.name())));
        }
        own.client = self.scheme().unwrap_or(usual.client);
        own.server_proves = self.server_a.secret.is_some();
        let is_usual =
            |one: &Setup| (one.client, one.server_proves, one.minimum) == (usual.client, true, usual.minimum);
        if !is_usual(setup) {
            if own.client != setup.client {
                let wanted = setup.client.map_or("no credentials", Scheme::type_name);
                return Err(Stop::skipped(format!("it takes an account with {wanted}")));
            }
            if own.server_proves != setup.server_proves {
                let wanted = if setup.server_proves { "asks" } else { "does not ask" };
                return Err(Stop::skipped(format!("it takes an account that {wanted} the server for credentials")));
            }
            if setup.client != Some(setup.minimum) {
                let wanted = setup.minimum.type_name();
                return Err(Stop::skipped(format!("it takes an account that is content with {wanted}")));
            }
        }
        if setup.nonces == Nonces::Unknown && self.client.nonce.is_some() {
            return Err(Stop::skipped("it takes an account without nonces"));
        }
        if setup.known == Known::OnlyB {
            return Err(Stop::skipped("it takes a client that a bootstrap document reaches"));
        }
        if setup.server_a.is_some() {
            return Err(Stop::skipped("it takes an account with another server id"));
        }
        if setup.tight_uris {
            return Err(Stop::skipped("it takes a client whose URIs are limited to 5 names, 64 and 16 characters"));
        }
        if let Some(special) = setup.extra.first() {
            return Err(Stop::skipped(format!("it takes a node that no command can make: {special:?}")));
        }
        if setup.full {
            return Err(Stop::skipped("it takes a client that is full"));
        }
        Ok(own)
    }
}
