//! The ways to ask a node for a session \[mission-matrix N5\].
//!
//! A node has a few of them in an order of preference. [`crate::wakeup`] decides which one has its turn; what a scheme means is
//! the driver's matter, which says at once when it has no such bearer.

use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::time::Instant;

/// Bearers of one node.
pub const MAX_BEARERS: usize = 4;

/// One way to ask a node for a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Bearer {
    /// Scheme and address, such as `udp://192.0.2.7:2948`, `sms:+15550100` or `https://push.example/node/7`.
    pub address: String,
    /// Bearers with a lower number are tried first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub priority: u16,
    /// It was found dead, and others are tried before it until then.
    #[cfg_attr(feature = "serde", serde(default))]
    pub blocked: Option<Instant>,
}

impl Bearer {
    /// The bearer at `address`, of the highest priority.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), priority: 0, blocked: None }
    }

    /// The same with another priority.
    #[must_use]
    pub const fn with_priority(mut self, priority: u16) -> Self {
        self.priority = priority;
        self
    }

    /// What stands before the first colon of its address: `udp`, `sms`, `http`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        scheme(&self.address)
    }
}

impl From<&str> for Bearer {
    fn from(address: &str) -> Self {
        Self::new(address)
    }
}

/// What stands before the first colon of `address`.
pub(crate) fn scheme(address: &str) -> &str {
    address.split_once(':').map_or("", |(scheme, _)| scheme)
}

/// `bearers` in the order in which they are tried.
pub(super) fn in_order(mut bearers: Vec<Bearer>) -> Vec<Bearer> {
    bearers.sort_by_key(|bearer| bearer.priority);
    bearers
}

/// Reads the bearers of a stored node; before there were several, it was one address or none.
#[cfg(feature = "serde")]
pub(super) fn stored<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Bearer>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Several(Vec<Bearer>),
        One(Option<String>),
    }
    Ok(match serde::Deserialize::deserialize(deserializer)? {
        Stored::Several(bearers) => bearers,
        Stored::One(address) => address.into_iter().map(Bearer::new).collect(),
    })
}
