//! The program of a software task: commands, the operations themselves, and the inventory read back \[mo 7\].
//!
//! | operation | step 0 | step 1 | step 2 |
//! |---|---|---|---|
//! | install | the entry of Download, Exec `DownloadInstall` | the inventory; the entry is deleted | |
//! | remove, activate, deactivate | the inventory | an Exec for each component and package found | the inventory |
//!
//! The first step is the commands of the task; the others are made from what the steps before found. The last step holds the
//! inventory against what the device reported: a difference is [`OutcomeFault::NotAsReported`]. A device behind a gateway gets
//! the first step of an installation as its template; what it has afterwards another task reads.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use omadm_tree::mo::{ComponentState, ResultClass, ScomoReport, ScomoResult};

use super::{Later, OPTIONAL, Tolerance};
use crate::software::{Inventory, InventoryComponent};
use crate::task::{
    Activation, CommandSpec, Correlator, Exec, ImageFile, Job, OutcomeFault, SoftwareOperation, Task, TaskCommand,
    TaskId, Write,
};

/// The first step: the commands of the task.
#[must_use]
pub fn commands(id: TaskId, scomo: &str, operation: &SoftwareOperation) -> Vec<TaskCommand> {
    match operation {
        SoftwareOperation::Install { package, image, activation, params } => {
            install(&entry(id, scomo), package, image, (*activation, params.as_deref()))
        }
        SoftwareOperation::Remove { .. }
        | SoftwareOperation::Activate { .. }
        | SoftwareOperation::Deactivate { .. } => vec![TaskCommand::new(inventory(scomo))],
    }
}

/// The entry of Download that a task makes: the same on each device, and nobody else's.
fn entry(id: TaskId, scomo: &str) -> String {
    format!("{scomo}/Download/t{id}")
}

fn inventory(scomo: &str) -> CommandSpec {
    CommandSpec::Walk { uri: format!("{scomo}/Inventory") }
}

fn install(
    entry: &str,
    package: &str,
    image: &ImageFile,
    (activation, params): (Activation, Option<&str>),
) -> Vec<TaskCommand> {
    let leaf = |name: &str, value: &str| TaskCommand::new(CommandSpec::add(format!("{entry}/{name}"), value));
    let optional = |spec: CommandSpec| TaskCommand { spec, tolerated: OPTIONAL.to_vec() };
    let mut commands = vec![
        TaskCommand::new(CommandSpec::Add(Write::node(entry))),
        leaf("PkgID", package),
        leaf("PkgURL", &format!("{{$img:{}:url}}", image.name)),
    ];
    if let Some(version) = &image.version {
        let name = format!("{package} {version}");
        commands.push(optional(CommandSpec::add(format!("{entry}/Name"), name)));
    }
    if let Some(params) = params {
        commands.push(leaf("InstallParams", params));
    }
    commands.push(optional(CommandSpec::replace(format!("{entry}/Ext/XRem/Sha256"), image.sha256.as_str())));
    if let Some(signature) = &image.signature {
        commands.push(super::signature(&format!("{entry}/Ext"), signature));
    }
    let operation = match activation {
        Activation::Active => "DownloadInstall",
        Activation::Inactive => "DownloadInstallInactive",
    };
    commands.push(TaskCommand::new(CommandSpec::exec(format!("{entry}/Operations/{operation}"))));
    commands
}

/// The commands of step `number` behind the first one; `None` behind the last one.
pub(super) fn later(
    task: &Task,
    scomo: &str,
    operation: &SoftwareOperation,
    (job, number): (&Job, u32),
) -> Option<Vec<Later>> {
    let read_back = Later { spec: inventory(scomo), tolerance: Tolerance::Statuses(&[]) };
    match (operation, number) {
        (SoftwareOperation::Install { .. }, 1) => {
            let clean_up = CommandSpec::Delete { uri: entry(task.id, scomo) };
            Some(vec![read_back, Later { spec: clean_up, tolerance: Tolerance::Anything }])
        }
        (SoftwareOperation::Install { .. }, _) => None,
        (_, 1) => {
            let found = job.results_so_far().next().map(|first| Inventory::read(scomo, &first.outcome.results));
            let execs = found.map(|found| execs(scomo, operation, &found)).unwrap_or_default();
            let numbered = (1_u32..).zip(execs);
            let later = |(at, uri): (u32, String)| {
                let correlator = Correlator::Given(format!("t{}-s{at}", task.id));
                let spec = CommandSpec::Exec(Exec { uri, correlator, payload: None });
                Later { spec, tolerance: Tolerance::Statuses(&[]) }
            };
            let execs: Vec<Later> = numbered.map(later).collect();
            (!execs.is_empty()).then_some(execs)
        }
        (_, 2) => Some(vec![read_back]),
        _ => None,
    }
}

