//! Inputs and the terminal, the same for all subcommands.

use std::process::Command;

use crate::run::{MESSAGE, in_folder, run, syncml, wbxml};

#[test]
fn patterns_that_the_shell_left_alone_are_expanded() {
    let (folder, _) = in_folder("a.xml", MESSAGE.as_bytes());
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    std::fs::write(folder.path().join("deep/b.xml"), MESSAGE).unwrap();
    let pattern = folder.path().join("**/*.xml");
    syncml(&["check", pattern.to_str().unwrap()], b"").exits(0).has_line("2 documents: 2 clean");
    let none = folder.path().join("*.wbxml");
    let run = syncml(&["check", none.to_str().unwrap()], b"");
    assert!(run.exits(2).errors.contains("*.wbxml: no file matches the pattern"), "{}", run.errors);
}

#[test]
fn an_absent_file_is_named() {
    for subcommand in ["check", "explain", "hex"] {
        let run = syncml(&[subcommand, "absent.xml"], b"");
        assert!(run.exits(2).errors.starts_with("syncml: absent.xml: No such file"), "{}", run.errors);
    }
    syncml(&["decode", "absent.xml"], b"").exits(1);
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let document = wbxml(MESSAGE);
    assert!(!syncml(&["hex", "-"], &document).text().contains('\u{1b}'));
    assert!(syncml(&["hex", "--color", "always", "-"], &document).text().contains("\u{1b}[36m<SyncML>"));
    assert!(!syncml(&["--color", "never", "hex", "-"], &document).text().contains('\u{1b}'));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let (_folder, path) = in_folder("big.wbxml", &wbxml(&MESSAGE.replace(" 5 ", &"x".repeat(1 << 20))));
    let program = env!("CARGO_BIN_EXE_syncml");
    let script = format!("{{ {program} decode {}; echo \"status $?\" >&2; }} | head -c 10", path.display());
    let output = run(Command::new("sh").args(["-c", &script]), b"");
    assert_eq!(output.stdout, b"<?xml vers");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "status 0\n");
}

#[test]
fn what_a_document_says_cannot_steer_the_terminal() {
    let evil = MESSAGE.replace("server", "&#x202E;evil&#x9b;31m");
    let run = syncml(&["explain", "-"], evil.as_bytes());
    run.exits(0).has_line("    from \\u{202e}evil\\u{9b}31m");
}

#[test]
fn a_folder_without_documents_is_not_taken_for_a_clean_one() {
    let (folder, _) = in_folder("README", b"no document");
    std::fs::write(folder.path().join("object"), b"\x01\0\0\0 no WBXML").unwrap();
    std::fs::write(folder.path().join(".hidden.xml"), MESSAGE).unwrap();
    let run = syncml(&["check", folder.path().to_str().unwrap()], b"");
    assert_eq!(run.exits(2).errors, "syncml: no input looks like a document\n");
}
