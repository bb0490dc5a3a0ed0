//! Meta: its elements in the order of the samples, Format and Type first.

use super::item::{Recoded, optional};
use super::sink::Sink;
use crate::element::{Tag, metinf, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::{Data, Format, Meta, MetaFormat};

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
    let nonce = meta.next_nonce.as_ref().map(Recoded::nonce::<W>);
    let format = match format.or_else(|| nonce.and_then(Recoded::format)) {
        Some(format) => Some(format.as_str()),
        None => meta.format.as_ref().map(MetaFormat::as_str),
    };
    // Nearly every Meta has one of these; any other may be empty.
    let is_full = format.is_some() || meta.type_name.is_some() || meta.size.is_some();
    out.begin(syncml::META, is_full)?;
    optional(out, metinf::FORMAT, format)?;
    optional(out, metinf::TYPE, meta.type_name.as_deref())?;
    optional(out, metinf::MARK, meta.mark.as_deref())?;
    number(out, metinf::SIZE, meta.size)?;
    optional(out, metinf::VERSION, meta.version.as_deref())?;
    if let Some(nonce) = nonce {
        nonce.write_as(out, metinf::NEXT_NONCE)?;
    }
    number(out, metinf::MAX_MSG_SIZE, meta.max_msg_size)?;
    number(out, metinf::MAX_OBJ_SIZE, meta.max_obj_size)?;
    if let Some(emi) = &meta.emi {
        Recoded::of::<W>(Some(emi), None).write_as(out, metinf::EMI)?;
    }
    out.finish(syncml::META, is_full)
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
