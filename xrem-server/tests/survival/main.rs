//! What a session survives: another process after every message, messages that come twice or late, processes that die after
//! any commit, clients that vanish. The client is the real one; the server's store is in memory, and becomes bytes and records
//! again whenever a process takes over.
#![cfg(all(feature = "grem", feature = "serde", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking"
)]

mod abandoned;
mod hand_over;
mod repetition;
mod rig;
