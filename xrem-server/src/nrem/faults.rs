//! Alerts about faults: whose they are, and which polls they answer \[mo 9.4, gwmo 9\].

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use omadm_proto::alert::types;
use omadm_proto::dialect::Dialect;
use omadm_tree::mo::diag_mon::{DiagLimits, FmReport, NAMESPACE};

use super::advance::Jobs;
use super::alerts::{Unreadable, is_at_or_below};
use super::gateway::relayed;
use super::{Event, Nrem, Work};
use crate::directory::{NodeId, NodeKind};
use crate::fault::{OwnFault, POLL, Report, TooManyAlarms};
use crate::session::{AlertItem, ReceivedAlert};
use crate::store::Behind;
use crate::task::{AlertReport, CommandSpec, CommandState};

/// Whether `item` is a report of the profile `xrem-diag1`.
pub(super) fn is_trap_report(item: &AlertItem) -> bool {
    is_trap(item) && item.text().is_some_and(|text| text.contains(NAMESPACE))
}

fn is_trap(item: &AlertItem) -> bool {
    let type_name = item.type_name.as_deref().unwrap_or_default();
    types::same(type_name, types::TRAP_NOTIFICATION) || types::same(type_name, types::TRAP_INACTIVE)
}

impl Work<'_, '_> {
    /// A trap tells its state, by itself or because it was polled.
    pub(super) fn take_trap(
        &mut self,
        alert: &ReceivedAlert,
        item: &AlertItem,
        behind: &BTreeMap<String, Behind>,
        dialect: Dialect,
    ) -> Result<bool, Unreadable> {
        let text = item.text().ok_or(Unreadable)?;
        let fm = FmReport::parse(text, &DiagLimits::default()).map_err(|_| Unreadable)?;
        let answers = self.jobs.finish_exec(alert.correlator.as_deref(), item, dialect);
        if !answers {
            self.jobs.answer_polls(item);
        }
        let type_name = item.type_name.as_deref().unwrap_or_default();
        let (device, _) = self.teller(item, behind);
        let report = Report::of_trap(device.id, &fm, item.importance(), type_name);
        let requested = answers || alert.correlator.is_some();
        let report = if requested { report.requested() } else { report };
        Ok(self.take_report_of_fault(report, device.name).is_ok())
    }

    /// An alert that counts nothing may tell of a fault all the same.
    pub(super) fn note_fault(&mut self, alert: &ReceivedAlert, item: &AlertItem, behind: &BTreeMap<String, Behind>) {
        if is_trap(item) || self.jobs.nrem().tells_of_faults(item) {
            let (device, source) = self.teller(item, behind);
            let report = Report::of_alert(device.id, item, source.as_deref());
            let report = if alert.correlator.is_some() { report.requested() } else { report };
            // What is too much for the list of alarms is kept as an alert.
            let _ = self.take_report_of_fault(report, device.name);
        }
    }

    /// The server itself found a fault.
    pub(super) fn raise_own(&mut self, fault: OwnFault) {
        // With too many alarms of the device this one is only logged.
        let name = self.node.node_id();
        let _ = self.take_report_of_fault(Report::raised(fault), name);
    }

    fn take_report_of_fault(&mut self, report: Report, name: NodeId) -> Result<(), TooManyAlarms> {
        if let Some(mut event) = self.alarms.take(self.now, report)? {
            event.node = name;
            self.step.events.push(Event::Fault(Box::new(event)));
        }
        Ok(())
    }

    /// The device that `item` is about, and where in it: a gateway relays alerts with the record of the device as their
    /// source. A record that it never introduced is taken as the gateway itself.
    fn teller(&self, item: &AlertItem, behind: &BTreeMap<String, Behind>) -> (Behind, Option<String>) {
        let own = || Behind { id: self.node.id.clone(), name: self.node.node_id() };
        let relayed = relayed(&self.jobs.nrem().names, item, behind).filter(|_| self.node.kind == NodeKind::Gateway);
        match relayed {
            Some((device, source)) => (device.cloned().unwrap_or_else(own), source),
            None => (own(), item.source.clone()),
        }
    }
}

impl Nrem {
    fn tells_of_faults(&self, item: &AlertItem) -> bool {
        let type_name = item.type_name.as_deref().unwrap_or_default();
        let begins = |prefix: &String| {
            type_name.get(..prefix.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix))
        };
        self.fault_types.iter().any(begins)
    }
}

impl Jobs<'_> {
    /// A trap told its state by itself: whoever asked for it and has no answer yet need not ask any more.
    fn answer_polls(&mut self, item: &AlertItem) {
        let Some(trap) = item.source.as_deref() else { return };
        for tracked in self.iter_mut().filter(|tracked| !tracked.job.is_fanout()) {
            let task = Arc::clone(&tracked.task);
            for (command, progress) in task.commands.iter().zip(&mut tracked.job.progress) {
                let CommandSpec::Exec(exec) = &command.spec else { continue };
                let is_poll = exec.uri.strip_suffix(POLL).is_some_and(|polled| is_at_or_below(polled, trap));
                let is_open = matches!(progress.state, CommandState::Pending | CommandState::Waiting(_));
                if is_poll && is_open {
                    progress.outcome.alert = Some(AlertReport::new(item));
                    progress.state = CommandState::Done;
                    tracked.changed = true;
                }
            }
        }
    }
}
