//! `syncml tree check`: what a device with these descriptions would answer to messages.

mod described;
mod device;
mod reason;
mod report;

use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::document::{Document, Strictness};
use crate::input::Inputs;
use crate::mgmt_tree;
use crate::screen::{Exit, Screen};
use described::Described;
use device::{Device, Unknown};

/// Holds the commands of messages against device descriptions.
///
/// A device is made of the descriptions: what has to be there is there, with its defaults. The commands of the messages are
/// executed on it, one message after the other as in a session, and for each is told what the device answers: the Status,
/// and where it refuses, the place in the message and the reason. Nodes that need not be there (optional ones, instances of
/// `<x>`) are taken to be there when a command other than Add addresses them, unless a command deleted them. The server may
/// do everything until the messages change an ACL. Status and Results of a device are passed over. Dependencies between
/// nodes, regular expressions, policy files and schemas are not judged.
///
/// Exit status: 0 when the device executes every command, 1 when it refuses one, 2 when a file could not be read, is no
/// description or no message, or the command line is wrong.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml tree check --ddf device.ddf message.xml
  syncml tree check --ddf descriptions/ --ddf vendor.ddf 'session/*.wbxml'
  syncml tree check --ddf device.ddf --new-device bootstrap.xml
  syncml tree check --ddf device.ddf --json - <message.wbxml | jq '.commands[] | select(.code >= 300)'")]
pub(crate) struct Check {
    /// A description: a file, folder or glob pattern; repeat it for more.
    #[arg(long = "ddf", required = true, value_name = "PATH")]
    descriptions: Vec<PathBuf>,
    #[command(flatten)]
    inputs: Inputs,
    /// Take nothing to be there but what has to be.
    #[arg(long)]
    new_device: bool,
    /// By which name the ACLs in the messages know the server.
    #[arg(long, value_name = "ID", default_value = "server")]
    server: String,
    /// Show JSON, one object a message.
    #[arg(long)]
    json: bool,
    /// Show only commands that are refused.
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    strictness: Strictness,
}

impl Check {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        let Some(described) = self.described(screen) else { return Ok(Exit::TROUBLE) };
        let unknown = if self.new_device { Unknown::Absent } else { Unknown::Present };
        let mut device = match Device::new(described, &self.server, unknown) {
            Ok(device) => device,
            Err(error) => {
                screen.complain(&error);
                return Ok(Exit::TROUBLE);
            }
        };
        let mut exit = Exit::CLEAN;
        for document in self.inputs.documents() {
            match document {
                Ok(document) => {
                    exit = exit.max(self.message(screen, &mut device, &document.with(self.strictness))?);
                }
                Err(error) => {
                    screen.complain(&error);
                    exit = Exit::TROUBLE;
                }
            }
        }
        Ok(exit)
    }

    /// The descriptions; `None` when one of them could not be read.
    fn described(&self, screen: &mut Screen) -> Option<Described> {
        let mut described = Described::default();
        let mut all_read = true;
        for document in Inputs::of(self.descriptions.clone()).documents() {
            let added = document.and_then(|document| {
                let document = document.with(self.strictness);
                let read = mgmt_tree::description(&document).map_err(|problem| document.describe(&problem))?;
                described.add(read);
                Ok(())
            });
            if let Err(error) = added {
                screen.complain(&error);
                all_read = false;
            }
        }
        all_read.then_some(described)
    }

    fn message(&self, screen: &mut Screen, device: &mut Device, document: &Document) -> io::Result<Exit> {
        let message = match document.message() {
            Ok(read) => read.message,
            Err(error) => {
                let root = document.root().map(|root| format!(" (the root element is {root})")).unwrap_or_default();
                screen.complain(&format!("{}; only messages can be checked{root}", document.describe(&error.into())));
                return Ok(Exit::TROUBLE);
            }
        };
        let mut answers = device.answers(document, &message);
        let exit = if answers.iter().any(|answer| answer.is_refused()) { Exit::FOUND } else { Exit::CLEAN };
        if self.quiet {
            answers.retain(device::Answer::is_refused);
            if answers.is_empty() {
                return Ok(exit);
            }
        }
        screen.print(&if self.json {
            format!("{}\n", report::to_json(document, &answers))
        } else {
            report::in_words(document, &answers)
        })?;
        Ok(exit)
    }
}
