//! Every shared document through every subcommand: no crash, and a clear exit status.

use std::path::PathBuf;

use crate::run::syncml;

/// The folders with shared documents, or `None` after a message when they are missing on a developer's machine.
fn folders() -> Option<[String; 3]> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let data = workspace.join(shared).join("data");
    if !data.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared data is missing: {}", data.display());
        eprintln!("skipped: no shared data at {}", data.display());
        return None;
    }
    Some(["messages", "wbxml", "vectors"].map(|folder| data.join(folder).to_str().unwrap().to_string()))
}

fn survives(subcommand: &[&str]) {
    let Some(folders) = folders() else { return };
    let [messages, wbxml, vectors] = &folders;
    let run = syncml(&[subcommand, &[messages, wbxml, vectors]].concat(), b"");
    assert!((0..=2).contains(&run.code), "status {}: {}", run.code, run.errors);
    assert!(!run.errors.contains("panicked"), "{}", run.errors);
    assert!(!run.bytes.is_empty());
}

#[test]
fn check_survives_the_corpus() {
    survives(&["check"]);
    survives(&["check", "--json"]);
}

#[test]
fn decode_survives_the_corpus() {
    survives(&["decode"]);
    survives(&["decode", "--json"]);
}

#[test]
fn explain_survives_the_corpus() {
    survives(&["explain"]);
    survives(&["explain", "--json"]);
}

#[test]
fn hex_survives_the_corpus() {
    survives(&["hex"]);
    survives(&["hex", "--json"]);
}
