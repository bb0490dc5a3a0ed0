//! Subtree queries: Struct, StructData and TNDS \[dm 4.5\], and finding management objects \[dm 11.5, mo 1\].
//!
//! A [`List`] is what [`Tree::get`](Tree::get) answers: nothing is collected, the nodes are walked when they are asked for.
//! Only nodes that the server may Get are in it; the node that is addressed is judged as by any Get. Unspecified what becomes
//! of readable nodes below one that is not: the lists show them, a serialized tree, which cannot hold a Node without the
//! one around it, leaves them out. The Inbox is never shown.

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::media_type::DocumentKind;
use omadm_proto::message::{Data, Format, Item, Meta, MetaFormat};

use crate::acl::Right;
use crate::command::{Actor, INBOX};
use crate::node::{AccessType, NodeId, NodeRef};
use crate::store::{Index, Subtree};
use crate::tree::Tree;
use crate::uri::{ListQuery, NodeUri, TndsPart, encode_into};
use crate::wire::{leaf_data, meta};

/// The answer to a subtree query: nodes to be walked.
#[derive(Clone)]
pub struct List<'t> {
    tree: &'t Tree,
    start: Index,
    /// `None` for the device, which sees everything.
    server: Option<ServerId>,
    query: ListQuery,
}

/// A node in the answer to a subtree query.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Listed<'t> {
    /// How many levels it is below the node that was asked about.
    pub level: usize,
    /// The node.
    pub node: NodeRef<'t>,
}

/// The walk through a [`List`].
#[derive(Clone)]
pub struct ListedNodes<'t, 's> {
    tree: &'t Tree,
    nodes: Subtree<'t>,
    server: Option<&'s ServerId>,
    unreadable: Unreadable,
    /// Whether the ACL of each node on the way allows Get, as those below inherit it.
    allowed: Vec<bool>,
}

/// What happens to the nodes below one that may not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unreadable {
    Passed,
    Cut,
}

impl<'t> List<'t> {
    /// What was asked.
    #[must_use]
    pub const fn query(&self) -> ListQuery {
        self.query
    }

    /// The node that was asked about.
    #[must_use]
    pub const fn start(&self) -> NodeRef<'t> {
        NodeRef { tree: self.tree, index: self.start }
    }

    /// The nodes, the one that was asked about first, each before those below it.
    #[must_use]
    pub fn nodes(&self) -> ListedNodes<'t, '_> {
        ListedNodes {
            tree: self.tree,
            server: self.server.as_ref(),
            unreadable: match self.query {
                ListQuery::Struct | ListQuery::StructData => Unreadable::Passed,
                ListQuery::Tnds(_) => Unreadable::Cut,
            },
            nodes: self.tree.store.subtree(self.start),
            allowed: Vec::new(),
        }
    }

    /// The live leaves whose values the answer needs: supply them with [`Tree::answer_live`] and Get again.
    pub fn live(&self) -> impl Iterator<Item = NodeId> {
        let with_values = match self.query {
            ListQuery::Struct => false,
            ListQuery::StructData => true,
            ListQuery::Tnds(selection) => selection.contains(TndsPart::Value),
        };
        let nodes = with_values.then(|| self.nodes()).into_iter().flatten();
        nodes.filter(|listed| listed.node.is_live()).map(|listed| listed.node.id())
    }

    /// The Items of Results \[dm 4.5\]: one a node for Struct and StructData, one in all for TNDS. Source is the node's URI.
    ///
    /// # Errors
    /// A serialized tree could not be written in `syntax`.
    pub fn items(&self, syntax: Syntax) -> Result<impl Iterator<Item = Item<'t>>, EncodeError> {
        let (object, nodes) = match self.query {
            ListQuery::Tnds(_) => (Some(self.object_item(syntax)?), None),
            ListQuery::Struct | ListQuery::StructData => (None, Some(self.nodes())),
        };
        let mut path = Path::default();
        let query = self.query;
        let items = nodes
            .into_iter()
            .flatten()
            .map(move |listed| item(listed.node, path.to(listed.node).into(), query, syntax));
        Ok(object.into_iter().chain(items))
    }

    /// The nodes as a serialized tree with what the query selects, everything for Struct and StructData.
    ///
    /// # Errors
    /// A name or property has a character that XML does not have, or the syntax is not built in.
    pub fn serialized(&self, syntax: Syntax) -> Result<Vec<u8>, EncodeError> {
        #[cfg(any(feature = "xml", feature = "wbxml"))]
        {
            let selection = match self.query {
                ListQuery::Tnds(selection) => selection,
                ListQuery::Struct | ListQuery::StructData => crate::uri::TndsSelection::ALL,
            };
            let goes_without = |part: &TndsPart| {
                crate::feature::Feature::of_part(*part).is_some_and(|feature| !self.tree.supports(feature))
            };
            let missing = TndsPart::ALL.into_iter().filter(goes_without);
            let selection = missing.fold(selection, crate::uri::TndsSelection::without);
            let nodes = ListedNodes { unreadable: Unreadable::Cut, ..self.nodes() };
            crate::tnds::write(syntax, nodes, selection)
        }
        #[cfg(not(any(feature = "xml", feature = "wbxml")))]
        Err(EncodeError::SyntaxNotBuilt(syntax))
    }

    fn object_item(&self, syntax: Syntax) -> Result<Item<'t>, EncodeError> {
        let document = self.serialized(syntax)?;
        let (format, data) = match (syntax, String::from_utf8(document)) {
            (Syntax::Xml, Ok(text)) => (Format::Xml, Data::text(text)),
            (_, Ok(text)) => (Format::Bin, Data::Opaque(Cow::Owned(text.into_bytes()))),
            (_, Err(error)) => (Format::Bin, Data::Opaque(Cow::Owned(error.into_bytes()))),
        };
        let meta = Meta::with_format(format).and_type(DocumentKind::Tnds.media_type(syntax));
        Ok(Item::source(self.start().uri().to_string()).with_meta(meta).with_data(data))
    }
}

