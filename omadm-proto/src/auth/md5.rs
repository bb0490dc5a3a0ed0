//! `syncml:auth-md5`: B64( H( B64(H(user ":" password)) ":" nonce ) ) with H = MD5 \[dm 7.2\].
//!
//! The nonce goes in as raw bytes. The MAC of a message and the digest of a notification are the same formula with one
//! more part, hence it is spelled once, here.

use alloc::string::String;
use md5::{Digest as _, Md5};

use super::{Secret, base64};

/// The digest that travels in a Cred.
#[must_use]
pub fn digest(name: &str, secret: &Secret, nonce: &[u8]) -> String {
    super::encode_base64(&raw(name, secret, nonce, None))
}

/// The digest as bytes; `covered` is the message or trigger that a MAC covers.
pub(crate) fn raw(name: &str, secret: &Secret, nonce: &[u8], covered: Option<&[u8]>) -> [u8; 16] {
    let mut identity = Md5::new();
    identity.update(name);
    identity.update(b":");
    identity.update(secret.expose());
    let mut outer = Md5::new();
    outer.update(base64::digest(identity.finalize().into()));
    outer.update(b":");
    outer.update(nonce);
    if let Some(bytes) = covered {
        outer.update(b":");
        outer.update(base64::digest(Md5::digest(bytes).into()));
    }
    outer.finalize().into()
}
