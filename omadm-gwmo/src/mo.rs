//! The five management objects in a tree: node tables, and the builder that puts them there \[gwmo 3\].
//!
//! The tables are the house profile `xrem-gwmo-hp1`, row by row; names come from [`NodeNames`]. An instance that a server Adds
//! (job, image, group, trigger) is created with all its required children and, for a job, with every child of Policy and
//! Report, filled with defaults. Called when a gateway builds its tree.

mod config;
mod fanout;
mod image;
mod inventory;
mod table;
mod trigger;

pub use table::{Need, Row};

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use omadm_proto::ids::DevId;
use omadm_proto::message::Format;
use omadm_tree::mo::ManagementObject;
use omadm_tree::{AccessType, NodeSpec, TreeBuilder};

use crate::names::{Mo, Name, NodeNames};

/// Optional nodes that this gateway has.
const OFFERED: [&[Option<Name>]; 3] = [
    &[Some(Name::SelfNode)],
    &[Some(Name::SelfNode), Some(Name::Alerts), Some(Name::BatchSec)],
    &[Some(Name::SelfNode), Some(Name::Alerts), Some(Name::BatchMax)],
];

/// All nodes of `mo` below its root, in the order of the sheet.
#[must_use]
pub const fn rows(mo: Mo) -> &'static [Row] {
    match mo {
        Mo::Config => config::CONFIG,
        Mo::DeviceInventory => inventory::DEVICE_INVENTORY,
        Mo::EdTrigger => trigger::ED_TRIGGER,
        Mo::Fanout => fanout::FANOUT,
        Mo::ImageInventory => image::IMAGE_INVENTORY,
    }
}

/// What the leaves of a gateway say that do not change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatewayFacts {
    /// `GwID`.
    pub id: DevId,
    /// Limits/MaxDevices.
    pub max_devices: u64,
    /// Limits/MaxJobs.
    pub max_jobs: u64,
    /// Limits/MaxParallel.
    pub max_parallel: u64,
    /// Limits/MaxTargets.
    pub max_targets: u64,
    /// Limits/MaxReport.
    pub max_report: u64,
    /// Size of the image store in bytes.
    pub store_bytes: u64,
}

impl GatewayFacts {
    /// The gateway `id` with all limits zero; set what holds.
    #[must_use]
    pub const fn new(id: DevId) -> Self {
        Self { id, max_devices: 0, max_jobs: 0, max_parallel: 0, max_targets: 0, max_report: 0, store_bytes: 0 }
    }

    fn value(&self, mo: Mo, path: &[Option<Name>]) -> Option<String> {
        let [.., Some(name)] = path else { return None };
        let text = match (mo, name) {
            (Mo::Config, Name::GwId) => self.id.to_string(),
            // Proxy is what this gateway does.
            (Mo::Config, Name::Modes) => "P".to_string(),
            (Mo::Config, Name::MaxDevices) => self.max_devices.to_string(),
            (Mo::Config, Name::MaxJobs) => self.max_jobs.to_string(),
            (Mo::Config, Name::MaxParallel) => self.max_parallel.to_string(),
            (Mo::Config, Name::MaxTargets) => self.max_targets.to_string(),
            (Mo::Config, Name::MaxReport) => self.max_report.to_string(),
            (Mo::ImageInventory, Name::Total | Name::Free) => (self.store_bytes >> 10).to_string(),
            _ => return None,
        };
        Some(text)
    }
}

/// All five objects of a gateway.
#[derive(Debug, Clone)]
pub struct GatewayObjects<'n> {
    names: &'n NodeNames,
    facts: GatewayFacts,
}

impl<'n> GatewayObjects<'n> {
    /// The objects of the gateway that `facts` describe, with these names.
    #[must_use]
    pub const fn new(names: &'n NodeNames, facts: GatewayFacts) -> Self {
        Self { names, facts }
    }
}

impl ManagementObject for GatewayObjects<'_> {
    fn build(self, tree: &mut TreeBuilder) {
        for mo in Mo::ALL {
            let root = self.names.root(mo).to_string();
            tree.put(&root, interior(AccessType::GET).mo(mo.identifier()).permanent());
            for row in rows(mo).iter().filter(|row| is_fixed(row)) {
                let path: Vec<Name> = row.path.iter().copied().flatten().collect();
                let spec = row.spec(self.facts.value(mo, row.path).as_deref());
                let spec = if row.format == Format::Node { spec.permanent() } else { spec };
                tree.put(&self.names.below(root.clone(), &path), spec);
            }
        }
        for (mo, collection) in [
            (Mo::DeviceInventory, Name::Groups),
            (Mo::EdTrigger, Name::Triggers),
            (Mo::Fanout, Name::Fanout),
            (Mo::ImageInventory, Name::Images),
        ] {
            let template = instance(self.names, mo, collection);
            let borrowed = template.iter().map(|(path, spec)| (path.as_str(), spec.clone())).collect();
            tree.put_instances(&self.names.uri(mo, &[collection]), borrowed);
        }
    }
}

/// The children that an instance below `collection` gets when it is added.
fn instance(names: &NodeNames, mo: Mo, collection: Name) -> Vec<(String, NodeSpec)> {
    let mut template: Vec<(String, NodeSpec)> = Vec::new();
    for row in rows(mo) {
        let [Some(first), None, below @ ..] = row.path else { continue };
        if *first != collection || below.is_empty() || below.contains(&None) {
            continue;
        }
        let whole = matches!(below.first(), Some(Some(Name::Policy | Name::Report)));
        if row.need == Need::Required || whole {
            let path: Vec<Name> = below.iter().copied().flatten().collect();
            // NodeNames builds absolute paths; a template wants them without the leading slash.
            let relative = names.below(String::new(), &path);
            template.push((relative.trim_start_matches('/').to_string(), row.spec(None)));
        }
    }
    template
}

/// Whether the node exists without anybody adding it.
fn is_fixed(row: &Row) -> bool {
    let offered = OFFERED.contains(&row.path);
    let inside_self_only = row.path.first() != Some(&Some(Name::Gateway));
    !row.path.contains(&None) && inside_self_only && (row.need == Need::Required || offered)
}

/// The leaf `name` of a record of the inventory.
pub(crate) fn record_row(name: Name) -> Option<&'static Row> {
    rows(Mo::DeviceInventory).iter().find(|row| row.path == [Some(Name::Records), None, Some(name)])
}

fn interior(access: AccessType) -> NodeSpec {
    NodeSpec::interior().access(access)
}

#[cfg(test)]
mod tests;
