//! The rules of well-formed XML that quick-xml leaves to its user.

use alloc::borrow::Cow;
use alloc::string::String;

use quick_xml::events::attributes::Attributes;

use crate::deviation::DeviationKind;
use crate::error::DecodeErrorKind;

/// The text of a DOCTYPE: an internal subset may hold comments and processing instructions, but no declarations, which are
/// never evaluated.
pub(super) fn check_doctype(content: &str) -> Result<(), DecodeErrorKind> {
    let Some(mut subset) = internal_subset(content) else {
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

/// What stands behind the `[` of a DOCTYPE; identifiers in quotation marks may hold one too.
fn internal_subset(content: &str) -> Option<&str> {
    let mut rest = content;
    loop {
        let (at, character) = rest.char_indices().find(|(_, c)| matches!(c, '[' | '"' | '\''))?;
        let behind = rest.get(at + 1..)?;
        match character {
            '[' => return Some(behind),
            quote => rest = behind.split_once(quote)?.1,
        }
    }
}

/// The XML declaration `source`: its version, encoding and standalone in this order. Tells if the encoding cannot be that
/// of the bytes \[windows-quirks L19\], which are UTF-8 and `ascii` or not.
pub(super) fn check_declaration(source: &str, ascii: bool) -> Result<Option<DeviationKind>, DecodeErrorKind> {
    const SYNTAX: DecodeErrorKind = DecodeErrorKind::XmlSyntax("XML declaration");
    let list = source.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>")).ok_or(SYNTAX)?;
    let mut expected = ["version", "encoding", "standalone"].as_slice();
    let mut encoding = None;
    for attribute in Attributes::new(list, 0) {
        let attribute = attribute.map_err(|_| SYNTAX)?;
        let (name, value) = (attribute.key.into_inner(), attribute.value);
        let place = expected.iter().position(|known| *known == name).ok_or(SYNTAX)?;
        let legal = match name {
            "version" => value.strip_prefix("1.").is_some_and(|minor| minor.parse::<u8>().is_ok()),
            "encoding" => value.starts_with(|c: char| c.is_ascii_alphabetic()),
            _ => matches!(&*value, "yes" | "no"),
        };
        // The version may not be left out.
        if !legal || expected.len() == 3 && place > 0 {
            return Err(SYNTAX);
        }
        expected = expected.get(place + 1..).unwrap_or_default();
        if name == "encoding" {
            encoding = Some(value);
        }
    }
    if expected.len() == 3 {
        return Err(SYNTAX);
    }
    let starts_with =
        |text: &str, prefix: &str| text.get(..prefix.len()).is_some_and(|s| s.eq_ignore_ascii_case(prefix));
    let right = encoding.is_none_or(|name| {
        let wide =
            ["utf-16", "utf16", "utf-32", "ucs", "iso-10646-ucs"].iter().any(|prefix| starts_with(&name, prefix));
        name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("utf8") || ascii && !wide
    });
    Ok(if right { None } else { Some(DeviationKind::DeclaredEncoding) })
}

/// The value of an attribute: references resolved, white space made blank.
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, DecodeErrorKind> {
    if !raw.contains(['&', '\t', '\n', '\r']) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        let (plain, special) = rest.split_at_checked(at).unwrap_or_default();
        value.push_str(plain);
        if let Some(reference) = special.strip_prefix('&') {
            let (name, behind) = reference.split_once(';').ok_or(DecodeErrorKind::UnknownEntity)?;
            value.push(resolve_reference(name)?);
            rest = behind;
        } else {
            value.push(' ');
            rest = special.strip_prefix("\r\n").or_else(|| special.get(1..)).unwrap_or_default();
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
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
    match character {
        '\t' | '\n' | '\r' => Ok(character),
        '\0'..' ' | '\u{FFFE}' | '\u{FFFF}' => Err(DecodeErrorKind::Character(number)),
        _ => Ok(character),
    }
}
