//! One name in a URI: splitting, percent-decoding, encoding, and what a name may be \[dm 9.1\].

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::UriError;

/// The decoded names of `path`, each with the number of characters it was written in. No query may be in `path`.
pub(crate) fn segments(path: &str) -> Result<impl Iterator<Item = Result<(Cow<'_, str>, usize), UriError>>, UriError> {
    let path = path.trim_ascii();
    let mut rest = match path {
        "" => return Err(UriError::Empty),
        "." => None,
        _ if path.starts_with('/') => return Err(UriError::LeadingSlash),
        _ => Some(path.strip_prefix("./").unwrap_or(path)),
    };
    Ok(core::iter::from_fn(move || next_name(&mut rest)).map(segment))
}

/// The text up to the next slash; `rest` is what stands behind that.
fn next_name<'p>(rest: &mut Option<&'p str>) -> Option<&'p str> {
    let names = (*rest)?;
    let slash = names.bytes().position(|byte| byte == b'/');
    let parts = slash.and_then(|at| names.split_at_checked(at));
    let (name, behind) = parts.map_or((names, None), |(name, behind)| (name, behind.strip_prefix('/')));
    *rest = behind;
    Some(name)
}

/// The name that `raw` spells, and the number of characters in `raw`.
fn segment(raw: &str) -> Result<(Cow<'_, str>, usize), UriError> {
    // Nearly all names: nothing to decode, and a byte for a character.
    let plain = is_plain_name(raw) && !matches!(raw, "" | "." | ".." | "*");
    if plain { Ok((Cow::Borrowed(raw), raw.len())) } else { Ok((decode(raw)?, raw.chars().count())) }
}

/// The name that `raw` spells.
pub(crate) fn decode(raw: &str) -> Result<Cow<'_, str>, UriError> {
    let name = if raw.contains('%') { Cow::Owned(unescape(raw)?) } else { Cow::Borrowed(raw) };
    check_name(&name)?;
    Ok(name)
}

/// Whether a node may be called `name`.
pub(crate) fn is_name(name: &str) -> bool {
    check_name(name).is_ok()
}

/// Unspecified for control characters; refused because a name must be writable as XML text in a NodeName.
fn check_name(name: &str) -> Result<(), UriError> {
    match name {
        "" => Err(UriError::EmptyName),
        "." | ".." => Err(UriError::DotName),
        "*" => Err(UriError::Wildcard),
        _ if name.chars().any(char::is_control) => Err(UriError::ControlCharacter),
        _ => Ok(()),
    }
}

fn unescape(raw: &str) -> Result<String, UriError> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = rest.next().and_then(hex_digit).ok_or(UriError::Escape)?;
            let low = rest.next().and_then(hex_digit).ok_or(UriError::Escape)?;
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| UriError::Escape)
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Whether `name` is written in a URI as it is.
pub(super) fn is_plain_name(name: &str) -> bool {
    name.bytes().all(is_plain)
}

/// Appends `name` as it is written in a URI: everything but the characters that \[dm 9.1\] lists is escaped.
pub(crate) fn encode_into(name: &str, out: &mut String) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    for byte in name.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', digit(byte >> 4), digit(byte & 0x0F)]);
        }
    }
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b':' | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b','
                | b'-'
                | b'_'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b'.'
        )
}
