//! The canonical WBXML: the bytes themselves, not only what they mean.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a test fails by panicking, and has a standard library"
)]
#![cfg(feature = "wbxml")]

#[path = "support/shared.rs"]
#[allow(dead_code, reason = "shared with tests that list all documents")]
mod shared;

use omadm_proto::element::{Event, EventSink, metinf, syncml};
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Message;
use omadm_proto::wbxml::Writer;

/// What a writer appends behind the start of an element.
fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    writer.start(syncml::SYNC_BODY).unwrap();
    let begin = writer.as_bytes().len();
    write(&mut writer);
    writer.into_bytes()[begin..].to_vec()
}

#[test]
fn a_leaf_of_any_length_is_token_str_i_text_nul_end() {
    for len in 1..200 {
        let text: String = ('a'..='z').cycle().take(len).collect();
        let expected = [&[0x4F, 0x03], text.as_bytes(), &[0x00, 0x01]].concat();
        assert_eq!(written(|writer| writer.leaf(syncml::DATA, &text).unwrap()), expected, "{len}");
    }
    assert_eq!(written(|writer| writer.leaf(syncml::DATA, "").unwrap()), [0x0F]);
}

#[test]
fn a_nul_anywhere_in_a_leaf_makes_it_opaque() {
    for len in 1..140_u8 {
        for at in 0..usize::from(len) {
            let mut text = "x".repeat(len.into()).into_bytes();
            text[at] = 0;
            let text = String::from_utf8(text).unwrap();
            let count = if len < 128 { vec![len] } else { vec![0x81, len - 128] };
            let expected = [&[0x4F, 0xC3], count.as_slice(), text.as_bytes(), &[0x01]].concat();
            assert_eq!(written(|writer| writer.leaf(syncml::DATA, &text).unwrap()), expected, "{len}, {at}");
        }
    }
}

#[test]
fn a_leaf_is_written_as_its_three_events_are() {
    for text in ["", "7", "chr", "./DevInfo/Man", "a\0b", &"long".repeat(50)] {
        for tag in [syncml::LOC_URI, metinf::TYPE] {
            let events = written(|writer| {
                writer.event(Event::Start(tag.into())).unwrap();
                writer.event(Event::Text(text)).unwrap();
                writer.event(Event::End).unwrap();
            });
            assert_eq!(written(|writer| writer.leaf(tag, text).unwrap()), events, "{text:?}");
        }
    }
}

#[test]
fn what_other_encoders_wrote_in_the_canonical_form_comes_out_byte_for_byte() {
    let Some(data) = shared::data_dir() else { return };
    for name in ["pkg1", "pkg2", "pkg3", "pkg4", "cmd2000"] {
        let bytes = std::fs::read(data.join(format!("wbxml/gen-inputs/{name}.wbxml"))).unwrap();
        let message = Message::decode(&bytes).unwrap();
        let mut out = Vec::new();
        message.encode(Syntax::Wbxml, &mut out).unwrap();
        assert!(out == bytes, "{name}");
        assert_eq!(message.encoded_len(Syntax::Wbxml), Ok(bytes.len()), "{name}");
    }
}
