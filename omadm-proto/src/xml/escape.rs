//! Writing character data, and what XML calls a name and a character.

use alloc::vec::Vec;

use crate::error::EncodeError;

/// Where the text will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Content,
    Attribute,
}

/// Appends `text` with references for everything that would be read differently: markup, and the white space that a reader
/// normalises.
pub(super) fn escape(out: &mut Vec<u8>, text: &str, context: Context) -> Result<(), EncodeError> {
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let reference: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'\r' => b"&#13;",
            b'"' if context == Context::Attribute => b"&quot;",
            b'\t' if context == Context::Attribute => b"&#9;",
            b'\n' if context == Context::Attribute => b"&#10;",
            b'\t' | b'\n' => continue,
            0..=0x1F => return Err(EncodeError::Character),
            0xEF if is_noncharacter(bytes.get(at..)) => return Err(EncodeError::Character),
            _ => continue,
        };
        out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
        out.extend_from_slice(reference);
        copied = at + 1;
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Ok(())
}

/// U+FFFE and U+FFFF, the only characters above the controls that XML forbids.
fn is_noncharacter(bytes: Option<&[u8]>) -> bool {
    matches!(bytes, Some([0xEF, 0xBF, 0xBE | 0xBF, ..]))
}

/// Whether `name` is an XML name without a colon.
pub(super) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(is_name_start)
        && characters.all(|c| {
            is_name_start(c)
                || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
        })
}

const fn is_name_start(c: char) -> bool {
    matches!(
        c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
            | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
            | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
            | '\u{10000}'..='\u{EFFFF}'
    )
}
