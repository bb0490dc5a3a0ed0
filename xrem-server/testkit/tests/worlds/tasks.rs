//! Tasks reach devices and gateways, directly and through gateways.

use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_tree::AccessType;
use xrem_server::nrem::Event;
use xrem_server::task::{CommandSpec, Kind, Target, Write};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Link;
use xrem_testkit::world::{Counts, World};

use super::*;

fn interval(seconds: &str) -> CommandSpec {
    CommandSpec::replace("./App/Interval", seconds)
}

fn direct(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    let commands = vec![interval("60"), CommandSpec::get("./DevInfo/Man"), CommandSpec::exec("./App/Run")];
    let task = world.submit(Target::Device(name(1)), commands).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1));
    assert_eq!(text(&world, 1, "./App/Interval"), "60");
    assert_eq!(value(&world, task, 1, 1), "Acme");
    assert_eq!(runs(&world, 1), [1]);
    world.settle().unwrap();
}
both!(n1a_a_task_on_a_direct_device_is_done_once, direct);

fn through(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(2, 3)).unwrap();
    let task = world.submit(Target::All(Kind::Devices), vec![interval("60"), CommandSpec::exec("./App/Run")]).unwrap();
    world.finish(task).unwrap();
    assert_eq!((world.counts(task), world.jobs(task).len()), (all_ok(6), 2));
    for number in 1..=6 {
        assert_eq!(text(&world, number, "./App/Interval"), "60");
        assert_eq!(runs(&world, number), [1]);
    }
    world.settle().unwrap();
    for number in 1..=2 {
        assert_eq!(world.gateway(number).unwrap().fanout().jobs().count(), 0, "the job is removed after its report");
    }
}
both!(g2_a_task_on_devices_behind_two_gateways_is_done_once, through);

fn sets(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(2, 5).direct(2)).unwrap();
    // Direct devices have a job each, the devices behind one gateway share one.
    let cases = [
        (Target::Device(name(3)), 1, 1),
        (Target::Gateway(Node::Gateway(1).dev_id().into()), 1, 1),
        (Target::All(Kind::Devices), 12, 4),
        (Target::All(Kind::Gateways), 2, 2),
    ];
    for (number, (target, nodes, jobs)) in (1..).zip(cases) {
        let add = CommandSpec::add(format!("./Set{number}"), "on");
        let task = world.submit(target, vec![CommandSpec::Atomic { commands: vec![add] }]).unwrap();
        world.finish(task).unwrap();
        assert_eq!((world.counts(task), world.jobs(task).len()), (all_ok(nodes), jobs), "case {number}");
    }
    let has = |world: &World, device, set: u32| world.tree(device).unwrap().find(&format!("./Set{set}")).is_some();
    for device in 1..=12 {
        assert_eq!((has(&world, device, 1), has(&world, device, 3)), (device == 3, true));
    }
    for number in 1..=2 {
        let tree = world.gateway(number).unwrap().tree();
        assert_eq!(tree.find("./Set2").is_some(), number == 1);
        assert!(tree.find("./Set4").is_some());
    }
}
both!(n1b_a_node_goes_to_a_device_a_gateway_all_devices_and_all_gateways, sets);

fn refusal(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 3).direct(1)).unwrap();
    for number in [2, 4] {
        world.tree_mut(number).unwrap().set_access("./App/Interval", AccessType::GET).unwrap();
    }
    let commands =
        vec![CommandSpec::Atomic { commands: vec![CommandSpec::replace("./App/Name", "new"), interval("60")] }];
    let task = world.submit(Target::All(Kind::Devices), commands).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 2, failed: 2, other: 0 });
    for number in 1..=4 {
        let expected = if number % 2 == 0 { format!("dev{number}") } else { "new".into() };
        assert_eq!(text(&world, number, "./App/Name"), expected);
    }
}
both!(n1b_a_device_that_refuses_one_node_keeps_its_old_tree, refusal);

fn attach(syntax: Syntax) {
    let mut world = World::new(Plan::new(syntax).gateways(1, 100)).unwrap();
    world.restore(Node::Server).unwrap();
    world.restore(Node::Gateway(1)).unwrap();
    let wait = Write::text("./GwMO/Config/Self/Alerts/BatchSec", "60").with_format(Format::Int);
    let task =
        world.submit(Target::Gateway(Node::Gateway(1).dev_id().into()), vec![CommandSpec::Replace(wait)]).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1), "{:?}", world.results(task));
    let before = world.traffic(Link::Wan);
    for number in 1..=100 {
        world.restore(Node::Device(number)).unwrap();
    }
    world.settle().unwrap();
    assert_eq!(world.gateway(1).unwrap().inventory().len(), 100);
    let of = |event: &Event| if let Event::Attached { devices, .. } = event { Some(*devices) } else { None };
    let announced: Vec<usize> = world.server_events().iter().filter_map(of).collect();
    assert_eq!((announced.iter().sum::<usize>(), announced.len() <= 3), (100, true), "{announced:?}");
    let wan = world.traffic(Link::Wan) - before;
    println!("{syntax:?}: 100 devices attach: {wan:?}");
    assert!(wan.messages <= 8, "{wan:?}");
}
both!(g1_a_hundred_devices_attach_with_three_alerts_at_most, attach);

fn explicit(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 20)).unwrap();
    let chosen = [2, 3, 5, 7, 11, 13, 17];
    let task = world.submit(devices(chosen), vec![interval("60")]).unwrap();
    world.finish(task).unwrap();
    let reported: Vec<DevId> = world.results(task).into_keys().collect();
    let mut expected: Vec<DevId> = chosen.map(dev).into();
    expected.sort();
    assert_eq!((reported, world.counts(task)), (expected, all_ok(7)));
    for number in 1..=20 {
        let value = if chosen.contains(&number) { "60" } else { "900" };
        assert_eq!(text(&world, number, "./App/Interval"), value);
    }
}
both!(g2_an_explicit_list_reaches_exactly_its_devices, explicit);

#[test]
fn the_same_seed_gives_the_same_trace() {
    use xrem_testkit::network::Faults;
    let run = |seed| {
        let faults = Faults::lossy(10, 10);
        let mut world =
            World::started(Plan::new(Syntax::Wbxml).gateways(1, 2).seed(seed).faults(faults, faults)).unwrap();
        let task = world.submit(Target::All(Kind::Devices), vec![interval("60")]).unwrap();
        world.finish(task).unwrap();
        world.trace().fingerprint()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
