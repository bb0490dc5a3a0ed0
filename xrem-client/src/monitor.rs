//! The monitor: performance functions and traps of the profile `xrem-diag1` \[mo 9.4\].
//!
//! ```text
//! tree (settings) --> functions --due--> Action::Sample ---> samples --Upload, Report--> CollectedSimpleDataReport
//!                     traps -----due--> Action::Measure ---> transitions -------------> TrapNotification
//! ```
//!
//! It finds its objects by their types and reads their settings whenever the tree has changed. A driver measures, by actions;
//! the leaf Data, if it is live, is answered here. A trap on a metric is looked at with every reading of a function that has
//! the metric, and by a reading of its own when none has come for a minute, or when HoldSec is over.
//!
//! Invariants: a sample and a transition are stored before anybody is told about them; the record that says which alert
//! carries them is stored before that alert is, so that a restart between the two sends it after all and none twice. What a
//! server that is not reached can make wait is limited: one upload of a function, and 32 reports of a trap,
//! after which the latest counts.
//!
//! Called by [`crate::drem`], never by the session; `judge` by the execution of commands.

mod buffer;
mod clock;
mod condition;
mod event;
mod measurement;
mod operation;
mod reading;
mod report;
mod sampler;
mod settings;
mod trap;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::ids::ActionId;
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::mo::diag_mon::DiagTime;
use omadm_tree::mo::{DiagFunctionView, MoMut, TrapView};
use omadm_tree::uri::NodeUri;

pub use self::buffer::FunctionRecord;
pub use self::event::{TrapError, TrapEvent};
pub use self::measurement::Measurement;
pub(crate) use self::operation::is_operation;
pub(crate) use self::settings::judge;
pub use self::trap::{TrapRecord, TrapState};

use self::buffer::Room;
use self::clock::Clock;
use self::reading::Reading;
use self::sampler::Sampler;
use self::settings::{FunctionSettings, TrapSettings};
use self::trap::{Change, Trap};
use crate::drem::Context;
use crate::event::Event;
use crate::record::Record;

/// The most functions and the most traps that are looked at; the others of a tree stay idle.
const MOST_FUNCTIONS: usize = 64;
const MOST_TRAPS: usize = 256;
/// The most reports of one trap that wait for a server.
const MOST_WAITING: usize = 32;
/// The machine.
#[derive(Debug, Default)]
pub(crate) struct Monitor {
    functions: BTreeMap<NodeUri, Sampler>,
    traps: BTreeMap<NodeUri, Trap>,
    /// What is being measured.
    readings: BTreeMap<ActionId, Reading>,
    clock: Clock,
    /// The tree's revision when it was looked at last.
    seen_revision: Option<u64>,
    /// Rebuilt from records that have not been compared with the outbox yet.
    restored: bool,
}

impl Monitor {
    /// Takes a record of before a restart.
    pub(crate) fn restore_function(&mut self, record: FunctionRecord) {
        self.restored = true;
        self.functions.insert(record.function().clone(), Sampler::new(record));
    }

