//! A device that is carried from one gateway to another, and back \[mission-matrix N4\].

use omadm_gwmo::code::ResultCode;
use omadm_proto::exchange::Syntax;
use xrem_server::directory::{NodeId, NodeKind, Registration};
use xrem_server::nrem::Event;
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{CommandSpec, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Traffic;
use xrem_testkit::world::{Leave, WanState, World};

use super::*;

/// What the application calls device 1, wherever that is.
fn handle() -> NodeId {
    NodeId::parse("hall/meter-7").unwrap()
}

/// Device 1 behind gateway 1, device 2 behind gateway 2.
fn started(syntax: Syntax) -> World {
    let mut plan = Plan::new(syntax).gateways(2, 1);
    // Whoever had its session cut off comes again.
    plan.poll = Some(HOUR);
    let mut world = World::started(plan).unwrap();
    let mut registration = Registration::new(dev(1), NodeKind::Device);
    (registration.name, registration.gateway) = (Some(handle()), Some(Node::Gateway(1).dev_id()));
    let (node, _) = registration.accept(world.now()).unwrap();
    world.operate(&[Record::Node(node)]);
    world.settle().unwrap();
    world
}

/// The gateway that the server believes the device to be behind, and the one that may have another with its DevId.
fn place(world: &World) -> (String, Option<String>) {
    let Ok(place) = world.store().place(&dev(1));
    let place = place.unwrap();
    (place.gateway.to_string(), place.rival.map(|rival| rival.gateway.to_string()))
}

/// Does something that leaves traces by the handle of device 1. Whether it succeeded; where a restart took the outcome of a
/// command that must not run twice, it says that the outcome is unknown.
fn attempt(world: &mut World, gateway: u32, interval: &str) -> bool {
    let commands = vec![
        CommandSpec::exec("./App/Run"),
        CommandSpec::replace("./App/Interval", interval),
        CommandSpec::get("./DevInfo/DevId"),
    ];
    let (ran, broken) = (runs(world, 1).len(), world.sessions(1).broken);
    let task = world.submit(Target::Device(handle()), commands).unwrap();
    assert_eq!(world.jobs(task)[0].node, Node::Gateway(gateway).dev_id());
    world.finish(task).unwrap();
    let is_good = world.counts(task) == all_ok(1);
    if is_good {
        assert_eq!(value(world, task, 1, 2), "urn:dev:1");
        assert_eq!((runs(world, 1).len() - ran, text(world, 1, "./App/Interval").as_str()), (1, interval));
    } else {
        assert_eq!(world.results(task)[&dev(1)].code, ResultCode::UNKNOWN_OUTCOME);
        assert!(world.sessions(1).broken > broken, "nothing was in its way");
    }
    assert!(runs(world, 1).iter().all(|times| *times == 1), "an Exec ran twice");
    assert_eq!((runs(world, 2), text(world, 2, "./App/Interval").as_str()), (vec![], "900"));
    let Ok(name) = world.store().name_of(&dev(1));
    assert_eq!((name, conflicts(world)), (handle(), 0));
    is_good
}

/// The same where nobody restarts: each command is executed exactly once.
fn works_through(world: &mut World, gateway: u32, interval: &str) {
    let before = world.executed(1);
    assert!(attempt(world, gateway, interval));
    for (verb, uri) in [("Exec", "./App/Run"), ("Replace", "./App/Interval")] {
        let key = (verb.to_owned(), uri.to_owned());
        let times = world.executed(1)[&key] - before.get(&key).copied().unwrap_or_default();
        assert_eq!(times, 1, "{verb} {uri}");
    }
}

/// The same where somebody may restart, once.
fn works_at_last(world: &mut World, gateway: u32, interval: &str) {
    assert!(attempt(world, gateway, interval) || attempt(world, gateway, interval));
}

fn conflicts(world: &World) -> usize {
    world.server_events().iter().filter(|event| matches!(event, Event::Conflict { .. })).count()
}

fn until_at(world: &mut World, gateway: &str) {
    world.run_until(DAY, |world| place(world).0 == gateway).unwrap();
}

/// Carries device 1 to gateway 2.
fn carried(syntax: Syntax, leave: Leave, wan: WanState) -> World {
    let mut world = started(syntax);
    world.switch_wan_of(Node::Gateway(1), wan);
    world.carry(1, 2, leave);
    world
}

fn once(syntax: Syntax) {
    for (leave, wan) in [(Leave::Told, WanState::Up), (Leave::Told, WanState::Down), (Leave::Unnoticed, WanState::Down)]
    {
        let mut world = carried(syntax, leave, wan);
        let (old, new) = (world.area(1), world.area(2));
        until_at(&mut world, "urn:gw:2");
        works_through(&mut world, 2, "60");
        assert_eq!(world.area(1) - old, Traffic::default(), "its first gateway has no part in it");
        assert!((world.area(2) - new).datagrams > 0, "it was notified at its new address");
        for event in world.server_events() {
            assert!(!format!("{event} {event:?}").contains("dev1.gw"), "{event} shows an address");
        }
    }
}
both!(n4_a_task_for_a_device_that_moved_is_done_once_through_its_new_gateway, once);

/// Until the server knows that only gateway 2 has the device.
fn until_undisputed(world: &mut World) {
    world.run_until(7 * DAY, |world| place(world) == ("urn:gw:2".into(), None)).unwrap();
    assert_eq!(conflicts(world), 0);
}

const ANYBODY: [Node; 4] = [Node::Server, Node::Gateway(1), Node::Gateway(2), Node::Device(1)];

fn move_told(syntax: Syntax) {
    let start = || carried(syntax, Leave::Told, WanState::Up);
    whoever_restarts("n4", &ANYBODY, start, |world| {
        let area = world.area(1);
        until_at(world, "urn:gw:2");
        works_at_last(world, 2, "60");
        until_undisputed(world);
        assert_eq!((world.area(1) - area).messages, 0);
    });
}
both!(n4_a_device_that_moved_does_its_tasks_through_its_new_gateway_whoever_restarts, move_told);

/// Gateway 1 could not tell anything while the device moved. What it says when it is back changes nothing.
fn cut_off(world: &mut World) {
    let area = world.area(1);
    until_at(world, "urn:gw:2");
    works_at_last(world, 2, "60");
    assert_eq!(world.area(1) - area, Traffic::default());
    world.switch_wan_of(Node::Gateway(1), WanState::Up);
    until_undisputed(world);
    let later = world.now() + 2 * HOUR;
    world.run_until(DAY, |world| world.now() >= later).unwrap();
    assert_eq!(place(world), ("urn:gw:2".into(), None));
    works_at_last(world, 2, "61");
    assert_eq!((world.area(1) - area).messages, 0, "who asked for the device there was not heard");
}

fn move_unnoticed(syntax: Syntax) {
    let start = || carried(syntax, Leave::Unnoticed, WanState::Down);
    whoever_restarts("n4", &ANYBODY, start, |world| {
        let area = world.area(1);
        cut_off(world);
        assert!((world.area(1) - area).datagrams > 0, "its first gateway was asked for it");
    });
}
both!(n4_a_device_that_left_a_gateway_which_was_cut_off_is_in_no_conflict_whoever_restarts, move_unnoticed);

fn told_late(syntax: Syntax) {
    whoever_restarts("n4", &ANYBODY, || carried(syntax, Leave::Told, WanState::Down), cut_off);
}
both!(n4_a_gateway_that_tells_late_that_a_device_left_does_not_take_it_from_the_next_whoever_restarts, told_late);

fn there_and_back(syntax: Syntax, leave: Leave) {
    let mut world = carried(syntax, leave, WanState::Up);
    until_at(&mut world, "urn:gw:2");
    works_through(&mut world, 2, "60");
    world.run_until(7 * DAY, |world| place(world).1.is_none()).unwrap();
    world.carry(1, 1, leave);
    let area = world.area(2);
    until_at(&mut world, "urn:gw:1");
    works_through(&mut world, 1, "61");
    assert_eq!((world.area(2) - area).messages, 0);
}

fn back_told(syntax: Syntax) {
    there_and_back(syntax, Leave::Told);
}
both!(n4_a_device_that_comes_back_is_reached_through_its_first_gateway_again, back_told);

fn back_unnoticed(syntax: Syntax) {
    there_and_back(syntax, Leave::Unnoticed);
}
both!(n4_a_device_that_comes_back_is_reached_although_no_gateway_told_that_it_left, back_unnoticed);
