//! What a received message shows of its sender \[dm 7.1-7.3\].

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};

use super::super::Incoming;
use crate::store::ClientAccount;
use crate::task::TaskId;

/// What a message shows of its sender.
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// The transport has authenticated it under the name of the account.
    ByTransport,
    /// Credentials that are right, and of a scheme that is strong enough.
    Proof(Proof),
    /// Credentials that are not.
    Wrong,
}

/// Right credentials.
pub(super) struct Proof {
    pub(super) scheme: Scheme,
    /// The nonce they were made with.
    pub(super) nonce: Nonce,
    /// They are the new ones that this task changes them to.
    pub(super) change: Option<TaskId>,
}

/// Which credentials are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    /// Those in use.
    InUse,
    /// Those in use, and those that the client may have by now.
    All,
}

/// Looks at the MAC of `incoming`, else at its Cred, else at what the transport says; `nonces` are those that are valid now.
pub(super) fn shown<'n>(
    account: &ClientAccount,
    incoming: &Incoming<'_>,
    nonces: &(impl Iterator<Item = &'n Nonce> + Clone),
    among: Among,
) -> Shown {
    if incoming.mac.is_none() && incoming.message.header.cred.is_none() {
        let by_transport = match (&account.transport_name, incoming.sender) {
            (Some(expected), Some(sender)) => expected == sender.as_str(),
            (None, _) | (_, None) => false,
        };
        return if by_transport { Shown::ByTransport } else { Shown::Nothing };
    }
    let candidates = account.client_credentials().take(if among == Among::InUse { 1 } else { usize::MAX });
    let proof = candidates.into_iter().find_map(|(credentials, change)| {
        nonces.clone().find_map(|nonce| {
            let scheme = verify(incoming, credentials, nonce)?;
            Some(Proof { scheme, nonce: nonce.clone(), change })
        })
    });
    match proof {
        Some(proof) if proof.scheme >= account.scheme => Shown::Proof(proof),
        Some(_) | None => Shown::Wrong,
    }
}

/// The scheme with which the message proves `credentials`. A message with a MAC is judged by it alone.
fn verify(incoming: &Incoming<'_>, credentials: &Credentials, nonce: &Nonce) -> Option<Scheme> {
    if let Some(mac) = incoming.mac {
        let mac = MacHeader::parse(mac).ok()?;
        return mac.verify(credentials, nonce, incoming.body).then_some(Scheme::Mac);
    }
    auth::verify(incoming.message.header.cred.as_ref()?, credentials, nonce).ok()
}
