//! The main job, small, as a user starts it: one command, real sockets, its table and its exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

/// Bytes of the image in these tests: more than one message, less than a block.
const IMAGE: usize = 200_000;

fn fleet(dir: &Path, arguments: &[&str]) -> Output {
    let image = dir.join("image");
    std::fs::write(&image, vec![7; IMAGE]).unwrap();
    Command::new(env!("CARGO_BIN_EXE_fleet"))
        .args(["--gateways", "2", "--devices", "5", "--timeout", "120", "--image"])
        .arg(&image)
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The columns of the row that begins with `name`.
fn row(output: &Output, name: &str) -> Vec<String> {
    let table = text(&output.stdout);
    let line = table.lines().find(|line| line.starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no row {name} in:\n{table}\n{}", text(&output.stderr)));
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_device_is_upgraded_and_the_image_crosses_the_wide_area_once_per_gateway() {
    let dir = tempfile::tempdir().unwrap();
    let output = fleet(dir.path(), &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(row(&output, "all")[1..4], ["5", "0", "0"]);
    for gateway in ["gw-1", "gw-2"] {
        let columns = row(&output, gateway);
        let kib: f64 = columns[8].parse().unwrap();
        assert_eq!(columns[9], "KiB");
        // Image size * 1.02 + 64 KiB.
        assert!(kib * 1024.0 <= IMAGE as f64 * 1.02 + 65_536.0, "{gateway}: {kib} KiB of images over the wide area");
    }
}

#[test]
fn exactly_the_devices_with_a_corrupted_copy_refuse_it_in_wbxml_too() {
    let dir = tempfile::tempdir().unwrap();
    let output = fleet(dir.path(), &["--wbxml", "--bad-image", "3"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(row(&output, "all")[1..5], ["2", "3", "(402)", "0"]);
}

#[test]
fn a_setting_that_no_device_has_is_named_with_its_status() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    std::fs::write(&config, "\"./App/Interval\" = 60\n\"./App/Missing\" = 1\n").unwrap();
    let output = fleet(dir.path(), &["--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    let line = errors.lines().last().unwrap();
    assert!(line.starts_with("fleet: configuration: 5 of 5 devices failed; urn:xrem:device:"), "{errors}");
    assert!(line.ends_with("replace ./App/Missing: 404 Not found"), "{errors}");
}

#[test]
fn a_configuration_that_is_no_toml_is_refused_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    std::fs::write(&config, "\"./App/Interval\" = \n").unwrap();
    let output = fleet(dir.path(), &["--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    assert!(errors.contains("config.toml: ") && errors.contains("line 1"), "{errors}");
}

#[test]
fn more_bad_images_than_devices_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let output = fleet(dir.path(), &["--bad-image", "6"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "fleet: --bad-image 6 is more than --devices 5\n");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_every_node_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fleet"))
        .args(["--gateways", "1", "--devices", "40", "--timeout", "120"])
        .env("TMPDIR", dir.path())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The first line appears when the nodes are registered.
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut line).unwrap();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{line}{rest}");
    assert!(rest.ends_with("fleet: interrupted; every node was stopped\n"), "{rest}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
