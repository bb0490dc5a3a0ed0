//! The managing side of OMA DM: a network server (NREM) without transport, clock or database.
//!
//! | module | its one job |
//! |---|---|
//! | [`session`] | the server side of one DM session: authentication, packages, large objects |
//! | [`task`] | what applications want done, and what became of it; its JSON |
//! | [`program`] | what a job sends, step by step: to a device, or to a gateway for the devices behind it |
//! | [`requester`] | on whose behalf the server acts, their rights, and the audit |
//! | [`directory`] | who the nodes are, and how they are reached |
//! | [`register`] | the life of a node: unknown, registered, deactivated |
//! | [`bootstrap`] | the documents that give a new device its account |
//! | [`campaign`] | one release for many nodes, in waves |
//! | [`fault`] | alarms and their history, from traps, alerts and the server itself |
//! | [`performance`] | what nodes measure: samples, summaries, subscriptions |
//! | [`software`] | changes of software, and the inventory that devices tell |
//! | [`lock`] | locking, wiping and resetting devices |
//! | [`wakeup`] | notifications that ask a node to come |
//! | [`store`] | the records, the port that a database implements, and a store in memory |
//! | [`nrem`] | all of these composed: the network server (feature `xml`) |
//!
//! It refuses to do I/O, to read clocks and to keep state of its own: the driver loads the records of one node, calls
//! [`nrem::Nrem::handle_message`], lets [`nrem::Nrem::settle`] compare what gateways told with the directory, commits what it is
//! given, and only then sends the reply.
//!
//! ```
//! # #[cfg(all(feature = "xml", feature = "serde"))] {
//! use omadm_proto::auth::nonce::{NonceSource, Seed};
//! use omadm_proto::exchange::{Inbound, Syntax};
//! use omadm_proto::ids::ExchangeId;
//! use omadm_proto::time::Instant;
//! use xrem_server::nrem::Nrem;
//! use xrem_server::store::{MemoryStore, Store as _};
//! use xrem_server::task::TaskId;
//!
//! let (nrem, mut store, mut nonces) = (Nrem::default(), MemoryStore::new(), NonceSource::new(Seed::new([7; 32])));
//! let body = b"<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>\
//!     <Target><LocURI>http://nrem.example/dm</LocURI></Target><Source><LocURI>urn:imei:1</LocURI></Source></SyncHdr>\
//!     <SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Final/></SyncBody></SyncML>";
//!
//! let incoming = nrem.identify(ExchangeId::new(1), Inbound::new(Syntax::Xml, body)).unwrap();
//! let mut records = store.load(&incoming.dev_id()).unwrap();
//! let now = Instant::from_secs(1);
//! let mut step = nrem.handle_message(now, &mut records, &mut nonces, &incoming);
//! let mut tasks = (1..).map(TaskId::new);
//! nrem.settle(now, &store, &mut step, &mut || tasks.next().unwrap()).unwrap();
//! store.commit(&step.persist).unwrap();
//! let reply = step.reply.unwrap();
//! assert!(core::str::from_utf8(&reply.body).unwrap().contains("<Data>401</Data>")); // nobody registered it
//! # }
//! ```
//!
//! An application never connects or hangs up: it submits a task for a node by its name, in two lines. That the node is asked
//! for a session over the bearers that it has, that the session opens, and that it closes when there is nothing left to do, is
//! the work of the machine and of the driver above. There is no call by which an application could do it:
//!
//! ```
//! # #[cfg(not(feature = "xml"))]
//! # fn main() {}
//! # #[cfg(feature = "xml")]
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! use omadm_proto::ids::DevId;
//! use omadm_proto::time::Instant;
//! use xrem_server::directory::{Bearer, NodeKind, Registration, routes};
//! use xrem_server::nrem::Nrem;
//! use xrem_server::store::{ClientAccount, MemoryStore, Record, Store as _};
//! use xrem_server::task::{CommandSpec, Target, TaskId, TaskRequest};
//! # use omadm_proto::auth::Credentials;
//!
//! # let (nrem, mut store, now, id) = (Nrem::default(), MemoryStore::new(), Instant::from_secs(1), DevId::new("meter-7"));
//! # let mut registration = Registration::new(id.clone(), NodeKind::Device);
//! # registration.account = Some(ClientAccount::new(
//! #     id.clone(), Credentials::new("c", "secret"), Credentials::new("s", "secret")));
//! // Once, by whoever registers it: the ways to reach it, in their order.
//! registration.bearers = vec![Bearer::new("sms:+15550100"), Bearer::new("udp://192.0.2.7:2948").with_priority(1)];
//! # store.commit(&[Record::Node(registration.accept(now)?.0)])?;
//!
//! // The whole application.
//! let task = TaskRequest::new(Target::Device(id.clone().into()), vec![CommandSpec::replace("./App/Interval", "60")]);
//! let submission = nrem.submit(now, TaskId::new(1), task.clone(), routes(&store, &task.target)?)?;
//!
//! // The driver: stores it, and does what is due.
//! store.commit(&submission.persist)?;
//! let step = nrem.handle_timeout(now, &id, &mut store.load(&id)?);
//! assert_eq!(step.notify[0].scheme(), "sms");
//! # Ok(())
//! # }
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `std` (default) | nothing but `std` in the dependencies |
//! | `xml` (default) | messages in XML, and the NREM composition, whose gateways report in XML |
//! | `wbxml` (default) | messages in WBXML |
//! | `serde` (default) | the JSON of tasks; records that can be stored |
//! | `grem` | the gateway composition |
//!
//! Where the standard is silent: a late duplicate of a message (lower MsgID) or a gap is answered 400 and the session goes on
//! with the right number; a client may try three times to authenticate; a server package is one message with Final unless a
//! large object is under way; a command whose Status is missing when the package ends has failed; a client that was challenged
//! and does not send package 1 again is answered 412 and waited for; a device is given 24 challenges without a success, then
//! one every 30 seconds, and needs none while it knows its nonce; a Cred inside a command is not looked at; an alert whose Mark
//! is none of the seven words is informational; the zero nonce is tried after three unanswered notifications.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(feature = "xml"),
    allow(
        dead_code,
        unused_imports,
        reason = "the NREM composition, which reads reports in XML, is not there to use it"
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod bootstrap;
pub mod campaign;
pub mod directory;
pub mod fault;
#[cfg(feature = "grem")]
pub mod grem;
pub mod lock;
#[cfg(feature = "xml")]
pub mod nrem;
pub mod performance;
pub mod program;
pub mod register;
pub mod requester;
pub mod session;
pub mod software;
pub mod store;
pub mod task;
pub mod wakeup;
