//! The managed side of OMA DM: what a DREM (a device) is made of, and the north side of a gateway.
//!
//! [`Drem`] is a state machine without I/O: bytes, results of actions and the time go in; messages to send, records to store,
//! actions to perform and events come out of one queue, in an order that matters. A driver owns sockets, clock, storage
//! and the two firmware slots. [`client::Client`] is the same without the machines for firmware, software and locking.
//!
//! It refuses to: open a connection, read a clock, keep a file, execute anything for a server that has not proven who it is,
//! or weaken the authentication that its account demands.
//!
//! # A device
//!
//! ```
//! use omadm_proto::auth::Scheme;
//! use omadm_proto::auth::nonce::Seed;
//! use omadm_proto::exchange::{Inbound, SendFailure};
//! use omadm_proto::message::Format;
//! use omadm_tree::Tree;
//! use omadm_tree::mo::{DevDetail, DevInfo, Fumo};
//! use xrem_client::{Account, Action, ActionResult, Drem, Output, Trigger};
//! # use std::cell::Cell;
//! # use std::rc::Rc;
//! # use omadm_proto::exchange::{Syntax, Transmit};
//! # use omadm_proto::time::Instant;
//! # struct Reply(Vec<u8>);
//! # impl Reply { fn inbound(&self) -> Inbound<'_> { Inbound::new(Syntax::Xml, &self.0) } }
//! # fn http_post(_: &Transmit) -> Result<Reply, ()> { Err(()) }
//! # fn sensor(_: &omadm_tree::NodeUri) -> &'static str { "21" }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let clock = Rc::new(Cell::new(Instant::ZERO));
//! # let (ticks, waits) = (Rc::clone(&clock), clock);
//! # let now = move || ticks.get();
//! # let sleep_until = move |at| waits.set(at);
//! # let os_random = || [7; 32];
//! # let (client_secret, server_secret) = ("s3cr3t-device", "srv-secret");
//! # let mut journal = Vec::new();
//! let mut tree = Tree::builder()
//!     .mo(DevInfo::new("urn:imei:493005100592800").man("Acme").model("M1").lang("en"))
//!     .mo(DevDetail::new().fw("1.0").large_objects(true))
//!     .mo(Fumo::at("./FUMO"))
//!     .leaf("./App/Interval", 900)
//!     .managed_by("nrem.example")
//!     .live("./App/Temperature", Format::Int) // asked for when somebody Gets it
//!     .build()?;
//! let account = Account::new("nrem.example", "http://127.0.0.1:8080/dm")
//!     .client("dev-1", client_secret)
//!     .server(server_secret)
//!     .minimum(Scheme::Md5);
//! let mut drem = Drem::new([account], Seed::new(os_random()));
//! drem.start_session(now(), &mut tree, "nrem.example", Trigger::Client)?;
//! loop {
//!     while let Some(output) = drem.poll_output() {
//!         match output {
//!             Output::Transmit(t) => match http_post(&t) {
//!                 Ok(reply) => drem.handle_message(now(), &mut tree, t.exchange, reply.inbound()),
//!                 Err(_) => drem.handle_send_failure(now(), t.exchange, SendFailure::Network),
//!             },
//!             Output::Persist(record) => journal.push(record),
//!             Output::Action { id, action: Action::Read(uri) } => {
//!                 drem.handle_action_result(now(), &mut tree, id, sensor(&uri).into());
//!             }
//!             Output::Action { id, .. } => {
//!                 drem.handle_action_result(now(), &mut tree, id, ActionResult::refused());
//!             }
//!             Output::Event(event) => println!("{event}"),
//!         }
//!     }
//!     match drem.next_timeout() {
//!         Some(wakeup) => sleep_until(wakeup.at),
//!         None => break,
//!     }
//!     drem.handle_timeout(now(), &mut tree);
//! }
//! # assert!(!journal.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | effect |
//! |---|---|---|
//! | `std` | yes | nothing but the features of the same name below |
//! | `xml`, `wbxml` | yes | the syntaxes of messages |
//! | `serde` | no | records can be stored, and trees are among them |
//!
//! # Limits
//!
//! | what | how much |
//! |---|---|
//! | a received message and everything in it | [`omadm_proto::limits::Limits`], see [`client::Client::with_limits`] |
//! | messages of a session | 100 000 |
//! | values waiting to be sent | 16 MiB, a Get beyond is answered 413 |
//! | refusals of one side's credentials | 2, then the session ends |
//! | repetitions of a message | 12, from 500 ms to 30 s apart |
//! | an answer, a session | 10 minutes, a day: [`client::SessionTimes`] |
//! | resynchronisations that come to nothing | one, the next after 60 s, then twice as long each time, up to a day |
//! | the time a user has to answer | an hour, or MAXDT if that is less |
//! | events about bad notifications | 10 a minute |
//! | PINs typed for one bootstrap document | 3 |
//! | performance functions, traps | 64, 256; the others of a tree stay idle |
//! | samples of a function, metrics of a reading | 4096, 64 |
//! | waiting uploads of a function, waiting reports of a trap | 1 and those that servers asked for, 32 |
//! | an image | 4 GiB, in blocks of 256 KiB |
//! | a configuration file | 4 MiB, held in memory |
//!
//! # Where the standard is silent
//!
//! | question | choice |
//! |---|---|
//! | which functions measure what, when traps are looked at, what Clear, Poll and disarming report | see [`monitor`] |
//! | order of commands outside Sequence and Atomic | that of the document |
//! | a failed child of a Sequence | the others run, unless [`client::SequenceRule`] says otherwise |
//! | a "No", or no answer, of the user in a Sequence | its other commands are answered 215, those around it run |
//! | a notification that asks for the user's consent, no user | the session starts |
//! | no answer of the user in time | 408 with the default response |
//! | no nonce known | the first message goes without Cred and waits for the challenge |
//! | a message of the server with an old MsgID | as if it had not come: ours is sent again |
//! | a first message with a wrong MAC | 401 and one challenge; a later one: 401, and the session is over |
//! | a RespURI that is not absolute, or leaves TLS | not followed |
//! | a server that refuses DM 1.3, or answers it in DM 1.2 | a new session in DM 1.2, from then on |
//! | an abort | answers what was executed, as far as one message holds it |
//! | accounts in the tree | see [`client::Client::with_tree_accounts`] |
//! | an Exec while another update runs | 417; without a package 403 |
//! | State from a terminal state to the next operation | through 10, along the legal transitions |
//! | an Exec on software while others wait | 202, carried out in order; behind 32 others 417; without URL or package 403 |
//! | a lock without Correlator | answered at once, see [`lock`] |
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod account;
pub mod bootstrap;
pub mod client;
pub mod configuration;
pub mod drem;
pub mod event;
pub mod interaction;
pub mod lock;
pub mod monitor;
pub mod offline;
pub mod outbox;
pub mod output;
pub mod record;
pub mod software;
pub mod trigger;
pub mod update;

mod execlog;
mod execute;
mod orders;
mod outputs;
mod package;
mod place;
mod session;

pub use account::Account;
pub use client::Client;
pub use configuration::{ConfigurationFile, ConfigurationResult};
pub use drem::Drem;
pub use event::Event;
pub use interaction::{Interaction, UserAnswer, UserInterface};
pub use outbox::GenericAlert;
pub use output::{Action, ActionFailure, ActionResult, Output, Place, Slot};
pub use record::Record;
pub use trigger::Trigger;
pub use update::Booted;
