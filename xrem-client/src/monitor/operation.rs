//! The operations of functions and traps: Start, Stop, Report, Clear, Poll \[mo 9.4\].

use alloc::string::ToString as _;

use omadm_proto::status::StatusCode;
use omadm_tree::mo::{DiagFunctionView, DiagOperation, MoMut, TrapView, diag_operation};
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

use super::buffer::Asked;
use super::{MOST_WAITING, Monitor};
use crate::drem::Context;
use crate::outbox::Mark;
use crate::update::Request;

/// What an Exec means, and to which object.
fn operation(tree: &Tree, uri: &NodeUri) -> Option<(NodeUri, DiagOperation)> {
    let node = tree.node_at(uri)?;
    let operation = diag_operation(node)?;
    let function = DiagFunctionView::around(node).map(|view| view.uri());
    Some((function.or_else(|| TrapView::around(node).map(|view| view.uri()))?, operation))
}

/// Whether an Exec of `uri` is one of the operations.
pub(crate) fn is_operation(tree: &Tree, uri: &NodeUri) -> bool {
    operation(tree, uri).is_some()
}

impl Monitor {
    /// Takes an Exec: the status to answer it with. Report and Poll are answered by an alert as well; 417 when so many of them
    /// wait that the server has to come back later.
    pub(crate) fn exec(&mut self, ctx: &mut Context<'_>, request: Request) -> StatusCode {
        self.refresh(ctx);
        let Some((object, operation)) = operation(ctx.tree, &request.uri) else {
            return StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
        };
        let Request { server, correlator, .. } = request;
        match operation {
            DiagOperation::Start => self.enable(ctx, &object, true),
            DiagOperation::Stop => self.enable(ctx, &object, false),
            DiagOperation::Report => self.upload_now(ctx, &object, Asked { server, correlator }),
            DiagOperation::Clear => self.clear(ctx, &object),
            DiagOperation::Poll => self.poll(ctx, &object, Asked { server, correlator }),
            _ => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        }
    }

    fn enable(&mut self, ctx: &mut Context<'_>, function: &NodeUri, on: bool) -> StatusCode {
        let written = MoMut::at(ctx.tree, function.clone()).write(DiagFunctionView::ENABLED, on);
        self.refresh(ctx);
        if written.is_ok() { StatusCode::OK } else { StatusCode::COMMAND_FAILED }
    }

    fn clear(&mut self, ctx: &mut Context<'_>, uri: &NodeUri) -> StatusCode {
        let time = self.clock.utc(ctx.now);
        if let Some(change) = self.traps.get_mut(uri).and_then(|trap| trap.clear(time)) {
            self.follow(ctx, uri, change);
        }
        StatusCode::OK
    }

    fn poll(&mut self, ctx: &mut Context<'_>, uri: &NodeUri, asked: Asked) -> StatusCode {
        let time = self.clock.utc(ctx.now);
        let Some(trap) = self.traps.get(uri) else { return StatusCode::COMMAND_FAILED };
        // One more than its own reports take, so that a trap that reports much can be polled.
        if ctx.client.shared().outbox.waiting_from(&uri.to_string()) > MOST_WAITING {
            return StatusCode::RETRY_LATER;
        }
        let severity = trap.settings.as_ref().map_or(Mark::Warning, |settings| settings.severity);
        let answer = trap.record.answer(time, severity).for_server(asked.server).correlator(asked.correlator);
        ctx.client.queue_alert(answer);
        StatusCode::ACCEPTED_FOR_PROCESSING
    }
}
