//! From a descriptor to XML.

use alloc::vec::Vec;

use super::Descriptor;
use crate::element::{Attribute, Event, EventSink as _, Name};
use crate::error::EncodeError;
use crate::xml;

impl Descriptor<'_> {
    /// Appends the descriptor to `out`, which stays as it is when that fails.
    ///
    /// # Errors
    /// A text holds a character that XML cannot carry, or an extension has a name that XML does not allow.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut writer = xml::Writer::new(Vec::new());
        writer.event(Event::Start(Name::Unknown("media")))?;
        writer.event(Event::Attribute(Attribute::new("xmlns", Self::NAMESPACE)))?;
        let size = alloc::format!("{}", self.size);
        let types = self.types.iter().map(|kind| ("type", Some(kind)));
        let before = [("DDVersion", &self.version), ("name", &self.name)];
        let behind = [
            ("installNotifyURI", &self.install_notify_uri),
            ("nextURL", &self.next_url),
            ("description", &self.description),
            ("vendor", &self.vendor),
            ("infoURL", &self.info_url),
            ("iconURI", &self.icon_uri),
            ("installParam", &self.install_param),
        ];
        let before = before.into_iter().map(|(name, text)| (name, text.as_ref()));
        for (name, text) in before.chain(types) {
            leaf(&mut writer, name, text.map(|text| &**text))?;
        }
        leaf(&mut writer, "size", Some(&size))?;
        leaf(&mut writer, "objectURI", Some(&self.object_uri))?;
        for (name, text) in behind {
            leaf(&mut writer, name, text.as_deref())?;
        }
        for extension in &self.extensions {
            leaf(&mut writer, &extension.name, Some(&extension.text))?;
        }
        writer.event(Event::End)?;
        out.extend_from_slice(writer.as_bytes());
        Ok(())
    }
}

/// An element, if it is there.
fn leaf(writer: &mut xml::Writer, name: &str, text: Option<&str>) -> Result<(), EncodeError> {
    let Some(text) = text else { return Ok(()) };
    writer.event(Event::Start(Name::Unknown(name)))?;
    writer.event(Event::Text(text))?;
    writer.event(Event::End)
}
