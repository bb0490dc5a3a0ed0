//! What is shown of each node, whichever kind of document it comes from.

use omadm_proto::deviation::Deviations;
use omadm_proto::message::Format;
use omadm_tree::ddf::microsoft::AllowedValues;
use omadm_tree::ddf::{Ddf, DfProperties, Node, NodeType, Occurrence, ReadDdf, RtProperties};
use omadm_tree::tnds::{Tnds, TndsContent, TndsNode};
use omadm_tree::{AccessType, Scope};

use crate::mgmt_tree::MgmtTree;
use crate::secret::is_secret;

/// A document as its nodes in order.
pub(super) struct Outline {
    /// Whether it is a description, else it is a serialized tree.
    pub(super) is_description: bool,
    pub(super) ver_dtd: Option<&'static str>,
    pub(super) man: Option<String>,
    pub(super) model: Option<String>,
    pub(super) deviations: Deviations,
    pub(super) entries: Vec<Entry>,
}

/// A node.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) level: usize,
    /// Whether none follows below the same node.
    pub(super) is_last: bool,
    pub(super) uri: String,
    /// What it is called below the node around it.
    pub(super) name: String,
    pub(super) is_interior: bool,
    pub(super) format: Option<Format>,
    pub(super) access: Option<AccessType>,
    pub(super) occurrence: Option<Occurrence>,
    pub(super) scope: Option<Scope>,
    /// MIME types.
    pub(super) mime: Vec<String>,
    /// The identifier of a management object.
    pub(super) moi: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) acl: Option<String>,
    pub(super) default: Option<Content>,
    pub(super) value: Option<Content>,
    /// Which values it takes, by Microsoft's extensions.
    pub(super) allowed: Option<AllowedValues>,
}

/// A value.
pub(super) enum Content {
    Text(String),
    Bytes(Vec<u8>),
    Hidden,
}

impl Outline {
    pub(super) fn of(read: &MgmtTree<'_>) -> Self {
        match read {
            MgmtTree::Description(ReadDdf { ddf, deviations, .. }) => Self {
                is_description: true,
                ver_dtd: Some(ddf.ver_dtd.as_str()),
                man: ddf.man.clone(),
                model: ddf.model.clone(),
                deviations: deviations.clone(),
                entries: described(ddf),
            },
            MgmtTree::Serialized(tnds) => Self {
                is_description: false,
                ver_dtd: None,
                man: None,
                model: None,
                deviations: Deviations::default(),
                entries: serialized(tnds),
            },
        }
    }

    /// Keeps the values of nodes that hold secrets from being shown.
    pub(super) fn hide_secrets(&mut self) {
        for entry in self.entries.iter_mut().filter(|entry| is_secret(&entry.uri)) {
            for content in [&mut entry.default, &mut entry.value].into_iter().flatten() {
                *content = Content::Hidden;
            }
        }
    }
}

/// A node of a description that waits for its turn.
struct Waiting<'n> {
    node: &'n Node,
    level: usize,
    /// The URI of the node around it.
    parent: Option<String>,
    is_last: bool,
}

/// The nodes of a serialized tree.
fn serialized(tnds: &Tnds<'_>) -> Vec<Entry> {
    let nodes = tnds.nodes();
    let mut entries = Vec::with_capacity(nodes.len());
    // The URIs of the nodes around the next one.
    let mut around: Vec<String> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        around.truncate(node.level);
        let after = nodes.get(at + 1..).unwrap_or_default().iter().find(|other| other.level <= node.level);
        let is_last = after.is_none_or(|other| other.level < node.level);
        let entry = Entry { is_last, ..instance(node, around.last().map(String::as_str)) };
        around.push(entry.uri.clone());
        entries.push(entry);
    }
    entries
}

