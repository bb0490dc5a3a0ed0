//! The frame of what is stored: a version, then the content. Content of another version is skipped, so that it is refused
//! for its version and not for what it looks like.

use core::fmt;
use core::marker::PhantomData;

use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::ser::SerializeTuple as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version that is written, and the only one that is read.
pub(crate) const VERSION: u32 = 2;

/// Content of [`VERSION`], or the number of another version.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Versioned<T> {
    This(T),
    Other(u32),
}

impl<T> Versioned<T> {
    /// The content, or the version that it has.
    pub(crate) fn open(self) -> Result<T, u32> {
        match self {
            Self::This(content) => Ok(content),
            Self::Other(version) => Err(version),
        }
    }
}

impl<T: Serialize> Serialize for Versioned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (version, content) = match self {
            Self::This(content) => (VERSION, Some(content)),
            Self::Other(version) => (*version, None),
        };
        let mut frame = serializer.serialize_tuple(2)?;
        frame.serialize_element(&version)?;
        frame.serialize_element(&content)?;
        frame.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Versioned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(2, Frame(PhantomData))
    }
}

struct Frame<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Frame<T> {
    type Value = Versioned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version and what was stored")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Versioned<T>, A::Error> {
        let version = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        if version == VERSION {
            let content: Option<Option<T>> = seq.next_element()?;
            let content = content.flatten().ok_or_else(|| A::Error::invalid_length(1, &self))?;
            return Ok(Versioned::This(content));
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Versioned::Other(version))
    }
}
