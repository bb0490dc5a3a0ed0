//! `drem run`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use omadm_proto::exchange::Syntax;

use crate::server::Server;

/// SHA-256 of `abc`, from FIPS 180.
const ABC_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn replace(id: u32, uri: &str, value: &str) -> String {
    format!(
        "<Replace><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target><Data>{value}</Data></Item></Replace>"
    )
}

/// The order to update from the server's own image.
fn order(server: std::net::SocketAddr, sha256: &str) -> String {
    replace(80, "./FUMO/DownloadAndUpdate/PkgURL", &format!("http://{server}/image"))
        + &replace(81, "./FUMO/Ext/XRem/Sha256", sha256)
        + &replace(82, "./FUMO/PkgVersion", "2.0")
        + "<Exec><CmdID>83</CmdID><Correlator>job-1</Correlator><Item><Target><LocURI>./FUMO/DownloadAndUpdate</LocURI></Target></Item></Exec>"
}

pub(crate) fn drem(server: &Server, state: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_drem"))
        .args(["run", "--server-id", "dm.example.net", "--dev-id", "urn:dev:1", "--client-name", "dev-1"])
        .args(["--client-secret", "s3cr3t", "--server", &format!("http://{}/dm", server.address), "--state"])
        .arg(state)
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Exit status and what it logged, which must be over in time.
fn finish(mut child: Child) -> (bool, String) {
    let until = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn slot(state: &Path, name: &str) -> Vec<u8> {
    std::fs::read(state.join(format!("slot-{name}.img"))).unwrap()
}

#[test]
fn an_update_is_downloaded_verified_switched_to_and_reported_in_both_syntaxes() {
    for (arguments, syntax) in [(&["--once"][..], Syntax::Xml), (&["--once", "--wbxml"], Syntax::Wbxml)] {
        let server = Server::start(|address| order(address, ABC_SHA256), b"abc");
        let dir = tempfile::tempdir().unwrap();
        let (good, log) = finish(drem(&server, dir.path(), arguments));
        assert!(good, "{log}");
        assert_eq!(server.told(), ["202", "200 job-1"], "{log}");
        assert_eq!(slot(dir.path(), "b"), b"abc");
        assert!(log.contains(ABC_SHA256), "{log}");
        assert!(server.scene.lock().unwrap().syntaxes.iter().all(|used| *used == syntax));
    }
}

#[test]
fn a_corrupted_image_is_refused_and_the_old_slot_keeps_running() {
    let server = Server::start(|address| order(address, ABC_SHA256), b"abd");
    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("v1.img");
    std::fs::write(&image, "version one").unwrap();
    let (good, log) = finish(drem(&server, dir.path(), &["--once", "--image", image.to_str().unwrap()]));
    assert!(good, "{log}");
    assert_eq!(server.told(), ["202", "402 job-1"], "{log}");
    let (good, log) = finish(drem(&server, dir.path(), &["--once"]));
    assert!(good && log.contains("running slot a"), "{log}");
    assert_eq!(slot(dir.path(), "a"), b"version one");
}

#[test]
fn a_device_killed_in_the_middle_of_a_download_goes_on_where_it_was() {
    let image: Vec<u8> = (0..3_u32 << 20).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
    let server = Server::start(|address| order(address, ""), &image);
    server.scene.lock().unwrap().stall_after = Some((5 << 18) + 1000);
    let dir = tempfile::tempdir().unwrap();
    let mut child = drem(&server, dir.path(), &[]);
    let until = Instant::now() + Duration::from_secs(60);
    while slot_len(dir.path()) < 5 << 18 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    // The last block is there; the offset that goes with it is stored right after.
    std::thread::sleep(Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(server.told(), ["202"]);

    let (good, log) = finish(drem(&server, dir.path(), &["--once"]));
    assert!(good, "{log}");
    assert_eq!(server.told(), ["202", "200 job-1"], "{log}");
    assert_eq!(slot(dir.path(), "b"), image);
    let ranges = server.scene.lock().unwrap().ranges.clone();
    assert_eq!(ranges.len(), 2);
    assert!(ranges[1] >= 1 << 20, "{ranges:?}");
}

fn slot_len(state: &Path) -> u64 {
    std::fs::metadata(state.join("slot-b.img")).map_or(0, |metadata| metadata.len())
}

#[test]
fn what_a_server_changed_is_still_there_after_a_restart() {
    let body = |_| {
        replace(80, "./App/Interval", "77")
            + "<Exec><CmdID>83</CmdID><Correlator>once</Correlator><Item><Target><LocURI>./App/Run</LocURI></Target></Item></Exec>"
    };
    let server = Server::start(body, b"");
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree.toml");
    std::fs::write(
        &tree,
        "[[node]]\nuri = \"./App/Interval\"\nvalue = 900\n[[node]]\nuri = \"./App/Run\"\nformat = \"node\"\naccess = [\"Exec\"]\n",
    )
    .unwrap();
    let state = dir.path().join("state");
    let (good, log) = finish(drem(&server, &state, &["--once", "--tree", tree.to_str().unwrap()]));
    assert!(good, "{log}");
    assert_eq!(server.told(), ["200"], "{log}");
    {
        let mut scene = server.scene.lock().unwrap();
        scene.ordered = false;
        scene.order = "<Get><CmdID>5</CmdID><Item><Target><LocURI>./App/Interval</LocURI></Target></Item></Get>".into();
    }
    let child = drem(&server, &state, &["--once", "--tree", tree.to_str().unwrap()]);
    let (good, log) = finish(child);
    assert!(good, "{log}");
    let stored = std::fs::read_dir(state.join("records")).unwrap().flatten().any(|entry| {
        let bytes = std::fs::read(entry.path()).unwrap();
        bytes.windows(2).any(|pair| pair == b"77") && entry.file_name().to_string_lossy().starts_with("tree")
    });
    assert!(stored);
}

#[test]
fn a_server_that_refuses_the_message_ends_a_single_session_with_failure() {
    let server = Server::start(|_| String::new(), b"");
    let dir = tempfile::tempdir().unwrap();
    let other = format!("http://{}/elsewhere", server.address);
    let child = Command::new(env!("CARGO_BIN_EXE_drem"))
        .args(["run", "--server-id", "dm.example.net", "--dev-id", "urn:dev:1", "--client-name", "dev-1"])
        .args(["--client-secret", "s3cr3t", "--once", "--server", &other, "--state"])
        .arg(dir.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (good, log) = finish(child);
    assert!(!good && log.contains("404"), "{log}");
}

#[test]
fn help_names_every_option() {
    let output = Command::new(env!("CARGO_BIN_EXE_drem")).args(["run", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for option in [
        "--tree",
        "--state",
        "--server",
        "--server-id",
        "--client-name",
        "--client-secret",
        "--server-secret",
        "--scheme",
        "--dev-id",
        "--wbxml",
        "--notify",
        "--poll",
        "--once",
        "--proxy",
        "--image",
    ] {
        assert!(help.contains(option), "{option}");
    }
}
