//! The update machine: FUMO on a device with two slots \[mo 5\], and recovery from images that fail \[gwmo 7.4\].
//!
//! ```text
//! Accepted -> (consent) -> Transfer -> (Apply) -> Select -> Reboot -> (boot) -> confirm -> Finished 200
//!     |           |           |           |          |         |
//!     +-----------+-----------+-----------+----------+---------+--> Finished 4xx/5xx, the old slot keeps running
//! ```
//!
//! One job at a time. It begins, switches and restarts only between sessions, so that the server always gets its 202. A full
//! image goes straight into the slot that does not run; a delta goes to the staging area and is applied from there. What was
//! stored is read back before it is selected; after the restart the running image is measured and confirmed only if its
//! digest is the verified one. Every step that must not be forgotten is persisted before the action that follows it, so that a
//! restart anywhere continues or reports. What boots is measured at every start: see `recovery`.
//!
//! Called by [`crate::drem`], never by the session.

mod boot;
mod consent;
mod delta;
mod install;
mod job;
mod recovery;
mod request;
mod result;
mod settle;
#[cfg(feature = "ed25519")]
mod signature;
mod state;

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};

use omadm_proto::ids::{ActionId, ServerId};
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::mo::{Fumo, FumoState, FumoView};
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

pub use self::boot::Booted;
pub use self::consent::UserConsent;
pub use self::job::{Operation, UpdateRecord};
pub use self::request::RequestedBy;
pub use self::result::ResultCode;
#[cfg(feature = "ed25519")]
pub use self::signature::{ImageKey, ImageKeyError};
pub use self::state::{Cause, TRANSITIONS};

use self::job::{Claims, Image, Job, Phase};
use self::recovery::Rescue;
use self::state::route;
use crate::client::Client;
use crate::drem::Context;
use crate::event::Event;
use crate::output::{Action, ActionResult, Place, Slot};
use crate::package::{Delivery, Hashing, Package, Source};
use crate::record::Record;

/// The media types of packages, as a download descriptor names them.
const PACKAGE_TYPES: &[&str] = &["application/octet-stream", "application/x-bsdiff"];

/// Boots that a selected slot gets to confirm itself, unless the device says otherwise.
const TRIAL_BOOTS: u8 = 3;

/// An Exec on a node of a FUMO object.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) server: ServerId,
    pub(crate) uri: NodeUri,
    pub(crate) correlator: Option<String>,
}

/// The machine.
#[derive(Debug)]
pub(crate) struct Update {
    record: UpdateRecord,
    delivery: Delivery,
    rules: Rules,
    running: Running,
    /// The slot that the boot loader found bad, until something was done about it.
    told_rejected: Option<Slot>,
    /// Rebuilt from a record.
    restored: bool,
    work: Work,
    /// The tree's revision when the packages were looked at last.
    seen_revision: Option<u64>,
}

/// What the device wants of its updates.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) consent: UserConsent,
    /// Boots that a selected slot gets to confirm itself.
    pub(crate) trial_boots: u8,
    #[cfg(feature = "ed25519")]
    pub(crate) key: Option<ImageKey>,
}

/// What the driver told about the slots at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Running {
    /// Nothing yet.
    Unknown,
    /// This slot runs.
    Slot {
        slot: Slot,
        /// The digest and the length of its image, once they were measured.
        image: Option<(String, u64)>,
    },
    /// Neither slot runs: the device is in its safe mode.
    Neither,
}

impl Running {
    const fn slot(&self) -> Option<Slot> {
        match self {
            Self::Slot { slot, .. } => Some(*slot),
            Self::Unknown | Self::Neither => None,
        }
    }
}

/// Why an update cannot be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CancelError {
    /// There is none.
    #[error("no update runs")]
    NothingRuns,
    /// The device is switching to the new image.
    #[error("the new image is being started; it is too late to cancel")]
    TooLate,
}

