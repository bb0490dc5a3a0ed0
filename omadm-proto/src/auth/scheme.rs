//! The three schemes that are specified well enough to be spoken \[dm 7.2\].

use core::fmt;

/// An authentication scheme; a greater one is stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Scheme {
    /// `syncml:auth-basic`: name and secret in base64.
    Basic,
    /// `syncml:auth-md5`: a digest of name, secret and nonce.
    Md5,
    /// `syncml:auth-MAC`: a digest that covers the message as well; travels in a transport header.
    Mac,
}

impl Scheme {
    /// All schemes, weakest first.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Md5, Self::Mac];

    /// Meta Type of the Cred and Chal.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Basic => "syncml:auth-basic",
            Self::Md5 => "syncml:auth-md5",
            Self::Mac => "syncml:auth-MAC",
        }
    }

    /// The scheme that a Meta Type names, without regard to case.
    #[must_use]
    pub fn from_type_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| name.trim().eq_ignore_ascii_case(scheme.type_name()))
    }

    /// AAuthType of a `DMAcc`.
    #[must_use]
    pub const fn auth_type(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Md5 => "DIGEST",
            Self::Mac => "HMAC",
        }
    }

    /// The scheme that an AAuthType names, without regard to case.
    #[must_use]
    pub fn from_auth_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| name.trim().eq_ignore_ascii_case(scheme.auth_type()))
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}
