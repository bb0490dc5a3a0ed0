//! The driver of a device, as a library, so that `fleet` runs devices in its own process.

pub mod device;
pub mod error;
pub mod files;
pub mod load;
pub mod metrics;
mod monitored;
pub mod packages;
mod patch;
pub mod records;
pub mod slots;
mod told;
pub mod tree_file;
pub mod tree_log;
pub mod ui;
