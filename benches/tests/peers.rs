//! The peers do the work that they are measured with: what they yield is compared with our own reading once.
#![cfg(all(libwbxml, expat))]

use omadm_benches::inputs::{Document, NAMES};
use omadm_benches::peers::{self, Tree};
use omadm_proto::element::{Event, EventSource};
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_proto::wbxml;

/// Our events of a document: all, and those that are tags.
fn events(document: &Document) -> (usize, usize) {
    let mut reader = wbxml::Reader::new(&document.wbxml, &Limits::DEFAULT).unwrap();
    let (mut all, mut tags) = (0, 0);
    while let Some(event) = reader.next_event().unwrap() {
        all += 1;
        tags += usize::from(matches!(event, Event::Start(_) | Event::End));
    }
    (all, tags)
}

#[test]
fn the_parsers_report_every_element_and_every_text() {
    for name in NAMES {
        let document = Document::own(name);
        let (all, tags) = events(&document);
        assert_eq!(peers::wbxml_events(&document.wbxml), all, "{name}: libwbxml");
        let reported = peers::xml_events(&document.xml);
        // expat cuts text at references and line ends.
        assert!(reported >= all && reported > tags, "{name}: expat reports {reported} of {all}");
    }
}

#[test]
fn the_trees_are_written_back_as_the_same_message() {
    for name in NAMES {
        let document = Document::own(name);
        let message = Message::decode(&document.wbxml).unwrap();
        for tree in [&mut Tree::from_wbxml(&document.wbxml), &mut Tree::from_xml(&document.xml)] {
            let wbxml = tree.to_wbxml(<[u8]>::to_vec);
            assert_eq!(wbxml[..5], [0x02, 0xA4, 0x01, 0x6A, 0x00], "{name}: WBXML 1.2 without a string table");
            assert_eq!(Message::decode(&wbxml).unwrap(), message, "{name}");
            let xml = tree.to_xml(<[u8]>::to_vec);
            assert_eq!(Message::decode(&xml).unwrap(), message, "{name}");
        }
    }
}

#[test]
fn the_converter_writes_the_same_message_as_xml() {
    for name in NAMES {
        let document = Document::own(name);
        let message = Message::decode(&document.wbxml).unwrap();
        peers::wbxml_to_xml(&document.wbxml, |xml| assert_eq!(Message::decode(xml).unwrap(), message, "{name}"));
    }
}
