//! What stands before the first element: version, public identifier, charset and string table \[wbxml 1, 2\].

use super::cursor::Cursor;
use super::table::StringTable;
use super::vocabulary::Vocabulary;
use crate::error::{DecodeError, DecodeErrorKind};

/// The public identifier of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the grammar has these two")]
pub enum PublicId<'a> {
    /// A registered number; 1 is "unknown or missing".
    Number(u32),
    /// A name from the string table.
    Name(&'a str),
}

impl PublicId<'_> {
    /// "Unknown or missing".
    pub const UNKNOWN: Self = Self::Number(1);
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

/// The last version byte there may be: 1.15, of which 1.3 is the last that there is.
const LAST_VERSION: u8 = 0x0F;

/// The `MIBenum`s of the charsets whose text is UTF-8 as it stands: not told, US-ASCII, UTF-8.
const UTF8_CHARSETS: [u32; 3] = [0, 3, 106];

/// What a header says, and where it ends.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub(super) header: Header<'a>,
    pub(super) table: StringTable<'a>,
    /// `None` for a document that does not say what it is.
    pub(super) vocabulary: Option<&'static Vocabulary>,
    pub(super) len: usize,
}

impl<'a> Opening<'a> {
    /// Reads the header of `document` and finds its vocabulary: in `own`, else among those built in, else there is none
    /// because the document does not say what it is.
    #[inline]
    pub(super) fn read(document: &'a [u8], own: &'static [Vocabulary]) -> Result<Self, DecodeError> {
        // That of nearly all messages.
        if own.is_empty()
            && let [version @ 1..=LAST_VERSION, 0xA4, 0x01, 0x6A, 0x00, ..] = *document
        {
            let header = Header { version, public_id: PublicId::Number(0x1201), charset: 106, string_table: &[] };
            return Ok(Self { header, table: StringTable::EMPTY, vocabulary: Some(Vocabulary::SYNCML), len: 5 });
        }
        Self::read_any(document, own)
    }

    #[inline(never)]
    fn read_any(document: &'a [u8], own: &'static [Vocabulary]) -> Result<Self, DecodeError> {
        let cursor = &mut Cursor::new(document);
        let version = field(cursor, Cursor::byte)?;
        if version > LAST_VERSION {
            return Err(DecodeError::new(DecodeErrorKind::WbxmlVersion(version), 0));
        }
        let id_at = cursor.position();
        let by_name = cursor.peek() == Some(0);
        if by_name {
            cursor.advance();
        }
        let id = field(cursor, Cursor::integer)?;
        let charset_at = cursor.position();
        let charset = if version == 0 { 0 } else { field(cursor, Cursor::integer)? };
        if !UTF8_CHARSETS.contains(&charset) {
            return Err(DecodeError::new(DecodeErrorKind::WbxmlCharset(charset), charset_at));
        }
        let length_at = cursor.position();
        let table_len = field(cursor, Cursor::integer)?;
        let string_table = cursor.take(table_len).map_err(|kind| DecodeError::new(kind, length_at))?;
        let table = StringTable::new(string_table);
        let public_id = if by_name {
            PublicId::Name(table.at(id).map_err(|kind| DecodeError::new(kind, id_at))?)
        } else {
            PublicId::Number(id)
        };
        let built_in = || Vocabulary::BUILT_IN.iter().copied().find(|known| known.has_id(public_id));
        let vocabulary = own.iter().find(|vocabulary| vocabulary.has_id(public_id)).or_else(built_in);
        if vocabulary.is_none() && public_id != PublicId::UNKNOWN {
            return Err(match public_id {
                PublicId::Number(number) => DecodeError::new(DecodeErrorKind::WbxmlPublicId(number), id_at),
                PublicId::Name(_) => {
                    let name_at = cursor.position() - string_table.len() + usize::try_from(id).unwrap_or_default();
                    DecodeError::new(DecodeErrorKind::WbxmlPublicName, name_at)
                }
            });
        }
        let header = Header { version, public_id, charset, string_table };
        Ok(Self { header, table, vocabulary, len: cursor.position() })
    }
}

/// One field, whose errors point at its first byte.
fn field<'a, T>(
    cursor: &mut Cursor<'a>,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T, DecodeErrorKind>,
) -> Result<T, DecodeError> {
    let at = cursor.position();
    read(cursor).map_err(|kind| DecodeError::new(kind, at))
}
