//! What the codec takes from the allocator, counted and not timed.

use omadm_benches::allocation::{Counting, measure};
use omadm_benches::contest::{Cell, Contestant, Operation, prepare};
use omadm_benches::inputs::{Document, NAMES};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of ours on the second round, when a reused buffer has its size.
fn count(operation: Operation, document: &Document) -> usize {
    let cell = Cell { operation, document: document.name, contestant: Contestant::Ours };
    let mut work = prepare(cell, document);
    work();
    measure(&mut work).count
}

#[test]
fn reading_wbxml_events_allocates_nothing() {
    for name in NAMES {
        assert_eq!(count(Operation::WbxmlEvents, &Document::own(name)), 0, "{name}");
    }
}

#[test]
fn writing_wbxml_into_a_reused_buffer_allocates_nothing() {
    for name in NAMES {
        assert_eq!(count(Operation::WbxmlEncode, &Document::own(name)), 0, "{name}");
    }
}

#[test]
fn decoding_the_first_package_allocates_at_most_twenty_times() {
    let taken = count(Operation::WbxmlDecode, &Document::own("pkg1"));
    assert!(taken <= 20, "{taken} allocations");
}

#[test]
fn the_allocator_counts_allocations_and_the_most_bytes_at_once() {
    let taken = measure(|| {
        drop(std::hint::black_box(Vec::<u8>::with_capacity(1000)));
        std::hint::black_box(vec![0_u8; 300]).extend_from_slice(&[0; 400]);
    });
    assert_eq!(taken.count, 3, "two vectors, one of which grows");
    assert_eq!(taken.peak, 1000);
}
