//! The network server as a program: the driver of [`xrem_server::nrem`]. Sockets, clock, database, northbound API.
//!
//! As a library, so that `fleet` can run it in its own process: [`serve`] binds, answers until [`Server::stop`], and closes
//! its store. Everything that was acknowledged is in the store before the answer leaves; a killed process loses nothing.

mod api;
mod app;
mod campaigns;
mod config;
mod dm;
mod due;
mod images;
mod locks;
mod measuring;
mod notify;
pub mod pm_load;
pub mod remote;
mod room;
mod server;
mod store;
mod stream;
mod token;
mod told;

pub use config::Config;
pub use server::{Server, StartError, serve};
pub use token::add_administrator;
