//! A received message, decoded once: who sent it can be read before the records of the sender are loaded.

use omadm_proto::error::DecodeError;
use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::message::Message;
use omadm_proto::reading::Reading;
use sha2::{Digest as _, Sha256};

/// A decoded message with what the session needs of its transport.
#[derive(Debug)]
#[non_exhaustive]
pub struct Incoming<'a> {
    /// The exchange that waits for the answer.
    pub exchange: ExchangeId,
    /// The syntax, which the answer mirrors.
    pub syntax: Syntax,
    /// SHA-256 of the body: a repeated message is recognised by it.
    pub digest: [u8; 32],
    /// The content.
    pub message: Message<'a>,
}

impl<'a> Incoming<'a> {
    /// Decodes `inbound` as `reading` says.
    ///
    /// # Errors
    /// The bytes are no message, or exceed the limits; nobody can be answered in SyncML then.
    pub fn decode(exchange: ExchangeId, inbound: Inbound<'a>, reading: Reading) -> Result<Self, DecodeError> {
        let message = reading.message(inbound.syntax, inbound.body)?.message;
        Ok(Self { exchange, syntax: inbound.syntax, digest: Sha256::digest(inbound.body).into(), message })
    }

    /// The sender, by its own word: SyncHdr/Source.
    #[must_use]
    pub fn dev_id(&self) -> DevId {
        DevId::new(self.message.header.source.loc_uri.trim())
    }
}
