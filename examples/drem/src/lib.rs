//! The driver of a device, as a library, so that `fleet` runs devices in its own process and the gateway uses its HTTP client.

pub mod device;
pub mod error;
pub mod files;
pub mod http;
pub mod records;
pub mod slots;
pub mod tree_file;
pub mod tree_log;
