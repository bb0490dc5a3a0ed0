//! From element events to a provisioning document.
//!
//! The document type is small, so reading is strict: an element or a text that it does not have is an error, because a
//! setting that is skipped silently makes a device unreachable. Unknown attributes are kept.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Characteristic, Entry, Parm, ProvisioningDoc};
use crate::element::provisioning::{CHARACTERISTIC, PARM, WAP_PROVISIONINGDOC};
use crate::element::{Attribute, Event, EventSource, Name, Tag};
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::exchange::Syntax;
use crate::limits::Limits;
#[cfg(feature = "wbxml")]
use crate::wbxml;
#[cfg(feature = "xml")]
use crate::xml;

/// How deep characteristics may be nested; real documents need 3.
const MAX_DEPTH: usize = 16;

impl<'a> ProvisioningDoc<'a> {
    /// Reads a document in `syntax`, with at most [`Limits::items`] parms and characteristics.
    ///
    /// # Errors
    /// The bytes are no provisioning document in that syntax, or exceed a limit; the error names the rule and the byte.
    pub fn decode_as(syntax: Syntax, bytes: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        match syntax {
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => Self::from_events(wbxml::Reader::new(bytes, limits)?, limits),
            #[cfg(feature = "xml")]
            Syntax::Xml => Self::from_events(xml::Reader::new(bytes, limits)?, limits),
            #[cfg(not(all(feature = "xml", feature = "wbxml")))]
            _ => Err(not_built(syntax, bytes, limits)),
        }
    }

    /// Reads a document from the element events of `source`.
    ///
    /// # Errors
    /// The events are no provisioning document, or exceed a limit, or the source fails.
    pub fn from_events<S: EventSource<'a>>(source: S, limits: &Limits) -> Result<Self, DecodeError> {
        let mut reader = Reader { source, left: limits.items };
        if reader.source.expect_event()? != Event::Start(Name::Known(WAP_PROVISIONINGDOC)) {
            return Err(reader.error(DecodeErrorKind::UnexpectedRoot(WAP_PROVISIONINGDOC)));
        }
        let mut document = Self::default();
        loop {
            match reader.within(WAP_PROVISIONINGDOC)? {
                Within::Attribute(Attribute { name: "version", value }) => {
                    reader.set(&mut document.version, value, WAP_PROVISIONINGDOC)?;
                }
                Within::Attribute(other) => reader.keep(&mut document.attributes, other, WAP_PROVISIONINGDOC)?,
                Within::Characteristic => document.characteristics.push(reader.characteristic(1)?),
                Within::Parm => return Err(reader.error(DecodeErrorKind::UnexpectedContent(WAP_PROVISIONINGDOC))),
                Within::End => break,
            }
        }
        match reader.source.next_event()? {
            None => Ok(document),
            Some(_) => Err(reader.error(DecodeErrorKind::TrailingBytes)),
        }
    }
}

#[cfg(not(all(feature = "xml", feature = "wbxml")))]
const fn not_built(syntax: Syntax, _bytes: &[u8], _limits: &Limits) -> DecodeError {
    DecodeError::new(DecodeErrorKind::SyntaxNotBuilt(syntax), 0)
}

struct Reader<S> {
    source: S,
    /// How many parms and characteristics may still come.
    left: usize,
}

/// What can come next inside an element.
enum Within<'a> {
    Attribute(Attribute<'a>),
    Characteristic,
    Parm,
    End,
}

impl<'a, S: EventSource<'a>> Reader<S> {
    fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.source.offset())
    }

    /// The next thing inside `element`; blank text is skipped.
    fn within(&mut self, element: Tag) -> Result<Within<'a>, DecodeError> {
        loop {
            let found = match self.source.expect_event()? {
                Event::Attribute(attribute) => return Ok(Within::Attribute(attribute)),
                Event::End => return Ok(Within::End),
                Event::Text(text) if text.trim_ascii().is_empty() => continue,
                Event::Start(Name::Known(CHARACTERISTIC)) => Within::Characteristic,
                Event::Start(Name::Known(PARM)) => Within::Parm,
                Event::Start(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) => {
                    return Err(self.error(DecodeErrorKind::UnexpectedContent(element)));
                }
            };
            let too_many = DecodeErrorKind::LimitExceeded(Limit::Items);
            self.left = self.left.checked_sub(1).ok_or_else(|| self.error(too_many))?;
            return Ok(found);
        }
    }

    /// The rest of a characteristic whose start was just read.
    fn characteristic(&mut self, depth: usize) -> Result<Characteristic<'a>, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(self.error(DecodeErrorKind::LimitExceeded(Limit::Depth)));
        }
        let (mut type_name, mut entries, mut attributes) = (None, Vec::new(), Vec::new());
        loop {
            match self.within(CHARACTERISTIC)? {
                Within::Attribute(Attribute { name: "type", value }) => {
                    self.set(&mut type_name, value, CHARACTERISTIC)?;
                }
                Within::Attribute(other) => self.keep(&mut attributes, other, CHARACTERISTIC)?,
                Within::Characteristic => entries.push(Entry::Characteristic(self.characteristic(depth + 1)?)),
                Within::Parm => entries.push(Entry::Parm(self.parm()?)),
                Within::End => break,
            }
        }
        let missing = DecodeErrorKind::MissingAttribute(CHARACTERISTIC);
        let type_name = type_name.ok_or_else(|| self.error(missing))?;
        Ok(Characteristic { type_name, entries, attributes })
    }

    /// The rest of a parm whose start was just read.
    fn parm(&mut self) -> Result<Parm<'a>, DecodeError> {
        let (mut name, mut value, mut attributes) = (None, None, Vec::new());
        loop {
            match self.within(PARM)? {
                Within::Attribute(Attribute { name: "name", value }) => self.set(&mut name, value, PARM)?,
                Within::Attribute(Attribute { name: "value", value: found }) => self.set(&mut value, found, PARM)?,
                Within::Attribute(other) => self.keep(&mut attributes, other, PARM)?,
                Within::Characteristic | Within::Parm => {
                    return Err(self.error(DecodeErrorKind::UnexpectedContent(PARM)));
                }
                Within::End => break,
            }
        }
        let name = name.ok_or_else(|| self.error(DecodeErrorKind::MissingAttribute(PARM)))?;
        Ok(Parm { name, value, attributes })
    }

    fn set(&self, slot: &mut Option<Cow<'a, str>>, value: Cow<'a, str>, element: Tag) -> Result<(), DecodeError> {
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(self.error(DecodeErrorKind::DuplicateAttribute(element))),
        }
    }

    fn keep(&self, kept: &mut Vec<Attribute<'a>>, one: Attribute<'a>, element: Tag) -> Result<(), DecodeError> {
        if kept.iter().any(|other| other.name == one.name) {
            return Err(self.error(DecodeErrorKind::DuplicateAttribute(element)));
        }
        kept.push(one);
        Ok(())
    }
}
