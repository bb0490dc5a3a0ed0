//! Records as the API shows them. Never a secret, never a nonce.

use crate::store::{Database, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::dialect::Dialect;
use omadm_proto::ids::DevId;
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, UtcTime};
use omadm_tree::mo::LawmoOperation;
use serde::Serialize;
use serde_json::{Value, json};
use xrem_server::bootstrap::Standing;
use xrem_server::directory::{Bearer, NodeId, NodeRecord, Place, is_local, name_of};
use xrem_server::register::Lifecycle;
use xrem_server::store::{KeptAlert, Resync, Store as _};
use xrem_server::task::{
    CommandSpec, DeviceResult, ImageFile, Job, JobFault, JobState, Outcome, Purpose, Reported, Task, TaskCommand,
};

/// A moment as people write it: `2026-01-31T02:00:00Z`.
pub(crate) fn time(at: Instant) -> String {
    let basic = UtcTime::from_unix_secs(at.as_millis() / 1000).to_string();
    let part = |from: usize, to: usize| basic.get(from..to).unwrap_or_default();
    format!("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 6), part(6, 8), part(9, 11), part(11, 13), part(13, 15))
}

/// A node: registered, or only reported by its gateway.
pub(crate) fn node(
    store: &Database,
    id: &DevId,
    node: Option<&NodeRecord>,
    place: Option<&Place>,
) -> Result<Value, StoreError> {
    let mut view = json!({
        "id": name_of(id, node, place),
        "kind": node.map(|node| node.kind).unwrap_or_default(),
        "registered": node.is_some(),
        "attached": place.is_some_and(|place| place.record.is_some()),
    });
    if let Some(node) = node {
        view["life"] = json!(match node.lifecycle {
            Lifecycle::Leaving(_) => "leaving",
            Lifecycle::Deactivated(_) => "deactivated",
            _ => "active",
        });
        view["sessions"] = json!(node.sessions);
        view["messages"] = json!(node.messages);
        view["alerts"] = json!(node.alerts);
        view["last_session"] = json!(node.last_session.map(time));
        view["dev_info"] = json!(node.dev_info);
        view["groups"] = json!(node.groups);
        // The addresses are this server's matter.
        let bearer = |bearer: &Bearer| json!({"scheme": bearer.scheme(), "priority": bearer.priority});
        view["bearers"] = node.bearers.iter().map(bearer).collect();
        if let Some(account) = &node.account {
            view["scheme"] = json!(account.scheme);
            view["client"] = json!({"name": account.client.name});
            view["server"] = json!({"id": account.server.name});
            view["resync"] = json!(account.resync != Resync::Refused);
            view["dialect"] = json!(match account.dialect {
                None => "auto",
                Some(Dialect::Windows) => "windows",
                Some(_) => "oma",
            });
        }
        if let Some(standing) = node.bootstrap {
            view["bootstrap"] = match standing {
                Standing::HandedOut(at) => json!({"state": "handed out", "at": time(at)}),
                Standing::Done(at) => json!({"state": "done", "at": time(at)}),
            };
        }
    }
    if !is_local(id) {
        view["dev_id"] = json!(id);
    }
    if let Some(place) = place {
        view["gateway"] = json!(store.name_of(&place.gateway)?);
        view["facts"] = json!(place.facts);
    }
    Ok(view)
}

/// An alert that no task waited for.
pub(crate) fn alert(alert: &KeptAlert) -> Value {
    let KeptAlert { number, at, report, .. } = alert;
    let mut view = json!({
        "number": number,
        "at": time(*at),
        "type": report.type_name,
        "mark": report.mark,
        "source": report.source,
    });
    if let Some(device) = &alert.device {
        view["device"] = json!(device);
    }
    match std::str::from_utf8(&report.data) {
        Ok(text) => view["data"] = json!(text),
        Err(_) => view["data_b64"] = json!(STANDARD.encode(&report.data)),
    }
    view
}

/// A file that nodes fetch.
pub(crate) fn image(image: &ImageFile) -> Value {
    let hex = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "name": image.name,
        "version": image.version,
        "size": image.size,
        "sha256": image.sha256,
        "url": image.url,
        "base": image.delta.as_ref().map(|delta| &delta.from),
        "result": image.delta.as_ref().map(|delta| &delta.target),
        "signature": image.signature.as_ref().map(hex),
    })
}

