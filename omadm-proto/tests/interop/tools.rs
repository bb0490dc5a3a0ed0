//! The tools of others, called as programs.

use std::path::Path;
use std::process::Command;

use crate::documents::Document;

/// The XML that libwbxml makes of a document. Nothing may stand on its standard error.
pub(crate) fn wbxml2xml(folder: &Path, document: &Document) -> Vec<u8> {
    let (input, output) = (folder.join("in.wbxml"), folder.join("out.xml"));
    std::fs::write(&input, &document.wbxml).unwrap();
    let run = Command::new("wbxml2xml").arg("-k").arg("-m").arg("0").arg("-o").arg(&output).arg(&input).output();
    let run = run.expect("wbxml2xml");
    let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    let quiet = !["rror", "arning", "ailed"].iter().any(|word| told.contains(word));
    assert!(run.status.success() && quiet, "{}: {told}", document.name);
    std::fs::read(&output).unwrap()
}

/// What the dissector shows of each document: one frame a document, each a payload for the dissector called `wbxml`.
pub(crate) fn tshark(folder: &Path, documents: &[Document]) -> Vec<String> {
    let file = folder.join("documents.pcap");
    std::fs::write(&file, capture(documents)).unwrap();
    let run = Command::new("tshark").arg("-V").arg("-n").arg("-r").arg(&file).output().expect("tshark");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    let mut frames: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("Frame ") {
            frames.push(String::new());
        }
        let frame = frames.last_mut().expect("a frame");
        *frame += line;
        *frame += "\n";
    }
    frames
}

/// A capture file of exported payloads: link type 252, in which a tag names the dissector.
fn capture(documents: &[Document]) -> Vec<u8> {
    const EXPORTED_PDU: u32 = 252;
    let mut out = Vec::new();
    for word in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 0x0004_0000, EXPORTED_PDU] {
        out.extend(u32::to_le_bytes(word));
    }
    for document in documents {
        let payload = [&b"\x00\x0C\x00\x08wbxml\0\0\0\x00\x00\x00\x00"[..], &document.wbxml].concat();
        let len = u32::try_from(payload.len()).unwrap();
        for word in [0, 0, len, len] {
            out.extend(u32::to_le_bytes(word));
        }
        out.extend(payload);
    }
    out
}

/// How many XML documents `program` takes. It must say nothing about any of them: xmlwf ends well also after an error.
pub(crate) fn well_formed(folder: &Path, documents: &[Document], program: &str, arguments: &[&str]) -> usize {
    let mut files = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        let file = folder.join(format!("{at:04}-{}.xml", document.name));
        std::fs::write(&file, &document.xml).unwrap();
        files.push(file);
    }
    for files in files.chunks(100) {
        let run = Command::new(program).args(arguments).args(files).output().expect(program);
        let told = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && told.is_empty(), "{program}: {told}");
    }
    files.len()
}
