//! The nonce, and the Chal that carries it \[dm 7.4, 7.5\].

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{CredFault, Scheme};
use crate::message::{Chal, Data, Format, Meta};

/// The bytes that make a digest valid once. What travels is their base64; what is hashed are the bytes.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Nonce(Vec<u8>);

impl Nonce {
    /// The nonce of zero bytes: of an empty NextNonce, and of an account that never got one \[dm 7.4, 7.5\].
    pub const EMPTY: Self = Self(Vec::new());

    /// The longest nonce that a peer may set, in bytes.
    pub const MAX_LEN: usize = 128;

    /// The nonce `bytes`.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The special nonce of the resynchronisation: four zero bytes \[dm 7.6\].
    #[must_use]
    pub fn resync() -> Self {
        Self(Self::RESYNC.to_vec())
    }

    /// The bytes of [`Self::resync`].
    pub const RESYNC: [u8; 4] = [0; 4];

    /// The nonce whose base64 is `text`; `None` when it is no base64 or longer than [`Self::MAX_LEN`].
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        super::decode_base64(text).filter(|bytes| bytes.len() <= Self::MAX_LEN).map(Self)
    }

    /// The base64 that travels in NextNonce.
    #[must_use]
    pub fn to_base64(&self) -> String {
        super::encode_base64(&self.0)
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The nonce in a NextNonce element. Text is base64 unless Format says `bin`; opaque bytes are the nonce itself unless
    /// Format says `b64` and they are base64 \[wbxml 5\]. A reader turns opaque bytes that happen to be text into text, so
    /// text that is no base64 counts as raw bytes where Format does not forbid it.
    fn from_next_nonce(data: &Data<'_>, format: Option<Format>) -> Option<Self> {
        let bytes = data.as_bytes();
        let as_base64 = || core::str::from_utf8(bytes).ok().and_then(super::decode_base64);
        let decoded = match (data, format) {
            (_, Some(Format::Bin)) => None,
            (Data::Opaque(_), Some(Format::B64)) => as_base64(),
            (Data::Opaque(_), _) => None,
            (_, Some(Format::B64)) => Some(as_base64()?),
            (_, _) => as_base64(),
        };
        let nonce = decoded.map_or_else(|| Self::new(bytes), Self);
        (nonce.0.len() <= Self::MAX_LEN).then_some(nonce)
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({} bytes)", self.0.len())
    }
}

/// The Chal that demands `scheme`, or announces `next_nonce` on success. Basic has no nonce; one given is left out.
#[must_use]
pub fn challenge(scheme: Scheme, next_nonce: Option<&Nonce>) -> Chal<'static> {
    let mut meta = Meta::with_format(Format::B64).and_type(scheme.type_name());
    if scheme != Scheme::Basic {
        meta.extras_mut().next_nonce = next_nonce.map(|nonce| Data::text(nonce.to_base64()));
    }
    Chal::new(meta)
}

/// The scheme and the nonce of a received Chal.
///
/// # Errors
///
/// [`CredFault::UnknownScheme`] when Type names none of ours, [`CredFault::Malformed`] when Type is missing or the nonce is
/// no base64 or too long. A client that gets either ends the session: it cannot answer \[dm 7.4\].
pub fn read_challenge(chal: &Chal<'_>) -> Result<(Scheme, Option<Nonce>), CredFault> {
    let type_name = chal.meta.type_name.as_deref().ok_or(CredFault::Malformed)?;
    let scheme = Scheme::from_type_name(type_name).ok_or(CredFault::UnknownScheme)?;
    let nonce = match chal.meta.next_nonce() {
        Some(data) => {
            let format = chal.meta.known_format();
            Some(Nonce::from_next_nonce(data, format).ok_or(CredFault::Malformed)?)
        }
        None => None,
    };
    Ok((scheme, nonce))
}
