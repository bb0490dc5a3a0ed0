//! The records of a network server, and the port that a database implements.

mod account;

pub use account::ClientAccount;
