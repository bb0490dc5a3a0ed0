//! The end of a job: its State, what it leaves behind, and its report \[mo 5.2, 5.5\].
//!
//! A package that is whole and was not refused for what it is stays (State 70), so that the server may command Update once
//! more; everything else is cleaned up at once (20, 80, 100).

use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_tree::mo::{FumoState, FumoView};

use super::{Job, Operation, Phase, ResultCode, Update};
use crate::drem::Context;
use crate::event::Event;
use crate::outbox::{GenericAlert, Mark};
use crate::package::Source;

impl Update {
    /// Ends the job: final State, report, and the record that says which alert carries it.
    pub(super) fn finish(&mut self, ctx: &mut Context<'_>, result: ResultCode) {
        let Some(job) = self.record.job.clone() else { return };
        self.settle(ctx, &job, result);
        ctx.client.shared().persist_tree(ctx.tree);
        let alert = ctx.client.shared().outbox.next_id();
        self.enter(ctx, Phase::Finished { result, alert });
        ctx.client.shared().out.event(Event::UpdateFinished { object: job.image.package.object.clone(), result });
        ctx.client.queue_alert(report(&job, result));
    }

    /// The State and the data that an operation leaves behind.
    fn settle(&mut self, ctx: &mut Context<'_>, job: &Job, result: ResultCode) {
        let object = &job.image.package.object;
        let view = ctx.tree.node_at(object).and_then(FumoView::around);
        let state = view.and_then(FumoView::state).unwrap_or(FumoState::IDLE);
        let downloading = matches!(state, FumoState::IDLE | FumoState::DOWNLOAD_PROGRESSING);
        let keeps = keeps_package(job, result);
        let end = match (job.operation, result.is_success()) {
            (Operation::Download, true) => FumoState::READY_TO_UPDATE,
            (Operation::Update | Operation::DownloadAndUpdate, true) => FumoState::UPDATE_SUCCESSFUL_NO_DATA,
            (Operation::Download, false) => FumoState::DOWNLOAD_FAILED,
            (Operation::DownloadAndUpdate, false) if downloading => FumoState::DOWNLOAD_FAILED,
            (Operation::Update | Operation::DownloadAndUpdate, false) if keeps => FumoState::UPDATE_FAILED_HAVE_DATA,
            (Operation::Update | Operation::DownloadAndUpdate, false) => FumoState::UPDATE_FAILED_NO_DATA,
        };
        self.record.ready = match end {
            FumoState::READY_TO_UPDATE | FumoState::UPDATE_FAILED_HAVE_DATA => Some(Box::new(job.image.clone())),
            _ => self.record.ready.take().filter(|image| image.package.place != job.image.package.place),
        };
        if let Source::Leaf(leaf) = &job.image.package.source {
            // The package is installed or refused: without this the same bytes would count as a new one. A tree that has not
            // the leaf any more has nothing to empty.
            let _ = ctx.tree.set(&leaf.to_string(), Vec::<u8>::new());
        }
        self.move_to(ctx, object, end);
    }
}

/// Whether the package of a failed update is still there and may be tried again as it is.
fn keeps_package(job: &Job, result: ResultCode) -> bool {
    let may_work_later =
        matches!(result, ResultCode::USER_CANCELLED | ResultCode::UPDATE_MEMORY | ResultCode::NOT_IMPLEMENTED);
    let is_fetched = matches!(job.image.package.source, Source::Url(_));
    may_work_later && is_fetched && job.image.package.sha256().is_some()
}

/// The generic alert that reports an operation \[mo 5.5\].
pub(super) fn report(job: &Job, result: ResultCode) -> GenericAlert {
    let mark = if result.is_success() { Mark::Informational } else { Mark::Warning };
    GenericAlert::new(job.operation.alert_type(), result.as_u16().to_string())
        .for_server(job.server.clone())
        .source(job.image.package.object.to_string())
        .format(Format::Int)
        .mark(mark)
        .correlator(job.correlator.clone())
}
