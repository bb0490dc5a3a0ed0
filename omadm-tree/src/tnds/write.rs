//! Nodes to element events.

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use omadm_proto::element::{Event, EventSink, Space, Tag, ddf};
use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Data, Format};
use omadm_proto::time::UtcTime;

use crate::node::NodeRef;
use crate::query::Listed;
use crate::uri::{TndsPart, TndsSelection};

/// The document of `nodes`, which come in the order of a walk, each one level below one before it.
pub(crate) fn write<'t>(
    syntax: Syntax,
    nodes: impl Iterator<Item = Listed<'t>>,
    selection: TndsSelection,
) -> Result<Vec<u8>, EncodeError> {
    match syntax {
        #[cfg(feature = "xml")]
        Syntax::Xml => {
            let mut writer = omadm_proto::xml::Writer::without_declaration(Vec::new());
            document(&mut writer, syntax, nodes, selection)?;
            Ok(writer.into_bytes())
        }
        #[cfg(feature = "wbxml")]
        Syntax::Wbxml => {
            let vocabulary = omadm_proto::wbxml::Vocabulary::DM_DDF;
            let mut writer = omadm_proto::wbxml::DocumentWriter::new(Vec::new(), vocabulary);
            document(&mut writer, syntax, nodes, selection)?;
            Ok(writer.into_bytes())
        }
        #[cfg(not(all(feature = "xml", feature = "wbxml")))]
        other => Err(EncodeError::SyntaxNotBuilt(other)),
    }
}

fn document<'t>(
    sink: &mut impl EventSink,
    syntax: Syntax,
    nodes: impl Iterator<Item = Listed<'t>>,
    selection: TndsSelection,
) -> Result<(), EncodeError> {
    sink.start(ddf::MGMT_TREE)?;
    sink.leaf(ddf::VER_DTD, "1.2")?;
    let mut open = 0;
    for listed in nodes {
        while open > listed.level {
            sink.end()?;
            open -= 1;
        }
        sink.start(ddf::NODE)?;
        open += 1;
        node(sink, syntax, listed.node, selection)?;
    }
    for _ in 0..open {
        sink.end()?;
    }
    sink.end()
}

/// Everything of a Node before the Nodes in it.
fn node(
    sink: &mut impl EventSink,
    syntax: Syntax,
    node: NodeRef<'_>,
    selection: TndsSelection,
) -> Result<(), EncodeError> {
    sink.leaf(ddf::NODE_NAME, &escaped(node.name()))?;
    let value = node.value().map(|bytes| Written::new(node.format(), bytes, syntax));
    let format = value.as_ref().map_or(Format::Node, |value| value.format);
    properties(sink, node, format, selection)?;
    match value {
        Some(value) if selection.contains(TndsPart::Value) && value.format != Format::Null => {
            sink.start(ddf::VALUE)?;
            match value.data {
                Data::Opaque(bytes) if bytes.is_empty() => {}
                Data::Opaque(bytes) => sink.event(Event::Opaque(&bytes))?,
                Data::Text(text) | Data::Xml(text) if text.is_empty() => {}
                Data::Text(text) | Data::Xml(text) => sink.event(Event::Text(&text))?,
                _ => {}
            }
            sink.end()
        }
        _ => Ok(()),
    }
}

fn properties(
    sink: &mut impl EventSink,
    node: NodeRef<'_>,
    format: Format,
    selection: TndsSelection,
) -> Result<(), EncodeError> {
    let text = |part: TndsPart, text: String| Some(text).filter(|text| selection.contains(part) && !text.is_empty());
    let acl = text(TndsPart::Acl, node.acl().to_string());
    let title = text(TndsPart::Title, node.title().to_string());
    let stamp =
        Some(node.tstamp()).filter(|stamp| selection.contains(TndsPart::TStamp) && *stamp != UtcTime::default());
    let with_format = selection.contains(TndsPart::Format);
    let with_type = selection.contains(TndsPart::Type);
    let with_ver_no = selection.contains(TndsPart::VerNo);
    if !(acl.is_some() || title.is_some() || stamp.is_some() || with_format || with_type || with_ver_no) {
        return Ok(());
    }
    sink.start(ddf::RT_PROPERTIES)?;
    if let Some(acl) = acl {
        sink.leaf(ddf::ACL, &acl)?;
    }
    if with_format {
        sink.start(ddf::FORMAT)?;
        if let Some(tag) = Tag::from_name(Space::DmDdf, format.as_str()) {
            sink.leaf(tag, "")?;
        }
        sink.end()?;
    }
    if let Some(title) = title {
        sink.leaf(ddf::TITLE, &title)?;
    }
    if let Some(stamp) = stamp {
        sink.leaf(ddf::T_STAMP, &stamp.to_string())?;
    }
    if with_type {
        sink.start(ddf::TYPE)?;
        sink.leaf(if format == Format::Node { ddf::DDF_NAME } else { ddf::MIME }, node.type_name())?;
        sink.end()?;
    }
    if with_ver_no {
        sink.leaf(ddf::VER_NO, &node.ver_no().to_string())?;
    }
    sink.end()
}

/// A value as it travels, with the Format that says so.
struct Written<'v> {
    format: Format,
    data: Data<'v>,
}

impl<'v> Written<'v> {
    fn new(format: Format, bytes: &'v [u8], syntax: Syntax) -> Self {
        let base64 = || Data::text(BASE64_STANDARD.encode(bytes));
        match (format, syntax, Data::from_bytes(bytes)) {
            (Format::Bin, Syntax::Wbxml, _) => Self { format, data: Data::Opaque(Cow::Borrowed(bytes)) },
            (Format::Bin, Syntax::Xml, _) | (_, Syntax::Xml, Data::Opaque(_)) => {
                Self { format: Format::Bin, data: base64() }
            }
            (_, _, data) => Self { format, data },
        }
    }
}

/// `name` as a NodeName: what a reader would take for an escape, a separator or indentation is escaped.
fn escaped(name: &str) -> Cow<'_, str> {
    if !name.contains(['%', '/']) && !name.starts_with(' ') && !name.ends_with(' ') {
        return Cow::Borrowed(name);
    }
    let inner = name.trim_matches(' ');
    let (before, after) =
        (name.len() - name.trim_start_matches(' ').len(), name.len() - name.trim_end_matches(' ').len());
    let mut written = String::with_capacity(name.len() + 8);
    written.extend(core::iter::repeat_n("%20", before));
    for c in inner.chars() {
        match c {
            '%' => written.push_str("%25"),
            '/' => written.push_str("%2F"),
            _ => written.push(c),
        }
    }
    // A name of nothing but blanks was written as what is before.
    written.extend(core::iter::repeat_n("%20", if inner.is_empty() { 0 } else { after }));
    Cow::Owned(written)
}
