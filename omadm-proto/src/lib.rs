//! OMA DM messages: SyncML over XML and WBXML.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod alert;
pub mod auth;
pub mod decode;
pub mod element;
pub mod encode;
pub mod error;
pub mod exchange;
pub mod ids;
pub mod large_object;
pub mod limits;
pub mod message;
pub mod notification;
pub mod packager;
pub mod provisioning;
pub mod status;
pub mod time;
pub mod version;
#[cfg(feature = "wbxml")]
pub mod wbxml;
pub mod xml;
