//! Lock and wipe: LAWMO on a device \[mo 8.1\].
//!
//! ```text
//! FullyLock, PartiallyLock, UnLock without Correlator: the driver acts -> State -> Status 200 or 500
//! everything else: 202 -> (session over) -> the driver acts -> State, list -> alert with the Correlator
//! ```
//!
//! The sheet lets a device answer either way. Chosen: what is quick and has no Correlator to be found again by is answered at once;
//! `FactoryReset` and Wipe always report by an alert. A device that is locked, fully or not, still talks DM: nothing of the client
//! asks for the State.
//!
//! After a restart an action without answer is asked for again with the same [`OrderNumber`]: a driver that has locked, reset
//! or wiped already for this number answers as it did before. One whose device restarts to reset itself keeps the number over
//! that.
//!
//! Unspecified, and chosen: State after `FactoryReset` is 30, as a device leaves the factory; Wipe of a list of which nothing is marked
//! is 1406 and nothing is asked of the driver; a device without a list has everything of its user wiped; what was wiped is not
//! marked any more.
//!
//! Called by [`crate::drem`], never by the session.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::alert::types;
use omadm_proto::ids::ActionId;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::mo::{LawmoOperation, LawmoResult, LawmoState, LawmoView, MoMut, ResultClass};
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

use crate::client::Client;
use crate::drem::Context;
use crate::event::Event;
use crate::orders::{Answer, OrderNumber, Orders};
use crate::outbox::{GenericAlert, Mark};
use crate::output::{Action, ActionFailure, ActionResult};
use crate::record::Record;
use crate::update::Request;

/// Locking, unlocking, resetting and wiping; answered by [`LockResult`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockAction {
    /// Names the order; `None` when the server waits for the answer.
    pub order: Option<OrderNumber>,
    /// What to do.
    pub operation: LawmoOperation,
    /// For a Wipe: the names of what to remove; empty when the device has no list.
    pub items: Vec<String>,
    /// Whether the user shall be told.
    pub notice: Notice,
}

/// LAWMOConfig/NotifyUser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "told or not")]
pub enum Notice {
    /// The user is told.
    Told,
    /// The user is not told.
    Silent,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LockResult {
    /// Done.
    Done,
    /// Done, and the items of the list that were wiped are themselves gone.
    DoneWithItems,
    /// It did not work.
    Failed(LockFailure),
}

/// Why it did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LockFailure {
    /// The device failed.
    Failed,
    /// The user did not want it.
    UserCancelled,
    /// This driver does not do such things.
    Unsupported,
}

/// The machine's record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LockRecord {
    orders: Orders<Job>,
}

/// One operation on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Job {
    operation: LawmoOperation,
    object: NodeUri,
    /// What a Wipe that has begun removes; a restart does not choose again.
    items: Option<Vec<String>>,
}

/// The machine.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    record: LockRecord,
    work: Work,
}

/// What is being done right now. Not stored: a restart begins an order again, and a session that waits is over.
#[derive(Debug, Default)]
enum Work {
    #[default]
    None,
    /// For the running order.
    Ordered(ActionId),
    /// For an Exec that waits for its Status.
    Asked { id: ActionId, exec: ActionId, job: Job },
}

fn job_of(tree: &Tree, uri: &NodeUri) -> Option<Job> {
    let node = tree.node_at(uri)?;
    let view = LawmoView::around(node)?;
    Some(Job { operation: view.operation(node)?, object: view.uri(), items: None })
}

/// Whether an Exec of `uri` is an operation of a LAWMO object.
pub(crate) fn is_operation(tree: &Tree, uri: &NodeUri) -> bool {
    job_of(tree, uri).is_some()
}

impl Lock {
    /// The machine after a restart; an alert that was chosen and never queued is queued.
    pub(crate) fn restore(mut record: LockRecord, client: &mut Client) -> Self {
        record.orders.close(client);
        Self { record, work: Work::None }
    }

    pub(crate) fn record(&self) -> Record {
        Record::Lock(self.record.clone())
    }

    pub(crate) fn owns(&self, id: ActionId) -> bool {
        match &self.work {
            Work::None => false,
            Work::Ordered(own) | Work::Asked { id: own, .. } => *own == id,
        }
    }

    /// Whether an operation waits or goes on.
    pub(crate) fn is_busy(&self) -> bool {
        !self.record.orders.is_empty()
    }

