//! What the benches share: the inputs, the contestants, the bars and the tables.
//!
//! `cargo bench -p omadm-benches --bench codec` runs the codec beside its peers on the same documents and prints the ratios;
//! `README.md` of this package tells more. Nothing here is for programs: a document with faults panics.
#![deny(unsafe_code)]

pub mod allocation;
pub mod bars;
pub mod contest;
pub mod floor;
pub mod inputs;
pub mod peers;
pub mod report;
pub mod scale;
pub mod session;
