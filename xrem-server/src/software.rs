//! Software on devices: what applications ask for, and the inventory that devices tell \[mo 7\].
//!
//! [`SoftwareRequest`] becomes a task by [`crate::nrem::Nrem::submit_software`]; [`crate::program`] says what it sends. A device's
//! SCOMO inventory is read from the values that a walk of it gave, as the standard and as real clients spell it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use omadm_proto::ids::DevId;
use omadm_proto::status::StatusCode;
use omadm_tree::mo::{ComponentState, PackageState};

use crate::session::Value;
use crate::task::{Activation, CommandSpec, ImageFile, Job, Purpose, SoftwareOperation, Target, Task, TaskRequest};

/// A change of software as an application asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoftwareRequest {
    /// For whom.
    pub target: Target,
    /// What.
    pub operation: SoftwareOperation,
    /// The root of the SCOMO object.
    pub scomo: String,
}

impl SoftwareRequest {
    /// `operation` for `target`, by the SCOMO object at `./SCOMO`.
    #[must_use]
    pub fn new(target: Target, operation: SoftwareOperation) -> Self {
        Self { target, operation, scomo: "./SCOMO".into() }
    }

    /// Installs the package `package`, whose bytes are `image`, and activates its components.
    #[must_use]
    pub fn install(target: Target, package: impl Into<String>, image: ImageFile) -> Self {
        let (package, activation) = (package.into(), Activation::Active);
        Self::new(target, SoftwareOperation::Install { package, image, activation, params: None })
    }

    /// Removes the components of the package `package`, and the package where it lies on a device.
    #[must_use]
    pub fn remove(target: Target, package: impl Into<String>) -> Self {
        Self::new(target, SoftwareOperation::Remove { package: package.into() })
    }

    /// Activates the components of the package `package`.
    #[must_use]
    pub fn activate(target: Target, package: impl Into<String>) -> Self {
        Self::new(target, SoftwareOperation::Activate { package: package.into() })
    }

    /// Deactivates the components of the package `package`.
    #[must_use]
    pub fn deactivate(target: Target, package: impl Into<String>) -> Self {
        Self::new(target, SoftwareOperation::Deactivate { package: package.into() })
    }

    /// The same with another root.
    #[must_use]
    pub fn at(mut self, scomo: impl Into<String>) -> Self {
        self.scomo = scomo.into();
        self
    }
}

/// The software of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Inventory {
    /// The packages that lie there, by the names of their nodes.
    pub packages: BTreeMap<String, InventoryPackage>,
    /// The installed components, by the names of their nodes.
    pub components: BTreeMap<String, InventoryComponent>,
}

/// A package on a device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InventoryPackage {
    /// The name of its node.
    pub node: String,
    /// PkgID.
    pub pkg_id: String,
    /// Name.
    pub name: Option<String>,
    /// EnvType.
    pub env_type: Option<String>,
    /// State.
    pub state: Option<PackageState>,
}

/// An installed component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InventoryComponent {
    /// The name of its node.
    pub node: String,
    /// ID.
    pub id: String,
    /// The PkgID of the package that it came from.
    pub pkg_id_ref: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// EnvType.
    pub env_type: Option<String>,
    /// State.
    pub state: Option<ComponentState>,
    /// How the device spells the operation Deactivate, if it was told \[mo 13\].
    pub deactivate: Option<String>,
}

impl Inventory {
    /// What the values of a walk of `scomo`, or of its Inventory, tell.
    #[must_use]
    pub fn read(scomo: &str, values: &[Value]) -> Self {
        let mut inventory = Self::default();
        let root = bare(scomo);
        for value in values {
            let Some(path) = bare(&value.uri).strip_prefix(root).and_then(|path| path.strip_prefix('/')) else {
                continue;
            };
            let names: Vec<&str> = path.split('/').collect();
            match names.as_slice() {
                ["Inventory", "Delivered", node, rest @ ..] => inventory.package(node).take(rest, value),
                ["Inventory", "Deployed", node, rest @ ..] => inventory.component(node).take(rest, value),
                _ => {}
            }
        }
        inventory
    }

