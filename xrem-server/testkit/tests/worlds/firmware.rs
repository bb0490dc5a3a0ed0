//! Firmware for devices: all of them, some with a bad copy, and what they say about it.

use omadm_proto::exchange::Syntax;
use xrem_server::nrem::FirmwareRequest;
use xrem_server::task::{CommandSpec, Kind, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Link;
use xrem_testkit::world::{Counts, Damage, WanState, World};

use super::*;

pub(super) fn upgrade(world: &mut World, version: &str, kib: u32) -> (TaskId, Vec<u8>) {
    let bytes = image(kib);
    let file = world.publish("fw.bin", version, bytes.clone()).unwrap();
    (world.upgrade(Target::All(Kind::Devices), &file).unwrap(), bytes)
}

/// What the device's own tree tells the server about its firmware.
pub(super) fn read_back(world: &mut World) -> TaskId {
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
    let start = || {
        let mut world = World::started(Plan::new(syntax).gateways(1, 4).direct(2)).unwrap();
        for number in [3, 6] {
            world.damage_fetches(number, Damage::OneBit);
        }
        world
    };
    let nodes = [Node::Server, Node::Gateway(1), Node::Device(3), Node::Device(6), Node::Device(5)];
    whoever_restarts("d1d", &nodes, start, damaged_copies);
}
both!(d1d_a_corrupted_copy_is_refused_with_402_and_the_old_slot_keeps_running, damaged);

fn damaged_copies(world: &mut World) {
    let (task, image) = upgrade(world, "2.1", 64);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 4, failed: 2, other: 0 });
    let check = read_back(world);
    for number in 1..=6 {
        let bad = number == 3 || number == 6;
        let flash = world.flash(number).unwrap();
        assert_eq!(flash.running_image(), if bad { World::factory_image() } else { &image });
        assert_eq!(flash.selections(), u32::from(!bad));
        assert_eq!(fumo_code(world, task, number), Some(if bad { 402 } else { 200 }));
        assert_eq!(value(world, check, number, 0), if bad { "1.0" } else { "2.1" });
    }
}

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

fn by_delta(syntax: Syntax) {
    let start = || World::started(Plan::new(syntax).gateways(1, 2).direct(1)).unwrap();
    let nodes = [Node::Server, Node::Gateway(1), Node::Device(2), Node::Device(3)];
    whoever_restarts("d1d", &nodes, start, full_delta_full);
}
both!(d1d_a_delta_is_applied_to_the_image_it_was_made_for_and_to_no_other, by_delta);

fn full_delta_full(world: &mut World) {
    let (first, full) = upgrade(world, "2.0", 64);
    world.finish(first).unwrap();
    let mut next = full.clone();
    next[70..90].fill(7);
    let delta = world.publish_delta("fw.delta", "2.1", &full, &next).unwrap();
    let before = world.traffic(Link::Lan).image_bytes;
    let task = world.upgrade(Target::All(Kind::Devices), &delta).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(3));
    for number in 1..=3 {
        assert!(runs_image(world, number, &next));
        assert_eq!(text(world, number, "./DevDetail/FwV"), "2.1");
    }
    // Two devices fetched the delta, not the image.
    assert!(world.traffic(Link::Lan).image_bytes - before < 4096);
    // Once more the same: the base is another now.
    let again = world.upgrade(Target::All(Kind::Devices), &delta).unwrap();
    world.finish(again).unwrap();
    assert_eq!(world.counts(again), Counts { ok: 0, failed: 3, other: 0 });
    assert!((1..=3).all(|number| fumo_code(world, again, number) == Some(403)));
    // And the full image after a delta.
    let (last, image) = upgrade(world, "3.0", 48);
    world.finish(last).unwrap();
    assert_eq!(world.counts(last), all_ok(3));
    assert!((1..=3).all(|number| runs_image(world, number, &image)));
}

/// One task for four devices: the first is behind a gateway, the second runs something else, two run what the delta is for.
fn whichever_fits(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 1).direct(3)).unwrap();
    let (first, old) = upgrade(&mut world, "2.0", 64);
    world.finish(first).unwrap();
    let other = world.publish("other.bin", "1.9", image(32)).unwrap();
    let another = world.upgrade(Target::Device(name(2)), &other).unwrap();
    world.finish(another).unwrap();
    let mut new = old.clone();
    new[70..90].fill(7);
    let delta = world.publish_delta("fw.delta", "2.1", &old, &new).unwrap();
    let full = world.publish("fw-2.1.bin", "2.1", new.clone()).unwrap();
    let before = world.traffic(Link::Wan).image_bytes;
    let request = FirmwareRequest::new(Target::All(Kind::Devices), full).with_delta(delta.clone());
    let task = world.release(request).unwrap();
    world.run_steps(7).unwrap();
    world.restart(Node::Server);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(4));
    for number in 1..=4 {
        assert!(runs_image(&world, number, &new), "dev{number}");
        assert_eq!((fumo_code(&world, task, number), world.flash(number).unwrap().selections() > 1), (Some(200), true));
        assert_eq!(text(&world, number, "./DevDetail/FwV"), "2.1");
    }
    // The whole image for the gateway and the second device, the delta for the others.
    let fetched = world.traffic(Link::Wan).image_bytes - before;
    assert!((128 << 10..136 << 10).contains(&fetched), "{fetched}");
    // A delta that makes something else is none.
    let strange = FirmwareRequest::new(Target::All(Kind::Devices), other).with_delta(delta);
    assert!(world.release(strange).is_err());
}
both!(n6b_a_task_gives_each_node_the_delta_that_fits_or_the_whole_image, whichever_fits);

