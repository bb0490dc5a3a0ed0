//! Element events to Nodes.
//!
//! Recursion goes as deep as the limits let Nodes be nested. A Node is judged at its end, when everything that it holds is
//! known in whatever order it came; errors name the byte of the element that is too much.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use omadm_proto::element::{Event, EventSource, Name, Tag, Value, ddf};
use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_proto::message::Format;

use super::{TndsContent, TndsError, TndsErrorKind, TndsLimits, TndsNode, TndsUse};
use crate::acl::Acl;
use crate::uri::{UriError, decode, is_name};
use crate::wire::decode_base64;

/// The Nodes of the document that `source` reads.
pub(super) fn nodes<'a, S: EventSource<'a>>(
    source: &mut S,
    purpose: TndsUse,
    limits: &TndsLimits,
) -> Result<Vec<TndsNode<'a>>, TndsError> {
    let mut reader = Reader { source, purpose, limits, nodes: Vec::new() };
    reader.document()?;
    Ok(reader.nodes)
}

struct Reader<'r, 'a, S> {
    source: &'r mut S,
    purpose: TndsUse,
    limits: &'r TndsLimits,
    nodes: Vec<TndsNode<'a>>,
}

/// A Node that is not yet judged.
struct Draft<'a> {
    node: TndsNode<'a>,
    value: Option<(Value<'a>, usize)>,
    kind: TypeKind,
    /// The children, by their places in the list.
    children: Vec<usize>,
}

/// What the Type says about the Node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TypeKind {
    Nothing,
    /// MIME stands in leaves.
    Mime,
    /// `DDFName` stands in interior nodes.
    DdfName,
}

impl<'a, S: EventSource<'a>> Reader<'_, 'a, S> {
    fn document(&mut self) -> Result<(), TndsError> {
        let root = self.source.next_event()?;
        let offset = self.source.offset();
        if root != Some(Event::Start(Name::Known(ddf::MGMT_TREE))) {
            return Err(DecodeError::new(DecodeErrorKind::UnexpectedRoot(ddf::MGMT_TREE), offset).into());
        }
        while let Some(name) = self.source.next_child()? {
            if name.tag() == Some(ddf::NODE) {
                self.node(0)?;
            } else {
                self.source.skip_element()?;
            }
        }
        if self.nodes.is_empty() {
            return Err(TndsError::new(TndsErrorKind::NoNode, offset));
        }
        match self.source.next_event()? {
            None => Ok(()),
            Some(_) => Err(DecodeError::new(DecodeErrorKind::TrailingBytes, self.source.offset()).into()),
        }
    }

    /// The Node whose start was read, up to and including its end.
    fn node(&mut self, level: usize) -> Result<(), TndsError> {
        let offset = self.source.offset();
        let at = self.nodes.len();
        if at >= self.limits.nodes {
            return Err(TndsError::new(TndsErrorKind::TooManyNodes, offset));
        }
        if level >= self.limits.depth {
            return Err(TndsError::new(TndsErrorKind::TooDeep, offset));
        }
        let mut draft = Draft::new(level, offset);
        self.nodes.push(draft.node.clone());
        while let Some(name) = self.source.next_child()? {
            let here = self.source.offset();
            match name.tag() {
                Some(ddf::NODE) if draft.value.is_some() => {
                    return Err(TndsError::new(TndsErrorKind::ValueAndNodes, here));
                }
                Some(ddf::NODE) => {
                    draft.children.push(self.nodes.len());
                    self.node(level + 1)?;
                }
                Some(ddf::VALUE) => self.value(&mut draft, here)?,
                Some(ddf::NODE_NAME) => self.name(&mut draft, here)?,
                Some(ddf::PATH) if level == 0 => draft.node.path = Some(self.source.leaf_text()?),
                Some(ddf::RT_PROPERTIES) => {
                    while let Some(name) = self.source.next_child()? {
                        self.property(&mut draft, name.tag())?;
                    }
                }
                tag => self.property(&mut draft, tag)?,
            }
        }
        self.check_siblings(&draft.children)?;
        let node = draft.judge(self.purpose, self.nodes.len())?;
        if let Some(place) = self.nodes.get_mut(at) {
            *place = node;
        }
        Ok(())
    }

