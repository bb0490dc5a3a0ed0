//! What a requester is called.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::fmt;

/// The longest name.
const MAX_LEN: usize = 64;

/// The name of a requester; it stands in tasks, in the audit and in URLs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct RequesterName(String);

/// A text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a requester has 1 to {MAX_LEN} characters, each a letter, a digit, or one of . _ - @")]
#[allow(clippy::exhaustive_structs, reason = "there is one rule")]
pub struct NameError;

impl RequesterName {
    /// The name `text`.
    ///
    /// # Errors
    /// [`NameError`] says what a name is.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@');
        let fits = (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('.');
        if fits { Ok(Self(text.to_owned())) } else { Err(NameError) }
    }

    /// Whoever runs the server, and holds the token of its configuration.
    #[must_use]
    pub fn operator() -> Self {
        Self("operator".into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequesterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RequesterName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<RequesterName> for String {
    fn from(name: RequesterName) -> Self {
        name.0
    }
}
