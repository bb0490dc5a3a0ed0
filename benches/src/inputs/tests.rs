//! The documents built here are those that the fact sheets measured.

use super::{Document, NAMES, message, shared_folder};
use crate::floor;
use omadm_proto::message::Message;

#[test]
fn own_documents_are_byte_identical_to_the_shared_ones() {
    if shared_folder().is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared documents are missing");
        println!("skipped: no shared documents");
        return;
    }
    for name in NAMES.into_iter().filter(|name| *name != "big100k") {
        assert_eq!(Document::own(name).wbxml, Document::shared(name).unwrap().wbxml, "{name}");
    }
    // The image has other bytes, and as many of them.
    assert_eq!(Document::own("big100k").wbxml.len(), Document::shared("big100k").unwrap().wbxml.len());
}

#[test]
fn both_syntaxes_of_a_document_are_the_same_message() {
    for name in NAMES {
        let document = Document::own(name);
        assert_eq!(Message::decode(&document.wbxml).unwrap(), message(name), "{name}");
        assert_eq!(Message::decode(&document.xml).unwrap(), message(name), "{name}");
    }
}

#[test]
fn the_floors_read_and_write_whole_documents() {
    for name in NAMES {
        let document = Document::own(name);
        let tokens = floor::tokens(&document.wbxml);
        let mut written = Vec::new();
        floor::write(&tokens, &mut written);
        assert_eq!((floor::walk(&document.wbxml), written), (tokens.len(), document.wbxml), "{name}");
    }
}
