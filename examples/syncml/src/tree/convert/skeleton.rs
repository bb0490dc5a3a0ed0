//! From what a tree may look like to what it looks like, and back.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use omadm_proto::message::Format;
use omadm_tree::ddf::{Ddf, DfProperties, Node, NodeType, Occurrence, RtProperties};
use omadm_tree::tnds::{Tnds, TndsContent, TndsNode};
use omadm_tree::{AccessType, NodeUri, Scope};

use super::names::Names;
use crate::secret::is_secret;

/// Which named nodes of a description are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    /// Those that have to be there, and those with a default.
    Needed,
    Named,
}

/// A serialized tree of what `ddf` describes.
pub(super) fn of_description(ddf: &Ddf, chosen: Chosen, names: &Names) -> Ddf {
    let plan = Plan { chosen, names };
    let mut nodes = Vec::new();
    for node in &ddf.nodes {
        let path = node.path.as_deref().map(|path| path.trim_end_matches('/')).filter(|path| !path.is_empty());
        let base = path.and_then(|path| NodeUri::parse(path).ok()).unwrap_or(NodeUri::ROOT);
        if node.name.as_deref() == Some(".") {
            // The root cannot be serialized, but what is below it can.
            nodes.extend(node.children.iter().flat_map(|child| plan.taken(child, &NodeUri::ROOT)));
            continue;
        }
        for mut taken in plan.taken(node, &base) {
            taken.path = path.filter(|path| *path != ".").map(str::to_string);
            nodes.push(taken);
        }
    }
    let mut tree = Ddf::new(nodes);
    tree.man.clone_from(&ddf.man);
    tree.model.clone_from(&ddf.model);
    tree
}

struct Plan<'p> {
    chosen: Chosen,
    names: &'p Names,
}

impl Plan<'_> {
    /// The nodes that `node` becomes below `base`: none, itself, or one for each name. As deep as descriptions may be.
    fn taken(&self, node: &Node, base: &NodeUri) -> Vec<Node> {
        match node.name.as_deref().filter(|name| !name.is_empty()) {
            None => self.names.below(base).into_iter().map(|name| self.serialized(node, name, base)).collect(),
            Some(name) if self.chosen == Chosen::Named || is_needed(node) => vec![self.serialized(node, name, base)],
            // What has to be there below an optional node has to be there only if that is.
            Some(_) => Vec::new(),
        }
    }

    fn serialized(&self, node: &Node, name: &str, base: &NodeUri) -> Node {
        let uri = base.child(name);
        let mut taken = Node::new(name);
        taken.children = node.children.iter().flat_map(|child| self.taken(child, &uri)).collect();
        let df = node.df.as_ref();
        let is_interior = !node.children.is_empty() || df.and_then(|df| df.format) == Some(Format::Node);
        let mut rt = RtProperties::default();
        rt.format = if is_interior { Some(Format::Node) } else { df.and_then(|df| df.format).or(Some(Format::Chr)) };
        rt.node_type = Some(run_time_type(df.and_then(|df| df.node_type.as_ref()), is_interior));
        taken.rt = Some(rt);
        if !is_interior {
            let default = df.and_then(|df| df.default_value.as_ref());
            taken.value = node.value.as_ref().or(default).cloned();
        }
        taken
    }
}

/// Whether a named node has to be there, or has a default. One that may be added or deleted and says nothing of its
/// Occurrence need not.
fn is_needed(node: &Node) -> bool {
    let Some(df) = &node.df else { return true };
    let comes_and_goes =
        df.access.is_some_and(|access| access.contains(AccessType::ADD) || access.contains(AccessType::DELETE));
    let occurs = df.occurrence.map_or(!comes_and_goes, |occurrence| occurrence.min() > 0);
    occurs || df.scope == Some(Scope::Permanent) || df.default_value.is_some()
}

/// The one Type of a node at run time.
fn run_time_type(described: Option<&NodeType>, is_interior: bool) -> NodeType {
    match described {
        Some(NodeType::DdfName(name)) if is_interior => NodeType::DdfName(name.clone()),
        Some(NodeType::Mime(types)) if !is_interior => {
            let first = types.iter().find(|name| !name.trim().is_empty());
            NodeType::Mime(vec![first.cloned().unwrap_or_else(|| "text/plain".to_string())])
        }
        _ if is_interior => NodeType::DdfName(String::new()),
        _ => NodeType::Mime(vec!["text/plain".to_string()]),
    }
}

/// A description of what `tnds` looks like, with its values as defaults on request.
pub(super) fn of_serialized(tnds: &Tnds<'_>, defaults: bool) -> Ddf {
    let mut tops = Vec::new();
    // The nodes around the one that is next.
    let mut open: Vec<Node> = Vec::new();
    for node in tnds.nodes() {
        close(&mut tops, &mut open, node.level);
        open.push(described(node, defaults));
    }
    close(&mut tops, &mut open, 0);
    Ddf::new(tops)
}

/// Hangs the nodes from `level` on into those around them.
fn close(tops: &mut Vec<Node>, open: &mut Vec<Node>, level: usize) {
    while open.len() > level {
        let Some(done) = open.pop() else { return };
        open.last_mut().map_or(&mut *tops, |parent| &mut parent.children).push(done);
    }
}

fn described(node: &TndsNode<'_>, defaults: bool) -> Node {
    let name = node.name.as_deref().unwrap_or_default();
    let mut described = Node::new(name);
    described.path = node.path.as_deref().filter(|path| !path.is_empty()).map(str::to_string);
    let type_name = node.type_name.as_deref().unwrap_or_default().to_string();
    let mut df = if node.is_interior() {
        DfProperties::new(Format::Node, AccessType::GET).of_type(NodeType::DdfName(type_name))
    } else {
        let format = node.format.unwrap_or_default();
        let mime = if type_name.is_empty() { "text/plain".to_string() } else { type_name };
        DfProperties::new(format, AccessType::GET_REPLACE).of_type(NodeType::Mime(vec![mime]))
    };
    df.title = node.title.as_deref().map(str::to_string);
    df = df.occurring(Occurrence::One);
    if let TndsContent::Value(Some(value)) = &node.content
        && defaults
        && !is_secret(name)
    {
        df.default_value = Some(text(value, node.format));
    }
    described.with(df)
}

/// A value as the text of a DefaultValue: binary ones as base64.
fn text(value: &[u8], format: Option<Format>) -> String {
    match std::str::from_utf8(value) {
        Ok(text) if format != Some(Format::Bin) => text.to_string(),
        _ => BASE64_STANDARD.encode(value),
    }
}
