//! Device descriptions \[dm 10\]: real ones, the DTD, what is forgiven, writing, and trees that keep to them.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod extras;
mod oracle;
mod read;
mod shared;
mod strict;
mod tree;
mod write;
