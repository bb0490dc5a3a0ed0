//! Where the nodes of the catalogue's fixture tree are at the client under test, and who its servers are.
//!
//! Scripts speak of `./T/s`, `srvA` and `srvB`; a client has them where its settings say.

use omadm_proto::auth::{Credentials, Nonce};

use super::{Feature, Server};
use crate::row::Stop;

/// One server as the client's account knows it.
#[derive(Debug, Clone)]
pub struct Account {
    /// The server id.
    pub id: String,
    /// The address that the client posts to.
    pub url: String,
    /// What the server proves itself with.
    pub server: Credentials,
    /// What the client proves itself with.
    pub client: Credentials,
    /// The nonce for the server's first Cred, if the account was made with one.
    pub server_nonce: Option<Nonce>,
    /// The nonce for the client's first Cred.
    pub client_nonce: Option<Nonce>,
}

/// What is where.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Server A.
    pub a: Account,
    /// Server B, if the client knows a second one.
    pub b: Option<Account>,
    /// Nodes of the fixture and what stands for them, the longest first.
    pub nodes: Vec<(String, String)>,
    /// Nodes of the fixture that the client does not have.
    pub missing: Vec<String>,
    /// Features that it does not have.
    pub without: Vec<Feature>,
}

impl Fixture {
    /// The account of `server`.
    ///
    /// # Errors
    /// Skipped: the client does not know a second server.
    pub fn account(&self, server: Server) -> Result<&Account, Stop> {
        match server {
            Server::A => Ok(&self.a),
            Server::B => self
                .b
                .as_ref()
                .ok_or_else(|| Stop::skipped("the client has no account with a second server ([server-b])")),
        }
    }

    /// `text` with the nodes and the servers of the client in place of those of the catalogue.
    pub fn translated(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (node, own) in &self.nodes {
            text = text.replace(node.as_str(), own);
        }
        for server in [Server::A, Server::B] {
            if let Ok(account) = self.account(server)
                && account.id != server.alias()
            {
                text = text.replace(server.alias(), &account.id);
            }
        }
        text
    }

    /// Skips the row if `uri` of the fixture, or what is above it, is missing at this client.
    ///
    /// # Errors
    /// Skipped: it is.
    pub fn demand(&self, uri: &str) -> Result<(), Stop> {
        let path = uri.split('?').next().unwrap_or_default();
        let is_below = |node: &str| path == node || path.strip_prefix(node).is_some_and(|rest| rest.starts_with('/'));
        match self.missing.iter().find(|node| is_below(node)) {
            Some(node) => Err(Stop::skipped(format!("the client has nothing for {node}, as its settings say"))),
            None => Ok(()),
        }
    }
}
