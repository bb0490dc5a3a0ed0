//! OMA DM messages: SyncML over XML and WBXML, credentials and notifications, as pure functions between bytes and types.
//!
//! Bytes go in, a typed [`Message`](message::Message) comes out, and the other way round. Both syntaxes meet in one stream of
//! element events ([`element`]); [`decode`] and [`encode`] alone know what stands inside a Replace. The crate refuses to do
//! I/O, to keep session state, to know the management tree, and to guess: what is damaged is an error with its byte offset.
//!
//! ```
//! # #[cfg(all(feature = "xml", feature = "wbxml"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use omadm_proto::exchange::Syntax;
//! use omadm_proto::message::{Command, Message};
//!
//! let received = br#"<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>
//!     <SessionID>A7</SessionID><MsgID>1</MsgID><Target><LocURI>urn:imei:004999010640000</LocURI></Target>
//!     <Source><LocURI>https://dm.example.net</LocURI></Source></SyncHdr><SyncBody>
//!     <Get><CmdID>1</CmdID><Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item></Get>
//!     <Final/></SyncBody></SyncML>"#;
//! let message = Message::decode(received)?;
//! assert_eq!(message.header.session_id, "A7");
//! let [Command::Tree(get)] = &message.commands[..] else { panic!("one Get") };
//! assert_eq!(get.items[0].target_uri(), Some("./DevInfo/Man"));
//!
//! // The same message in the other syntax is the same message.
//! let mut wbxml = Vec::new();
//! message.encode(Syntax::Wbxml, &mut wbxml)?;
//! assert!(wbxml.len() < received.len() / 3);
//! assert_eq!(Message::decode(&wbxml)?, message);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "xml", feature = "wbxml")))]
//! # fn main() {}
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `std` | yes | `std::error::Error` for the error types |
//! | `xml` | yes | reading XML (quick-xml); implies `std`. Writing XML is always there |
//! | `wbxml` | yes | reading and writing WBXML; alone, with `alloc`, it is the profile for constrained devices |
//! | `serde` | no | `Serialize` and `Deserialize` for the small types, for snapshots and configuration |
//!
//! # Limits
//!
//! Everything that a peer controls is limited by one [`Limits`](limits::Limits); these are the defaults.
//!
//! | quantity | default |
//! |---|---|
//! | bytes of a message | 1 MiB |
//! | nested elements | 64 |
//! | Atomic and Sequence inside each other | 16 (fixed) |
//! | commands in a message, Items in a command | 4096 |
//! | attributes of an element | 16 |
//! | bytes that string-table references may yield | 4 MiB |
//! | bytes of a reassembled object | 64 MiB |
//! | characters and segments of a LocURI | 2048 and 32 |
//! | parms and characteristics of a provisioning document, nested characteristics | 4096 and 16 (fixed) |
//! | elements of a download descriptor | 4096 |
//! | bytes of an `x-syncml-hmac` header, of the name in it, of an install notification, of a nonce | 4096, 1024, 1024, 128 (fixed) |
//!
//! # Where the standard is silent
//!
//! Children of an element are accepted in any order and written in the order of the DTD. Binary values are written as base64
//! with Format `b64` in XML, as OPAQUE in WBXML. Element content of Data is a value, its XML text. An element in command
//! position that is no DM command is kept as [`UnknownCommand`](message::UnknownCommand), so that it can be answered.
//! What is not specified around a session stands where it was chosen: [`notification::option`] (DM 1.3),
//! [`provisioning`] (defaults of an account, [`provisioning::imsi_key`]), [`download`] (several types, result codes).
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod codes;

pub mod alert;
pub mod auth;
pub mod decode;
pub mod deviation;
pub mod dialect;
pub mod download;
pub mod element;
pub mod encode;
pub mod error;
pub mod exchange;
pub mod ids;
pub mod large_object;
pub mod limits;
pub mod media_type;
pub mod message;
pub mod notification;
pub mod packager;
pub mod provisioning;
pub mod push;
pub mod reading;
pub mod status;
pub mod time;
#[cfg(all(feature = "xml", feature = "wbxml"))]
pub mod transcode;
pub mod version;
#[cfg(feature = "wbxml")]
pub mod wbxml;
pub mod xml;
