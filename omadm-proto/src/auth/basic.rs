//! `syncml:auth-basic`: B64(user ":" password) \[dm 7.2\].

use alloc::string::String;
use alloc::vec::Vec;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Credentials, Secret};

/// The text that travels in a Cred.
#[must_use]
pub fn encode(name: &str, secret: &Secret) -> String {
    super::encode_base64(&joined(name, secret))
}

/// Whether `decoded` is name and secret; takes the same time wherever the difference is.
pub(crate) fn matches(decoded: &[u8], credentials: &Credentials) -> bool {
    decoded.ct_eq(&joined(&credentials.name, &credentials.secret)).into()
}

fn joined(name: &str, secret: &Secret) -> Zeroizing<Vec<u8>> {
    let mut joined = Zeroizing::new(Vec::with_capacity(name.len() + secret.expose().len() + 1));
    joined.extend_from_slice(name.as_bytes());
    joined.push(b':');
    joined.extend_from_slice(secret.expose().as_bytes());
    joined
}
