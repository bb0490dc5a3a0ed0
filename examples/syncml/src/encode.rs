//! `syncml encode`: XML to WBXML.

use std::io;

use clap::Args;

use crate::convert::{self, Embedded};
use crate::output::{Conversion, Kind};
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
    conversion: Conversion,
    #[command(flatten)]
    embedded: Embedded,
}

impl Encode {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        self.conversion.run(screen, Kind::Wbxml, |document, screen| {
            let converted = convert::to_wbxml(document, self.embedded)?;
            if let Some(remark) = &converted.remark {
                screen.complain(&document.describe(remark));
            }
            Ok(converted.bytes)
        })
    }
}
