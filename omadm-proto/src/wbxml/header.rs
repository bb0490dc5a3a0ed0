//! What stands before the first element: version, public identifier, charset and string table \[wbxml 1, 2\].

use super::codepage::{self, Pages};
use super::cursor::{Cursor, string_at};
use crate::error::DecodeErrorKind;

/// The public identifier of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the grammar has these two")]
pub enum PublicId<'a> {
    /// A registered number; 1 is "unknown or missing".
    Number(u32),
    /// A name from the string table.
    Name(&'a str),
}

/// The header of a WBXML document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header<'a> {
    /// The version byte: 0x00 for 1.0 to 0x03 for 1.3.
    pub version: u8,
    /// The public identifier.
    pub public_id: PublicId<'a>,
    /// The charset by its `MIBenum`; 0 when not told.
    pub charset: u32,
    /// The string table.
    pub string_table: &'a [u8],
}

/// The `MIBenum`s of the charsets whose text is UTF-8 as it stands: not told, US-ASCII, UTF-8.
const UTF8_CHARSETS: [u32; 3] = [0, 3, 106];

impl<'a> Header<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeErrorKind> {
        let version = cursor.byte()?;
        if version > 0x0F {
            return Err(DecodeErrorKind::WbxmlVersion(version));
        }
        let by_name = cursor.peek() == Some(0);
        if by_name {
            cursor.byte()?;
        }
        let id = cursor.integer()?;
        let charset = if version == 0 { 0 } else { cursor.integer()? };
        if !UTF8_CHARSETS.contains(&charset) {
            return Err(DecodeErrorKind::WbxmlCharset(charset));
        }
        let table_len = cursor.integer()?;
        let string_table = cursor.take(table_len)?;
        let public_id = if by_name { PublicId::Name(string_at(string_table, id)?) } else { PublicId::Number(id) };
        Ok(Self { version, public_id, charset, string_table })
    }

    pub(super) fn pages(&self) -> Pages {
        match self.public_id {
            PublicId::Number(number) => codepage::pages_of_number(number),
            PublicId::Name(name) => codepage::pages_of_name(name),
        }
    }
}
