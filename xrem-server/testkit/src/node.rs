//! Who is who: the nodes of a world, their addresses and their credentials.

use core::fmt;

use omadm_proto::auth::{Credentials, Secret};
use omadm_proto::ids::DevId;
use xrem_client::account::Account;
use xrem_server::store::ClientAccount;

use crate::plan::Plan;

/// A node of a world. Its host name is what [`fmt::Display`] writes: `nrem`, `gw1`, `dev7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums, reason = "the three roles")]
pub enum Node {
    /// The network server.
    Server,
    /// A gateway, from 1.
    Gateway(u32),
    /// A device, from 1.
    Device(u32),
}

impl Node {
    /// Its DevId: `urn:gw:1`, `urn:dev:7`.
    #[must_use]
    pub fn dev_id(self) -> DevId {
        DevId::new(match self {
            Self::Server => "urn:nrem".to_owned(),
            Self::Gateway(number) => format!("urn:gw:{number}"),
            Self::Device(number) => format!("urn:dev:{number}"),
        })
    }

    /// The node with this host name.
    #[must_use]
    pub fn parse(host: &str) -> Option<Self> {
        if host == "nrem" {
            return Some(Self::Server);
        }
        let gateway = host.strip_prefix("gw").and_then(|number| Some(Self::Gateway(number.parse().ok()?)));
        gateway.or_else(|| Some(Self::Device(host.strip_prefix("dev")?.parse().ok()?)))
    }

    /// Its address in the area network of `gateway`: `dev7.gw1`.
    pub(crate) fn address_at(self, gateway: Self) -> String {
        format!("{self}.{gateway}")
    }

    /// The node with this address in the area network of `gateway`.
    pub(crate) fn of_address(address: &str, gateway: Self) -> Option<Self> {
        let (host, network) = address.split_once('.')?;
        Self::parse(host).filter(|_| Self::parse(network) == Some(gateway))
    }

    /// The node that serves `url`, and the path there.
    pub(crate) fn of_url(url: &str) -> Option<(Self, &str)> {
        let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
        Some((Self::parse(host)?, path))
    }

    fn credentials(self, role: &str, name: String) -> Credentials {
        Credentials::new(name, Secret::new(format!("{self}-{role}-secret")))
    }

    /// What this node and `manager`, which is its server, know of each other: the node's half.
    pub(crate) fn account_at(self, manager: Self, plan: &Plan) -> Account {
        let known = self.account_of(manager);
        Account::new(manager.to_string().as_str(), format!("http://{manager}/dm"))
            .client(known.client.name, known.client.secret)
            .server(known.server.secret)
            .minimum(plan.scheme)
            .preferred(plan.scheme)
            .syntax(plan.syntax)
    }

    /// The manager's half.
    #[must_use]
    pub fn account_of(self, manager: Self) -> ClientAccount {
        let client = self.credentials("client", self.to_string());
        let server = self.credentials("server", manager.to_string());
        ClientAccount::new(self.dev_id(), client, server)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("nrem"),
            Self::Gateway(number) => write!(f, "gw{number}"),
            Self::Device(number) => write!(f, "dev{number}"),
        }
    }
}
