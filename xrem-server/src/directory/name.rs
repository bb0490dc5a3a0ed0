//! The names under which applications know the nodes \[mission-matrix N4\].
//!
//! An application speaks [`NodeId`], the protocol speaks [`DevId`]; nobody else translates. A node's name is what its
//! registration says, else the text of its DevId. A name is made where that text will not do: a device without an identity of
//! its own, which only its gateway can tell from others, and a DevId that is too long, unprintable, an address, or the name of
//! another node already. A made name depends on nothing but what it stands for, so it is the same each time, and shows none of
//! it.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use omadm_proto::ids::DevId;
use sha2::{Digest as _, Sha256};

use super::conceal;

/// Stands between a gateway and the name it has for a device without identity. No DevId holds it: it is no character of a URN.
const LOCAL: char = '\u{1F}';

/// The name of a node for applications: 1 to [`NodeId::MAX_LEN`] bytes without spaces, control characters and addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct NodeId(Box<str>);

/// Why a text is no [`NodeId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeIdError {
    /// Nothing, or too much.
    #[error("the name of a node has 1 to {} bytes", NodeId::MAX_LEN)]
    Length,
    /// Spaces or control characters.
    #[error("the name of a node has no spaces and no control characters")]
    Unprintable,
    /// An IP address, which is not the node's for long.
    #[error("the name of a node holds no IP address")]
    Address,
}

impl NodeId {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 128;

    /// The name `text`.
    ///
    /// # Errors
    /// [`NodeIdError`].
    pub fn parse(text: &str) -> Result<Self, NodeIdError> {
        if text.is_empty() || text.len() > Self::MAX_LEN {
            return Err(NodeIdError::Length);
        }
        if text.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err(NodeIdError::Unprintable);
        }
        if conceal::has_address(text) {
            return Err(NodeIdError::Address);
        }
        Ok(Self(text.into()))
    }

    /// The name of a node that nobody gave one: the text of its DevId if that will do.
    #[must_use]
    pub fn of(id: &DevId) -> Self {
        if is_local(id) { Self::made(id) } else { Self::parse(id.as_str()).unwrap_or_else(|_| Self::made(id)) }
    }

    /// The name that is made for the node `id`.
    #[must_use]
    pub fn made(id: &DevId) -> Self {
        let digest = Sha256::digest(id.as_str().as_bytes());
        let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("node-{hex}").into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&DevId> for NodeId {
    fn from(id: &DevId) -> Self {
        Self::of(id)
    }
}

impl From<DevId> for NodeId {
    fn from(id: DevId) -> Self {
        Self::of(&id)
    }
}

impl TryFrom<String> for NodeId {
    type Error = NodeIdError;

    fn try_from(text: String) -> Result<Self, NodeIdError> {
        Self::parse(&text)
    }
}

impl From<NodeId> for String {
    fn from(id: NodeId) -> Self {
        id.0.into()
    }
}

/// The identity in this server of a device that only `gateway` knows, as `local` \[gwmo 2\].
#[must_use]
pub fn local_device(gateway: &DevId, local: &DevId) -> DevId {
    DevId::new(format!("{gateway}{LOCAL}{local}"))
}

/// What the gateway of the device `id` calls it.
#[must_use]
pub fn at_gateway(id: &DevId) -> &str {
    id.as_str().split_once(LOCAL).map_or_else(|| id.as_str(), |(_, local)| local)
}

/// Whether `id` is the identity of a device that has none of its own.
#[must_use]
pub fn is_local(id: &DevId) -> bool {
    id.as_str().contains(LOCAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n4_the_text_of_a_dev_id_is_the_name_unless_it_will_not_do() {
        let name = |text: &str| NodeId::of(&DevId::new(text));
        assert_eq!(name("urn:imei:493005100592800").as_str(), "urn:imei:493005100592800");
        for odd in ["", "has space", "10.1.2.3", "x:192.168.0.7:80", "[fe80::1]", &"x".repeat(129)] {
            assert!(name(odd).as_str().starts_with("node-"), "{odd}");
            assert_eq!(name(odd), name(odd));
        }
    }

    #[test]
    fn n4_a_device_without_identity_gets_a_stable_name_that_shows_neither_gateway_nor_local_name() {
        let id = |gateway: &str| local_device(&gateway.into(), &"sensor-7".into());
        let name = NodeId::of(&id("urn:gw:1"));
        assert_eq!(name, NodeId::of(&id("urn:gw:1")));
        assert_ne!(name, NodeId::of(&id("urn:gw:2")));
        assert!(!name.as_str().contains("sensor") && !name.as_str().contains("gw"));
        assert_eq!(at_gateway(&id("urn:gw:1")), "sensor-7");
        assert_eq!(at_gateway(&"urn:dev:1".into()), "urn:dev:1");
    }

    #[test]
    fn names_that_an_operator_may_not_give_are_refused_with_the_reason() {
        assert_eq!(NodeId::parse(""), Err(NodeIdError::Length));
        assert_eq!(NodeId::parse("a b"), Err(NodeIdError::Unprintable));
        assert_eq!(NodeId::parse("at-10.0.0.1"), Err(NodeIdError::Address));
        assert!(NodeId::parse("meter/7").is_ok());
    }
}
