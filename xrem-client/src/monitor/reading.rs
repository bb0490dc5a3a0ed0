//! Measuring: what is due is asked for, and what was measured goes to the functions and the traps.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::ids::ActionId;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::Decimal;
use omadm_tree::uri::NodeUri;

use super::buffer::Room;
use super::sampler::floor;
use super::trap::{Change, Trap};
use super::{Measurement, Monitor};
use crate::drem::Context;
use crate::event::Event;
use crate::output::{Action, ActionResult};
use crate::record::Record;

/// How long a trap goes without a reading of its metric.
const LOOK: Duration = Duration::from_secs(60);

/// A reading that was asked for.
#[derive(Debug)]
pub(super) enum Reading {
    /// Of a function, for the moment that it was due.
    Function(NodeUri, Instant),
    /// Of a metric, for traps.
    Metric(String),
}

impl Trap {
    /// When it has something to do: a reading of its own, or the end of HoldSec.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let held = self.held_at();
        if self.comparison().is_none() {
            return held;
        }
        let look = self.looked.map_or_else(|| floor(now, LOOK), |looked| floor(looked, LOOK) + LOOK);
        // When HoldSec is over it is looked at once, however long the answer takes.
        let held = held.filter(|held| self.looked.is_none_or(|looked| looked < *held));
        Some(held.map_or(look, |held| held.min(look)))
    }
}

impl Monitor {
    /// Asks for the readings of the functions that are due.
    pub(super) fn sample(&mut self, ctx: &mut Context<'_>) {
        for (uri, sampler) in &mut self.functions {
            let Some(due) = sampler.take_due(ctx.now) else { continue };
            if sampler.record.latest() == Some(self.clock.utc(due)) {
                // Taken already, before a restart.
                continue;
            }
            let id = ctx.client.shared().out.action(Action::Sample { function: uri.clone() });
            sampler.reading = Some(id);
            self.readings.insert(id, Reading::Function(uri.clone(), due));
        }
    }

    /// Raises what has held long enough, and asks for the metrics that no function has read for too long.
    pub(super) fn look_at_traps(&mut self, ctx: &mut Context<'_>) {
        let (now, time) = (ctx.now, self.clock.utc(ctx.now));
        let is_due = |trap: &Trap| trap.deadline(now).is_some_and(|at| at <= now);
        let due: Vec<NodeUri> =
            self.traps.iter().filter(|(_, trap)| is_due(trap)).map(|(uri, _)| uri.clone()).collect();
        let asked = self.readings.values().filter_map(|reading| match reading {
            Reading::Metric(metric) => Some(metric.clone()),
            Reading::Function(_, _) => None,
        });
        let mut asked: BTreeSet<String> = asked.collect();
        for uri in due {
            let Some(trap) = self.traps.get_mut(&uri) else { continue };
            let Some(metric) = trap.comparison().map(|comparison| comparison.metric.clone()) else {
                if let Some(change) = trap.hold_event(now, time) {
                    self.follow(ctx, &uri, change);
                }
                continue;
            };
            // Looked at, whatever the driver answers: it is asked again in a minute.
            trap.looked = Some(now);
            let feeding = trap.fed_by.as_ref().and_then(|function| self.functions.get(function));
            let is_coming = feeding.is_some_and(|sampler| sampler.reading.is_some());
            if !is_coming && asked.insert(metric.clone()) {
                let id = ctx.client.shared().out.action(Action::Measure { metric: metric.clone() });
                self.readings.insert(id, Reading::Metric(metric));
            }
        }
    }

    /// Takes the answer to an action of this machine.
    pub(crate) fn action_result(&mut self, ctx: &mut Context<'_>, id: ActionId, result: ActionResult) {
        let Some(reading) = self.readings.remove(&id) else { return };
        let measured = result.measured();
        match reading {
            Reading::Function(function, due) => {
                self.sampled(ctx, &function, due, measured.as_deref());
                let name = function.name().unwrap_or_default();
                let values = |trap: &Trap| {
                    let comparison = trap.comparison()?;
                    let mut readings = measured.iter().flatten();
                    readings.find(|reading| comparison.is_about(name, &reading.metric)).map(|reading| reading.value)
                };
                self.judge_by(ctx, due, Some(&function), values);
            }
            Reading::Metric(metric) => {
                let value = measured.iter().flatten().next().map(|reading| reading.value);
                let is_about = |trap: &Trap| trap.comparison().is_some_and(|it| it.metric == metric);
                if value.is_none() && self.traps.values().any(|trap| is_about(trap) && !trap.failed) {
                    ctx.client.shared().out.event(Event::NotMeasured { what: metric.clone() });
                }
                self.traps.values_mut().filter(|trap| is_about(trap)).for_each(|trap| trap.failed = value.is_none());
                let now = ctx.now;
                self.judge_by(ctx, now, None, |trap| value.filter(|_| is_about(trap)));
            }
        }
    }

    /// Takes the reading of a function that was due at `due`.
    fn sampled(&mut self, ctx: &mut Context<'_>, function: &NodeUri, due: Instant, measured: Option<&[Measurement]>) {
        let time = self.clock.utc(due);
        let Some(sampler) = self.functions.get_mut(function) else { return };
        sampler.reading = None;
        let Some(settings) = sampler.settings.filter(|settings| settings.enabled) else { return };
        let Some(measured) = measured else {
            if !core::mem::replace(&mut sampler.failed, true) {
                ctx.client.shared().out.event(Event::NotMeasured { what: function.to_string() });
            }
            return;
        };
        sampler.failed = false;
        let room = sampler.record.take(time, measured, settings.keep);
        ctx.client.shared().out.persist(Record::Function(sampler.record.clone()));
        if room == Room::Gone {
            ctx.client.shared().out.event(Event::SamplesDropped { function: function.clone() });
        }
    }

    /// Shows each trap the value that is its own, of a reading of `function` that was due at `due`.
    fn judge_by(
        &mut self,
        ctx: &mut Context<'_>,
        due: Instant,
        function: Option<&NodeUri>,
        value: impl Fn(&Trap) -> Option<Decimal>,
    ) {
        let time = self.clock.utc(due);
        let mut changed: Vec<(NodeUri, Change)> = Vec::new();
        for (uri, trap) in &mut self.traps {
            if let Some(value) = value(trap) {
                if let Some(function) = function.filter(|function| trap.fed_by.as_ref() != Some(*function)) {
                    trap.fed_by = Some(function.clone());
                }
                changed.extend(trap.measured(due, time, value).map(|change| (uri.clone(), change)));
            }
        }
        for (uri, change) in changed {
            self.follow(ctx, &uri, change);
        }
    }
}
