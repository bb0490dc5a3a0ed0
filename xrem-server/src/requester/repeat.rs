//! Answers that are kept for requests that may come again.
//!
//! A requester that did not get its answer sends the same request again, under a key of its own. It gets the answer of the
//! first time, which was stored with what the request changed; nothing is done twice.

use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::time::Instant;

use super::RequesterName;

/// What a request was answered that named a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "whose, which, when, and the answer")]
pub struct KeptAnswer {
    /// Who asked.
    pub requester: RequesterName,
    /// The key, unique among those of the requester.
    pub key: String,
    /// The SHA-256 of the request: another one under the same key is a mistake.
    pub request: [u8; 32],
    /// When it was answered.
    pub at: Instant,
    /// The status of the answer, as the driver's protocol numbers it.
    pub status: u16,
    /// The answer; `None` for one that holds secrets.
    pub body: Option<Vec<u8>>,
}
