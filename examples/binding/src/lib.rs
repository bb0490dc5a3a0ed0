//! The binding of OMA DM messages to HTTP, and the recipe for other transports \[dm 13\].
//!
//! The machines know no transport: they take [`Inbound`](omadm_proto::exchange::Inbound), give
//! [`Transmit`](omadm_proto::exchange::Transmit), and are told of a message without an answer by a
//! [`SendFailure`](omadm_proto::exchange::SendFailure). A binding maps these three to what its transport has. This crate does
//! it for HTTP: [`post`] and [`client`] for the side that opens connections, [`endpoint`] and [`listener`] for the other.
//!
//! | HTTP | machine |
//! |---|---|
//! | Content-Type, parameters skipped, data-sync types taken | `syntax` |
//! | `x-syncml-hmac`, both directions | `mac` |
//! | body after de-chunking and Content-Encoding (deflate, gzip) | `body`: what the MAC is over |
//! | URL of the POST | `Transmit::destination`; a response needs none |
//! | 2xx / 3xx / 4xx / 5xx, 429 and 503 with Retry-After, no answer | [`failure`] |
//!
//! | limit | default | beyond it |
//! |---|---|---|
//! | bytes of a message, as sent and as decoded | 1 MiB server, 4 MiB client | 413; `SendFailure::Refused` |
//! | time for a message to arrive | 60 s server, 120 s client | 408; `SendFailure::Network` |
//! | time to connect, to the first byte of the answer | 10 s, 60 s | `SendFailure::Network` |
//! | connections; their idle time | 16 384; 75 s | 503; closed |
//! | redirections of one message | 5 | `SendFailure::Refused` |
//!
#![doc = include_str!("../RECIPE.md")]

#[cfg(feature = "client")]
pub mod client;
pub mod coding;
#[cfg(feature = "client")]
pub mod download;
#[cfg(feature = "server")]
pub mod endpoint;
pub mod failure;
pub mod headers;
#[cfg(feature = "server")]
pub mod listener;
pub mod post;
