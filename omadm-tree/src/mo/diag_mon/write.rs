//! Writing a report: an element is a name and its attributes.

use alloc::string::String;
use core::fmt::{Display, Write as _};

use omadm_proto::xml::Escaped;

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
    let written = write!(out, "{}", Escaped(value));
    debug_assert!(written.is_ok(), "a value refused to be printed");
    out.push('"');
}

/// Appends the attribute when there is a value.
pub(super) fn optional(out: &mut String, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        attribute(out, name, value);
    }
}
