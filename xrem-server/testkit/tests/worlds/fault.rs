//! Faults at the network server: arming, the model of alarms, subscribers, polls.

use std::collections::BTreeSet;

use omadm_proto::alert::types;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::{DiagTime, FaultState, FmReport};
use xrem_client::GenericAlert;
use xrem_client::outbox::Mark;
use xrem_server::fault::{
    self, Alarm, AlarmKey, AlarmState, FaultEvent, Filter, FmStore as _, HistoryQuery, Notice, Subscription,
    Transition, TrapSettings,
};
use xrem_server::nrem::Event;
use xrem_server::session::Importance;
use xrem_server::task::{CommandSpec, Target, TaskId, Write};
use xrem_testkit::dice::Dice;
use xrem_testkit::network::Faults;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::{WanState, World};

use super::*;

const HEAT: &str = "./DiagMon/Traps/heat";

fn current(world: &World) -> Vec<Alarm> {
    let Ok(alarms) = world.store().current(&Filter::ALL, None, usize::MAX);
    alarms
}

fn history(world: &World) -> Vec<Transition> {
    let Ok(history) = world.store().history(&HistoryQuery::new(Filter::ALL));
    history
}

/// The faults that the server told, with the numbers of all it told.
fn told(world: &World) -> Vec<(u64, FaultEvent)> {
    let fault = |(number, event): (u64, &Event)| match event {
        Event::Fault(fault) => Some((number, (**fault).clone())),
        _ => None,
    };
    (1..).zip(world.server_events()).filter_map(fault).collect()
}

fn alert(trap: &str, seq: u64, state: FaultState) -> GenericAlert {
    let time = DiagTime::from_unix_millis(1_700_000_000_000 + seq * 1000);
    GenericAlert::new(types::TRAP_NOTIFICATION, FmReport::new(trap, seq, time, state).to_xml())
        .source(format!("./DiagMon/Traps/{trap}"))
        .format(Format::Xml)
        .mark(Mark::Critical)
}

fn heats(world: &mut World, number: u32, degrees: &str) {
    world.show(number, "thermometer/temperature", degrees.parse().unwrap());
}

/// Measures every ten seconds, and arms the trap on heat.
fn arm() -> Vec<CommandSpec> {
    let set = |leaf: &str, value: &str, format| {
        CommandSpec::Replace(Write::text(format!("./DiagMon/thermometer/{leaf}"), value).with_format(format))
    };
    let settings =
        TrapSettings::on("temperature > 80".parse().unwrap()).hysteresis(5.into()).severity(Importance::Critical);
    let mut commands =
        vec![set("Period", "10", Format::Int), set("Keep", "1", Format::Int), set("Enabled", "true", Format::Bool)];
    commands.extend(fault::activate(HEAT, &settings));
    commands
}

fn armed(syntax: Syntax, number: u32) -> World {
    let mut world = World::started(Plan::new(syntax).direct(number).monitored()).unwrap();
    for device in 1..=number {
        heats(&mut world, device, "20");
    }
    do_task(&mut world, devices(1..=number), arm());
    world
}

fn do_task(world: &mut World, target: Target, commands: Vec<CommandSpec>) {
    let task = world.submit(target, commands).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task).failed, 0, "{:?}", world.results(task));
}

fn run_for(world: &mut World, span: Duration) {
    let end = world.now() + span;
    world.run_until(DAY, |world| world.now() >= end).unwrap();
}

fn three_of_fifty(syntax: Syntax) {
    let nodes = [Node::Server, Node::Device(21), Node::Device(3)];
    whoever_restarts("n1c", &nodes, || armed(syntax, 50), three_are_heated);
}
both!(n1c_of_fifty_devices_three_are_heated_and_three_faults_are_recorded, three_of_fifty);

fn three_are_heated(world: &mut World) {
    let hot = [7, 21, 50];
    for number in hot {
        heats(world, number, "91.5");
    }
    run_for(world, 10 * MINUTE);
    let records: BTreeSet<DevId> = history(world).into_iter().map(|it| it.alarm.device).collect();
    assert_eq!((history(world).len(), records), (3, hot.map(dev).into()));
    assert_eq!(current(world).len(), 3);

    do_task(world, devices(1..=50), fault::deactivate(HEAT));
    for number in [3, 21, 44] {
        heats(world, number, "20");
    }
    run_for(world, MINUTE);
    for number in [3, 21, 44] {
        heats(world, number, "99");
    }
    run_for(world, HOUR);
    let raised = history(world).into_iter().filter(|it| it.state == AlarmState::Raised);
    assert_eq!((raised.count(), current(world)), (3, Vec::new()), "nothing further");
}

