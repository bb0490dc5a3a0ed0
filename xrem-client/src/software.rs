//! The software machine: SCOMO on a device \[mo 7\].
//!
//! ```text
//! Accepted -> Delivering (URL or Data -> package store) -> Installing -> alert
//!     |             +-> Download: entry of Delivered -> alert
//!     +-> the driver activates, deactivates, removes -> alert
//! ```
//!
//! Execs on the operations of an object are answered 202, stored as orders and carried out one after another, between sessions, so that
//! the server always gets its 202 first. The machine keeps the inventory in the tree: an entry of Delivered for each package
//! that was downloaded or delivered, an entry of Deployed for each component that the driver says it installed. Status takes
//! every value on the way ([`DOWNLOAD_TRANSITIONS`] and the others); each order ends with exactly one alert.
//!
//! After a restart a transfer goes on where it was, and the action that had no answer is asked for again with the same
//! [`OrderNumber`]: a safe repetition, see [`action`]. An entry that is worked on cannot be deleted or renamed by servers.
//!
//! Unspecified, and chosen: an entry of Download stays after its package was delivered or installed (servers delete it), with
//! Status 40 or 10; a package that was installed by `DownloadInstall` is dropped, one whose installation failed is kept
//! as an entry of Delivered where another attempt can help.
//!
//! With a key configured a package is installed, and fetched, only when the holder of the key has signed it \[mo 5.7\]; else the
//! result is 1407. The sheet signs the version and the digest of a firmware image, and a package has no version of its own;
//! chosen: its PkgID stands in that place, so that no package passes for another one. A package that was delivered stays when
//! its signature is missing: the server may write it, and order the installation again.
//!
//! Called by [`crate::drem`], never by the session.

pub mod action;
mod inventory;
mod job;
mod report;
mod status;
mod work;

use alloc::string::ToString as _;
use alloc::vec::Vec;

use omadm_proto::ids::ActionId;
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::mo::ScomoOperation;
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

pub use self::action::{Activation, Component, Installation, SoftwareAction, SoftwareFailure, SoftwareResult};
pub use self::job::SoftwareRecord;
pub use self::status::{DELIVERED_TRANSITIONS, DEPLOYED_TRANSITIONS, DOWNLOAD_TRANSITIONS, Transition};

use self::inventory::Facts;
use self::job::{Job, List, activation, list};
use crate::client::Client;
use crate::drem::Context;
use crate::output::{Action, ActionResult, PackageId, Place};
use crate::package::{Delivery, Package};
use crate::record::Record;
#[cfg(feature = "ed25519")]
use crate::update::ImageKey;
use crate::update::Request;

#[cfg(doc)]
use crate::orders::OrderNumber;

/// What a package is, only the installer can tell: a descriptor may name any media type.
const ANY_TYPE: &[&str] = &[];

/// The machine.
#[derive(Debug)]
pub(crate) struct Software {
    record: SoftwareRecord,
    delivery: Delivery,
    work: Work,
    /// The tree's revision when the stored packages were held against it last.
    seen_revision: Option<u64>,
    #[cfg(feature = "ed25519")]
    key: Option<ImageKey>,
}

/// What is being done right now. Not stored: a restart begins the phase again.
#[derive(Debug, Default)]
enum Work {
    #[default]
    None,
    /// The package of the running order is on its way.
    Delivering,
    /// The driver installs, activates, deactivates or removes.
    Acting(ActionId),
    /// The package of an entry that is removed is dropped.
    Dropping(ActionId),
    /// A package that nobody needs is dropped.
    Sweeping(ActionId, PackageId),
}

/// Whether an Exec of `uri` is an operation of a SCOMO object.
pub(crate) fn is_operation(tree: &Tree, uri: &NodeUri) -> bool {
    inventory::operation(tree, uri).is_some()
}

impl Default for Software {
    fn default() -> Self {
        let record = SoftwareRecord::default();
        Self {
            record,
            delivery: Delivery::accepting(ANY_TYPE),
            work: Work::None,
            seen_revision: None,
            #[cfg(feature = "ed25519")]
            key: None,
        }
    }
}

impl Software {
    /// The machine after a restart; an alert that was chosen and never queued is queued.
    pub(crate) fn restore(record: SoftwareRecord, client: &mut Client) -> Self {
        let mut machine = Self { record, ..Self::default() };
        machine.record.orders.close(client);
        machine
    }

    /// From now on packages that the holder of `key` has not signed are refused.
    #[cfg(feature = "ed25519")]
    pub(crate) fn demand_signatures(&mut self, key: ImageKey) {
        self.key = Some(key);
    }

    pub(crate) fn record(&self) -> Record {
        Record::Software(self.record.clone())
    }

    pub(crate) fn owns(&self, id: ActionId) -> bool {
        match &self.work {
            Work::None => false,
            Work::Delivering => self.delivery.owns(id),
            Work::Acting(own) | Work::Dropping(own) | Work::Sweeping(own, _) => *own == id,
        }
    }

