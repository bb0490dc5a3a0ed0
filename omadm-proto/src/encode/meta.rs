//! Meta: its elements in the order of the samples, Format and Type first.

use alloc::string::{String, ToString as _};

use super::item::{Recoded, optional};
use super::sink::Sink;
use crate::element::{metinf, syncml};
use crate::error::EncodeError;
use crate::exchange::Syntax;
use crate::message::{Data, Format, Meta};

/// Writes `meta`, with `format` instead of its own if given. Nothing is written when there is neither.
pub(super) fn write<W: Sink>(out: &mut W, meta: Option<&Meta<'_>>, format: Option<Format>) -> Result<(), EncodeError> {
    let empty = Meta::default();
    let meta = match meta {
        Some(meta) => meta,
        None if format.is_some() => &empty,
        None => return Ok(()),
    };
    let nonce = meta.next_nonce.as_ref().map(|nonce| Recoded::nonce::<W>(nonce));
    let format = format.or_else(|| nonce.as_ref().filter(|nonce| nonce.is_base64()).map(|_| Format::B64));
    let format = match format {
        Some(format) => Some(format.as_str()),
        None => meta.format.as_ref().map(|format| format.as_str()),
    };
    out.start(syncml::META)?;
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
    out.end()
}

fn number<W: Sink>(out: &mut W, tag: crate::element::Tag, value: Option<u64>) -> Result<(), EncodeError> {
    let text: Option<String> = value.map(|value| value.to_string());
    optional(out, tag, text.as_deref())
}

impl<'d> Recoded<'d> {
    /// A NextNonce: bytes stay bytes in WBXML, whatever they look like, and become base64 in XML.
    fn nonce<W: Sink>(nonce: &'d Data<'d>) -> Self {
        match (nonce, W::SYNTAX) {
            (Data::Opaque(bytes), Syntax::Wbxml) => Self::Opaque(bytes),
            (Data::Opaque(bytes), Syntax::Xml) => Self::base64(bytes),
            (Data::Text(_) | Data::Xml(_), _) => Self::of::<W>(Some(nonce), None),
        }
    }
}
