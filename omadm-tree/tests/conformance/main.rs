//! What the conformance catalogue asks of a client, as far as it can be stated on the tree alone. A test is named by its row.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod acl;
mod add;
mod atomic;
mod copy_exec_list;
mod delete;
mod fixture;
mod get;
mod inbox;
mod list;
mod names;
mod objects;
mod outcomes;
mod replace;
mod status;
mod tnds;
