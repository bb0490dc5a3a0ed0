//! XML: the event reader and the typed decoder, strict, lenient and with repairs.

use omadm_proto::exchange::Syntax;
use omadm_proto::reading::Reading;
use omadm_proto::xml::Reader;

use crate::{events, typed};

/// Reads `bytes` as an XML document and as a message, in both profiles; then with every repair.
///
/// # Panics
/// When a reader breaks a rule of `events` or `typed`, or a repair refuses what is read without.
pub fn xml_decode(bytes: &[u8]) {
    let read = |reading: &Reading| Ok(events::read(Reader::with(bytes, reading)?, bytes.len(), |_, _| ()));
    events::agree(read(&Reading::STRICT), read(&Reading::LENIENT));
    // Offsets of a UTF-16 document count its UTF-8 form, which has at most 3 bytes for 2.
    typed::both_profiles(Syntax::Xml, bytes, bytes.len() * 2);
    let repairing = Reading::LENIENT.repairing_ampersands().stripping_nul();
    if let Ok(plain) = Reading::LENIENT.message(Syntax::Xml, bytes) {
        let repaired = repairing.message(Syntax::Xml, bytes);
        assert_eq!(repaired.map(|read| read.message), Ok(plain.message), "a repair changes a sound message");
    } else if let Ok(repaired) = repairing.message(Syntax::Xml, bytes) {
        assert!(!repaired.deviations.is_empty(), "a repair is not listed");
    }
}
