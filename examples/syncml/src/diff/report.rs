//! The differences as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::fields::{Content, Difference, Kind};
use crate::json::hex;
use crate::screen::{BAD, FAINT, GOOD, NAME, STRONG, count, paint, printable};

/// The differences between two messages.
pub(super) struct Report<'d> {
    pub(super) a: &'d str,
    pub(super) b: &'d str,
    pub(super) differences: &'d [Difference],
    /// Whether secrets are shown.
    pub(super) secrets: bool,
}

/// Bytes and characters of a value that are shown.
const EXCERPT: usize = 48;
/// Characters that are shown before the first difference.
const BEFORE: usize = 8;

impl Report<'_> {
    /// As JSON, differences or not.
    pub(super) fn to_json(&self) -> Value {
        let differences: Vec<_> = self.differences.iter().map(|difference| self.one(difference)).collect();
        json!({ "a": self.a, "b": self.b, "equal": differences.is_empty(), "differences": differences })
    }

    fn one(&self, difference: &Difference) -> Value {
        let mut value = json!({ "place": difference.place, "title": difference.title });
        match &difference.kind {
            Kind::OnlyInA => value["only"] = json!("a"),
            Kind::OnlyInB => value["only"] = json!("b"),
            Kind::Field { path, a, b, secret } => {
                value["path"] = json!(path);
                if *secret && !self.secrets {
                    value["secret"] = json!(true);
                } else {
                    value["a"] = content_json(a.as_ref());
                    value["b"] = content_json(b.as_ref());
                }
            }
        }
        value
    }

    /// For people; empty when there are no differences.
    pub(super) fn in_words(&self) -> String {
        let mut text = String::new();
        if self.differences.is_empty() {
            return text;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {}", paint(BAD, "a"), paint(STRONG, self.a));
        let _ = writeln!(text, "{} {}", paint(GOOD, "b"), paint(STRONG, self.b));
        let mut place = None;
        for difference in self.differences {
            let title = printable(&difference.title, 200);
            match &difference.kind {
                Kind::OnlyInA => _ = writeln!(text, "{} {title}", paint(BAD, "only in a:")),
                Kind::OnlyInB => _ = writeln!(text, "{} {title}", paint(GOOD, "only in b:")),
                Kind::Field { path, a, b, secret } => {
                    if place != Some(&difference.place) {
                        let _ = writeln!(text, "{}", paint(NAME, title));
                    }
                    self.field(&mut text, path, [a.as_ref(), b.as_ref()], *secret);
                }
            }
            place = matches!(difference.kind, Kind::Field { .. }).then_some(&difference.place);
        }
        let _ = writeln!(text, "{}", paint(FAINT, count(self.differences.len(), "difference")));
        text
    }

    fn field(&self, text: &mut String, path: &str, [a, b]: [Option<&Content>; 2], secret: bool) {
        let line = if secret && !self.secrets {
            match (a, b) {
                (Some(_), Some(_)) => "differs (secret)".to_string(),
                (Some(_), None) => "is in a only (secret)".to_string(),
                _ => "is in b only (secret)".to_string(),
            }
        } else {
            let from = common(a, b).saturating_sub(BEFORE);
            format!("{} → {}", paint(BAD, shown(a, from)), paint(GOOD, shown(b, from)))
        };
        let _ = writeln!(text, "    {path}: {line}");
    }
}

/// How many characters, or bytes, two values have in common at their start.
fn common(a: Option<&Content>, b: Option<&Content>) -> usize {
    match (a, b) {
        (Some(Content::Text(a)), Some(Content::Text(b))) => {
            a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
        }
        (Some(Content::Bytes(a)), Some(Content::Bytes(b))) => a.iter().zip(b).take_while(|(a, b)| a == b).count(),
        _ => 0,
    }
}

/// A value in short, from its character or byte `from` on.
fn shown(content: Option<&Content>, from: usize) -> String {
    let dots = if from > 0 { "…" } else { "" };
    match content {
        None => "absent".to_string(),
        Some(Content::Text(text)) => {
            let rest: String = text.chars().skip(from).collect();
            format!("\"{dots}{}\"", printable(&rest, EXCERPT))
        }
        Some(Content::Bytes(bytes)) => {
            let rest = bytes.get(from..).unwrap_or_default();
            let more = if rest.len() > EXCERPT / 2 { "…" } else { "" };
            let excerpt = hex(rest.get(..EXCERPT / 2).unwrap_or(rest));
            format!("{} {dots}{excerpt}{more}", count(bytes.len(), "byte"))
        }
    }
}

fn content_json(content: Option<&Content>) -> Value {
    match content {
        None => Value::Null,
        Some(Content::Text(text)) => json!(text),
        Some(Content::Bytes(bytes)) => json!({ "hex": hex(bytes) }),
    }
}
