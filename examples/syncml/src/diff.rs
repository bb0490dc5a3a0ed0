//! `syncml diff`: two messages compared by meaning.

mod align;
mod fields;
mod report;

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::document::{Document, Strictness};
use crate::screen::{Exit, Screen};

/// Compares two messages by meaning, whatever their syntax.
///
/// Header fields are compared by name, commands in order (matched by verb and LocURI, so that one command more or less is
/// told as such), then Meta and Data field by field. Bytes that one message sends as opaque data and the other as base64 are
/// the same. Credentials, nonces, and the values of nodes named as secrets are (AAuthSecret, passwords) are only said to
/// differ. Prints nothing when the messages mean the same.
///
/// Exit status: 0 when they mean the same, 1 when they differ, 2 when one is no readable message or the command line is
/// wrong.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml diff sent.xml received.wbxml
  curl -s https://dm.example.net/last | syncml diff expected.xml -
  syncml diff --json a.xml b.xml | jq '.differences[].path'")]
pub(crate) struct Diff {
    /// The first message; `-` is the standard input.
    a: PathBuf,
    /// The second message; `-` is the standard input.
    b: PathBuf,
    /// Show JSON, also when there is no difference.
    #[arg(long)]
    json: bool,
    /// Show the credentials, nonces and secrets that differ.
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    strictness: Strictness,
}

impl Diff {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        if self.a == self.b && self.a.as_os_str() == "-" {
            screen.complain("the standard input can be one of the two messages only");
            return Ok(Exit::TROUBLE);
        }
        let (Some(a), Some(b)) = (self.read(&self.a, screen), self.read(&self.b, screen)) else {
            return Ok(Exit::TROUBLE);
        };
        let (first, second) = match (a.message(), b.message()) {
            (Ok(first), Ok(second)) => (first.message, second.message),
            (first, second) => {
                for (document, read) in [(&a, first), (&b, second)] {
                    if let Err(error) = read {
                        screen.complain(&document.describe(&error.into()));
                    }
                }
                return Ok(Exit::TROUBLE);
            }
        };
        let differences = fields::compare(&first, &second);
        let report = report::Report { a: &a.name, b: &b.name, differences: &differences, secrets: self.show_secrets };
        if self.json {
            screen.print(&format!("{}\n", report.to_json()))?;
        } else {
            screen.print(&report.in_words())?;
        }
        Ok(if differences.is_empty() { Exit::CLEAN } else { Exit::FOUND })
    }

    fn read(&self, path: &Path, screen: &mut Screen) -> Option<Document> {
        match Document::read(path) {
            Ok(document) => Some(document.with(self.strictness)),
            Err(error) => {
                screen.complain(&error);
                None
            }
        }
    }
}