/// What a task does, in one word.
pub(crate) const fn kind_word(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Commands => "commands",
        Purpose::Firmware { .. } => "firmware",
        Purpose::Credentials { .. } => "credentials",
        Purpose::Software { .. } => "software",
        Purpose::Lock { .. } => "lock",
        Purpose::Farewell { .. } => "farewell",
        Purpose::Forget => "forget",
        Purpose::Inventory => "inventory",
        Purpose::Presence => "presence",
        Purpose::DesiredState { .. } => "desired state",
        Purpose::Configuration { .. } => "configuration",
        _ => "other",
    }
}

/// An operation of the lock and wipe object, as the API spells it.
const fn lock_word(operation: LawmoOperation) -> &'static str {
    match operation {
        LawmoOperation::FullyLock => "fully-lock",
        LawmoOperation::PartiallyLock => "partially-lock",
        LawmoOperation::UnLock => "unlock",
        LawmoOperation::Wipe => "wipe",
        LawmoOperation::FactoryReset => "factory-reset",
    }
}

/// How many devices of a task are where.
#[derive(Debug, Default, Serialize)]
struct Counts {
    total: usize,
    ok: usize,
    failed: usize,
    skipped: usize,
    cancelled: usize,
    pending: usize,
}

/// A task without its devices.
pub(crate) fn task_line(task: &Task, jobs: &[Job]) -> Value {
    let mut counts = Counts::default();
    for (job, _, result) in results(jobs) {
        counts.total += 1;
        match state(job, &result) {
            "ok" => counts.ok += 1,
            "failed" => counts.failed += 1,
            "skipped" => counts.skipped += 1,
            "cancelled" => counts.cancelled += 1,
            _ => counts.pending += 1,
        }
    }
    let kind = match &task.purpose {
        Purpose::Firmware { image, .. } => json!({"firmware": image.name}),
        Purpose::Credentials { side, .. } => json!({"credentials": side}),
        Purpose::Software { operation, .. } => {
            json!({"software": {"operation": operation.word(), "package": operation.package()}})
        }
        Purpose::Lock { operation, .. } => json!({"lock": lock_word(*operation)}),
        Purpose::Configuration { file, .. } => json!({"configuration": file.name}),
        other => json!(kind_word(other)),
    };
    json!({
        "id": task.id,
        "kind": kind,
        "state": task_state(jobs),
        "submitted": time(task.submitted),
        "target": task.target,
        "requester": task.requester,
        "retry_unknown": task.retry_unknown,
        "counts": counts,
    })
}

/// A task with what became of it on each device.
pub(crate) fn task(store: &Database, task: &Task, jobs: &[Job]) -> Result<Value, StoreError> {
    let mut view = task_line(task, jobs);
    view["commands"] = shown_commands(task).iter().map(|command| json!(command.spec)).collect();
    let mut devices = Vec::new();
    for job in jobs {
        let gateway = job.is_fanout().then(|| store.name_of(&job.node)).transpose()?;
        for (id, result) in job.results() {
            devices.push(device(task, job, (&store.name_of(&id)?, gateway.as_ref()), &result));
        }
    }
    view["devices"] = Value::Array(devices);
    Ok(view)
}

/// The commands of `task` as far as they are for applications: what a gateway calls its devices is not.
fn shown_commands(task: &Task) -> &[TaskCommand] {
    if task.purpose == Purpose::Forget { &[] } else { &task.commands }
}

fn results(jobs: &[Job]) -> impl Iterator<Item = (&Job, DevId, DeviceResult)> {
    jobs.iter().flat_map(|job| job.results().into_iter().map(move |(id, result)| (job, id, result)))
}

