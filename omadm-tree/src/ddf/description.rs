//! Descriptions as a tree keeps them: rules by address.
//!
//! A rule belongs to every node that its names lead to; where no child of that name is described, the unnamed child is
//! meant. What was chosen where real descriptions leave things out is told at [`Description`].

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::limits::Limits;
use omadm_proto::message::Format;
use thiserror::Error;

use super::microsoft::AllowedValues;
use super::{Ddf, Node, NodeType, Occurrence};
use crate::node::{AccessType, CaseSense, NodeSpec, Scope};
use crate::property::TITLE_BYTES;
use crate::store::Template;
use crate::uri::{NodeUri, is_name};
use crate::value::{LeafValue, fits};

/// What device descriptions say about the nodes of a tree.
///
/// Real descriptions leave things out or disagree. Unspecified, and chosen so:
/// * Occurrence absent is One \[dm 10.1\], but any number for an unnamed node, and `ZeroOrOne` where AccessType says that the
///   node may be added or deleted;
/// * Add in AccessType lets children be added, or the node itself: the standard means the former, Windows the latter;
/// * a node comes with its parent if it is permanent, or if there is at least one of it and Add is not in its AccessType;
/// * what is permanent inside an instance goes with the instance, but not alone;
/// * of two descriptions of one node the later one counts;
/// * an interior node without described children continues elsewhere: anything may be added below.
///
/// Statuses that no text gives are 405 for a node that no description has, for one too many and for the last one that must
/// be there; 415 for a value that is not allowed, because a text that is no number is answered so, too.
///
/// Regular expressions are not evaluated here: [`Description::matching`] takes a function that does. Dependencies between
/// nodes, policy files and XML Schemas are the integrator's business.
#[derive(Clone)]
pub struct Description {
    /// The rule of the root is the first.
    rules: Vec<Rule>,
    matches: Option<fn(&str, &str) -> bool>,
}

/// Why a description cannot be used for a tree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DescribeError {
    /// A NodeName or a name in a Path that no node can have.
    #[error("{0:?} is no name of a node; a name that is chosen later is empty, or \"*\" in a Path")]
    Name(String),
    /// A Path of more names than a URI may have.
    #[error("a Path has more names than a URI may have")]
    Path,
}

/// The place of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuleId(usize);

/// What is said about the nodes at one address.
#[derive(Clone)]
pub(super) struct Rule {
    /// Sorted by name.
    children: Vec<(Box<str>, RuleId)>,
    unnamed: Option<RuleId>,
    /// It is described itself, not only as the parent of something.
    described: bool,
    pub(super) access: AccessType,
    pub(super) format: Option<Format>,
    /// MIME types or the management object identifier; none for any.
    pub(super) types: Vec<String>,
    value: Option<String>,
    title: String,
    occurrence: Option<Occurrence>,
    scope: Scope,
    pub(super) case_sense: CaseSense,
    pub(super) allowed: Option<AllowedValues>,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            children: Vec::new(),
            unnamed: None,
            described: false,
            access: AccessType::GET,
            format: Some(Format::Node),
            types: Vec::new(),
            value: None,
            title: String::new(),
            occurrence: None,
            scope: Scope::Permanent,
            case_sense: CaseSense::Sensitive,
            allowed: None,
        }
    }
}

impl Default for Description {
    fn default() -> Self {
        Self { rules: alloc::vec![Rule::default()], matches: None }
    }
}

impl Description {
    /// Nothing is described.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with regular expressions evaluated by `matches`, which gets the expression and the value. Without it every
    /// value is taken. The expressions of Windows are those of .NET.
    #[must_use]
    pub const fn matching(mut self, matches: fn(&str, &str) -> bool) -> Self {
        self.matches = Some(matches);
        self
    }

    /// Adds what `ddf` says.
    ///
    /// # Errors
    /// When it names a node as none can be named; what came before that name is added.
    pub fn add(&mut self, ddf: &Ddf) -> Result<(), DescribeError> {
        let mut waiting: Vec<(&Node, RuleId)> = ddf.nodes.iter().rev().map(|node| (node, RuleId::ROOT)).collect();
        while let Some((node, around)) = waiting.pop() {
            let parent = match node.path.as_deref().filter(|path| !path.is_empty()) {
                Some(path) => self.at_path(path)?,
                None => around,
            };
            let id = match node.name.as_deref().unwrap_or_default() {
                "." if parent == RuleId::ROOT => parent,
                name => self.child_or_new(parent, name)?,
            };
            self.fill(id, node);
            waiting.extend(node.children.iter().rev().map(|child| (child, id)));
        }
        Ok(())
    }

