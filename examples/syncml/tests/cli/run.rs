//! Running the program.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A message with one Replace.
pub(crate) const MESSAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>\
    <VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>A7</SessionID><MsgID>1</MsgID><Target><LocURI>device</LocURI>\
    </Target><Source><LocURI>server</LocURI></Source></SyncHdr><SyncBody><Replace><CmdID>1</CmdID><Item><Target>\
    <LocURI>./A</LocURI></Target><Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta><Data> 5 </Data></Item></Replace>\
    <Final/></SyncBody></SyncML>";

/// What the program did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) errors: String,
}

impl Ran {
    /// The standard output.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    /// The standard output as JSON, one value a line.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Fails unless a line of the standard output is `line`.
    #[track_caller]
    pub(crate) fn has_line(&self, line: &str) -> &Self {
        assert!(
            self.text().lines().any(|found| found == line),
            "no line {line:?} in:\n{}\n{}",
            self.text(),
            self.errors
        );
        self
    }

    /// Fails unless the exit status is `code`.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}\n{}", String::from_utf8_lossy(&self.bytes), self.errors);
        self
    }
}

/// Runs `syncml` with `input` on its standard input.
pub(crate) fn syncml(arguments: &[&str], input: &[u8]) -> Ran {
    let output = run(Command::new(env!("CARGO_BIN_EXE_syncml")).args(arguments), input);
    Ran {
        code: output.status.code().unwrap_or(-1),
        bytes: output.stdout,
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs `command` with `input` on its standard input.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // A program that does not want its input closes the pipe early.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    })
}

/// A new folder with one file, and the path of that file.
pub(crate) fn in_folder(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

/// The path of a worked message.
pub(crate) fn vector(name: &str) -> String {
    format!("{}/../../omadm-proto/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The message in WBXML.
pub(crate) fn wbxml(xml: &str) -> Vec<u8> {
    let ran = syncml(&["encode", "-"], xml.as_bytes());
    ran.exits(0);
    ran.bytes
}
