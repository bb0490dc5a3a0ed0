//! Test worlds for the omadm / xrem crates: nodes on a virtual network with one jumping clock and seeded faults.
//!
//! Nothing here sleeps, reads a clock or opens a socket; the same seed gives the same run. A test describes a [`plan::Plan`],
//! builds a [`world::World`] of it, submits tasks to its network server, cuts power where it likes, and states goals.
//!
//! | module | its one job |
//! |---|---|
//! | [`dice`] | seeded chance |
//! | [`network`] | parcels in flight, and the clock |
//! | [`node`] | who is who, and under which address |
//! | [`plan`] | what a world is made of |
//! | [`traffic`] | bytes and messages that were sent, by network |
//! | [`trace`] | what happened, for people |
//! | [`flash`] | two firmware slots and a boot loader |
//! | [`world`] | all of these together: runs the machines as drivers do |
#![forbid(unsafe_code)]

extern crate alloc;

pub mod dice;
pub mod flash;
pub mod network;
pub mod node;
pub mod ordeal;
pub mod plan;
pub mod power;
pub mod shelf;
pub mod trace;
pub mod traffic;
pub mod world;

mod agenda;
mod application;
mod device;
mod gateway;
mod server;
mod station;

/// The example of the README, kept true by compiling and running it.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct ReadmeExample;
