//! The form of a LocURI that names a node \[dm 9.1, windows-quirks W5\].

use super::rule::UriFault;

/// What is wrong with `uri`, the name of a node or of one of its properties.
pub(super) fn fault(uri: &str) -> Option<UriFault> {
    let path = uri.split_once('?').map_or(uri, |(path, _)| path);
    match path {
        "" => return Some(UriFault::Empty),
        "." => return None,
        _ if path.starts_with('/') => return Some(UriFault::LeadingSlash),
        _ if path.ends_with('/') => return Some(UriFault::TrailingSlash),
        _ => {}
    }
    let segments = path.split('/').enumerate();
    let in_segments = segments.filter_map(|(at, name)| match name {
        "" => Some(UriFault::EmptyName),
        "." if at > 0 => Some(UriFault::Dot),
        ".." => Some(UriFault::Dot),
        "*" => Some(UriFault::Asterisk),
        _ => None,
    });
    in_segments.chain(path.char_indices().filter_map(|(at, c)| character(path, at, c))).next()
}

/// What is wrong with the character `c` at byte `at` of `path`. Letters beyond ASCII are fine: the character set is UTF-8.
fn character(path: &str, at: usize, c: char) -> Option<UriFault> {
    match c {
        '%' => {
            let digits = path.as_bytes().get(at + 1..at + 3);
            let escapes = digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            (!escapes).then_some(UriFault::Percent)
        }
        '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' | '#' => Some(UriFault::Character(c)),
        _ if c.is_whitespace() || c.is_control() => Some(UriFault::Character(c)),
        _ => None,
    }
}

/// Which of the two scopes of Windows a LocURI belongs to \[windows-quirks 4\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Device,
    User,
}

impl Scope {
    /// The scope of `uri`, if it says.
    pub(super) fn of(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix("./").unwrap_or(uri);
        match path.split('/').next() {
            Some("Device" | "Vendor") => Some(Self::Device),
            Some("User") => Some(Self::User),
            _ => None,
        }
    }
}