    fn value(&mut self, draft: &mut Draft<'a>, here: usize) -> Result<(), TndsError> {
        let too_much = match (&draft.value, draft.children.is_empty()) {
            (Some(_), _) => TndsErrorKind::SecondValue,
            (None, false) => TndsErrorKind::ValueAndNodes,
            (None, true) => {
                draft.value = Some((self.source.leaf_value()?, here));
                return Ok(());
            }
        };
        Err(TndsError::new(too_much, here))
    }

    fn name(&mut self, draft: &mut Draft<'a>, here: usize) -> Result<(), TndsError> {
        if draft.node.name.is_some() {
            return Err(TndsError::new(TndsErrorKind::SecondName, here));
        }
        let text = self.source.leaf_text()?;
        let name = match unescaped(trimmed(text)) {
            Ok(name) => name,
            Err(error) => return Err(TndsError::new(TndsErrorKind::Name(error), here)),
        };
        if name.is_empty() && draft.node.level > 0 {
            return Err(TndsError::new(TndsErrorKind::Unnamed, here));
        }
        draft.node.name = Some(name);
        Ok(())
    }

    /// A property of a node, in RTProperties or, as some documents have it, right in the Node.
    fn property(&mut self, draft: &mut Draft<'a>, tag: Option<Tag>) -> Result<(), TndsError> {
        let here = self.source.offset();
        match tag {
            Some(ddf::ACL) => {
                let text = self.source.leaf_text()?;
                draft.node.acl = Some(Acl::parse(text.trim()).map_err(|error| TndsError::new(error.into(), here))?);
            }
            Some(ddf::FORMAT) => draft.node.format = Some(self.format(here)?),
            Some(ddf::TITLE) => draft.node.title = Some(self.source.leaf_text()?),
            Some(ddf::T_STAMP) => draft.node.tstamp = Some(self.source.leaf_text()?),
            Some(ddf::VER_NO) => draft.node.ver_no = self.source.leaf_text()?.trim().parse().ok(),
            Some(ddf::TYPE) => {
                while let Some(name) = self.source.next_child()? {
                    draft.kind = match name.tag() {
                        Some(ddf::MIME) => TypeKind::Mime,
                        Some(ddf::DDF_NAME) => TypeKind::DdfName,
                        _ => {
                            self.source.skip_element()?;
                            continue;
                        }
                    };
                    draft.node.type_name = Some(trimmed(self.source.leaf_text()?));
                }
            }
            _ => self.source.skip_element()?,
        }
        Ok(())
    }

    /// The element in Format; some documents have the name as text.
    fn format(&mut self, here: usize) -> Result<Format, TndsError> {
        let mut named = None;
        loop {
            match self.source.expect_event()? {
                Event::Start(name) => {
                    named = named.or_else(|| Format::parse(&name.to_text()));
                    self.source.skip_element()?;
                }
                Event::Text(text) if !text.trim().is_empty() => named = named.or_else(|| Format::parse(text.trim())),
                Event::End => return named.ok_or_else(|| TndsError::new(TndsErrorKind::Format, here)),
                Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) | _ => {}
            }
        }
    }

    fn check_siblings(&self, children: &[usize]) -> Result<(), TndsError> {
        let mut siblings: Vec<&TndsNode<'_>> = children.iter().filter_map(|at| self.nodes.get(*at)).collect();
        // A stable sort: of two equal names the later one is the one too many.
        siblings.sort_by(|a, b| a.name.cmp(&b.name));
        let twins = siblings.windows(2).filter_map(|pair| match pair {
            [a, b] if a.name == b.name => Some(b.offset),
            _ => None,
        });
        match twins.min() {
            None => Ok(()),
            Some(offset) => Err(TndsError::new(TndsErrorKind::DuplicateName, offset)),
        }
    }
}

