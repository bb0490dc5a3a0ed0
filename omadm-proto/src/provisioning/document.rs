//! The content of a provisioning document.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use crate::element::Attribute;

/// A provisioning document: `wap-provisioningdoc`.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProvisioningDoc<'a> {
    /// The attribute `version`, usually `1.0` or `1.1`.
    pub version: Option<Cow<'a, str>>,
    /// The characteristics in document order.
    pub characteristics: Vec<Characteristic<'a>>,
    /// Attributes that the document type does not have.
    pub attributes: Vec<Attribute<'a>>,
}

/// A named group of parms and characteristics.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Characteristic<'a> {
    /// The attribute `type`.
    pub type_name: Cow<'a, str>,
    /// What is inside, in document order.
    pub entries: Vec<Entry<'a>>,
    /// Attributes that the document type does not have.
    pub attributes: Vec<Attribute<'a>>,
}

/// A setting.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parm<'a> {
    /// The attribute `name`.
    pub name: Cow<'a, str>,
    /// The attribute `value`; a parm without one is a flag that is set.
    pub value: Option<Cow<'a, str>>,
    /// Attributes that the document type does not have.
    pub attributes: Vec<Attribute<'a>>,
}

/// What may stand in a characteristic.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the document type has these two")]
pub enum Entry<'a> {
    /// A setting.
    Parm(Parm<'a>),
    /// A nested group.
    Characteristic(Characteristic<'a>),
}

impl<'a> ProvisioningDoc<'a> {
    /// The media type of a document in WBXML; its WSP code is 0x36 \[wbxml 2\].
    pub const MEDIA_TYPE_WBXML: &'static str = "application/vnd.wap.connectivity-wbxml";

    /// A document of version 1.1 with these characteristics.
    #[must_use]
    pub const fn new(characteristics: Vec<Characteristic<'a>>) -> Self {
        Self { version: Some(Cow::Borrowed("1.1")), characteristics, attributes: Vec::new() }
    }

    /// The characteristics of one type, in document order.
    pub fn of_type<'d>(&'d self, type_name: &'d str) -> impl Iterator<Item = &'d Characteristic<'a>> {
        self.characteristics.iter().filter(move |characteristic| characteristic.type_name == type_name)
    }
}

impl<'a> Characteristic<'a> {
    /// An empty characteristic of the type `type_name`.
    #[must_use]
    pub fn new(type_name: impl Into<Cow<'a, str>>) -> Self {
        Self { type_name: type_name.into(), entries: Vec::new(), attributes: Vec::new() }
    }

    /// The same with one more parm that has a value.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        let parm = Parm { name: name.into(), value: Some(value.into()), attributes: Vec::new() };
        self.entries.push(Entry::Parm(parm));
        self
    }

    /// The same with one more parm that has no value.
    #[must_use]
    pub fn with_flag(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.entries.push(Entry::Parm(Parm { name: name.into(), value: None, attributes: Vec::new() }));
        self
    }

    /// The same with one more characteristic inside.
    #[must_use]
    pub fn containing(mut self, inner: Self) -> Self {
        self.entries.push(Entry::Characteristic(inner));
        self
    }

    /// The parms, in document order.
    pub fn parms(&self) -> impl Iterator<Item = &Parm<'a>> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Parm(parm) => Some(parm),
            Entry::Characteristic(_) => None,
        })
    }

    /// The value of the first parm called `name`: empty for a flag, `None` when there is no such parm.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let parm = self.parms().find(|parm| parm.name == name)?;
        Some(parm.value.as_deref().unwrap_or_default())
    }

    /// The characteristics inside, in document order.
    pub fn characteristics(&self) -> impl Iterator<Item = &Self> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Parm(_) => None,
            Entry::Characteristic(inner) => Some(inner),
        })
    }
}

impl fmt::Debug for ProvisioningDoc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("ProvisioningDoc");
        text.field("version", &self.version).field("characteristics", &self.characteristics);
        text.field("attributes", &self.attributes.len()).finish()
    }
}

impl fmt::Debug for Characteristic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Characteristic");
        text.field("type_name", &self.type_name).field("entries", &self.entries);
        text.field("attributes", &self.attributes.len()).finish()
    }
}

impl fmt::Debug for Parm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "Parm({:?}, {} bytes)", self.name, value.len()),
            None => write!(f, "Parm({:?})", self.name),
        }
    }
}
