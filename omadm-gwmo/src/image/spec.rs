//! What an image is, and what is kept about it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use omadm_proto::ids::ServerId;
use omadm_proto::status::StatusCode;

use crate::code::ResultCode;

/// What holds for all images of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageSettings {
    /// What local URLs begin with, without a slash at the end: `http://192.168.7.1:8080`.
    pub base_url: String,
    /// Bytes of the whole store.
    pub store_bytes: u64,
    /// Bytes that are fetched, stored and read at once.
    pub block_bytes: u32,
    /// Images that may exist at once.
    pub max_images: usize,
}

impl ImageSettings {
    /// A store of 4 GiB with blocks of 256 KiB, whose URLs begin with `base_url`.
    #[must_use]
    pub fn new(base_url: impl Into<String>) -> Self {
        let base_url = base_url.into();
        let base_url = base_url.trim_end_matches('/').into();
        Self { base_url, store_bytes: 4 << 30, block_bytes: 256 << 10, max_images: 256 }
    }
}

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ImageHash([u8; 32]);

impl ImageHash {
    /// The digest `bytes`.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest written `sha256:` and 64 hexadecimal digits, as in the leaf Hash \[gwmo 3.5\].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix("sha256:")?;
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for ImageHash {
    /// 64 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ImageHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// An image as a server described it \[gwmo 3.5\].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ImageSpec {
    /// The name of its node.
    pub node: String,
    /// ImageID.
    pub id: String,
    /// Kind: 1 firmware, 2 software, 3 configuration, 4 bootstrap, 5 other.
    pub kind: u8,
    /// Version.
    pub version: Option<String>,
    /// Type: what devices are told the bytes are.
    pub media_type: String,
    /// Size.
    pub size: Option<u64>,
    /// Hash.
    pub hash: ImageHash,
    /// SrcURL.
    pub source: Option<String>,
}

impl ImageSpec {
    /// The firmware image `node` with the digest `hash`; ImageID is the node name until it is set.
    #[must_use]
    pub fn new(node: impl Into<String>, hash: ImageHash) -> Self {
        let node = node.into();
        Self {
            id: node.clone(),
            node,
            kind: 1,
            version: None,
            media_type: "application/octet-stream".into(),
            size: None,
            hash,
            source: None,
        }
    }

    /// The same, fetched from `source`.
    #[must_use]
    pub fn from_source(mut self, source: impl Into<String>, size: Option<u64>) -> Self {
        self.source = Some(source.into());
        self.size = size;
        self
    }
}

/// Who is told that an image is ready, or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Asker {
    /// The server; `None` stands for every server.
    pub server: Option<ServerId>,
    /// The Correlator of its Exec.
    pub correlator: Option<String>,
}

impl Asker {
    /// The server that executed Download.
    #[must_use]
    pub const fn new(server: ServerId, correlator: Option<String>) -> Self {
        Self { server: Some(server), correlator }
    }

    /// Every server: who wrote the bytes is not known.
    #[must_use]
    pub const fn everyone() -> Self {
        Self { server: None, correlator: None }
    }
}

/// What of an image survives a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ImageRecord {
    /// What it is.
    pub spec: ImageSpec,
    /// The unguessable part of its URL.
    pub token: String,
    /// Who is told the end.
    pub askers: Vec<Asker>,
    /// Complete local deliveries.
    pub served: u64,
}

impl ImageRecord {
    /// The record of a new image; 128 random bits at least make its URL unguessable \[gwmo 10.1\].
    pub(super) fn new(spec: ImageSpec, random: &[u8]) -> Self {
        let token = random.iter().map(|byte| alloc::format!("{byte:02x}")).collect();
        Self { spec, token, askers: Vec::new(), served: 0 }
    }
}

/// An image that devices may fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadyImage {
    /// LocalURL.
    pub url: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in 64 lower-case hexadecimal digits.
    pub hash: String,
    /// Version.
    pub version: Option<String>,
}

/// What to answer a device that fetches an image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServedImage {
    /// The node of the image, for [`super::ImageInventory::served`].
    pub node: String,
    /// Which bytes.
    pub hash: ImageHash,
    /// How many.
    pub size: u64,
    /// Content-Type.
    pub media_type: String,
}

/// Why an image is not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the image cannot be stored ({code})")]
#[non_exhaustive]
pub struct ImageRefused {
    /// Answers the Exec.
    pub status: StatusCode,
    /// The image's ResultCode.
    pub code: ResultCode,
}

impl ImageRefused {
    /// The refusal with these codes.
    #[must_use]
    pub const fn new(status: StatusCode, code: ResultCode) -> Self {
        Self { status, code }
    }
}
