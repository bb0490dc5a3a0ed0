//! Accounts as a tree describes them: DMAcc of DM 1.2 and 1.3, and of DM 1.1.2 \[dm 11.3, 14\].
//!
//! Called by the client whenever the tree may have changed. What an object leaves open is unspecified; chosen: the first
//! usable address counts; of several credentials for one direction the one that AAuthPref names, else the one used last,
//! else the strongest; nothing weaker than the chosen one is sent or accepted. A server that is to prove itself by a scheme
//! that is not spoken here, or without a secret, cannot, and so its account is none.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};

use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::ids::ServerId;
use omadm_tree::mo::{DmAcc, DmAcc112View, DmAccView, MoView};
use omadm_tree::tree::Tree;

use super::Account;

/// One account.
#[derive(Debug)]
pub(crate) struct Provisioned {
    pub(crate) url: String,
    pub(crate) client: Option<Proof>,
    pub(crate) server: Option<Proof>,
    /// What AAuthPref names.
    pub(crate) preferred: Option<Scheme>,
}

/// What one direction is proven with.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) credentials: Credentials,
    pub(crate) scheme: Scheme,
    /// AAuthData.
    pub(crate) nonce: Option<Nonce>,
}

impl Account {
    /// The object at `root` that describes the account, for [`crate::Client::with_tree_accounts`] to read: address, credentials
    /// and first nonces, each direction with the scheme that it begins with. What is left open there is told by
    /// [`AccountRules`](super::AccountRules).
    #[must_use]
    pub fn object(&self, root: impl Into<String>) -> DmAcc {
        let data = |nonce: &Option<Nonce>| nonce.as_ref().map(|nonce| nonce.as_bytes().to_vec()).unwrap_or_default();
        let mut object = DmAcc::at(root, self.server_id.as_str()).addr(self.url.as_str());
        if let Some(Credentials { name, secret, .. }) = &self.client {
            let scheme = self.client_schemes.first(None).auth_type();
            object = object.client(scheme, name.as_str(), secret.expose(), data(&self.client_nonce));
        }
        if let Some(Credentials { name, secret, .. }) = &self.server {
            let scheme = self.server_schemes.first(None).auth_type();
            object = object.server(scheme, name.as_str(), secret.expose(), data(&self.server_nonce));
        }
        object
    }
}

/// The accounts of `tree`; of two with one server the first counts. `last` tells the scheme that was used last.
pub(crate) fn accounts_in(tree: &Tree, last: impl Fn(&ServerId) -> Option<Scheme>) -> BTreeMap<ServerId, Provisioned> {
    let mut found = BTreeMap::new();
    for view in DmAccView::all(tree) {
        if let Some(server) = view.text(DmAccView::SERVER_ID).map(ServerId::new)
            && let Some(account) = read(view, last(&server))
        {
            found.entry(server).or_insert(account);
        }
    }
    for view in DmAcc112View::all(tree) {
        if let Some(server) = view.text(DmAcc112View::SERVER_ID).map(ServerId::new)
            && let Some(account) = read_1_1_2(view, &server)
        {
            found.entry(server).or_insert(account);
        }
    }
    found
}

/// The account at `view`. `last` is the scheme that was used last.
pub(crate) fn read(view: DmAccView<'_>, last: Option<Scheme>) -> Option<Provisioned> {
    let preferred = view.text(DmAccView::AUTH_PREF).and_then(Scheme::from_auth_type);
    let server_id = view.text(DmAccView::SERVER_ID)?;
    let client = chosen(view, "CLCRED", "", preferred.or(last));
    let server = chosen(view, "SRVCRED", server_id, None);
    let by_transport = |entry: MoView<'_>| entry.text(DmAccView::AUTH_TYPE) == Some("TRANSPORT");
    if server.is_none()
        && view.credentials("SRVCRED").next().is_some()
        && !view.credentials("SRVCRED").any(by_transport)
    {
        return None;
    }
    let url = view.addresses().find_map(|address| {
        let port = DmAccView::ports(address).next();
        url_of(address.text(DmAccView::ADDR)?, address.text(DmAccView::ADDR_TYPE), port)
    })?;
    Some(Provisioned { url, client, server, preferred })
}

/// The credentials of `level` to use: of the scheme `wanted`, or the strongest.
fn chosen(view: DmAccView<'_>, level: &str, default_name: &str, wanted: Option<Scheme>) -> Option<Proof> {
    let usable = view.credentials(level).filter_map(|entry| {
        // One type stands there; several with commas between are seen.
        let scheme = entry.text(DmAccView::AUTH_TYPE)?.split(',').find_map(Scheme::from_auth_type)?;
        let name = entry.text(DmAccView::AUTH_NAME).unwrap_or(default_name);
        let credentials = Credentials::new(name, entry.text(DmAccView::AUTH_SECRET)?);
        Some(Proof { credentials, scheme, nonce: nonce(entry) })
    });
    usable.max_by_key(|proof| (Some(proof.scheme) == wanted, proof.scheme))
}

fn nonce(entry: MoView<'_>) -> Option<Nonce> {
    entry.filled(DmAccView::AUTH_DATA).filter(|data| data.len() <= Nonce::MAX_LEN).map(Nonce::new)
}

/// DM 1.1.2 knows no scheme for each direction: AuthPref counts for both, md5 without it.
fn read_1_1_2(view: DmAcc112View<'_>, server: &ServerId) -> Option<Provisioned> {
    let preferred = view
        .text(DmAcc112View::AUTH_PREF)
        .and_then(|text| Scheme::from_auth_type(text).or_else(|| Scheme::from_type_name(text)));
    let scheme = preferred.unwrap_or(Scheme::Md5);
    // The nonces are text there: base64, or what they are.
    let nonce = |text: Option<&str>| text.map(|text| Nonce::from_base64(text).unwrap_or_else(|| Nonce::new(text)));
    let proof = |name: &str, secret: Option<&str>, data: Option<&str>| {
        Some(Proof { credentials: Credentials::new(name, secret?), scheme, nonce: nonce(data) })
    };
    let user = view.text(DmAcc112View::USER_NAME).unwrap_or_default();
    let client = proof(user, view.text(DmAcc112View::CLIENT_PW), view.text(DmAcc112View::CLIENT_NONCE));
    let server = proof(server.as_str(), view.text(DmAcc112View::SERVER_PW), view.text(DmAcc112View::SERVER_NONCE));
    let url = url_of(view.text(DmAcc112View::ADDR)?, None, view.read(DmAcc112View::PORT_NBR))?;
    Some(Provisioned { url, client, server, preferred })
}

/// The URL of an address: a URI as it is, its port from `port` if it names none; HTTP to an IP address.
fn url_of(addr: &str, addr_type: Option<&str>, port: Option<u32>) -> Option<String> {
    let url = match addr_type {
        None | Some("URI") => addr.to_string(),
        Some("IPv4") => alloc::format!("http://{addr}"),
        Some("IPv6") => alloc::format!("http://[{addr}]"),
        Some(_) => return None,
    };
    let Some((scheme, rest)) = url.split_once("://") else { return Some(url) };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    // In an IPv6 address colons stand inside the brackets.
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let names_port = host.rsplit_once(']').map_or(host, |(_, behind)| behind).contains(':');
    let is_default = matches!((scheme.to_ascii_lowercase().as_str(), port), ("http", Some(80)) | ("https", Some(443)));
    match port.filter(|port| *port != 0 && !names_port && !is_default) {
        Some(port) => Some(alloc::format!("{scheme}://{authority}:{port}{path}")),
        None => Some(url),
    }
}
