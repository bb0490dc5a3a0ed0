//! An image that the server offers for download.

use alloc::string::String;

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
        if sha256.len() != 64 || !sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(ImageError::Sha256);
        }
        Ok(Self { name, version: None, size, sha256, url: url.into() })
    }

    /// The same with a version.
    #[must_use]
    pub fn with_version(mut self, version: Option<String>) -> Self {
        self.version = version;
        self
    }

    /// The ImageID in gateways: the name and the start of the digest, so that another file of the same name is another image.
    #[must_use]
    pub fn id(&self) -> String {
        alloc::format!("{}-{}", self.name, self.sha256.get(..8).unwrap_or_default())
    }
}
