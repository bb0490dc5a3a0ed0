//! The filter language: which devices are meant, by what is known about them \[gwmo 5.2\].
//!
//! ```text
//! or = and {"|" and}      and = not {"&" not}      not = ["!"] prim      prim = "(" or ")" | key op value
//! op = != < <= > >= ~ =   value = bare token without space & | ( ) !   or 'quoted'
//! ```
//!
//! `~` tells a prefix; `<` and its kin compare versions piece by piece. A comparison with a fact that is not known is false,
//! `!=` as well: `!(fwv=2.1)` is what finds the devices of unknown version. A fact may have several values (the groups of a
//! device): one that holds is enough. Unspecified, chosen because scripts write filters by hand: white space between tokens
//! is allowed, keys are of lower-case letters, and a number compared with a word is compared bytewise.

mod parse;
mod version;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

pub use parse::FilterError;

/// Bytes of one filter.
pub const MAX_BYTES: usize = 512;
/// Levels of brackets and negations.
pub const MAX_NESTING: usize = 16;

/// A condition on devices, as it was written.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Filter {
    text: String,
    condition: Condition,
}

/// The facts of one device: whether one of the values of a key passes a test.
pub type Facts<'f> = dyn Fn(&str, &dyn Fn(&str) -> bool) -> bool + 'f;

/// A part of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Is { key: String, operator: Operator, value: String },
}

/// How a fact is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Prefix,
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Operator {
    fn holds(self, fact: &str, value: &str) -> bool {
        match self {
            Self::Equal => fact == value,
            Self::NotEqual => fact != value,
            Self::Prefix => fact.starts_with(value),
            Self::Below => version::compare(fact, value) == Ordering::Less,
            Self::AtMost => version::compare(fact, value) != Ordering::Greater,
            Self::Above => version::compare(fact, value) == Ordering::Greater,
            Self::AtLeast => version::compare(fact, value) != Ordering::Less,
        }
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Not(part) => !part.holds(facts),
            Self::Is { key, operator, value } => facts(key, &|fact| operator.holds(fact, value)),
        }
    }

    fn check_keys(&self, known: &[&str]) -> Result<(), FilterError> {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().try_for_each(|part| part.check_keys(known)),
            Self::Not(part) => part.check_keys(known),
            Self::Is { key, .. } if known.contains(&key.as_str()) => Ok(()),
            Self::Is { key, .. } => Err(FilterError::Key(key.clone())),
        }
    }
}

impl Filter {
    /// The filter that `text` says.
    ///
    /// # Errors
    /// [`FilterError`] tells what is wrong and where.
    pub fn parse(text: impl Into<String>) -> Result<Self, FilterError> {
        let text = text.into();
        Ok(Self { condition: parse::condition(&text)?, text })
    }

    /// The same, if it asks for no other keys than `known`: a misspelt key must not silently match nothing.
    ///
    /// # Errors
    /// [`FilterError::Key`].
    pub fn with_keys(self, known: &[&str]) -> Result<Self, FilterError> {
        self.condition.check_keys(known)?;
        Ok(self)
    }

    /// Whether the device with `facts` is meant.
    #[must_use]
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.condition.holds(facts)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({:?})", self.text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Filter {
    type Error = FilterError;

    fn try_from(text: String) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.text
    }
}

#[cfg(test)]
mod tests;
