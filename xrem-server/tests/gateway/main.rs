//! A gateway between a scripted server and real devices, all pure machines on one jumping clock.
#![cfg(all(feature = "grem", feature = "serde"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

extern crate alloc;

mod device;
mod images;
mod inventory;
mod jobs;
mod restarts;
mod server;
mod world;
