//! Generic alerts: which Exec they finish, and what gateways tell by them \[dm 6.4, gwmo 4\].

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use omadm_proto::alert::{AlertCode, types};
use omadm_proto::dialect::Dialect;
use omadm_proto::message::{Command, Format};
use omadm_proto::status::StatusCode;

use super::advance::{Jobs, is_exec, planned};
use super::faults::is_trap_report;
use super::gateway::relayed;
use super::{Event, Nrem, Work};
use crate::directory::conceal::without_addresses;
use crate::session::dialect::is_windows_type;
use crate::session::{AlertItem, ReceivedAlert};
use crate::store::{Behind, KeptAlert, Record};
use crate::task::{AlertReport, CommandState, Outcome};

impl Work<'_, '_> {
    /// Takes one alert of the client and says what it is answered: what is bad about one of its Items, if something is.
    pub(super) fn take_alert(
        &mut self,
        alert: &ReceivedAlert,
        behind: &BTreeMap<String, Behind>,
        dialect: Dialect,
    ) -> StatusCode {
        let mut verdict = StatusCode::OK;
        for item in &alert.items {
            let type_name = item.type_name.as_deref().unwrap_or_default();
            let handled = if alert.code != AlertCode::GENERIC_ALERT {
                // Windows tells the end of an installation by 1224 [windows-quirks 5].
                Ok(dialect == Dialect::Windows && item.source.is_some() && self.finish_exec(alert, item, dialect))
            } else if types::same(type_name, types::GWMO_RESULT_AGGREGATION) {
                self.take_report(item, behind)
            } else if is_attached(type_name) {
                self.take_attached(item)
            } else if types::same(type_name, types::GWMO_DEVICE_DETACHED) {
                self.take_detached(item)
            } else if types::same(type_name, types::DIAGMON_REPORT) {
                self.take_samples(alert, item, behind, dialect)
            } else if types::same(type_name, types::XREM_IMAGE_FAILED) {
                self.take_image_failure(alert, item)
            } else if is_trap_report(item) {
                self.take_trap(alert, item, behind, dialect)
            } else {
                self.note_fault(alert, item, behind);
                Ok(self.finish_exec(alert, item, dialect))
            };
            match handled {
                Ok(true) => {}
                Ok(false) => {
                    let is_late = alert.correlator.is_some();
                    if alert.code == AlertCode::GENERIC_ALERT && !is_late && !self.knows(item, dialect) {
                        verdict = StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT;
                    }
                    self.keep_alert(alert, item, behind);
                }
                Err(Unreadable) => {
                    let type_name = without_addresses(type_name);
                    self.step.events.push(Event::BadAlert { node: self.node.node_id(), type_name });
                    verdict = StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT;
                }
            }
        }
        verdict
    }

    /// Nobody waits for it, but it is about to be answered: the device will never tell it again.
    /// One that a gateway relayed is told as the device's own.
    fn keep_alert(&mut self, alert: &ReceivedAlert, item: &AlertItem, behind: &BTreeMap<String, Behind>) {
        self.node.alerts = self.node.alerts.saturating_add(1);
        let mut report = AlertReport::new(item);
        let mut device = None;
        if let Some((sender, source)) = relayed(&self.jobs.nrem().names, item, behind) {
            (device, report.source) = (sender.map(|sender| sender.name.clone()), source);
        }
        let shown = |text: &Option<String>| text.as_deref().map(without_addresses);
        self.step.events.push(Event::Alert {
            node: device.clone().unwrap_or_else(|| self.node.node_id()),
            type_name: shown(&item.type_name),
            source: shown(&report.source),
            correlator: shown(&alert.correlator),
            importance: item.importance(),
        });
        let mut kept = KeptAlert::new(self.node.alerts, self.now, report);
        kept.device = device;
        self.step.persist.push(Record::Alert { node: self.node.id.clone(), alert: kept });
    }

    pub(super) fn finish_exec(&mut self, alert: &ReceivedAlert, item: &AlertItem, dialect: Dialect) -> bool {
        self.jobs.finish_exec(alert.correlator.as_deref(), item, dialect)
    }

    /// Whether Type and Format of an alert are ones that this server takes.
    fn knows(&self, item: &AlertItem, dialect: Dialect) -> bool {
        let type_name = item.type_name.as_deref().unwrap_or_default();
        let windows = dialect == Dialect::Windows && is_windows_type(type_name);
        let known_format = item.format.as_deref().is_none_or(|format| Format::parse(format.trim()).is_some());
        (windows || self.jobs.nrem().knows_alert(type_name)) && known_format
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
    pub(super) fn finish_exec(&mut self, correlator: Option<&str>, item: &AlertItem, dialect: Dialect) -> bool {
        let nrem = self.nrem();
        for tracked in self.iter_mut() {
            let task = Arc::clone(&tracked.task);
            let commands = planned(nrem, &task, &tracked.job);
            for (planned, progress) in commands.iter().zip(&mut tracked.job.progress) {
                let answered = |command: &Command<'_>| answers(command, correlator, item.source.as_deref(), dialect);
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
fn answers(command: &Command<'_>, correlator: Option<&str>, source: Option<&str>, dialect: Dialect) -> bool {
    let Command::Tree(tree) = command else { return false };
    // Windows was sent none, whatever the task says.
    let own = tree.correlator.as_deref().filter(|_| dialect != Dialect::Windows);
    match (own, correlator) {
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

/// Compared segment by segment after percent-decoding: Windows writes a brace in a name as it is and as `%7B`
/// \[windows-quirks L23\].
pub(super) fn is_at_or_below(uri: &str, parent: &str) -> bool {
    let mut segments = uri.trim().split('/');
    parent.trim().split('/').all(|expected| segments.next().is_some_and(|it| octets(it).eq(octets(expected))))
}

/// The octets that `segment` stands for.
fn octets(segment: &str) -> impl Iterator<Item = u8> {
    let mut rest = segment.as_bytes();
    core::iter::from_fn(move || {
        let (&first, behind) = rest.split_first()?;
        let escaped = match behind {
            [high, low, ..] if first == b'%' => char::from(*high).to_digit(16).zip(char::from(*low).to_digit(16)),
            _ => None,
        };
        let decoded = escaped.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
        rest = if decoded.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
        Some(decoded.unwrap_or(first))
    })
}

/// Whether it reports an operation of SCOMO, in either spelling of its type \[mo 13\].
fn is_software(item: &AlertItem) -> bool {
    let type_name = item.type_name.as_deref().unwrap_or_default();
    [types::SCOMO_COMPLETE, types::SCOMO_COMPLETE_2009].iter().any(|known| types::same(type_name, known))
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
        match &mut outcome.alert {
            // One Item for each component \[mo 7.5\]; one that is repeated says nothing new.
            Some(alert) if is_software(item) => alert.add(AlertReport::new(item)),
            _ => outcome.alert = Some(AlertReport::new(item)),
        }
    }
    found
}
