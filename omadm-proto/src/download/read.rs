//! From XML to a descriptor.
//!
//! Elements are told by their names alone, whatever their namespace, since descriptors without one are common. White space
//! around numbers, types and addresses is dropped; texts for display are kept as they are. A second element of one name is a
//! mistake, because two readers would not agree about which counts.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Descriptor, DescriptorError, Extension, Refused};
use crate::element::{Event, EventSource};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::limits::Limits;
use crate::xml;

impl<'a> Descriptor<'a> {
    /// Reads a descriptor, with at most [`Limits::items`] elements.
    ///
    /// # Errors
    /// [`Refused`] with the code to report, and where.
    pub fn decode(bytes: &'a [u8], limits: &Limits) -> Result<Self, Refused> {
        let mut found = Found::default();
        let result = found.read(bytes, limits).and_then(|()| found.check());
        match result {
            Ok(size) => Ok(found.into_descriptor(size)),
            Err(error) => {
                let notify = found.notify.filter(|uri| !uri.is_empty());
                Err(Refused { error, install_notify_uri: notify.map(Cow::into_owned) })
            }
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Found<'a> {
    version: Option<Cow<'a, str>>,
    types: Vec<Cow<'a, str>>,
    size: Option<Cow<'a, str>>,
    object: Option<Cow<'a, str>>,
    notify: Option<Cow<'a, str>>,
    next: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    description: Option<Cow<'a, str>>,
    vendor: Option<Cow<'a, str>>,
    info: Option<Cow<'a, str>>,
    icon: Option<Cow<'a, str>>,
    param: Option<Cow<'a, str>>,
    extensions: Vec<Extension<'a>>,
}

impl<'a> Found<'a> {
    fn read(&mut self, bytes: &'a [u8], limits: &Limits) -> Result<(), DescriptorError> {
        let mut source = xml::Reader::new(bytes, limits)?;
        match source.expect_event()? {
            Event::Start(name) if name.to_text() == "media" => {}
            Event::Start(_) | Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) | Event::End => {
                return Err(DescriptorError::Root(source.offset()));
            }
        }
        let mut left = limits.items;
        loop {
            match source.expect_event()? {
                Event::Start(name) => {
                    left = left.checked_sub(1).ok_or(DescriptorError::TooMany)?;
                    let text = text(&mut source)?;
                    self.take(name.to_text(), text)?;
                }
                Event::End => break,
                Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) => {}
            }
        }
        match source.next_event()? {
            None => Ok(()),
            Some(_) => Err(DecodeError::new(DecodeErrorKind::TrailingBytes, source.offset()).into()),
        }
    }

    fn take(&mut self, element: Cow<'a, str>, text: Cow<'a, str>) -> Result<(), DescriptorError> {
        let set = |slot: &mut Option<Cow<'a, str>>, name, text| match slot {
            None => {
                *slot = Some(text);
                Ok(())
            }
            Some(_) => Err(DescriptorError::Twice(name)),
        };
        match &*element {
            "type" => {
                self.types.push(trim(text));
                Ok(())
            }
            "DDVersion" => set(&mut self.version, "DDVersion", trim(text)),
            "size" => set(&mut self.size, "size", trim(text)),
            "objectURI" => set(&mut self.object, "objectURI", trim(text)),
            "installNotifyURI" => set(&mut self.notify, "installNotifyURI", trim(text)),
            "nextURL" => set(&mut self.next, "nextURL", trim(text)),
            "name" => set(&mut self.name, "name", text),
            "description" => set(&mut self.description, "description", text),
            "vendor" => set(&mut self.vendor, "vendor", text),
            "infoURL" => set(&mut self.info, "infoURL", trim(text)),
            "iconURI" => set(&mut self.icon, "iconURI", trim(text)),
            "installParam" => set(&mut self.param, "installParam", text),
            _ => {
                self.extensions.push(Extension { name: element, text });
                Ok(())
            }
        }
    }

    /// The rules that only the whole descriptor can break, the version first: another one has other rules.
    fn check(&self) -> Result<u64, DescriptorError> {
        if self.version.as_deref().is_some_and(|version| version.split('.').next() != Some("1")) {
            return Err(DescriptorError::Version);
        }
        if self.types.is_empty() || self.types.iter().any(|kind| kind.is_empty()) {
            return Err(DescriptorError::Missing("type"));
        }
        if self.object.as_deref().unwrap_or_default().is_empty() {
            return Err(DescriptorError::Missing("objectURI"));
        }
        let size = self.size.as_deref().filter(|size| !size.is_empty()).ok_or(DescriptorError::Missing("size"))?;
        if !size.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(DescriptorError::Size);
        }
        size.parse().map_err(|_| DescriptorError::Size)
    }

    fn into_descriptor(self, size: u64) -> Descriptor<'a> {
        Descriptor {
            version: self.version,
            types: self.types,
            size,
            object_uri: self.object.unwrap_or_default(),
            install_notify_uri: self.notify.filter(|uri| !uri.is_empty()),
            next_url: self.next,
            name: self.name,
            description: self.description,
            vendor: self.vendor,
            info_url: self.info,
            icon_uri: self.icon,
            install_param: self.param,
            extensions: self.extensions,
        }
    }
}

/// The text of the element whose start was just read, up to its end; elements inside are skipped.
fn text<'a>(source: &mut xml::Reader<'a>) -> Result<Cow<'a, str>, DecodeError> {
    let mut text = Cow::Borrowed("");
    loop {
        match source.expect_event()? {
            Event::Text(piece) if text.is_empty() => text = Cow::Borrowed(piece),
            Event::Text(piece) => text.to_mut().push_str(piece),
            Event::Char(character) => text.to_mut().push(character),
            Event::Start(_) => source.skip_element()?,
            Event::End => return Ok(text),
            Event::Attribute(_) | Event::Opaque(_) => {}
        }
    }
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_ascii()),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii().into()),
    }
}
