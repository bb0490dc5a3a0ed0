//! Bad links, and power that fails: every task ends, and tells the truth.

use omadm_gwmo::code::DeviceState;
use omadm_proto::exchange::Syntax;
use xrem_server::task::{CommandSpec, Kind, Target};
use xrem_testkit::dice::Dice;
use xrem_testkit::network::Faults;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::World;

use super::*;

fn world(syntax: Syntax, seed: u64) -> World {
    let faults = Faults::lossy(10, 10);
    World::started(Plan::new(syntax).gateways(1, 2).direct(1).seed(seed).faults(faults, faults))
        .unwrap_or_else(|trouble| panic!("seed {seed}: {trouble}"))
}

fn firmware(syntax: Syntax) {
    for seed in 0..30 {
        let mut world = world(syntax, seed);
        let bytes = image(64);
        let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
        let task = world.upgrade(Target::All(Kind::Devices), &file).unwrap();
        world.finish(task).unwrap_or_else(|trouble| panic!("seed {seed}: {trouble}"));
        assert_eq!(world.counts(task), all_ok(3), "seed {seed}");
        for number in 1..=3 {
            assert!(runs_image(&world, number, &bytes), "seed {seed}");
            assert_eq!(world.flash(number).unwrap().selections(), 1, "seed {seed}");
        }
    }
}
both!(firmware_over_bad_links_reaches_every_device_once, firmware);

fn commands(syntax: Syntax) {
    for seed in 100..130 {
        let mut world = world(syntax, seed);
        let change = vec![CommandSpec::replace("./App/Interval", "60"), CommandSpec::get("./App/Name")];
        let change = world.submit(Target::All(Kind::Devices), change).unwrap();
        let run = world.submit(Target::All(Kind::Devices), vec![CommandSpec::exec("./App/Run")]).unwrap();
        world
            .run_until(2 * DAY, |world| world.is_done(change) && world.is_done(run))
            .unwrap_or_else(|trouble| panic!("seed {seed}: {trouble}"));
        assert_eq!(world.counts(change), all_ok(3), "seed {seed}");
        for number in 1..=3 {
            assert_eq!(text(&world, number, "./App/Interval"), "60", "seed {seed}");
            assert_eq!(value(&world, change, number, 1), format!("dev{number}"), "seed {seed}");
            let ran: u32 = runs(&world, number).iter().sum();
            assert!(ran <= 1, "seed {seed}: dev{number} ran its Exec {ran} times");
            let state = world.results(run)[&dev(number)].state;
            assert!(state != DeviceState::Ok || ran == 1, "seed {seed}: dev{number} is {state:?} and ran {ran} times");
        }
    }
}
both!(commands_over_bad_links_are_executed_and_an_exec_never_twice, commands);

fn chaos(syntax: Syntax) {
    for seed in 200..215 {
        let mut world = world(syntax, seed);
        let mut dice = Dice::new(seed);
        let bytes = image(64);
        let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
        let task = world.upgrade(Target::All(Kind::Devices), &file).unwrap();
        let nodes = world.nodes();
        for _ in 0..4 {
            world.run_steps(dice.below(200)).unwrap();
            let node = nodes[usize::try_from(dice.below(nodes.len() as u64)).unwrap()];
            if node == Node::Server || !world.is_done(task) {
                world.restart(node);
            }
        }
        world.finish(task).unwrap_or_else(|trouble| panic!("seed {seed}: {trouble}"));
        assert_eq!(world.counts(task), all_ok(3), "seed {seed}");
        assert!((1..=3).all(|number| runs_image(&world, number, &bytes)), "seed {seed}");
    }
}
both!(firmware_over_bad_links_with_failing_power_reaches_every_device, chaos);
