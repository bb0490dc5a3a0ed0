//! The reference: a flat map from URIs to nodes, and the commands as [dm 4] and [dm 9] tell them.

use std::collections::BTreeMap;

use omadm_proto::message::Format;
use omadm_tree::AccessType;

/// Limits that are met soon.
pub(crate) const MOST_NODES: usize = 40;
pub(crate) const LONGEST_VALUE: usize = 64;
pub(crate) const MOST_BYTES: usize = 220;

/// The server that the root's ACL names, and one that it does not.
pub(crate) const MANAGER: &str = "srvA";

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// The place among its siblings: who was created later stands behind.
    pub(crate) born: u64,
    /// `Format::Node` for an interior node.
    pub(crate) format: Format,
    pub(crate) value: String,
    pub(crate) type_name: String,
    pub(crate) acl: String,
    pub(crate) title: String,
    pub(crate) stamp: u64,
    pub(crate) ver_no: u16,
    pub(crate) access: AccessType,
    pub(crate) permanent: bool,
    /// Whether a Replace may bring another Format and Type.
    pub(crate) any: bool,
    pub(crate) max_size: usize,
}

/// The tree as a map; the root is `.`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Model {
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) now: u64,
    births: u64,
}

/// Who commands; `None` is the device.
pub(crate) type Who = Option<&'static str>;

pub(crate) fn parent(uri: &str) -> &str {
    &uri[..uri.rfind('/').unwrap_or(1)]
}

fn name(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap()
}

/// The bytes of the server identifiers in an ACL.
fn acl_bytes(acl: &str) -> usize {
    acl.split('&').filter_map(|entry| entry.split_once('=')).flat_map(|(_, ids)| ids.split('+')).map(str::len).sum()
}

impl Node {
    /// The bytes of Type, Title and ACL; the usual Type takes none.
    fn labels(&self) -> usize {
        let type_name = if self.type_name == "text/plain" { 0 } else { self.type_name.len() };
        type_name + self.title.len() + acl_bytes(&self.acl)
    }

    pub(crate) fn new(format: Format, value: &str) -> Self {
        Self {
            born: 0,
            format,
            value: value.to_string(),
            type_name: if format == Format::Node { "" } else { "text/plain" }.to_string(),
            acl: String::new(),
            title: String::new(),
            stamp: 0,
            ver_no: 0,
            access: AccessType::DEFAULT,
            permanent: false,
            any: true,
            max_size: usize::MAX,
        }
    }

    pub(crate) fn is_interior(&self) -> bool {
        self.format == Format::Node
    }

    /// What may stand in a leaf of the formats that the commands use.
    fn fits(format: Format, value: &str) -> bool {
        if format == Format::Int {
            return value.parse::<i32>().is_ok();
        }
        format != Format::Bool || value == "true" || value == "false"
    }
}

impl Model {
    pub(crate) fn new() -> Self {
        let mut root = Node::new(Format::Node, "");
        root.acl = format!("Add=*&Delete={MANAGER}&Exec={MANAGER}&Get=*&Replace={MANAGER}");
        root.access = AccessType::ADD | AccessType::GET | AccessType::REPLACE;
        root.permanent = true;
        Self { nodes: BTreeMap::from([(".".to_string(), root)]), now: 0, births: 0 }
    }

    /// The names and values of all nodes.
    fn bytes(&self) -> usize {
        self.nodes.iter().filter(|(uri, _)| *uri != ".").map(|(uri, node)| name(uri).len() + node.value.len()).sum()
    }

    /// [dm 9.6], on text.
    fn may(&self, who: Who, right: &str, uri: &str) -> bool {
        let Some(server) = who else { return true };
        let mut at = uri;
        while self.nodes[at].acl.is_empty() {
            at = parent(at);
        }
        self.nodes[at].acl.split('&').any(|entry| {
            let (command, servers) = entry.split_once('=').unwrap();
            command == right && servers.split('+').any(|id| id == "*" || id == server)
        })
    }

    /// ACL before AccessType [dm 4.11].
    fn permit(&self, who: Who, right: &str, uri: &str) -> Result<(), u16> {
        if !self.may(who, right, uri) {
            return Err(425);
        }
        let taken = who.is_none() || self.nodes[uri].access.contains(AccessType::parse(right).unwrap());
        if taken { Ok(()) } else { Err(405) }
    }

    fn existing(&self, uri: &str) -> Result<&Node, u16> {
        self.nodes.get(uri).ok_or(404)
    }

