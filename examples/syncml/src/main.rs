//! `syncml`: reads, writes, checks, compares and explains OMA DM documents on the command line.
//!
//! One file a subcommand. `decode` and `encode` convert from element event to element event, so that nothing of a document
//! is lost; `check` reads a document as the library's strict and lenient profiles do; `diff` compares two messages by
//! meaning; `explain` puts codes and messages into words; `hex` shows the tokens of a WBXML document; `tree` is about device
//! descriptions and serialized trees.

mod advice;
mod check;
mod convert;
mod decode;
mod diff;
mod document;
mod encode;
mod explain;
mod hex;
mod input;
mod json;
mod mgmt_tree;
mod output;
mod places;
mod screen;
mod secret;
mod source;
mod tree;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use screen::{Exit, Screen, When};

/// Reads, writes, checks, compares and explains SyncML (OMA DM) documents in XML and WBXML.
///
/// The syntax of a document is told by its first byte. Inputs are files, folders (with everything in them that looks like a
/// document), glob patterns such as 'captures/**/*.wbxml', and `-` for the standard input. Colours appear on a terminal
/// only; NO_COLOR and --color are respected.
///
/// Exit status: 0 when all is well, 1 when a document did not pass (it could not be converted, deviates, differs, or is
/// damaged), 2 when the question could not be answered (a wrong command line, an unreadable file). Each subcommand's --help
/// says it exactly.
#[derive(Debug, Parser)]
#[command(name = "syncml", version, max_term_width = 100)]
struct Cli {
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    color: When,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Decode(decode::Decode),
    Encode(encode::Encode),
    Check(check::Check),
    Diff(diff::Diff),
    Explain(explain::Explain),
    Hex(hex::Hex),
    Tree(tree::Tree),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut screen = Screen::new(cli.color);
    let done = match cli.command {
        Command::Decode(decode) => decode.run(&mut screen),
        Command::Encode(encode) => encode.run(&mut screen),
        Command::Check(check) => check.run(&mut screen),
        Command::Diff(diff) => diff.run(&mut screen),
        Command::Explain(explain) => explain.run(&mut screen),
        Command::Hex(hex) => hex.run(&mut screen),
        Command::Tree(tree) => tree.run(&mut screen),
    };
    match done.and_then(|exit| screen.flush().map(|()| exit)) {
        Ok(exit) => exit.into(),
        // Who reads our output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            screen.complain(&format!("standard output: {error}"));
            Exit::TROUBLE.into()
        }
    }
}
