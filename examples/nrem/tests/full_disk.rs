//! A disk that is full: the program says so and ends, and what it had acknowledged is there when it is started again. The
//! database takes no write after one that failed, so a program that went on would refuse all work for ever.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

/// The program as the shell `script` runs it, and where it listens.
fn start(script: &str, state: &Path) -> (Child, String) {
    let mut child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_nrem"), "serve", "--listen", "127.0.0.1:0", "--state"])
        .arg(state)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().strip_prefix("nrem: listening on ").expect("the address").to_owned())
}

/// Registers the devices of batch `number`; whether that was acknowledged.
fn register(agent: &Agent, url: &str, number: u32) -> bool {
    let device = |at| {
        json!({"id": format!("urn:d:{number:04}:{at:04}"), "client": {"name": "c", "secret": "s"},
            "server": {"id": "n", "secret": "s"}})
    };
    let batch: Vec<Value> = (0..1000).map(device).collect();
    let answer = agent.post(format!("{url}/api/v1/devices")).send_json(batch);
    answer.is_ok_and(|answer| answer.status() == 201)
}

fn devices(agent: &Agent, url: &str) -> usize {
    let (mut count, mut after) = (0, String::new());
    loop {
        let path = format!("{url}/api/v1/devices?limit=10000{after}");
        let page: Value = agent.get(path).call().unwrap().body_mut().read_json().unwrap();
        count += page["devices"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { return count };
        after = format!("&after={next}");
    }
}

fn ended(child: &mut Child) -> Option<i32> {
    let patience = Instant::now() + Duration::from_secs(60);
    while Instant::now() < patience {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    None
}

#[test]
fn a_full_disk_ends_the_program_and_nothing_that_was_acknowledged_is_lost() {
    let state = tempfile::tempdir().unwrap();
    let agent: Agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    // Files of 12 MiB, counted in blocks of 512 bytes.
    let (mut child, url) = start("trap '' XFSZ; ulimit -f 24576; exec \"$0\" \"$@\"", state.path());
    let acknowledged = (0..100).take_while(|number| register(&agent, &url, *number)).count();
    assert!((1..100).contains(&acknowledged), "{acknowledged}");
    let code = ended(&mut child);
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("the database cannot be written any more"), "{told}");

    let (mut child, url) = start("exec \"$0\" \"$@\"", state.path());
    let found = devices(&agent, &url);
    // A batch is there as a whole or not at all; nobody was told of the last one.
    assert!(found == acknowledged * 1000 || found == (acknowledged + 1) * 1000, "{found}, {acknowledged} batches");
    assert!(register(&agent, &url, 200));
    child.kill().unwrap();
    child.wait().unwrap();
}
