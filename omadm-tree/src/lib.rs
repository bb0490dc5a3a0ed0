//! The OMA DM management tree: what devices, gateways and servers agree on.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod acl;
pub mod builder;
pub mod command;
pub mod mo;
pub mod node;
#[cfg(feature = "serde")]
pub mod snapshot;
pub mod tree;
pub mod uri;
pub mod value;

mod access;
mod local;
mod property;
mod store;
mod wire;

pub use acl::{Acl, Right};
pub use builder::{BuildError, TreeBuilder};
pub use command::{Actor, Answer, Refusal};
pub use node::{AccessType, NodeId, NodeRef, NodeSpec, Scope};
pub use tree::{LocalError, Tree, TreeLimits};
pub use uri::{NodeUri, TargetUri};
pub use value::{LeafValue, NewNode, NewValue};
