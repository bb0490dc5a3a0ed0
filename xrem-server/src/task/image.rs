//! An image that the server offers for download.

use alloc::string::String;
use alloc::vec::Vec;

/// A file that nodes fetch by HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ImageFile {
    /// Its name.
    pub name: String,
    /// Its version, as the device will show it.
    pub version: Option<String>,
    /// Bytes.
    pub size: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Where it is fetched.
    pub url: String,
    /// It is a delta: what it applies to and what it makes.
    #[cfg_attr(feature = "serde", serde(default))]
    pub delta: Option<DeltaFile>,
    /// The ed25519 signature of version and complete image \[mo 5.7\], if the release has one.
    #[cfg_attr(feature = "serde", serde(default))]
    pub signature: Option<Vec<u8>>,
}

/// What a delta applies to and what it makes; a BSDIFF40 container \[mo 5.7\].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DeltaFile {
    /// SHA-256 of the image that must run.
    pub from: String,
    /// SHA-256 of the complete image afterwards.
    pub target: String,
}

/// Why a name is none for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// Not 1 to 48 of the characters that an ImageID may have.
    #[error(
        "an image name has 1 to 48 characters, each a letter, a digit, or one of . _ -, and does not start with a dot"
    )]
    Name,
    /// Not 64 hexadecimal digits.
    #[error("sha256 is not 64 lower-case hexadecimal digits")]
    Sha256,
}

impl ImageFile {
    /// The image `name` of `size` bytes with the digest `sha256`, fetched at `url`.
    ///
    /// # Errors
    /// [`ImageError`]; the name becomes a part of a path, a URL and an ImageID \[gwmo 3.5\].
    pub fn new(
        name: impl Into<String>,
        size: u64,
        sha256: impl Into<String>,
        url: impl Into<String>,
    ) -> Result<Self, ImageError> {
        let (name, sha256) = (name.into(), sha256.into());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if name.is_empty() || name.len() > 48 || name.starts_with('.') || !name.bytes().all(allowed) {
            return Err(ImageError::Name);
        }
        check_digest(&sha256)?;
        Ok(Self { name, version: None, size, sha256, url: url.into(), delta: None, signature: None })
    }

    /// The same with a version.
    #[must_use]
    pub fn with_version(mut self, version: Option<String>) -> Self {
        self.version = version;
        self
    }

    /// The same as a delta that makes the image with the digest `target` of the one with the digest `from`.
    ///
    /// # Errors
    /// [`ImageError::Sha256`].
    pub fn with_delta(self, from: impl Into<String>, target: impl Into<String>) -> Result<Self, ImageError> {
        let delta = DeltaFile { from: from.into(), target: target.into() };
        check_digest(&delta.from)?;
        check_digest(&delta.target)?;
        Ok(Self { delta: Some(delta), ..self })
    }

    /// The same with the signature of its version and its complete image.
    #[must_use]
    pub fn with_signature(self, signature: Option<Vec<u8>>) -> Self {
        Self { signature, ..self }
    }

    /// SHA-256 of the complete image that runs when it is installed.
    #[must_use]
    pub fn target_sha256(&self) -> &str {
        self.delta.as_ref().map_or(&self.sha256, |delta| &delta.target)
    }

    /// The ImageID in gateways: the name and the start of the digest, so that another file of the same name is another image.
    #[must_use]
    pub fn id(&self) -> String {
        alloc::format!("{}-{}", self.name, self.sha256.get(..8).unwrap_or_default())
    }
}

fn check_digest(sha256: &str) -> Result<(), ImageError> {
    let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_digest { Ok(()) } else { Err(ImageError::Sha256) }
}
