//! WBXML: the event reader and the typed decoder.

use omadm_proto::element::{Event, EventSource as _};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_proto::wbxml::Reader;

/// Reads `bytes` as a WBXML document: every Start has its End, errors lie inside, and offsets never go back.
///
/// # Panics
/// When a reader breaks one of these rules.
pub fn wbxml_decode(bytes: &[u8]) {
    let limits = Limits::DEFAULT;
    if let Ok(mut reader) = Reader::new(bytes, &limits) {
        let (mut open, mut last) = (0_usize, 0);
        loop {
            match reader.next_event() {
                Ok(Some(Event::Start(_))) => open += 1,
                Ok(Some(Event::End)) => open -= 1,
                Ok(Some(_)) => assert!(open > 0, "content outside of the root"),
                Ok(None) => {
                    assert_eq!((open, reader.position()), (0, bytes.len()));
                    break;
                }
                Err(error) => {
                    assert!(error.offset <= bytes.len());
                    break;
                }
            }
            assert!(open <= limits.depth && reader.offset() >= last);
            last = reader.offset();
        }
    }
    if let Err(error) = Message::decode_as(Syntax::Wbxml, bytes, &limits) {
        assert!(error.offset <= bytes.len());
    }
}
