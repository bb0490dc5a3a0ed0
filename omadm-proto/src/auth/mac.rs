//! `syncml:auth-MAC` and its transport header `x-syncml-hmac` \[dm 7.2, 7.3\].
//!
//! Despite its name the scheme is no RFC 2104 HMAC: it is the auth-md5 formula with the digest of the message as third part.
//! The session calls [`MacHeader::new`] for every message it sends under this scheme and [`MacHeader::verify`] for every
//! one it receives.

use alloc::string::String;
use core::fmt;
use subtle::ConstantTimeEq as _;

use super::{CredFault, Credentials, Nonce, Secret, md5};

/// B64( H( B64(H(user ":" password)) ":" nonce ":" B64(H(body)) ) ); `body` is the exact message.
#[must_use]
pub fn digest(name: &str, secret: &Secret, nonce: &[u8], body: &[u8]) -> String {
    super::encode_base64(&md5::raw(name, secret, nonce, Some(body)))
}

/// The value of an `x-syncml-hmac` header; [`fmt::Display`] writes it.
///
/// A header is one line: a control character in the name is written as a blank, so that a name from an account can never
/// begin another header. The peer then does not know the name, as it could not have anyway.
#[derive(Clone, PartialEq, Eq)]
pub struct MacHeader {
    username: String,
    mac: [u8; 16],
}

impl MacHeader {
    /// The header for the message `body`.
    #[must_use]
    pub fn new(credentials: &Credentials, nonce: &Nonce, body: &[u8]) -> Self {
        let mac = md5::raw(&credentials.name, &credentials.secret, nonce.as_bytes(), Some(body));
        Self { username: credentials.name.clone(), mac }
    }

    /// The longest header that is read, in bytes.
    pub const MAX_LEN: usize = 4096;

    /// The longest name that is read, in bytes: what is written for any such name is shorter than [`Self::MAX_LEN`].
    pub const MAX_NAME_LEN: usize = 1024;

    /// Reads the value of a header: a comma-separated list in any order, names without regard to case, values quoted or
    /// not, white space anywhere between; unknown names are skipped \[dm 7.3\].
    ///
    /// # Errors
    ///
    /// [`CredFault::UnknownScheme`] for an algorithm other than MD5, [`CredFault::Malformed`] when username or mac is
    /// missing, stands twice, the mac is not the base64 of 16 bytes, the username holds a control character, or it or the
    /// header is longer than [`Self::MAX_NAME_LEN`] and [`Self::MAX_LEN`].
    pub fn parse(value: &str) -> Result<Self, CredFault> {
        if value.len() > Self::MAX_LEN {
            return Err(CredFault::Malformed);
        }
        let mut username = None;
        let mut mac = None;
        let mut parameters = Parameters { rest: value };
        while let Some((name, value)) = parameters.next()? {
            if name.eq_ignore_ascii_case("username") {
                set_once(&mut username, value)?;
            } else if name.eq_ignore_ascii_case("mac") {
                set_once(&mut mac, value)?;
            } else if name.eq_ignore_ascii_case("algorithm") && !value.eq_ignore_ascii_case("MD5") {
                return Err(CredFault::UnknownScheme);
            }
        }
        let mac = mac.as_deref().and_then(super::decode_base64).and_then(|bytes| bytes.try_into().ok());
        let username = username.filter(|name| name.len() <= Self::MAX_NAME_LEN && !name.contains(char::is_control));
        Ok(Self { username: username.ok_or(CredFault::Malformed)?, mac: mac.ok_or(CredFault::Malformed)? })
    }

    /// The name whose secret must be looked up.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether it proves that the holder of `credentials` sent `body`, in constant time for the digest.
    #[must_use]
    pub fn verify(&self, credentials: &Credentials, nonce: &Nonce, body: &[u8]) -> bool {
        let expected = md5::raw(&credentials.name, &credentials.secret, nonce.as_bytes(), Some(body));
        self.username == credentials.name && bool::from(expected.ct_eq(&self.mac))
    }
}

impl fmt::Display for MacHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("algorithm=MD5, username=\"")?;
        for character in self.username.chars() {
            if matches!(character, '"' | '\\') {
                f.write_str("\\")?;
            }
            fmt::Write::write_char(f, if character.is_control() { ' ' } else { character })?;
        }
        write!(f, "\", mac={}", super::encode_base64(&self.mac))
    }
}

impl fmt::Debug for MacHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MacHeader").field("username", &self.username).finish_non_exhaustive()
    }
}

fn set_once(slot: &mut Option<String>, value: String) -> Result<(), CredFault> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(CredFault::Malformed),
    }
}

/// The `name=value` pairs of a header.
struct Parameters<'a> {
    rest: &'a str,
}

impl<'a> Parameters<'a> {
    /// The next pair; empty list elements are legal and skipped.
    fn next(&mut self) -> Result<Option<(&'a str, String)>, CredFault> {
        self.rest = self.rest.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (name, after) = self.rest.split_once('=').ok_or(CredFault::Malformed)?;
        let after = after.trim_ascii_start();
        let (value, rest) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = after.find(',').unwrap_or(after.len());
                let (value, rest) = after.split_at(end);
                (value.trim_ascii().into(), rest)
            }
        };
        let rest = rest.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(CredFault::Malformed);
        }
        self.rest = rest;
        Ok(Some((name.trim_ascii(), value)))
    }
}

/// The content of a quoted-string whose opening quote is gone, and what follows the closing one.
fn unquote(quoted: &str) -> Result<(String, &str), CredFault> {
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Ok((value, characters.as_str())),
            '\\' => value.push(characters.next().ok_or(CredFault::Malformed)?),
            other => value.push(other),
        }
    }
    Err(CredFault::Malformed)
}
