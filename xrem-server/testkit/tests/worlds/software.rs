//! Software for devices and for gateways that manage themselves: installed, activated, removed, and read back.

use omadm_proto::exchange::Syntax;
use xrem_client::software::Activation;
use xrem_server::software::{Inventory, SoftwareRequest};
use xrem_server::task::{
    Activation as Activated, CommandSpec, ImageFile, Kind, Outcome, OutcomeFault, SoftwareOperation, Target,
};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::shelf::Room;
use xrem_testkit::world::{Counts, World};

use super::*;

/// The package `suite` of this version: two components and something that makes it longer than a block of a gateway.
fn suite(world: &mut World, version: &str) -> ImageFile {
    let mut bytes = format!("editor {version}\nreader {version}\n").into_bytes();
    bytes.resize(40 << 10, b'.');
    world.publish("suite.pkg", version, bytes).unwrap()
}

/// Installs `version` on `target`.
fn install(world: &mut World, target: Target, version: &str) -> TaskId {
    let file = suite(world, version);
    world.change_software(SoftwareRequest::install(target, "suite", file)).unwrap()
}

/// The report of the operation: what its Exec ended with.
fn report(world: &World, task: TaskId, device: u32) -> Outcome {
    let results = world.results(task);
    let mut outcomes = results[&dev(device)].outcomes.clone().into_iter();
    outcomes.find(|outcome| outcome.alert.is_some()).unwrap_or_else(|| panic!("dev{device} has not reported"))
}

/// The inventory as an application reads it.
fn inventory(world: &mut World, target: Target) -> impl Fn(&World, u32) -> Inventory + use<> {
    let task = world.submit(target, vec![CommandSpec::Walk { uri: "./SCOMO".into() }]).unwrap();
    world.finish(task).unwrap();
    move |world, device| Inventory::read("./SCOMO", &world.results(task)[&dev(device)].outcomes[0].results)
}

/// Components of an inventory: ID, version, State.
fn components(inventory: &Inventory) -> Vec<(String, String, u16)> {
    let line = |component: &xrem_server::software::InventoryComponent| {
        let state = component.state.unwrap().as_u16();
        (component.id.clone(), component.version.clone().unwrap_or_default(), state)
    };
    inventory.components.values().map(line).collect()
}

fn suite_of(version: &str, state: u16) -> Vec<(String, String, u16)> {
    ["editor", "reader"].map(|id| (id.to_string(), version.to_string(), state)).into()
}

/// 100 devices and 3 gateways have version 1; version 2 comes, for which 10 have no room.
fn upgrade(syntax: Syntax) {
    let full = [3, 14, 15, 26, 35, 58, 79, 89, 97, 102];
    let mut world = World::started(Plan::new(syntax).direct(100).plain_gateways(3)).unwrap();
    for target in [Target::All(Kind::Devices), Target::All(Kind::Gateways)] {
        let task = install(&mut world, target, "1.0");
        world.finish(task).unwrap();
        assert_eq!(world.counts(task).failed, 0);
    }
    for number in full {
        world.shelf_mut(number).unwrap().set_room(Room::NoneToInstall);
    }
    let parts = [(Target::All(Kind::Devices), 1..=100), (Target::All(Kind::Gateways), 101..=103)];
    for (target, numbers) in parts {
        let task = install(&mut world, target.clone(), "2.0");
        world.finish(task).unwrap();
        let failed: Vec<u32> = numbers.clone().filter(|number| full.contains(number)).collect();
        let count = numbers.clone().count();
        assert_eq!(world.counts(task), Counts { ok: count - failed.len(), failed: failed.len(), other: 0 });
        let read = inventory(&mut world, target);
        for number in numbers {
            let report = report(&world, task, number);
            let alert = report.alert.clone().unwrap();
            let has = components(&read(&world, number));
            if failed.contains(&number) {
                // The exact list with the reason, and the old version still there.
                assert_eq!(alert.result().as_deref(), Some("1406 install failed, out of memory"), "dev{number}");
                assert_eq!(has, suite_of("1.0", 20), "dev{number}");
            } else {
                assert_eq!(alert.result().as_deref(), Some("1200 success"), "dev{number}");
                let reported: Vec<_> = alert.items().filter_map(|item| item.target.clone()).collect();
                let expected = ["editor", "reader"].map(|id| format!("./SCOMO/Inventory/Deployed/{id}"));
                assert_eq!((reported, has), (expected.to_vec(), suite_of("2.0", 20)), "dev{number}");
            }
            assert_eq!(world.shelf(number).unwrap().packages(), 0, "dev{number} keeps no package");
            assert_eq!(world.tree(number).unwrap().children("./SCOMO/Download").count(), 0, "dev{number}");
        }
    }
    world.settle().unwrap();
}
both!(n6a_version_2_on_a_hundred_devices_and_3_gateways_of_which_10_have_no_room, upgrade);

