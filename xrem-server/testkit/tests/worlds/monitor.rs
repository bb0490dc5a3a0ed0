//! Performance and faults, the device's half: what arrives at the network server.

use alloc::collections::BTreeMap;

use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::{DiagLimits, FaultState, PmReport};
use xrem_server::fault::{AlarmState, Filter, FmStore as _, HistoryQuery};
use xrem_server::nrem::Event;
use xrem_server::performance::{PmStore as _, Series, Span};
use xrem_server::requester::{Requester, RequesterName, Rights, TokenDigest};
use xrem_server::task::{CommandSpec, Target, TaskRequest, Write};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::{WanState, World};

use super::*;

/// What the server was told: samples by metric and time, faults by trap and number. Everything that is told twice is the same.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    samples: BTreeMap<(String, u64), String>,
    lost: u64,
    faults: BTreeMap<(String, u64), (u64, FaultState)>,
    alerts: usize,
}

fn started(syntax: Syntax) -> World {
    let mut world = World::started(Plan::new(syntax).direct(1).monitored()).unwrap();
    shows(&mut world, "memory/free", "123456");
    shows(&mut world, "thermometer/temperature", "20");
    world
}

fn shows(world: &mut World, sensor: &str, value: &str) {
    world.show(1, sensor, value.parse().unwrap());
}

fn set(world: &mut World, leaves: &[(&str, &str, Format)]) {
    let write = |(leaf, value, format): &(&str, &str, Format)| {
        CommandSpec::Replace(Write::text(format!("./DiagMon/{leaf}"), *value).with_format(*format))
    };
    let task = world.submit(Target::Device(name(1)), leaves.iter().map(write).collect()).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1), "{:?}", world.results(task));
}

fn run_to(world: &mut World, secs: u64) {
    world.run_until(DAY, |world| world.now() >= Instant::from_secs(secs)).unwrap();
}

fn heard(world: &World) -> Heard {
    let mut heard = Heard::default();
    let Ok(transitions) = world.store().history(&HistoryQuery::new(Filter::ALL));
    for transition in transitions {
        heard.alerts += 1;
        let state = if transition.state == AlarmState::Raised { FaultState::Raised } else { FaultState::Cleared };
        let time = transition.at.unwrap().as_unix_millis();
        heard.faults.insert((transition.alarm.trap, transition.seq), (time, state));
    }
    for event in world.server_events() {
        if let Event::Collected { lost, .. } = event {
            (heard.alerts, heard.lost) = (heard.alerts + 1, heard.lost + lost);
        }
    }
    let Ok(series) = world.store().series(&dev(1));
    for Series { key, .. } in series {
        let Ok(samples) = world.store().samples(&key, Span::ALL, usize::MAX);
        let known = samples.iter().map(|it| ((key.metric.clone(), it.time.as_unix_millis()), it.value.to_string()));
        heard.samples.extend(known);
    }
    heard
}

fn states(heard: &Heard) -> Vec<FaultState> {
    heard.faults.values().map(|(_, state)| *state).collect()
}

const COLLECT: [(&str, &str, Format); 3] = [
    ("memory/Period", "900", Format::Int),
    ("memory/Upload", "3600", Format::Int),
    ("memory/Enabled", "true", Format::Bool),
];

fn samples(syntax: Syntax) {
    let mut world = started(syntax);
    set(&mut world, &COLLECT);
    world.run_until(DAY, |world| heard(world).alerts > 0).unwrap();
    let collected = heard(&world);
    assert_eq!((collected.alerts, collected.lost), (1, 0), "all samples of the hour come in one alert");
    let times: Vec<u64> = collected.samples.keys().map(|(_, millis)| *millis).collect();
    assert_eq!(times, [900_000, 1_800_000, 2_700_000, 3_600_000]);
    set(&mut world, &[("memory/Enabled", "false", Format::Bool)]);
    run_to(&mut world, 4 * 3600);
    assert_eq!(heard(&world), collected, "nothing further");
}
both!(d1b_samples_of_an_hour_come_at_exact_times_in_one_alert, samples);

fn overflow(syntax: Syntax) {
    let start = || {
        let mut world = started(syntax);
        let keep = ("memory/Keep", "5", Format::Int);
        set(&mut world, &[("memory/Period", "60", Format::Int), keep, ("memory/Enabled", "true", Format::Bool)]);
        run_to(&mut world, 60);
        world.run_steps(10).unwrap();
        world
    };
    whoever_restarts("d1b", &[Node::Device(1), Node::Server, Node::Device(1)], start, more_than_it_keeps);
}
both!(d1b_an_overflow_drops_the_oldest_and_the_report_says_so, overflow);

fn more_than_it_keeps(world: &mut World) {
    run_to(world, 660);
    let commands =
        vec![CommandSpec::get("./DiagMon/memory/Data"), CommandSpec::exec("./DiagMon/memory/Operations/Report")];
    let mut request = TaskRequest::new(Target::Device(name(1)), commands);
    request.retry_unknown = true;
    let anyone = Requester::new(RequesterName::operator(), TokenDigest::of(&"any".into()), Rights::everything());
    let task = world.submit_as(&anyone, request).unwrap();
    world.finish(task).unwrap();
    let told = heard(world);
    let times: Vec<u64> = told.samples.keys().map(|(_, millis)| *millis / 1000).collect();
    assert_eq!((told.lost, times), (6, vec![420, 480, 540, 600, 660]));
    // What was reported is not held any longer, if the Get has to be repeated after that.
    let data = value(world, task, 1, 0);
    let held = PmReport::parse(&data, &DiagLimits::default()).unwrap();
    let results = world.results(task);
    let report = results[&dev(1)].outcomes[1].alert.as_ref().unwrap().text().unwrap();
    assert!(data == report || held.samples.is_empty(), "the answer to Report is what was held");
}