fn instance(node: &TndsNode<'_>, parent: Option<&str>) -> Entry {
    let segment = match node.name.as_deref() {
        // The Target of the command names it.
        None | Some("") => "<x>",
        Some(name) => name,
    };
    let path = node.path.as_deref().map(|path| path.trim().trim_end_matches('/')).filter(|path| !path.is_empty());
    let uri = match path.or(parent) {
        Some(base) => format!("{base}/{segment}"),
        None => segment.to_string(),
    };
    let types = node.type_name.as_deref().filter(|name| !name.is_empty()).map(str::to_string);
    let (moi, mime) = if node.is_interior() { (types, None) } else { (None, types) };
    let value = match &node.content {
        TndsContent::Value(Some(value)) => Some(match std::str::from_utf8(value) {
            Ok(text) => Content::Text(text.to_string()),
            Err(_) => Content::Bytes(value.to_vec()),
        }),
        TndsContent::Value(None) | TndsContent::Nodes | TndsContent::Unknown => None,
    };
    Entry {
        level: node.level,
        name: if parent.is_some() { segment.to_string() } else { uri.clone() },
        uri,
        is_interior: node.is_interior(),
        format: node.format,
        mime: mime.into_iter().collect(),
        moi,
        title: node.title.as_deref().map(str::to_string),
        acl: node.acl.as_ref().filter(|acl| !acl.is_empty()).map(ToString::to_string),
        value,
        ..Entry::default()
    }
}

/// The nodes of a description, each before those that it holds.
pub(super) fn described(ddf: &Ddf) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut waiting = Vec::new();
    wait(&mut waiting, &ddf.nodes, 0, None);
    while let Some(next) = waiting.pop() {
        let entry = entry(&next);
        wait(&mut waiting, &next.node.children, next.level + 1, Some(&entry.uri));
        entries.push(entry);
    }
    entries
}

/// Puts `nodes` where the first of them is taken next.
fn wait<'n>(waiting: &mut Vec<Waiting<'n>>, nodes: &'n [Node], level: usize, parent: Option<&str>) {
    let mut is_last = true;
    for node in nodes.iter().rev() {
        waiting.push(Waiting { node, level, parent: parent.map(str::to_string), is_last });
        is_last = false;
    }
}

fn entry(waiting: &Waiting<'_>) -> Entry {
    let Waiting { node, level, parent, is_last } = waiting;
    let segment = segment(node);
    let path = node.path.as_deref().map(|path| path.trim().trim_end_matches('/')).filter(|path| !path.is_empty());
    let uri = match path.or(parent.as_deref()) {
        Some(base) => format!("{base}/{segment}"),
        None => segment.to_string(),
    };
    // Real descriptions give a Path to nodes inside others too, with `*` for unnamed ones; mostly it says nothing new.
    let is_around =
        |path: &str| parent.as_ref().is_some_and(|parent| path.replace('*', "<x>") == parent.replace('*', "<x>"));
    let is_inside = parent.is_some() && path.is_none_or(is_around);
    let mut entry = Entry {
        level: *level,
        is_last: *is_last,
        name: if is_inside { segment.to_string() } else { uri.clone() },
        uri,
        is_interior: !node.children.is_empty(),
        value: node.value.clone().map(Content::Text),
        ..Entry::default()
    };
    if let Some(rt) = &node.rt {
        entry.take_rt(rt);
    }
    if let Some(df) = &node.df {
        entry.take_df(df);
    }
    entry.is_interior |= entry.format == Some(Format::Node);
    entry
}

/// The name of `node` in a URI.
fn segment(node: &Node) -> &str {
    match node.name.as_deref() {
        None => "<noname>",
        Some("") => "<x>",
        Some(name) => name,
    }
}

impl Entry {
    fn take_rt(&mut self, rt: &RtProperties) {
        self.format = rt.format;
        self.take_type(rt.node_type.as_ref());
        self.title = rt.title.clone();
        self.acl = rt.acl.clone().filter(|acl| !acl.is_empty());
    }

    fn take_df(&mut self, df: &DfProperties) {
        self.format = df.format.or(self.format);
        self.take_type(df.node_type.as_ref());
        self.access = df.access;
        self.occurrence = df.occurrence;
        self.scope = df.scope;
        self.title = df.title.clone().or(self.title.take());
        self.description = df.description.clone();
        self.allowed = df.microsoft.as_ref().and_then(|extras| extras.allowed_values.clone());
        self.default = df.default_value.clone().map(Content::Text);
    }

    fn take_type(&mut self, node_type: Option<&NodeType>) {
        match node_type {
            Some(NodeType::Mime(types)) => {
                self.mime = types.iter().filter(|name| !name.trim().is_empty()).cloned().collect();
            }
            Some(NodeType::DdfName(name)) => self.moi = Some(name.clone()).filter(|name| !name.trim().is_empty()),
            None => {}
        }
    }
}
