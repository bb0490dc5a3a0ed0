//! What every reader of events owes, whatever the bytes.

use omadm_proto::deviation::{Deviations, Profile};
use omadm_proto::element::{Event, EventSource};
use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::limits::Limits;

/// What a reader gave: how many events it read, what it forgave, and how it ended.
#[derive(Debug)]
pub(crate) struct Read {
    events: usize,
    deviations: Deviations,
    end: Result<(), DecodeError>,
}

/// Reads all events of a document of `len` bytes, and hands each to `look`.
///
/// Every Start has its End, attributes come first, nothing stands outside of the root, depth is limited, offsets lie inside
/// and never go back, and deviations lie inside.
///
/// # Panics
/// When the reader breaks one of these rules.
pub(crate) fn read<'a, S: EventSource<'a>>(mut source: S, len: usize, mut look: impl FnMut(&S, &Event<'a>)) -> Read {
    let (mut open, mut roots, mut last, mut events) = (0_usize, 0_usize, 0, 0);
    let mut attributes_allowed = false;
    let end = loop {
        let event = match source.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => {
                assert_eq!((open, roots), (0, 1), "the document ends inside an element, or has no root");
                break Ok(());
            }
            Err(error) => {
                assert!(error.offset <= len, "an error behind the document: {error}");
                break Err(error);
            }
        };
        events += 1;
        match &event {
            Event::Start(_) => {
                roots += usize::from(open == 0);
                open += 1;
            }
            Event::End => open -= 1,
            Event::Attribute(_) => assert!(attributes_allowed, "an attribute behind content"),
            Event::Text(_) | Event::Char(_) | Event::Opaque(_) | _ => assert!(open > 0, "content outside of the root"),
        }
        attributes_allowed = matches!(event, Event::Start(_) | Event::Attribute(_));
        assert!(open <= Limits::DEFAULT.depth && roots <= 1);
        assert!(last <= source.offset() && source.offset() <= source.position() && source.position() <= len);
        last = source.offset();
        look(&source, &event);
    };
    let deviations = source.take_deviations();
    assert!(deviations.as_slice().iter().all(|deviation| deviation.offset <= len), "a deviation behind the document");
    Read { events, deviations, end }
}

/// Strict gives what lenient gives until the first deviation that is no remark, and refuses that.
///
/// # Panics
/// When the two disagree.
pub(crate) fn agree(strict: Result<Read, DecodeError>, lenient: Result<Read, DecodeError>) {
    let (strict, lenient) = match (strict, lenient) {
        (Ok(strict), Ok(lenient)) => (strict, lenient),
        (Err(strict), Err(lenient)) => return assert_eq!(strict, lenient, "the profiles find different headers"),
        (Err(error), Ok(lenient)) => return assert_first(error, &lenient.deviations),
        (Ok(_), Err(error)) => return refuse(&error),
    };
    match strict.end {
        Err(error @ DecodeError { kind: DecodeErrorKind::Deviation(_), .. }) => {
            assert!(strict.events <= lenient.events, "strict read further than lenient");
            assert_first(error, &lenient.deviations);
        }
        end => {
            assert_eq!(
                (end, strict.events),
                (lenient.end, lenient.events),
                "the profiles disagree without a deviation"
            );
            assert_eq!(strict.deviations, lenient.deviations, "the profiles notice different things");
        }
    }
}

/// The error of the strict profile is the first deviation that lenient listed.
///
/// # Panics
/// When it is not.
pub(crate) fn assert_first(error: DecodeError, deviations: &Deviations) {
    let first = deviations.as_slice().iter().find(|deviation| !deviation.kind.is_remark());
    let first = first.map(|deviation| DecodeError::new(DecodeErrorKind::Deviation(deviation.kind), deviation.offset));
    // Only so many are kept; the first may be one of those that are counted.
    if deviations.as_slice().len() < Deviations::MAX || first.is_some() {
        assert_eq!(Some(error), first, "strict refuses something else than lenient forgives ({:?})", Profile::Strict);
    }
}

#[expect(clippy::panic, reason = "a finding is a panic")]
fn refuse(error: &DecodeError) {
    panic!("strict takes what lenient refuses: {error}");
}
