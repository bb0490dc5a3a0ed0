//! Which nodes a group or a filter means \[gwmo 5.2\].

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_gwmo::filter::Filter;
use omadm_proto::ids::DevId;

use super::{NodeId, NodeKind, NodeRecord, Place, RouteError};
use crate::store::Store;
use crate::task::{Kind, Target};

/// What a filter of a target can ask for: the keys of the sheet that a network server knows, and `kind` (`device`,
/// `gateway`), `parent` (the gateway a device is behind) and `state` (`registered`, or `reported` by its gateway only).
pub const FILTER_KEYS: [&str; 11] =
    ["id", "grp", "man", "mod", "fwv", "swv", "hwv", "proto", "parent", "kind", "state"];

/// The nodes that `target` means, if it is a group or a filter.
pub(super) fn members<S: Store>(store: &S, target: &Target) -> Result<Vec<DevId>, RouteError<S::Error>> {
    match target {
        Target::Group(name) => {
            let nodes = store.nodes()?;
            Ok(nodes.into_iter().filter(|node| node.groups.contains(name)).map(|node| node.id).collect())
        }
        Target::Filter(filter) => matching(store, &filter.clone().with_keys(&FILTER_KEYS).map_err(RouteError::Filter)?),
        Target::Device(_) | Target::Gateway(_) | Target::Devices(_) | Target::Behind(_) | Target::All(_) => {
            Ok(Vec::new())
        }
    }
}

/// Whether `target` means `node`, found out without looking at other nodes. One that was never registered is a device.
///
/// # Errors
/// The store cannot be read.
pub fn means<S: Store>(store: &S, target: &Target, node: &DevId) -> Result<bool, S::Error> {
    Ok(match target {
        Target::Device(one) | Target::Gateway(one) => store.name_of(node)? == *one,
        Target::Devices(several) => several.contains(&store.name_of(node)?),
        Target::Behind(gateway) => match store.place(node)? {
            Some(place) => store.name_of(&place.gateway)? == *gateway,
            None => false,
        },
        Target::All(kind) => {
            let is_gateway = store.node(node)?.is_some_and(|record| record.kind == NodeKind::Gateway);
            is_gateway == (*kind == Kind::Gateways)
        }
        Target::Group(group) => store.node(node)?.is_some_and(|record| record.groups.contains(group)),
        Target::Filter(filter) => {
            let (name, record, place) = (store.name_of(node)?, store.node(node)?, store.place(node)?);
            let parent = place.as_ref().map(|place| store.name_of(&place.gateway)).transpose()?;
            let known = Known { name, node: record.as_ref(), place: place.as_ref(), parent: parent.as_ref() };
            filter.matches(&|key, test| known.holds(key, test))
        }
    })
}

fn matching<S: Store>(store: &S, filter: &Filter) -> Result<Vec<DevId>, RouteError<S::Error>> {
    let nodes = store.nodes()?;
    let mut found = BTreeSet::new();
    for gateway in nodes.iter().filter(|node| node.kind == NodeKind::Gateway) {
        let parent = gateway.node_id();
        for (id, place) in store.behind(&gateway.id)? {
            let (name, node) = (store.name_of(&id)?, store.node(&id)?);
            let known = Known { name, node: node.as_ref(), place: Some(&place), parent: Some(&parent) };
            if filter.matches(&|key, test| known.holds(key, test)) {
                found.insert(id);
            }
        }
    }
    for node in nodes {
        let place = store.place(&node.id)?;
        let parent = place.as_ref().map(|place| store.name_of(&place.gateway)).transpose()?;
        let known = Known { name: node.node_id(), node: Some(&node), place: place.as_ref(), parent: parent.as_ref() };
        if filter.matches(&|key, test| known.holds(key, test)) {
            found.insert(node.id);
        }
    }
    Ok(found.into_iter().collect())
}

/// What the server knows of a node.
struct Known<'n> {
    name: NodeId,
    node: Option<&'n NodeRecord>,
    place: Option<&'n Place>,
    parent: Option<&'n NodeId>,
}

impl Known<'_> {
    /// Whether one of the values of `key` passes the test. What the node says of itself counts more than what its gateway says
    /// of it.
    fn holds(&self, key: &str, test: &dyn Fn(&str) -> bool) -> bool {
        let own = |leaf: &str| {
            let mut leaves = self.node.into_iter().flat_map(|node| &node.dev_info);
            leaves.find(|(uri, _)| uri.rsplit('/').next() == Some(leaf)).map(|(_, value)| value)
        };
        let told = |name: &str| self.place.and_then(|place| place.facts.get(name));
        let fact = |leaf: &str, name: &str| own(leaf).or_else(|| told(name)).is_some_and(|value: &String| test(value));
        match key {
            "id" => test(self.name.as_str()),
            "grp" => self.node.is_some_and(|node| node.groups.iter().any(|group| test(group))),
            "man" => fact("Man", "man"),
            "mod" => fact("Mod", "mod"),
            "fwv" => fact("FwV", "fwv"),
            "swv" => fact("SwV", "swv"),
            "hwv" => fact("HwV", "hwv"),
            "proto" => told("proto").is_some_and(|value| test(value)),
            "parent" => self.parent.is_some_and(|parent| test(parent.as_str())),
            "kind" => test(match self.node.map(|node| node.kind) {
                Some(NodeKind::Gateway) => "gateway",
                Some(NodeKind::Device) | None => "device",
            }),
            "state" => test(if self.node.is_some() { "registered" } else { "reported" }),
            _ => false,
        }
    }
}
