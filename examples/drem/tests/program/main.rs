//! The program as its users run it: `drem answer` on the worked messages, `drem run` against a server over real sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod answer;
mod bootstrap;
mod monitor;
mod run;
mod server;
