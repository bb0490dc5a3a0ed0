//! A row of the catalogue: what is demanded, the script that tries it, and what a script can come to.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whose duty the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The client's.
    Client,
    /// The server's.
    Server,
    /// Of both against each other.
    Both,
}

impl Side {
    /// The letter of the catalogue; `C/S` and `I` are both [`Side::Both`].
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Client => "C",
            Self::Server => "S",
            Self::Both => "I",
        }
    }
}

/// Who has to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everybody.
    Mandatory,
    /// Who has the optional feature.
    Optional,
}

impl Level {
    /// The letter of the catalogue.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Mandatory => "M",
            Self::Optional => "O",
        }
    }
}

/// One rule and the script that tries it on a peer of type `P`.
#[derive(Debug)]
pub struct Row<P: ?Sized> {
    /// The id in the catalogue, such as `X-GET-01`.
    pub id: &'static str,
    /// Whose duty it is.
    pub side: Side,
    /// Who has to pass.
    pub level: Level,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What must be seen.
    pub rule: &'static str,
    /// The script.
    pub run: fn(&mut P) -> Result<(), Stop>,
}

impl<P: ?Sized> Row<P> {
    /// The group of the catalogue: the three letters in the id.
    pub fn group(&self) -> &'static str {
        self.id.split('-').nth(1).unwrap_or_default()
    }

    /// Runs the script. A script that panics is a mistake of dmconf and counts as failed, so that it is seen.
    pub fn play(&self, peer: &mut P) -> Verdict {
        match catch_unwind(AssertUnwindSafe(|| (self.run)(peer))) {
            Ok(Ok(())) => Verdict::Passed,
            Ok(Err(Stop::Failed(finding))) => Verdict::Failed(*finding),
            Ok(Err(Stop::Skipped(reason))) => Verdict::Skipped(reason),
            Err(_) => Verdict::Failed(Finding::new("a script that runs to its end", "the script panicked: report it")),
        }
    }
}

/// Why a script went no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A rule was broken.
    Failed(Box<Finding>),
    /// The row cannot be tried on this peer.
    Skipped(String),
}

impl Stop {
    /// `expected` was demanded, `seen` is what came.
    pub fn failed(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::Failed(Box::new(Finding::new(expected, seen)))
    }

    /// The row cannot be tried, for this reason.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::Skipped(reason.into())
    }

    /// The same with the place of the finding, unless it has one.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        if let Self::Failed(finding) = &mut self
            && finding.place.is_empty()
        {
            finding.place = place.into();
        }
        self
    }
}

/// Which rule was broken where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was demanded.
    pub expected: String,
    /// What came instead.
    pub seen: String,
    /// The message, command and element, as far as known: `message 3, Status of Get 5, Data`.
    pub place: String,
}

impl Finding {
    /// A finding without a place.
    pub fn new(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { expected: expected.into(), seen: seen.into(), place: String::new() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "expected {}, seen {}", self.expected, self.seen)
    }
}

/// What a row came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The peer keeps the rule.
    Passed,
    /// The peer broke the rule.
    Failed(Finding),
    /// It was not tried, for this reason.
    Skipped(String),
}

impl Verdict {
    /// One word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(run: fn(&mut ()) -> Result<(), Stop>) -> Row<()> {
        Row { id: "X-GET-01", side: Side::Client, level: Level::Mandatory, title: "", rule: "", run }
    }

    #[test]
    fn the_group_is_in_the_id() {
        assert_eq!(row(|()| Ok(())).group(), "GET");
    }

    #[test]
    fn a_place_is_kept_by_the_first_who_knows_it() {
        let stop = Stop::failed("200", "404").at("message 2").at("message 1");
        let Stop::Failed(finding) = stop else { panic!("not failed") };
        assert_eq!(finding.to_string(), "message 2: expected 200, seen 404");
    }

    #[test]
    fn a_script_that_panics_has_failed() {
        let verdict = row(|()| panic!("on purpose")).play(&mut ());
        assert_eq!(verdict.word(), "failed");
    }
}