    /// When [`Self::proceed`] has something to do.
    pub(crate) fn next_timeout(&self, now: Instant, in_session: bool) -> Option<Wakeup> {
        let waits = matches!(self.work, Work::None) && self.is_busy() && !in_session;
        waits.then(|| Wakeup::new(now, "a lock or wipe goes on"))
    }

    /// Takes the Exec `exec`.
    pub(crate) fn exec(&mut self, ctx: &mut Context<'_>, exec: ActionId, request: Request) -> Answer {
        let Some(job) = job_of(ctx.tree, &request.uri) else {
            return Answer::Now(exec, StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED.into());
        };
        if self.record.orders.knows(&request) {
            return Answer::Now(exec, StatusCode::ACCEPTED_FOR_PROCESSING.into());
        }
        let is_quick = !matches!(job.operation, LawmoOperation::FactoryReset | LawmoOperation::Wipe);
        if is_quick && request.correlator.is_none() {
            if self.is_busy() || !matches!(self.work, Work::None) {
                return Answer::Now(exec, StatusCode::RETRY_LATER.into());
            }
            let action = action(ctx.tree, &job, None);
            let id = ctx.client.shared().out.action(Action::Lock(action));
            self.work = Work::Asked { id, exec, job };
            return Answer::Later;
        }
        if self.record.orders.is_full() {
            return Answer::Now(exec, StatusCode::RETRY_LATER.into());
        }
        // What was marked must be there when the order is carried out.
        ctx.client.shared().persist_tree(ctx.tree);
        self.record.orders.push(request, job);
        self.persist(ctx);
        Answer::Now(exec, StatusCode::ACCEPTED_FOR_PROCESSING.into())
    }

    /// Goes on with what had to wait for the end of a session.
    pub(crate) fn proceed(&mut self, ctx: &mut Context<'_>) {
        if !matches!(self.work, Work::None) || ctx.client.in_session() {
            return;
        }
        let Some(order) = self.record.orders.running_mut() else { return };
        if order.work.operation == LawmoOperation::Wipe && order.work.items.is_none() {
            let list = wipe_list(ctx.tree, &order.work.object);
            let marked: Vec<String> = list.iter().filter(|item| item.marked).map(|item| item.name.clone()).collect();
            let is_refused = marked.is_empty() && !list.is_empty();
            order.work.items = Some(marked);
            let job = order.work.clone();
            if is_refused {
                return self.finish(ctx, &job, LawmoResult::NOT_WIPED);
            }
            self.persist(ctx);
        }
        let Some(order) = self.record.orders.running() else { return };
        let action = action(ctx.tree, &order.work, Some(order.number));
        self.work = Work::Ordered(ctx.client.shared().out.action(Action::Lock(action)));
    }

    /// Takes the answer to an action of this machine.
    pub(crate) fn action_result(&mut self, ctx: &mut Context<'_>, result: &ActionResult) -> Answer {
        let result = match (result, result.done()) {
            (ActionResult::Lock(result), _) => *result,
            (_, Ok(())) => LockResult::Done,
            // A driver that answers something else does not know the action.
            (_, Err(ActionFailure::Unsupported)) => LockResult::Failed(LockFailure::Unsupported),
            (_, Err(_)) => LockResult::Failed(LockFailure::Failed),
        };
        match core::mem::take(&mut self.work) {
            Work::None => Answer::Later,
            Work::Asked { exec, job, .. } => {
                let code = settle(ctx.tree, &job, result);
                told(ctx, &job, code);
                let status = match result {
                    LockResult::Done | LockResult::DoneWithItems => StatusCode::OK,
                    LockResult::Failed(LockFailure::Failed) => StatusCode::COMMAND_FAILED,
                    LockResult::Failed(LockFailure::UserCancelled) => StatusCode::OPERATION_CANCELLED,
                    LockResult::Failed(LockFailure::Unsupported) => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
                };
                Answer::Now(exec, status.into())
            }
            Work::Ordered(_) => {
                if let Some(job) = self.record.orders.running().map(|order| order.work.clone()) {
                    let code = settle(ctx.tree, &job, result);
                    self.finish(ctx, &job, code);
                }
                Answer::Later
            }
        }
    }

