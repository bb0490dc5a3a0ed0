//! From a description to element events, in the order of the DTD.
//!
//! Nodes are walked on a stack of their own, not on that of the program.

use alloc::vec::Vec;

use omadm_proto::element::ddf::{
    ACCESS_TYPE, ACL, CASE_SENSE, CIS, CS, DDF_NAME, DEFAULT_VALUE, DESCRIPTION, DF_FORMAT, DF_PROPERTIES, DF_TITLE,
    DF_TYPE, DYNAMIC, FORMAT, MAN, MGMT_TREE, MIME, MOD, NAME, NODE, NODE_NAME, OCCURRENCE, ONE, ONE_OR_MORE, ONE_OR_N,
    PATH, PERMANENT, RT_PROPERTIES, SCOPE, SIZE, T_STAMP, TITLE, TYPE, VALUE, VER_DTD, VER_NO, ZERO_OR_MORE, ZERO_OR_N,
    ZERO_OR_ONE,
};
use omadm_proto::element::{Attribute, Event, EventSink, Space, Tag};
use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
#[cfg(feature = "wbxml")]
use omadm_proto::wbxml::{DocumentWriter, Vocabulary};
use omadm_proto::xml;

use super::{Ddf, DfProperties, Node, NodeType, Occurrence, RtProperties, microsoft};
use crate::node::{AccessType, CaseSense, Scope};

mod extras;

use extras::write_extras;

impl Ddf {
    /// Appends the description in `syntax` to `out`, which stays as it is when that fails.
    ///
    /// # Errors
    /// A text holds a character that XML cannot carry, the description has Microsoft's extensions and goes to WBXML, which
    /// has no tokens for them ([`Self::without_microsoft`]), or the build lacks the syntax.
    pub fn encode(&self, syntax: Syntax, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match syntax {
            Syntax::Xml => {
                let mut writer = xml::Writer::new(Vec::new()).indented(2);
                self.write(&mut writer)?;
                out.extend_from_slice(writer.as_bytes());
                Ok(())
            }
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => {
                let mut writer = DocumentWriter::new(Vec::new(), Vocabulary::DM_DDF);
                self.write(&mut writer)?;
                out.extend_from_slice(writer.as_bytes());
                Ok(())
            }
            #[cfg(not(feature = "wbxml"))]
            Syntax::Wbxml => Err(EncodeError::SyntaxNotBuilt(Syntax::Wbxml)),
        }
    }

    /// Writes the description as element events.
    ///
    /// # Errors
    /// The sink's own.
    pub fn write(&self, sink: &mut impl EventSink) -> Result<(), EncodeError> {
        sink.start(MGMT_TREE)?;
        if self.has_extras() {
            sink.event(Event::Attribute(Attribute::new(extras::DECLARATION, microsoft::NAMESPACE)))?;
        }
        sink.leaf(VER_DTD, self.ver_dtd.as_str())?;
        optional(sink, MAN, self.man.as_deref())?;
        optional(sink, MOD, self.model.as_deref())?;
        if self.diagnostics {
            extras::mark(sink, "MSFT:Diagnostics")?;
        }
        // The nodes that are still to be written at each level.
        let mut levels = alloc::vec![self.nodes.iter()];
        while let Some(level) = levels.last_mut() {
            match level.next() {
                Some(node) => {
                    begin_node(sink, node)?;
                    levels.push(node.children.iter());
                }
                None => {
                    levels.pop();
                    sink.end()?;
                }
            }
        }
        Ok(())
    }

    fn has_extras(&self) -> bool {
        let mut waiting: Vec<&Node> = self.nodes.iter().collect();
        while let Some(node) = waiting.pop() {
            if node.df.as_ref().is_some_and(|df| df.microsoft.is_some()) {
                return true;
            }
            waiting.extend(&node.children);
        }
        self.diagnostics
    }
}

/// Writes a node up to the nodes inside.
fn begin_node(sink: &mut impl EventSink, node: &Node) -> Result<(), EncodeError> {
    sink.start(NODE)?;
    optional(sink, NODE_NAME, node.name.as_deref())?;
    optional(sink, PATH, node.path.as_deref())?;
    if let Some(rt) = &node.rt {
        write_rt(sink, rt)?;
    }
    if let Some(df) = &node.df {
        write_df(sink, df)?;
    }
    optional(sink, VALUE, node.value.as_deref())
}

