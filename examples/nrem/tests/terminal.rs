//! The terminal does what the API does, and its exit status tells how it went.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use client::Client;
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use site::Site;

fn nrem(site: &Site, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nrem"));
    command
        .args(args)
        .args(["--api", &site.http.base])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a task for `device` by the terminal while the device has its session.
fn run_task(site: &Site, device: &mut Client, commands: &Value) -> Output {
    let mut child = nrem(site, &["task", "--device", &device.id, "--commands", "-", "--wait"]).spawn().unwrap();
    child.stdin.take().unwrap().write_all(commands.to_string().as_bytes()).unwrap();
    while site.http.get("/api/v1/tasks").json()["tasks"] == json!([]) {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    site.http.run_session(device);
    child.wait_with_output().unwrap()
}

#[test]
fn a_task_that_succeeds_prints_the_filled_in_commands_and_exits_0() {
    let site = Site::start();
    let mut device = Client::new("dev-1", Syntax::Xml);
    let register = nrem(
        &site,
        &[
            "register",
            "--id",
            "dev-1",
            "--client-name",
            "dev-1-user",
            "--client-secret",
            "client-secret",
            "--server-id",
            "nrem.test",
            "--server-secret",
            "server-secret",
        ],
    );
    assert!({ register }.output().unwrap().status.success());
    let output = run_task(&site, &mut device, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
    assert!(output.status.success(), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed[0]["results"][0]["data"], "Acme");
    let listed = nrem(&site, &["devices"]).output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&listed.stdout).unwrap()["devices"][0]["id"], "dev-1");
}

#[test]
fn a_task_that_fails_exits_1_and_names_the_device_the_command_and_the_code() {
    let site = Site::start();
    let mut device = Client::new("dev-1", Syntax::Xml);
    site.http.register(&device, &json!({}));
    let output = run_task(&site, &mut device, &json!([{"cmd": "get", "uri": "./Nowhere"}]));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "nrem: dev-1: failed: get ./Nowhere: 404 Not found\n");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let site = Site::start();
    let output =
        Command::new(env!("CARGO_BIN_EXE_nrem")).args(["devices", "--api", "http://127.0.0.1:1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("nrem: no answer from http://127.0.0.1:1: "));
    drop(site);
}
