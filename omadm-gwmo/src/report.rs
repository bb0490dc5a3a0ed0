//! Grouping of outcomes, so that a thousand equal answers cost one short group \[gwmo 4.3\].
//!
//! The grouping key is (state, result code, outcomes of all commands). Groups come in the order of their keys, so equal jobs
//! give byte-equal reports. What does not fit into one report goes into the next; a group that is too large by itself is
//! split by devices, and the values of a single device that are too long are cut and marked.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::code::{DeviceState, ResultCode};
use crate::fanout::{ReportMode, ReportPolicy, Returned, Run};
use crate::payload::{CommandOutcome, Group, Members, RecordName, RecordSet, Value, Values};
use omadm_proto::ids::DevId;
use omadm_proto::message::Format;

/// Bytes of a report besides its groups: the root element with all its counters, JobID and gateway not counted.
const FRAME: usize = 192;

/// What devices of one group have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    state: DeviceState,
    code: ResultCode,
    commands: Vec<CommandOutcome>,
    /// Set when the device stands alone: mode 4, or values of a device that no record names.
    alone: Option<DevId>,
}

/// The groups of each report that `runs` need, under the policy and with at most `max_bytes` a report.
pub(crate) fn split(runs: &[&Run], policy: &ReportPolicy, max_bytes: usize) -> Vec<Vec<Group>> {
    let budget = max_bytes.saturating_sub(FRAME).max(FRAME);
    let mut sorted: BTreeMap<Key, Vec<&Run>> = BTreeMap::new();
    for run in runs {
        if policy.mode == ReportMode::Failures && run.state == DeviceState::Ok {
            continue;
        }
        let nameless = policy.values && run.record.is_none() && !run.values().is_empty();
        let alone = policy.mode == ReportMode::EveryDevice || nameless;
        let key = Key {
            state: run.state,
            code: run.code,
            commands: run.outcomes().copied().collect(),
            alone: alone.then(|| run.device.clone()),
        };
        sorted.entry(key).or_default().push(run);
    }
    let mut reports = Vec::new();
    let mut current = Vec::new();
    let mut used = 0;
    for (key, members) in &sorted {
        for group in fit(key, members, policy, budget) {
            let len = group.encoded_len();
            if used + len > budget && !current.is_empty() {
                reports.push(core::mem::take(&mut current));
                used = 0;
            }
            used += len;
            current.push(group);
        }
    }
    reports.push(current);
    reports
}

/// The group of one run by itself, as it stands in the job's Results.
pub(crate) fn single(run: &Run) -> Group {
    let key = Key { state: run.state, code: run.code, commands: run.outcomes().copied().collect(), alone: None };
    group(&key, &[run], &ReportPolicy::default())
}

/// `members` as one group, or as several when one is larger than `budget`.
fn fit(key: &Key, members: &[&Run], policy: &ReportPolicy, budget: usize) -> Vec<Group> {
    let whole = group(key, members, policy);
    if whole.encoded_len() <= budget {
        return Vec::from([whole]);
    }
    if members.len() > 1 {
        let (left, right) = members.split_at(members.len() / 2);
        let mut groups = fit(key, left, policy, budget);
        groups.extend(fit(key, right, policy, budget));
        return groups;
    }
    Vec::from([cut(whole, budget)])
}

fn group(key: &Key, members: &[&Run], policy: &ReportPolicy) -> Group {
    let mut set = Members::default();
    for run in members {
        match run.record {
            Some(record) => set.records.insert(RecordName::new(record)),
            None => set.ids.push(run.device.clone()),
        }
    }
    let mut group = Group::new(key.state, key.code, set);
    if policy.mode == ReportMode::EveryDevice {
        group.attempts = members.first().map(|run| run.attempts);
    }
    group.commands.clone_from(&key.commands);
    if policy.values {
        group.values = values(members);
    }
    group
}

/// One `<V>` a node and command, with one `<v>` a distinct value.
fn values(members: &[&Run]) -> Vec<Values> {
    type Node<'r> = (u32, &'r str, Format);
    let mut nodes: BTreeMap<Node<'_>, BTreeMap<(&[u8], bool), RecordSet>> = BTreeMap::new();
    for run in members {
        for Returned { command, uri, format, data, cut } in run.values() {
            let values = nodes.entry((*command, uri.as_str(), *format)).or_default();
            let who = values.entry((data.as_slice(), *cut)).or_default();
            if let Some(record) = run.record {
                who.insert(RecordName::new(record));
            }
        }
    }
    let everyone = members.len();
    let write = |((command, uri, format), values): (Node<'_>, BTreeMap<(&[u8], bool), RecordSet>)| {
        let mut sorted: Vec<_> = values.into_iter().collect();
        // In the order of the first device, as the samples write them.
        sorted.sort_by(|(_, a), (_, b)| a.iter().next().cmp(&b.iter().next()));
        let written = sorted.into_iter().map(|((data, cut), who)| {
            let records = (who.len() < everyone && !who.is_empty()).then_some(who);
            let mut value = Value::new(records, data.to_vec());
            value.cut = cut;
            value
        });
        Values::new(command, uri, format, written.collect())
    };
    nodes.into_iter().map(write).collect()
}

/// Shortens the values of a group of one device until it fits; the whole values stay in the job's Results.
fn cut(mut group: Group, budget: usize) -> Group {
    let mut longest = budget;
    while group.encoded_len() > budget && longest > 0 {
        longest /= 2;
        for value in group.values.iter_mut().flat_map(|values| &mut values.values) {
            if value.data.len() > longest {
                let mut end = longest;
                if let Ok(text) = core::str::from_utf8(&value.data) {
                    while !text.is_char_boundary(end) {
                        end -= 1;
                    }
                }
                value.data.truncate(end);
                value.cut = true;
            }
        }
    }
    while group.encoded_len() > budget && group.values.pop().is_some() {
        if let Some(value) = group.values.last_mut().and_then(|values| values.values.last_mut()) {
            value.cut = true;
        }
    }
    group
}
