//! `nrem`: an OMA DM network server, and its terminal.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
