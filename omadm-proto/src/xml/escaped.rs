//! Values in small XML documents that are put together as text: payloads of alerts, descriptions in Data.

use core::fmt::{self, Display, Formatter, Write};

/// Displays a value as it can stand in an XML document, as content or between the quotes of an attribute: with references for
/// markup and for the white space that readers normalise, and U+FFFD for what no XML 1.0 document can hold.
///
/// ```
/// use omadm_proto::xml::Escaped;
/// assert_eq!(format!("<a b=\"{}\"/>", Escaped("1 < 2\n\u{7}")), "<a b=\"1 &lt; 2&#10;\u{FFFD}\"/>");
/// ```
#[derive(Debug, Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "it is made by naming the value")]
pub struct Escaped<T>(pub T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'f, 'a>(&'f mut Formatter<'a>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, reference)) = rest.char_indices().find_map(|(at, c)| Some((at, reference(c)?))) {
            let (plain, behind) = rest.split_at_checked(at).unwrap_or_default();
            self.0.write_str(plain)?;
            self.0.write_str(reference)?;
            let mut behind = behind.chars();
            behind.next();
            rest = behind.as_str();
        }
        self.0.write_str(rest)
    }
}

/// What stands for a character that cannot stand for itself.
const fn reference(character: char) -> Option<&'static str> {
    Some(match character {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\t' => "&#9;",
        '\n' => "&#10;",
        '\r' => "&#13;",
        '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => "\u{FFFD}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn markup_and_white_space_become_references() {
        assert_eq!(
            Escaped("<a b='c'>\"d\" & e\t\r\n").to_string(),
            "&lt;a b='c'&gt;&quot;d&quot; &amp; e&#9;&#13;&#10;"
        );
        assert_eq!(Escaped("").to_string(), "");
        assert_eq!(Escaped(-17).to_string(), "-17");
    }

    #[test]
    fn what_no_xml_document_can_hold_is_replaced() {
        for forbidden in (0..0x20).filter_map(char::from_u32).filter(|c| !"\t\r\n".contains(*c)) {
            assert_eq!(Escaped(format_args!("a{forbidden}b")).to_string(), "a\u{FFFD}b", "{:?}", forbidden);
        }
        assert_eq!(Escaped("\u{FFFE}\u{FFFF}").to_string(), "\u{FFFD}\u{FFFD}");
        // These are allowed, if not always welcome.
        assert_eq!(
            Escaped("\u{7F}\u{85}\u{D7FF}\u{E000}\u{FFFD}\u{1F600}").to_string(),
            "\u{7F}\u{85}\u{D7FF}\u{E000}\u{FFFD}\u{1F600}"
        );
    }
}