/// What is being done right now. Not stored: a restart begins the phase again.
#[derive(Debug, Default)]
enum Work {
    #[default]
    None,
    /// The user is asked, until then.
    Asking(ActionId, Instant),
    /// The head of a delta is read.
    ReadingHead(ActionId),
    /// The target of a delta is emptied; so many bytes will be in it.
    Emptying(ActionId, u64),
    Applying(ActionId, u64),
    /// The result of a delta is read back.
    Checking(ActionId, Hashing, u64),
    Selecting(ActionId),
    Rebooting,
    /// The running image is hashed.
    Measuring(ActionId, Hashing),
    Confirming(ActionId),
    /// The running image is bad: the other one is hashed.
    Examining(ActionId, Hashing),
    /// The other image is good: it is to be booted.
    Rescuing(ActionId),
}

impl Work {
    const fn action(&self) -> Option<ActionId> {
        match self {
            Self::Asking(id, _)
            | Self::ReadingHead(id)
            | Self::Emptying(id, _)
            | Self::Applying(id, _)
            | Self::Checking(id, _, _)
            | Self::Selecting(id)
            | Self::Measuring(id, _)
            | Self::Confirming(id)
            | Self::Examining(id, _)
            | Self::Rescuing(id) => Some(*id),
            Self::None | Self::Rebooting => None,
        }
    }
}

/// The operation that an Exec of `uri` means; `None` when it is not one of a FUMO object.
pub(crate) fn is_operation(tree: &Tree, uri: &NodeUri) -> bool {
    operation(tree, uri).is_some()
}

fn operation(tree: &Tree, uri: &NodeUri) -> Option<(NodeUri, Operation)> {
    let object = uri.parent()?;
    let operation = Operation::parse(uri.name()?)?;
    let root = tree.node_at(&object)?;
    (root.is_interior() && root.type_name() == Fumo::MOI).then_some((object, operation))
}

impl Default for Update {
    fn default() -> Self {
        let rules = Rules {
            consent: UserConsent::NotNeeded,
            trial_boots: TRIAL_BOOTS,
            #[cfg(feature = "ed25519")]
            key: None,
        };
        Self {
            record: UpdateRecord::default(),
            delivery: Delivery::accepting(PACKAGE_TYPES),
            rules,
            running: Running::Unknown,
            told_rejected: None,
            restored: false,
            work: Work::None,
            seen_revision: None,
        }
    }
}

impl Update {
    pub(crate) fn restore(record: UpdateRecord, client: &mut Client) -> Self {
        if let Some(job) = record.job.as_deref()
            && let Phase::Finished { result, alert } = job.phase
            && !client.shared().outbox.has_seen(alert)
        {
            // Before another alert takes its number.
            client.queue_alert(settle::report(job, result));
        }
        Self { record, restored: true, ..Self::default() }
    }

    pub(crate) const fn rules(&mut self) -> &mut Rules {
        &mut self.rules
    }

    pub(crate) fn record(&self) -> Record {
        Record::Update(self.record.clone())
    }

    pub(crate) fn owns(&self, id: ActionId) -> bool {
        self.delivery.owns(id) || self.work.action() == Some(id)
    }

    /// Whether a job runs, or the device goes back to its other image.
    pub(crate) fn is_busy(&self) -> bool {
        self.record.rescue.is_some()
            || self.record.job.as_ref().is_some_and(|job| !matches!(job.phase, Phase::Finished { .. }))
    }

    /// When [`Self::proceed`] has something to do.
    pub(crate) fn next_timeout(&self, now: Instant, in_session: bool) -> Option<Wakeup> {
        if self.delivery.is_busy() {
            return self.delivery.next_timeout();
        }
        if let Work::Asking(_, until) = &self.work {
            return Some(Wakeup::new(*until, "nobody has allowed an update"));
        }
        if self.record.rescue == Some(Rescue::Reboot) && matches!(self.work, Work::None) && !in_session {
            return Some(Wakeup::new(now, "the other image is booted"));
        }
        let phase = self.record.job.as_ref().map(|job| job.phase);
        let waits = matches!(phase, Some(Phase::Accepted | Phase::Select | Phase::Reboot));
        let can_go_on = matches!(self.work, Work::None) && self.may_begin() && !in_session;
        (waits && can_go_on).then(|| Wakeup::new(now, "an update goes on"))
    }

    /// After a restart nothing is done before the driver has told the running slot, because that decides what to do.
    const fn may_begin(&self) -> bool {
        !matches!(self.running, Running::Unknown) || !self.restored
    }

