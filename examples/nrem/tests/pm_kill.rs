//! `kill -9` while samples are stored: nothing that was acknowledged is lost, and nothing is there twice. The figures at
//! full size: `nrem pm-load --state FOLDER` and `nrem pm-load --state FOLDER --kills 20`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

use std::process::Command;

#[test]
fn n2a_samples_survive_kills_each_once() {
    let state = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_nrem"))
        .args(["pm-load", "--nodes", "40", "--samples", "100000", "--report", "50", "--kills", "5", "--state"])
        .arg(state.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("stored 100000 lost 0 wrong 0 repeated "), "{text}");
    assert!(text.contains(" kills 6\n"), "{text}");
}
