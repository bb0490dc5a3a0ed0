//! What ends a run early: one line for a person.

use std::fmt;

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why the run cannot go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Ctrl-C.
    Interrupted,
    /// Something went wrong; the text names the step, the thing and the cause.
    Because(String),
}

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Because(text.into())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::Because(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted; every node was stopped"),
            Self::Because(text) => f.write_str(text),
        }
    }
}
