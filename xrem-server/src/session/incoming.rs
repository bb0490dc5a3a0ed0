//! A received message, decoded once: who sent it can be read before the records of the sender are loaded.

use core::fmt;

use omadm_proto::error::DecodeError;
use omadm_proto::exchange::{Inbound, Syntax, TransportIdentity};
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::message::Message;
use omadm_proto::reading::Reading;
use sha2::{Digest as _, Sha256};

/// A decoded message with what the session needs of its transport.
#[non_exhaustive]
pub struct Incoming<'a> {
    /// The exchange that waits for the answer.
    pub exchange: ExchangeId,
    /// The syntax, which the answer mirrors.
    pub syntax: Syntax,
    /// The value of its `x-syncml-hmac` header.
    pub mac: Option<&'a str>,
    /// Whom the transport has authenticated.
    pub sender: Option<TransportIdentity<'a>>,
    /// The exact bytes, which a MAC covers.
    pub body: &'a [u8],
    /// Half of the SHA-256 of all this: a repeated message is recognised by it.
    pub digest: [u8; 16],
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
        let Inbound { syntax, mac, sender, body, .. } = inbound;
        Ok(Self { exchange, syntax, mac, sender, body, digest: digest(&inbound), message })
    }

    /// The sender, by its own word: SyncHdr/Source.
    #[must_use]
    pub fn dev_id(&self) -> DevId {
        DevId::new(self.message.header.source.loc_uri.trim())
    }
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = &self.message.header;
        f.debug_struct("Incoming")
            .field("source", &header.source.loc_uri)
            .field("session", &header.session_id)
            .field("message", &header.msg_id)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The MAC and the sender count: where they are the proof, the body alone could be guessed, and the answer is for its sender.
fn digest(inbound: &Inbound<'_>) -> [u8; 16] {
    let mut hash = Sha256::new_with_prefix(inbound.body);
    for proof in [inbound.mac, inbound.sender.map(TransportIdentity::as_str)] {
        hash.update([u8::from(proof.is_some())]);
        hash.update(proof.unwrap_or_default());
    }
    let mut half = [0; 16];
    half.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    half
}
