//! A document as a tree without the spelling: what two decodes must agree on.

use core::fmt::Write as _;

use omadm_proto::element::{Event, EventSource};
use omadm_proto::error::DecodeError;

/// An element with its content in document order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) content: Vec<Content>,
}

/// A child, or the joined pieces of text and opaque bytes between two tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Element(Node),
    Bytes(Vec<u8>),
}

impl Node {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), content: Vec::new() }
    }

    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        match self.content.last_mut() {
            Some(Content::Bytes(last)) => last.extend_from_slice(bytes),
            Some(Content::Element(_)) | None => self.content.push(Content::Bytes(bytes.to_vec())),
        }
    }

    pub(crate) fn children(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|content| match content {
            Content::Element(node) => Some(node),
            Content::Bytes(_) => None,
        })
    }

    /// The same without empty text, and without white space that only separates elements.
    pub(crate) fn without_layout(mut self) -> Self {
        let mixed = self.children().next().is_some();
        self.content.retain(|content| match content {
            Content::Element(_) => true,
            Content::Bytes(bytes) => !(bytes.is_empty() || mixed && bytes.trim_ascii().is_empty()),
        });
        for content in &mut self.content {
            if let Content::Element(node) = content {
                let inner = core::mem::replace(node, Self::new(""));
                *node = inner.without_layout();
            }
        }
        self
    }

    /// One line a leaf or attribute: its path, `=`, its value; elements without text have a line of their own.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.write("", &mut lines);
        lines
    }

    fn write(&self, above: &str, lines: &mut Vec<String>) {
        let path = format!("{above}/{}", self.name);
        for (name, value) in &self.attributes {
            lines.push(format!("{path}@{name} = {value}"));
        }
        if self.content.is_empty() {
            lines.push(path.clone());
        }
        for content in &self.content {
            match content {
                Content::Element(node) => node.write(&path, lines),
                Content::Bytes(bytes) => lines.push(format!("{path} = {}", shown(bytes))),
            }
        }
    }
}

/// Text as it is with its control characters escaped, bytes in hexadecimal.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    match core::str::from_utf8(bytes) {
        Ok(text) => {
            for c in text.chars() {
                match c {
                    c if c.is_control() => out.extend(c.escape_default()),
                    c => out.push(c),
                }
            }
        }
        Err(_) => {
            out += "0x";
            for byte in bytes {
                write!(out, "{byte:02x}").unwrap();
            }
        }
    }
    out
}

/// Reads all events of `source`, which must be balanced.
pub(crate) fn from_events<'a>(mut source: impl EventSource<'a>) -> Result<Node, DecodeError> {
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    while let Some(event) = source.next_event()? {
        assert!(root.is_none(), "an event behind the root");
        match event {
            Event::Start(name) => open.push(Node::new(name.to_text())),
            Event::Attribute(attribute) => {
                let node = open.last_mut().unwrap();
                assert!(node.content.is_empty(), "an attribute behind content");
                node.attributes.push((attribute.name.to_string(), attribute.value.into_owned()));
            }
            Event::Text(text) => open.last_mut().unwrap().push_bytes(text.as_bytes()),
            Event::Char(character) => {
                open.last_mut().unwrap().push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Event::Opaque(bytes) => open.last_mut().unwrap().push_bytes(bytes),
            Event::End => {
                let node = open.pop().unwrap();
                match open.last_mut() {
                    Some(parent) => parent.content.push(Content::Element(node)),
                    None => root = Some(node),
                }
            }
            _ => panic!("no other events yet"),
        }
    }
    assert!(open.is_empty(), "elements without End");
    Ok(root.expect("a root"))
}

/// Parses XML with a parser that shares nothing with the crate.
pub(crate) fn from_xml(text: &str) -> Result<Node, roxmltree::Error> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)?;
    Ok(convert(document.root_element()))
}

fn convert(node: roxmltree::Node<'_, '_>) -> Node {
    let mut out = Node::new(node.tag_name().name());
    for attribute in node.attributes() {
        let prefix = attribute.namespace().and_then(|uri| node.lookup_prefix(uri));
        let name =
            prefix.map_or_else(|| attribute.name().to_string(), |prefix| format!("{prefix}:{}", attribute.name()));
        out.attributes.push((name, attribute.value().to_string()));
    }
    for child in node.children() {
        if child.is_element() {
            out.content.push(Content::Element(convert(child)));
        } else if let Some(text) = child.text().filter(|_| child.is_text()) {
            out.push_bytes(text.as_bytes());
        }
    }
    out
}

/// Where two lists of lines differ: `-` lines of `ours` and `+` lines of `theirs`, by a longest common subsequence.
pub(crate) fn differences(ours: &[String], theirs: &[String]) -> Vec<String> {
    let head = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    let (ours, theirs) = (&ours[head..], &theirs[head..]);
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take_while(|(a, b)| a == b).count();
    let (ours, theirs) = (&ours[..ours.len() - tail], &theirs[..theirs.len() - tail]);
    let mut common = vec![vec![0_usize; theirs.len() + 1]; ours.len() + 1];
    for a in (0..ours.len()).rev() {
        for b in (0..theirs.len()).rev() {
            let longest = common[a + 1][b].max(common[a][b + 1]);
            common[a][b] = if ours[a] == theirs[b] { common[a + 1][b + 1] + 1 } else { longest };
        }
    }
    let (mut a, mut b, mut out) = (0, 0, Vec::new());
    while a < ours.len() || b < theirs.len() {
        if a < ours.len() && b < theirs.len() && ours[a] == theirs[b] {
            (a, b) = (a + 1, b + 1);
        } else if b == theirs.len() || a < ours.len() && common[a + 1][b] >= common[a][b + 1] {
            out.push(format!("- {}", ours[a]));
            a += 1;
        } else {
            out.push(format!("+ {}", theirs[b]));
            b += 1;
        }
    }
    out
}
