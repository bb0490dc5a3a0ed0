//! The rows of side S, played on our own server in this process, in both syntaxes; and falsified servers, on which each row
//! must fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod lies;
mod lint;
mod mutants;
mod rows;
