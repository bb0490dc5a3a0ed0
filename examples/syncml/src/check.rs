//! `syncml check`: everything a document does that a strict reader refuses, and what peers do about it.

mod dialect;
mod finding;
mod peers;
mod report;

use std::io;

use clap::Args;
use serde_json::json;

use crate::document::Document;
use crate::input::Inputs;
use crate::screen::{BAD, DOUBTFUL, Exit, GOOD, Screen, count, paint};
use finding::{Expectations, Severity, Verdict};

/// Reports where documents deviate from the standard.
///
/// For each deviation: its offset (in XML line and column too), the row of the sheet that decides it (L7 and the like), what
/// is wrong, what a strict and a lenient reader make of it, and what peers do. Messages and device descriptions (DDF) are
/// read completely; other documents (DevInf, TNDS, provisioning) by their elements. Remarks are legal and do not count.
///
/// Exit status: 0 when all documents are clean, 1 when one deviates or is larger than --max-msg-size, 2 when one cannot be
/// read or the command line is wrong.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml check message.xml
  syncml check --quiet captures/ && echo all clean
  syncml check --dialect windows --max-msg-size 8192 'answers/*.xml'
  syncml check --json - <message.wbxml | jq '.findings[] | [.offset, .row, .text]'")]
pub(crate) struct Check {
    #[command(flatten)]
    inputs: Inputs,
    /// Show JSON, one object a document.
    #[arg(long)]
    json: bool,
    /// Say nothing about clean documents, and show no remarks.
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    expectations: Expectations,
}

/// How many documents passed and how many did not.
#[derive(Debug, Default)]
struct Tally {
    clean: usize,
    deviating: usize,
    deviations: usize,
    refused: usize,
    unreadable: usize,
}

impl Check {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let mut tally = Tally::default();
        let mut documents = self.inputs.documents();
        for document in documents.by_ref() {
            match document {
                Ok(document) => self.document(screen, &document, &mut tally)?,
                Err(error) => {
                    screen.complain(&error);
                    tally.unreadable += 1;
                }
            }
        }
        if documents.total() > 1 {
            let text = if self.json { tally.to_json(documents.skipped()) } else { tally.in_words(documents.skipped()) };
            screen.print(&text)?;
        }
        Ok(tally.exit())
    }

    fn document(&self, screen: &mut Screen, document: &Document, tally: &mut Tally) -> io::Result<()> {
        let mut verdict = finding::check(document, &self.expectations);
        match verdict.worst() {
            Some(Severity::Refused) => tally.refused += 1,
            Some(Severity::Deviation) => tally.deviating += 1,
            Some(Severity::Remark) | None => tally.clean += 1,
        }
        tally.deviations += verdict.deviations();
        if self.quiet {
            verdict.findings.retain(|finding| finding.severity != Severity::Remark);
            if verdict.findings.is_empty() {
                return Ok(());
            }
        }
        screen.print(&self.show(document, &verdict))
    }

    fn show(&self, document: &Document, verdict: &Verdict) -> String {
        if self.json {
            format!("{}\n", report::to_json(document, verdict))
        } else {
            report::in_words(document, verdict)
        }
    }
}

impl Tally {
    const fn exit(&self) -> Exit {
        if self.refused + self.unreadable > 0 {
            Exit::TROUBLE
        } else if self.deviating > 0 {
            Exit::FOUND
        } else {
            Exit::CLEAN
        }
    }

    fn in_words(&self, skipped: usize) -> String {
        let all = self.clean + self.deviating + self.refused + self.unreadable;
        let mut parts = vec![paint(GOOD, format!("{} clean", self.clean))];
        if self.deviating > 0 {
            let text = format!("{} with {}", self.deviating, count(self.deviations, "deviation"));
            parts.push(paint(DOUBTFUL, text));
        }
        if self.refused > 0 {
            parts.push(paint(BAD, format!("{} refused", self.refused)));
        }
        if self.unreadable > 0 {
            parts.push(paint(BAD, format!("{} could not be opened", self.unreadable)));
        }
        let skipped = match skipped {
            0 => String::new(),
            skipped => format!("; {} skipped, which look like no document", count(skipped, "file")),
        };
        format!("{}: {}{skipped}\n", count(all, "document"), parts.join(", "))
    }

    fn to_json(&self, skipped: usize) -> String {
        let summary = json!({
            "clean": self.clean,
            "deviating": self.deviating,
            "deviations": self.deviations,
            "refused": self.refused,
            "unreadable": self.unreadable,
            "skipped": skipped,
        });
        format!("{}\n", json!({ "summary": summary }))
    }
}
