//! WBXML: the event reader and the typed decoder, strict and lenient, and documents inside documents.

use omadm_proto::element::{Event, EventSource as _};
use omadm_proto::exchange::Syntax;
use omadm_proto::reading::Reading;
use omadm_proto::wbxml::Reader;

use crate::{events, typed};

/// Reads `bytes` as a WBXML document and as a message, in both profiles.
///
/// # Panics
/// When a reader breaks a rule of `events` or `typed`, or embedded documents nest without bound.
pub fn wbxml_decode(bytes: &[u8]) {
    let read = |reading: &Reading| {
        let reader = Reader::with(bytes, reading)?;
        Ok(events::read(reader, bytes.len(), |reader, event| embedded(reader, event, 0)))
    };
    events::agree(read(&Reading::STRICT), read(&Reading::LENIENT));
    typed::both_profiles(Syntax::Wbxml, bytes, bytes.len());
}

/// Opens every opaque as a document, as long as the reader allows it.
fn embedded(reader: &Reader<'_>, event: &Event<'_>, depth: usize) {
    let Event::Opaque(opaque) = event else { return };
    let Ok(mut inner) = reader.embedded(opaque) else { return };
    assert!(depth < 2, "more than two documents inside each other");
    while let Ok(Some(event)) = inner.next_event() {
        embedded(&inner, &event, depth + 1);
    }
}
