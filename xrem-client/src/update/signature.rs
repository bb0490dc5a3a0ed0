//! The signature of a firmware image, and of a software package \[mo 5.7\].
//!
//! Signed are the version and the digest of the complete image, so it is checked before a byte is fetched; that the image
//! has this digest is found out when it is read back. For a package see [`crate::software`].

use core::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

/// The key that firmware images and software packages are signed with: the public half, ed25519.
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

    /// Whether the holder of this key has signed that the bytes of this digest are `version`.
    pub(crate) fn vouches_for(&self, version: &str, sha256: &str, signature: &[u8]) -> bool {
        let signed = alloc::format!("xrem-image-1\n{version}\n{sha256}\n");
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(signed.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Debug for ImageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImageKey")
    }
}
