//! Meta: its elements in the order of the samples, Format and Type first.

use super::content;
use super::item::{Recoded, optional};
use super::sink::Sink;
use crate::element::{Tag, metinf, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::{Content, Data, ElementName, Format, Meta, MetaFormat};

/// Writes `meta`, with `format` instead of its own if given. Nothing is written when there is neither.
pub(super) fn write<W: Sink>(out: &mut W, meta: Option<&Meta<'_>>, format: Option<Format>) -> Result<(), EncodeError> {
    match (meta, format) {
        (Some(meta), format) => write_meta(out, meta, format),
        (None, Some(format)) => {
            out.open(syncml::META)?;
            out.leaf(metinf::FORMAT, format.as_str())?;
            out.close(syncml::META)
        }
        (None, None) => Ok(()),
    }
}

fn write_meta<W: Sink>(out: &mut W, meta: &Meta<'_>, format: Option<Format>) -> Result<(), EncodeError> {
    let nonce = meta.next_nonce().map(Recoded::nonce::<W>);
    let format = match format.or_else(|| nonce.and_then(Recoded::format)) {
        Some(format) => Some(format.as_str()),
        None => meta.format.as_ref().map(MetaFormat::as_str),
    };
    // Nearly every Meta has one of these; any other may be empty.
    let is_full = format.is_some() || meta.type_name.is_some() || meta.size.is_some();
    out.begin(syncml::META, is_full)?;
    let mut unused = Unused::of(meta);
    unused.write(out, metinf::FIELD_LEVEL)?;
    optional(out, metinf::FORMAT, format)?;
    optional(out, metinf::TYPE, meta.type_name.as_deref())?;
    let Some(extras) = meta.extras.as_deref() else {
        number(out, metinf::SIZE, meta.size)?;
        return out.finish(syncml::META, is_full);
    };
    optional(out, metinf::MARK, extras.mark.as_deref())?;
    number(out, metinf::SIZE, meta.size)?;
    unused.write(out, metinf::ANCHOR)?;
    optional(out, metinf::VERSION, extras.version.as_deref())?;
    if let Some(nonce) = nonce {
        nonce.write_as(out, metinf::NEXT_NONCE)?;
    }
    number(out, metinf::MAX_MSG_SIZE, extras.max_msg_size)?;
    number(out, metinf::MAX_OBJ_SIZE, extras.max_obj_size)?;
    for emi in &extras.emi {
        Recoded::of::<W>(Some(emi), None).write_as(out, metinf::EMI)?;
    }
    unused.write(out, metinf::MEM)?;
    out.finish(syncml::META, is_full)
}

/// The elements that DM does not use, of which each is written at the place that the DTD gives it. If they do not come in the
/// order of the DTD, all are written at the first place, so that they keep their own.
struct Unused<'m> {
    elements: &'m Content<'m>,
    is_ordered: bool,
    is_written: bool,
}

impl<'m> Unused<'m> {
    fn of(meta: &'m Meta<'_>) -> Self {
        let elements = &meta.extras().unused;
        let places = || elements.elements().map(|(name, _)| place(name));
        let is_ordered = places().is_sorted() && places().all(|place| place.is_some());
        Self { elements, is_ordered, is_written: elements.is_empty() }
    }

    /// Writes those called `tag`, or all of them.
    fn write<W: Sink>(&mut self, out: &mut W, tag: Tag) -> Result<(), EncodeError> {
        if self.is_written {
            return Ok(());
        }
        if !self.is_ordered {
            self.is_written = true;
            return content::write(out, self.elements.pieces());
        }
        let called = self.elements.elements().filter(|(name, _)| **name == ElementName::Known(tag));
        called.map(|(_, pieces)| pieces).try_for_each(|pieces| content::write(out, pieces))
    }
}

/// Where the DTD has the element among those that DM does not use.
fn place(name: &ElementName<'_>) -> Option<usize> {
    let known = [metinf::FIELD_LEVEL, metinf::ANCHOR, metinf::MEM];
    known.iter().position(|tag| *name == ElementName::Known(*tag))
}

fn number<W: Sink>(out: &mut W, tag: Tag, value: Option<u64>) -> Result<(), EncodeError> {
    value.map_or(Ok(()), |value| out.number(tag, value))
}

impl<'d> Recoded<'d> {
    /// A NextNonce: bytes stay bytes in WBXML, whatever they look like, and become base64 in XML.
    fn nonce<W: Sink>(nonce: &'d Data<'d>) -> Self {
        match (nonce, W::SYNTAX) {
            (Data::Opaque(bytes), Syntax::Wbxml) => Self::Opaque(bytes),
            (Data::Opaque(bytes), Syntax::Xml) => Self::Base64(bytes),
            (Data::Text(_) | Data::Xml(_), _) => Self::of::<W>(Some(nonce), None),
        }
    }
}
