//! Fan-out jobs over simulated devices: goals and faults, by what reports say.
#![cfg(feature = "xml")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

extern crate alloc;

use alloc::collections::BTreeMap;
use core::time::Duration;

use omadm_gwmo::code::{DeviceState, JobState, ResultCode};
use omadm_gwmo::fanout::{
    AlertFacts, AlertUse, Answer, Fanout, FanoutOutput, FanoutSettings, JobSpec, Reason, Returned, StartRefused,
    Surroundings, Work,
};
use omadm_gwmo::image::{ImageInventory, ImageSettings};
use omadm_gwmo::inventory::{Facts, Inventory};
use omadm_gwmo::payload;
use omadm_gwmo::target::Selection;
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::message::{Command, Format, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;

const GET: &str =
    "<SyncBody><Get><CmdID>1</CmdID><Item><Target><LocURI>./DevDetail/FwV</LocURI></Target></Item></Get></SyncBody>";
const REPLACE: &str = "<SyncBody><Replace><CmdID>1</CmdID><Item><Target><LocURI>./App/Interval</LocURI></Target>\
                       <Data>300</Data></Item></Replace></SyncBody>";
const FIRMWARE: &str = "<SyncBody><Replace><CmdID>1</CmdID><Item><Target><LocURI>./FUMO/DownloadAndUpdate/PkgURL</LocURI>\
                        </Target><Data>http://gw/i</Data></Item></Replace><Exec><CmdID>2</CmdID><Correlator>fw</Correlator>\
                        <Item><Target><LocURI>./FUMO/DownloadAndUpdate</LocURI></Target></Item></Exec></SyncBody>";

/// How a simulated device behaves.
#[derive(Clone, Default)]
struct Behaviour {
    /// The statuses it gives, by attempt; the last one stays. Empty means 200, or 202 for an Exec.
    statuses: Vec<u16>,
    /// What a Get returns.
    value: String,
    /// It never comes.
    absent: bool,
    /// Sessions that break after its commands were sent.
    breaks: usize,
    /// The result codes of its final alerts, by execution.
    results: Vec<&'static str>,
}

struct World {
    now: Instant,
    fanout: Fanout,
    inventory: Inventory,
    images: ImageInventory,
    devices: BTreeMap<u32, Behaviour>,
    attempts: BTreeMap<u32, usize>,
    executions: BTreeMap<u32, Vec<String>>,
    reports: Vec<payload::Report>,
    completions: Vec<payload::Job>,
    notified: usize,
    most_at_once: usize,
    acknowledge: bool,
}

impl World {
    fn new(devices: u32) -> Self {
        let mut inventory = Inventory::new(100_000);
        for number in 1..=devices {
            inventory
                .attach(Instant::ZERO, &format!("urn:d:{number}").as_str().into(), "OMA-DM-1.2", Facts::default())
                .unwrap();
        }
        Self {
            now: Instant::from_secs(1_000_000),
            fanout: Fanout::new(FanoutSettings::new("urn:gw".into())),
            inventory,
            images: ImageInventory::new(ImageSettings::new("http://gw"), NonceSource::new(Seed::new([1; 32]))),
            devices: BTreeMap::new(),
            attempts: BTreeMap::new(),
            executions: BTreeMap::new(),
            reports: Vec::new(),
            completions: Vec::new(),
            notified: 0,
            most_at_once: 0,
            acknowledge: true,
        }
    }

    fn spec(&self, template: &str) -> JobSpec {
        JobSpec::new("j1", ServerId::new("nrem"), Selection::everything(), Syntax::Xml, template)
    }

    fn start(&mut self, spec: JobSpec) -> Result<u64, StartRefused> {
        let surroundings = Surroundings { inventory: &self.inventory, images: &self.images };
        self.fanout.start(self.now, spec, None, surroundings, |_| true)
    }

    fn behaviour(&self, record: u32) -> Behaviour {
        self.devices.get(&record).cloned().unwrap_or_default()
    }

    /// Performs outputs and lets time jump until nothing is left to do.
    fn run(&mut self) {
        for _ in 0..1_000_000 {
            if !self.perform() {
                match self.fanout.next_timeout() {
                    // Dropping results after a week is no work.
                    Some(wakeup) if wakeup.reason != "results of a job are dropped" => {
                        self.now = self.now.max(wakeup.at);
                        self.fanout.handle_timeout(self.now);
                    }
                    _ => return,
                }
            }
        }
        panic!("stuck");
    }

    /// Performs all outputs; tells whether there were any.
    fn perform(&mut self) -> bool {
        let mut woken = Vec::new();
        let mut any = false;
        while let Some(output) = self.fanout.poll_output() {
            any = true;
            match output {
                FanoutOutput::Notify { record } => woken.push(record),
                FanoutOutput::Report { job, report } => {
                    if self.acknowledge {
                        self.fanout.acknowledged(job, report.seq);
                    }
                    self.reports.push(report);
                }
                FanoutOutput::Completion { job, completion } => {
                    if self.acknowledge {
                        self.fanout.completion_acknowledged(job);
                    }
                    self.completions.push(completion);
                }
            }
        }
        self.notified += woken.len();
        self.most_at_once = self.most_at_once.max(woken.len());
        for record in woken {
            if !self.behaviour(record).absent {
                self.session(record);
            }
        }
        any
    }

    fn work(&mut self, record: u32) -> Vec<Work> {
        let surroundings = Surroundings { inventory: &self.inventory, images: &self.images };
        self.fanout.work(self.now, record, surroundings)
    }

    fn session(&mut self, record: u32) {
        let behaviour = self.behaviour(record);
        self.fanout.contact(self.now, record);
        let work = self.work(record);
        let attempt = *self.attempts.entry(record).and_modify(|attempt| *attempt += 1).or_insert(0);
        for work in &work {
            self.fanout.sent(record, work.key);
        }
        if attempt < behaviour.breaks {
            self.fanout.closed(self.now, record);
            return;
        }
        for work in &work {
            let answer = self.answer(record, &behaviour, attempt, &work.command);
            self.fanout.answered(self.now, record, work.key, answer);
        }
        assert!(self.work(record).is_empty(), "everything was sent");
        self.fanout.closed(self.now, record);
        self.finish(record, &behaviour);
    }

    fn answer(&mut self, record: u32, behaviour: &Behaviour, attempt: usize, command: &Command<'static>) -> Answer {
        let Command::Tree(leaf) = command else { panic!("{command:?}") };
        let scripted = behaviour.statuses.get(attempt).or_else(|| behaviour.statuses.last()).copied();
        match leaf.verb {
            Verb::Exec => {
                self.executions.entry(record).or_default().push(leaf.correlator.as_deref().unwrap().into());
                Answer::status(StatusCode::from_u16(scripted.unwrap_or(202)))
            }
            Verb::Get => {
                let value = Returned::new("./DevDetail/FwV", Format::Chr, behaviour.value.clone().into_bytes());
                Answer::new(Some(StatusCode::from_u16(scripted.unwrap_or(200))), vec![value], Vec::new())
            }
            Verb::Add | Verb::Replace | Verb::Copy | Verb::Delete => {
                Answer::status(StatusCode::from_u16(scripted.unwrap_or(200)))
            }
        }
    }

    /// The final alert of the last execution.
    fn finish(&mut self, record: u32, behaviour: &Behaviour) {
        let Some(executions) = self.executions.get(&record).cloned() else { return };
        let (Some(result), Some(correlator)) = (behaviour.results.get(executions.len() - 1), executions.last()) else {
            return;
        };
        assert_eq!(self.alert(record, Some(correlator), result), AlertUse::Taken);
    }

    fn alert(&mut self, record: u32, correlator: Option<&str>, data: &str) -> AlertUse {
        let facts = AlertFacts {
            correlator,
            source: Some("./FUMO"),
            type_name: "org.openmobilealliance.dm.firmwareupdate.downloadandupdate",
            data: data.as_bytes(),
        };
        self.fanout.alert(self.now, record, &facts)
    }

    fn only_report(&self) -> String {
        assert_eq!(self.reports.len(), 1);
        self.reports[0].to_xml()
    }
}

#[test]
fn a_thousand_equal_answers_are_one_group_of_less_than_a_kibibyte() {
    let mut world = World::new(1000);
    world.start(world.spec(REPLACE)).unwrap();
    world.run();
    let xml = world.only_report();
    assert_eq!(
        xml,
        "<Report xmlns=\"urn:x-xrem:gwmo:1\" job=\"j1\" gw=\"urn:gw\" seq=\"1\" last=\"1\" t=\"1000\" ok=\"1000\" ko=\"0\" sk=\"0\" \
         pend=\"0\"><O n=\"1000\" s=\"10\" rc=\"1200\"><D>r1..1000</D><S c=\"1\" v=\"200\"/></O></Report>"
    );
    assert!(xml.len() <= 1024);
    let completion = &world.completions[0];
    assert_eq!((completion.state, completion.code, completion.reports), (JobState::Done, ResultCode::SUCCESS, 1));
    assert_eq!(world.fanout.find("j1").unwrap().record().state, JobState::Done);
    assert!(world.most_at_once <= 8, "Parallel is 8");
}

#[test]
fn a_thousand_different_values_stay_below_forty_eight_kibibytes() {
    let mut world = World::new(1000);
    for record in 1..=1000 {
        world.devices.insert(record, Behaviour { value: format!("{record:016}"), ..Behaviour::default() });
    }
    world.start(world.spec(GET)).unwrap();
    world.run();
    let total: usize = world.reports.iter().map(|report| report.to_xml().len()).sum();
    assert!(total <= 48 << 10, "{total}");
    assert!(world.reports.iter().all(|report| report.to_xml().len() <= 32 << 10));
    let sequence: Vec<u32> = world.reports.iter().map(|report| report.seq).collect();
    assert_eq!(sequence, (1..=u32::try_from(world.reports.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(world.reports.iter().filter(|report| report.last).count(), 1);
    let values = world.reports.iter().flat_map(|report| &report.groups).flat_map(|group| &group.values);
    assert_eq!(values.map(|values| values.values.len()).sum::<usize>(), 1000);
}

#[test]
fn equal_and_different_values_are_told_apart_by_device() {
    let mut world = World::new(3);
    for (record, value) in [(1, "2.1"), (2, "2.1"), (3, "2.0")] {
        world.devices.insert(record, Behaviour { value: value.into(), ..Behaviour::default() });
    }
    world.start(world.spec(GET)).unwrap();
    world.run();
    let group = "<O n=\"3\" s=\"10\" rc=\"1200\"><D>r1..3</D><S c=\"1\" v=\"200\"/><V c=\"1\" u=\"./DevDetail/FwV\" f=\"chr\">\
                 <v d=\"r1..2\">2.1</v><v d=\"r3\">2.0</v></V></O>";
    assert!(world.only_report().contains(group), "{}", world.only_report());
}

#[test]
fn a_device_that_is_busy_is_tried_again_and_one_that_refuses_is_not() {
    let mut world = World::new(2);
    world.devices.insert(1, Behaviour { statuses: vec![503, 408, 200], ..Behaviour::default() });
    world.devices.insert(2, Behaviour { statuses: vec![404], ..Behaviour::default() });
    world.start(world.spec(REPLACE)).unwrap();
    world.run();
    assert_eq!(world.attempts, BTreeMap::from([(1, 2), (2, 0)]));
    let runs = world.fanout.find("j1").unwrap().runs();
    assert_eq!((runs[0].state, runs[0].code, runs[0].attempts), (DeviceState::Ok, ResultCode::SUCCESS, 3));
    assert_eq!((runs[1].state, runs[1].code, runs[1].attempts), (DeviceState::Failed, ResultCode::FAILED, 1));
    assert_eq!(world.completions[0].code, ResultCode::SOME_FAILED);
}

#[test]
fn an_internal_error_is_tried_again_once() {
    let mut world = World::new(1);
    world.devices.insert(1, Behaviour { statuses: vec![500], ..Behaviour::default() });
    world.start(world.spec(REPLACE)).unwrap();
    world.run();
    assert_eq!(world.fanout.find("j1").unwrap().runs()[0].attempts, 2);
    assert_eq!(world.completions[0].code, ResultCode::FAILED);
}

#[test]
fn a_device_that_never_comes_is_given_up_after_all_attempts() {
    let mut world = World::new(1);
    world.devices.insert(1, Behaviour { absent: true, ..Behaviour::default() });
    world.start(world.spec(REPLACE)).unwrap();
    let started = world.now;
    world.run();
    let run = &world.fanout.find("j1").unwrap().runs()[0];
    assert_eq!((run.state, run.code, run.attempts), (DeviceState::Failed, ResultCode::DID_NOT_COME, 4));
    assert!(world.now.since(started) >= Duration::from_secs(4 * 600));
    assert!(world.notified > 4, "a lost notification is repeated");
}

#[test]
fn a_lost_outcome_is_unknown_unless_the_policy_repeats_or_the_template_only_reads() {
    for (template, retry_unknown, code) in [
        (REPLACE, false, ResultCode::UNKNOWN_OUTCOME),
        (REPLACE, true, ResultCode::SUCCESS),
        (GET, false, ResultCode::SUCCESS),
    ] {
        let mut world = World::new(1);
        world.devices.insert(1, Behaviour { breaks: 1, ..Behaviour::default() });
        let mut spec = world.spec(template);
        spec.policy.retry_unknown = retry_unknown;
        world.start(spec).unwrap();
        world.run();
        assert_eq!(world.fanout.find("j1").unwrap().runs()[0].code, code);
    }
}

#[test]
fn an_add_that_was_done_before_its_outcome_was_lost_is_good() {
    let add = REPLACE.replace("Replace", "Add");
    for (breaks, state) in [(1, DeviceState::Ok), (0, DeviceState::Failed)] {
        let mut world = World::new(1);
        world.devices.insert(1, Behaviour { breaks, statuses: vec![418], ..Behaviour::default() });
        let mut spec = world.spec(&add);
        spec.policy.retry_unknown = true;
        world.start(spec).unwrap();
        world.run();
        assert_eq!(world.fanout.find("j1").unwrap().runs()[0].state, state);
    }
}

#[test]
fn an_atomic_that_finds_what_it_had_added_before_its_outcome_was_lost_is_done() {
    let leaf = |verb: &str, id: u32, uri: &str| {
        format!(
            "<{verb}><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target><Data>1</Data></Item></{verb}>"
        )
    };
    let inside = leaf("Add", 2, "./App/New") + &leaf("Replace", 3, "./App/Interval");
    let template = format!("<SyncBody><Atomic><CmdID>1</CmdID>{inside}</Atomic></SyncBody>");
    let second = |add: u16| {
        let inner = [add, 215].map(|code| Answer::status(StatusCode::from_u16(code)));
        Answer::new(Some(StatusCode::ATOMIC_FAILED), Vec::new(), inner.into())
    };
    for (add, breaks, state) in
        [(418, true, DeviceState::Ok), (418, false, DeviceState::Failed), (404, true, DeviceState::Failed)]
    {
        let mut world = World::new(1);
        let mut spec = world.spec(&template);
        spec.policy.retry_unknown = true;
        world.start(spec).unwrap();
        while world.fanout.poll_output().is_some() {}
        for attempt in u8::from(!breaks)..2 {
            world.fanout.contact(world.now, 1);
            assert_eq!(world.work(1).len(), 1);
            world.fanout.sent(1, 0);
            if attempt == 1 {
                world.fanout.answered(world.now, 1, 0, second(add));
            }
            world.fanout.closed(world.now, 1);
            world.now = world.now + Duration::from_secs(60);
            world.fanout.handle_timeout(world.now);
            while world.fanout.poll_output().is_some() {}
        }
        let run = &world.fanout.find("j1").unwrap().runs()[0];
        assert_eq!(run.state, state, "{add}");
        assert_eq!(run.outcomes().all(|outcome| outcome.status.is_good()), state == DeviceState::Ok);
    }
}

#[test]
fn firmware_results_come_with_the_final_alert() {
    let mut world = World::new(3);
    world.devices.insert(1, Behaviour { results: vec!["200"], ..Behaviour::default() });
    world.devices.insert(2, Behaviour { results: vec!["402"], ..Behaviour::default() });
    world.devices.insert(3, Behaviour { results: vec!["503", "200"], ..Behaviour::default() });
    world.start(world.spec(FIRMWARE)).unwrap();
    world.run();
    let xml = world.only_report();
    assert!(
        xml.contains(
            "<O n=\"2\" s=\"10\" rc=\"1200\"><D>r1 r3</D><S c=\"1\" v=\"200\"/><S c=\"2\" v=\"202\" r=\"200\"/></O>"
        ),
        "{xml}"
    );
    assert!(
        xml.contains(
            "<O n=\"1\" s=\"11\" rc=\"1400\"><D>r2</D><S c=\"1\" v=\"200\"/><S c=\"2\" v=\"202\" r=\"402\"/></O>"
        ),
        "{xml}"
    );
    assert_eq!(world.executions[&1], ["fw"]);
    assert_eq!(world.executions[&3], ["fw", "fw~1"], "an Exec that shall run again is told apart from a repetition");
}

#[test]
fn an_alert_without_correlator_is_matched_by_its_source_and_family() {
    let mut world = World::new(1);
    world.start(world.spec(FIRMWARE)).unwrap();
    world.perform();
    assert_eq!(world.fanout.find("j1").unwrap().runs()[0].state, DeviceState::WaitAsync);
    let other = AlertFacts {
        correlator: None,
        source: Some("./SCOMO"),
        type_name: "urn:oma:at:scomo:1.0:OperationComplete",
        data: b"1200",
    };
    assert_eq!(world.fanout.alert(world.now, 1, &other), AlertUse::NotOurs);
    assert_eq!(world.alert(1, None, "200"), AlertUse::Taken);
    assert_eq!(world.fanout.find("j1").unwrap().runs()[0].state, DeviceState::Ok);
}

#[test]
fn a_repeated_alert_is_taken_and_changes_nothing() {
    let mut world = World::new(1);
    world.devices.insert(1, Behaviour { results: vec!["200"], ..Behaviour::default() });
    world.start(world.spec(FIRMWARE)).unwrap();
    world.run();
    assert_eq!(world.alert(1, Some("fw"), "410"), AlertUse::Taken);
    world.run();
    assert_eq!(world.reports.len(), 1);
    assert_eq!(world.fanout.find("j1").unwrap().runs()[0].code, ResultCode::SUCCESS);
    assert_eq!(world.alert(1, Some("another"), "200"), AlertUse::NotOurs);
}

#[test]
fn a_final_alert_that_never_comes_ends_the_device() {
    let mut world = World::new(1);
    world.start(world.spec(FIRMWARE)).unwrap();
    world.run();
    assert_eq!(world.fanout.find("j1").unwrap().runs()[0].code, ResultCode::NO_ASYNC_RESULT);
}

#[test]
fn a_job_goes_on_after_a_restart_in_the_middle() {
    let mut world = World::new(50);
    for record in 1..=50 {
        world.devices.insert(record, Behaviour { results: vec!["200"], ..Behaviour::default() });
    }
    world.devices.insert(7, Behaviour { absent: true, ..Behaviour::default() });
    let serial = world.start(world.spec(FIRMWARE)).unwrap();
    world.perform();
    world.perform();
    let job = world.fanout.job(serial).unwrap();
    let record = job.record().clone();
    let runs: Vec<_> = job.runs().iter().cloned().enumerate().map(|(index, run)| (serial, index, run)).collect();
    let done = runs.iter().filter(|(_, _, run)| run.state == DeviceState::Ok).count();
    assert!((1..50).contains(&done), "in the middle: {done}");
    world.fanout = Fanout::restore(FanoutSettings::new("urn:gw".into()), world.now, serial, [record], runs);
    world.devices.insert(7, Behaviour { results: vec!["200"], ..Behaviour::default() });
    world.run();
    assert_eq!((world.completions[0].ok, world.completions[0].total), (50, 50));
    assert!(world.executions.values().all(|executed| executed.iter().all(|correlator| correlator == "fw")));
    assert!(world.executions.iter().filter(|(record, _)| **record != 7).all(|(_, executed)| executed.len() == 1));
}

/// The device has taken its commands, and the gateway restarts before it hears that; then comes what `data` says.
fn alert_without_status(template: &str, data: &str) -> World {
    let mut world = World::new(1);
    let mut spec = world.spec(template);
    spec.policy.retry_unknown = true;
    let serial = world.start(spec).unwrap();
    while world.fanout.poll_output().is_some() {}
    world.fanout.contact(world.now, 1);
    for work in world.work(1) {
        world.fanout.sent(1, work.key);
    }
    let job = world.fanout.job(serial).unwrap();
    let (record, run) = (job.record().clone(), job.runs()[0].clone());
    let runs = [(serial, 0, run)];
    world.fanout = Fanout::restore(FanoutSettings::new("urn:gw".into()), world.now, serial, [record], runs);
    assert_eq!(world.alert(1, Some("fw"), data), AlertUse::Taken);
    world
}

#[test]
fn an_exec_whose_final_alert_came_before_its_status_is_not_sent_again() {
    let only_exec = format!("<SyncBody>{}", &FIRMWARE[FIRMWARE.find("<Exec>").unwrap()..]);
    for template in [FIRMWARE, &only_exec] {
        for (data, state) in [("200", DeviceState::Ok), ("402", DeviceState::Failed)] {
            let mut world = alert_without_status(template, data);
            world.run();
            let run = &world.fanout.find("j1").unwrap().runs()[0];
            assert_eq!((run.state, run.outcomes().last().unwrap().result), (state, data.parse().ok()), "{template}");
            assert!(world.executions.is_empty(), "{:?}", world.executions);
        }
    }
}

#[test]
fn an_exec_whose_final_alert_asks_for_another_attempt_gets_one_that_is_told_apart() {
    let mut world = alert_without_status(FIRMWARE, "503");
    world.devices.insert(1, Behaviour { results: vec!["200"], ..Behaviour::default() });
    world.run();
    assert_eq!(world.fanout.find("j1").unwrap().runs()[0].state, DeviceState::Ok);
    assert_eq!(world.executions[&1], ["fw~1"]);
}

#[test]
fn a_device_works_for_one_job_at_a_time_and_the_important_one_first() {
    let mut world = World::new(1);
    world.devices.insert(1, Behaviour { absent: true, ..Behaviour::default() });
    for (node, priority) in [("first", 5), ("low", 9), ("high", 0)] {
        let mut spec = world.spec(REPLACE);
        spec.node = node.into();
        spec.priority = priority;
        world.start(spec).unwrap();
    }
    world.perform();
    world.devices.clear();
    world.session(1);
    let state = |world: &World, node: &str| world.fanout.find(node).unwrap().runs()[0].state;
    assert_eq!(state(&world, "first"), DeviceState::Ok);
    assert_eq!((state(&world, "high"), state(&world, "low")), (DeviceState::Notified, DeviceState::Queued));
    world.run();
    assert_eq!((state(&world, "high"), state(&world, "low")), (DeviceState::Ok, DeviceState::Ok));
}

#[test]
fn a_device_that_comes_by_itself_is_served_at_once() {
    let mut world = World::new(20);
    world.start(world.spec(REPLACE)).unwrap();
    let mut notified = Vec::new();
    while let Some(FanoutOutput::Notify { record }) = world.fanout.poll_output() {
        notified.push(record);
    }
    assert_eq!(notified, (1..=8).collect::<Vec<_>>());
    world.session(1);
    world.session(15);
    assert_eq!(world.fanout.find("j1").unwrap().runs()[14].state, DeviceState::Queued, "no slot is free for a ninth");
    assert_eq!(world.fanout.find("j1").unwrap().runs()[8].state, DeviceState::Notified);
}

#[test]
fn a_job_that_is_stopped_cancels_what_has_not_ended_and_says_so() {
    let mut world = World::new(20);
    world.devices.extend((1..=20).map(|record| (record, Behaviour { absent: record > 5, ..Behaviour::default() })));
    world.start(world.spec(REPLACE)).unwrap();
    world.perform();
    world.fanout.stop(world.now, "j1").unwrap();
    world.run();
    let completion = &world.completions[0];
    assert_eq!((completion.state, completion.code), (JobState::Cancelled, ResultCode::CANCELLED));
    assert_eq!((completion.ok, completion.failed, completion.skipped), (5, 0, 15));
}

#[test]
fn a_job_whose_node_is_deleted_is_forgotten() {
    let mut world = World::new(3);
    let serial = world.start(world.spec(REPLACE)).unwrap();
    world.fanout.remove(world.now, "j1");
    assert!(world.fanout.take_changes().removed.contains(&serial));
    assert!(world.fanout.find("j1").is_none());
    while let Some(output) = world.fanout.poll_output() {
        assert!(matches!(output, FanoutOutput::Notify { .. }), "{output:?}");
    }
    assert!(world.work(1).is_empty());
}

#[test]
fn starts_that_cannot_work_are_refused_with_the_codes_of_the_sheet() {
    let mut world = World::new(1);
    let mut refuse = |spec: JobSpec, status, code| {
        let refused = world.start(spec).unwrap_err();
        assert_eq!((refused.status, refused.code), (status, code), "{refused}");
    };
    let spec =
        |template: &str| JobSpec::new("j1", ServerId::new("nrem"), Selection::everything(), Syntax::Xml, template);
    refuse(spec("<SyncBody/>"), StatusCode::BAD_REQUEST, ResultCode::MALFORMED);
    let mut explicit = spec(&REPLACE.replace("300", "{$arg:x}"));
    explicit.targets = Selection::explicit(["urn:d:1".into()]);
    refuse(explicit, StatusCode::BAD_REQUEST, ResultCode::NO_VALUE);
    let mut needy = spec(REPLACE);
    needy.images.push("fw".into());
    refuse(needy, StatusCode::COMMAND_FAILED, ResultCode::IMAGE_NOT_READY);
    let mut nobody = spec(REPLACE);
    nobody.targets = Selection::default();
    refuse(nobody, StatusCode::NOT_FOUND, ResultCode::NO_TARGET);
    refuse(spec(&REPLACE.replace("App", "DMAcc")), StatusCode::BAD_REQUEST, ResultCode::MALFORMED);
}

#[test]
fn a_server_without_right_on_any_target_starts_nothing_and_with_some_right_skips_the_rest() {
    let mut world = World::new(2);
    let spec = world.spec(REPLACE);
    let surroundings = Surroundings { inventory: &world.inventory, images: &world.images };
    let refused = world.fanout.start(world.now, spec.clone(), None, surroundings, |_| false).unwrap_err();
    assert_eq!((refused.status, refused.reason), (StatusCode::PERMISSION_DENIED, Reason::NotPermitted));
    world.fanout.start(world.now, spec, None, surroundings, |record| record == 2).unwrap();
    world.run();
    let xml = world.only_report();
    assert!(xml.contains("<O n=\"1\" s=\"12\" rc=\"1408\"><D>r1</D></O>"), "{xml}");
    assert_eq!(world.completions[0].code, ResultCode::SOME_SKIPPED);
    let again = world.start(world.spec(REPLACE)).unwrap_err();
    assert_eq!(again.status, StatusCode::COMMAND_NOT_ALLOWED);
}

#[test]
fn an_explicit_device_that_is_not_known_is_reported_by_its_id() {
    let mut world = World::new(1);
    let mut spec = world.spec(REPLACE);
    spec.targets = Selection::explicit(["urn:d:1".into(), "urn:gone".into()]);
    world.start(spec).unwrap();
    world.run();
    assert!(world.only_report().contains("<O n=\"1\" s=\"12\" rc=\"1416\"><I>urn:gone</I></O>"));
}

#[test]
fn a_job_is_reporting_until_the_server_took_everything() {
    let mut world = World::new(1);
    world.acknowledge = false;
    let serial = world.start(world.spec(REPLACE)).unwrap();
    world.run();
    assert_eq!(world.fanout.find("j1").unwrap().record().state, JobState::Reporting);
    world.fanout.completion_acknowledged(serial);
    assert_eq!(world.fanout.find("j1").unwrap().record().state, JobState::Reporting);
    world.fanout.acknowledged(serial, 1);
    assert_eq!(world.fanout.find("j1").unwrap().record().state, JobState::Done);
}

#[test]
fn outcomes_are_reported_in_batches_when_the_server_wants_them() {
    let mut world = World::new(20);
    let mut spec = world.spec(REPLACE);
    spec.report.batch_devices = 8;
    world.start(spec).unwrap();
    world.run();
    let counts: Vec<usize> =
        world.reports.iter().map(|report| report.groups.iter().map(|group| group.members.len()).sum()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 20, "each outcome once");
    assert!(counts.len() >= 2, "{counts:?}");
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = || {
        let mut world = World::new(100);
        for record in 1..=100 {
            let statuses = if record % 3 == 0 { vec![503, 200] } else { vec![200] };
            world
                .devices
                .insert(record, Behaviour { statuses, value: format!("{}", record % 7), ..Behaviour::default() });
        }
        world.start(world.spec(GET)).unwrap();
        world.run();
        (world.now, world.reports, world.completions)
    };
    assert_eq!(run(), run());
}
