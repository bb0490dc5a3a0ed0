//! `dmconf serve` and the program `drem`, two processes, over HTTP on the loopback interface.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The program `drem` beside ours, built if it is not there or not new.
fn drem() -> &'static Path {
    static DREM: OnceLock<PathBuf> = OnceLock::new();
    DREM.get_or_init(build_drem)
}

fn build_drem() -> PathBuf {
    let ours = Path::new(env!("CARGO_BIN_EXE_dmconf"));
    let profile = ours.parent().expect("a program is in a folder");
    let target = profile.parent().expect("a profile is in a target folder");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "drem", "--target-dir"]).arg(target);
    if profile.ends_with("release") {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo runs").success(), "drem cannot be built");
    profile.join("drem")
}

/// Plays rows against a drem that is started for each session and is factory-fresh before each row.
fn play(rows: &[&str], drem_options: &str) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let (state, junit) = (folder.path().join("state"), folder.path().join("report.xml"));
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let trigger = format!(
        "exec {} run --once --poll 0 --tree {} --state {} --server $DMCONF_URL --server-id srvA --server-secret spw \
         --client-name client1 --dev-id IMEI:493005100592800 {drem_options} 2>/dev/null",
        drem().display(),
        package.join("fixture.toml").display(),
        state.display(),
    );
    let output = Command::new(env!("CARGO_BIN_EXE_dmconf"))
        .args(["--color", "never", "serve", "--listen", "127.0.0.1:0", "--settings"])
        .arg(package.join("drem.toml"))
        .args(["--trigger", &trigger, "--reset", &format!("rm -rf {}", state.display()), "--junit"])
        .arg(&junit)
        .args(rows)
        .output()
        .unwrap();
    let report = std::fs::read_to_string(&junit).unwrap_or_default();
    (output, report)
}

fn all_pass(rows: &[&str], least: usize, options: &str) {
    let (output, report) = play(rows, options);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let document = roxmltree::Document::parse(&report).unwrap();
    let of = |name: &str| document.root_element().attribute(name).unwrap().parse::<usize>().unwrap();
    assert_eq!(of("failures"), 0);
    assert!(of("tests") - of("skipped") >= least, "{text}");
}

#[test]
fn rows_of_many_groups_pass_in_xml() {
    all_pass(&["SES", "AUT", "GET", "RPL", "DEL", "ATM", "LOB", "STA", "X-ABO-05"], 70, "--client-secret cpw");
}

#[test]
fn rows_of_some_groups_pass_in_wbxml() {
    all_pass(&["X-SES-01", "GET", "ADD", "X-LOB-11"], 25, "--client-secret cpw --wbxml");
}

#[test]
fn a_client_with_another_password_fails() {
    let (output, report) = play(&["X-GET-01"], "--client-secret another");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(report.contains("<failure"), "{report}");
}

#[test]
fn a_row_that_does_not_exist_is_trouble() {
    let output = Command::new(env!("CARGO_BIN_EXE_dmconf")).args(["self-test", "X-NON-01"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
