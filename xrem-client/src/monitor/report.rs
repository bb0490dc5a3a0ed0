//! Telling servers: uploads of functions, reports of traps, and what a restart interrupted.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use omadm_proto::alert::types;
use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_tree::uri::NodeUri;

use super::buffer::Asked;
use super::sampler::Sampler;
use super::{FunctionRecord, MOST_WAITING, Monitor, TrapRecord};
use crate::drem::Context;
use crate::event::Event;
use crate::outbox::GenericAlert;
use crate::record::Record;

impl Monitor {
    /// After a restart: sends what is stored as told and was not queued.
    pub(super) fn resume(&mut self, ctx: &mut Context<'_>) {
        for sampler in self.functions.values_mut() {
            if sampler.record.resume_upload(&ctx.client.shared().outbox) {
                carry(ctx, sampler);
            }
        }
        for trap in self.traps.values_mut() {
            if trap.record.alert().is_some_and(|alert| !ctx.client.shared().outbox.has_seen(alert)) {
                report(ctx, &mut trap.record);
            }
        }
    }

    /// Uploads what is due, unless the upload before still waits.
    pub(super) fn upload(&mut self, ctx: &mut Context<'_>) {
        for (uri, sampler) in &mut self.functions {
            sampler.look_at_upload(ctx.now);
            if !sampler.wants_upload || sampler.reading.is_some() || !ctx.client.has_accounts() {
                continue;
            }
            if ctx.client.shared().outbox.waiting_from(&uri.to_string()) > 0 {
                continue;
            }
            sampler.wants_upload = false;
            if sampler.record.has_news() {
                begin(ctx, sampler, None);
            }
        }
    }

    /// Uploads what `function` holds for the server that asked, and for the others.
    pub(super) fn upload_now(&mut self, ctx: &mut Context<'_>, function: &NodeUri, asked: Asked) -> StatusCode {
        let Some(sampler) = self.functions.get_mut(function) else { return StatusCode::COMMAND_FAILED };
        if ctx.client.shared().outbox.waiting_from(&function.to_string()) >= MOST_WAITING {
            return StatusCode::RETRY_LATER;
        }
        begin(ctx, sampler, Some(asked));
        StatusCode::ACCEPTED_FOR_PROCESSING
    }

    /// Reports the transitions that had to wait for an account, or for room.
    pub(super) fn report_what_waits(&mut self, ctx: &mut Context<'_>) {
        for trap in self.traps.values_mut().filter(|trap| trap.record.is_unreported()) {
            if may_report(ctx, &trap.record) {
                report(ctx, &mut trap.record);
            }
        }
    }
}

/// Stores the latest transition, and reports it as soon as that is possible.
pub(super) fn report(ctx: &mut Context<'_>, record: &mut TrapRecord) {
    let alert = may_report(ctx, record).then(|| ctx.client.shared().outbox.next_id());
    record.carried_by(alert);
    ctx.client.shared().out.persist(Record::Trap(record.clone()));
    if let Some(notification) = record.notification().filter(|_| alert.is_some()) {
        ctx.client.queue_alert(notification);
    }
}

fn may_report(ctx: &mut Context<'_>, record: &TrapRecord) -> bool {
    ctx.client.has_accounts() && ctx.client.shared().outbox.waiting_from(&record.trap().to_string()) < MOST_WAITING
}

fn begin(ctx: &mut Context<'_>, sampler: &mut Sampler, asked: Option<Asked>) {
    let alert = ctx.client.shared().outbox.next_id();
    sampler.record.begin_upload(alert, asked);
    carry(ctx, sampler);
}

/// Stores the upload that was begun, queues its alerts, and forgets what they carry.
fn carry(ctx: &mut Context<'_>, sampler: &mut Sampler) {
    let servers: Vec<ServerId> = ctx.client.servers().cloned().collect();
    let alerts = alerts(&sampler.record, servers);
    ctx.client.shared().out.persist(Record::Function(sampler.record.clone()));
    ctx.client.queue_alerts(alerts);
    if let Some((_, report)) = sampler.record.uploading() {
        let (samples, lost) = (report.samples.len(), report.lost);
        let function = sampler.record.function().clone();
        ctx.client.shared().out.event(Event::SamplesUploaded { function, samples, lost });
    }
    sampler.record.end_upload();
}

/// The alerts of the upload: one for all servers, or, when one of them asked, one for each, so that only its own carries the
/// Correlator.
fn alerts(record: &FunctionRecord, servers: Vec<ServerId>) -> Vec<GenericAlert> {
    let Some((upload, report)) = record.uploading() else { return Vec::new() };
    let source = record.function().to_string();
    let alert = GenericAlert::new(types::DIAGMON_REPORT, report.to_xml()).source(source).format(Format::Xml);
    // The account of the server that asked may be gone after a restart.
    let Some(asked) = upload.asked.as_ref().filter(|asked| servers.contains(&asked.server)) else {
        return alloc::vec![alert];
    };
    let others = servers.into_iter().filter(|server| *server != asked.server);
    let others: Vec<GenericAlert> = others.map(|server| alert.clone().for_server(server)).collect();
    let answer = alert.for_server(asked.server.clone()).correlator(asked.correlator.clone());
    core::iter::once(answer).chain(others).collect()
}
