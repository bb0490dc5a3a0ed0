//! Commands of servers judged by descriptions.
//!
//! ACL and AccessType come first, as \[dm 4.11\] orders them. Statuses that no text gives are told at [`Description`]. The
//! device itself is not judged. Called by the commands; a tree without description answers at once.

use alloc::sync::Arc;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use super::description::{Rule, RuleId};
use super::{Ddf, DescribeError, Description};
use crate::command::{Actor, Refusal};
use crate::node::{AccessType, NodeRef, NodeSpec, Scope, Traits};
use crate::store::{Index, Node, Template};
use crate::tree::{LocalError, Tree};
use crate::uri::NodeUri;
use crate::value::NewNode;
use crate::wire::TEXT_PLAIN;

impl Tree {
    /// Judges the commands of servers by `description` from now on; nothing is created. For a tree that was restored:
    /// a snapshot does not hold descriptions.
    pub fn describe(&mut self, description: Description) {
        self.description = Some(Arc::new(description));
    }

    /// What the commands of servers are judged by.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_deref()
    }

    /// Adds what `ddf` says; nothing is created.
    pub(crate) fn describe_more(&mut self, ddf: &Ddf) -> Result<(), DescribeError> {
        Arc::make_mut(self.description.get_or_insert_default()).add(ddf)
    }

    /// The nodes that have to be there by the description, parents first.
    pub(crate) fn described_nodes(&self) -> Vec<(NodeUri, NodeSpec)> {
        let template =
            self.description().map(|description| description.template(RuleId::ROOT, self.limits.value_bytes));
        template.map(|template| template.nodes.into_vec()).unwrap_or_default()
    }

    /// Gives the interior node at `uri` AccessType, Scope and the rule for the names below as `spec` has them.
    pub(crate) fn set_rules_of(&mut self, uri: &str, spec: &NodeSpec) -> Result<(), LocalError> {
        let uri = NodeUri::parse(uri)?;
        let index = self.locate(&uri).ok_or(LocalError::NoNode(uri))?;
        self.store.set_rules(index, spec.access, spec.traits_with_scope());
        Ok(())
    }

    /// Whether `actor` may add `new`, and what is on the way to it, below `ancestor`; gives what to add.
    pub(crate) fn judge_add(
        &self,
        actor: Actor<'_>,
        ancestor: Index,
        missing: &[&str],
        new: NewNode,
    ) -> Result<NewNode, Refusal> {
        let (Some(description), Actor::Server(_)) = (&self.description, actor) else { return Ok(new) };
        let Some(mut parent) = self.rule_of(ancestor) else { return Ok(new) };
        let mut uri = self.store.uri(ancestor);
        for (at, name) in missing.iter().enumerate() {
            let last = at + 1 == missing.len();
            uri = uri.child(name);
            let refusal = |status| Refusal { status, at: (!last).then(|| uri.clone()) };
            let Some(id) = description.child(parent, name) else {
                let closed = description.is_closed(parent);
                return if closed { Err(refusal(StatusCode::COMMAND_NOT_ALLOWED)) } else { Ok(new) };
            };
            let Some(rule) = description.rule(id) else { return Ok(new) };
            let full = at == 0 && self.is_full(ancestor, parent, id);
            if full || !addable(description, parent, rule) {
                return Err(refusal(StatusCode::COMMAND_NOT_ALLOWED));
            }
            if last {
                return checked(description, rule, new).map_err(Refusal::from);
            }
            if rule.format.is_some_and(|format| format != Format::Node) {
                return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT));
            }
            parent = id;
        }
        Ok(new)
    }

    /// Gives a node that is about to hang below `parent` what its description says.
    pub(crate) fn apply_description(&self, parent: Index, node: &mut Node) {
        let Some(description) = &self.description else { return };
        let rule = self.rule_of(parent).and_then(|parent| description.child(parent, &node.name));
        let Some((id, rule)) = rule.and_then(|id| Some((id, description.rule(id)?))) else { return };
        node.access = description.access(id, rule, Scope::Dynamic);
        node.traits = node.traits.with_case_sense(rule.case_sense);
        if rule.format.is_some() {
            node.traits = node.traits.without(Traits::ANY_FORMAT);
        }
        if let [only] = &rule.types[..] {
            node.traits = node.traits.without(Traits::ANY_TYPE);
            node.set_type_name(Some(only));
        }
    }

    /// What has to be there below the child `name` of `parent`, by the description.
    pub(crate) fn described_template(&self, parent: Index, name: &str) -> Option<Template> {
        let description = self.description.as_deref()?;
        let id = self.rule_of(parent).and_then(|parent| description.child(parent, name))?;
        Some(description.template(id, self.limits.value_bytes)).filter(|template| !template.nodes.is_empty())
    }

    /// Nodes and bytes that come with the nodes `missing` below `ancestor`, at most.
    pub(crate) fn described_cost(&self, ancestor: Index, missing: &[&str]) -> (usize, usize) {
        let (Some(description), Some(mut parent)) = (self.description(), self.rule_of(ancestor)) else { return (0, 0) };
        let mut cost = (0, 0);
        for name in missing {
            let Some(id) = description.child(parent, name) else { break };
            let (nodes, bytes) = description.template(id, self.limits.value_bytes).cost();
            cost = (cost.0 + nodes, cost.1 + bytes);
            parent = id;
        }
        cost
    }

    /// 415 when `actor` may not give the leaf `index` this Type or value.
    pub(crate) fn judge_value(
        &self,
        actor: Actor<'_>,
        index: Index,
        type_name: Option<&str>,
        value: &[u8],
    ) -> Result<(), StatusCode> {
        let (Some(description), Actor::Server(_)) = (&self.description, actor) else { return Ok(()) };
        let Some(rule) = self.rule_of(index).and_then(|id| description.rule(id)) else { return Ok(()) };
        let typed = type_name.is_none_or(|name| takes_type(rule, name));
        if typed && description.admits(rule, value) {
            Ok(())
        } else {
            Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT)
        }
    }

    /// 405 when the node `index` has to be there.
    pub(crate) fn judge_delete(&self, actor: Actor<'_>, index: Index) -> Result<(), StatusCode> {
        let (Some(description), Actor::Server(_)) = (&self.description, actor) else { return Ok(()) };
        let Some(above) = self.store.parent(index) else { return Ok(()) };
        let (Some(parent), Some(id)) = (self.rule_of(above), self.rule_of(index)) else { return Ok(()) };
        let fewest = description.occurrence(parent, id).min() as usize;
        if fewest > 0 && self.count(above, parent, id) <= fewest {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        Ok(())
    }

    /// 405 when the node `index` may not be called `name`: by that name it would be another one.
    pub(crate) fn judge_rename(&self, actor: Actor<'_>, index: Index, name: &str) -> Result<(), StatusCode> {
        let (Some(description), Actor::Server(_)) = (&self.description, actor) else { return Ok(()) };
        let Some(parent) = self.store.parent(index).and_then(|above| self.rule_of(above)) else { return Ok(()) };
        let same = self.rule_of(index) == description.child(parent, name);
        if same { Ok(()) } else { Err(StatusCode::COMMAND_NOT_ALLOWED) }
    }

    /// The rule of the node `index`.
    fn rule_of(&self, index: Index) -> Option<RuleId> {
        let description = self.description.as_deref()?;
        let mut names: Vec<&str> = Vec::new();
        let mut at = index;
        while let Some(parent) = self.store.parent(at) {
            names.push(&self.store.node(at).name);
            at = parent;
        }
        description.find(names.into_iter().rev())
    }

    fn is_full(&self, above: Index, parent: RuleId, id: RuleId) -> bool {
        let most = self.description().and_then(|description| description.occurrence(parent, id).max());
        most.is_some_and(|most| self.count(above, parent, id) >= most as usize)
    }

    /// How many nodes of `id` there are below `above`, which is one of `parent`.
    fn count(&self, above: Index, parent: RuleId, id: RuleId) -> usize {
        let Some(description) = self.description() else { return 0 };
        let children = NodeRef { tree: self, index: above }.children();
        children.filter(|child| description.child(parent, child.name()) == Some(id)).count()
    }
}

