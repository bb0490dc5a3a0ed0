//! Item, Target, Source and Data.

use alloc::string::String;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::meta;
use super::sink::Sink;
use crate::element::{Event, Tag, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::{Data, Format, Item, Location, Meta, MetaFormat, is_xml_text};

pub(super) fn optional<W: Sink>(out: &mut W, tag: Tag, text: Option<&str>) -> Result<(), EncodeError> {
    text.map_or(Ok(()), |text| out.leaf(tag, text))
}

pub(super) fn flag<W: Sink>(out: &mut W, tag: Tag, present: bool) -> Result<(), EncodeError> {
    if present { out.leaf(tag, "") } else { Ok(()) }
}

pub(super) fn location<W: Sink>(out: &mut W, tag: Tag, location: Option<&Location<'_>>) -> Result<(), EncodeError> {
    let Some(location) = location else { return Ok(()) };
    out.start(tag)?;
    out.leaf(syncml::LOC_URI, &location.loc_uri)?;
    optional(out, syncml::LOC_NAME, location.loc_name.as_deref())?;
    out.end()
}

fn parent<W: Sink>(out: &mut W, tag: Tag, uri: Option<&str>) -> Result<(), EncodeError> {
    let Some(uri) = uri else { return Ok(()) };
    out.start(tag)?;
    out.leaf(syncml::LOC_URI, uri)?;
    out.end()
}

/// Writes the Items of a command whose own Meta is `command`.
pub(super) fn write_all<W: Sink>(
    out: &mut W,
    items: &[Item<'_>],
    command: Option<&Meta<'_>>,
) -> Result<(), EncodeError> {
    items.iter().try_for_each(|item| write(out, item, command))
}

fn write<W: Sink>(out: &mut W, item: &Item<'_>, command: Option<&Meta<'_>>) -> Result<(), EncodeError> {
    let own = item.meta.as_ref().and_then(|meta| meta.format.as_ref());
    let format = own.or_else(|| command.and_then(|meta| meta.format.as_ref()));
    let data = Recoded::of::<W>(item.data.as_ref(), format);
    out.start(syncml::ITEM)?;
    location(out, syncml::TARGET, item.target.as_ref())?;
    location(out, syncml::SOURCE, item.source.as_ref())?;
    parent(out, syncml::SOURCE_PARENT, item.source_parent.as_deref())?;
    parent(out, syncml::TARGET_PARENT, item.target_parent.as_deref())?;
    meta::write(out, item.meta.as_ref(), data.is_base64().then_some(Format::B64))?;
    data.write(out)?;
    flag(out, syncml::MORE_DATA, item.more_data)?;
    out.end()
}

/// Data as it is going to be written.
pub(super) enum Recoded<'d> {
    Absent,
    Text(&'d str),
    /// Element content as XML.
    Xml(&'d str),
    Opaque(&'d [u8]),
    /// The Format has to become `b64`.
    Base64(String),
}

impl<'d> Recoded<'d> {
    /// `data` of the Format `format`, in the syntax of `W`.
    pub(super) fn of<W: Sink>(data: Option<&'d Data<'d>>, format: Option<&MetaFormat<'_>>) -> Self {
        let Some(data) = data else { return Self::Absent };
        let binary = format == Some(&MetaFormat::Known(Format::Bin)) && !data.is_empty();
        match (W::SYNTAX, data) {
            (_, Data::Xml(xml)) => Self::Xml(xml),
            (Syntax::Wbxml, Data::Opaque(bytes)) => Self::Opaque(bytes),
            (Syntax::Wbxml, Data::Text(text)) if binary => Self::Opaque(text.as_bytes()),
            (Syntax::Wbxml, Data::Text(text)) => Self::Text(text),
            (Syntax::Xml, Data::Text(text)) if !binary && is_xml_text(text) => Self::Text(text),
            (Syntax::Xml, Data::Text(_) | Data::Opaque(_)) => match Data::from_bytes(data.as_bytes()) {
                // Opaque bytes that are text are text; only an Opaque made by hand can be.
                Data::Text(_) if !binary => Self::text_or_base64(data),
                Data::Text(_) | Data::Opaque(_) | Data::Xml(_) => Self::base64(data.as_bytes()),
            },
        }
    }

    fn text_or_base64(data: &'d Data<'d>) -> Self {
        core::str::from_utf8(data.as_bytes()).map_or_else(|_| Self::base64(data.as_bytes()), Self::Text)
    }

    pub(super) fn base64(bytes: &[u8]) -> Self {
        Self::Base64(STANDARD.encode(bytes))
    }

    pub(super) const fn is_base64(&self) -> bool {
        matches!(self, Self::Base64(_))
    }

    pub(super) fn write<W: Sink>(&self, out: &mut W) -> Result<(), EncodeError> {
        self.write_as(out, syncml::DATA)
    }

    pub(super) fn write_as<W: Sink>(&self, out: &mut W, tag: Tag) -> Result<(), EncodeError> {
        match self {
            Self::Absent => return Ok(()),
            Self::Text(text) => return out.leaf(tag, text),
            Self::Base64(text) => return out.leaf(tag, text),
            Self::Xml(xml) => {
                out.start(tag)?;
                out.element_content(xml)?;
            }
            Self::Opaque(bytes) => {
                out.start(tag)?;
                out.event(Event::Opaque(bytes))?;
            }
        }
        out.end()
    }
}
