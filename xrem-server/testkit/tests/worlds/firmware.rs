//! Firmware for devices: all of them, some with a bad copy, and what they say about it.

use omadm_proto::exchange::Syntax;
use xrem_client::output::Slot;
use xrem_server::task::{CommandSpec, Kind, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Link;
use xrem_testkit::world::{Counts, Damage, World};

use super::*;

fn upgrade(world: &mut World, version: &str, kib: u32) -> (TaskId, Vec<u8>) {
    let bytes = image(kib);
    let file = world.publish("fw.bin", version, bytes.clone()).unwrap();
    (world.upgrade(Target::All(Kind::Devices), &file).unwrap(), bytes)
}

/// What the device's own tree tells the server about its firmware.
fn read_back(world: &mut World) -> TaskId {
    let commands = vec![CommandSpec::get("./DevDetail/FwV"), CommandSpec::get("./DevDetail/Ext/XRem/ActiveSlot")];
    let task = world.submit(Target::All(Kind::Devices), commands).unwrap();
    world.finish(task).unwrap();
    task
}

fn everybody(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(2, 4).direct(2)).unwrap();
    let (task, image) = upgrade(&mut world, "2.1", 64);
    // A gateway restarts in the middle of the campaign, and its job goes on.
    world.run_until(HOUR, |world| (1..=4).any(|device| runs_image(world, device, &image))).unwrap();
    world.restart(Node::Gateway(1));
    world.finish(task).unwrap();
    assert_eq!((world.counts(task), world.jobs(task).len()), (all_ok(10), 4));
    for number in 1..=10 {
        assert!(runs_image(&world, number, &image));
        assert_eq!((world.flash(number).unwrap().selections(), fumo_code(&world, task, number)), (1, Some(200)));
    }
    let check = read_back(&mut world);
    for number in 1..=10 {
        assert_eq!((value(&world, check, number, 0).as_str(), value(&world, check, number, 1).as_str()), ("2.1", "1"));
    }
    world.settle().unwrap();
}
both!(n6b_all_devices_are_upgraded_once_although_a_gateway_restarts, everybody);

fn damaged(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 4).direct(2)).unwrap();
    for number in [3, 6] {
        world.damage_fetches(number, Damage::OneBit);
    }
    let (task, image) = upgrade(&mut world, "2.1", 64);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 4, failed: 2, other: 0 });
    let check = read_back(&mut world);
    for number in 1..=6 {
        let bad = number == 3 || number == 6;
        let flash = world.flash(number).unwrap();
        assert_eq!(flash.running_image(), if bad { World::factory_image() } else { &image });
        assert_eq!(flash.selections(), u32::from(!bad));
        assert_eq!(fumo_code(&world, task, number), Some(if bad { 402 } else { 200 }));
        assert_eq!(value(&world, check, number, 0), if bad { "1.0" } else { "2.1" });
    }
}
both!(d1d_a_corrupted_copy_is_refused_with_402_and_the_old_slot_keeps_running, damaged);

fn dead_image(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 1).direct(1)).unwrap();
    for number in 1..=2 {
        world.flash_mut(number).unwrap().break_slot(Slot::B);
    }
    let (task, _) = upgrade(&mut world, "2.1", 64);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 0, failed: 2, other: 0 });
    for number in 1..=2 {
        let flash = world.flash(number).unwrap();
        assert_eq!((flash.running_slot(), flash.confirmed_slot()), (Slot::A, Slot::A));
        assert_eq!(fumo_code(&world, task, number), Some(410));
        assert_eq!(text(&world, number, "./FUMO/State"), "80");
    }
}
both!(d2_an_image_that_does_not_come_up_gives_way_to_the_old_one_which_reports_410, dead_image);

fn twice(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 2)).unwrap();
    for (round, (version, kib)) in (1..).zip([("2.0", 64), ("3.0", 48)]) {
        let (task, image) = upgrade(&mut world, version, kib);
        world.finish(task).unwrap();
        assert_eq!(world.counts(task), all_ok(2));
        for number in 1..=2 {
            assert!(runs_image(&world, number, &image));
            assert_eq!(world.flash(number).unwrap().selections(), round);
        }
    }
    // Both images crossed the WAN once: 112 KiB and the names in the requests.
    let wan = world.traffic(Link::Wan);
    assert!(wan.image_bytes < 113 << 10, "{wan:?}");
}
both!(g10_a_second_image_of_the_same_name_replaces_the_first, twice);
