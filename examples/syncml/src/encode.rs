//! `syncml encode`: XML to WBXML.

use std::io;

use clap::Args;

use crate::convert::{self, Embedded};
use crate::document::Strictness;
use crate::input::Inputs;
use crate::output::Output;
use crate::screen::{Exit, Screen};

/// Writes documents as WBXML.
///
/// The result is in the canonical form: WBXML 1.2, the public identifier of the kind of document by number where it has one,
/// no string table. Any document of the known code pages can be written: messages of all SyncML versions, device
/// descriptions and serialized trees, DevInf and provisioning documents. A WBXML document is rewritten in the canonical form.
///
/// Exit status: 0 when everything was converted, 1 when a document could not be read or written, 2 when the command line is
/// wrong. Every error names the file, the byte and the broken rule.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml encode message.xml -o message.wbxml
  syncml encode 'session/*.xml' -o wbxml/
  syncml encode - <message.xml | syncml hex -")]
pub(crate) struct Encode {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    embedded: Embedded,
    #[command(flatten)]
    strictness: Strictness,
    #[command(flatten)]
    output: Output,
}

impl Encode {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let mut exit = Exit::CLEAN;
        let mut output = self.output.open();
        let documents = self.inputs.documents();
        if documents.total() > 1 && !output.is_folder() {
            screen.complain("several WBXML documents need a folder: -o FOLDER/");
            return Ok(Exit::TROUBLE);
        }
        for document in documents {
            let converted = document.and_then(|document| {
                let document = document.with(self.strictness);
                let converted =
                    convert::to_wbxml(&document, self.embedded).map_err(|problem| document.describe(&problem))?;
                Ok((document, converted))
            });
            match converted {
                Ok((document, converted)) => {
                    if let Some(remark) = &converted.remark {
                        screen.complain(&document.describe(remark));
                    }
                    exit = exit.max(output.put(screen, &document, "wbxml", &converted.bytes)?);
                }
                Err(error) => {
                    screen.complain(&error);
                    exit = exit.max(Exit::FOUND);
                }
            }
        }
        Ok(exit.max(output.finish(screen)))
    }
}
