//! Every row for a client, played against the client of this workspace in this process, in both syntaxes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod lies;
mod list;
mod mutants;
mod play;
mod rows;
