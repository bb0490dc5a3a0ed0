//! The nodes of a `DMAcc` 1.0 object (DM 1.2) for an account \[dm 11.3, 12.1\].
//!
//! They are plain data: the crate knows no tree. Unnamed nodes are called `1`, `2`, ... in the order of the document, which
//! is that of priority.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use zeroize::Zeroizing;

use super::{BootstrapAccount, Connection};
use crate::message::Format;

/// A leaf below the account node.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountLeaf {
    /// The URI below the account node, like `AppAddr/1/Addr`.
    pub uri: String,
    /// `chr`, or `bin` for AAuthData.
    pub format: Format,
    /// The value; wiped when dropped, never printed.
    pub value: Zeroizing<Vec<u8>>,
}

impl AccountLeaf {
    fn chr(uri: impl Into<String>, value: &str) -> Self {
        Self { uri: uri.into(), format: Format::Chr, value: Zeroizing::new(value.as_bytes().to_vec()) }
    }
}

impl fmt::Debug for AccountLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountLeaf({}, {}, {} bytes)", self.uri, self.format.as_str(), self.value.len())
    }
}

impl BootstrapAccount {
    /// The leaves of the account, interior nodes being implied.
    ///
    /// `reference` tells what the device calls a connection of the document: the URI of its node, or a private name; `None`
    /// when it does not know it. One connection becomes `PrefConRef`, several `ToConRef`, where an unknown one is empty.
    #[must_use]
    pub fn leaves(&self, reference: impl FnMut(&Connection) -> Option<String>) -> Vec<AccountLeaf> {
        let mut leaves = Vec::new();
        leaves.push(AccountLeaf::chr("AppID", Self::APP_ID));
        leaves.push(AccountLeaf::chr("ServerID", &self.server_id));
        leaves.extend(self.name.as_ref().map(|name| AccountLeaf::chr("Name", name)));
        self.push_connections(&mut leaves, reference);
        self.push_addresses(&mut leaves);
        self.push_auths(&mut leaves);
        leaves
    }

    fn push_connections(
        &self,
        leaves: &mut Vec<AccountLeaf>,
        mut reference: impl FnMut(&Connection) -> Option<String>,
    ) {
        if let [only] = &self.connections[..] {
            leaves.extend(reference(only).map(|uri| AccountLeaf::chr("PrefConRef", &uri)));
            return;
        }
        for (number, connection) in (1..).zip(&self.connections) {
            let uri = alloc::format!("ToConRef/{number}/ConRef");
            leaves.push(AccountLeaf::chr(uri, &reference(connection).unwrap_or_default()));
        }
    }

    fn push_addresses(&self, leaves: &mut Vec<AccountLeaf>) {
        for (number, address) in (1..).zip(&self.addresses) {
            let node = alloc::format!("AppAddr/{number}");
            leaves.push(AccountLeaf::chr(alloc::format!("{node}/Addr"), &address.addr));
            leaves.push(AccountLeaf::chr(alloc::format!("{node}/AddrType"), address.addr_type.as_str()));
            for (port_number, port) in (1..).zip(&address.ports) {
                let uri = alloc::format!("{node}/Port/{port_number}/PortNbr");
                leaves.push(AccountLeaf::chr(uri, &alloc::format!("{port}")));
            }
        }
    }

    fn push_auths(&self, leaves: &mut Vec<AccountLeaf>) {
        for (number, auth) in (1..).zip(&self.auths) {
            let node = |name: &str| alloc::format!("AppAuth/{number}/{name}");
            leaves.push(AccountLeaf::chr(node("AAuthLevel"), auth.level.as_str()));
            leaves.push(AccountLeaf::chr(node("AAuthType"), &auth.auth_type));
            leaves.extend(auth.name.as_ref().map(|name| AccountLeaf::chr(node("AAuthName"), name)));
            let secret = auth.secret.as_ref().map(|secret| AccountLeaf::chr(node("AAuthSecret"), secret.expose()));
            leaves.extend(secret);
            leaves.extend(auth.nonce.as_ref().map(|nonce| AccountLeaf {
                uri: node("AAuthData"),
                format: Format::Bin,
                value: Zeroizing::new(nonce.as_bytes().to_vec()),
            }));
        }
    }
}
