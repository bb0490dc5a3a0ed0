//! Putting an object, or an entry of one, into a tree as its table says.
//!
//! All required nodes are created, and of the optional ones those that are filled or asked for. What a server may add
//! later (a delivery package below SCOMO/Download) gets an instance template with the nodes that only the device can make:
//! those without Add in their access.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use super::table::{ANY_NAME, Children, NodeRow, ObjectTable};
use crate::acl::Acl;
use crate::builder::{ManagementObject, TreeBuilder};
use crate::ddf::Ddf;
use crate::node::{AccessType, NodeSpec};
use crate::tree::{LocalError, Tree};
use crate::uri::NodeUri;
use crate::value::LeafValue;

/// An object to be put into a tree.
///
/// ```
/// use omadm_tree::Tree;
/// use omadm_tree::mo::{SCOMO_1_0, moi};
///
/// let tree = Tree::builder()
///     .mo(SCOMO_1_0.instance("./SCOMO")
///         .with("Download/<x>/Operations/DownloadInstall")
///         .fill("Inventory/Deployed/browser/ID", "browser-4"))
///     .build()?;
/// assert_eq!(tree.find("./SCOMO").map(|root| root.type_name()), Some(moi::SCOMO_1_0));
/// assert_eq!(tree.text("./SCOMO/Inventory/Deployed/browser/ID"), Some("browser-4"));
/// # Ok::<(), omadm_tree::BuildError>(())
/// ```
#[derive(Clone)]
#[must_use = "an instance is nothing before it is put into a tree"]
pub struct Instance<'t> {
    table: ObjectTable<'t>,
    base: &'t str,
    root: String,
    filled: Vec<(String, LeafValue)>,
    wanted: Vec<String>,
    live: Vec<String>,
    granted: Vec<(String, AccessType)>,
    acl: Acl,
}

impl<'t> Instance<'t> {
    pub(super) fn new(table: ObjectTable<'t>, base: &'t str, root: &str) -> Self {
        Self {
            table,
            base,
            root: root.to_string(),
            filled: Vec::new(),
            wanted: Vec::new(),
            live: Vec::new(),
            granted: Vec::new(),
            acl: Acl::EMPTY,
        }
    }

    /// The same with `value` in the leaf `below` the root, and with the optional nodes and entries on the way to it.
    pub fn fill(mut self, below: &str, value: impl Into<LeafValue>) -> Self {
        self.filled.push((below.to_string(), value.into()));
        self
    }

    /// The same with `value`, if there is one.
    pub fn fill_some(self, below: &str, value: Option<impl Into<LeafValue>>) -> Self {
        match value {
            Some(value) => self.fill(below, value),
            None => self,
        }
    }

    /// The same with the optional node `below`; `<x>` in it stands for each entry there is or will be added.
    pub fn with(mut self, below: &str) -> Self {
        self.wanted.push(below.to_string());
        self
    }

    /// The same with every optional node; entries still have to be named.
    pub fn complete(mut self) -> Self {
        let below = self.table.rows().filter_map(|row| row.below(self.base));
        self.wanted.extend(below.map(Into::into));
        self
    }

    /// The same with the leaf `below`, which may have `<x>` in it, supplied by the device each time somebody Gets it.
    pub fn live(mut self, below: &str) -> Self {
        self.live.push(below.to_string());
        self.with(below)
    }

    /// The same with more commands for the nodes of the row `below` (empty for the root): a device may take more than the
    /// standard's minimum \[mo 1.3\].
    pub fn grant(mut self, below: &str, access: AccessType) -> Self {
        self.granted.push((below.to_string(), access));
        self
    }

    /// The same with an ACL on the root.
    pub fn acl(mut self, acl: Acl) -> Self {
        self.acl = acl;
        self
    }

