//! The transitions that a trap reports \[mo 9.4\].

use alloc::borrow::Cow;
use alloc::string::String;

#[cfg(feature = "xml")]
use super::read::Document;
use super::write::{attribute, open, optional};
use super::{Decimal, DiagTime, NAMESPACE};
#[cfg(feature = "xml")]
use super::{DiagError, DiagLimits};

/// `<FM>`: one transition of one trap.
///
/// [`Self::seq`] counts the transitions of the trap, from 1, over restarts: a higher number is the later state. Unspecified
/// what an answer to Poll says; chosen: the last transition once more, word for word, so that it has the key of what was
/// reported before, and number 0 with [`FaultState::Cleared`] when there was none yet. A TrapInactiveNotification is a
/// transition too: its state is [`FaultState::Cleared`], because nobody watches the condition any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FmReport<'a> {
    /// `trap`: the name of the trap's node.
    pub trap: Cow<'a, str>,
    /// `seq`: which transition of the trap.
    pub seq: u64,
    /// `t`: when, by the device's clock.
    pub time: DiagTime,
    /// `state`: what it is now.
    pub state: FaultState,
    /// `cause`: why, in words; for a trap on a metric its condition.
    pub cause: Option<Cow<'a, str>>,
    /// `problem`: what the matter is, in the device's words.
    pub problem: Option<Cow<'a, str>>,
    /// `v`: the value that made the transition.
    pub value: Option<Decimal>,
}

/// What a trap tells about its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the two states of the sheet")]
pub enum FaultState {
    /// The fault is there; also while it is latched.
    Raised,
    /// It is over.
    Cleared,
}

impl FaultState {
    /// The word in the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Cleared => "cleared",
        }
    }
}

impl<'a> FmReport<'a> {
    /// The transition number `seq` of `trap` at `time`.
    #[must_use]
    pub fn new(trap: impl Into<Cow<'a, str>>, seq: u64, time: DiagTime, state: FaultState) -> Self {
        Self { trap: trap.into(), seq, time, state, cause: None, problem: None, value: None }
    }

    /// The report in `text`.
    ///
    /// # Errors
    /// [`DiagError`] says what it is instead.
    #[cfg(feature = "xml")]
    pub fn parse(text: &'a str, limits: &DiagLimits) -> Result<Self, DiagError> {
        let (mut document, mut root) = Document::open(text, "FM", limits)?;
        let state = match &*root.take("state").ok_or(DiagError::Missing { element: "FM", attribute: "state" })? {
            "raised" => FaultState::Raised,
            "cleared" => FaultState::Cleared,
            _ => return Err(DiagError::BadValue { element: "FM", attribute: "state" }),
        };
        let mut report = Self::new(root.name("trap")?, root.parse("seq")?, root.parse("t")?, state);
        report.cause = root.text("cause", limits.text)?;
        report.problem = root.text("problem", limits.text)?;
        report.value = root.optional("v")?;
        while document.child("FM")?.is_some() {}
        Ok(report)
    }

    /// The document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(192);
        open(&mut out, "FM");
        attribute(&mut out, "xmlns", NAMESPACE);
        attribute(&mut out, "trap", &self.trap);
        attribute(&mut out, "seq", self.seq);
        attribute(&mut out, "t", self.time);
        attribute(&mut out, "state", self.state.as_str());
        optional(&mut out, "cause", self.cause.as_deref());
        optional(&mut out, "problem", self.problem.as_deref());
        optional(&mut out, "v", self.value);
        out.push_str("/>");
        out
    }
}