    /// Takes an Exec: the status to answer it with.
    pub(crate) fn exec(&mut self, ctx: &mut Context<'_>, request: Request) -> StatusCode {
        self.look_at_packages(ctx);
        let Some((object, operation)) = operation(ctx.tree, &request.uri) else {
            return StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
        };
        if let Some(job) = &self.record.job {
            let same = job.correlator.is_some()
                && job.correlator == request.correlator
                && job.server == request.server
                && job.image.package.object == object
                && job.operation == operation;
            if same {
                return StatusCode::ACCEPTED_FOR_PROCESSING;
            }
            if !matches!(job.phase, Phase::Finished { .. }) {
                return StatusCode::RETRY_LATER;
            }
        }
        let Some(image) = self.package(ctx.tree, &object, operation) else {
            return StatusCode::FORBIDDEN;
        };
        let Request { server, correlator, .. } = request;
        self.record.job =
            Some(Box::new(Job { server, operation, correlator, image, phase: Phase::Accepted, boots: 0 }));
        self.persist(ctx);
        StatusCode::ACCEPTED_FOR_PROCESSING
    }

    /// The package that the operation is about; `None` when the server has not named or delivered one.
    fn package(&self, tree: &Tree, object: &NodeUri, operation: Operation) -> Option<Image> {
        let view = FumoView::around(tree.node_at(object)?)?;
        let source = match operation {
            Operation::Download => Source::Url(view.download_url()?.to_string()),
            Operation::DownloadAndUpdate => Source::Url(view.download_and_update_url()?.to_string()),
            Operation::Update if view.pkg_data().is_some() => {
                Source::Leaf(NodeUri::parse(&view.path("Update/PkgData")).ok()?)
            }
            Operation::Update => {
                return self.record.ready.as_deref().filter(|image| image.package.object == *object).cloned();
            }
        };
        let claims = Claims::read(view);
        let slot = self.target_slot();
        let place = if claims.is_delta() { Place::Staging } else { Place::Slot(slot) };
        let package = Package::new(object.clone(), source, place, &claims.sha256);
        Some(Image { package, slot, complete: None, claims })
    }

    /// The slot that an image goes into: the one that does not run.
    fn target_slot(&self) -> Slot {
        match &self.running {
            Running::Slot { slot, .. } => slot.other(),
            Running::Unknown => Slot::B,
            Running::Neither => Slot::A,
        }
    }

    /// Takes the answer to the action `id` of this machine.
    pub(crate) fn action_result(&mut self, ctx: &mut Context<'_>, id: ActionId, result: ActionResult) {
        if self.delivery.owns(id) {
            let Some(job) = &mut self.record.job else { return };
            let step = self.delivery.action_result(ctx, &mut job.image.package, result);
            return self.follow(ctx, step);
        }
        match core::mem::take(&mut self.work) {
            Work::Asking(_, _) => self.answered(ctx, &result),
            Work::ReadingHead(_) => self.head_read(ctx, result),
            Work::Emptying(_, len) => self.emptied(ctx, len, &result),
            Work::Applying(_, len) => self.applied(ctx, len, &result),
            Work::Checking(_, hashing, len) => self.checked(ctx, hashing, len, result),
            Work::Selecting(_) => self.selected(ctx, &result),
            Work::Measuring(_, hashing) => self.measured(ctx, hashing, result),
            Work::Confirming(_) => self.confirmed(ctx, &result),
            Work::Examining(_, hashing) => self.examined(ctx, hashing, result),
            Work::Rescuing(_) => self.rescued(ctx, &result),
            idle @ (Work::None | Work::Rebooting) => self.work = idle,
        }
    }

    /// The user does not want the operation that goes on. Once an image is being switched to it is too late.
    pub(crate) fn cancel(&mut self, ctx: &mut Context<'_>) -> Result<(), CancelError> {
        let Some(job) = &mut self.record.job else { return Err(CancelError::NothingRuns) };
        match job.phase {
            Phase::Accepted => {
                self.work = Work::None;
                self.finish(ctx, ResultCode::USER_CANCELLED);
            }
            Phase::Transfer => {
                let step = self.delivery.cancel(ctx, &mut job.image.package);
                self.follow(ctx, step);
            }
            Phase::Apply | Phase::Select | Phase::Reboot => return Err(CancelError::TooLate),
            Phase::Finished { .. } => return Err(CancelError::NothingRuns),
        }
        Ok(())
    }

