//! The server session and the network server against scripted clients: goals a client or an operator would state, through the
//! public API only.
#![cfg(all(feature = "xml", feature = "wbxml", feature = "serde"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    clippy::std_instead_of_alloc,
    clippy::unwrap_in_result,
    reason = "a test fails by panicking"
)]

mod authentication;
mod bootstrap;
mod campaign;
mod client;
mod credentials;
mod faults;
mod functions;
mod limits;
mod notification;
mod nrem;
mod peer;
mod performance;
#[path = "../support/pm_store.rs"]
mod pm_store;
mod session;

#[path = "../support/shared.rs"]
mod shared;
mod windows;
mod world;
