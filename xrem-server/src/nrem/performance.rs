//! Samples that devices upload, and those that tasks read \[mo 9.4\].

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::dialect::Dialect;
use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::{DiagError, DiagLimits, NAMESPACE, PmReport};

use super::alerts::Unreadable;
use super::gateway::relayed;
use super::{Event, Work};
use crate::directory::conceal::without_addresses;
use crate::performance::Collected;
use crate::session::{AlertItem, CommandAnswer, ReceivedAlert, Value};
use crate::store::{Behind, Record};
use crate::task::Outcome;

impl Work<'_, '_> {
    /// `CollectedSimpleDataReport`: samples of this node, or of one behind it. An Exec that asked for them is done.
    pub(super) fn take_samples(
        &mut self,
        alert: &ReceivedAlert,
        item: &AlertItem,
        behind: &BTreeMap<String, Behind>,
        dialect: Dialect,
    ) -> Result<bool, Unreadable> {
        let finished = self.finish_exec(alert, item, dialect);
        let report = match PmReport::parse(item.text().unwrap_or_default(), &DiagLimits::default()) {
            Ok(report) => report,
            // The type is a registered one: what others send with it is kept like any alert.
            Err(DiagError::WrongRoot(_) | DiagError::Xml) => return Ok(finished),
            Err(_) => return Err(Unreadable),
        };
        let (id, node) = match relayed(&self.jobs.nrem().names, item, behind) {
            Some((Some(device), _)) => (device.id.clone(), device.name.clone()),
            // A device that the gateway never told of.
            Some((None, _)) => return Ok(finished),
            None => (self.node.id.clone(), self.node.node_id()),
        };
        let (function, samples, lost) = (without_addresses(&report.function), report.samples.len(), report.lost);
        self.step.events.push(Event::Collected { node, function, samples, lost });
        self.keep_samples(Collected::uploaded(id, report));
        Ok(true)
    }

    /// Keeps the samples among the values that a task read on this node.
    pub(super) fn take_read_samples(&mut self, answer: &CommandAnswer) {
        for value in &answer.values {
            if let Some(report) = report_in(value) {
                self.keep_samples(Collected::read(self.node.id.clone(), report));
            }
        }
        for inner in &answer.inner {
            self.take_read_samples(inner);
        }
    }

    pub(super) fn keep_samples(&mut self, collected: Collected) {
        self.step.persist.push(Record::Samples(collected));
    }
}

/// The samples among the values that a gateway's job read on `device`.
pub(super) fn read_samples(device: &DevId, outcomes: &[Outcome]) -> Vec<Collected> {
    let mut read = Vec::new();
    for outcome in outcomes {
        let reports = outcome.results.iter().filter_map(report_in);
        read.extend(reports.map(|report| Collected::read(device.clone(), report)));
        read.extend(read_samples(device, &outcome.commands));
    }
    read
}

/// The samples that the leaf `Data` of a performance function holds, if `value` is one.
fn report_in(value: &Value) -> Option<PmReport<'_>> {
    let text = value.text().filter(|text| value.uri.ends_with("/Data") && text.contains(NAMESPACE))?;
    PmReport::parse(text, &DiagLimits::default()).ok()
}