    /// Puts the object into a live tree: all of it or nothing.
    ///
    /// # Errors
    /// When the table has no row for something that was filled, a value does not fit its format, or the tree refuses.
    pub fn put_into(self, tree: &mut Tree) -> Result<(), LocalError> {
        let plan = self.plan()?;
        tree.begin();
        let outcome = plan.nodes.into_iter().try_for_each(|(uri, spec)| tree.put(&uri, spec)).and_then(|()| {
            plan.templates.iter().try_for_each(|(uri, template)| tree.instances(uri, borrowed(template)))
        });
        match outcome {
            Ok(()) => tree.commit(),
            Err(_) => tree.rollback(),
        }
        outcome
    }

    /// The description of the object as it is here, with what was granted: see [`ObjectTable::to_ddf`]. Of an entry it is
    /// that of the whole object.
    #[must_use]
    pub fn to_ddf(&self) -> Ddf {
        self.table.to_ddf_with(&self.root, |row| self.access(row))
    }

    /// All nodes and templates, parents first.
    fn plan(&self) -> Result<Plan, LocalError> {
        let base = self.table.row(self.base).ok_or_else(|| self.stranger(""))?;
        let mut plan = Plan { nodes: Vec::new(), templates: Vec::new() };
        self.expand("", base, &mut plan);
        for (below, value) in &self.filled {
            let at = self.uri(below);
            if !plan.nodes.iter().any(|(uri, _)| *uri == at) {
                if !self.is_open_above(below) {
                    return Err(self.stranger(below));
                }
                for (slash, _) in at.match_indices('/') {
                    let above = at.get(..slash).unwrap_or_default();
                    if above.len() > self.root.len() && !plan.nodes.iter().any(|(uri, _)| uri == above) {
                        plan.nodes.push((above.to_string(), NodeSpec::interior().access(AccessType::GET)));
                    }
                }
                plan.nodes.push((at, NodeSpec::value(value.clone()).access(AccessType::GET)));
            }
        }
        match self.wanted.iter().find(|below| self.row_for(below).is_none()) {
            Some(below) => Err(self.stranger(below)),
            None => Ok(plan),
        }
    }

    /// Adds the node `at` below the root, which has the row `row`, and what belongs below it.
    fn expand(&self, at: &str, row: &NodeRow<'t>, plan: &mut Plan) {
        plan.nodes.push((self.uri(at), self.spec(at, row)));
        for child in self.table.children_of(row.path) {
            let name = child.path.rsplit_once('/').map_or(child.path, |(_, name)| name);
            if name == ANY_NAME {
                for entry in self.entries(at) {
                    self.expand(&join(at, &entry), child, plan);
                }
                if child.access.contains(AccessType::ADD) {
                    plan.templates.push((self.uri(at), self.template(child)));
                }
            } else if child.occurrence.min() > 0 || self.asks_for(&join(at, name)) {
                self.expand(&join(at, name), child, plan);
            }
        }
    }

    fn spec(&self, at: &str, row: &NodeRow<'t>) -> NodeSpec {
        let is_live = self.live.iter().any(|pattern| fits_pattern(pattern, at));
        let spec = match self.filled.iter().rev().find(|(below, _)| below == at) {
            _ if is_live => NodeSpec::live(row.format),
            Some((_, value)) => row.spec_with(value.clone()),
            None => row.spec(),
        };
        let spec = spec.access(self.access(row)).scope(row.scope);
        let spec = if row.path.is_empty() { spec.mo(self.table.moi) } else { spec };
        if at.is_empty() { spec.acl(self.acl.clone()) } else { spec }
    }

    /// The commands of the row and those granted. A node whose children a server may create takes Add, which in a tree is
    /// asked of the parent.
    fn access(&self, row: &NodeRow<'t>) -> AccessType {
        let children = self.table.children_of(row.path).any(|child| child.access.contains(AccessType::ADD));
        let add = if children { AccessType::ADD } else { AccessType::NONE };
        let below = if row.path == self.base { Some("") } else { row.below(self.base) };
        self.granted
            .iter()
            .filter(|(granted, _)| Some(granted.as_str()) == below)
            .fold(row.access.union(add), |access, (_, more)| access.union(*more))
    }