fn model(syntax: Syntax) {
    let seed = 20_261_123;
    let mut dice = Dice::new(seed);
    let faults = Faults::lossy(5, 5);
    let mut world = World::started(Plan::new(syntax).direct(100).seed(seed).faults(faults, faults)).unwrap();
    let state = |device: u32, seq: u64| {
        if (u64::from(device) + seq).is_multiple_of(2) { FaultState::Raised } else { FaultState::Cleared }
    };
    let mut arriving: Vec<(u32, u64)> = (1..=100).flat_map(|device| (1..=5).map(move |seq| (device, seq))).collect();
    arriving.extend_from_within(..250);
    for at in (1..arriving.len()).rev() {
        let other = usize::try_from(dice.below(at as u64 + 1)).unwrap();
        arriving.swap(at, other);
    }
    for (device, seq) in arriving {
        world.raise(device, alert("hot", seq, state(device, seq)));
    }
    let steps = dice.below(3_000);
    println!("seed {seed}: the server restarts after {steps} steps");
    world.run_steps(steps).unwrap();
    world.restart(Node::Server);
    let delivered = |world: &World| (1..=100).all(|number| world.drem(number).unwrap().is_idle());
    world.run_until(DAY, delivered).unwrap();

    let raised = (1..=100).filter(|device| state(*device, 5) == FaultState::Raised);
    let mut expected: Vec<AlarmKey> = raised.map(|device| AlarmKey::new(dev(device), "hot")).collect();
    expected.sort();
    let alarms: Vec<AlarmKey> = current(&world).into_iter().map(|alarm| alarm.newest.alarm).collect();
    assert_eq!(alarms, expected);
    let each: BTreeSet<(DevId, u64)> = history(&world).into_iter().map(|it| (it.alarm.device, it.seq)).collect();
    assert_eq!((history(&world).len(), each.len(), told(&world).len()), (500, 500, 500));
}
both!(n3a_five_hundred_shuffled_and_doubled_transitions_equal_the_model, model);

fn subscribers(syntax: Syntax) {
    let start = || {
        let mut plan = Plan::new(syntax).direct(6);
        plan.poll = Some(10 * MINUTE);
        World::started(plan).unwrap()
    };
    let nodes = [Node::Server, Node::Device(4), Node::Device(1)];
    whoever_restarts("n3b", &nodes, start, two_subscribers);
}
both!(n3b_critical_alarms_are_told_once_and_a_late_subscriber_gets_the_list_first, subscribers);

fn two_subscribers(world: &mut World) {
    world.raise(1, alert("hot", 1, FaultState::Raised));
    world.raise(2, alert("hot", 1, FaultState::Raised).mark(Mark::Warning));
    world.settle().unwrap();
    let filter = Filter::ALL.severity_from(Importance::Critical);
    let last = world.server_events().len() as u64;
    let (mut late, list) = Subscription::begin(filter.clone(), last, current(world));
    let listed: Vec<DevId> = list
        .iter()
        .map(|notice| match notice {
            Notice::Current(alarm) => alarm.newest.alarm.device.clone(),
            Notice::Transition(_) => panic!("the list comes first"),
        })
        .collect();
    assert_eq!(listed, [dev(1)]);
    for number in 3..=6 {
        let mark = if number % 2 == 0 { Mark::Critical } else { Mark::Minor };
        for _ in 0..2 {
            world.raise(number, alert("hot", 1, FaultState::Raised).mark(mark));
        }
    }
    // What is stored is told in the same turn.
    world
        .run_until(DAY, |world| {
            assert_eq!(told(world).len(), history(world).len());
            world.is_at_rest()
        })
        .unwrap();
    let mut early = Subscription::after(filter, 0);
    let hear = |subscriber: &mut Subscription| -> Vec<DevId> {
        let events = told(world);
        let heard = events.iter().filter_map(|(number, event)| {
            subscriber.take(*number, event).map(|_| event.transition.alarm.device.clone())
        });
        let mut heard: Vec<DevId> = heard.collect();
        heard.sort();
        heard
    };
    assert_eq!(hear(&mut late), [dev(4), dev(6)]);
    assert_eq!(hear(&mut early), [dev(1), dev(4), dev(6)]);
}

fn polled(world: &mut World) -> TaskId {
    world.submit(Target::Device(name(1)), fault::poll(HEAT)).unwrap()
}

fn sources(world: &World) -> (bool, bool) {
    let alarms = current(world);
    assert_eq!((alarms.len(), history(world).len()), (1, 1), "one alarm");
    (alarms[0].sources.autonomous, alarms[0].sources.requested)
}

/// Heats and polls while the server restarts after `steps` steps; false when all was over before.
fn two_sources(syntax: Syntax, steps: u64) -> bool {
    let mut world = armed(syntax, 1);
    heats(&mut world, 1, "90");
    run_for(&mut world, MINUTE);
    assert_eq!(sources(&world), (true, false));
    let task = polled(&mut world);
    world.run_steps(steps).unwrap();
    let over = world.is_done(task);
    if !over {
        world.restart(Node::Server);
    }
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1), "after {steps} steps: {:?}", world.results(task));
    run_for(&mut world, MINUTE);
    assert_eq!(sources(&world), (true, true), "after {steps} steps");
    !over
}

fn told_twice(syntax: Syntax) {
    let first = u64::from(syntax == Syntax::Xml) * 3;
    let moments = (first..).step_by(7).take_while(|steps| two_sources(syntax, *steps)).count();
    assert!(moments > 3, "{moments}");
}
both!(n3c_a_fault_that_is_told_and_polled_is_one_alarm_from_two_sources, told_twice);

fn sleeping(syntax: Syntax) {
    let nodes = [Node::Server, Node::Device(1)];
    whoever_restarts("n3c", &nodes, || armed(syntax, 1), poll_in_its_sleep);
}
both!(n3c_the_poll_of_an_unreachable_device_is_pending_until_the_device_tells_by_itself, sleeping);

fn poll_in_its_sleep(world: &mut World) {
    world.switch_wan(WanState::Down);
    heats(world, 1, "90");
    let task = polled(world);
    run_for(world, HOUR);
    assert!(!world.is_done(task), "pending");
    assert_eq!(current(world), []);
    world.switch_wan(WanState::Up);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1));
    assert!(sources(world).0);
    let at = Instant::from_millis(current(world)[0].newest.at.unwrap().as_unix_millis());
    assert!(world.now().since(at) > HOUR / 2, "the time is that of the fault");
}
