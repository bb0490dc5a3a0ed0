//! The header of a WBXML document, field by field, as far as it goes.

use std::ops::Range;

/// A field of the header.
pub(super) struct Field {
    pub(super) bytes: Range<usize>,
    pub(super) token: &'static str,
    pub(super) meaning: String,
}

/// The registered public identifiers \[wbxml 2\].
const PUBLIC_IDS: [(u32, &str); 12] = [
    (0x01, "unknown or missing"),
    (0x0B, "-//WAPFORUM//DTD PROV 1.0//EN"),
    (0x0E, "-//OMA//DTD DRMREL 1.0//EN"),
    (0x0FD1, "-//SYNCML//DTD SyncML 1.0//EN"),
    (0x0FD2, "-//SYNCML//DTD DevInf 1.0//EN"),
    (0x0FD3, "-//SYNCML//DTD SyncML 1.1//EN"),
    (0x0FD4, "-//SYNCML//DTD DevInf 1.1//EN"),
    (0x1201, "-//SYNCML//DTD SyncML 1.2//EN"),
    (0x1202, "-//SYNCML//DTD MetInf 1.2//EN"),
    (0x1203, "-//SYNCML//DTD DevInf 1.2//EN"),
    (0x1205, "SyncML 2.0 schema"),
    (0x1206, "DevInf 2.0 schema"),
];

/// The charsets that occur, by their MIBenum.
const CHARSETS: [(u32, &str); 6] =
    [(0, "not told"), (3, "US-ASCII"), (4, "ISO-8859-1"), (106, "UTF-8"), (1000, "UCS-2"), (1015, "UTF-16")];

/// The fields of the header of `document`; fewer when it ends too early.
pub(super) fn fields(document: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    // What is left out is told by the reader's error.
    let _ = read(document, &mut fields);
    fields
}

fn read(document: &[u8], fields: &mut Vec<Field>) -> Option<()> {
    let mut push = |bytes, token, meaning| fields.push(Field { bytes, token, meaning });
    let version = *document.first()?;
    push(0..1, "version", format!("WBXML {}.{}", (version >> 4) + 1, version & 0x0F));
    let by_name = *document.get(1)? == 0;
    let (id, mut at) = integer(document, if by_name { 2 } else { 1 })?;
    let known = PUBLIC_IDS.iter().find(|(number, _)| *number == id).map_or("not registered", |(_, name)| name);
    let meaning =
        if by_name { format!("the string at {id} of the string table") } else { format!("0x{id:04X}, {known}") };
    push(1..at, "public id", meaning);
    if version > 0 {
        let (charset, end) = integer(document, at)?;
        let known = CHARSETS.iter().find(|(number, _)| *number == charset).map_or("not supported", |(_, name)| name);
        push(at..end, "charset", format!("{charset}, {known}"));
        at = end;
    }
    let (len, end) = integer(document, at)?;
    push(at..end, "string table", format!("{len} bytes"));
    let table_end = end.checked_add(usize::try_from(len).ok()?)?;
    let mut rest = document.get(end..table_end)?;
    at = end;
    while !rest.is_empty() {
        let len = rest.iter().position(|byte| *byte == 0).map_or(rest.len(), |nul| nul + 1);
        let (string, behind) = rest.split_at(len);
        let text = String::from_utf8_lossy(string.strip_suffix(&[0]).unwrap_or(string)).into_owned();
        let unterminated = if string.ends_with(&[0]) { "" } else { " (no NUL at its end)" };
        push(at..at + len, "", format!("string {}: {text:?}{unterminated}", at - end));
        at += len;
        rest = behind;
    }
    Some(())
}

/// The `mb_u_int32` at `at`, and where it ends; one that is too long is left to the reader to refuse.
fn integer(document: &[u8], at: usize) -> Option<(u32, usize)> {
    let mut value = 0_u64;
    for (index, byte) in document.get(at..)?.iter().take(5).enumerate() {
        value = (value << 7) | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, at + index + 1));
        }
    }
    None
}