    /// Whether an operation waits or goes on.
    pub(crate) fn is_busy(&self) -> bool {
        !self.record.orders.is_empty() || !self.record.garbage.is_empty()
    }

    /// When [`Self::proceed`] has something to do.
    pub(crate) fn next_timeout(&self, now: Instant, in_session: bool) -> Option<Wakeup> {
        match &self.work {
            Work::Delivering => self.delivery.next_timeout(),
            Work::None if self.is_busy() && !in_session => Some(Wakeup::new(now, "an operation on software goes on")),
            Work::None | Work::Acting(_) | Work::Dropping(_) | Work::Sweeping(_, _) => None,
        }
    }

    /// Takes an Exec: the status to answer it with.
    pub(crate) fn exec(&mut self, ctx: &mut Context<'_>, request: Request) -> StatusCode {
        let Some((operation, entry)) = inventory::operation(ctx.tree, &request.uri) else {
            return StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
        };
        if self.record.orders.knows(&request) {
            return StatusCode::ACCEPTED_FOR_PROCESSING;
        }
        if self.record.orders.is_full() {
            return StatusCode::RETRY_LATER;
        }
        if !self.may_begin(ctx.tree, operation, &entry) {
            return StatusCode::FORBIDDEN;
        }
        // The entry is the order's until that is over. It is there, or there would be no operation.
        let _ = ctx.tree.lock(&entry.to_string());
        let identifier = inventory::identifier(ctx.tree, list(operation), &entry);
        // An order whose entry a restart takes away could not be carried out.
        ctx.client.shared().persist_tree(ctx.tree);
        self.record.orders.push(request, Job::new(operation, entry, identifier));
        self.persist(ctx);
        StatusCode::ACCEPTED_FOR_PROCESSING
    }

    /// Whether the server has named or delivered what the operation needs.
    fn may_begin(&self, tree: &Tree, operation: ScomoOperation, entry: &NodeUri) -> bool {
        let Some(facts) = Facts::read(tree, entry) else { return false };
        match (list(operation), activation(operation)) {
            (List::Download, _) => !facts.url.is_empty(),
            (List::Delivered, Some(_)) => {
                facts.has_data || self.record.stored.iter().any(|stored| stored.entry == *entry)
            }
            (List::Delivered, None) | (List::Deployed, _) => true,
        }
    }

    /// Takes the answer to an action of this machine.
    pub(crate) fn action_result(&mut self, ctx: &mut Context<'_>, result: ActionResult) {
        match core::mem::take(&mut self.work) {
            Work::None => {}
            Work::Delivering => {
                self.deliver(ctx, |delivery, ctx, package| delivery.action_result(ctx, package, result));
            }
            Work::Acting(_) => self.acted(ctx, result),
            Work::Dropping(_) => self.dropped(ctx, &result),
            Work::Sweeping(_, package) => {
                // A package that cannot be dropped is given up: its place is written anew when its number is used again.
                self.record.garbage.retain(|garbage| *garbage != package);
                self.persist(ctx);
            }
        }
    }

    /// Goes on with what had to wait: for a pause to end, or for the end of a session.
    pub(crate) fn proceed(&mut self, ctx: &mut Context<'_>) {
        self.look_at_entries(ctx);
        if let Work::Delivering = self.work {
            return self.deliver(ctx, Delivery::proceed);
        }
        if !matches!(self.work, Work::None) || ctx.client.in_session() {
            return;
        }
        if !self.record.orders.is_empty() {
            self.begin(ctx);
        } else if let Some(package) = self.record.garbage.first().copied() {
            let id = erase(ctx, package);
            self.work = Work::Sweeping(id, package);
        }
    }

    /// A package whose entry was deleted is nobody's.
    fn look_at_entries(&mut self, ctx: &mut Context<'_>) {
        let revision = ctx.tree.revision();
        if self.seen_revision.replace(revision) == Some(revision) {
            return;
        }
        let orders = &self.record.orders;
        let (kept, lost): (Vec<_>, Vec<_>) = core::mem::take(&mut self.record.stored).into_iter().partition(|stored| {
            ctx.tree.node_at(&stored.entry).is_some() || orders.iter().any(|order| order.work.entry == stored.entry)
        });
        self.record.stored = kept;
        if !lost.is_empty() {
            self.record.garbage.extend(lost.iter().filter_map(|stored| id_of(&stored.package)));
            self.persist(ctx);
        }
    }

    fn persist(&self, ctx: &mut Context<'_>) {
        ctx.client.shared().out.persist(self.record());
    }
}

/// The number of a package in the store.
const fn id_of(package: &Package) -> Option<PackageId> {
    match package.place {
        Place::Package(id) => Some(id),
        Place::Slot(_) | Place::Staging => None,
    }
}

/// Drops a package.
fn erase(ctx: &mut Context<'_>, package: PackageId) -> ActionId {
    ctx.client.shared().out.action(Action::Erase { place: Place::Package(package), len: None })
}
