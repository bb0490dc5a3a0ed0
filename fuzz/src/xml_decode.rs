//! XML: the event reader and the typed decoder.

use omadm_proto::element::{Event, EventSource as _};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_proto::xml::Reader;

/// Reads `bytes` as an XML document: every Start has its End, and errors lie inside.
///
/// # Panics
/// When a reader breaks one of these rules.
pub fn xml_decode(bytes: &[u8]) {
    let limits = Limits::DEFAULT;
    if let Ok(mut reader) = Reader::new(bytes, &limits) {
        let mut open = 0_usize;
        loop {
            match reader.next_event() {
                Ok(Some(Event::Start(_))) => open += 1,
                Ok(Some(Event::End)) => open -= 1,
                Ok(Some(_)) => assert!(open > 0, "content outside of the root"),
                Ok(None) => {
                    assert_eq!(open, 0);
                    break;
                }
                Err(error) => {
                    assert!(error.offset <= bytes.len());
                    break;
                }
            }
            assert!(open <= limits.depth);
        }
    }
    if let Err(error) = Message::decode_as(Syntax::Xml, bytes, &limits) {
        // Offsets of a UTF-16 document count its UTF-8 form, which has at most 3 bytes for 2.
        assert!(error.offset <= bytes.len() * 2);
    }
}
