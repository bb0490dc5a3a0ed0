//! Nodes restart in the middle of tasks, at every moment.

use omadm_proto::exchange::Syntax;
use xrem_server::task::{CommandSpec, Kind, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::World;

use super::*;

fn started(syntax: Syntax) -> World {
    World::started(Plan::new(syntax).gateways(1, 2).direct(1)).unwrap()
}

/// Upgrades all devices of a small world while `node` restarts after `steps` steps; false when the task ended before.
fn upgrade_with_restart(syntax: Syntax, node: Node, steps: u64) -> bool {
    let mut world = started(syntax);
    let bytes = image(64);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let task = world.upgrade(Target::All(Kind::Devices), &file).unwrap();
    world.run_steps(steps).unwrap();
    if world.is_done(task) {
        return false;
    }
    world.restart(node);
    world.finish(task).unwrap_or_else(|trouble| panic!("{node} after {steps} steps: {trouble}"));
    assert_eq!(world.counts(task), all_ok(3), "{node} after {steps} steps");
    for number in 1..=3 {
        assert!(runs_image(&world, number, &bytes));
        assert_eq!(world.flash(number).unwrap().selections(), 1, "{node} after {steps} steps");
    }
    true
}

/// Restarts at every `stride`-th step from `first` on.
fn sweep(syntax: Syntax, node: Node, first: u64, stride: usize) {
    let moments = (first..).step_by(stride).take_while(|steps| upgrade_with_restart(syntax, node, *steps)).count();
    assert!(moments > 10, "{moments}");
}

fn server(syntax: Syntax) {
    // The two syntaxes take turns at the moments.
    sweep(syntax, Node::Server, u64::from(syntax == Syntax::Xml) * 7, 14);
}
both!(nrem_restarts_in_the_middle_of_a_task_and_no_device_is_updated_twice, server);

fn gateway(syntax: Syntax) {
    sweep(syntax, Node::Gateway(1), u64::from(syntax == Syntax::Xml) * 7, 14);
}
both!(g12_a_gateway_restarts_in_the_middle_of_a_job_and_no_device_is_updated_twice, gateway);

fn plain(syntax: Syntax) {
    for node in [Node::Server, Node::Gateway(1)] {
        for steps in (5..).step_by(11) {
            let mut world = started(syntax);
            let commands = vec![CommandSpec::replace("./App/Interval", "60"), CommandSpec::get("./DevInfo/Man")];
            let task = world.submit(Target::All(Kind::Devices), commands).unwrap();
            world.run_steps(steps).unwrap();
            if world.is_done(task) {
                break;
            }
            world.restart(node);
            world.finish(task).unwrap_or_else(|trouble| panic!("{node} after {steps} steps: {trouble}"));
            assert_eq!(world.counts(task), all_ok(3), "{node} after {steps} steps");
            assert!((1..=3).all(|number| text(&world, number, "./App/Interval") == "60"));
        }
    }
}
both!(commands_survive_restarts_of_server_and_gateway, plain);
