//! Writing a report: an element is a name and its attributes.

use alloc::string::String;
use core::fmt::{Display, Write as _};

/// Appends `<name`, still open for attributes.
pub(super) fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
}

/// Appends ` name="value"`.
pub(super) fn attribute(out: &mut String, name: &str, value: impl Display) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    // Writing to a String cannot fail, and the values' own Display impls do not.
    let written = write!(Escaping(out), "{value}");
    debug_assert!(written.is_ok(), "a value refused to be printed");
    out.push('"');
}

/// Appends the attribute when there is a value.
pub(super) fn optional(out: &mut String, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        attribute(out, name, value);
    }
}

struct Escaping<'s>(&'s mut String);

impl core::fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                // Readers normalize these in attributes.
                '\t' => self.0.push_str("&#9;"),
                '\n' => self.0.push_str("&#10;"),
                '\r' => self.0.push_str("&#13;"),
                // No document can hold these.
                '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => self.0.push('\u{FFFD}'),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}