impl<'a> Draft<'a> {
    fn new(level: usize, offset: usize) -> Self {
        let node = TndsNode {
            level,
            offset,
            name: None,
            path: None,
            content: TndsContent::Unknown,
            format: None,
            type_name: None,
            acl: None,
            title: None,
            tstamp: None,
            ver_no: None,
            end: 0,
        };
        Self { node, value: None, kind: TypeKind::Nothing, children: Vec::new() }
    }

    /// The Node, if what it holds goes together; `end` is the place behind its last descendant.
    fn judge(mut self, purpose: TndsUse, end: usize) -> Result<TndsNode<'a>, TndsError> {
        let begin = self.node.offset;
        if self.node.level > 0 && self.node.name.is_none() {
            return Err(TndsError::new(TndsErrorKind::Unnamed, begin));
        }
        let format = self.node.format;
        self.node.content = match (self.value, format) {
            (None, Some(Format::Node)) => TndsContent::Nodes,
            (None, Some(_)) if !self.children.is_empty() => {
                return Err(TndsError::new(TndsErrorKind::LeafWithNodes, begin));
            }
            (None, None) if !self.children.is_empty() => TndsContent::Nodes,
            (Some((value, at)), Some(Format::Node)) => match value {
                Value::Text(text) if text.trim().is_empty() => TndsContent::Nodes,
                Value::Text(_) | Value::Opaque(_) | Value::Xml(_) => {
                    return Err(TndsError::new(TndsErrorKind::InteriorWithValue, at));
                }
            },
            (Some((value, at)), format) => match decoded(value, format) {
                Ok(bytes) => TndsContent::Value(Some(bytes)),
                Err(kind) => return Err(TndsError::new(kind, at)),
            },
            (None, Some(_)) => TndsContent::Value(None),
            (None, None) => match (self.kind, purpose) {
                (TypeKind::DdfName, _) => TndsContent::Nodes,
                (TypeKind::Mime, _) => TndsContent::Value(None),
                (TypeKind::Nothing, TndsUse::Report) => TndsContent::Unknown,
                (TypeKind::Nothing, TndsUse::Create) => {
                    return Err(TndsError::new(TndsErrorKind::Indefinite, begin));
                }
            },
        };
        self.node.end = end;
        Ok(self.node)
    }
}

/// The bytes to store \[dm 2.3, 10.3\].
fn decoded(value: Value<'_>, format: Option<Format>) -> Result<Cow<'_, [u8]>, TndsErrorKind> {
    let text = match (format, value) {
        (_, Value::Opaque(bytes)) => return Ok(bytes),
        (Some(Format::Xml), Value::Xml(text)) | (_, Value::Text(text)) => text,
        (_, Value::Xml(_)) => return Err(TndsErrorKind::ElementsInValue),
    };
    match format {
        None | Some(Format::Chr | Format::Xml) => Ok(into_bytes(text)),
        Some(Format::Bin) => decode_base64(text.as_bytes()).map(Cow::Owned).ok_or(TndsErrorKind::Base64),
        Some(_) => Ok(into_bytes(trimmed(text))),
    }
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    let blank = |c: char| c.is_ascii_whitespace();
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(blank)),
        Cow::Owned(text) => Cow::Owned(text.trim_matches(blank).into()),
    }
}

/// The name that `text` spells: what is no valid escape stands for itself. Empty text is no name, and no error here.
fn unescaped(text: Cow<'_, str>) -> Result<Cow<'_, str>, UriError> {
    if text.is_empty() {
        return Ok(text);
    }
    match decode(&text) {
        Ok(Cow::Owned(name)) => Ok(Cow::Owned(name)),
        Ok(Cow::Borrowed(_)) => Ok(text),
        Err(UriError::Escape) if is_name(&text) => Ok(text),
        Err(error) => Err(error),
    }
}
