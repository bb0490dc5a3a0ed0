//! The OMA DM management tree: what devices, gateways and servers share.
//!
//! A [`Tree`] holds nodes with their properties and ACLs and executes the commands of servers on them: Get, Add, Replace,
//! Delete, Copy, and the permission for Exec. Each answers what the status of the command says; the tree does no I/O, knows no
//! clock, no session and no message around the command. It refuses to guess: a command does all it should or nothing.
//!
//! ```
//! use omadm_proto::message::Format;
//! use omadm_tree::mo::{DevDetail, DevInfo, Fumo};
//! use omadm_tree::{Actor, Answer, NewValue, TargetUri, Tree};
//!
//! let mut tree = Tree::builder()
//!     .mo(DevInfo::new("urn:imei:493005100592800").man("Acme").model("M1").lang("en"))
//!     .mo(DevDetail::new().fw("1.0").large_objects(true))
//!     .mo(Fumo::at("./FUMO"))
//!     .leaf("./App/Interval", 900)                    // int, dynamic, access Get and Replace
//!     .managed_by("nrem.example")                     // root ACL Add=*&Get=*&Delete=nrem.example&Exec=...&Replace=...
//!     .live("./App/Temperature", Format::Int)         // asked for when somebody Gets it
//!     .build()?;
//!
//! let nrem = "nrem.example".into();
//! let interval = TargetUri::parse("./App/Interval")?;
//! tree.replace(Actor::Server(&nrem), &interval, NewValue::new("300"))?;
//! assert_eq!(tree.text("./App/Interval"), Some("300"));
//!
//! let stranger = "stranger".into();
//! let refusal = tree.replace(Actor::Server(&stranger), &interval, NewValue::new("1")).unwrap_err();
//! assert_eq!(refusal.status.to_string(), "425 Permission denied");
//!
//! let temperature = TargetUri::parse("./App/Temperature")?;
//! let asked = match tree.get(Actor::Server(&nrem), &temperature)? {
//!     Answer::Live(id) => id,                         // read the sensor, then:
//!     other => panic!("{other:?}"),
//! };
//! assert!(matches!(tree.answer_live(asked, 21)?, Answer::Leaf { value: b"21", .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | feature | adds |
//! |---|---|
//! | `std` (default) | `std` in the dependencies |
//! | `xml`, `wbxml` (default) | the syntaxes of `omadm-proto`, for device descriptions; the tree itself needs none |
//! | `serde` | [`snapshot`](Tree) and restore, the change journal; `NodeUri` and `Acl` as text |
//!
//! | limit | default | answer |
//! |---|---|---|
//! | names, characters of a URI, characters of a name | `./DevDetail/URI`, at most 32, 2048, 2048 | 414 |
//! | bytes of one value | 64 MiB, or the leaf's own | 413 |
//! | bytes of an ACL, a Title, a Type | 16 KiB, 255, 255 | 413, 413, 415 |
//! | bytes of all names and values; of all Types, Titles and ACLs | 256 MiB each | 420 |
//! | nodes | 1 048 576 | 420 |
//! | bytes of a device description, nodes and types and extensions in it, nodes inside each other | 16 MiB, 262 144, 64 | [`DdfError`](ddf::DdfError) |
//!
//! Where the standard is silent we chose, and say so in the modules: [`command`] (checks, Delete, Copy), `command/replace`
//! (when Format and Type follow a Replace), [`acl`] (malformed text), [`tree::CreatorAcl`] (what a creator may),
//! [`ddf`] and [`ddf::Description`] (what device descriptions leave open, and the statuses of what they forbid).
//! Two more: TStamp is the time of the last change of the value, VerNo counts changes of value and properties; the value of
//! an interior node is its child list, because that is what a Get of it answers. Both survive a roll-back unchanged.
//! [`query`] and `command/object` say what subtree queries and serialized trees do where it is silent. A tree can be built
//! without either ([`feature`]): they answer 406 and 415 then.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod acl;
pub mod builder;
pub mod command;
pub mod ddf;
pub mod feature;
#[cfg(feature = "serde")]
pub mod journal;
pub mod mo;
pub mod node;
pub mod query;
#[cfg(feature = "serde")]
pub mod snapshot;
pub mod tnds;
pub mod tree;
pub mod uri;
pub mod value;

mod access;
mod local;
mod property;
mod store;
mod transaction;
mod wire;

pub use acl::{Acl, Right};
pub use builder::{BuildError, TreeBuilder};
pub use command::{Actor, Answer, Refusal};
pub use feature::Feature;
pub use node::{AccessType, CaseSense, NodeId, NodeRef, NodeSpec, Scope};
pub use query::List;
pub use tree::{LocalError, Tree, TreeLimits};
pub use uri::{NodeUri, TargetUri};
pub use value::{LeafValue, NewNode, NewValue};
