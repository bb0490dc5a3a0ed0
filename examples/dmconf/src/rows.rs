//! The rows: [`device`] for a client under test, [`server`] for a server under test, a file a group of the catalogue.

pub mod device;
pub mod server;