const WATCH: [(&str, &str, Format); 5] = [
    ("thermometer/Period", "10", Format::Int),
    ("thermometer/Keep", "1", Format::Int),
    ("thermometer/Enabled", "true", Format::Bool),
    ("Traps/heat/Hysteresis", "5", Format::Float),
    ("Traps/heat/Enabled", "true", Format::Bool),
];

/// Every ten seconds another temperature.
fn curve(world: &mut World, degrees: impl IntoIterator<Item = &'static str>) {
    for degrees in degrees {
        shows(world, "thermometer/temperature", degrees);
        let next = world.now().as_millis() / 10_000 * 10 + 10;
        run_to(world, next + 1);
    }
}

fn flapping(syntax: Syntax) {
    let start = || {
        let mut world = started(syntax);
        set(&mut world, &WATCH);
        world
    };
    whoever_restarts("d1c", &[Node::Device(1), Node::Server], start, flaps);
}
both!(d1c_flapping_inside_the_hysteresis_is_one_alert_and_a_disabled_trap_none, flapping);

fn flaps(world: &mut World) {
    curve(world, ["81", "79", "81", "79", "81", "79", "81", "79", "81", "79", "81", "79", "81", "79", "81", "79"]);
    curve(world, ["81", "79", "81", "79"]);
    let alarms = heard(world);
    assert_eq!((alarms.alerts, states(&alarms)), (1, vec![FaultState::Raised]));
    assert_eq!(text(world, 1, "./DiagMon/Traps/heat/State"), "raised");
    curve(world, ["75", "20"]);
    assert_eq!(states(&heard(world)), [FaultState::Raised, FaultState::Cleared]);
    set(world, &[("Traps/heat/Enabled", "false", Format::Bool)]);
    curve(world, ["99", "20", "99", "20"]);
    let alarms = heard(world);
    assert_eq!(alarms.alerts, 3, "the last one tells that the trap is disarmed; a disabled trap raises nothing");
}

fn repeated(syntax: Syntax) {
    let mut world = started(syntax);
    set(&mut world, &WATCH);
    run_to(&mut world, 100);
    world.switch_wan(WanState::Down);
    curve(&mut world, ["85"]);
    let raised = world.now();
    run_to(&mut world, 3600);
    world.restart(Node::Device(1));
    run_to(&mut world, 7200);
    assert_eq!(heard(&world).alerts, 0);
    world.switch_wan(WanState::Up);
    run_to(&mut world, 9000);
    let told = heard(&world);
    assert_eq!(told.alerts, 1);
    let (time, state) = told.faults[&("heat".to_string(), 1)];
    assert_eq!(state, FaultState::Raised);
    assert!(Instant::from_millis(time) <= raised, "the time is that of the fault");
}
both!(d1c_an_alert_is_repeated_until_its_status_came, repeated);

/// Collects and watches for 40 minutes while the device restarts after `steps` steps.
fn watched(syntax: Syntax, steps: u64) -> Heard {
    let mut world = started(syntax);
    let mut settings = WATCH.to_vec();
    settings.extend([("memory/Period", "60", Format::Int), ("memory/Upload", "300", Format::Int)]);
    settings.push(("memory/Enabled", "true", Format::Bool));
    set(&mut world, &settings);
    let end = world.steps().saturating_add(steps);
    let mut restarted = false;
    // Hot from minute 10 to 20.
    for (degrees, until) in [("20", 600), ("90", 1200), ("20", 2460)] {
        shows(&mut world, "thermometer/temperature", degrees);
        world
            .run_until(DAY, |world| world.now() >= Instant::from_secs(until) || (!restarted && world.steps() >= end))
            .unwrap();
        if !restarted && world.steps() >= end {
            restarted = true;
            world.restart(Node::Device(1));
        }
        run_to(&mut world, until);
    }
    heard(&world)
}

fn restarted(syntax: Syntax) {
    let undisturbed = watched(syntax, u64::MAX);
    // The settings take effect in the first minute.
    let minutes: Vec<u64> = undisturbed.samples.keys().map(|(_, millis)| *millis / 60_000).collect();
    assert_eq!(minutes, (1..=40).collect::<Vec<u64>>());
    assert_eq!(states(&undisturbed), [FaultState::Raised, FaultState::Cleared]);
    let mut dice = Dice::new(20_261_123);
    for seed in 0..12 {
        let steps = dice.below(900);
        println!("seed {seed}: the device restarts after {steps} steps");
        let heard = watched(syntax, steps);
        assert_eq!((&heard.samples, heard.lost), (&undisturbed.samples, 0), "after {steps} steps");
        assert_eq!(states(&heard), states(&undisturbed), "after {steps} steps");
    }
}
both!(d1b_d1c_a_restart_at_any_step_loses_and_doubles_nothing, restarted);