fn write_rt(sink: &mut impl EventSink, rt: &RtProperties) -> Result<(), EncodeError> {
    sink.start(RT_PROPERTIES)?;
    optional(sink, ACL, rt.acl.as_deref())?;
    write_format(sink, FORMAT, rt.format)?;
    optional(sink, NAME, rt.name.as_deref())?;
    optional(sink, SIZE, rt.size.as_deref())?;
    optional(sink, TITLE, rt.title.as_deref())?;
    optional(sink, T_STAMP, rt.t_stamp.as_deref())?;
    write_type(sink, TYPE, rt.node_type.as_ref())?;
    optional(sink, VER_NO, rt.ver_no.as_deref())?;
    sink.end()
}

fn write_df(sink: &mut impl EventSink, df: &DfProperties) -> Result<(), EncodeError> {
    sink.start(DF_PROPERTIES)?;
    if let Some(access) = df.access {
        write_access(sink, access)?;
    }
    optional(sink, DEFAULT_VALUE, df.default_value.as_deref())?;
    optional(sink, DESCRIPTION, df.description.as_deref())?;
    write_format(sink, DF_FORMAT, df.format)?;
    if let Some(occurrence) = df.occurrence {
        write_occurrence(sink, occurrence)?;
    }
    if let Some(scope) = df.scope {
        choice(sink, SCOPE, if scope == Scope::Permanent { PERMANENT } else { DYNAMIC })?;
    }
    optional(sink, DF_TITLE, df.title.as_deref())?;
    write_type(sink, DF_TYPE, df.node_type.as_ref())?;
    if let Some(sense) = df.case_sense {
        choice(sink, CASE_SENSE, if sense == CaseSense::Sensitive { CS } else { CIS })?;
    }
    if let Some(extras) = &df.microsoft {
        write_extras(sink, extras)?;
    }
    sink.end()
}

fn write_access(sink: &mut impl EventSink, access: AccessType) -> Result<(), EncodeError> {
    sink.start(ACCESS_TYPE)?;
    for tag in access.names().filter_map(|name| Tag::from_name(Space::DmDdf, name)) {
        sink.leaf(tag, "")?;
    }
    sink.end()
}

fn write_format(sink: &mut impl EventSink, parent: Tag, format: Option<Format>) -> Result<(), EncodeError> {
    match format.and_then(|format| Tag::from_name(Space::DmDdf, format.as_str())) {
        Some(tag) => choice(sink, parent, tag),
        None => Ok(()),
    }
}

fn write_occurrence(sink: &mut impl EventSink, occurrence: Occurrence) -> Result<(), EncodeError> {
    let (tag, number) = match occurrence {
        Occurrence::One => (ONE, None),
        Occurrence::ZeroOrOne => (ZERO_OR_ONE, None),
        Occurrence::ZeroOrMore => (ZERO_OR_MORE, None),
        Occurrence::OneOrMore => (ONE_OR_MORE, None),
        Occurrence::ZeroOrN(most) => (ZERO_OR_N, most),
        Occurrence::OneOrN(most) => (ONE_OR_N, most),
    };
    sink.start(OCCURRENCE)?;
    match number {
        Some(number) => sink.leaf(tag, &alloc::format!("{number}"))?,
        None => sink.leaf(tag, "")?,
    }
    sink.end()
}

fn write_type(sink: &mut impl EventSink, parent: Tag, node_type: Option<&NodeType>) -> Result<(), EncodeError> {
    let Some(node_type) = node_type else { return Ok(()) };
    sink.start(parent)?;
    match node_type {
        NodeType::Mime(types) => types.iter().try_for_each(|mime| sink.leaf(MIME, mime))?,
        NodeType::DdfName(name) => sink.leaf(DDF_NAME, name)?,
    }
    sink.end()
}

/// An element that holds one empty element.
fn choice(sink: &mut impl EventSink, parent: Tag, chosen: Tag) -> Result<(), EncodeError> {
    sink.start(parent)?;
    sink.leaf(chosen, "")?;
    sink.end()
}

fn optional(sink: &mut impl EventSink, tag: Tag, text: Option<&str>) -> Result<(), EncodeError> {
    match text {
        Some(text) => sink.leaf(tag, text),
        None => Ok(()),
    }
}
