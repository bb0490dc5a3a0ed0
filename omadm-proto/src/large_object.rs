//! Large objects \[dm 3.7\]: one Item split over consecutive messages, and joined again.
//!
//! The same two types serve both sides. A server splits an Add or Replace with [`Outgoing`] and collects Results with
//! [`Reassembly`]; a client splits Results (or the Item of a generic alert) and collects Add and Replace. The sender hands
//! its [`Outgoing`] to [`crate::packager::Packager::push_chunk`] once a message until it is done, and puts nothing but
//! Statuses between. The receiver offers every Item to its [`Reassembly`] before it executes it.
//!
//! Neither holds the command: `Outgoing` is only a position, so it can be stored between two messages.

mod outgoing;
mod reassembly;

use crate::message::{Command, Meta};

pub use outgoing::{NotSplittable, Outgoing};
pub use reassembly::{Broken, Progress, Reassembly};

/// The Meta that holds for all Items of a command.
fn meta_of<'c, 'a>(command: &'c Command<'a>) -> Option<&'c Meta<'a>> {
    match command {
        Command::Tree(command) => command.meta.as_ref(),
        Command::Results(command) => command.meta.as_ref(),
        Command::Atomic(command) | Command::Sequence(command) => command.meta.as_ref(),
        Command::Alert(_) | Command::Status(_) | Command::Unknown(_) => None,
    }
}
