//! `syncml hex`: the bytes of a WBXML document, with what they mean.

mod header;
mod rows;
mod show;

use std::io;

use clap::Args;
use omadm_proto::exchange::Syntax;
use serde_json::json;

use crate::document::{Document, limits};
use crate::input::Inputs;
use crate::screen::{Exit, STRONG, Screen, paint};

/// Shows the bytes of WBXML documents with their meaning.
///
/// A line for each token: its offset, its bytes, and what it means, indented by the depth of the element. The fields of the
/// header, the strings of the string table with their offsets, SWITCH_PAGE, inline strings and opaque data are all told
/// apart; a WBXML document inside opaque data is shown in place. Of a damaged document everything before the damage is
/// shown, then the broken rule with its offset, then the rest as plain bytes. Everything is shown, credentials too.
///
/// Exit status: 0 when every document is complete, 1 when one is damaged or is no WBXML, 2 when a file could not be read or
/// the command line is wrong.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml hex message.wbxml
  syncml encode message.xml | syncml hex -
  syncml hex --json damaged.wbxml | jq 'select(.error) | .error.offset'")]
pub(crate) struct Hex {
    #[command(flatten)]
    inputs: Inputs,
    /// Show JSON, one object a document.
    #[arg(long)]
    json: bool,
}

impl Hex {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let mut exit = Exit::CLEAN;
        let documents = self.inputs.documents();
        let several = documents.total() > 1;
        for document in documents {
            let document = match document {
                Ok(document) => document,
                Err(error) => {
                    screen.complain(&error);
                    exit = exit.max(Exit::TROUBLE);
                    continue;
                }
            };
            if document.syntax == Syntax::Xml {
                let name = &document.name;
                screen
                    .complain(&format!("{name}: byte 0: this is no WBXML document; `syncml encode` makes one of XML"));
                exit = exit.max(Exit::FOUND);
                continue;
            }
            if several && !self.json {
                screen.print(&format!("{}\n", paint(STRONG, &document.name)))?;
            }
            exit = exit.max(self.show(&document, screen)?);
        }
        Ok(exit)
    }

    fn show(&self, document: &Document, screen: &mut Screen) -> io::Result<Exit> {
        let dump = rows::dump(&document.bytes, &limits());
        if self.json {
            let rows: Vec<_> = dump.rows.iter().map(|row| row.to_json(&document.bytes)).collect();
            let error =
                dump.error.as_ref().map(|error| json!({ "offset": error.offset, "text": error.kind.to_string() }));
            let value = json!({ "file": document.name, "rows": rows, "error": error });
            screen.print(&format!("{value}\n"))?;
        } else {
            screen.print(&show::lines(&document.bytes, &dump))?;
        }
        if let Some(error) = dump.error {
            screen.flush()?;
            screen.complain(&document.describe(&error.into()));
            return Ok(Exit::FOUND);
        }
        Ok(Exit::CLEAN)
    }
}
