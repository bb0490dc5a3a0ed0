//! `drem answer`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use omadm_proto::exchange::Syntax;
use omadm_proto::message::Message;

/// The tree of the worked examples.
const TREE: &str = r#"
[[node]]
uri = "."
acl = "Add=*&Get=*&Delete=dm.example.net&Exec=dm.example.net&Replace=dm.example.net"
[[node]]
uri = "./DevDetail/FwV"
value = "4.2.0"
access = ["Get"]
[[node]]
uri = "./Vendor/Example/Interval"
value = 900
[[node]]
uri = "./Vendor/Example/A"
value = 0
[[node]]
uri = "./Vendor/Example/Old"
value = "old"
[[node]]
uri = "./Vendor/Example/Blob"
value = "before"
"#;

/// The worked message `name`; `None` when the shared vectors are not there and need not be.
fn vector(name: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("OMADM_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let path = root.join("data/vectors").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{}: {error}", path.display()),
        Err(_) => {
            println!("skipped: {} is missing", path.display());
            None
        }
    }
}

fn answer(tree: &Path, message: &[u8], arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_drem"))
        .args(["answer", "--tree"])
        .arg(tree)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its tree does not read the message.
    let _ = child.stdin.take().unwrap().write_all(message);
    child.wait_with_output().unwrap()
}

fn tree_file(dir: &Path) -> PathBuf {
    let path = dir.join("tree.toml");
    std::fs::write(&path, TREE).unwrap();
    path
}

/// The Statuses and Results of a message, one a line, and the codes of its Alerts.
fn content(bytes: &[u8]) -> Vec<String> {
    use omadm_proto::message::Command as C;
    let message = Message::decode(bytes).unwrap();
    message
        .commands()
        .map(|command| match command {
            C::Status(status) => {
                let code = if status.is_for_sync_hdr() { 0 } else { status.code.as_u16() };
                format!("{} {} {:?} {code}", status.cmd, status.cmd_ref, status.target_refs)
            }
            C::Results(results) => {
                let item = &results.items[0];
                format!(
                    "Results {} {:?} {:?}",
                    results.cmd_ref,
                    item.source_uri(),
                    item.data.as_ref().and_then(|data| data.as_str())
                )
            }
            C::Alert(alert) => format!("Alert {:?}", alert.code),
            other => panic!("a client sends no {}", other.name()),
        })
        .chain([format!("final {}", message.is_final)])
        .collect()
}

#[test]
fn the_worked_messages_are_answered_as_printed() {
    for (question, expected) in [
        ("A4_s2c_pkg2", "A5_c2s_pkg3"),
        ("B1_s2c_atomic", "B2_c2s_atomic_failed"),
        ("C1_s2c_chunk1", "C2_c2s_213"),
        ("C3_s2c_chunk2", "C4_c2s_done"),
    ] {
        let (Some(question), Some(expected)) = (vector(&format!("{question}.xml")), vector(&format!("{expected}.xml")))
        else {
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        // The device of the sheet has no lists.
        let output = answer(&tree_file(dir.path()), &question, &["--without", "lists"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(content(&output.stdout), content(&expected));
    }
}

#[test]
fn wbxml_is_answered_in_wbxml() {
    let Some(question) = vector("A4_s2c_pkg2.xml") else { return };
    let mut wbxml = Vec::new();
    Message::decode(&question).unwrap().encode(Syntax::Wbxml, &mut wbxml).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let tree = tree_file(dir.path());
    let output = answer(&tree, &wbxml, &[]);
    assert_eq!(Syntax::sniff(&output.stdout), Syntax::Wbxml);
    assert_eq!(content(&output.stdout), content(&answer(&tree, &question, &[]).stdout));
}

#[test]
fn save_writes_the_changed_tree_back_and_without_it_the_file_stays() {
    let Some(question) = vector("A4_s2c_pkg2.xml") else { return };
    let dir = tempfile::tempdir().unwrap();
    let tree = tree_file(dir.path());
    answer(&tree, &question, &[]);
    assert_eq!(std::fs::read_to_string(&tree).unwrap(), TREE);
    answer(&tree, &question, &["--save"]);
    let saved = std::fs::read_to_string(&tree).unwrap();
    let interval = saved.split("[[node]]").find(|node| node.contains("./Vendor/Example/Interval")).unwrap();
    assert!(interval.contains("300"), "{interval}");
    let again = answer(&tree, &question, &[]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
}

#[test]
fn errors_are_one_line_that_names_file_node_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.toml");
    std::fs::write(&bad, "[[node]]\nuri = \"./A/B\"\nformat = \"int\"\nvalue = \"many\"\n").unwrap();
    let message = b"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
        <SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>urn:d</LocURI></Target><Source><LocURI>s</LocURI></Source>\
        </SyncHdr><SyncBody><Final/></SyncBody></SyncML>";
    let output = answer(&bad, message, &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(told.contains("bad.toml") && told.contains("./A/B") && told.trim_end().lines().count() == 1, "{told}");

    let output = answer(&tree_file(dir.path()), b"hello", &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("standard input"), "{told}");

    let output = answer(&dir.path().join("none.toml"), message, &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("none.toml"), "{told}");
}
