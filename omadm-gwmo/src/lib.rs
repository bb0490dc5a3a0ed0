//! GwMO gateway semantics.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod code;
pub mod names;
pub mod payload;
