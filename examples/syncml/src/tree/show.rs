//! `syncml tree show`: a description or a serialized tree as a tree.

use std::io;

use clap::Args;

use super::outline::Outline;
use super::report;
use crate::document::{Document, Problem, Strictness};
use crate::input::Inputs;
use crate::mgmt_tree;
use crate::screen::{Exit, Screen};

/// Shows descriptions and serialized trees as trees.
///
/// For each node: its Format, the commands that it takes (AccessType), how many there may be (Occurrence: 1, 0..1, 0..*),
/// its Scope, its Type (MIME types, or the identifier of a management object), and its value or default. `<x>` is a node
/// whose name is chosen when it is created. Of serialized trees the ACLs are shown. The values of nodes named as secrets
/// are (AAuthSecret, passwords) are hidden. Whether a document is the one or the other, and its syntax, is told by its
/// content.
///
/// Exit status: 0 when everything was shown, 1 when a document is neither or could not be read, 2 when the command line is
/// wrong. Every error names the file, the byte and the broken rule.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml tree show device.ddf
  syncml tree show 'descriptions/*.xml' | less
  curl -s https://dm.example.net/bootstrap | syncml tree show -
  syncml tree show --json device.ddf | jq -r '.nodes[] | select(.occurrence == \"One\") | .uri'")]
pub(crate) struct Show {
    #[command(flatten)]
    inputs: Inputs,
    /// Show JSON, one object a document.
    #[arg(long)]
    json: bool,
    /// Show the values of passwords and other secrets.
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    strictness: Strictness,
}

impl Show {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let mut exit = Exit::CLEAN;
        for document in self.inputs.documents() {
            let shown = document.and_then(|document| {
                let document = document.with(self.strictness);
                self.show(&document).map_err(|problem| document.describe(&problem))
            });
            match shown {
                Ok(text) => screen.print(&text)?,
                Err(error) => {
                    screen.complain(&error);
                    exit = exit.max(Exit::FOUND);
                }
            }
        }
        Ok(exit)
    }

    fn show(&self, document: &Document) -> Result<String, Problem> {
        let mut outline = Outline::of(&mgmt_tree::read(document)?);
        if !self.show_secrets {
            outline.hide_secrets();
        }
        Ok(if self.json {
            format!("{}\n", report::to_json(document, &outline))
        } else {
            report::in_words(document, &outline)
        })
    }
}
