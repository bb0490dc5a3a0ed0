//! What our encoder writes, given to the tools of others: libwbxml, tshark, expat and libxml2 must take every document.
//!
//! Runs when `OMADM_INTEROP` is 1, which `.ci/interop` sets after it has made sure that the tools are there.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_in_result,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it counted"
)]

#[path = "../conformance/node.rs"]
mod node;
#[path = "../support/strategies.rs"]
mod strategies;

mod documents;
mod tools;

use documents::{Document, documents};
use node::{Content, Node};
use omadm_proto::limits::Limits;
use omadm_proto::wbxml;

/// The documents and a fresh folder for the tools; `None` after a message when the tools are not asked for.
fn asked(test: &str) -> Option<(Vec<Document>, std::path::PathBuf)> {
    if std::env::var("OMADM_INTEROP").as_deref() != Ok("1") {
        println!("skipped: `bash .ci/interop` runs this");
        return None;
    }
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    Some((documents(), folder))
}

fn events(wbxml: &[u8]) -> Node {
    let reader = wbxml::Reader::new(wbxml, &Limits::DEFAULT).unwrap();
    node::from_events(reader).unwrap()
}

#[test]
fn libwbxml_reads_our_wbxml_without_a_warning_and_finds_the_same_meaning() {
    let Some((documents, folder)) = asked("wbxml2xml") else { return };
    let mut same = 0;
    for document in &documents {
        let xml = tools::wbxml2xml(&folder, document);
        if document.plain {
            let xml = String::from_utf8(xml).unwrap();
            let theirs = node::from_xml(&xml).unwrap_or_else(|error| panic!("{}: {error}\n{xml}", document.name));
            let (ours, theirs) = (tidy(events(&document.wbxml)).lines(), tidy(theirs).lines());
            assert_eq!(node::differences(&ours, &theirs), [""; 0], "{}", document.name);
            same += 1;
        }
    }
    println!("wbxml2xml took {} documents, {same} of them compared by meaning", documents.len());
    assert!(same > 100, "{same}");
}

/// Kinds of documents whose names this dissector does not have, so that it shows tokens by their numbers, and what it says.
const NAMELESS: [&str; 2] = ["devinf", "tree"];
const NO_NAMES: &str = "Rendering of this content type not (yet) supported";

#[test]
fn the_dissector_of_wireshark_shows_our_wbxml_element_by_element() {
    let Some((documents, folder)) = asked("tshark") else { return };
    let frames = tools::tshark(&folder, &documents);
    assert_eq!(frames.len(), documents.len());
    let mut named = 0;
    for (document, frame) in documents.iter().zip(&frames) {
        assert!(frame.contains("WAP Binary XML"), "{}: not dissected\n{frame}", document.name);
        let nameless = frame.contains(NO_NAMES);
        for word in ["Malformed", "Expert Info", "Warning", "nvalid", "Unknown", "unknown", "ot supported"] {
            let told_elsewhere = [" | STR_I", NO_NAMES, "[Severity level"];
            let lines = frame.lines().filter(|line| !told_elsewhere.iter().any(|part| line.contains(part)));
            assert_eq!(lines.into_iter().find(|line| line.contains(word)), None, "{}", document.name);
        }
        let (shown, ours) = (shown_names(frame), names(&events(&document.wbxml)));
        if nameless {
            assert!(NAMELESS.contains(&&*document.name), "{}: tshark has no names", document.name);
            assert_eq!(shown.len(), ours.len(), "{}", document.name);
        } else {
            assert_eq!(node::differences(&ours, &shown), [""; 0], "{}", document.name);
            named += 1;
        }
    }
    assert_eq!(named + NAMELESS.len(), documents.len());
    println!("tshark dissected {} documents, {named} of them by name", documents.len());
}

/// Without what libwbxml does to white space in every text: blanks at the ends are dropped, and a line ends with CR LF.
fn tidy(mut node: Node) -> Node {
    for content in &mut node.content {
        match content {
            Content::Element(inner) => *inner = tidy(core::mem::replace(inner, Node::new(""))),
            Content::Bytes(bytes) => {
                let text = String::from_utf8(core::mem::take(bytes)).unwrap().replace("\r\n", "\n").replace('\r', "\n");
                *bytes = text.trim_ascii().as_bytes().to_vec();
            }
        }
    }
    node.without_layout()
}

/// The elements in the order in which the dissector shows them: the last column of a line is `<Name>` or `<Name />`.
fn shown_names(frame: &str) -> Vec<String> {
    let column = |line: &str| line.rsplit_once(" | ").map(|(_, last)| last.trim().to_string());
    let tags = frame.lines().filter(|line| line.contains("Known Tag 0x") && !line.contains("| END"));
    tags.filter_map(column)
        .map(|tag| tag.trim_matches(['<', '>', ' ', '/']).split(' ').next().unwrap().to_string())
        .collect()
}

fn names(node: &Node) -> Vec<String> {
    let mut names = vec![node.name.clone()];
    for child in node.children() {
        names.extend(self::names(child));
    }
    names
}

#[test]
fn our_xml_is_well_formed_for_expat() {
    let Some((documents, folder)) = asked("xmlwf") else { return };
    let count = tools::well_formed(&folder, &documents, "xmlwf", &[]);
    println!("xmlwf (expat) took {count} documents");
}

#[test]
fn our_xml_is_well_formed_for_libxml2() {
    let Some((documents, folder)) = asked("xmllint") else { return };
    let count = tools::well_formed(&folder, &documents, "xmllint", &["--noout", "--nonet"]);
    println!("xmllint took {count} documents");
}
