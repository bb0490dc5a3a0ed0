//! `dmconf self-test`: all rows against the client and the server of this workspace, and the table of conformance.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use dmconf::device::bench::Bench;
use dmconf::device::lab::Lab;
use dmconf::report::{Report, junit, markdown};
use dmconf::row::Level;
use dmconf::rows::{device, server};
use dmconf::run::{Pace, play};
use dmconf::server::Stand;
use dmconf::server::inprocess::InProcess;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::Syntax;

use crate::args::SelfTest;
use crate::screen::Screen;

const INTRODUCTION: &str = "What `dmconf` finds when it plays the rows of the conformance catalogue against the client and \
the server of this workspace, in one process, in XML and in WBXML. Written by\n\
`cargo run -p dmconf -- self-test --markdown conformance.md`; `.ci/run` refuses a table that is out of date. Level M: \
everybody has to pass; O: who has the optional feature.\nThe rows about the management tree alone are in \
[omadm-tree/conformance.md](omadm-tree/conformance.md).";

pub(crate) fn self_test(screen: &mut Screen, args: &SelfTest) -> Result<ExitCode, String> {
    let choice = args.rows.choice();
    let of_client: Vec<_> = device::rows().filter(|row| choice.has(row)).collect();
    let of_server: Vec<_> = server::rows().filter(|row| choice.has(row)).collect();
    let rows = of_client.len() + of_server.len();
    if rows == 0 {
        return Err("no row has such a name: `dmconf list` names all of them".to_string());
    }
    screen.begin(rows * 2);
    let stop = AtomicBool::new(false);
    let mut client = Report::new("Client: xrem-client");
    let mut server = Report::new("Server: xrem-server");
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut tell = |entry: &_| screen.entry(entry, args.quiet);
        let mut pace = Pace { pause: Duration::ZERO, stop: &stop, tell: &mut tell };
        let mut bench = Bench::new(Box::new(Lab::new(syntax)), Seed::new([3; 32]));
        play(&of_client, syntax, &mut client, &mut pace, (&mut bench, &Bench::reset));
        let fresh = || Stand::new(Box::new(InProcess::default()), syntax);
        play(&of_server, syntax, &mut server, &mut pace, (&mut fresh(), &|stand| *stand = fresh()));
    }
    let reports = [client, server];
    if let Some(path) = &args.junit {
        write(path, &junit::junit(&reports))?;
    }
    let exit = screen.end(&reports);
    if let Some(path) = &args.markdown {
        let table = markdown::markdown("Conformance", INTRODUCTION, &reports);
        if !args.check {
            write(path, &table)?;
        } else if std::fs::read_to_string(path).unwrap_or_default() != table {
            return Err(format!("{} is out of date: write it anew without --check", path.display()));
        } else if !reports.iter().flat_map(Report::failures).any(|entry| entry.level == Level::Mandatory) {
            // What failed is optional and stands in the table with its reason.
            return Ok(ExitCode::SUCCESS);
        }
    }
    Ok(exit)
}

/// Writes a report.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
