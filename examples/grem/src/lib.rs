//! The driver of a gateway, as a library, so that `fleet` runs gateways in its own process.

mod actor;
pub mod config;
pub mod images;
pub mod lan;
pub mod north;
pub mod serve;
pub mod store;

pub use config::Config;
pub use serve::{Handle, Sockets, serve, serve_on};
