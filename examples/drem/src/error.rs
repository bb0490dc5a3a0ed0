//! What a person is told when the device cannot run.

use std::fmt;

/// One line: what was wrong, where, what to do.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// The error told by `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The same, found in the file `name`.
    #[must_use]
    pub fn within(self, name: &str) -> Self {
        Self(format!("{name}: {}", self.0))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
