//! The tables of the standard objects: their rows are those of the fact sheet, and what is built, checked and read by them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod check;
mod descriptions;
mod instance;
mod moi;
mod reports;
mod sheet;
mod views;
