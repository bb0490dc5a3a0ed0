//! `drem run` as a device that is watched: what it measures arrives, and a kill -9 changes nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::run::drem;
use crate::server::Server;

const TREE: &str = r#"
    [[function]]
    name = "room"
    enabled = true
    period = 1
    upload = 2

    [[function]]
    name = "uptime"
    enabled = true
    period = 1
    upload = 1

    [[trap]]
    name = "heat"
    condition = "room/temperature > 80"
    enabled = true
    severity = "critical"
"#;

/// Waits until the server was told something that contains `what`.
fn wait_for(server: &Server, what: &str) {
    let until = Instant::now() + Duration::from_secs(60);
    while !server.told().iter().any(|told| told.contains(what)) {
        assert!(Instant::now() < until, "{what} did not come: {:?}", server.told());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn shows(metrics: &Path, degrees: &str) {
    // In one step: the device reads it at any moment.
    let new = metrics.with_extension("new");
    std::fs::write(&new, format!("room/temperature {degrees} C\n")).unwrap();
    std::fs::rename(new, metrics).unwrap();
}

/// The value of an attribute.
fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    let (_, rest) = element.split_once(&format!(" {name}=\"")).unwrap();
    rest.split_once('"').unwrap().0
}

#[test]
fn samples_and_faults_arrive_and_survive_a_kill() {
    let server = Server::start(|_| String::new(), b"");
    let dir = tempfile::tempdir().unwrap();
    let (tree, metrics) = (dir.path().join("tree.toml"), dir.path().join("metrics"));
    std::fs::write(&tree, TREE).unwrap();
    shows(&metrics, "21.5");
    let state = dir.path().join("state");
    let arguments = ["--tree", tree.to_str().unwrap(), "--metrics", metrics.to_str().unwrap(), "--poll", "0"];
    let mut device = drem(&server, &state, &arguments);
    wait_for(&server, "v=\"21.5\" u=\"C\"");
    shows(&metrics, "81");
    wait_for(&server, "trap=\"heat\" seq=\"1\"");
    device.kill().unwrap();
    device.wait().unwrap();
    let mut device = drem(&server, &state, &arguments);
    wait_for(&server, "v=\"81\" u=\"C\"");
    shows(&metrics, "20");
    wait_for(&server, "trap=\"heat\" seq=\"2\"");
    device.kill().unwrap();
    device.wait().unwrap();

    let told = server.told();
    let faults: Vec<&String> = told.iter().filter(|told| told.starts_with("<FM")).collect();
    let mut states: Vec<&str> = faults.iter().map(|fault| attribute(fault, "state")).collect();
    states.dedup();
    assert_eq!(states, ["raised", "cleared"], "{faults:?}");
    let mut samples = BTreeMap::new();
    for sample in told.iter().filter(|told| told.contains("f=\"room\"")).flat_map(|told| told.split("<S").skip(1)) {
        let (time, value) = (attribute(sample, "t"), attribute(sample, "v"));
        assert!(time.len() == "20261122T101500Z".len(), "at a whole second: {time}");
        assert!(samples.insert(time, value).is_none_or(|known| known == value), "{time} has two values");
    }
}

#[test]
fn the_system_is_measured_without_a_file() {
    let server = Server::start(|_| String::new(), b"");
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree.toml");
    std::fs::write(&tree, TREE).unwrap();
    let mut device = drem(&server, &dir.path().join("state"), &["--tree", tree.to_str().unwrap(), "--poll", "0"]);
    wait_for(&server, "m=\"uptime\"");
    device.kill().unwrap();
    device.wait().unwrap();
    assert!(server.told().iter().any(|told| told.contains("f=\"uptime\"") && told.contains("u=\"s\"")));
}
