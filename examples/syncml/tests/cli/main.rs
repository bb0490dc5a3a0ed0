//! The program as its user meets it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod check;
mod convert;
mod corpus;
mod diff;
mod explain;
mod hex;
mod inputs;
mod run;
mod tree;
