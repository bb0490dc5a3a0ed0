//! Elements without types, as they were kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::item::Recoded;
use super::sink::Sink;
use crate::element::{Attribute, Event};
use crate::error::EncodeError;
use crate::message::{ElementName, Piece};

/// Writes `pieces`, which must end every element that they begin and no other. Bytes that XML cannot carry become base64
/// there; no Format tells of it, since none is known here.
pub(super) fn write<W: Sink>(out: &mut W, mut pieces: &[Piece<'_>]) -> Result<(), EncodeError> {
    let mut open = 0_usize;
    loop {
        pieces = match pieces {
            [Piece::Start(ElementName::Known(tag)), Piece::Value(value), Piece::End, rest @ ..] => {
                Recoded::of::<W>(Some(value), None).write_as(out, *tag)?;
                rest
            }
            [piece, rest @ ..] => {
                match piece {
                    Piece::Start(_) => open += 1,
                    Piece::End => open = open.checked_sub(1).ok_or(EncodeError::Unbalanced)?,
                    Piece::Attribute { .. } | Piece::Value(_) => {}
                }
                write_piece(out, piece)?;
                rest
            }
            [] if open > 0 => return Err(EncodeError::Unbalanced),
            [] => return Ok(()),
        };
    }
}

fn write_piece<W: Sink>(out: &mut W, piece: &Piece<'_>) -> Result<(), EncodeError> {
    match piece {
        Piece::Start(name) => out.event(Event::Start(name.as_name())),
        Piece::Attribute { name, value } => out.event(Event::Attribute(Attribute::new(name, &**value))),
        Piece::Value(value) => match Recoded::of::<W>(Some(value), None) {
            Recoded::Absent => Ok(()),
            Recoded::Text(text) | Recoded::Xml(text) => out.event(Event::Text(text)),
            Recoded::Opaque(bytes) => out.event(Event::Opaque(bytes)),
            Recoded::Base64(bytes) => out.event(Event::Text(&STANDARD.encode(bytes))),
        },
        Piece::End => out.end(),
    }
}
