//! Making and checking the Cred of a SyncHdr.

use alloc::string::String;
use alloc::vec::Vec;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Nonce, Scheme, Secret, basic, md5};
use crate::message::{Cred, Data, Format, Meta};

/// AAuthName and AAuthSecret of one direction of an account \[dm 7.1\].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Credentials {
    /// AAuthName; sent as Source/LocName.
    pub name: String,
    /// AAuthSecret.
    pub secret: Secret,
}

impl Credentials {
    /// The credentials of `name`.
    #[must_use]
    pub fn new(name: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self { name: name.into(), secret: secret.into() }
    }
}

/// Why a Cred, a Chal or a MAC header proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredFault {
    /// The scheme is unknown, or one that does not travel in this place: demand another one.
    #[error("the authentication scheme is not supported here; challenge for basic, md5 or MAC")]
    UnknownScheme,
    /// Not decodable, or a mandatory part is missing.
    #[error("the credentials are malformed: a part is missing or is no base64")]
    Malformed,
    /// Well-formed, but the name, the secret or the nonce is another one.
    #[error("the credentials are wrong: name, secret or nonce differ")]
    Wrong,
}

/// The Cred that proves `credentials`; `None` for [`Scheme::Mac`], which travels in a header: see [`super::mac::MacHeader`].
#[must_use]
pub fn cred(scheme: Scheme, credentials: &Credentials, nonce: &Nonce) -> Option<Cred<'static>> {
    let text = match scheme {
        Scheme::Basic => basic::encode(&credentials.name, &credentials.secret),
        Scheme::Md5 => md5::digest(&credentials.name, &credentials.secret, nonce.as_bytes()),
        Scheme::Mac => return None,
    };
    Some(Cred::new(Some(Meta::with_format(Format::B64).and_type(scheme.type_name())), Data::text(text)))
}

/// Checks a received Cred against what is expected and tells the scheme it used; whether that scheme is strong enough is
/// the session's decision. `nonce` is the last one that was issued to this peer; basic ignores it.
///
/// # Errors
///
/// [`CredFault`], to be answered with 401 and a challenge.
pub fn verify(cred: &Cred<'_>, credentials: &Credentials, nonce: &Nonce) -> Result<Scheme, CredFault> {
    let scheme = match cred.meta.as_ref().and_then(|meta| meta.type_name.as_deref()) {
        Some(name) => Scheme::from_type_name(name).ok_or(CredFault::UnknownScheme)?,
        None => Scheme::Basic, // the default of the schema [dm 7.2]
    };
    let right = match scheme {
        Scheme::Basic => basic::matches(&decode_basic(cred)?, credentials),
        Scheme::Md5 => {
            let expected = md5::raw(&credentials.name, &credentials.secret, nonce.as_bytes(), None);
            expected.ct_eq(&decode_digest(cred)?).into()
        }
        Scheme::Mac => return Err(CredFault::UnknownScheme),
    };
    if right { Ok(scheme) } else { Err(CredFault::Wrong) }
}

/// Name and password of auth-basic: base64, or as they are when Format is `bin`.
fn decode_basic(cred: &Cred<'_>) -> Result<Zeroizing<Vec<u8>>, CredFault> {
    let bytes = cred.data.as_bytes();
    let decoded = core::str::from_utf8(bytes).ok().and_then(super::decode_base64);
    let raw_allowed = cred.meta.as_ref().and_then(Meta::known_format) == Some(Format::Bin);
    match decoded {
        Some(decoded) => Ok(Zeroizing::new(decoded)),
        None if raw_allowed => Ok(Zeroizing::new(bytes.to_vec())),
        None => Err(CredFault::Malformed),
    }
}

/// 16 raw bytes, or their base64. The two cannot be confused: 16 characters of base64 are 12 bytes or fewer.
fn decode_digest(cred: &Cred<'_>) -> Result<[u8; 16], CredFault> {
    let bytes = cred.data.as_bytes();
    if let Ok(raw) = <[u8; 16]>::try_from(bytes) {
        return Ok(raw);
    }
    let decoded = core::str::from_utf8(bytes).ok().and_then(super::decode_base64);
    decoded.and_then(|decoded| decoded.try_into().ok()).ok_or(CredFault::Malformed)
}