/// Whether a node of `rule` may be added below one of `parent`, by the AccessType of either.
fn addable(description: &Description, parent: RuleId, rule: &Rule) -> bool {
    let by_parent = description.rule(parent).is_some_and(|above| above.access.contains(AccessType::ADD));
    // Nothing is said about the root and about parents that are there for their children alone.
    by_parent || !description.is_closed(parent) || rule.access.contains(AccessType::ADD)
}

/// What an Add brings, as a node of `rule` takes it. Format `chr` and no Type are what the standard assumes when nothing is
/// said.
fn checked(description: &Description, rule: &Rule, mut new: NewNode) -> Result<NewNode, StatusCode> {
    let unsupported = Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT);
    match (rule.format, new.format) {
        (Some(Format::B64), Format::Bin) => {
            new.value = new.value.map(|value| BASE64_STANDARD.encode(value).into_bytes());
            new.format = Format::B64;
        }
        (Some(own), Format::Chr) if own != Format::Node => new.format = own,
        (Some(own), sent) if own != sent => return unsupported,
        (Some(_) | None, _) => {}
    }
    match &new.type_name {
        Some(name) if !takes_type(rule, name) => return unsupported,
        Some(_) => {}
        None => {
            let plain = rule.types.iter().any(|name| name.eq_ignore_ascii_case(TEXT_PLAIN));
            new.type_name = if plain { None } else { rule.types.first().cloned() };
        }
    }
    match &new.value {
        Some(value) if new.format != Format::Node && !description.admits(rule, value) => unsupported,
        _ => Ok(new),
    }
}

fn takes_type(rule: &Rule, name: &str) -> bool {
    rule.types.is_empty() || rule.types.iter().any(|own| own.eq_ignore_ascii_case(name))
}
