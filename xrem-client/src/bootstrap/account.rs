//! An account as its `DMAcc` object describes it \[dm 11.3, 7.2\].

use alloc::string::{String, ToString as _};

use omadm_proto::auth::{Nonce, Scheme, Secret};
use omadm_tree::mo::{DmAccView, MoView};

use crate::account::Account;

/// The account that the object `view` describes; `None` when it lacks the ServerID or an address.
///
/// A scheme that is not ours leaves its side without credentials; the scheme of each side is that of its AAuthType, and
/// nothing weaker. Unspecified how an address without a URI is reached; chosen: `http` on the port that the object names.
#[must_use]
pub fn read_account(view: DmAccView<'_>) -> Option<Account> {
    let server_id = view.text(DmAccView::SERVER_ID).filter(|id| !id.is_empty())?;
    let url = view.addresses().find_map(url)?;
    let mut account = Account::new(server_id, url);
    if let Some(credential) = view.credentials("CLCRED").find_map(credential) {
        account = account.client(credential.name, credential.secret).client_scheme(credential.scheme);
        account.client_nonce = credential.nonce;
    }
    if let Some(credential) = view.credentials("SRVCRED").find_map(credential) {
        account = account.server_named(credential.name, credential.secret).server_scheme(credential.scheme);
        account.server_nonce = credential.nonce;
    }
    Some(account)
}

/// One side's proof.
struct Credential {
    scheme: Scheme,
    name: String,
    secret: Secret,
    nonce: Option<Nonce>,
}

fn credential(entry: MoView<'_>) -> Option<Credential> {
    let types = entry.text(DmAccView::AUTH_TYPE)?;
    Some(Credential {
        scheme: types.split(',').find_map(Scheme::from_auth_type)?,
        name: entry.text(DmAccView::AUTH_NAME)?.to_string(),
        secret: Secret::new(entry.text(DmAccView::AUTH_SECRET)?),
        nonce: entry
            .read(DmAccView::AUTH_DATA)
            .filter(|nonce| !nonce.is_empty() && nonce.len() <= Nonce::MAX_LEN)
            .map(Nonce::new),
    })
}

/// The URL of an address, with the first port if it has none of its own.
fn url(address: MoView<'_>) -> Option<String> {
    let addr = address.text(DmAccView::ADDR).filter(|addr| !addr.is_empty())?;
    let port = DmAccView::ports(address).next();
    let with_port = |host: &str| match port {
        Some(port) => alloc::format!("{host}:{port}"),
        None => host.to_string(),
    };
    Some(match address.text(DmAccView::ADDR_TYPE).unwrap_or_default() {
        "IPv4" => alloc::format!("http://{}", with_port(addr)),
        "IPv6" => alloc::format!("http://{}", with_port(&alloc::format!("[{addr}]"))),
        _ => {
            let Some((scheme, rest)) = addr.split_once("://") else { return Some(addr.to_string()) };
            let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            let has_port = host.rsplit(']').next().is_some_and(|end| end.contains(':'));
            let authority = if has_port { authority.to_string() } else { with_port(authority) };
            alloc::format!("{scheme}://{authority}{path}")
        }
    })
}
