//! A tree as text and as JSON.

use std::fmt::Write as _;

use omadm_proto::exchange::Syntax;
use omadm_tree::Scope;
use omadm_tree::ddf::Occurrence;
use serde_json::{Value, json};

use super::outline::{Content, Entry, Outline};
use super::values;
use crate::document::Document;
use crate::json::{Object, hex};
use crate::screen::{DOUBTFUL, FAINT, GOOD, NAME, STRONG, count, paint, printable};

/// Names longer than this do not push the other columns aside.
const NAME_WIDTH: usize = 48;
/// Characters of a value or a type that are shown.
const EXCERPT: usize = 60;

/// The tree for people.
pub(super) fn in_words(document: &Document, outline: &Outline) -> String {
    let mut text = headline(document, outline);
    let rails = rails(&outline.entries);
    let names: Vec<_> = outline.entries.iter().map(|entry| printable(&entry.name, 200)).collect();
    let lengths = names.iter().zip(&rails).map(|(name, rail)| name.chars().count() + rail.chars().count());
    let name_width = lengths.max().unwrap_or(0).min(NAME_WIDTH);
    let access: Vec<_> = outline.entries.iter().map(access).collect();
    let access_width = access.iter().map(String::len).max().unwrap_or(0);
    for (at, entry) in outline.entries.iter().enumerate() {
        let (rail, name) = (rails.get(at).map_or("", String::as_str), names.get(at).map_or("", String::as_str));
        let blanks = " ".repeat(name_width.saturating_sub(rail.chars().count() + name.chars().count()));
        let style = if entry.is_interior { STRONG } else { NAME };
        let mut line = format!("  {}{}{blanks}  {:<5}", paint(FAINT, rail), paint(style, name), format(entry));
        if outline.is_description {
            let access = access.get(at).map_or("", String::as_str);
            let scope = match entry.scope {
                Some(Scope::Permanent) => "permanent",
                _ => "dynamic",
            };
            // Writing to a String cannot fail.
            let _ = write!(line, "  {access:<access_width$}  {:<5}  {scope:<9}", occurrence(entry));
        }
        line.push_str(&tail(entry));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn headline(document: &Document, outline: &Outline) -> String {
    let kind = if outline.is_description { "description" } else { "serialized tree" };
    let syntax = if document.syntax == Syntax::Xml { "XML" } else { "WBXML" };
    let mut text = format!("{}: {kind} in {syntax}", paint(STRONG, &document.name));
    let facts = [("VerDTD", outline.ver_dtd), ("Man", outline.man.as_deref()), ("Mod", outline.model.as_deref())];
    for (name, value) in facts {
        if let Some(value) = value {
            let _ = write!(text, ", {name} {}", printable(value, EXCERPT));
        }
    }
    let _ = write!(text, ": {}", count(outline.entries.len(), "node"));
    match outline.deviations.count() {
        0 => {}
        number => text += &paint(DOUBTFUL, format!(", {}", count(number, "deviation"))),
    }
    text + "\n"
}

/// The lines of the tree before each name. The top stands at the margin.
fn rails(entries: &[Entry]) -> Vec<String> {
    // Whether more follows at each level around the node.
    let mut open: Vec<bool> = Vec::new();
    let mut rails = Vec::with_capacity(entries.len());
    for entry in entries {
        open.truncate(entry.level);
        let around = open.iter().skip(1);
        let mut rail: String = around.map(|more| if *more { "│  " } else { "   " }).collect();
        if entry.level > 0 {
            rail.push_str(if entry.is_last { "└─ " } else { "├─ " });
        }
        rails.push(rail);
        open.push(!entry.is_last);
    }
    rails
}

fn format(entry: &Entry) -> &'static str {
    match entry.format {
        Some(format) => format.as_str(),
        None if entry.is_interior => "node",
        None => "-",
    }
}

fn access(entry: &Entry) -> String {
    entry.access.map(|access| access.names().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// How many there may be: what is left out means one.
fn occurrence(entry: &Entry) -> String {
    let occurrence = entry.occurrence.unwrap_or_default();
    match (occurrence.min(), occurrence.max()) {
        (1, Some(1)) => "1".to_string(),
        (min, Some(max)) => format!("{min}..{max}"),
        (min, None) => format!("{min}..*"),
    }
}

/// What has no column: types, value, default, ACL, title.
fn tail(entry: &Entry) -> String {
    let mut text = String::new();
    let types = entry.mime.iter().chain(&entry.moi);
    for name in types {
        let _ = write!(text, "  {}", printable(name.trim(), EXCERPT));
    }
    if let Some(acl) = &entry.acl {
        let _ = write!(text, "  {}", paint(DOUBTFUL, format!("ACL {}", printable(acl, EXCERPT))));
    }
    if let Some(title) = entry.title.as_deref().filter(|title| !title.is_empty()) {
        let _ = write!(text, "  {}", paint(FAINT, format!("({})", printable(title, EXCERPT))));
    }
    if let Some(value) = &entry.value {
        let _ = write!(text, "  = {}", shown(value));
    }
    if let Some(default) = &entry.default {
        let _ = write!(text, "  default {}", shown(default));
    }
    if let Some(allowed) = entry.allowed.as_ref().and_then(values::in_words) {
        let _ = write!(text, "  {}", paint(FAINT, format!("takes {allowed}")));
    }
    text
}

fn shown(content: &Content) -> String {
    match content {
        Content::Text(text) => paint(GOOD, format!("\"{}\"", printable(text, EXCERPT))),
        Content::Bytes(bytes) => {
            let more = if bytes.len() > EXCERPT / 2 { "…" } else { "" };
            let excerpt = bytes.get(..EXCERPT / 2).unwrap_or(bytes);
            paint(GOOD, format!("{} {}{more}", count(bytes.len(), "byte"), hex(excerpt)))
        }
        Content::Hidden => paint(FAINT, "(secret)"),
    }
}

/// The tree for programs: what the document leaves out is left out.
pub(super) fn to_json(document: &Document, outline: &Outline) -> Value {
    let mut object = Object::default();
    object.put("file", document.name.as_str());
    object.put("kind", if outline.is_description { "description" } else { "serialized" });
    object.put("syntax", if document.syntax == Syntax::Xml { "xml" } else { "wbxml" });
    object.maybe("verDtd", outline.ver_dtd);
    object.maybe("man", outline.man.as_deref());
    object.maybe("mod", outline.model.as_deref());
    object.put("nodes", outline.entries.iter().map(node_json).collect::<Value>());
    let deviations = outline.deviations.as_slice().iter().map(|deviation| {
        let place = document.line_and_column(deviation.offset);
        json!({
            "offset": deviation.offset,
            "line": place.map(|place| place.0),
            "column": place.map(|place| place.1),
            "text": deviation.kind.to_string(),
        })
    });
    object.list("deviations", deviations.collect());
    Value::Object(object.0)
}

fn node_json(entry: &Entry) -> Value {
    let mut object = Object::default();
    object.put("uri", entry.uri.as_str());
    object.put("level", entry.level);
    object.put("interior", entry.is_interior);
    object.maybe("format", entry.format.map(|format| format.as_str()));
    object.maybe("access", entry.access.map(|access| access.names().collect::<Vec<_>>()));
    if let Some(occurrence) = entry.occurrence {
        object.put("occurrence", name(occurrence));
        if let Occurrence::ZeroOrN(most) | Occurrence::OneOrN(most) = occurrence {
            object.maybe("most", most);
        }
    }
    object.maybe("scope", entry.scope.map(|scope| if scope == Scope::Permanent { "Permanent" } else { "Dynamic" }));
    object.list("mime", entry.mime.iter().map(|name| json!(name)).collect());
    object.maybe("moi", entry.moi.as_deref());
    object.maybe("title", entry.title.as_deref());
    object.maybe("description", entry.description.as_deref());
    object.maybe("acl", entry.acl.as_deref());
    object.maybe("allowed", entry.allowed.as_ref().and_then(values::in_words));
    object.maybe("default", entry.default.as_ref().map(content_json));
    object.maybe("value", entry.value.as_ref().map(content_json));
    Value::Object(object.0)
}

const fn name(occurrence: Occurrence) -> &'static str {
    match occurrence {
        Occurrence::One => "One",
        Occurrence::ZeroOrOne => "ZeroOrOne",
        Occurrence::ZeroOrMore => "ZeroOrMore",
        Occurrence::OneOrMore => "OneOrMore",
        Occurrence::ZeroOrN(_) => "ZeroOrN",
        Occurrence::OneOrN(_) => "OneOrN",
    }
}

fn content_json(content: &Content) -> Value {
    match content {
        Content::Text(text) => json!(text),
        Content::Bytes(bytes) => json!({ "hex": hex(bytes) }),
        Content::Hidden => json!({ "secret": true }),
    }
}
