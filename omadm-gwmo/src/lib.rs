//! GwMO gateway semantics.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod code;
pub mod draft;
pub mod fanout;
pub mod image;
pub mod inventory;
pub mod mirror;
pub mod mo;
pub mod names;
pub mod payload;
pub mod target;
pub mod template;

mod report;
