//! Item, Target, Source and Data.

use super::meta;
use super::sink::Sink;
use crate::element::{Tag, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::{Data, Format, Item, Location, Meta, MetaFormat, is_xml_text};

pub(super) fn optional<W: Sink>(out: &mut W, tag: Tag, text: Option<&str>) -> Result<(), EncodeError> {
    text.map_or(Ok(()), |text| out.leaf(tag, text))
}

pub(super) fn flag<W: Sink>(out: &mut W, tag: Tag, present: bool) -> Result<(), EncodeError> {
    if present { out.empty(tag) } else { Ok(()) }
}

pub(super) fn location<W: Sink>(out: &mut W, tag: Tag, location: Option<&Location<'_>>) -> Result<(), EncodeError> {
    let Some(location) = location else { return Ok(()) };
    out.open(tag)?;
    out.leaf(syncml::LOC_URI, &location.loc_uri)?;
    optional(out, syncml::LOC_NAME, location.loc_name())?;
    out.close(tag)
}

fn parent<W: Sink>(out: &mut W, tag: Tag, uri: Option<&str>) -> Result<(), EncodeError> {
    let Some(uri) = uri else { return Ok(()) };
    out.open(tag)?;
    out.leaf(syncml::LOC_URI, uri)?;
    out.close(tag)
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
    // Nearly every Item has one of these; any other may be empty.
    let is_full = item.target.is_some() || item.source.is_some() || item.data.is_some();
    out.begin(syncml::ITEM, is_full)?;
    location(out, syncml::TARGET, item.target.as_ref())?;
    location(out, syncml::SOURCE, item.source.as_ref())?;
    parent(out, syncml::SOURCE_PARENT, item.parents().source.as_deref())?;
    parent(out, syncml::TARGET_PARENT, item.parents().target.as_deref())?;
    meta::write(out, item.meta.as_ref(), data.format())?;
    data.write(out)?;
    flag(out, syncml::MORE_DATA, item.more_data)?;
    out.finish(syncml::ITEM, is_full)
}

/// Data as it is going to be written.
#[derive(Clone, Copy)]
pub(super) enum Recoded<'d> {
    Absent,
    Text(&'d str),
    /// Element content as XML.
    Xml(&'d str),
    Opaque(&'d [u8]),
    /// To be written as base64; the Format has to become `b64`.
    Base64(&'d [u8]),
}

impl<'d> Recoded<'d> {
    /// `data` of the Format `format`, in the syntax of `W`.
    #[inline]
    pub(super) fn of<W: Sink>(data: Option<&'d Data<'d>>, format: Option<&MetaFormat<'_>>) -> Self {
        let Some(data) = data else { return Self::Absent };
        let binary = format == Some(&MetaFormat::Known(Format::Bin)) && !data.is_empty();
        match (W::SYNTAX, data) {
            (_, Data::Xml(xml)) => Self::Xml(xml),
            (Syntax::Wbxml, Data::Opaque(bytes)) => Self::Opaque(bytes),
            (Syntax::Wbxml, Data::Text(text)) if binary => Self::Opaque(text.as_bytes()),
            (Syntax::Wbxml, Data::Text(text)) => Self::Text(text),
            (Syntax::Xml, Data::Text(text)) if !binary && is_xml_text(text) => Self::Text(text),
            (Syntax::Xml, Data::Text(text)) => Self::Base64(text.as_bytes()),
            (Syntax::Xml, Data::Opaque(bytes)) => match core::str::from_utf8(bytes) {
                Ok(text) if !binary && is_xml_text(text) => Self::Text(text),
                _ => Self::Base64(bytes),
            },
        }
    }

    /// The Format that has to be written instead of the Item's own.
    #[inline]
    pub(super) const fn format(self) -> Option<Format> {
        match self {
            Self::Base64(_) => Some(Format::B64),
            Self::Absent | Self::Text(_) | Self::Xml(_) | Self::Opaque(_) => None,
        }
    }

    #[inline]
    pub(super) fn write<W: Sink>(self, out: &mut W) -> Result<(), EncodeError> {
        self.write_as(out, syncml::DATA)
    }

    pub(super) fn write_as<W: Sink>(self, out: &mut W, tag: Tag) -> Result<(), EncodeError> {
        match self {
            Self::Absent => Ok(()),
            Self::Text(text) => out.leaf(tag, text),
            Self::Xml(xml) => {
                out.start(tag)?;
                out.element_content(xml)?;
                out.end()
            }
            Self::Opaque(bytes) => out.opaque(tag, bytes),
            Self::Base64(bytes) => out.base64(tag, bytes),
        }
    }
}
