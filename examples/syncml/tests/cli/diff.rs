//! `diff`.

use std::path::PathBuf;

use crate::run::{MESSAGE, Ran, syncml, vector, wbxml};

/// Compares two documents.
fn diff(options: &[&str], a: &[u8], b: &[u8]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (a, b) = (write("a", a), write("b", b));
    syncml(&[&["diff"], options, &[a.to_str().unwrap(), b.to_str().unwrap()]].concat(), b"")
}

#[test]
fn one_message_in_two_syntaxes_is_the_same() {
    for name in ["A1_c2s_pkg1_nocred.xml", "A4_s2c_pkg2.xml", "C1_s2c_chunk1.xml", "D3_c2s_pkg1_alert1226.xml"] {
        let xml = std::fs::read_to_string(vector(name)).unwrap();
        let run = diff(&[], xml.as_bytes(), &wbxml(&xml));
        run.exits(0);
        assert_eq!((run.text(), &*run.errors), ("", ""));
    }
}

#[test]
fn bytes_and_their_base64_are_the_same() {
    let base64 = MESSAGE.replace("int<", "b64<").replace(" 5 ", "AAH+/w==");
    let mut raw = wbxml(&base64.replace("b64<", "bin<"));
    let at = raw.windows(10).position(|window| window == b"\x03AAH+/w==\x00").unwrap();
    raw.splice(at..at + 10, *b"\xC3\x04\x00\x01\xFE\xFF");
    assert_eq!(diff(&[], base64.as_bytes(), &raw).exits(0).text(), "");
    let other = base64.replace("AAH+", "AAL+");
    diff(&[], other.as_bytes(), &raw).exits(1).has_line("    items[0].data: 4 bytes 0002feff → 4 bytes 0001feff");
}

#[test]
fn bytes_without_format_and_their_base64_are_the_same() {
    let mut raw = wbxml(&MESSAGE.replace("<Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>", ""));
    let at = raw.windows(5).position(|window| window == b"\x03 5 \x00").unwrap();
    raw.splice(at..at + 5, *b"\xC3\x02\x00\xFF");
    let xml = syncml(&["decode", "-"], &raw).bytes;
    assert_eq!(diff(&[], &raw, &xml).exits(0).text(), "");
}

#[test]
fn another_format_is_a_difference_and_the_default_is_none() {
    let plain = MESSAGE.replace("<Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>", "");
    let run = diff(&[], MESSAGE.as_bytes(), plain.as_bytes());
    run.exits(1).has_line("    items[0].format: \"int\" → \"chr\"");
    let spelt_out = MESSAGE.replace("int<", "chr<");
    diff(&[], spelt_out.as_bytes(), plain.as_bytes()).exits(0);
}

#[test]
fn a_value_and_a_header_field_differ() {
    let other = MESSAGE.replace(" 5 ", "6").replace("A7", "A8");
    diff(&[], MESSAGE.as_bytes(), other.as_bytes())
        .exits(1)
        .has_line("header")
        .has_line("    sessionId: \"A7\" → \"A8\"")
        .has_line("Replace 1 ./A")
        .has_line("    items[0].data: \" 5 \" → \"6\"")
        .has_line("2 differences");
}

#[test]
fn a_command_more_is_told_as_one() {
    let get = "<Get><CmdID>7</CmdID><Item><Target><LocURI>./B</LocURI></Target></Item></Get><Replace>";
    let more = MESSAGE.replace("<Replace>", get);
    let run = diff(&[], MESSAGE.as_bytes(), more.as_bytes());
    run.exits(1).has_line("only in b: Get 7 ./B").has_line("1 difference");
    diff(&[], more.as_bytes(), MESSAGE.as_bytes()).exits(1).has_line("only in a: Get 7 ./B");
}

#[test]
fn commands_inside_atomic_are_compared() {
    let atomic = std::fs::read_to_string(vector("B1_s2c_atomic.xml")).unwrap();
    let other = atomic.replace("./Vendor/Example/Old", "./Vendor/Example/New");
    diff(&[], atomic.as_bytes(), other.as_bytes())
        .exits(1)
        .has_line("Delete 5 ./Vendor/Example/Old")
        .has_line("    items[0].target.uri: \"…Example/Old\" → \"…Example/New\"");
}

#[test]
fn secrets_are_only_said_to_differ() {
    let message = std::fs::read_to_string(vector("A4_s2c_pkg2.xml")).unwrap();
    let other = message.replace("6Z2qrjVHkK", "7Z2qrjVHkK").replace("bmV4dC1jbGllbnQtMDAwMg==", "b3RoZXI=");
    let run = diff(&[], message.as_bytes(), other.as_bytes());
    run.exits(1).has_line("    cred.data: differs (secret)").has_line("    chal.nextNonce: differs (secret)");
    let json = diff(&["--json"], message.as_bytes(), other.as_bytes());
    for hidden in ["7Z2q", "b3RoZXI", "6f757468657200", "6f74686572"] {
        assert!(!run.text().contains(hidden) && !json.text().contains(hidden), "{hidden}");
    }
    let shown = diff(&["--show-secrets"], message.as_bytes(), other.as_bytes());
    assert!(shown.text().contains("5 bytes 6f74686572"), "{}", shown.text());
}

#[test]
fn the_secret_of_an_account_is_a_secret() {
    let message = MESSAGE.replace("./A", "./DMAcc/1/AppAuth/1/AAuthSecret");
    let other = message.replace(" 5 ", "hunter2");
    let run = diff(&[], message.as_bytes(), other.as_bytes());
    run.exits(1).has_line("    items[0].data: differs (secret)");
}

#[test]
fn what_is_no_message_is_status_2() {
    let run = diff(&[], MESSAGE.as_bytes(), b"<DevInf xmlns=\"syncml:devinf\"/>");
    assert!(run.exits(2).errors.contains("the root element is not SyncML"), "{}", run.errors);
    syncml(&["diff", "-", "-"], b"").exits(2);
}

#[test]
fn the_differences_are_available_as_json() {
    let other = MESSAGE.replace(" 5 ", "6");
    let run = diff(&["--json"], MESSAGE.as_bytes(), other.as_bytes());
    let report = &run.exits(1).json()[0];
    assert_eq!(report["equal"], false);
    assert_eq!(report["differences"][0]["place"], "commands[0]");
    assert_eq!(report["differences"][0]["path"], "items[0].data");
    assert_eq!(report["differences"][0]["b"], "6");
    let same = diff(&["--json"], MESSAGE.as_bytes(), MESSAGE.as_bytes());
    assert_eq!(same.exits(0).json()[0]["equal"], true);
}
