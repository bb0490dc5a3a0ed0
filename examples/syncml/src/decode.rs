//! `syncml decode`: WBXML or XML to XML, or to JSON.

use std::io;

use clap::Args;
use serde_json::Value;

use crate::convert::{self, Embedded};
use crate::document::{Document, Problem};
use crate::json;
use crate::output::{Conversion, Kind};
use crate::screen::{Exit, Screen};

/// Shows WBXML or XML documents as indented XML, or as JSON.
///
/// Any document of the known code pages can be shown: SyncML messages of all versions, device descriptions (DDF, TNDS),
/// DevInf and provisioning documents. Binary values become base64 and their Format b64. Everything is shown, credentials
/// too.
///
/// Exit status: 0 when everything was converted, 1 when a document could not be read or written, 2 when the command line is
/// wrong. Every error names the file, the byte and the broken rule.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml decode message.wbxml
  curl -s https://dm.example.net/last | syncml decode -
  syncml decode captures -o readable/
  syncml decode --json '*.wbxml' | jq '.commands[] | .cmd'")]
pub(crate) struct Decode {
    #[command(flatten)]
    conversion: Conversion,
    /// Show JSON, one object a document: the typed content of a message, the elements of any other document.
    #[arg(long)]
    json: bool,
    /// Blanks a level; 0 writes one line. 2 for XML and 0 for JSON unless told.
    #[arg(long, value_name = "BLANKS", value_parser = clap::value_parser!(u8).range(..=16))]
    indent: Option<u8>,
    #[command(flatten)]
    embedded: Embedded,
}

impl Decode {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let kind = if self.json { Kind::Json } else { Kind::Xml };
        self.conversion.run(screen, kind, |document, screen| self.show(document, screen))
    }

    fn show(&self, document: &Document, screen: &mut Screen) -> Result<Vec<u8>, Problem> {
        if !self.json {
            let converted = convert::to_xml(document, self.indent.unwrap_or(2), self.embedded)?;
            return Ok(converted.bytes);
        }
        let value = match json::message(document) {
            Ok(value) => value,
            Err(error) => {
                let value = json::elements(document)?;
                if document.claims_to_be_message() {
                    let problem = Problem::new(error.offset, format!("{}; its elements are shown", error.kind));
                    screen.complain(&document.describe(&problem));
                }
                value
            }
        };
        Ok(json_bytes(&value, self.indent.unwrap_or(0)))
    }
}

/// `value` with `indent` blanks a level, or as one line.
fn json_bytes(value: &Value, indent: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let blanks = " ".repeat(usize::from(indent));
    let formatter = serde_json::ser::PrettyFormatter::with_indent(blanks.as_bytes());
    let written = if indent == 0 {
        serde_json::to_writer(&mut bytes, value)
    } else {
        serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut bytes, formatter))
    };
    // A Value has text keys only, and a Vec takes everything.
    debug_assert!(written.is_ok());
    bytes.push(b'\n');
    bytes
}