    /// Takes a record of before a restart.
    pub(crate) fn restore_trap(&mut self, record: TrapRecord) {
        self.restored = true;
        self.traps.insert(record.trap().clone(), Trap::restore(record));
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = Record> {
        let functions = self.functions.values().map(|sampler| Record::Function(sampler.record.clone()));
        functions.chain(self.traps.values().map(|trap| Record::Trap(trap.record.clone())))
    }

    /// At `now` it is `utc`.
    pub(crate) const fn set_clock(&mut self, now: Instant, utc: DiagTime) {
        self.clock = Clock::new(now, utc);
    }

    pub(crate) fn owns(&self, id: ActionId) -> bool {
        self.readings.contains_key(&id)
    }

    /// Whether a driver measures.
    pub(crate) fn is_busy(&self) -> bool {
        !self.readings.is_empty()
    }

    /// When [`Self::proceed`] has something to do.
    pub(crate) fn next_timeout(&self, now: Instant) -> Option<Wakeup> {
        let functions = self.functions.values().filter_map(Sampler::deadline).min();
        let traps = self.traps.values().filter_map(|trap| trap.deadline(now)).min();
        let sample = functions.map(|at| Wakeup::new(at, "a sample or an upload is due"));
        Wakeup::earliest(sample, traps.map(|at| Wakeup::new(at, "a trap is looked at")))
    }

    /// The value of the live leaf `uri`, if that is the Data of a function.
    pub(crate) fn data(&mut self, ctx: &mut Context<'_>, uri: &NodeUri) -> Option<String> {
        let function = uri.parent().filter(|_| uri.name() == Some("Data"))?;
        self.refresh(ctx);
        let sampler = self.functions.get(&function).filter(|sampler| sampler.settings.is_some())?;
        Some(sampler.record.report().to_xml())
    }

    /// Does what is due, and what the tree's changes ask for.
    pub(crate) fn proceed(&mut self, ctx: &mut Context<'_>) {
        self.refresh(ctx);
        if core::mem::take(&mut self.restored) {
            self.resume(ctx);
        }
        self.sample(ctx);
        self.look_at_traps(ctx);
        self.upload(ctx);
        self.report_what_waits(ctx);
    }

    /// Takes what the tree says now, if it has changed.
    fn refresh(&mut self, ctx: &mut Context<'_>) {
        if self.seen_revision == Some(ctx.tree.revision()) {
            return;
        }
        let functions: BTreeMap<NodeUri, FunctionSettings> = DiagFunctionView::all(ctx.tree)
            .take(MOST_FUNCTIONS)
            .map(|view| (view.uri(), FunctionSettings::read(view)))
            .collect();
        let mut traps: BTreeMap<NodeUri, TrapSettings> =
            TrapView::all(ctx.tree).take(MOST_TRAPS).map(|view| (view.uri(), TrapSettings::read(view))).collect();
        for uri in functions.keys().filter(|uri| !self.functions.contains_key(uri)).cloned().collect::<Vec<_>>() {
            self.functions.insert(uri.clone(), Sampler::new(FunctionRecord::new(uri)));
        }
        for uri in traps.keys().filter(|uri| !self.traps.contains_key(uri)).cloned().collect::<Vec<_>>() {
            self.traps.insert(uri.clone(), Trap::new(uri));
        }
        for (uri, sampler) in &mut self.functions {
            sampler.configure(ctx.now, functions.get(uri).copied());
            let keep = sampler.settings.map(|settings| settings.keep);
            if keep.is_some_and(|keep| sampler.record.shrink(keep) == Room::Gone) {
                ctx.client.shared().out.persist(Record::Function(sampler.record.clone()));
                ctx.client.shared().out.event(Event::SamplesDropped { function: uri.clone() });
            }
        }
        let time = self.clock.utc(ctx.now);
        let mut changed = Vec::new();
        for (uri, trap) in &mut self.traps {
            let settings = traps.remove(uri);
            let was_unusable = trap.settings.as_ref().is_some_and(|settings| settings.unusable);
            if !was_unusable && settings.as_ref().is_some_and(|settings| settings.unusable) {
                ctx.client.shared().out.event(Event::TrapUnusable { trap: uri.clone() });
            }
            changed.extend(trap.configure(time, settings).map(|change| (uri.clone(), change)));
        }
        for (uri, change) in changed {
            self.follow(ctx, &uri, change);
        }
        for trap in self.traps.values().filter(|trap| trap.settings.is_some()) {
            show_state(ctx, trap);
        }
        self.seen_revision = Some(ctx.tree.revision());
    }

    /// Stores what became of a trap, and reports it if there is something to report.
    fn follow(&mut self, ctx: &mut Context<'_>, uri: &NodeUri, change: Change) {
        let Some(trap) = self.traps.get_mut(uri) else { return };
        let had_seen_all = self.seen_revision == Some(ctx.tree.revision());
        show_state(ctx, trap);
        if had_seen_all {
            self.seen_revision = Some(ctx.tree.revision());
        }
        let state = trap.record.state();
        match change {
            Change::Reported => report::report(ctx, &mut trap.record),
            Change::Silent => ctx.client.shared().out.persist(Record::Trap(trap.record.clone())),
        }
        ctx.client.shared().out.event(Event::TrapState { trap: uri.clone(), state });
    }
}

/// Writes State, if it is another.
fn show_state(ctx: &mut Context<'_>, trap: &Trap) {
    let (uri, state) = (trap.record.trap(), trap.record.state().as_str());
    let shown = ctx.tree.node_at(uri).and_then(TrapView::around).and_then(|view| view.read(TrapView::STATE));
    if shown.is_some_and(|shown| shown != state) {
        let written = MoMut::at(ctx.tree, uri.clone()).write(TrapView::STATE, state);
        debug_assert!(written.is_ok(), "an existing text leaf takes no word");
    }
}
