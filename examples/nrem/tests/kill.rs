//! `kill -9` in the middle of a task: it completes after a restart, and nothing is executed twice.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use client::Client;
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use site::Http;

/// The program, in a process of its own.
struct Process {
    child: Child,
    http: Http,
}

impl Process {
    fn start(state: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nrem"))
            .args(["serve", "--listen", "127.0.0.1:0", "--state"])
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("nrem: listening on ").expect("the address").to_owned();
        Self { child, http: Http::new(base) }
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn commands() -> Value {
    json!([
        {"cmd": "replace", "uri": "./App/Interval", "data": "300"},
        {"cmd": "exec", "uri": "./FUMO/DownloadAndUpdate"},
        {"cmd": "get", "uri": "./App/Interval"}])
}

/// A server that has sent all commands of a task, and a device that has executed them; its answer is not sent yet.
fn in_the_middle(state: &Path) -> (Process, Client, u64, Vec<u8>) {
    let process = Process::start(state);
    let mut device = Client::new("dev-1", Syntax::Xml);
    device.tree.insert("./App/Interval".into(), "60".into());
    process.http.register(&device, &json!({}));
    let task = process.http.task(&json!({"target": {"device": "dev-1"}, "commands": commands()}));
    let first = device.start();
    let reply = process.http.dm(device.syntax, &first);
    let answer = device.answer(&reply).expect("commands to answer");
    assert_eq!(device.ran.len(), 1);
    (process, device, task, answer)
}

fn finish(process: &Process, device: &mut Client, task: u64) {
    let correlator = device.ran[0].correlator.clone();
    device.finish(correlator.as_deref(), "./FUMO", "org.openmobilealliance.dm.firmwareupdate.downloadandupdate", "200");
    process.http.run_session(device);
    let view = process.http.task_view(task);
    assert_eq!((&view["state"], &view["devices"][0]["state"]), (&json!("done"), &json!("ok")), "{view:#}");
    assert_eq!(view["devices"][0]["commands"][2]["results"][0]["data"], "300");
    assert_eq!(device.ran.len(), 1, "the Exec was received once");
}

#[test]
fn killed_before_the_device_answers_the_session_goes_on_in_the_new_process() {
    let state = tempfile::tempdir().unwrap();
    let (process, mut device, task, answer) = in_the_middle(state.path());
    process.kill();
    let process = Process::start(state.path());
    let reply = process.http.dm(device.syntax, &answer);
    assert_eq!(device.answer(&reply), None, "the session ends as it would have");
    finish(&process, &mut device, task);
}

#[test]
fn killed_after_the_answer_was_stored_the_repeated_answer_changes_nothing() {
    let state = tempfile::tempdir().unwrap();
    let (process, mut device, task, answer) = in_the_middle(state.path());
    let lost = process.http.dm(device.syntax, &answer);
    process.kill();
    let process = Process::start(state.path());
    assert_eq!(process.http.dm(device.syntax, &answer), lost, "the very bytes that were lost");
    assert_eq!(device.answer(&lost), None);
    finish(&process, &mut device, task);
}

#[test]
fn killed_and_the_device_starts_anew_the_exec_is_not_sent_again() {
    let state = tempfile::tempdir().unwrap();
    let (process, mut device, task, _) = in_the_middle(state.path());
    process.kill();
    let process = Process::start(state.path());
    process.http.run_session(&mut device);
    assert_eq!(device.ran.len(), 1);
    finish(&process, &mut device, task);
}

#[test]
fn a_task_that_was_accepted_right_before_the_kill_is_there() {
    let state = tempfile::tempdir().unwrap();
    let process = Process::start(state.path());
    let mut device = Client::new("dev-1", Syntax::Wbxml);
    device.tree.insert("./App/Interval".into(), "60".into());
    process.http.register(&device, &json!({}));
    let task = process.http.task(&json!({"target": {"device": "dev-1"}, "commands": commands()}));
    process.kill();
    let process = Process::start(state.path());
    process.http.run_session(&mut device);
    finish(&process, &mut device, task);
}
