//! What must be true at the end of an ordeal.

use alloc::collections::BTreeMap;

use omadm_proto::auth::Scheme;
use omadm_proto::status::StatusCode;
use xrem_server::nrem::Event;
use xrem_server::store::Store as _;
use xrem_server::task::{CommandSpec, Job, Outcome, OutcomeFault, TaskId};

use super::work::{Expected, Planned};
use super::{DEVICE, LONGEST_SESSION, Ordeal};
use crate::node::Node;

impl Ordeal {
    /// Everything that is wrong.
    pub(super) fn judge(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        self.judge_sessions(&mut wrong);
        for (id, task) in &self.tasks {
            self.judge_task(*id, task, &mut wrong);
        }
        self.judge_tree(&mut wrong);
        self.judge_executions(&mut wrong);
        self.judge_alerts(&mut wrong);
        wrong
    }

    fn judge_sessions(&self, wrong: &mut Vec<String>) {
        let sessions = self.world.sessions(DEVICE);
        if self.world.drem(DEVICE).is_none_or(|drem| drem.in_session() || !drem.is_idle()) {
            wrong.push("the device is not idle".to_owned());
        }
        if sessions.started != sessions.finished + sessions.broken {
            wrong.push(format!("a session has no end, or two: {sessions:?}"));
        }
        if sessions.longest > LONGEST_SESSION {
            wrong.push(format!("a session took {:?}", sessions.longest));
        }
    }

    fn job(&self, id: TaskId) -> Option<Job> {
        let Ok(jobs) = self.world.store().jobs(id);
        jobs.into_iter().next()
    }

    fn judge_task(&self, id: TaskId, task: &[Planned], wrong: &mut Vec<String>) {
        let Some(job) = self.job(id).filter(|job| !job.is_active()) else {
            return wrong.push(format!("task {id} has no end"));
        };
        let told = self.world.server_events().iter();
        let told = told.filter(|event| matches!(event, Event::JobEnded { job: ended, .. } if *ended == job.id)).count();
        if told != 1 {
            wrong.push(format!("task {id}: its end was told {told} times"));
        }
        for (at, (planned, progress)) in task.iter().zip(&job.progress).enumerate() {
            if let Some(why) = self.judge_outcome(planned, &progress.outcome, progress.repeated) {
                let repeated = if progress.repeated { ", repeated" } else { "" };
                wrong.push(format!("task {id}, command {at}{repeated}: {why}: {:?}", progress.outcome));
            }
        }
    }

    fn judge_outcome(&self, planned: &Planned, outcome: &Outcome, repeated: bool) -> Option<String> {
        let good = outcome.is_good();
        match &planned.expected {
            Expected::Good => (!good).then(|| "it did not succeed".to_owned()),
            Expected::Bad => good.then(|| "it succeeded".to_owned()),
            Expected::User => outcome.status.is_none().then(|| "nobody was asked".to_owned()),
            // What was deleted the first time cannot be read the second time.
            Expected::Value(_) if repeated && outcome.status == Some(StatusCode::NOT_FOUND) => None,
            Expected::Value(_) if !good => Some("it did not succeed".to_owned()),
            Expected::Value(value) => {
                let is = outcome.results.first().and_then(|result| result.text());
                (!repeated && is != Some(value)).then(|| format!("it returned {is:?}, not {value:?}"))
            }
            Expected::Exec { uri, correlator } => {
                let ran = self.world.execs(DEVICE).get(&((*uri).to_owned(), Some(correlator.clone()))).copied();
                match ran.unwrap_or(0) {
                    0 if good => Some("it succeeded and did not run".to_owned()),
                    1 if uri.ends_with("/Later") && !good => Some("its alert is lost".to_owned()),
                    0 | 1 if good || outcome.fault == Some(OutcomeFault::Unknown) => None,
                    0 | 1 => Some("it failed".to_owned()),
                    many => Some(format!("it ran {many} times")),
                }
            }
        }
    }

    fn judge_tree(&self, wrong: &mut Vec<String>) {
        let Some(tree) = self.world.tree(DEVICE) else { return };
        for (name, value) in &self.model {
            let is = tree.text(&format!("./App/{name}"));
            if is != Some(value) {
                wrong.push(format!("./App/{name} is {is:?}, not {value:?}"));
            }
        }
        for node in tree.children("./App") {
            if !node.is_interior() && node.name() != "Heat" && !self.model.contains_key(node.name()) {
                wrong.push(format!("./App/{} should not be there", node.name()));
            }
        }
    }

    /// No command ran more often than the server meant it to.
    fn judge_executions(&self, wrong: &mut Vec<String>) {
        let mut most: BTreeMap<(String, String), Option<u32>> = BTreeMap::new();
        for (id, task) in &self.tasks {
            let Some(job) = self.job(*id) else { continue };
            for (planned, progress) in task.iter().zip(&job.progress) {
                count(&planned.spec, progress.repeated, &mut most);
            }
        }
        for (command, times) in self.world.executed(DEVICE) {
            let allowed = most.get(&command).copied().unwrap_or(Some(0));
            if allowed.is_some_and(|allowed| times > allowed) {
                wrong.push(format!("{command:?} was executed {times} times, not {allowed:?}"));
            }
        }
    }

    fn judge_alerts(&self, wrong: &mut Vec<String>) {
        let broken = self.world.sessions(DEVICE).broken;
        // Who uses auth-basic may start each session with the same bytes, so what comes again late is a session once more.
        let struck = self.world.struck();
        let replays =
            if self.world.plan().scheme == Scheme::Basic { struck.doubled + struck.late + struck.lost } else { 0 };
        let most = 1 + broken + u32::try_from(replays).unwrap_or(u32::MAX);
        for number in 1..=self.alerts {
            let uri = format!("./App/alert{number}");
            let events = self.world.server_events().iter();
            let came =
                events.filter(|event| matches!(event, Event::Alert { source: Some(source), .. } if *source == uri));
            let came = u32::try_from(came.count()).unwrap_or(u32::MAX);
            if came == 0 {
                wrong.push(format!("the alert of {uri} is lost"));
            } else if came > most {
                wrong.push(format!("the alert of {uri} came {came} times which is more than {most}"));
            }
        }
        if self.world.server_events().iter().any(|event| matches!(event, Event::UnknownDevice(_))) {
            wrong.push(format!("{} became a stranger", Node::Device(DEVICE)));
        }
    }
}

/// Counts how often the commands of `spec` may be executed; `None` stands for any number.
fn count(spec: &CommandSpec, repeated: bool, most: &mut BTreeMap<(String, String), Option<u32>>) {
    let (verb, uri) = match spec {
        CommandSpec::Get { uri } => ("Get", uri),
        CommandSpec::Add(write) => ("Add", &write.uri),
        CommandSpec::Replace(write) => ("Replace", &write.uri),
        CommandSpec::Delete { uri } => ("Delete", uri),
        CommandSpec::Copy { uri, .. } => ("Copy", uri),
        CommandSpec::Exec(exec) => ("Exec", &exec.uri),
        CommandSpec::Atomic { commands } | CommandSpec::Sequence { commands } => {
            return commands.iter().for_each(|inner| count(inner, repeated, most));
        }
        CommandSpec::Alert { .. } | _ => return,
    };
    let times = most.entry((verb.to_owned(), uri.clone())).or_insert(Some(0));
    *times = times.filter(|_| !repeated).map(|times| times + 1);
}