    fn children(&self, uri: &str) -> Vec<&str> {
        let mut children: Vec<(u64, &str)> = self
            .below(uri)
            .filter(|below| parent(below) == uri)
            .map(|child| (self.nodes[child].born, name(child)))
            .collect();
        children.sort_unstable();
        children.into_iter().map(|(_, name)| name).collect()
    }

    fn below<'m>(&'m self, uri: &str) -> impl Iterator<Item = &'m str> + use<'m> {
        let start = format!("{uri}/");
        let from = self.nodes.range(start.clone()..);
        from.map(|(uri, _)| uri.as_str()).take_while(move |uri| uri.starts_with(&start))
    }

    fn touch(&mut self, uri: &str) {
        let now = self.now;
        let node = self.nodes.get_mut(uri).unwrap();
        (node.stamp, node.ver_no) = (now, node.ver_no.wrapping_add(1));
    }

    pub(crate) fn hang(&mut self, uri: &str, mut node: Node) {
        self.births += 1;
        (node.born, node.stamp) = (self.births, self.now);
        self.nodes.insert(uri.to_string(), node);
        self.touch(parent(uri));
    }

    pub(crate) fn get(&self, who: Who, uri: &str) -> Result<String, u16> {
        let node = self.existing(uri)?;
        self.permit(who, "Get", uri)?;
        Ok(if node.is_interior() { self.children(uri).join("/") } else { node.value.clone() })
    }

    pub(crate) fn exec(&self, who: Who, uri: &str) -> Result<(), u16> {
        self.existing(uri)?;
        self.permit(who, "Exec", uri)
    }

    pub(crate) fn add(&mut self, who: Who, uri: &str, new: &Node) -> Result<(), u16> {
        if self.nodes.contains_key(uri) {
            return Err(418);
        }
        let mut missing = vec![uri];
        while !self.nodes.contains_key(parent(missing[missing.len() - 1])) {
            missing.push(parent(missing[missing.len() - 1]));
        }
        let ancestor = parent(missing[missing.len() - 1]);
        if !self.nodes[ancestor].is_interior() {
            return Err(405);
        }
        self.permit(who, "Add", ancestor)?;
        if !Node::fits(new.format, &new.value) {
            return Err(415);
        }
        if new.value.len() > LONGEST_VALUE {
            return Err(413);
        }
        let bytes: usize = missing.iter().map(|uri| name(uri).len()).sum();
        if self.nodes.len() + missing.len() > MOST_NODES {
            return Err(420);
        }
        self.check_bytes(bytes + new.value.len())?;
        while let Some(at) = missing.pop() {
            let mut node = if missing.is_empty() { new.clone() } else { Node::new(Format::Node, "") };
            if let Some(server) = who
                && node.is_interior()
                && !self.may(who, "Replace", parent(at))
            {
                node.acl = format!("Add={server}&Delete={server}&Get={server}&Replace={server}");
            }
            self.hang(at, node);
        }
        Ok(())
    }

    pub(crate) fn replace(
        &mut self,
        who: Who,
        uri: &str,
        value: &str,
        format: Option<Format>,
        type_name: Option<&str>,
    ) -> Result<(), u16> {
        let node = self.existing(uri)?;
        if node.is_interior() {
            return Err(405);
        }
        self.permit(who, "Replace", uri)?;
        let (own, any) = (node.format, node.any);
        let retyped = type_name.is_some_and(|sent| sent != "text/plain" && sent != node.type_name);
        // Without being said, or said to be what is assumed when nothing is said, the format is the node's.
        let format = format.filter(|format| any || *format != Format::Chr).unwrap_or(own);
        if !any && (retyped || format != own) || !Node::fits(format, value) {
            return Err(415);
        }
        self.check_room(uri, value.len())?;
        let node = self.nodes.get_mut(uri).unwrap();
        (node.format, node.value) = (format, value.to_string());
        if let Some(sent) = type_name
            && any
        {
            node.type_name = sent.to_string();
        }
        self.touch(uri);
        Ok(())
    }

    fn check_room(&self, uri: &str, len: usize) -> Result<(), u16> {
        let node = &self.nodes[uri];
        if len > node.max_size.min(LONGEST_VALUE) {
            return Err(413);
        }
        self.check_bytes(len.saturating_sub(node.value.len()))
    }

    /// Names and values have a limit, Types, Titles and ACLs another.
    fn check_bytes(&self, more: usize) -> Result<(), u16> {
        let full = self.bytes() + more > MOST_BYTES || self.labels() > MOST_BYTES;
        if full { Err(420) } else { Ok(()) }
    }

    fn labels(&self) -> usize {
        self.nodes.values().map(Node::labels).sum()
    }

    /// What is shorter than before is taken by a full tree, too.
    fn check_label(&self, old: usize, new: usize) -> Result<(), u16> {
        let room = new <= old || self.labels() - old + new <= MOST_BYTES;
        if room { Ok(()) } else { Err(420) }
    }

    pub(crate) fn copy(&mut self, who: Who, from: &str, to: &str) -> Result<(), u16> {
        let source = self.existing(from)?.clone();
        let target = self.nodes.get(to).cloned();
        if source.is_interior() || target.as_ref().is_some_and(Node::is_interior) {
            return Err(403);
        }
        self.permit(who, "Get", from)?;
        let Some(target) = target else {
            let copied = Node { type_name: source.type_name, ..Node::new(source.format, &source.value) };
            return self.add(who, to, &copied);
        };
        self.permit(who, "Replace", to)?;
        let same = source.format == target.format && source.type_name == target.type_name;
        match self.check_room(to, source.value.len()) {
            Err(420) if same || target.any => return Err(420),
            Ok(()) if same || target.any => {}
            _ => return Err(403),
        }
        let node = self.nodes.get_mut(to).unwrap();
        (node.format, node.value, node.type_name) = (source.format, source.value, source.type_name);
        self.touch(to);
        Ok(())
    }

    pub(crate) fn delete(&mut self, who: Who, uri: &str) -> Result<(), u16> {
        let node = self.existing(uri)?;
        let nailed = who.is_some() && (node.permanent || self.below(uri).any(|below| self.nodes[below].permanent));
        if uri == "." || nailed {
            return Err(405);
        }
        self.permit(who, "Delete", uri)?;
        let gone: Vec<String> = self.below(uri).map(str::to_string).collect();
        gone.iter().for_each(|below| drop(self.nodes.remove(below)));
        self.nodes.remove(uri);
        self.touch(parent(uri));
        Ok(())
    }

    pub(crate) fn set_title(&mut self, who: Who, uri: &str, title: &str) -> Result<(), u16> {
        self.existing(uri)?;
        if !self.may(who, "Replace", uri) {
            return Err(425);
        }
        self.check_label(self.nodes[uri].title.len(), title.len())?;
        self.nodes.get_mut(uri).unwrap().title = title.to_string();
        self.count_change(uri);
        Ok(())
    }

    /// A change of a property counts, and is no change of the value.
    fn count_change(&mut self, uri: &str) {
        let node = self.nodes.get_mut(uri).unwrap();
        node.ver_no = node.ver_no.wrapping_add(1);
    }

    pub(crate) fn set_acl(&mut self, who: Who, uri: &str, acl: &str) -> Result<(), u16> {
        let interior = self.existing(uri)?.is_interior();
        let on_parent = uri != "." && self.may(who, "Replace", parent(uri));
        let on_node = interior && self.may(who, "Replace", uri);
        if !on_parent && !on_node {
            return Err(425);
        }
        if uri == "." && !acl.contains("Add=*") {
            return Err(405);
        }
        self.check_label(acl_bytes(&self.nodes[uri].acl), acl_bytes(acl))?;
        self.nodes.get_mut(uri).unwrap().acl = acl.to_string();
        self.count_change(uri);
        Ok(())
    }

    pub(crate) fn rename(&mut self, who: Who, uri: &str, new: &str) -> Result<(), u16> {
        let node = self.existing(uri)?;
        if uri == "." || who.is_some() && node.permanent {
            return Err(405);
        }
        self.permit(who, "Replace", uri)?;
        let to = format!("{}/{new}", parent(uri));
        if to != uri && self.nodes.contains_key(&to) {
            return Err(418);
        }
        self.check_bytes(new.len().saturating_sub(name(uri).len()))?;
        let moved: Vec<String> = self.below(uri).map(str::to_string).chain([uri.to_string()]).collect();
        for old in moved {
            let node = self.nodes.remove(&old).unwrap();
            self.nodes.insert(format!("{to}{}", &old[uri.len()..]), node);
        }
        self.touch(parent(uri));
        self.count_change(&to);
        Ok(())
    }
}
