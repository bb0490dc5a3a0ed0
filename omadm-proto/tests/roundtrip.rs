//! Properties: a message survives both syntaxes, and no bytes make a reader panic.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/strategies.rs"]
mod strategies;

use omadm_proto::dialect::Dialect;
use omadm_proto::encode::Form;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use proptest::prelude::*;
use strategies::{Binary, message};

fn encode(message: &Message<'_>, syntax: Syntax) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(syntax, &mut out).unwrap();
    out
}

proptest! {
    #[test]
    fn the_length_of_a_message_is_known_before_it_is_written(message in message(Binary::Sometimes)) {
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            for dialect in [Dialect::Oma, Dialect::Windows] {
                let form = Form { syntax, dialect };
                let mut out = b"before".to_vec();
                let written = message.encode(form, &mut out).map(|()| out.len() - "before".len());
                prop_assert_eq!(message.encoded_len(form), written);
            }
        }
    }

    #[test]
    fn a_message_of_text_survives_both_syntaxes(message in message(Binary::Never)) {
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let bytes = encode(&message, syntax);
            prop_assert_eq!(&Message::decode(&bytes).unwrap(), &message);
        }
    }

    #[test]
    fn a_message_with_binary_values_survives_wbxml_and_settles_in_xml(message in message(Binary::Sometimes)) {
        let wbxml = encode(&message, Syntax::Wbxml);
        prop_assert_eq!(&Message::decode(&wbxml).unwrap(), &message);
        let xml = encode(&message, Syntax::Xml);
        let settled = Message::decode(&xml).unwrap();
        prop_assert_eq!(&encode(&settled, Syntax::Xml), &xml);
        let wbxml = encode(&settled, Syntax::Wbxml);
        prop_assert_eq!(Message::decode(&wbxml).unwrap(), settled);
    }

    #[test]
    fn a_cut_message_is_an_error(message in message(Binary::Sometimes), at in any::<prop::sample::Index>()) {
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let bytes = encode(&message, syntax);
            let cut = &bytes[..at.index(bytes.len())];
            prop_assert!(Message::decode_as(syntax, cut, &Limits::DEFAULT).is_err());
        }
    }

    #[test]
    fn a_changed_message_never_panics(
        message in message(Binary::Sometimes),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let mut bytes = encode(&message, syntax);
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let _ = Message::decode_as(syntax, &bytes, &Limits::DEFAULT);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = Message::decode(&bytes);
        let behind_header = [b"\x02\xA4\x01\x6A\x00", &bytes[..]].concat();
        let _ = Message::decode(&behind_header);
        let _ = Message::decode_as(Syntax::Xml, &bytes, &Limits::DEFAULT);
    }
}
