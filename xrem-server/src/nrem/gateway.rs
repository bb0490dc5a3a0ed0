//! What gateways report: devices, images, outcomes \[gwmo 4\].
//!
//! Alerts are delivered at least once: each handler may see the same one again and changes nothing then.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_gwmo::code::{DeviceState, ResultCode};
use omadm_gwmo::names::{Mo, Name, NodeNames};
use omadm_gwmo::payload::{Devices, Group, Image, PayloadLimits, RecordName, Report, Values};
use omadm_proto::ids::DevId;

use super::alerts::Unreadable;
use super::leaving::has_left;
use super::performance::read_samples;
use super::{Event, Work};
use crate::directory::at_gateway;
use crate::performance::Collected;
use crate::session::{AlertItem, ReceivedAlert, Value};
use crate::store::Behind;
use crate::task::{AlertReport, CommandSpec, DeviceResult, Job, JobFault, JobId, JobState, Outcome, Task};

impl Work<'_, '_> {
    /// `deviceattached`: the devices are behind this gateway now.
    pub(super) fn take_attached(&mut self, item: &AlertItem) -> Result<bool, Unreadable> {
        let devices = parse(item, Devices::parse)?;
        self.step.events.push(Event::Attached { gateway: self.node.node_id(), devices: devices.devices.len() });
        self.step.reports.gateway = Some(self.node.id.clone());
        self.step.reports.attached.extend(devices.devices);
        Ok(true)
    }

    /// `devicedetached`: the place is kept, because the device may come back to it and reports may still name its record.
    pub(super) fn take_detached(&mut self, item: &AlertItem) -> Result<bool, Unreadable> {
        let devices = parse(item, Devices::parse)?;
        self.step.events.push(Event::Detached { gateway: self.node.node_id(), devices: devices.devices.len() });
        self.step.reports.gateway = Some(self.node.id.clone());
        self.step.reports.detached.extend(devices.devices.into_iter().map(|dev| dev.id));
        Ok(true)
    }

    /// `imagefailed`: the job that wanted the image fails.
    pub(super) fn take_image_failure(&mut self, alert: &ReceivedAlert, item: &AlertItem) -> Result<bool, Unreadable> {
        let image = parse(item, Image::parse)?;
        let code = image.code.unwrap_or(ResultCode::DOWNLOAD_FAILED);
        let mut found = false;
        for tracked in self.jobs.iter_mut().filter(|tracked| tracked.job.is_active() && tracked.job.is_fanout()) {
            let wanted = usize::try_from(tracked.job.step).ok().and_then(|step| tracked.task.images.get(step));
            let by_correlator =
                alert.correlator.as_deref().map(|text| text.starts_with(&alloc::format!("{}-img", tracked.job.id)));
            if wanted.is_some_and(|wanted| wanted.id() == image.id) && by_correlator != Some(false) {
                tracked.job.in_session = false;
                tracked.job.state = JobState::Failed(JobFault::Image(code));
                tracked.changed = true;
                let (job, node, state) = (tracked.job.id, self.node.node_id(), tracked.job.state);
                self.step.events.push(Event::JobEnded { job, node, state });
                found = true;
            }
        }
        Ok(found)
    }

    /// `resultaggregation`: outcomes by device.
    pub(super) fn take_report(
        &mut self,
        item: &AlertItem,
        behind: &BTreeMap<String, Behind>,
    ) -> Result<bool, Unreadable> {
        let report = parse(item, Report::parse)?;
        let Some(id) = JobId::parse(&report.job) else { return Ok(false) };
        let Some(tracked) = self.jobs.iter_mut().find(|tracked| tracked.job.id == id && tracked.job.is_fanout()) else {
            return Ok(false);
        };
        if tracked.job.reports.insert(report.seq) {
            tracked.changed = true;
            let mut read = Vec::new();
            for group in &report.groups {
                read.extend(note_group(&mut tracked.job, &tracked.task, group, behind));
            }
            read.into_iter().for_each(|collected| self.keep_samples(collected));
        }
        Ok(true)
    }
}

