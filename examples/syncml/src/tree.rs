//! `syncml tree`: device descriptions (DDF) and serialized trees (TNDS).

mod check;
mod convert;
mod outline;
mod report;
mod show;
mod values;

use std::io;

use clap::{Args, Subcommand};

use crate::screen::{Exit, Screen};

/// Shows and converts device descriptions (DDF) and serialized trees (TNDS), and holds messages against descriptions.
///
/// Exit status: 0 when all is well, 1 when a document did not pass, 2 when the question could not be answered; the --help of
/// each subcommand says it exactly.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  syncml tree show device.ddf
  syncml tree show --json descriptions/ | jq '.nodes[].uri'
  syncml tree check --ddf device.ddf message.xml
  syncml tree convert --name nrem device.ddf")]
pub(crate) struct Tree {
    #[command(subcommand)]
    command: TreeCommand,
}

#[derive(Debug, Subcommand)]
enum TreeCommand {
    Show(show::Show),
    Check(check::Check),
    Convert(convert::Convert),
}

impl Tree {
    pub(crate) fn run(&self, screen: &mut Screen) -> io::Result<Exit> {
        match &self.command {
            TreeCommand::Show(show) => show.run(screen),
            TreeCommand::Check(check) => check.run(screen),
            TreeCommand::Convert(convert) => convert.run(screen),
        }
    }
}