/// One Item of Struct or StructData. Struct carries no data, so that its Format is the property as it is.
fn item(node: NodeRef<'_>, uri: String, query: ListQuery, syntax: Syntax) -> Item<'_> {
    let mut item = Item::source(uri);
    let mut format = node.format();
    if let (Some(value), ListQuery::StructData) = (node.value(), query) {
        let (written, data) = leaf_data(format, value, syntax);
        format = written;
        item.data = Some(data);
    }
    item.meta = meta(format, node.type_name());
    item
}

/// The URIs of nodes in the order of a walk, written into one buffer.
#[derive(Default)]
struct Path {
    text: String,
    /// The interior nodes on the way, each with the length of its URI.
    way: Vec<(Index, usize)>,
}

impl Path {
    fn to(&mut self, node: NodeRef<'_>) -> &str {
        let Some(parent) = node.parent() else {
            self.text = NodeUri::ROOT.to_string();
            self.way = alloc::vec![(node.index, self.text.len())];
            return &self.text;
        };
        while self.way.last().is_some_and(|(index, _)| *index != parent.index) {
            self.way.pop();
        }
        match self.way.last() {
            Some((_, end)) => self.text.truncate(*end),
            None => {
                self.text = parent.uri().to_string();
                self.way.push((parent.index, self.text.len()));
            }
        }
        self.text.push('/');
        encode_into(node.name(), &mut self.text);
        if node.is_interior() {
            self.way.push((node.index, self.text.len()));
        }
        &self.text
    }
}

impl ListedNodes<'_, '_> {
    /// Whether nothing below may be shown: the Inbox, to a server.
    fn hides(&self, index: Index) -> bool {
        let store = &self.tree.store;
        self.server.is_some()
            && store.parent(index) == Some(Index::ROOT)
            && store.child(Index::ROOT, INBOX) == Some(index)
    }
}

impl<'t> Iterator for ListedNodes<'t, '_> {
    type Item = Listed<'t>;

    fn next(&mut self) -> Option<Listed<'t>> {
        loop {
            let index = self.nodes.next()?;
            let level = self.nodes.level();
            let node = self.tree.store.node(index);
            let Some(server) = self.server else {
                return Some(Listed { level, node: NodeRef { tree: self.tree, index } });
            };
            self.allowed.truncate(level);
            // A walk begins at a node that may be read.
            let inherited = self.allowed.last().copied().unwrap_or(true);
            let acl = node.acl();
            let allowed = if acl.is_empty() { inherited } else { acl.allows(Right::Get, server) };
            let readable = allowed && node.access.contains(AccessType::GET);
            if node.is_interior() {
                self.allowed.push(allowed);
                if (!readable && self.unreadable == Unreadable::Cut) || self.hides(index) {
                    self.nodes.skip_children();
                }
            }
            if readable {
                return Some(Listed { level, node: NodeRef { tree: self.tree, index } });
            }
        }
    }
}

impl core::fmt::Debug for ListedNodes<'_, '_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ListedNodes(level {})", self.nodes.level())
    }
}

impl Tree {
    /// The answer to `query` on the node `index`, which `actor` may Get.
    pub(crate) fn list(&self, actor: Actor<'_>, index: Index, query: ListQuery) -> List<'_> {
        let server = match actor {
            Actor::Device => None,
            Actor::Server(server) => Some(server.clone()),
        };
        List { tree: self, start: index, server, query }
    }

    /// The roots of all management objects: the interior nodes with a Type, the management object identifier.
    pub fn management_objects(&self) -> impl Iterator<Item = NodeRef<'_>> {
        self.root().subtree().filter(|node| node.is_interior() && !node.type_name().is_empty())
    }
}

/// The management objects in the Results of a Struct or StructData: how a server discovers them, as DM 1.2 has no alert for
/// it \[dm 11.5\]. Gives the URI of each root and its identifier; ask `.?list=Struct` for all that may be read.
pub fn discovered<'i>(items: impl IntoIterator<Item = &'i Item<'i>>) -> impl Iterator<Item = (NodeUri, &'i str)> {
    items.into_iter().filter_map(|item| {
        let meta = item.meta.as_ref()?;
        let moi = meta.type_name.as_deref().filter(|moi| !moi.is_empty())?;
        let is_interior = meta.format == Some(MetaFormat::Known(Format::Node));
        let uri = NodeUri::parse(item.source_uri()?).ok()?;
        is_interior.then_some((uri, moi))
    })
}

impl PartialEq for List<'_> {
    /// The same question about the same tree.
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self.tree, other.tree)
            && (self.start, &self.server, self.query) == (other.start, &other.server, other.query)
    }
}

impl Eq for List<'_> {}

impl core::fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "List({}, {:?})", self.start().uri(), self.query)
    }
}
