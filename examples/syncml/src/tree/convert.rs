//! `syncml tree convert`: descriptions to skeletons of serialized trees, and back.

mod names;
mod skeleton;

use std::io;

use clap::Args;
use omadm_proto::exchange::Syntax;
use omadm_tree::ddf::Ddf;

use crate::document::{Document, Problem};
use crate::mgmt_tree::{self, MgmtTree};
use crate::output::{Conversion, Kind};
use crate::screen::{Exit, Screen};
use names::Names;
use skeleton::Chosen;

/// Turns descriptions into skeletons of serialized trees, and serialized trees into skeletons of descriptions.
///
/// Of a description the nodes that have to be there and those with a default are taken, all named ones with --all. `<x>`,
/// whose name is chosen when it is created, is left out unless --name gives names. A leaf gets its default; without one it
/// gets no Value, which is to be filled in.
///
/// A serialized tree says nothing about AccessType, Occurrence and Scope: of its description each interior node takes Get,
/// each leaf Get and Replace, and there is one of each, which is to be looked over. Values become defaults with --defaults,
/// those of secrets never.
///
/// Exit status: 0 when everything was converted, 1 when a document is neither, or could not be read or written, 2 when the
/// command line is wrong. Every error names the file, the byte and the broken rule.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml tree convert device.ddf
  syncml tree convert --name ./DMAcc=nrem --name x1 device.ddf -o device.tnds
  syncml tree convert --all --wbxml 'descriptions/*.xml' -o skeletons/
  syncml tree convert --defaults captured.wbxml | syncml tree show -")]
pub(crate) struct Convert {
    #[command(flatten)]
    conversion: Conversion,
    /// A name for each `<x>`, or with the URI of the node around it for that one only; repeat it for more.
    #[arg(long = "name", value_name = "[URI=]NAME")]
    names: Vec<String>,
    /// Take all nodes that have names.
    #[arg(long)]
    all: bool,
    /// Make the values of a serialized tree the defaults of its description.
    #[arg(long)]
    defaults: bool,
    /// Write WBXML.
    #[arg(long)]
    wbxml: bool,
}

impl Convert {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let names = match Names::parse(&self.names) {
            Ok(names) => names,
            Err(error) => {
                screen.complain(&error);
                return Ok(Exit::TROUBLE);
            }
        };
        let chosen = if self.all { Chosen::Named } else { Chosen::Needed };
        let kind = if self.wbxml { Kind::Wbxml } else { Kind::Xml };
        self.conversion.run(screen, kind, |document, _| {
            let converted = match mgmt_tree::read(document)? {
                MgmtTree::Description(read) => skeleton::of_description(&read.ddf, chosen, &names),
                MgmtTree::Serialized(read) => skeleton::of_serialized(&read, self.defaults),
            };
            if converted.nodes.is_empty() {
                return Err(Problem::new(
                    0,
                    "nothing in it has to be there; --all takes every node, --name gives names",
                ));
            }
            self.write(document, &converted)
        })
    }

    fn write(&self, document: &Document, converted: &Ddf) -> Result<Vec<u8>, Problem> {
        let syntax = if self.wbxml { Syntax::Wbxml } else { Syntax::Xml };
        let mut bytes = Vec::new();
        match converted.encode(syntax, &mut bytes) {
            Ok(()) => {
                if !self.wbxml {
                    bytes.push(b'\n');
                }
                Ok(bytes)
            }
            // Where in the document the text stands is not known any more.
            Err(error) => {
                Err(Problem::new(0, format!("it cannot be written: {error}; `syncml tree show {}`", document.name)))
            }
        }
    }
}
