//! Generic alerts: which Exec they finish, and what gateways tell by them \[dm 6.4, gwmo 4\].

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use omadm_proto::alert::{AlertCode, types};
use omadm_proto::ids::DevId;
use omadm_proto::message::Command;
use omadm_proto::status::StatusCode;

use super::advance::{Jobs, is_exec, planned};
use super::{Event, Nrem, Work};
use crate::session::{AlertItem, ReceivedAlert};
use crate::store::{KeptAlert, Record};
use crate::task::{AlertReport, CommandState, Outcome};

impl Work<'_, '_> {
    /// Takes one alert of the client and says what it is answered.
    pub(super) fn take_alert(&mut self, alert: &ReceivedAlert, behind: &BTreeMap<String, DevId>) -> StatusCode {
        let mut verdict = StatusCode::OK;
        for item in &alert.items {
            let type_name = item.type_name.as_deref().unwrap_or_default();
            let handled = if alert.code != AlertCode::GENERIC_ALERT {
                Ok(false)
            } else if types::same(type_name, types::GWMO_RESULT_AGGREGATION) {
                self.take_report(item, behind)
            } else if is_attached(type_name) {
                self.take_attached(item)
            } else if types::same(type_name, types::GWMO_DEVICE_DETACHED) {
                self.take_detached(item)
            } else if types::same(type_name, types::XREM_IMAGE_FAILED) {
                self.take_image_failure(alert, item)
            } else {
                let finished = self.jobs.finish_exec(alert.correlator.as_deref(), item);
                if !finished && alert.correlator.is_none() && !self.jobs.nrem().knows_alert(type_name) {
                    verdict = StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT;
                }
                Ok(finished)
            };
            match handled {
                Ok(true) => {}
                Ok(false) => self.keep_alert(item),
                Err(Unreadable) => {
                    let type_name = String::from(type_name);
                    self.step.events.push(Event::BadAlert { node: self.node.id.clone(), type_name });
                    verdict = StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT;
                }
            }
        }
        verdict
    }

    /// Nobody waits for it, but it is about to be acknowledged: the device will never tell it again.
    fn keep_alert(&mut self, item: &AlertItem) {
        self.node.alerts = self.node.alerts.saturating_add(1);
        let alert = KeptAlert::new(self.node.alerts, self.now, AlertReport::new(item));
        self.step.persist.push(Record::Alert { node: self.node.id.clone(), alert });
        self.step.events.push(Event::Alert {
            node: self.node.id.clone(),
            type_name: item.type_name.clone(),
            source: item.source.clone(),
        });
    }
}

/// What the registered types of alerts begin with, ours among them \[dm 6.4\].
const REGISTERED: [&str; 3] = ["org.openmobilealliance.", "urn:oma:at:", "urn:x-xrem:at:"];

impl Nrem {
    /// Whether alerts of this type are taken although no task waits for them.
    fn knows_alert(&self, type_name: &str) -> bool {
        let is_own =
            |prefix: &str| type_name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        REGISTERED.iter().any(|prefix| is_own(prefix)) || self.alert_types.iter().any(|prefix| is_own(prefix))
    }
}

/// The content of an alert is not what its type says.
pub(super) struct Unreadable;

/// `deviceattached` exists in two versions, of which the newer only has more attributes.
fn is_attached(type_name: &str) -> bool {
    types::same(type_name, types::GWMO_DEVICE_ATTACHED)
        || types::same(type_name, "urn:oma:at:oma-gwmo:deviceattached:1.0")
}

impl Jobs<'_> {
    /// Gives `item` to the Exec it answers: by `correlator`, else to one without Correlator that awaits an alert, by its
    /// source. `false` when there is none.
    pub(super) fn finish_exec(&mut self, correlator: Option<&str>, item: &AlertItem) -> bool {
        let nrem = self.nrem();
        for tracked in self.iter_mut() {
            let task = Arc::clone(&tracked.task);
            let commands = planned(nrem, &task, &tracked.job);
            for (planned, progress) in commands.iter().zip(&mut tracked.job.progress) {
                let answered = |command: &Command<'_>| answers(command, correlator, item.source.as_deref());
                let waiting = matches!(progress.state, CommandState::Waiting(_));
                if correlator.is_none() && !waiting {
                    continue;
                }
                if !fill_in(&mut progress.outcome, &planned.command, &answered, item) {
                    continue;
                }
                if waiting && !progress.outcome.awaits_alert() {
                    progress.state = CommandState::Done;
                }
                tracked.changed = true;
                return true;
            }
        }
        false
    }
}

/// Whether an alert with `correlator` from `source` finishes `command`.
fn answers(command: &Command<'_>, correlator: Option<&str>, source: Option<&str>) -> bool {
    let Command::Tree(tree) = command else { return false };
    match (tree.correlator.as_deref(), correlator) {
        (Some(own), Some(received)) => own == received,
        (None, None) => {
            let target = tree.items.first().and_then(|item| item.target_uri());
            // FUMO alerts come from the object or from the executed node [mo 5.5].
            target
                .zip(source)
                .is_some_and(|(target, source)| is_at_or_below(target, source) || is_at_or_below(source, target))
        }
        _ => false,
    }
}

fn is_at_or_below(uri: &str, parent: &str) -> bool {
    uri.trim().strip_prefix(parent.trim()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Puts `item` into the outcome of the Exec in `command` that `answered` points at.
fn fill_in(
    outcome: &mut Outcome,
    command: &Command<'_>,
    answered: &dyn Fn(&Command<'_>) -> bool,
    item: &AlertItem,
) -> bool {
    if let Command::Atomic(container) | Command::Sequence(container) = command {
        // An alert may come before the statuses that make the outcomes.
        outcome.commands.resize_with(container.commands.len(), Outcome::default);
        let mut inner = container.commands.iter().zip(&mut outcome.commands);
        return inner.any(|(command, outcome)| fill_in(outcome, command, answered, item));
    }
    let found = is_exec(command) && answered(command);
    if found {
        outcome.alert = Some(AlertReport::new(item));
    }
    found
}
