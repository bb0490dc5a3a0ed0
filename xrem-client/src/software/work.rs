//! Carrying out one order: bring the package, have the driver work, write the inventory, report \[mo 7.3\].

use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use omadm_tree::mo::{ComponentState, PackageState, ScomoOperation, ScomoResult};
use omadm_tree::uri::NodeUri;

use super::action::{Component, Installation, SoftwareAction, SoftwareFailure, SoftwareResult};
use super::inventory::{self, Facts};
use super::job::{Job, Phase, Stored, activation, downloads, failed_status, list, memory_failure, own_failure};
use super::report::{self, Subject, Way};
use super::{Software, Work, erase, id_of};
use crate::drem::Context;
use crate::event::Event;
use crate::output::{Action, ActionFailure, ActionResult, PackageId, Place};
use crate::package::{Delivery, Package, Source, Step};

/// How an operation ended, on the way to its report.
struct End {
    result: ScomoResult,
    /// What the Items of the report are about; empty: the operation's own entry.
    subjects: Vec<Subject>,
    /// Status that the entry keeps.
    status: u16,
}

impl Software {
    /// Begins the next order, or begins it again after a restart.
    pub(super) fn begin(&mut self, ctx: &mut Context<'_>) {
        let Some(order) = self.record.orders.running() else { return };
        let (number, job) = (order.number, order.work.clone());
        if ctx.tree.node_at(&job.entry).is_none() {
            // Only this order, one before it, or the owner of the device can have removed it.
            let removes = matches!(job.operation, ScomoOperation::RemovePackage | ScomoOperation::RemoveComponent);
            let result = if removes { ScomoResult::SUCCESS } else { own_failure(job.operation) };
            return self.finish(ctx, &job, &End { result, subjects: Vec::new(), status: 10 });
        }
        let component = job.identifier.clone();
        let (status, action) = match job.operation {
            ScomoOperation::Activate => (50, SoftwareAction::Activate { order: number, component }),
            ScomoOperation::Deactivate => (70, SoftwareAction::Deactivate { order: number, component }),
            ScomoOperation::RemoveComponent => (30, SoftwareAction::Remove { order: number, component }),
            ScomoOperation::RemovePackage => return self.drop_package(ctx, &job),
            ScomoOperation::Download
            | ScomoOperation::DownloadInstall
            | ScomoOperation::DownloadInstallInactive
            | ScomoOperation::Install
            | ScomoOperation::InstallInactive => return self.begin_package(ctx, &job),
        };
        self.status(ctx, &job, status);
        self.work = Work::Acting(ctx.client.shared().out.action(Action::Software(action)));
    }

    fn begin_package(&mut self, ctx: &mut Context<'_>, job: &Job) {
        match &job.phase {
            Phase::Accepted => {
                let Some(package) = self.choose_package(ctx, job) else {
                    return self.finish(ctx, job, &End::failed(own_failure(job.operation), job));
                };
                #[cfg(feature = "ed25519")]
                if !self.is_authentic(ctx, job, &package) {
                    let status = if downloads(job.operation) { 20 } else { 50 };
                    let end = End { result: ScomoResult::NOT_AUTHENTIC, subjects: Vec::new(), status };
                    return self.finish(ctx, job, &end);
                }
                self.status(ctx, job, if downloads(job.operation) { 30 } else { 40 });
                let is_stored = package.sha256().is_some();
                self.enter(ctx, Phase::Delivering(Box::new(package)));
                self.work = Work::Delivering;
                if is_stored {
                    self.deliver(ctx, Delivery::verify);
                } else {
                    self.deliver(ctx, Delivery::begin);
                }
            }
            Phase::Delivering(_) => {
                self.work = Work::Delivering;
                self.deliver(ctx, Delivery::resume);
            }
            Phase::Installing(package) => self.install(ctx, job, package),
        }
    }

    /// Whether the package is signed, if that is demanded: as far as that can be told before its first byte. That it has the
    /// digest that was signed is found out by the delivery.
    #[cfg(feature = "ed25519")]
    fn is_authentic(&self, ctx: &Context<'_>, job: &Job, package: &Package) -> bool {
        let Some(key) = &self.key else { return true };
        let facts = Facts::read(ctx.tree, &job.entry).unwrap_or_default();
        let sha256 = package.sha256().unwrap_or(&facts.sha256);
        !sha256.is_empty() && key.vouches_for(&facts.pkg_id, sha256, &facts.signature)
    }

