//! The program in a process of its own, on an address that outlives it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use clap::Parser;
use drem::load::{Args, Outcome};

/// The program.
pub(crate) struct Process {
    child: Child,
    address: String,
    state: PathBuf,
    options: Vec<String>,
}

impl Process {
    /// Starts it with `options` on a port that is free.
    pub(crate) fn start(state: &Path, options: &[&str]) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let child = spawn(&address, state, &options);
        Self { child, address, state: state.to_owned(), options }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// SIGKILL: no handler runs, nothing is flushed. Then the same again, on the same address.
    pub(crate) fn kill_and_start(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(&self.address, &self.state, &self.options);
    }

    /// The most memory that was resident so far, in MiB; `None` where the system does not tell.
    pub(crate) fn most_resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
    }
}

fn spawn(address: &str, state: &Path, options: &[String]) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nrem"))
        .args(["serve", "--listen", address, "--state"])
        .arg(state)
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), format!("nrem: listening on http://{address}"));
    child
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The options of `drem load`.
#[derive(Parser)]
struct Load {
    #[command(flatten)]
    args: Args,
}

/// Runs devices against `url` in this thread, as `drem load` would with `options`.
pub(crate) fn load(url: &str, options: &str) -> Outcome {
    let arguments = ["load", "--server", url].into_iter().chain(options.split(' '));
    let outcome = drem::load::run(Load::parse_from(arguments).args, Arc::default()).unwrap();
    println!("{outcome}");
    outcome
}
