//! Nodes are asked for sessions over the bearers that work, and applications see nothing of it.

use omadm_proto::exchange::Syntax;
use xrem_server::directory::Bearer;
use xrem_server::nrem::Event;
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{CommandSpec, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::{WanState, World};

use super::*;

fn with_bearers(syntax: Syntax, bearers: &[&str]) -> World {
    let mut world = World::started(Plan::new(syntax).direct(2)).unwrap();
    world.cut(Node::Device(2));
    let Ok(node) = world.store().node(&dev(1));
    let mut node = node.unwrap();
    node.set_bearers(bearers.iter().map(|address| Bearer::new(*address)).collect()).unwrap();
    world.operate(&[Record::Node(node)]);
    world
}

/// The address of the second device, which is off: whatever goes there is lost.
const DEAD: &str = "dev2";

fn task(world: &mut World) -> TaskId {
    world.submit(Target::Device(name(1)), vec![CommandSpec::replace("./App/Interval", "60")]).unwrap()
}

fn second_bearer(syntax: Syntax) {
    let mut world = with_bearers(syntax, &[DEAD, "dev1"]);
    let first = task(&mut world);
    world.finish(first).unwrap();
    assert_eq!(world.counts(first), all_ok(1));
    world.settle().unwrap();
    let notified =
        |world: &World| world.server_events().iter().filter(|event| matches!(event, Event::Notified { .. })).count();
    // Three over the dead one, then one that arrives.
    assert_eq!(notified(&world), 4);
    let Ok(node) = world.store().node(&dev(1));
    assert!(node.unwrap().bearers[0].blocked.is_some());
    // The next task begins with the one that works.
    let second = task(&mut world);
    world.finish(second).unwrap();
    assert_eq!(notified(&world), 5);
}
both!(n5_the_second_bearer_is_used_when_the_first_is_dead, second_bearer);

fn unknown_bearer(syntax: Syntax) {
    let mut world = with_bearers(syntax, &["pigeon:7", "dev1"]);
    let start = world.now();
    let task = task(&mut world);
    world.finish(task).unwrap();
    assert!(world.now().since(start) < Duration::from_secs(2), "the next bearer has its turn at once");
    let not = |event: &&Event| matches!(event, Event::NotNotified { scheme, .. } if scheme == "pigeon");
    assert_eq!(world.server_events().iter().filter(not).count(), 1);
}
both!(n5_a_bearer_that_the_program_does_not_have_is_left_at_once, unknown_bearer);

fn outage(syntax: Syntax) {
    let mut world = with_bearers(syntax, &[DEAD, "dev1"]);
    world.switch_wan(WanState::Down);
    let task = task(&mut world);
    assert!(world.run_until(HOUR, |world| world.is_done(task)).is_err(), "nothing arrives");
    world.switch_wan(WanState::Up);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1));
    world.settle().unwrap();
    let ended = world.server_events().iter().filter(|event| matches!(event, Event::SessionEnded(_))).count();
    let started = world.server_events().iter().filter(|event| matches!(event, Event::SessionStarted(_))).count();
    assert_eq!(started, ended, "every session is closed");
}
both!(n5_a_task_that_is_submitted_during_an_outage_runs_after_it, outage);

/// The only task of a world whose first bearer is dead.
const ONLY: TaskId = TaskId::new(1);

fn restart(syntax: Syntax) {
    let start = || {
        let mut world = with_bearers(syntax, &[DEAD, "dev1"]);
        assert_eq!(task(&mut world), ONLY);
        world
    };
    whoever_restarts("n5a", &[Node::Server, Node::Device(1)], start, |world| {
        world.finish(ONLY).unwrap();
        assert_eq!((world.counts(ONLY), &*text(world, 1, "./App/Interval")), (all_ok(1), "60"));
    });
}
both!(n5a_the_second_bearer_is_used_whoever_restarts, restart);

fn unknown_bearer_restart(syntax: Syntax) {
    let start = || {
        let mut world = with_bearers(syntax, &["pigeon:7", "dev1"]);
        assert_eq!(task(&mut world), ONLY);
        world
    };
    whoever_restarts("n5a", &[Node::Server], start, |world| {
        world.finish(ONLY).unwrap();
        assert_eq!(world.counts(ONLY), all_ok(1));
    });
}
both!(n5a_a_failure_that_is_told_while_the_server_restarts_costs_no_task, unknown_bearer_restart);

fn outage_restart(syntax: Syntax) {
    let start = || {
        let mut world = with_bearers(syntax, &[DEAD, "dev1"]);
        world.switch_wan(WanState::Down);
        assert_eq!(task(&mut world), ONLY);
        world
    };
    whoever_restarts("n5b", &[Node::Server, Node::Device(1)], start, |world| {
        assert!(world.run_until(HOUR, |world| world.is_done(ONLY)).is_err(), "nothing arrives");
        world.switch_wan(WanState::Up);
        world.finish(ONLY).unwrap();
        assert_eq!(world.counts(ONLY), all_ok(1));
    });
}
both!(n5b_a_task_of_an_outage_runs_after_it_whoever_restarts, outage_restart);
