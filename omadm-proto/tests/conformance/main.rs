//! Conformance over the shared data: documents of other implementations and of the sheets, and what each must give.
//!
//! Every exception stands in a table with its reason, and a test fails when an exception is no longer needed.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_in_result,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

extern crate alloc;

#[path = "../support/shared.rs"]
mod shared;

mod adversarial;
mod events;
mod libwbxml;
mod messages;
mod node;
mod quirks;
mod refused;