fn life(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(2)).unwrap();
    let all = || Target::All(Kind::Devices);
    let file = suite(&mut world, "1.0");
    let inactive = SoftwareOperation::Install {
        package: "suite".into(),
        image: file,
        activation: Activated::Inactive,
        params: Some("quiet".into()),
    };
    let steps: [(SoftwareRequest, Option<Activation>); 4] = [
        (SoftwareRequest::new(all(), inactive), Some(Activation::Inactive)),
        (SoftwareRequest::activate(all(), "suite"), Some(Activation::Active)),
        (SoftwareRequest::deactivate(all(), "suite"), Some(Activation::Inactive)),
        (SoftwareRequest::remove(all(), "suite"), None),
    ];
    for (request, expected) in steps {
        let word = request.operation.word();
        let task = world.change_software(request).unwrap();
        world.finish(task).unwrap();
        assert_eq!(world.counts(task), all_ok(2), "{word}: {:?}", world.results(task));
        let read = inventory(&mut world, all());
        for number in 1..=2 {
            let shelf = world.shelf(number).unwrap();
            let states: Vec<_> = shelf.components().values().map(|component| component.activation).collect();
            assert_eq!(states, vec![expected; 2].into_iter().flatten().collect::<Vec<_>>(), "{word}");
            let state = if expected == Some(Activation::Active) { 20 } else { 10 };
            let told = if expected.is_some() { suite_of("1.0", state) } else { Vec::new() };
            assert_eq!(components(&read(&world, number)), told, "{word}");
        }
    }
    // Nothing is left to be activated; to remove what is not there is done already.
    let task = world.change_software(SoftwareRequest::activate(all(), "suite")).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 0, failed: 2, other: 0 });
    assert_eq!(world.results(task)[&dev(1)].outcomes[0].fault, Some(OutcomeFault::NotInstalled));
    let task = world.change_software(SoftwareRequest::remove(all(), "suite")).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(2));
}
both!(n6a_software_is_activated_deactivated_and_removed_and_the_inventory_says_so, life);

fn through(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 4)).unwrap();
    world.shelf_mut(2).unwrap().set_room(Room::NoneToInstall);
    let task = install(&mut world, Target::All(Kind::Devices), "2.0");
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 3, failed: 1, other: 0 });
    for number in 1..=4 {
        let code = fumo_code(&world, task, number);
        assert_eq!(code, Some(if number == 2 { 1406 } else { 1200 }), "dev{number}");
        assert_eq!(world.shelf(number).unwrap().components().len(), if number == 2 { 0 } else { 2 });
    }
    // What else there is to do depends on the inventory of each device.
    assert!(world.change_software(SoftwareRequest::remove(Target::All(Kind::Devices), "suite")).is_err());
}
both!(n6a_devices_behind_a_gateway_install_a_package_that_crosses_the_wan_once, through);

fn lies(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    // The package says version 1.9 where the task wants 2.0.
    let file = world.publish("suite.pkg", "2.0", b"editor 1.9\n".to_vec()).unwrap();
    let task = world.change_software(SoftwareRequest::install(Target::Device(name(1)), "suite", file)).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 0, failed: 1, other: 0 });
    let faults: Vec<_> = world.results(task)[&dev(1)].outcomes.iter().filter_map(|outcome| outcome.fault).collect();
    assert_eq!(faults, [OutcomeFault::NotAsReported]);
}
both!(n6a_an_end_version_that_is_not_the_wanted_one_is_a_failure, lies);

/// Installs on 3 devices, of which one has no room, while `node` restarts after `steps` steps; false when it ended before.
fn with_restart(syntax: Syntax, node: Node, steps: u64) -> bool {
    let what = format!("{node} after {steps} steps");
    let mut world = World::started(Plan::new(syntax).direct(3)).unwrap();
    world.shelf_mut(2).unwrap().set_room(Room::NoneToInstall);
    let task = install(&mut world, Target::All(Kind::Devices), "2.0");
    world.run_steps(steps).unwrap();
    if world.is_done(task) {
        return false;
    }
    world.restart(node);
    world.finish(task).unwrap_or_else(|trouble| panic!("{what}: {trouble}"));
    assert_eq!(world.counts(task), Counts { ok: 2, failed: 1, other: 0 }, "{what}: {:?}", world.results(task));
    for number in 1..=3 {
        let expected = if number == 2 { (0, 0) } else { (2, 1) };
        let shelf = world.shelf(number).unwrap();
        assert_eq!((shelf.components().len(), shelf.operations()), expected, "{what}: dev{number}");
        let code = report(&world, task, number).alert.unwrap().code();
        assert_eq!(code, Some(if number == 2 { 1406 } else { 1200 }), "{what}: dev{number}");
    }
    true
}

fn restarts(syntax: Syntax) {
    for node in [Node::Server, Node::Device(1), Node::Device(2)] {
        let first = u64::from(syntax == Syntax::Xml) * 3;
        let moments = (first..).step_by(7).take_while(|steps| with_restart(syntax, node, *steps)).count();
        println!("{syntax:?}: {node} restarts at {moments} moments");
        assert!(moments > 10, "{moments}");
    }
}
both!(n6a_server_and_devices_restart_at_every_seventh_step_and_nothing_is_installed_twice, restarts);

fn random_restart(syntax: Syntax) {
    let seed = 0x5AFE ^ u64::from(syntax == Syntax::Xml);
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let mut world = World::started(Plan::new(syntax).direct(20).plain_gateways(3).seed(seed)).unwrap();
    let task = install(&mut world, Target::All(Kind::Devices), "2.0");
    for _ in 0..10 {
        world.run_steps(dice.below(60)).unwrap();
        let number = u32::try_from(dice.below(20)).unwrap() + 1;
        world.restart(if number == 20 { Node::Server } else { Node::Device(number) });
    }
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(20), "seed {seed}");
    for number in 1..=20 {
        assert_eq!(world.shelf(number).unwrap().operations(), 1, "seed {seed}, dev{number}");
    }
}
both!(n6a_restarts_at_random_steps_change_nothing, random_restart);
