//! Test worlds for the omadm / xrem crates: nodes on a virtual network with one jumping clock and seeded faults.
//!
//! Nothing here sleeps, reads a clock or opens a socket; the same seed gives the same run.
#![forbid(unsafe_code)]

pub mod dice;
pub mod network;

/// The example of the README, kept true by compiling and running it.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct ReadmeExample;
