//! The program as its user meets it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const MESSAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>\
    <VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>A7</SessionID><MsgID>1</MsgID><Target><LocURI>device</LocURI>\
    </Target><Source><LocURI>server</LocURI></Source></SyncHdr><SyncBody><Replace><CmdID>1</CmdID><Item><Target>\
    <LocURI>./A</LocURI></Target><Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta><Data> 5 </Data></Item></Replace>\
    <Final/></SyncBody></SyncML>";

fn syncml(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_syncml"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not want its input closes the pipe early.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn in_folder(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

#[test]
fn encode_and_decode_are_inverse() {
    let wbxml = syncml(&["encode", "-"], MESSAGE.as_bytes());
    assert!(wbxml.status.success());
    assert!(wbxml.stdout.starts_with(b"\x02\xA4\x01\x6A\x00\x6D\x6C\x71\x031.2\x00\x01"));
    let xml = syncml(&["decode", "-"], &wbxml.stdout);
    let lines: Vec<_> = std::str::from_utf8(&xml.stdout).unwrap().lines().collect();
    assert_eq!(lines[1], "<SyncML xmlns=\"SYNCML:SYNCML1.2\">");
    assert!(lines.contains(&"          <Format xmlns=\"syncml:metinf\">int</Format>"), "{lines:?}");
    assert!(lines.contains(&"        <Data> 5 </Data>"), "{lines:?}");
    let again = syncml(&["encode", "-"], &xml.stdout);
    assert_eq!(again.stdout, wbxml.stdout);
}

#[test]
fn files_are_read_and_written() {
    let (folder, input) = in_folder("in.xml", MESSAGE.as_bytes());
    let output = folder.path().join("out.wbxml");
    let run = syncml(&["encode", input.to_str().unwrap(), "-o", output.to_str().unwrap()], b"");
    assert!(run.status.success() && run.stdout.is_empty());
    assert!(std::fs::read(&output).unwrap().starts_with(b"\x02\xA4\x01\x6A\x00"));
    let run = syncml(&["decode", output.to_str().unwrap()], b"");
    assert!(text(&run.stdout).contains("<LocURI>./A</LocURI>"));
}

#[test]
fn json_shows_the_typed_message() {
    let run = syncml(&["decode", "--json", "-"], MESSAGE.as_bytes());
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(json["header"]["sessionId"], "A7");
    assert_eq!(json["header"]["target"]["uri"], "device");
    assert_eq!(json["commands"][0]["cmd"], "Replace");
    assert_eq!(json["commands"][0]["items"][0]["meta"]["format"], "int");
    assert_eq!(json["commands"][0]["items"][0]["data"], " 5 ");
    assert_eq!(json["final"], true);
}

#[test]
fn binary_values_become_base64_with_its_format() {
    let mut wbxml = syncml(&["encode", "-"], MESSAGE.as_bytes()).stdout;
    let at = wbxml.windows(5).position(|window| window == b"\x03 5 \x00").unwrap();
    wbxml.splice(at..at + 5, *b"\xC3\x04\x00\x01\xFE\xFF");
    let run = syncml(&["decode", "-"], &wbxml);
    let xml = text(&run.stdout);
    assert!(xml.contains("<Format xmlns=\"syncml:metinf\">b64</Format>"), "{xml}");
    assert!(xml.contains("<Data>AAH+/w==</Data>"), "{xml}");
    let json: serde_json::Value = serde_json::from_slice(&syncml(&["decode", "--json", "-"], &wbxml).stdout).unwrap();
    assert_eq!(json["commands"][0]["items"][0]["data"]["hex"], "0001feff");
}

#[test]
fn a_binary_value_without_format_gets_one() {
    let plain = MESSAGE.replace("<Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>", "");
    let mut wbxml = syncml(&["encode", "-"], plain.as_bytes()).stdout;
    let at = wbxml.windows(5).position(|window| window == b"\x03 5 \x00").unwrap();
    wbxml.splice(at..at + 5, *b"\xC3\x01\x00");
    let xml = text(&syncml(&["decode", "-"], &wbxml).stdout);
    assert!(xml.contains("<Format xmlns=\"syncml:metinf\">b64</Format>"), "{xml}");
    assert!(xml.contains("<Data>AA==</Data>"), "{xml}");
}

#[test]
fn element_content_of_data_becomes_text() {
    let inline = MESSAGE.replace(" 5 ", "x&amp;<enabled/><data id=\"a\"/>");
    let wbxml = syncml(&["encode", "-"], inline.as_bytes()).stdout;
    let value = b"\x4F\x03x&amp;<enabled/><data id=\"a\"/>\x00\x01";
    assert!(wbxml.windows(value.len()).any(|window| window == value));
}

#[test]
fn errors_name_the_file_the_place_and_the_cause() {
    let cases: [(&str, &[u8], &str); 4] = [
        ("cut.xml", b"<SyncML>\n<SyncHdr>", "cut.xml: byte 18 (line 2, column 10): the document ends too early"),
        ("amp.xml", b"<SyncML>\n a & b</SyncML>", "an ampersand that begins no reference"),
        ("cut.wbxml", b"\x02\xA4\x01\x6A\x00\x6D\x03x", "cut.wbxml: byte 6: the document ends too early"),
        ("empty", b"", "empty: byte 0 (line 1, column 1): the document ends too early"),
    ];
    for (name, content, expected) in cases {
        let (_folder, path) = in_folder(name, content);
        let run = syncml(&["decode", path.to_str().unwrap()], b"");
        assert_eq!(run.status.code(), Some(1), "{name}");
        assert!(run.stdout.is_empty());
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
    }
}

#[test]
fn every_file_that_fails_is_reported_and_the_others_are_shown() {
    let (folder, good) = in_folder("good.xml", MESSAGE.as_bytes());
    let bad = folder.path().join("bad.xml");
    std::fs::write(&bad, "<SyncML>").unwrap();
    let absent = folder.path().join("absent.xml");
    let paths = [&bad, &good, &absent].map(|path| path.to_str().unwrap().to_string());
    let run = syncml(&["decode", &paths[0], &paths[1], &paths[2]], b"");
    assert_eq!(run.status.code(), Some(1));
    assert!(text(&run.stdout).contains("<LocURI>./A</LocURI>"));
    let errors = text(&run.stderr);
    assert!(errors.contains("bad.xml: byte 8") && errors.contains("absent.xml: "), "{errors}");
}

#[test]
fn what_wbxml_cannot_say_is_told() {
    let run = syncml(&["encode", "-"], b"<SyncML><Mine/></SyncML>");
    assert_eq!(run.status.code(), Some(1));
    let expected = "standard input: byte 8 (line 1, column 9): Mine: WBXML has no token for the element name";
    assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
    let run = syncml(&["encode", "-"], b"<SyncML a='b'/>");
    assert!(run.status.success());
    assert!(text(&run.stderr).contains("SyncML: the attribute a has no WBXML token and is left out"));
}

#[test]
fn an_incomplete_message_is_shown_as_xml_but_not_as_json() {
    let fragment = b"<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody><Final/></SyncBody></SyncML>";
    assert!(syncml(&["decode", "-"], fragment).status.success());
    let run = syncml(&["decode", "--json", "-"], fragment);
    assert_eq!(run.status.code(), Some(1));
    assert!(text(&run.stderr).contains("SyncML without SyncHdr"));
}

#[test]
fn help_is_complete_and_a_wrong_command_line_is_status_2() {
    let help = text(&syncml(&["--help"], b"").stdout);
    assert!(help.contains("decode") && help.contains("encode") && help.contains("Exit status"), "{help}");
    for subcommand in ["decode", "encode"] {
        let help = text(&syncml(&[subcommand, "--help"], b"").stdout);
        assert!(help.contains("-o, --output <FILE>") && help.contains("standard input"), "{help}");
    }
    assert_eq!(syncml(&["decode"], b"").status.code(), Some(2));
    assert_eq!(syncml(&["frobnicate"], b"").status.code(), Some(2));
}