    fn at_path(&mut self, path: &str) -> Result<RuleId, DescribeError> {
        let path = path.trim_end_matches('/');
        let names = path.strip_prefix("./").unwrap_or(if path == "." { "" } else { path });
        let mut names = names.split('/').filter(|name| !name.is_empty());
        if names.clone().nth(Limits::DEFAULT.uri_segments).is_some() {
            return Err(DescribeError::Path);
        }
        names.try_fold(RuleId::ROOT, |id, name| self.child_or_new(id, if name == "*" { "" } else { name }))
    }

    fn child_or_new(&mut self, parent: RuleId, name: &str) -> Result<RuleId, DescribeError> {
        let new = RuleId(self.rules.len());
        let Some(rule) = self.rules.get_mut(parent.0) else { return Ok(parent) };
        if name.is_empty() {
            if let Some(id) = rule.unnamed {
                return Ok(id);
            }
            rule.unnamed = Some(new);
        } else {
            match rule.place(name) {
                Ok(at) => return Ok(rule.children.get(at).map_or(parent, |(_, id)| *id)),
                Err(_) if !is_name(name) => return Err(DescribeError::Name(name.to_string())),
                Err(at) => rule.children.insert(at, (name.into(), new)),
            }
        }
        self.rules.push(Rule::default());
        Ok(new)
    }

    /// Takes over what `node` says about itself.
    fn fill(&mut self, id: RuleId, node: &Node) {
        let Some(rule) = self.rules.get_mut(id.0) else { return };
        let df = node.df.as_ref();
        let rt = node.rt.as_ref();
        let interior = !node.children.is_empty() || !rule.children.is_empty() || rule.unnamed.is_some();
        let format = df.and_then(|df| df.format).or_else(|| rt.and_then(|rt| rt.format));
        let node_type = df.and_then(|df| df.node_type.as_ref()).or_else(|| rt.and_then(|rt| rt.node_type.as_ref()));
        let default = df.and_then(|df| df.default_value.as_ref());
        rule.described = true;
        rule.access = df.and_then(|df| df.access).unwrap_or(AccessType::DEFAULT);
        rule.format = if interior { Some(Format::Node) } else { format };
        rule.types = match node_type {
            Some(NodeType::Mime(types)) => {
                types.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(Into::into).collect()
            }
            Some(NodeType::DdfName(name)) if !name.trim().is_empty() => alloc::vec![name.trim().into()],
            Some(NodeType::DdfName(_)) | None => Vec::new(),
        };
        rule.value = node.value.as_ref().or(default).cloned();
        let title = rt.and_then(|rt| rt.title.as_ref()).filter(|title| title.len() <= TITLE_BYTES);
        rule.title = title.cloned().unwrap_or_default();
        rule.occurrence = df.and_then(|df| df.occurrence);
        rule.scope = df.and_then(|df| df.scope).unwrap_or_default();
        rule.case_sense = df.and_then(|df| df.case_sense).unwrap_or_default();
        let extras = df.and_then(|df| df.microsoft.as_deref());
        rule.allowed = extras.and_then(|extras| extras.allowed_values.clone());
    }