    /// The package that the operation is about, in the store already or to be brought there.
    fn choose_package(&mut self, ctx: &Context<'_>, job: &Job) -> Option<Package> {
        let facts = Facts::read(ctx.tree, &job.entry)?;
        let source = if downloads(job.operation) {
            Source::Url(facts.url)
        } else if facts.has_data {
            Source::Leaf(job.entry.child("Data"))
        } else {
            let stored = self.record.stored.iter().find(|stored| stored.entry == job.entry)?;
            return Some(stored.package.clone());
        };
        self.record.packages = self.record.packages.wrapping_add(1);
        let place = Place::Package(PackageId::new(self.record.packages));
        Some(Package::new(job.entry.clone(), source, place, &facts.sha256))
    }

    /// Lets the delivery of the running order do something, and does what follows from that.
    pub(super) fn deliver(
        &mut self,
        ctx: &mut Context<'_>,
        step: impl FnOnce(&mut Delivery, &mut Context<'_>, &mut Package) -> Step,
    ) {
        let Some(order) = self.record.orders.running_mut() else { return };
        let Phase::Delivering(package) = &mut order.work.phase else { return };
        self.work = Work::Delivering;
        let step = step(&mut self.delivery, ctx, package);
        let job = order.work.clone();
        match step {
            Step::Wait => {}
            Step::Store => self.persist(ctx),
            Step::Delivered => {
                self.work = Work::None;
                self.delivered(ctx, &job);
            }
            Step::Failed(failure) => {
                self.work = Work::None;
                let way = if downloads(job.operation) { Way::Url } else { Way::Session };
                let result = report::of_delivery(failure, way);
                self.discard(ctx, &job);
                self.finish(ctx, &job, &End::failed(result, &job));
            }
        }
    }

    /// The package lies verified in the store.
    fn delivered(&mut self, ctx: &mut Context<'_>, job: &Job) {
        let Phase::Delivering(package) = &job.phase else { return };
        if job.operation == ScomoOperation::Download {
            self.status(ctx, job, 40);
            let kept = self.keep(ctx, job, package);
            let Some(entry) = kept else {
                self.discard(ctx, job);
                return self.finish(ctx, job, &End::failed(ScomoResult::DOWNLOAD_MEMORY, job));
            };
            let identifier = job.identifier.clone();
            let subjects = alloc::vec![Subject { identifier, node: Some(entry) }];
            return self.finish(ctx, job, &End { result: ScomoResult::SUCCESS, subjects, status: 40 });
        }
        if !downloads(job.operation) {
            // From now on the store holds it, for this and any later installation.
            self.store(&job.entry, package);
            inventory::empty_data(ctx.tree, &job.entry);
        }
        self.status(ctx, job, if downloads(job.operation) { 50 } else { 40 });
        ctx.client.shared().persist_tree(ctx.tree);
        self.enter(ctx, Phase::Installing(package.clone()));
        self.install(ctx, job, package);
    }

    fn install(&mut self, ctx: &mut Context<'_>, job: &Job, package: &Package) {
        let Some(order) = self.record.orders.running().map(|order| order.number) else { return };
        let facts = Facts::read(ctx.tree, &job.entry).unwrap_or_default();
        let (Some(activation), Some(id)) = (activation(job.operation), id_of(package)) else { return };
        // What the server says wins over what the descriptor says.
        let params = Some(facts.params).filter(|params| !params.is_empty());
        let params = params.or_else(|| package.install_param().map(Into::into)).unwrap_or_default();
        let installation = Installation {
            order,
            package: id,
            len: package.len(),
            pkg_id: facts.pkg_id,
            name: facts.name,
            pkg_type: facts.pkg_type,
            env_type: facts.env_type,
            params,
            activation,
        };
        let action = Action::Software(SoftwareAction::Install(installation));
        self.work = Work::Acting(ctx.client.shared().out.action(action));
    }

    /// The driver has done what it was asked for, or not.
    pub(super) fn acted(&mut self, ctx: &mut Context<'_>, result: ActionResult) {
        let Some(job) = self.record.orders.running().map(|order| order.work.clone()) else { return };
        let result = match (result.done(), result) {
            (_, ActionResult::Software(result)) => result,
            (Ok(()), _) => SoftwareResult::Done,
            // A driver that answers something else does not know the action, which is Unsupported too.
            (Err(failure), _) => SoftwareResult::Failed(failure.into()),
        };
        match (activation(job.operation), result) {
            (_, SoftwareResult::Failed(failure)) => self.refused(ctx, &job, failure),
            (Some(_), SoftwareResult::Installed(components)) => self.installed(ctx, &job, &components),
            (Some(_), SoftwareResult::Done) => self.installed(ctx, &job, &[]),
            (None, SoftwareResult::Done | SoftwareResult::Installed(_)) => self.changed(ctx, &job),
        }
    }

    fn installed(&mut self, ctx: &mut Context<'_>, job: &Job, components: &[Component]) {
        let facts = Facts::read(ctx.tree, &job.entry).unwrap_or_default();
        let Some(activation) = activation(job.operation) else { return };
        let mut subjects = Vec::new();
        for component in components {
            let node = inventory::deploy(ctx.tree, &job.entry, &facts, component, activation);
            subjects.push(Subject { identifier: component.id.clone(), node });
        }
        if downloads(job.operation) {
            self.discard(ctx, job);
        } else {
            inventory::set_state(ctx.tree, &job.entry, PackageState::INSTALLED.as_u16());
        }
        // A component that is not in the inventory cannot be managed: installed, but not as it should be.
        let is_listed = subjects.iter().all(|subject| subject.node.is_some());
        let result = if is_listed { ScomoResult::SUCCESS } else { ScomoResult::UNDEFINED };
        self.finish(ctx, job, &End { result, subjects, status: 10 });
    }

    /// A component was activated, deactivated or removed.
    fn changed(&mut self, ctx: &mut Context<'_>, job: &Job) {
        if job.operation == ScomoOperation::Activate {
            inventory::set_state(ctx.tree, &job.entry, ComponentState::ACTIVE.as_u16());
        } else if job.operation == ScomoOperation::Deactivate {
            inventory::set_state(ctx.tree, &job.entry, ComponentState::INACTIVE.as_u16());
        } else {
            inventory::remove(ctx.tree, &job.entry);
        }
        self.finish(ctx, job, &End { result: ScomoResult::SUCCESS, subjects: Vec::new(), status: 10 });
    }

    fn refused(&mut self, ctx: &mut Context<'_>, job: &Job, failure: SoftwareFailure) {
        let result = failure.code(own_failure(job.operation), memory_failure(job.operation));
        let Phase::Installing(package) = &job.phase else {
            return self.finish(ctx, job, &End::failed(result, job));
        };
        let kept = match (failure.keeps_package(), downloads(job.operation)) {
            (true, true) => self.keep(ctx, job, package).is_some(),
            (true, false) => true,
            (false, _) => false,
        };
        if !kept {
            self.discard(ctx, job);
        }
        let status = match (downloads(job.operation), kept) {
            (true, true) | (false, false) => 60,
            (true, false) => 70,
            (false, true) => 50,
        };
        self.finish(ctx, job, &End { result, subjects: Vec::new(), status });
    }

    fn drop_package(&mut self, ctx: &mut Context<'_>, job: &Job) {
        self.status(ctx, job, 30);
        let stored = self.record.stored.iter().find(|stored| stored.entry == job.entry);
        match stored.and_then(|stored| id_of(&stored.package)) {
            Some(package) => self.work = Work::Dropping(erase(ctx, package)),
            None => self.remove_package(ctx, job),
        }
    }

    pub(super) fn dropped(&mut self, ctx: &mut Context<'_>, result: &ActionResult) {
        let Some(job) = self.record.orders.running().map(|order| order.work.clone()) else { return };
        match result.done() {
            Ok(()) => {
                self.record.stored.retain(|stored| stored.entry != job.entry);
                self.remove_package(ctx, &job);
            }
            Err(ActionFailure::Unsupported) => self.finish(ctx, &job, &End::failed(ScomoResult::NOT_IMPLEMENTED, &job)),
            Err(_) => self.finish(ctx, &job, &End::failed(ScomoResult::REMOVE_FAILED, &job)),
        }
    }

    fn remove_package(&mut self, ctx: &mut Context<'_>, job: &Job) {
        inventory::remove(ctx.tree, &job.entry);
        self.finish(ctx, job, &End { result: ScomoResult::SUCCESS, subjects: Vec::new(), status: 10 });
    }

    /// Makes the package of a Download entry one of Delivered; `None` when the tree has no room for it.
    fn keep(&mut self, ctx: &mut Context<'_>, job: &Job, package: &Package) -> Option<NodeUri> {
        let facts = Facts::read(ctx.tree, &job.entry)?;
        let entry = inventory::deliver(ctx.tree, &job.entry, &facts)?;
        self.store(&entry, package);
        Some(entry)
    }

    /// The package lies in the store for `entry`, in place of an earlier one.
    fn store(&mut self, entry: &NodeUri, package: &Package) {
        let is_older = |stored: &Stored| stored.entry == *entry && stored.package.place != package.place;
        let older = self.record.stored.iter().filter(|stored| is_older(stored));
        let older: Vec<_> = older.filter_map(|stored| id_of(&stored.package)).collect();
        self.record.garbage.extend(older);
        self.record.stored.retain(|stored| stored.entry != *entry);
        self.record.stored.push(Stored { entry: entry.clone(), package: package.clone() });
    }

    /// The package of the job is not needed any more. It is erased when its report is on the way.
    fn discard(&mut self, ctx: &mut Context<'_>, job: &Job) {
        let (Phase::Delivering(package) | Phase::Installing(package)) = &job.phase else { return };
        self.record.garbage.extend(id_of(package));
        self.record.stored.retain(|stored| stored.package.place != package.place);
        if !downloads(job.operation) {
            inventory::empty_data(ctx.tree, &job.entry);
        }
    }

    fn status(&self, ctx: &mut Context<'_>, job: &Job, to: u16) {
        for status in inventory::move_status(ctx.tree, list(job.operation), &job.entry, to) {
            ctx.client.shared().out.event(Event::SoftwareStatus { entry: job.entry.clone(), status });
        }
    }

    /// Enters the next phase of the running order; durable before anything that follows.
    fn enter(&mut self, ctx: &mut Context<'_>, phase: Phase) {
        if let Some(order) = self.record.orders.running_mut() {
            order.work.phase = phase;
        }
        self.persist(ctx);
    }

    /// Ends the running order: final Status, the inventory durable, the report.
    fn finish(&mut self, ctx: &mut Context<'_>, job: &Job, end: &End) {
        self.status(ctx, job, end.status);
        // Gone, if it was removed. Another order may be waiting for it.
        if self.record.orders.iter().filter(|order| order.work.entry == job.entry).count() < 2 {
            let _ = ctx.tree.unlock(&job.entry.to_string());
        }
        let own = own_subject(job);
        let (first, more) = end.subjects.split_first().unwrap_or((&own, &[]));
        let Some(origin) = self.record.orders.running().map(|order| order.origin.clone()) else { return };
        let alert = origin.report(report::alert(&origin.uri, end.result, first, more));
        ctx.client.shared().persist_tree(ctx.tree);
        self.record.orders.end(ctx.client, alert);
        self.persist(ctx);
        let event = Event::SoftwareFinished { operation: origin.uri, result: end.result };
        ctx.client.shared().out.event(event);
        self.record.orders.close(ctx.client);
        self.seen_revision = None;
    }
}

impl End {
    /// A failure; of an installation, one without a package left.
    const fn failed(result: ScomoResult, job: &Job) -> Self {
        Self { result, subjects: Vec::new(), status: failed_status(job.operation) }
    }
}

/// What the report is about when it is about no component that was made: the component or package of the entry.
fn own_subject(job: &Job) -> Subject {
    let in_inventory = !downloads(job.operation);
    Subject { identifier: job.identifier.clone(), node: in_inventory.then(|| job.entry.clone()) }
}
