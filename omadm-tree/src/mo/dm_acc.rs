//! DMAcc: the account of a DM server on the device \[dm 11.3, mo 4.1\].
//!
//! The account belongs to its server: ACL Get, Replace, Delete for the ServerID, as after a bootstrap \[dm 12.1\]. Secrets and
//! nonces take Replace, never Get.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;

use crate::acl::{Acl, Right};
use crate::builder::{ManagementObject, TreeBuilder};
use crate::node::{AccessType, NodeSpec};

/// Builds an account.
#[derive(Clone)]
pub struct DmAcc {
    root: String,
    server_id: ServerId,
    name: Option<String>,
    addr: Option<String>,
    port: Option<u16>,
    auth_pref: Option<String>,
    client: Option<Auth>,
    server: Option<Auth>,
}

#[derive(Clone)]
struct Auth {
    auth_type: String,
    name: String,
    secret: String,
    nonce: Vec<u8>,
}

impl DmAcc {
    /// The identifier of the management object.
    pub const MOI: &'static str = "urn:oma:mo:oma-dm-dmacc:1.0";

    /// The account of `server_id` at `root`, usually `./DMAcc/<X>`.
    #[must_use]
    pub fn at(root: impl Into<String>, server_id: impl Into<String>) -> Self {
        Self {
            root: root.into(),
            server_id: ServerId::new(server_id),
            name: None,
            addr: None,
            port: None,
            auth_pref: None,
            client: None,
            server: None,
        }
    }

    /// The same with Name, for people.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same with AppAddr: the server's address as a URI.
    #[must_use]
    pub fn addr(mut self, uri: impl Into<String>) -> Self {
        self.addr = Some(uri.into());
        self
    }

    /// The same with the port of the address.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The same with AAuthPref, the AAuthType to try first.
    #[must_use]
    pub fn auth_pref(mut self, auth_type: impl Into<String>) -> Self {
        self.auth_pref = Some(auth_type.into());
        self
    }

    /// The same with CLCRED: how the client proves itself. `auth_type` is `BASIC`, `DIGEST` or `HMAC`.
    #[must_use]
    pub fn client(
        mut self,
        auth_type: impl Into<String>,
        name: impl Into<String>,
        secret: impl Into<String>,
        nonce: impl Into<Vec<u8>>,
    ) -> Self {
        self.client = Some(Auth::new(auth_type, name, secret, nonce));
        self
    }

    /// The same with SRVCRED: how the server proves itself.
    #[must_use]
    pub fn server(
        mut self,
        auth_type: impl Into<String>,
        name: impl Into<String>,
        secret: impl Into<String>,
        nonce: impl Into<Vec<u8>>,
    ) -> Self {
        self.server = Some(Auth::new(auth_type, name, secret, nonce));
        self
    }

    fn put_addr(&self, tree: &mut TreeBuilder, addr: &str) {
        let base = alloc::format!("{}/AppAddr", self.root);
        let entry = alloc::format!("{base}/1");
        tree.put(&base, interior());
        tree.put(&entry, interior());
        tree.put(&alloc::format!("{entry}/Addr"), text(addr));
        tree.put(&alloc::format!("{entry}/AddrType"), text("URI"));
        if let Some(port) = self.port {
            tree.put(&alloc::format!("{entry}/Port"), interior());
            tree.put(&alloc::format!("{entry}/Port/1"), interior());
            tree.put(&alloc::format!("{entry}/Port/1/PortNbr"), text(port.to_string()));
        }
    }
}

impl ManagementObject for DmAcc {
    fn build(self, tree: &mut TreeBuilder) {
        let acl = [Right::Get, Right::Replace, Right::Delete]
            .into_iter()
            .fold(Acl::EMPTY, |acl, right| acl.grant(right, &self.server_id));
        let access = AccessType::GET | AccessType::DELETE;
        tree.put(&self.root, NodeSpec::interior().mo(Self::MOI).access(access).acl(acl));
        let leaf = |name: &str| alloc::format!("{}/{name}", self.root);
        tree.put(&leaf("AppID"), text("w7").access(AccessType::GET));
        tree.put(&leaf("ServerID"), text(self.server_id.as_str()).access(AccessType::GET));
        if let Some(name) = &self.name {
            tree.put(&leaf("Name"), text(name));
        }
        if let Some(auth_pref) = &self.auth_pref {
            tree.put(&leaf("AAuthPref"), text(auth_pref));
        }
        if let Some(addr) = &self.addr {
            self.put_addr(tree, addr);
        }
        let credentials = [("CLCRED", "1", &self.client), ("SRVCRED", "2", &self.server)];
        for (level, entry, auth) in credentials {
            if let Some(auth) = auth {
                tree.put(&leaf("AppAuth"), interior());
                auth.put(tree, &leaf(&alloc::format!("AppAuth/{entry}")), level);
            }
        }
    }
}

impl Auth {
    fn new(
        auth_type: impl Into<String>,
        name: impl Into<String>,
        secret: impl Into<String>,
        nonce: impl Into<Vec<u8>>,
    ) -> Self {
        Self { auth_type: auth_type.into(), name: name.into(), secret: secret.into(), nonce: nonce.into() }
    }

    fn put(&self, tree: &mut TreeBuilder, entry: &str, level: &str) {
        tree.put(entry, interior());
        tree.put(&alloc::format!("{entry}/AAuthLevel"), text(level));
        tree.put(&alloc::format!("{entry}/AAuthType"), text(&self.auth_type));
        tree.put(&alloc::format!("{entry}/AAuthName"), text(&self.name));
        let secret = text(&self.secret).access(AccessType::REPLACE);
        tree.put(&alloc::format!("{entry}/AAuthSecret"), secret);
        let nonce = NodeSpec::leaf(Format::Bin, self.nonce.as_slice())
            .of_type("application/octet-stream")
            .access(AccessType::REPLACE);
        tree.put(&alloc::format!("{entry}/AAuthData"), nonce);
    }
}

fn interior() -> NodeSpec {
    NodeSpec::interior().access(AccessType::GET)
}

fn text(value: impl Into<String>) -> NodeSpec {
    NodeSpec::leaf(Format::Chr, value.into()).access(AccessType::GET_REPLACE)
}

impl fmt::Debug for DmAcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DmAcc").field("root", &self.root).field("server_id", &self.server_id).finish_non_exhaustive()
    }
}
