//! The rules of well-formed XML that quick-xml leaves to its user.

use crate::error::DecodeErrorKind;

/// The first byte of `text` that begins a character no XML document may hold.
pub(super) fn forbidden_character(text: &str) -> Option<(usize, char)> {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let controls = text.bytes().any(control);
    if !controls && !text.contains(['\u{FFFE}', '\u{FFFF}']) {
        return None;
    }
    text.char_indices().find(|(_, c)| matches!(c, '\u{FFFE}' | '\u{FFFF}') || c.is_ascii() && control(*c as u8))
}

/// The text of a DOCTYPE: an internal subset may hold comments and processing instructions, but no declarations, which are
/// never evaluated.
pub(super) fn check_doctype(content: &str) -> Result<(), DecodeErrorKind> {
    let Some((_, mut subset)) = content.split_once('[') else {
        return Ok(());
    };
    loop {
        let skip = |text: &str, end: &str| text.find(end).map(|at| at + end.len());
        let end = if subset.starts_with("<!--") {
            skip(subset, "-->")
        } else if subset.starts_with("<?") {
            skip(subset, "?>")
        } else {
            match subset.chars().next() {
                Some(']') => return Ok(()),
                Some(c) if c.is_ascii_whitespace() => Some(1),
                Some(_) => return Err(DecodeErrorKind::DtdDeclarations),
                None => None,
            }
        };
        let rest = end.and_then(|end| subset.get(end..));
        subset = rest.ok_or(DecodeErrorKind::XmlSyntax("the DOCTYPE does not end"))?;
    }
}

/// The character that the reference `&name;` stands for.
pub(super) fn resolve_reference(name: &str) -> Result<char, DecodeErrorKind> {
    let number = match name.strip_prefix('#') {
        None => {
            return match name {
                "lt" => Ok('<'),
                "gt" => Ok('>'),
                "amp" => Ok('&'),
                "quot" => Ok('"'),
                "apos" => Ok('\''),
                _ => Err(DecodeErrorKind::UnknownEntity),
            };
        }
        Some(digits) => match digits.strip_prefix('x') {
            Some(hex) if !hex.starts_with('+') => u32::from_str_radix(hex, 16),
            _ if digits.starts_with('+') => return Err(DecodeErrorKind::UnknownEntity),
            _ => digits.parse(),
        },
    };
    let number = number.map_err(|_| DecodeErrorKind::UnknownEntity)?;
    let character = char::from_u32(number).ok_or(DecodeErrorKind::Character(number))?;
    let mut buffer = [0; 4];
    match forbidden_character(character.encode_utf8(&mut buffer)) {
        Some(_) => Err(DecodeErrorKind::Character(number)),
        None => Ok(character),
    }
}