    pub(super) fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.0)
    }

    /// The rule for the child `name` of the nodes of `parent`.
    pub(super) fn child(&self, parent: RuleId, name: &str) -> Option<RuleId> {
        let rule = self.rule(parent)?;
        rule.named(name).or(rule.unnamed)
    }

    /// The rule for the node with these `names`.
    pub(super) fn find<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> Option<RuleId> {
        names.try_fold(RuleId::ROOT, |id, name| self.child(id, name))
    }

    /// Whether only described children may be added below the nodes of `id`. The root takes anything: not everything has a
    /// description.
    pub(super) fn is_closed(&self, id: RuleId) -> bool {
        let closed = |rule: &Rule| rule.described && (rule.unnamed.is_some() || !rule.children.is_empty());
        id != RuleId::ROOT && self.rule(id).is_some_and(closed)
    }

    /// Whether `id` is the unnamed child of `parent`.
    pub(super) fn is_unnamed(&self, parent: RuleId, id: RuleId) -> bool {
        self.rule(parent).is_some_and(|rule| rule.unnamed == Some(id))
    }

    /// How many nodes of `id` there may be below one of `parent`.
    pub(super) fn occurrence(&self, parent: RuleId, id: RuleId) -> Occurrence {
        let Some(rule) = self.rule(id) else { return Occurrence::ZeroOrMore };
        match rule.occurrence {
            Some(occurrence) => occurrence,
            None if self.is_unnamed(parent, id) => Occurrence::ZeroOrMore,
            None if rule.comes_and_goes() => Occurrence::ZeroOrOne,
            None => Occurrence::One,
        }
    }

    /// Whether a child of `id` may be added by what its own AccessType says.
    pub(super) fn has_addable_child(&self, id: RuleId) -> bool {
        let addable = |child: RuleId| self.rule(child).is_some_and(|rule| rule.access.contains(AccessType::ADD));
        self.rule(id).is_some_and(|rule| rule.all_children().any(addable))
    }

    /// Whether `value` is one that the nodes of `rule` take.
    pub(super) fn admits(&self, rule: &Rule, value: &[u8]) -> bool {
        let Some(allowed) = &rule.allowed else { return true };
        let matches = self.matches.unwrap_or(|_, _| true);
        core::str::from_utf8(value).is_ok_and(|text| allowed.admit(text, matches))
    }

    /// What has to be there below a node of `id`; defaults have at most `max` bytes.
    pub(super) fn template(&self, id: RuleId, max: usize) -> Template {
        let mut nodes = Vec::new();
        let mut waiting = alloc::vec![(id, NodeUri::ROOT)];
        while let Some((parent, uri)) = waiting.pop() {
            let Some(rule) = self.rule(parent) else { continue };
            for (name, child) in rule.children.iter().rev() {
                let (Some(found), uri) = (self.rule(*child), uri.child(name)) else { continue };
                let needed = self.occurrence(parent, *child).min() > 0 && !found.access.contains(AccessType::ADD);
                if found.scope == Scope::Permanent || needed {
                    let scope = if id == RuleId::ROOT { found.scope } else { Scope::Dynamic };
                    nodes.push((uri.clone(), self.spec(*child, found, scope, max)));
                    waiting.push((*child, uri));
                }
            }
        }
        nodes.sort_by_key(|(uri, _)| uri.depth());
        Template { nodes: nodes.into() }
    }

    /// A node of `id` as it is without anybody's doing.
    fn spec(&self, id: RuleId, rule: &Rule, scope: Scope, max: usize) -> NodeSpec {
        let format = rule.format.unwrap_or_default();
        let spec = if format == Format::Node {
            NodeSpec::interior()
        } else {
            let default = rule.value.as_deref().filter(|value| value.len() <= max && fits(format, value.as_bytes()));
            NodeSpec::leaf(
                format,
                default.map_or_else(|| LeafValue::neutral(format), |text| LeafValue::new(format, text)),
            )
        };
        let spec = match &rule.types[..] {
            [] => spec,
            [first, ..] => spec.of_type(first.as_str()),
        };
        let spec = if rule.format.is_none() { spec.any_format() } else { spec };
        let spec = if rule.types.len() == 1 { spec } else { spec.any_type() };
        spec.access(self.access(id, rule, scope)).scope(scope).title(rule.title.as_str()).case_sense(rule.case_sense)
    }

    /// The commands that a node of `id` takes. Add is among them if any child may be added: which one is judged later.
    pub(super) fn access(&self, id: RuleId, rule: &Rule, scope: Scope) -> AccessType {
        let access = if self.has_addable_child(id) { rule.access | AccessType::ADD } else { rule.access };
        let stays = rule.scope == Scope::Permanent && scope == Scope::Dynamic;
        if stays { access.without(AccessType::DELETE) } else { access }
    }
}

impl RuleId {
    pub(super) const ROOT: Self = Self(0);
}

impl Rule {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.children.binary_search_by(|(child, _)| (**child).cmp(name))
    }

    fn named(&self, name: &str) -> Option<RuleId> {
        match self.place(name) {
            Ok(at) => self.children.get(at).map(|(_, id)| *id),
            Err(_) if self.case_sense == CaseSense::Insensitive => {
                self.children.iter().find(|(child, _)| child.eq_ignore_ascii_case(name)).map(|(_, id)| *id)
            }
            Err(_) => None,
        }
    }

    fn all_children(&self) -> impl Iterator<Item = RuleId> {
        self.children.iter().map(|(_, id)| *id).chain(self.unnamed)
    }

    fn comes_and_goes(&self) -> bool {
        [AccessType::ADD, AccessType::DELETE].into_iter().any(|command| self.access.contains(command))
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Description({} addresses)", self.rules.len())
    }
}