    /// The nodes that an entry added by a server gets by itself.
    fn template(&self, entry: &NodeRow<'t>) -> Vec<(String, NodeSpec)> {
        let mut template = Vec::new();
        let mut made = alloc::vec![entry.path];
        for row in self.table.rows() {
            let (Some((above, name)), Some(below)) = (row.path.rsplit_once('/'), row.below(entry.path)) else {
                continue;
            };
            let asked = row.below(self.base).is_some_and(|path| self.asks_for(path));
            let needed = row.occurrence.min() > 0 || asked;
            if name != ANY_NAME && needed && !row.access.contains(AccessType::ADD) && made.contains(&above) {
                made.push(row.path);
                let spec = self.spec(row.below(self.base).unwrap_or_default(), row);
                // What a server added it may delete, and with it what came along.
                template.push((below.to_string(), spec.scope(crate::node::Scope::Dynamic)));
            }
        }
        template
    }

    /// The names of the entries below `at` that something was said of.
    fn entries(&self, at: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let said = self.filled.iter().map(|(below, _)| below).chain(&self.wanted);
        for below in said {
            let rest = if at.is_empty() {
                Some(below.as_str())
            } else {
                below.strip_prefix(at).and_then(|rest| rest.strip_prefix('/'))
            };
            let Some(name) = rest.and_then(|rest| rest.split('/').next()) else { continue };
            if name != ANY_NAME && !names.iter().any(|known| known == name) {
                names.push(name.to_string());
            }
        }
        names
    }

    /// Whether the node `at`, or something below it, was filled or asked for.
    fn asks_for(&self, at: &str) -> bool {
        let said = self.filled.iter().map(|(below, _)| below).chain(&self.wanted);
        said.into_iter().any(|below| {
            let mut names = below.split('/');
            at.split('/').all(|name| names.next().is_some_and(|said| said == name || said == ANY_NAME))
        })
    }

    fn row_for(&self, below: &str) -> Option<&'t NodeRow<'t>> {
        self.table.row_for(&join(self.base, below))
    }

    /// Whether `below` lies in a part of the object that is left to vendors or bearers.
    fn is_open_above(&self, below: &str) -> bool {
        let mut above = below;
        while let Some((parent, _)) = above.rsplit_once('/') {
            if let Some(row) = self.row_for(parent) {
                return row.children == Children::Open;
            }
            above = parent;
        }
        false
    }

    fn uri(&self, below: &str) -> String {
        join(&self.root, below)
    }

    fn stranger(&self, below: &str) -> LocalError {
        match NodeUri::parse(&self.uri(below)) {
            Ok(uri) => LocalError::NoRow(uri),
            Err(error) => LocalError::Uri(error),
        }
    }
}

/// What to put where.
struct Plan {
    nodes: Vec<(String, NodeSpec)>,
    templates: Vec<(String, Vec<(String, NodeSpec)>)>,
}

impl ManagementObject for Instance<'_> {
    fn build(self, tree: &mut TreeBuilder) {
        match self.plan() {
            Ok(plan) => {
                for (uri, spec) in plan.nodes {
                    tree.put(&uri, spec);
                }
                for (uri, template) in &plan.templates {
                    tree.put_instances(uri, borrowed(template));
                }
            }
            Err(reason) => tree.note(&self.root, Err(reason)),
        }
    }
}

fn borrowed(template: &[(String, NodeSpec)]) -> Vec<(&str, NodeSpec)> {
    template.iter().map(|(below, spec)| (below.as_str(), spec.clone())).collect()
}

fn join(above: &str, name: &str) -> String {
    match (above, name) {
        ("", name) => name.to_string(),
        (above, "") => above.to_string(),
        (above, name) => alloc::format!("{above}/{name}"),
    }
}

/// Whether `path` is what `pattern` says, where `<x>` stands for any name.
fn fits_pattern(pattern: &str, path: &str) -> bool {
    let mut names = path.split('/');
    pattern.split('/').all(|name| names.next().is_some_and(|found| found == name || name == ANY_NAME))
        && names.next().is_none()
}

impl fmt::Debug for Instance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({} at {})", self.table.name, self.root)
    }
}
