//! Every real description equals, node by node, what an independent parser made of it.

use omadm_proto::exchange::Syntax;
use omadm_tree::ddf::{Ddf, LENIENT, Node, NodeType, Occurrence};
use omadm_tree::{AccessType, CaseSense};

use crate::shared::{ddf_dir, documents};

/// The rows of a description, with the columns of the oracle.
fn rows(ddf: &Ddf) -> Vec<String> {
    let mut rows = Vec::new();
    for node in &ddf.nodes {
        add_rows(node, None, 1, &mut rows);
    }
    rows
}

fn add_rows(node: &Node, base: Option<&str>, depth: usize, rows: &mut Vec<String>) {
    let path = node.path.as_deref().filter(|path| !path.is_empty());
    let base = path.map_or(base, |path| Some(path.trim_end_matches('/')));
    let name = match node.name.as_deref() {
        None => "<noname>",
        Some("") => "<x>",
        Some(name) => name,
    };
    let uri = base.map_or_else(|| name.to_string(), |base| format!("{base}/{name}"));
    rows.push(row(node, &uri, depth));
    for child in &node.children {
        add_rows(child, Some(&uri), depth + 1, rows);
    }
}

fn row(node: &Node, uri: &str, depth: usize) -> String {
    let dash = || "-".to_string();
    let df = node.df.clone().unwrap_or_default();
    let rt = node.rt.clone().unwrap_or_default();
    let kind = if node.children.is_empty() { "nochild" } else { "interior" };
    let format = match (df.format, rt.format) {
        (Some(format), _) => format.as_str().to_string(),
        (None, Some(format)) => format!("rt:{}", format.as_str()),
        (None, None) => dash(),
    };
    let access = df.access.filter(|access| *access != AccessType::NONE);
    let access = access.map_or_else(dash, |access| access.names().collect::<Vec<_>>().join(","));
    let occurrence = df.occurrence.map_or_else(dash, |occurrence| match occurrence {
        Occurrence::ZeroOrN(most) => numbered("ZeroOrN", most),
        Occurrence::OneOrN(most) => numbered("OneOrN", most),
        Occurrence::One | Occurrence::ZeroOrOne | Occurrence::ZeroOrMore | Occurrence::OneOrMore => {
            format!("{occurrence:?}")
        }
    });
    let scope = df.scope.map_or_else(dash, |scope| format!("{scope:?}"));
    let node_type = |prefix: &str, found: &NodeType| match found {
        NodeType::Mime(types) => format!("{prefix}MIME={}", types.join(",")),
        NodeType::DdfName(name) => format!("{prefix}DDFName={name}"),
    };
    let of_type = match (&df.node_type, &rt.node_type) {
        (Some(found), _) => node_type("", found),
        (None, Some(found)) => node_type("rt:", found),
        (None, None) => dash(),
    };
    let sense = df.case_sense.map_or_else(dash, |sense| match sense {
        CaseSense::Sensitive => "CS".to_string(),
        CaseSense::Insensitive => "CIS".to_string(),
    });
    let text = |text: Option<String>| text.map_or_else(dash, |text| quoted(&text));
    [uri.to_string(), depth.to_string(), kind.to_string(), format, access, occurrence, scope, of_type, sense]
        .into_iter()
        .chain([text(df.default_value), text(node.value.clone())])
        .collect::<Vec<_>>()
        .join("\t")
}

fn numbered(name: &str, most: Option<u32>) -> String {
    most.map_or_else(|| name.to_string(), |most| format!("{name}={most}"))
}

/// A text as the oracle writes it: its first 60 characters, in quotation marks of Python.
fn quoted(text: &str) -> String {
    let text: String = text.chars().take(60).collect();
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(mark);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == mark => out.extend(['\\', mark]),
            '\u{A0}' => out.push_str("\\xa0"),
            _ => out.push(character),
        }
    }
    out.push(mark);
    out
}

#[test]
fn every_real_description_is_read_as_the_oracle_read_it() {
    let Some(folder) = ddf_dir() else { return };
    let (mut files, mut compared) = (0, 0);
    for (name, document) in documents() {
        let read = Ddf::parse(Syntax::Xml, &document, &LENIENT).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = std::fs::read_to_string(folder.join(format!("expected/{name}.tsv"))).unwrap();
        let expected: Vec<&str> = expected.lines().skip(1).collect();
        let found = rows(&read.ddf);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(found.len(), expected.len(), "{name}");
        files += 1;
        compared += found.len();
    }
    assert_eq!((files, compared), (42, 2137));
}
