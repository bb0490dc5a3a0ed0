//! `syncml explain`: codes and messages in words.

mod authentication;
mod codes;
mod commands;
mod results;
mod sizes;
mod statuses;
mod story;

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::document::{Document, Strictness};
use crate::input::Inputs;
use crate::screen::{Exit, FAINT, NAME, STRONG, Screen, paint};
use codes::{Explained, Kind};

/// Explains status, alert and result codes, or what messages do.
///
/// A number is looked up as a status, as an alert and as the result of a management object (FUMO, SCOMO, LAWMO, DLOTA);
/// `status`, `alert` or `result` in front of numbers looks up that kind only. Of a message it tells who speaks to whom, how
/// it is authenticated (schemes, whether credentials and challenges are there, the length of nonces; never a secret), how its
/// bytes are spent, and in one line each what every command asks and every Status answers. Leaf values are not shown.
///
/// Exit status: 0 when everything was explained, 1 when a code is unknown or a file is no message, 2 when a file could not be
/// read or the command line is wrong.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml explain 418
  syncml explain alert 1226 1223
  syncml explain message.wbxml
  syncml explain --max-msg-size 5000 'captures/*.xml'")]
pub(crate) struct Explain {
    /// Numbers, optionally behind `status`, `alert` or `result`; or files, folders, glob patterns, `-`.
    #[arg(required = true, value_name = "CODE|PATH")]
    what: Vec<String>,
    /// Show JSON, one object a code or message.
    #[arg(long)]
    json: bool,
    /// The MaxMsgSize of the recipient, to compare the size of messages with.
    #[arg(long, value_name = "BYTES")]
    max_msg_size: Option<u64>,
    #[command(flatten)]
    strictness: Strictness,
}

/// What the status `number` means, if device management uses it.
pub(crate) fn meaning_of_status(number: u16) -> Option<&'static str> {
    statuses::row(number).map(|row| row.meaning)
}

impl Explain {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let (kind, what) = match self.what.split_first() {
            Some((first, rest)) if !rest.is_empty() && !Path::new(first).exists() && Kind::parse(first).is_some() => {
                (Kind::parse(first), rest)
            }
            _ => (None, &self.what[..]),
        };
        let mut exit = Exit::CLEAN;
        let mut paths = Vec::new();
        for word in what {
            match word.parse() {
                Ok(number) if kind.is_some() || !Path::new(word).exists() => {
                    exit = exit.max(self.code(screen, kind, number)?);
                }
                _ if kind.is_some() => {
                    screen.complain(&format!("{word}: not a code; codes are numbers below 65536"));
                    exit = Exit::TROUBLE;
                }
                _ => paths.push(PathBuf::from(word)),
            }
        }
        for document in Inputs::of(paths).documents() {
            match document {
                Ok(document) => exit = exit.max(self.document(screen, &document.with(self.strictness))?),
                Err(error) => {
                    screen.complain(&error);
                    exit = Exit::TROUBLE;
                }
            }
        }
        Ok(exit)
    }

    fn code(&self, screen: &mut Screen, kind: Option<Kind>, number: u16) -> io::Result<Exit> {
        let explained = codes::explain(kind, number);
        for one in &explained {
            let text = if self.json { format!("{}\n", one.to_json()) } else { in_words(one) };
            screen.print(&text)?;
        }
        Ok(if explained.iter().any(|one| one.known) { Exit::CLEAN } else { Exit::FOUND })
    }

    fn document(&self, screen: &mut Screen, document: &Document) -> io::Result<Exit> {
        match document.message() {
            Ok(read) => {
                let story = story::of(document, &read.message, self.max_msg_size);
                let text = if self.json { format!("{}\n", story.to_json()) } else { story.in_words() };
                screen.print(&text)?;
                Ok(Exit::CLEAN)
            }
            Err(error) => {
                let root = document.root().map(|root| format!(" (the root element is {root})")).unwrap_or_default();
                screen.complain(&format!("{}; only messages can be explained{root}", document.describe(&error.into())));
                Ok(Exit::FOUND)
            }
        }
    }
}

fn in_words(one: &Explained) -> String {
    let kind = match one.kind {
        Kind::Status => "status",
        Kind::Alert => "alert",
        Kind::Result => "result",
    };
    format!(
        "{} {}\n    {}\n    {}\n",
        paint(NAME, kind),
        paint(STRONG, &one.title),
        one.meaning,
        paint(FAINT, &one.advice)
    )
}