/// The device that a relayed alert with this source comes from, and the source as the device wrote it \[gwmo 9\].
pub(super) fn relayed<'b>(
    names: &NodeNames,
    item: &AlertItem,
    behind: &'b BTreeMap<String, Behind>,
) -> Option<(Option<&'b Behind>, Option<String>)> {
    let records = names.uri(Mo::DeviceInventory, &[Name::Records]);
    let (record, below) = NodeNames::instance(&records, item.source.as_deref()?)?;
    let mounted = below.strip_prefix(names.text(Name::Tree)).and_then(|path| path.strip_prefix('/'));
    let own = mounted.map(|path| alloc::format!("./{path}")).or_else(|| item.target.clone());
    Some((behind.get(record), own))
}

/// The XML in `item`, read by `parse`.
fn parse<T, E>(item: &AlertItem, parse: impl FnOnce(&str, &PayloadLimits) -> Result<T, E>) -> Result<T, Unreadable> {
    let text = item.text().ok_or(Unreadable)?;
    parse(text, &PayloadLimits::default()).map_err(|_| Unreadable)
}

/// Notes the outcome of every device of `group`, and gives the samples among what they returned.
fn note_group(job: &mut Job, task: &Task, group: &Group, behind: &BTreeMap<String, Behind>) -> Vec<Collected> {
    let records = group.members.records.iter().map(|record| {
        let name = record.to_string();
        // A record that the gateway never introduced is shown by its name rather than not at all.
        let id = behind
            .get(&name)
            .map(|device| device.id.clone())
            .or_else(|| job.moved.get(&name).cloned())
            .unwrap_or_else(|| DevId::new(name));
        (Some(record), id)
    });
    let members: Vec<(Option<&RecordName>, DevId)> =
        records.chain(group.members.ids.iter().map(|id| (None, known(job, id)))).collect();
    let mut read = Vec::new();
    for (record, id) in members {
        // What was deactivated meanwhile stays failed.
        if !has_left(job.reported.get(&id)) {
            let result = device_result(task, group, record);
            read.extend(read_samples(&id, &result.outcomes));
            job.reported.insert(id, result);
        }
    }
    read
}

/// The device of `job` that its gateway calls `id`.
fn known(job: &Job, id: &DevId) -> DevId {
    job.devices.iter().find(|device| at_gateway(device) == id.as_str()).unwrap_or(id).clone()
}

fn device_result(task: &Task, group: &Group, record: Option<&RecordName>) -> DeviceResult {
    let mut next = 1;
    let tried = !group.commands.is_empty();
    let mut outcomes = Vec::new();
    for command in task.commands.iter().filter(|_| tried) {
        let mut outcome = outcome(&command.spec, &mut next, group, record);
        outcome.tolerated |= outcome.status.is_some_and(|status| command.tolerated.contains(&status));
        outcomes.push(outcome);
    }
    // The gateway does not know which statuses are good enough for this task.
    let forgiven = group.code == ResultCode::FAILED && tried && outcomes.iter().all(Outcome::is_good);
    let (state, code) = if forgiven { (DeviceState::Ok, ResultCode::SUCCESS) } else { (group.state, group.code) };
    DeviceResult { state, code, outcomes }
}

/// The outcome of the command with the next CmdID of the template, and of those inside it.
fn outcome(spec: &CommandSpec, next: &mut u32, group: &Group, record: Option<&RecordName>) -> Outcome {
    let id = *next;
    *next = next.saturating_add(1);
    let mut outcome = Outcome::default();
    if let Some(reported) = group.commands.iter().find(|reported| reported.command == id) {
        outcome.status = Some(reported.status);
        outcome.alert =
            reported.result.map(|code| AlertReport { data: code.to_string().into_bytes(), ..AlertReport::default() });
    }
    let values = group.values.iter().filter(|values| values.command == id);
    outcome.results = values.flat_map(|values| values_of(values, record)).collect();
    outcome.commands = spec.inner().iter().map(|inner| self::outcome(inner, next, group, record)).collect();
    outcome
}

/// The values that one device returned.
fn values_of(values: &Values, record: Option<&RecordName>) -> Vec<Value> {
    let is_own = |records: &Option<omadm_gwmo::payload::RecordSet>| match (records, record) {
        (None, _) => true,
        (Some(records), Some(record)) => records.contains(record),
        (Some(_), None) => false,
    };
    let own = values.values.iter().filter(|value| is_own(&value.records));
    own.map(|value| Value {
        uri: values.uri.clone(),
        format: Some(values.format.as_str().into()),
        type_name: None,
        data: value.data.clone(),
    })
    .collect()
}
