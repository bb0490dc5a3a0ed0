//! What a session takes from the allocator and from a store, counted and not timed.

use omadm_benches::allocation::{Counting, freed, measure};
use omadm_benches::session::{Pair, Part};
use xrem_server::session::Session;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A pair after three sessions: what is made once is made.
fn pair() -> Pair {
    let mut pair = Pair::new();
    for _ in 0..3 {
        assert_eq!(pair.run(), 4);
    }
    pair
}

#[test]
fn the_server_allocates_at_most_sixty_times_a_message() {
    pair().run_parts(|part, work| {
        let taken = measure(work);
        println!("{}: {} allocations, {} bytes at once", part.name(), taken.count, taken.peak);
        assert!(!part.is_server() || taken.count <= 60, "{}: {} allocations", part.name(), taken.count);
    });
}

/// The session as the server keeps it between packages 2 and 3.
fn session_at_rest() -> Session {
    let mut pair = pair();
    pair.run_until(Part::Package2);
    std::mem::take(&mut pair.records().session)
}

#[test]
fn a_session_at_rest_takes_at_most_2_kib() {
    let session = session_at_rest();
    let bytes = size_of::<Session>() + freed(|| drop(session));
    println!("{bytes} bytes, {} of them its size", size_of::<Session>());
    assert!(bytes <= 2048, "{bytes} bytes");
}

#[test]
fn a_stored_session_takes_at_most_1_kib() {
    let bytes = rmp_serde::to_vec_named(&session_at_rest()).expect("a session is written");
    println!("{} bytes", bytes.len());
    assert!(bytes.len() <= 1024, "{} bytes", bytes.len());
}
