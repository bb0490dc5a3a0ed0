//! Counts the instructions of every operation with callgrind, ours and the peers'.
//!
//! `cargo run --release -p omadm-benches --bin instructions` writes `benches/INSTRUCTIONS.md`; with parts of names, such as
//! `wbxml-decode/pkg1` or `session`, it prints those alone; `-- --profile wbxml-decode/pkg1/ours` or `session/package3`
//! leaves a profile behind for `callgrind_annotate`. The numbers do not depend on how busy the machine is, which makes them the better guide while
//! working; the bars themselves are on time.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use omadm_benches::bars::Figures;
use omadm_benches::contest::{Cell, Work, measured_once, prepare, program};
use omadm_benches::inputs::{Document, Origin, documents};
use omadm_benches::peers;
use omadm_benches::report::{Report, Taken, Unit};
use omadm_benches::session::{Pair, Part};

/// The argument with which this program calls itself under valgrind.
const UNDER_VALGRIND: &str = "--under-valgrind";
/// The function whose instructions count. The two patterns differ because callgrind keeps only one option a pattern.
const COLLECT: &str = "--toggle-collect=*::measured_once*";
const DUMP: &str = "--dump-after=*measured_once*";
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/INSTRUCTIONS.md");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (origin, documents) = documents();
    let parts = |filters: &[String]| -> Vec<Part> {
        let is_chosen =
            |part: &Part| filters.is_empty() || filters.iter().any(|filter| cell_of(*part).contains(filter));
        Part::ALL.into_iter().filter(is_chosen).collect()
    };
    let chosen = |filters: &[String]| -> Vec<(Cell, &Document)> {
        let is_chosen = |cell: &Cell| filters.is_empty() || filters.iter().any(|part| cell.to_string().contains(part));
        program(&documents).into_iter().filter(|(cell, _)| is_chosen(cell)).collect()
    };
    match arguments.split_first() {
        Some((first, filters)) if first == UNDER_VALGRIND => {
            work(&chosen(filters));
            hold_session(&parts(filters));
            ExitCode::SUCCESS
        }
        Some((first, filters)) if first == "--profile" => profile(filters, &chosen(filters), &parts(filters)),
        _ => {
            peers::report_missing();
            let (cells, parts) = (chosen(&arguments), parts(&arguments));
            let Some((figures, of_parts)) = count(&arguments, &cells, parts.len()) else { return ExitCode::FAILURE };
            let tables =
                Report::new(Unit::Instructions, &figures, &Taken::new()).markdown() + &session(&parts, &of_parts);
            println!("{tables}");
            if arguments.is_empty() {
                std::fs::write(TABLE, head(origin) + tables.trim_end() + "\n").expect("the table can be written");
                println!("written to {TABLE}");
            }
            ExitCode::SUCCESS
        }
    }
}

/// Does each piece of work three times, the last time where callgrind counts: by then buffers have their size and libraries
/// are linked.
fn work(cells: &[(Cell, &Document)]) {
    for (cell, document) in cells {
        let mut work = prepare(*cell, document);
        work();
        work();
        measured_once(&mut work);
    }
}

/// The name of a part of a session on the command line.
fn cell_of(part: Part) -> String {
    format!("session/{part:?}").to_lowercase()
}

/// Two sessions to get warm, and a third one in which callgrind counts the chosen parts, one by one.
fn hold_session(parts: &[Part]) {
    let mut pair = Pair::new();
    pair.run();
    pair.run();
    pair.run_parts(|part, work| {
        if !parts.contains(&part) {
            return work();
        }
        let mut counted: Work<'_> = Box::new(move || {
            work();
            1
        });
        measured_once(&mut counted);
    });
}

/// The table of a session.
fn session(parts: &[Part], figures: &[f64]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let mut table = "### One session: four messages of WBXML, ten commands, md5 in both directions\n\n\
                     Nonces, and what a repeated message is recognised by, are SHA-256. It is counted in software: the \
                     processor that valgrind plays has no instructions for it.\n\n\
                     | part | instructions |\n|---|---:|\n"
        .to_string();
    for (part, figure) in parts.iter().zip(figures) {
        table += &format!("| {} | {figure:.0} |\n", part.name());
    }
    table + &format!("| together | {:.0} |\n", figures.iter().sum::<f64>())
}

/// The instructions of all cells and then of `parts` parts of a session, from one run under callgrind that writes a profile
/// whenever the measured function returns.
fn count(filters: &[String], cells: &[(Cell, &Document)], parts: usize) -> Option<(Figures, Vec<f64>)> {
    let folder = std::env::temp_dir().join(format!("omadm-instructions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the profiles");
    let profile = folder.join("profile");
    let counted = callgrind(&profile, &[DUMP], filters);
    let numbered = |number: usize| total(&profile.with_extension((number + 1).to_string()));
    let figures = counted.then(|| {
        let of_cells = cells.iter().enumerate().map(|(number, (cell, _))| (*cell, numbered(number))).collect();
        (of_cells, (cells.len()..cells.len() + parts).map(numbered).collect())
    });
    std::fs::remove_dir_all(&folder).expect("the folder of the profiles can be removed");
    figures
}

fn profile(filters: &[String], cells: &[(Cell, &Document)], parts: &[Part]) -> ExitCode {
    let name = match (cells, parts) {
        ([(cell, _)], []) => cell.to_string(),
        ([], [part]) => cell_of(*part),
        _ => {
            let fit = cells.len() + parts.len();
            eprintln!("name one cell, such as wbxml-decode/pkg1/ours or session/package3; these names fit {fit}");
            return ExitCode::FAILURE;
        }
    };
    let file = PathBuf::from(format!("callgrind.{}", name.replace('/', ".")));
    if !callgrind(&file, &["--dump-instr=yes"], filters) {
        return ExitCode::FAILURE;
    }
    println!("callgrind_annotate --inclusive=no {} | head -40", file.display());
    ExitCode::SUCCESS
}

/// Runs this program under callgrind; whether that went well.
fn callgrind(profile: &Path, options: &[&str], filters: &[String]) -> bool {
    let program = std::env::current_exe().expect("the place of this program");
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind", COLLECT]).args(options);
    command.arg(format!("--callgrind-out-file={}", profile.display())).arg(program).arg(UNDER_VALGRIND).args(filters);
    match command.status() {
        Ok(status) if status.success() => true,
        Ok(status) => {
            eprintln!("valgrind ended with {status}");
            false
        }
        Err(error) => {
            eprintln!("valgrind does not run ({error}); it is the Debian package valgrind");
            false
        }
    }
}

/// The sum of a profile.
fn total(profile: &Path) -> f64 {
    let text = std::fs::read_to_string(profile).expect("callgrind wrote a profile for every cell");
    let line = text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    line.and_then(|number| number.trim().parse().ok()).expect("a profile tells its sum")
}

fn head(origin: Origin) -> String {
    let inputs = match origin {
        Origin::Shared => "the shared documents",
        Origin::Own => "the documents of `src/inputs.rs`",
    };
    format!(
        "# Instructions of the codec and its peers\n\nOne execution of each operation, counted by callgrind on {inputs}. \
         Peers: {}, quick-xml. Taken by\n\n    cargo run --release -p omadm-benches --bin instructions\n\n\
         The bars are on time and stand here beside ratios of instructions, which are no proof but do not depend on the \
         machine's other work.\n\n",
        peers::versions().join(", ")
    )
}