/// The delta is damaged on its way.
fn not_this_way(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    let (first, old) = upgrade(&mut world, "2.0", 64);
    world.finish(first).unwrap();
    let mut new = old.clone();
    new[70..90].fill(7);
    let mut delta = world.publish_delta("fw.delta", "2.1", &old, &new).unwrap();
    delta.sha256 = "ab".repeat(32);
    let full = world.publish("fw-2.1.bin", "2.1", new.clone()).unwrap();
    let task = world.release(FirmwareRequest::new(Target::All(Kind::Devices), full).with_delta(delta)).unwrap();
    world.finish(task).unwrap();
    assert_eq!((world.counts(task), fumo_code(&world, task, 1)), (all_ok(1), Some(200)));
    assert!(runs_image(&world, 1, &new));
}
both!(n6b_a_node_whose_delta_is_damaged_gets_the_whole_image_by_the_same_task, not_this_way);

/// The network goes away three times while the image is on its way.
fn resumed(syntax: Syntax) {
    let start = || World::started(Plan::new(syntax).direct(1)).unwrap();
    whoever_restarts("d1d", &[Node::Server, Node::Device(1)], start, download_with_cuts);
}
both!(d1d_a_download_that_is_cut_goes_on_where_it_was, resumed);

fn download_with_cuts(world: &mut World) {
    let bytes = image(4096);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let before = world.traffic(Link::Wan).image_bytes;
    let fetched = move |world: &World| world.traffic(Link::Wan).image_bytes - before;
    let task = world.upgrade(Target::Device(name(1)), &file).unwrap();
    for percent in [20, 50, 80] {
        world.run_until(DAY, |world| fetched(world) * 100 >= file.size * percent).unwrap();
        world.switch_wan(WanState::Down);
        let end = world.now() + MINUTE;
        world.run_until(HOUR, |world| world.now() >= end).unwrap();
        world.switch_wan(WanState::Up);
    }
    world.finish(task).unwrap();
    assert_eq!((world.counts(task), fumo_code(world, task, 1)), (all_ok(1), Some(200)));
    assert!(runs_image(world, 1, &bytes));
    let source = fetched(world);
    println!("{} bytes, fetched {source}", file.size);
    // Progress is stored every megabyte; beyond that a restart costs a block that was under way, and so does a cut.
    assert!(source <= file.size + (1 << 20) + 4 * (256 << 10), "{source} of {}", file.size);
}

/// What FUMO/State was, one after the other, as an update goes on, and the code that its report has.
fn states(syntax: Syntax) {
    let sound = |world: &mut World| states_of_an_update(world);
    let damaged = |world: &mut World| {
        world.damage_fetches(1, Damage::OneBit);
        states_of_an_update(world)
    };
    let start = || World::started(Plan::new(syntax).direct(1)).unwrap();
    let seen = sound(&mut start());
    assert_eq!(seen, (["10", "30", "60", "100"].map(str::to_owned).into(), Some(200)));
    let seen = damaged(&mut start());
    assert_eq!(seen, (["10", "30", "20"].map(str::to_owned).into(), Some(402)));
    // What was not stored when the power failed is done again, and so are its states.
    let nodes = [Node::Server, Node::Device(1), Node::Device(1)];
    whoever_restarts("d1d", &nodes, start, |world| {
        let (states, code) = sound(world);
        assert_eq!((states.last().map(String::as_str), code), (Some("100"), Some(200)), "{states:?}");
    });
    whoever_restarts("d1d", &nodes, start, |world| {
        let (states, code) = damaged(world);
        assert_eq!((states.last().map(String::as_str), code), (Some("20"), Some(402)), "{states:?}");
    });
}
both!(d1d_the_states_of_an_update_follow_each_other_and_its_report_names_its_exec, states);

fn states_of_an_update(world: &mut World) -> (Vec<String>, Option<u16>) {
    let (task, _) = upgrade(world, "2.1", 256);
    let mut seen: Vec<String> = Vec::new();
    world
        .run_until(DAY, |world| {
            let state = text(world, 1, "./FUMO/State");
            if seen.last() != Some(&state) {
                seen.push(state);
            }
            world.is_done(task)
        })
        .unwrap();
    (seen, fumo_code(world, task, 1))
}
