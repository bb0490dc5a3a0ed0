//! `drem run`: what servers and the operator make of the account.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::server::Server;

/// `dev-1:s3cr3t`, `dev-1:n3w` and `dev-1:other` in base64.
const TOLD: &str = "ZGV2LTE6czNjcjN0";
const ROTATED: &str = "ZGV2LTE6bjN3";
const OTHER: &str = "ZGV2LTE6b3RoZXI=";

fn replace(uri: &str, value: &str) -> String {
    format!(
        "<Replace><CmdID>80</CmdID><Item><Target><LocURI>./DMAcc/1/{uri}</LocURI></Target><Data>{value}</Data></Item></Replace>"
    )
}

fn rotate(_: std::net::SocketAddr) -> String {
    replace("AppAuth/1/AAuthSecret", "n3w")
}

fn drem(server: &Server, state: &Path, secret: &str, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_drem"))
        .args(["run", "--server-id", "dm.example.net", "--dev-id", "urn:dev:1", "--client-name", "dev-1"])
        .args(["--client-secret", secret, "--scheme", "basic", "--server", &format!("http://{}/dm", server.address)])
        .arg("--state")
        .arg(state)
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// One session, and whether it was good, and the log.
fn once(server: &Server, state: &Path, secret: &str) -> (bool, String) {
    let output = drem(server, state, secret, &["--once"]).wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What the device proved itself with since the last look; the server gives no more orders.
fn proofs(server: &Server) -> Vec<String> {
    let mut scene = server.scene.lock().unwrap();
    scene.order.clear();
    let mut proofs = std::mem::take(&mut scene.creds);
    proofs.dedup();
    proofs
}

#[test]
fn a_secret_that_the_server_changed_counts_from_the_next_session_on_and_after_a_restart() {
    let server = Server::start(rotate, b"");
    let dir = tempfile::tempdir().unwrap();
    let mut child = drem(&server, dir.path(), "s3cr3t", &["--poll", "1"]);
    let until = Instant::now() + Duration::from_secs(60);
    while server.scene.lock().unwrap().creds.last().is_none_or(|last| last != ROTATED) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(proofs(&server), [TOLD, ROTATED]);
    let (good, log) = once(&server, dir.path(), "s3cr3t");
    assert!(good, "{log}");
    assert_eq!(proofs(&server), [ROTATED], "{log}");
}

#[test]
fn a_secret_that_the_operator_changes_takes_the_place_of_the_one_of_the_server() {
    let server = Server::start(rotate, b"");
    let dir = tempfile::tempdir().unwrap();
    once(&server, dir.path(), "s3cr3t");
    proofs(&server);
    for _ in 0..2 {
        let (good, log) = once(&server, dir.path(), "other");
        assert!(good, "{log}");
        assert_eq!(proofs(&server), [OTHER], "{log}");
    }
}

#[test]
fn another_server_url_counts_with_the_secret_that_the_server_gave() {
    let (first, second) = (Server::start(rotate, b""), Server::start(|_| String::new(), b""));
    let dir = tempfile::tempdir().unwrap();
    once(&first, dir.path(), "s3cr3t");
    assert_eq!(proofs(&first), [TOLD]);
    let (good, log) = once(&second, dir.path(), "s3cr3t");
    assert!(good, "{log}");
    assert_eq!((proofs(&first), proofs(&second)), (vec![], vec![ROTATED.to_owned()]), "{log}");
}

#[test]
fn a_device_that_its_server_sent_elsewhere_goes_there_with_the_same_command_line() {
    let second = Server::start(|_| String::new(), b"");
    let first = Server::start(|_| replace("AppAddr/1/Addr", &format!("http://{}/dm", second.address)), b"");
    let dir = tempfile::tempdir().unwrap();
    once(&first, dir.path(), "s3cr3t");
    assert_eq!(proofs(&first), [TOLD]);
    let (good, log) = once(&first, dir.path(), "s3cr3t");
    assert!(good, "{log}");
    assert_eq!((proofs(&first), proofs(&second)), (vec![], vec![TOLD.to_owned()]), "{log}");
}

#[test]
fn an_account_that_its_server_deleted_is_back_when_something_new_is_told() {
    let delete = "<Delete><CmdID>80</CmdID><Item><Target><LocURI>./DMAcc/1</LocURI></Target></Item></Delete>";
    let server = Server::start(|_| delete.to_owned(), b"");
    let dir = tempfile::tempdir().unwrap();
    // A server cannot delete the only account that there is.
    let tree = dir.path().join("tree.toml");
    std::fs::write(&tree, "[[node]]\nuri = \"./DMAcc/2/Name\"\nvalue = \"spare\"\n").unwrap();
    let child = drem(&server, dir.path(), "s3cr3t", &["--once", "--tree", tree.to_str().unwrap()]);
    child.wait_with_output().unwrap();
    assert_eq!(proofs(&server), [TOLD]);
    let (good, log) = once(&server, dir.path(), "s3cr3t");
    assert!(!good && log.contains("dm.example.net removed its account"), "{log}");
    assert_eq!(proofs(&server), [""; 0], "{log}");
    let (good, log) = once(&server, dir.path(), "other");
    assert!(good, "{log}");
    assert_eq!(proofs(&server), [OTHER], "{log}");
}
