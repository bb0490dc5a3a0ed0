//! Writes `conformance.md`: for each row of the conformance catalogue that speaks of the tree the tests named by its id, or
//! the reason why there is none.
//!
//! `cargo run -p omadm-tree --example conformance` writes the table, `... -- --check` says whether it is up to date. Both fail
//! when a row has neither a test nor a reason, or a reason that a test has made untrue. The catalogue lies in
//! `OMADM_SHARED`, `../shared` without it; the reasons in `omadm-tree/tests/conformance/reasons.tsv`.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::std_instead_of_alloc, reason = "a program for people")]

use core::error::Error;
use core::fmt::Write as _;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

/// The groups whose rows are in the table. BOO has the rows on the Inbox.
const GROUPS: [&str; 10] = ["GET", "ADD", "RPL", "DEL", "CPY", "EXE", "LST", "ACL", "ATM", "BOO"];

const REASONS: &str = "omadm-tree/tests/conformance/reasons.tsv";
const TABLE: &str = "omadm-tree/conformance.md";

/// One row of the catalogue.
struct Row {
    id: String,
    level: String,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let check = match env::args().nth(1).as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => return Err(format!("unknown argument {other}; there is --check").into()),
    };
    let Some(catalogue) = catalogue(&root)? else { return Ok(()) };
    let rows: Vec<Row> = catalogue.lines().skip(1).filter_map(row).collect();
    let reasons = reasons(&fs::read_to_string(root.join(REASONS))?)?;
    let mut tests = BTreeMap::new();
    for package in packages(&root)? {
        collect(&root, &root.join(package), &mut tests)?;
    }
    let table = table(&rows, &tests, &reasons)?;
    let path = root.join(TABLE);
    if !check {
        fs::write(&path, table)?;
    } else if fs::read_to_string(&path).unwrap_or_default() != table {
        return Err(format!("{TABLE} is out of date: cargo run -p omadm-tree --example conformance").into());
    }
    Ok(())
}

/// The catalogue, or `None` after a message when it is missing on a developer's machine.
fn catalogue(root: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let shared = env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = root.join(shared).join("conformance/catalogue.tsv");
    if path.is_file() {
        return Ok(Some(fs::read_to_string(path)?));
    }
    if env::var("CI").as_deref() == Ok("true") {
        return Err(format!("there is no catalogue at {}", path.display()).into());
    }
    println!("skipped: there is no catalogue at {}", path.display());
    Ok(None)
}

/// The row that `line` holds, if it belongs in the table.
fn row(line: &str) -> Option<Row> {
    let mut columns = line.split('\t');
    let (id, group, side, level) = (columns.next()?, columns.next()?, columns.next()?, columns.nth(1)?);
    let wanted = GROUPS.contains(&group) || side.split('/').any(|one| one == "T");
    wanted.then(|| Row { id: id.to_string(), level: level.to_string() })
}

/// The reasons by row: one `id<TAB>reason` a line, `#` begins a comment.
fn reasons(text: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut reasons = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (id, reason) = line.split_once('\t').ok_or_else(|| format!("{REASONS}: no tab in \"{line}\""))?;
        if reasons.insert(id.to_string(), reason.to_string()).is_some() {
            return Err(format!("{REASONS}: {id} is there twice").into());
        }
    }
    Ok(reasons)
}

/// The folders of the workspace's packages.
fn packages(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let members = manifest.split("members = [").nth(1).and_then(|rest| rest.split(']').next());
    let members = members.ok_or("Cargo.toml has no members")?;
    Ok(members.split('"').skip(1).step_by(2).map(str::to_string).collect())
}

/// Finds the tests named by rows in the sources at and below `folder`.
fn collect(root: &Path, folder: &Path, tests: &mut BTreeMap<String, BTreeSet<String>>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                collect(root, &path, tests)?;
            }
        } else if name.ends_with(".rs") {
            let package = path.strip_prefix(root)?.iter().next().and_then(|first| first.to_str()).unwrap_or_default();
            for test in test_names(&fs::read_to_string(&path)?) {
                for id in ids(test) {
                    tests.entry(id).or_default().insert(format!("{package}: `{test}`"));
                }
            }
        }
    }
    Ok(())
}

/// The names of the functions in `source` that are marked as tests.
fn test_names(source: &str) -> impl Iterator<Item = &str> {
    let mut marked = false;
    source.lines().map(str::trim_start).filter_map(move |line| {
        let name = line.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next());
        match name {
            Some(name) if core::mem::take(&mut marked) => Some(name),
            Some(_) => None,
            None => {
                marked |= line == "#[test]";
                None
            }
        }
    })
}

/// The rows that a test is named by: `x_add_03_...` is X-ADD-03, and one name may have several.
fn ids(test: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = test.split('_').collect();
    let found: Vec<String> = words
        .windows(3)
        .filter_map(|window| match window {
            ["x", group, number] if group.len() == 3 && number.len() == 2 && number.parse::<u8>().is_ok() => {
                Some(format!("X-{}-{number}", group.to_uppercase()))
            }
            _ => None,
        })
        .collect();
    found.into_iter()
}

fn table(
    rows: &[Row],
    tests: &BTreeMap<String, BTreeSet<String>>,
    reasons: &BTreeMap<String, String>,
) -> Result<String, Box<dyn Error>> {
    let mut lines = String::new();
    let (mut passed, mut wrong) = (0, Vec::new());
    for Row { id, level } in rows {
        match (tests.get(id), reasons.get(id)) {
            (Some(names), None) => {
                passed += 1;
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                writeln!(lines, "| {id} | {level} | passed | {} |", names.join("<br>"))?;
            }
            (None, Some(reason)) => writeln!(lines, "| {id} | {level} | not applicable | {reason} |")?,
            (None, None) => wrong.push(format!("{id} has neither a test nor a reason in {REASONS}")),
            (Some(_), Some(_)) => wrong.push(format!("{id} has a test: take its reason out of {REASONS}")),
        }
    }
    let known: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    wrong.extend(reasons.keys().filter(|id| !known.contains(id.as_str())).map(|id| format!("{REASONS}: no row {id}")));
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    let all = rows.len();
    Ok(format!(
        "# Conformance of the management tree\n\n\
         Rows of the conformance catalogue of side T, and of the groups on Get, Add, Replace, Delete, Copy, Exec, queries,\n\
         serialized objects, ACL, Atomic, bootstrap and Inbox. A row has passed when the tests named by it pass, which\n\
         `.ci/run` makes sure of. Written by `cargo run -p omadm-tree --example conformance`.\n\n\
         Rows: {all}. Passed: {passed}. Not applicable: {}. Failed: 0.\n\n\
         | row | level | verdict | tests, or the reason |\n|---|---|---|---|\n{lines}",
        all - passed
    ))
}
