//! `dmconf`: tells which rules of OMA DM a client or a server keeps, and which it breaks how.

mod args;
mod list;
mod screen;
mod self_test;
mod serve;
mod try_server;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser as _;
use screen::Screen;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut screen = Screen::new(cli.color);
    let done = match cli.command {
        Command::List(list) => list::list(&mut screen, &list),
        Command::Explain(explain) => list::explain(&mut screen, &explain),
        Command::Serve(serve) => serve::serve(&mut screen, *serve),
        Command::Server(args) => try_server::server(&mut screen, &args),
        Command::SelfTest(test) => self_test::self_test(&mut screen, &test),
    };
    done.unwrap_or_else(|trouble| {
        screen.complain(&trouble);
        screen::TROUBLE.into()
    })
}