/// The operations to execute on what is in the inventory.
fn execs(scomo: &str, operation: &SoftwareOperation, inventory: &Inventory) -> Vec<String> {
    let components = |name: &str| -> Vec<String> {
        let own = inventory.components_of(operation.package());
        own.map(|component| format!("{scomo}/Inventory/Deployed/{}/Operations/{name}", component.node)).collect()
    };
    match operation {
        SoftwareOperation::Install { .. } => Vec::new(),
        SoftwareOperation::Activate { .. } => components("Activate"),
        SoftwareOperation::Deactivate { package } => {
            let own = inventory.components_of(package);
            let uri = |component: &InventoryComponent| {
                let name = component.deactivate.as_deref().unwrap_or("Deactivate");
                format!("{scomo}/Inventory/Deployed/{}/Operations/{name}", component.node)
            };
            own.map(uri).collect()
        }
        SoftwareOperation::Remove { package } => {
            let packages = inventory.packages.values().filter(|own| own.pkg_id == *package);
            let packages = packages.map(|own| format!("{scomo}/Inventory/Delivered/{}/Operations/Remove", own.node));
            let mut execs = components("Remove");
            execs.extend(packages);
            execs
        }
    }
}

/// What is wrong with the inventory that command `at` of the running step has read, if it has read one.
pub(super) fn judge(scomo: &str, operation: &SoftwareOperation, (job, at): (&Job, usize)) -> Option<OutcomeFault> {
    let read = &job.progress.get(at)?.outcome;
    let inventory = Inventory::read(scomo, &read.results);
    let of_package = || inventory.components_of(operation.package());
    let are_in = |state: ComponentState| of_package().all(|component| component.state.is_none_or(|own| own == state));
    let differs = match (operation, job.step) {
        (SoftwareOperation::Install { image, activation, .. }, 1) => {
            let reported = reported(job)?;
            let state = activation.state();
            let is_as_reported = |component: &InventoryComponent| {
                component.state.is_none_or(|own| own == state)
                    && component.version.as_ref().zip(image.version.as_ref()).is_none_or(|(own, wanted)| own == wanted)
            };
            let named = reported.iter().filter(|identifier| !identifier.is_empty());
            let found = |identifier: &String| {
                let mut components = inventory.components.values();
                components.any(|component| component.is_called(identifier) && is_as_reported(component))
            };
            let mut of_package = of_package().peekable();
            let is_there = of_package.peek().is_some() && of_package.all(is_as_reported);
            !(named.clone().all(found) && (named.count() > 0 || is_there))
        }
        (SoftwareOperation::Activate { .. } | SoftwareOperation::Deactivate { .. }, 0) => {
            return of_package().next().is_none().then_some(OutcomeFault::NotInstalled);
        }
        (SoftwareOperation::Activate { .. }, 2) => all_good(job) && !are_in(ComponentState::ACTIVE),
        (SoftwareOperation::Deactivate { .. }, 2) => all_good(job) && !are_in(ComponentState::INACTIVE),
        (SoftwareOperation::Remove { package }, 2) => {
            let packages = inventory.packages.values().any(|own| own.pkg_id == *package);
            all_good(job) && (of_package().next().is_some() || packages)
        }
        _ => false,
    };
    differs.then_some(OutcomeFault::NotAsReported)
}

/// The components that the device says it installed; `None` when it says that it failed.
fn reported(job: &Job) -> Option<Vec<String>> {
    // The Exec stands last in the first step.
    let exec = job.earlier.last()?.last()?;
    if !exec.outcome.is_good() {
        return None;
    }
    let reports = exec.outcome.alert.iter().flat_map(|alert| alert.items());
    let reports = reports.filter_map(|item| ScomoReport::parse(item.text()?));
    Some(reports.filter(|report| is_success(report.result)).map(|report| report.identifier).collect())
}

fn is_success(result: ScomoResult) -> bool {
    result.class() == ResultClass::Success
}

/// Whether all operations of the job went well.
fn all_good(job: &Job) -> bool {
    job.results_so_far().all(|progress| progress.outcome.is_good())
}
