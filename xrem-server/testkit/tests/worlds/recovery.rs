//! Images that fail by themselves: the other slot, the safe mode, the report, the recovery job \[mission-matrix D2\].

use omadm_proto::exchange::Syntax;
use xrem_client::output::Slot;
use xrem_server::nrem::Event;
use xrem_server::task::{CommandSpec, Kind, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::{Counts, World};

use super::firmware::{read_back, upgrade};
use super::*;

const INTEGRITY: &str = "urn:x-xrem:at:integrity:1.0";

/// Both devices have sent that many integrity alerts; one more of a device may come when its Status got lost in a restart.
fn assert_told(world: &World, times: usize) {
    let by = |number: u32| {
        let is_one = |event: &&Event| {
            let Event::Alert { node, type_name, .. } = event else { return false };
            type_name.as_deref() == Some(INTEGRITY) && *node == name(number)
        };
        world.server_events().iter().filter(is_one).count()
    };
    let (one, two) = (by(1), by(2));
    let all = 2 * times..=2 * times + 1;
    assert!(one.min(two) >= times && all.contains(&(one + two)), "dev1 has told {one} times, dev2 {two} times");
}

/// Until everything that devices had to tell is told. The last deadline of a job is a day away, and a restart may come just then.
fn settle(world: &mut World) {
    let end = world.now() + HOUR;
    world.run_until(2 * DAY, |world| world.now() >= end && world.is_at_rest()).unwrap();
}

/// One device behind a gateway and one that the server reaches itself. Whoever was cut off comes again.
fn started(syntax: Syntax) -> World {
    let mut plan = Plan::new(syntax).gateways(1, 1).direct(1);
    plan.poll = Some(10 * MINUTE);
    World::started(plan).unwrap()
}

const EVERYBODY: [Node; 4] = [Node::Server, Node::Gateway(1), Node::Device(1), Node::Device(2)];

fn dead_image(syntax: Syntax) {
    whoever_restarts("d2", &EVERYBODY, || started(syntax), does_not_come_up);
}
both!(d2_an_image_that_does_not_come_up_gives_way_to_the_old_one_which_reports_410, dead_image);

fn does_not_come_up(world: &mut World) {
    for number in 1..=2 {
        world.flash_mut(number).unwrap().break_slot(Slot::B);
    }
    let (task, _) = upgrade(world, "2.1", 64);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 0, failed: 2, other: 0 });
    for number in 1..=2 {
        let flash = world.flash(number).unwrap();
        assert_eq!((flash.running_slot(), flash.confirmed_slot()), (Slot::A, Slot::A));
        assert_eq!(fumo_code(world, task, number), Some(410));
        assert_eq!(text(world, number, "./FUMO/State"), "80");
    }
    settle(world);
    assert_told(world, 1);
}

/// Both devices run 2.1 from slot B.
fn updated(syntax: Syntax) -> World {
    let mut world = started(syntax);
    let (task, _) = upgrade(&mut world, "2.1", 64);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(2));
    world
}

fn rotten(syntax: Syntax) {
    whoever_restarts("d2", &EVERYBODY, || updated(syntax), one_after_the_other);
}
both!(d2_a_bad_image_gives_way_to_the_other_and_two_bad_ones_to_the_safe_mode_which_a_job_repairs, rotten);

fn one_after_the_other(world: &mut World) {
    for number in 1..=2 {
        world.flash_mut(number).unwrap().rot(Slot::B);
        world.restart(Node::Device(number));
    }
    settle(world);
    for number in 1..=2 {
        assert_eq!(world.flash(number).unwrap().confirmed_slot(), Slot::A);
        assert_eq!(text(world, number, "./DevDetail/FwV"), "1.0");
    }
    assert_told(world, 1);
    // Now the other one too: the safe mode, in which the server and the gateway still reach them, and an update repairs them.
    for number in 1..=2 {
        world.flash_mut(number).unwrap().rot(Slot::A);
        world.restart(Node::Device(number));
    }
    settle(world);
    assert_told(world, 2);
    let hidden = world.submit(Target::All(Kind::Devices), vec![CommandSpec::get("./App/Interval")]).unwrap();
    world.finish(hidden).unwrap();
    assert_eq!(world.counts(hidden).failed, 2);
    let (repair, image) = upgrade(world, "2.2", 48);
    world.finish(repair).unwrap();
    assert_eq!(world.counts(repair), all_ok(2));
    settle(world);
    let check = read_back(world);
    for number in 1..=2 {
        assert_eq!(fumo_code(world, repair, number), Some(200));
        assert!(runs_image(world, number, &image));
        assert_eq!(value(world, check, number, 0), "2.2");
        assert_eq!(text(world, number, "./App/Interval"), "900");
    }
}

fn fixed(syntax: Syntax) {
    whoever_restarts("d2", &EVERYBODY, || updated(syntax), cannot_select_slots);
}
both!(d2_a_device_that_selects_no_slots_just_reports_and_nothing_else_changes, fixed);

fn cannot_select_slots(world: &mut World) {
    for number in 1..=2 {
        let flash = world.flash_mut(number).unwrap();
        flash.fix();
        flash.rot(Slot::B);
        world.restart(Node::Device(number));
    }
    settle(world);
    assert_told(world, 1);
    let asked = vec![CommandSpec::get("./App/Interval"), CommandSpec::get("./DevDetail/FwV")];
    let task = world.submit(Target::All(Kind::Devices), asked).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(2));
    for number in 1..=2 {
        assert_eq!(value(world, task, number, 1), "2.1");
        assert_eq!(world.flash(number).unwrap().running_slot(), Slot::B);
    }
}