    /// Ends the running order: the tree durable, then the report.
    fn finish(&mut self, ctx: &mut Context<'_>, job: &Job, code: LawmoResult) {
        let Some(origin) = self.record.orders.running().map(|order| order.origin.clone()) else { return };
        let is_good = code.class() == ResultClass::Success;
        let alert = GenericAlert::new(types::LAWMO_COMPLETE, code.as_u16().to_string())
            .source(origin.uri.to_string())
            .format(Format::Int)
            .mark(if is_good { Mark::Informational } else { Mark::Warning });
        ctx.client.shared().persist_tree(ctx.tree);
        self.record.orders.end(ctx.client, origin.report(alert));
        self.persist(ctx);
        told(ctx, job, code);
        self.record.orders.close(ctx.client);
    }

    fn persist(&self, ctx: &mut Context<'_>) {
        ctx.client.shared().out.persist(self.record());
    }
}

fn told(ctx: &mut Context<'_>, job: &Job, result: LawmoResult) {
    let event = Event::LockFinished { object: job.object.clone(), operation: job.operation, result };
    ctx.client.shared().out.event(event);
}

/// The work of `job`.
fn action(tree: &Tree, job: &Job, order: Option<OrderNumber>) -> LockAction {
    let items = job.items.clone().unwrap_or_default();
    let view = tree.node_at(&job.object).and_then(LawmoView::around);
    let tells = view.and_then(|view| view.read(LawmoView::NOTIFY_USER)).unwrap_or(false);
    let notice = if tells { Notice::Told } else { Notice::Silent };
    LockAction { order, operation: job.operation, items, notice }
}

/// An entry of AvailableWipeList.
struct Item {
    entry: String,
    name: String,
    marked: bool,
}

fn wipe_list(tree: &Tree, object: &NodeUri) -> Vec<Item> {
    let view = tree.node_at(object).and_then(LawmoView::around);
    let item = |entry: omadm_tree::mo::MoView<'_>| Item {
        entry: entry.name().to_string(),
        name: entry.text(LawmoView::LIST_ITEM_NAME).unwrap_or_else(|| entry.name()).to_string(),
        marked: entry.read(LawmoView::TO_BE_WIPED).unwrap_or(false),
    };
    view.into_iter().flat_map(LawmoView::wipe_list).map(item).collect()
}

/// What the tree says after `result`, and the result code.
fn settle(tree: &mut Tree, job: &Job, result: LockResult) -> LawmoResult {
    if let LockResult::Failed(failure) = result {
        return match failure {
            LockFailure::UserCancelled => LawmoResult::USER_CANCELLED,
            LockFailure::Unsupported => LawmoResult::CLIENT_ERROR,
            LockFailure::Failed => own_failure(job.operation),
        };
    }
    let state = match job.operation {
        LawmoOperation::FullyLock => Some(LawmoState::FULLY_LOCKED),
        LawmoOperation::PartiallyLock => Some(LawmoState::PARTIALLY_LOCKED),
        LawmoOperation::UnLock | LawmoOperation::FactoryReset => Some(LawmoState::UNLOCKED),
        LawmoOperation::Wipe => None,
    };
    if let Some(state) = state {
        // A tree whose State takes no number keeps its value; the device is locked all the same.
        let _ = MoMut::at(tree, job.object.clone()).write(LawmoView::STATE, state);
    }
    if job.operation != LawmoOperation::Wipe {
        return LawmoResult::SUCCESS;
    }
    let wiped = job.items.as_deref().unwrap_or_default();
    for item in wipe_list(tree, &job.object).into_iter().filter(|item| wiped.contains(&item.name)) {
        let entry = job.object.child("AvailableWipeList").child(&item.entry);
        // The entry was read from the tree a moment ago.
        let _ = if result == LockResult::DoneWithItems {
            tree.remove(&entry.to_string())
        } else {
            MoMut::at(tree, entry).write(LawmoView::TO_BE_WIPED, false)
        };
    }
    if result == LockResult::DoneWithItems { LawmoResult::WIPED_WITH_LIST } else { LawmoResult::WIPED }
}

const fn own_failure(operation: LawmoOperation) -> LawmoResult {
    match operation {
        LawmoOperation::FullyLock => LawmoResult::FULLY_LOCK_FAILED,
        LawmoOperation::PartiallyLock => LawmoResult::PARTIALLY_LOCK_FAILED,
        LawmoOperation::UnLock => LawmoResult::UNLOCK_FAILED,
        LawmoOperation::Wipe => LawmoResult::WIPE_FAILED,
        LawmoOperation::FactoryReset => LawmoResult::CLIENT_ERROR,
    }
}
