//! The small records of a snapshot: values as compact bytes, and the nodes of instance templates.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use omadm_proto::message::Format;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::acl::Acl;
use crate::node::{AccessType, NodeSpec, Scope, Traits};
use crate::uri::NodeUri;
use crate::value::LeafValue;

/// Bytes: as they are in a binary format, base64 in one that people read.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Value(Vec<u8>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpecRecord {
    uri: NodeUri,
    format: Format,
    own_format: Format,
    value: Value,
    type_name: Option<String>,
    title: String,
    acl: Acl,
    access: u8,
    permanent: bool,
    max_size: Option<u32>,
    traits: u8,
}

impl Value {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl SpecRecord {
    /// About how many bytes it takes to store it.
    pub(super) fn weight(&self) -> usize {
        let labels = self.type_name.as_ref().map_or(0, String::len) + self.title.len() + self.acl.weight();
        let names: usize = self.uri.segments().map(|name| name.len() + 1).sum();
        names + self.value.len() + labels + 32
    }

    pub(super) fn of((uri, spec): &(NodeUri, NodeSpec)) -> Self {
        Self {
            uri: uri.clone(),
            format: spec.format,
            own_format: spec.value.format(),
            value: Value::new(spec.value.as_bytes()),
            type_name: spec.type_name.clone(),
            title: spec.title.clone(),
            acl: spec.acl.clone(),
            access: spec.access.bits(),
            permanent: spec.scope == Scope::Permanent,
            max_size: spec.max_size,
            traits: spec.traits.bits(),
        }
    }

    pub(super) fn into_spec(self) -> (NodeUri, NodeSpec) {
        let spec = NodeSpec {
            format: self.format,
            value: LeafValue::new(self.own_format, self.value.into_bytes()),
            type_name: self.type_name,
            title: self.title,
            acl: self.acl,
            access: AccessType::from_bits(self.access),
            scope: if self.permanent { Scope::Permanent } else { Scope::Dynamic },
            max_size: self.max_size,
            traits: Traits::of(self.traits),
        };
        (self.uri, spec)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(ValueVisitor)
        } else {
            deserializer.deserialize_byte_buf(ValueVisitor)
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes, or base64 text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        BASE64_STANDARD.decode(text).map(Value).map_err(|_| E::custom("a value is no base64 text"))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::new(bytes))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(Value(bytes))
    }
}