fn device(task: &Task, job: &Job, (id, gateway): (&NodeId, Option<&NodeId>), result: &DeviceResult) -> Value {
    let outcome = |at: usize| result.outcomes.get(at);
    let reported = shown_commands(task).iter().enumerate();
    let commands: Vec<Reported<'_>> =
        reported.map(|(at, command)| Reported { spec: &command.spec, outcome: outcome(at) }).collect();
    let mut view = json!({"id": id, "state": state(job, result), "commands": commands});
    if let Some(gateway) = gateway {
        view["gateway"] = json!(gateway);
    }
    if let Some(reason) = reason(task, job, result) {
        view["reason"] = json!(reason);
    }
    view
}

/// Where a task is, in one word.
pub(crate) fn task_state(jobs: &[Job]) -> &'static str {
    if jobs.iter().all(Job::is_fresh) {
        "waiting"
    } else if jobs.iter().any(Job::is_active) {
        "running"
    } else if jobs.iter().any(|job| job.state == JobState::Cancelled) {
        "cancelled"
    } else {
        "done"
    }
}

/// The state of a device in one word: waiting, running, ok, failed, skipped, cancelled.
fn state(job: &Job, result: &DeviceResult) -> &'static str {
    match result.state.number() {
        0 if job.is_fanout() && !job.is_fresh() => "running",
        0..=2 => "waiting",
        3..=9 => "running",
        10 => "ok",
        12 => "skipped",
        13 => "cancelled",
        _ => "failed",
    }
}

/// Why a device is not ok, in words.
fn reason(task: &Task, job: &Job, result: &DeviceResult) -> Option<String> {
    match state(job, result) {
        "ok" => return None,
        "waiting" | "running" => return Some(result.state.text().to_owned()),
        _ => {}
    }
    if job.state == JobState::Failed(JobFault::Deactivated) {
        return Some(JobFault::Deactivated.to_string());
    }
    // A device that is left half changed matters more than why.
    if result.outcomes.iter().any(is_half_changed) {
        return Some(format!("the device is left half changed: {}", StatusCode::ATOMIC_ROLL_BACK_FAILED));
    }
    let commands = shown_commands(task);
    let culprit = commands.iter().zip(&result.outcomes).find_map(|(command, outcome)| complaint(command, outcome));
    if let Some(culprit) = culprit {
        return Some(culprit);
    }
    // What later steps sent is not among the commands of the task.
    let later = result.outcomes.iter().skip(commands.len()).find(|outcome| !outcome.is_good());
    if let Some(later) = later {
        return Some(why(later));
    }
    match job.state {
        JobState::Failed(fault) if result.outcomes.is_empty() => Some(fault.to_string()),
        _ => Some(result.code.text().map_or_else(|| result.state.text().to_owned(), |_| result.code.to_string())),
    }
}

fn is_half_changed(outcome: &Outcome) -> bool {
    outcome.status == Some(StatusCode::ATOMIC_ROLL_BACK_FAILED) || outcome.commands.iter().any(is_half_changed)
}

fn complaint(command: &TaskCommand, outcome: &Outcome) -> Option<String> {
    (!outcome.is_good()).then(|| find_culprit(&command.spec, outcome)).flatten()
}

/// The command that went wrong: the innermost one, and not those that were only undone or left out because of it.
fn find_culprit(spec: &CommandSpec, outcome: &Outcome) -> Option<String> {
    if outcome.is_good() {
        return None;
    }
    let inner = spec.inner().iter().zip(&outcome.commands).find_map(|(spec, outcome)| find_culprit(spec, outcome));
    if inner.is_some() || matches!(outcome.status.map(|status| status.as_u16()), Some(215 | 216)) {
        return inner;
    }
    let json = json!(spec);
    let (cmd, uri) = (json["cmd"].as_str().unwrap_or_default(), json["uri"].as_str().unwrap_or_default());
    Some(format!("{cmd} {uri}: {}", why(outcome)).replace(" :", ":"))
}

/// Why an outcome is not good.
fn why(outcome: &Outcome) -> String {
    match (outcome.fault, &outcome.alert, outcome.status) {
        (Some(fault), ..) => fault.to_string(),
        (None, Some(alert), _) if !alert.is_good() => {
            format!("the operation ended with result {}", alert.result().unwrap_or_default())
        }
        (None, _, Some(status)) => status.to_string(),
        (None, _, None) => "no status".to_owned(),
    }
}
