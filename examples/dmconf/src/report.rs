//! What a run came to, for people and for machines.

pub mod junit;
pub mod markdown;
pub mod table;

use std::time::Duration;

use crate::row::{Level, Row, Side, Verdict};
use omadm_proto::exchange::Syntax;

/// One row that was played.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The id of the row.
    pub id: &'static str,
    /// Its group.
    pub group: &'static str,
    /// Whose duty it is.
    pub side: Side,
    /// Who has to pass.
    pub level: Level,
    /// What it is about.
    pub title: &'static str,
    /// What must be seen.
    pub rule: &'static str,
    /// The syntax of the messages.
    pub syntax: Syntax,
    /// What it came to.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

impl Entry {
    /// The entry of `row`.
    pub fn new<P: ?Sized>(row: &Row<P>, syntax: Syntax, verdict: Verdict, took: Duration) -> Self {
        let group = row.group();
        let Row { id, side, level, title, rule, .. } = *row;
        Self { id, group, side, level, title, rule, syntax, verdict, took }
    }
}

/// The short name of a syntax.
pub const fn syntax_name(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Xml => "xml",
        Syntax::Wbxml => "wbxml",
    }
}

/// All rows that were played against one peer.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Who was tried: a URL, or words.
    pub peer: String,
    /// The rows in the order of their play.
    pub entries: Vec<Entry>,
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rows that passed.
    pub passed: usize,
    /// Rows that failed.
    pub failed: usize,
    /// Rows that were not tried.
    pub skipped: usize,
}

impl Report {
    /// An empty report about `peer`.
    pub fn new(peer: impl Into<String>) -> Self {
        Self { peer: peer.into(), entries: Vec::new() }
    }

    /// How many rows came to what.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.entries {
            match entry.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed(_) => counts.failed += 1,
                Verdict::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }

    /// The rows that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| matches!(entry.verdict, Verdict::Failed(_)))
    }
}
