//! What the devices saw acknowledged, counted against what the server has stored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Args;
use super::link::Link;
use super::site::Api;
use super::worker::Report;
use crate::error::Error;

/// How long a server that was just restarted is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const MAX_ANSWER: usize = 1 << 30;

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    sessions: u64,
    alerts: u64,
    tasks: u64,
    /// Acknowledged, but not stored.
    pub(crate) lost: u64,
    /// Executed more than once.
    pub(crate) twice: u64,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sessions, alerts, tasks, lost, twice } = self;
        write!(
            f,
            "acknowledged      {sessions} sessions, {alerts} alerts, {tasks} tasks; {lost} of them not in the store; \
             {twice} commands executed twice"
        )
    }
}

/// Asks the server what it has.
pub(crate) fn check(args: &Args, reports: &[Report]) -> Result<Verdict, Error> {
    let authority = args.server.trim_end_matches('/').trim_start_matches("http://");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::new(format!("cannot check: {error}")))?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let link = Link::new(authority, 1, MAX_ANSWER).ok_or_else(|| Error::new("--server names no host"))?;
        let api = Api::new(link, args.api_token.as_deref())?;
        let mut verdict = Verdict::default();
        count_nodes(&nodes(&api).await?, reports, &mut verdict);
        let mut done: BTreeMap<(String, String), bool> = BTreeMap::new();
        for task in tasks(reports) {
            note_done(&patiently(&api, &format!("/tasks/{task}")).await?, &mut done);
        }
        count_tasks(&done, reports, &mut verdict);
        Ok(verdict)
    })
}

/// The tasks that were submitted. One of which the answer was lost with the server was submitted again, and yet it is there:
/// the Correlators that its devices got name it, `t` with its number, a dash, and the number of the Exec.
fn tasks(reports: &[Report]) -> BTreeSet<u64> {
    let named = |correlator: &String| correlator.strip_prefix('t')?.split('-').next()?.parse().ok();
    let devices = reports.iter().flat_map(|report| &report.devices);
    let executed = devices.flat_map(|(_, deeds)| deeds.acknowledged.iter().filter_map(named));
    reports.iter().flat_map(|report| report.tasks.iter().copied()).chain(executed).collect()
}

/// All nodes, page by page.
async fn nodes(api: &Api) -> Result<Value, Error> {
    let mut all = patiently(api, "/devices?limit=10000").await?;
    while let Some(next) = all["next"].as_str() {
        let mut page = patiently(api, &format!("/devices?limit=10000&after={next}")).await?;
        if let (Some(all), Some(more)) = (all["devices"].as_array_mut(), page["devices"].as_array_mut()) {
            all.append(more);
        }
        all["next"] = page["next"].take();
    }
    Ok(all)
}

async fn patiently(api: &Api, path: &str) -> Result<Value, Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        match api.get(path).await {
            Err(_) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(200)).await,
            answer => return answer,
        }
    }
}

/// Sessions and alerts of each device: the server must have counted at least those that ended well.
fn count_nodes(nodes: &Value, reports: &[Report], verdict: &mut Verdict) {
    let stored: BTreeMap<&str, (u64, u64)> = nodes["devices"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|node| Some((node["id"].as_str()?, (node["sessions"].as_u64()?, node["alerts"].as_u64()?))))
        .collect();
    for (id, deeds) in reports.iter().flat_map(|report| &report.devices) {
        let (sessions, alerts) = stored.get(id.as_str()).copied().unwrap_or_default();
        verdict.sessions += deeds.finished;
        verdict.alerts += deeds.alerts_acknowledged;
        verdict.lost += deeds.finished.saturating_sub(sessions) + deeds.alerts_acknowledged.saturating_sub(alerts);
        verdict.twice += deeds.executed.values().filter(|times| **times > 1).count() as u64;
    }
}

/// Which device of a task is done, by the Correlator of its Exec.
fn note_done(task: &Value, done: &mut BTreeMap<(String, String), bool>) {
    for device in task["devices"].as_array().into_iter().flatten() {
        let commands = device["commands"].as_array().into_iter().flatten();
        for correlator in commands.filter_map(|command| command["correlator"].as_str()) {
            let id = device["id"].as_str().unwrap_or_default();
            done.insert((id.to_owned(), correlator.to_owned()), device["state"] == "ok");
        }
    }
}

fn count_tasks(done: &BTreeMap<(String, String), bool>, reports: &[Report], verdict: &mut Verdict) {
    for (id, deeds) in reports.iter().flat_map(|report| &report.devices) {
        for correlator in &deeds.acknowledged {
            verdict.tasks += 1;
            verdict.lost += u64::from(done.get(&(id.clone(), correlator.clone())) != Some(&true));
        }
    }
}
