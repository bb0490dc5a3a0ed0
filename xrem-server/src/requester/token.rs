//! What is kept of a token.

use alloc::string::String;
use core::fmt;

use omadm_proto::auth::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The SHA-256 of a token. Tokens are random and long, so no salt and no slow hash is needed. Compared in constant time, and
/// never shown.
#[derive(Clone, Copy, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of `token`.
    #[must_use]
    pub fn of(token: &Secret) -> Self {
        Self(Sha256::digest(token.expose().as_bytes()).into())
    }

    /// The digest, for the index of a store; who reads a requester by it compares the two digests all the same.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| alloc::format!("{byte:02x}")).collect()
    }
}

impl PartialEq for TokenDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}