    /// Goes on with what had to wait: for a pause to end, or for the end of a session.
    pub(crate) fn proceed(&mut self, ctx: &mut Context<'_>) {
        self.look_at_packages(ctx);
        if self.delivery.is_busy() {
            let Some(job) = &mut self.record.job else { return };
            let step = self.delivery.proceed(ctx, &mut job.image.package);
            return self.follow(ctx, step);
        }
        if matches!(&self.work, Work::Asking(_, until) if *until <= ctx.now) {
            self.work = Work::None;
            return self.finish(ctx, ResultCode::USER_CANCELLED);
        }
        if !matches!(self.work, Work::None) || !self.may_begin() || ctx.client.in_session() {
            return;
        }
        if self.record.rescue == Some(Rescue::Reboot) {
            return self.reboot(ctx);
        }
        match self.record.job.as_ref().map(|job| job.phase) {
            Some(Phase::Accepted) => self.ask(ctx),
            Some(Phase::Select) => self.select(ctx),
            Some(Phase::Reboot) => self.reboot(ctx),
            Some(Phase::Transfer | Phase::Apply | Phase::Finished { .. }) | None => {}
        }
    }

    fn reboot(&mut self, ctx: &mut Context<'_>) {
        // The state of the tree has to be there when the device comes up again.
        ctx.client.shared().persist_tree(ctx.tree);
        ctx.client.shared().out.action(Action::Reboot);
        self.work = Work::Rebooting;
    }

    /// A package that arrives by PkgData makes its object ready; one that is taken away makes it idle \[mo 5.2\].
    fn look_at_packages(&mut self, ctx: &mut Context<'_>) {
        let revision = ctx.tree.revision();
        if self.seen_revision == Some(revision) {
            return;
        }
        let mut changes = alloc::vec::Vec::new();
        for view in FumoView::all(ctx.tree) {
            let object = view.uri();
            if self.is_working_on(&object) {
                continue;
            }
            let downloaded = self.record.ready.as_ref().is_some_and(|image| image.package.object == object);
            let ready = view.state() == Some(FumoState::READY_TO_UPDATE);
            match (view.pkg_data().is_some(), ready, downloaded) {
                (true, false, _) => changes.push((object, FumoState::READY_TO_UPDATE)),
                (true, true, true) => {
                    changes.push((object.clone(), FumoState::IDLE));
                    changes.push((object, FumoState::READY_TO_UPDATE));
                }
                (false, true, false) => changes.push((object, FumoState::IDLE)),
                (true, true, false) | (false, _, _) => {}
            }
        }
        for (object, state) in changes {
            if self.record.ready.take_if(|image| image.package.object == object).is_some() {
                self.persist(ctx);
            }
            self.move_to(ctx, &object, state);
        }
        self.seen_revision = Some(ctx.tree.revision());
    }

    fn is_working_on(&self, object: &NodeUri) -> bool {
        self.record
            .job
            .as_ref()
            .is_some_and(|job| job.image.package.object == *object && !matches!(job.phase, Phase::Finished { .. }))
    }

    /// Moves State along legal transitions.
    fn move_to(&self, ctx: &mut Context<'_>, object: &NodeUri, to: FumoState) {
        let Some(view) = ctx.tree.node_at(object).and_then(FumoView::around) else { return };
        let from = view.state().unwrap_or(FumoState::IDLE);
        let path = view.path("State");
        for state in route(from, to) {
            // A tree whose State takes no number keeps its value; the job and its report do not depend on it.
            if ctx.tree.set(&path, u32::from(state.as_u16())).is_ok() {
                ctx.client.shared().out.event(Event::UpdateState { object: object.clone(), state });
            }
        }
    }

    fn persist(&self, ctx: &mut Context<'_>) {
        ctx.client.shared().out.persist(self.record());
    }

    /// Enters the next phase of the job; durable before anything that follows.
    fn enter(&mut self, ctx: &mut Context<'_>, phase: Phase) {
        if let Some(job) = &mut self.record.job {
            job.phase = phase;
        }
        self.persist(ctx);
    }
}
