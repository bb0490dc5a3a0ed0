//! A whole device against a scripted server: goals a server or an operator would state, through the public API only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_in_result,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    clippy::std_instead_of_alloc,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and its modules are private"
)]

mod accounts;
mod answers;
mod authentication;
mod bootstrap;
mod calls;
mod commands;
mod containers;
mod descriptors;
mod firmware;
mod interaction;
mod large_objects;
mod lists;
mod locks;
mod mac;
mod messages;
mod monitor;
mod notification;
mod outbox;
mod recovery;
mod retries;
mod sessions;
mod software;
mod statuses;
mod updates;
mod vectors;
mod world;

#[cfg(feature = "serde")]
mod monitor_restarts;
#[cfg(feature = "serde")]
mod restarts;
#[cfg(feature = "serde")]
mod software_restarts;
#[cfg(feature = "serde")]
mod tree_records;
