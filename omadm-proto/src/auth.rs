//! Credentials of both directions \[dm 7\]: what a Cred, a Chal and an `x-syncml-hmac` header hold, and whether that is
//! right.
//!
//! Nothing here keeps state: the session owns nonces and decides when to challenge. It calls [`cred()`] and [`challenge()`]
//! for what it sends, [`verify`] and [`read_challenge`] for what it receives, and [`mac::MacHeader`] in place of a Cred when
//! the account uses auth-MAC. Digests are compared in constant time; secrets and nonces never show in Debug output.

pub mod basic;
pub mod mac;
pub mod md5;
pub mod nonce;

mod base64;
mod challenge;
mod credential;
mod scheme;
mod secret;

pub use challenge::{Nonce, challenge, read_challenge};
pub use credential::{CredFault, Credentials, cred, verify};
pub use scheme::Scheme;
pub use secret::Secret;

pub(crate) use base64::{decode as decode_base64, encode as encode_base64, encoded_len as base64_len};
