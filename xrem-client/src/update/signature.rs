//! The signature of a firmware image \[mo 5.7\].
//!
//! Signed are the version and the digest of the complete image, so it is checked before a byte is fetched; that the image
//! has this digest is found out when it is read back.

use core::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

use super::Claims;

/// The key that firmware images are signed with: the public half, ed25519.
#[derive(Clone, PartialEq, Eq)]
pub struct ImageKey(VerifyingKey);

/// The bytes are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these 32 bytes are no ed25519 public key")]
#[non_exhaustive]
pub struct ImageKeyError;

impl ImageKey {
    /// The key of these 32 bytes.
    ///
    /// # Errors
    /// They are none.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, ImageKeyError> {
        VerifyingKey::from_bytes(bytes).map(Self).map_err(|_| ImageKeyError)
    }

    /// Whether the holder of this key has signed what the claims say.
    pub(super) fn vouches_for(&self, claims: &Claims) -> bool {
        let signed = alloc::format!("xrem-image-1\n{}\n{}\n", claims.version, claims.target_sha256);
        Signature::from_slice(&claims.signature)
            .is_ok_and(|signature| self.0.verify_strict(signed.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Debug for ImageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImageKey")
    }
}