    /// The task that reads the inventory of the SCOMO object at `scomo` from the nodes of `target`.
    #[must_use]
    pub fn request(target: Target, scomo: &str) -> TaskRequest {
        TaskRequest::new(target, alloc::vec![CommandSpec::Walk { uri: format!("{scomo}/Inventory") }])
    }

    /// The newest inventory of `device` that `job` of `task` has read; `None` when it has read none. Software tasks read it, and
    /// those of [`Self::request`].
    #[must_use]
    pub fn of_job(task: &Task, job: &Job, device: &DevId) -> Option<Self> {
        let scomo = read_by(task)?;
        let root = format!("{}/Inventory", bare(scomo));
        let is_below = |value: &Value| {
            let below = bare(&value.uri).strip_prefix(root.as_str());
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let (_, result) = job.results().into_iter().find(|(id, _)| id == device)?;
        let mut newest_first = result.outcomes.iter().rev();
        let read = newest_first
            .find(|outcome| outcome.status.is_some_and(StatusCode::is_good) && outcome.results.iter().any(is_below))?;
        Some(Self::read(scomo, &read.results))
    }

    /// Whether jobs of `task` read an inventory.
    #[must_use]
    pub fn is_read_by(task: &Task) -> bool {
        read_by(task).is_some()
    }

    /// The components that came from the package `pkg_id`.
    pub fn components_of(&self, pkg_id: &str) -> impl Iterator<Item = &InventoryComponent> {
        self.components.values().filter(move |component| component.pkg_id_ref.as_deref() == Some(pkg_id))
    }

    fn package(&mut self, node: &str) -> &mut InventoryPackage {
        let new = || InventoryPackage { node: node.to_string(), ..InventoryPackage::default() };
        self.packages.entry(node.to_string()).or_insert_with(new)
    }

    fn component(&mut self, node: &str) -> &mut InventoryComponent {
        let new = || InventoryComponent { node: node.to_string(), ..InventoryComponent::default() };
        self.components.entry(node.to_string()).or_insert_with(new)
    }
}

impl InventoryPackage {
    fn take(&mut self, below: &[&str], value: &Value) {
        match below {
            ["PkgID"] => self.pkg_id = text(value).unwrap_or_default(),
            ["Name"] => self.name = text(value),
            ["EnvType"] => self.env_type = text(value),
            ["State"] => self.state = number(value).map(PackageState::from_u16),
            _ => {}
        }
    }
}

impl InventoryComponent {
    fn take(&mut self, below: &[&str], value: &Value) {
        match below {
            ["ID"] => self.id = text(value).unwrap_or_default(),
            ["PkgIDRef"] => self.pkg_id_ref = text(value),
            ["Name"] => self.name = text(value),
            ["Version"] => self.version = text(value),
            ["EnvType"] => self.env_type = text(value),
            ["State"] => self.state = number(value).map(ComponentState::from_u16),
            ["Operations", name @ ("Deactivate" | "Deactive")] => self.deactivate = Some((*name).to_string()),
            _ => {}
        }
    }

    /// Whether a report of `identifier` means it: its ID, or, as one implementation writes it, the name of its node.
    #[must_use]
    pub fn is_called(&self, identifier: &str) -> bool {
        self.id == identifier || self.node == identifier
    }
}

/// The root of the SCOMO object whose inventory `task` reads.
fn read_by(task: &Task) -> Option<&str> {
    if let Purpose::Software { scomo, .. } = &task.purpose {
        return Some(scomo);
    }
    task.commands.iter().find_map(|command| {
        let CommandSpec::Walk { uri } = &command.spec else { return None };
        uri.strip_suffix("/Inventory")
    })
}

fn text(value: &Value) -> Option<String> {
    value.text().map(str::trim).filter(|text| !text.is_empty()).map(String::from)
}

/// Some devices have numbers as text.
fn number(value: &Value) -> Option<u16> {
    value.text()?.trim().parse().ok()
}

fn bare(uri: &str) -> &str {
    let uri = uri.trim();
    uri.strip_prefix("./").unwrap_or(uri).trim_end_matches('/')
}
