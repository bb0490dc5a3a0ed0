//! Power cuts of a device that is being updated.

use omadm_proto::exchange::Syntax;
use xrem_server::task::Target;
use xrem_testkit::flash::fingerprint;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::power::{Cut, Point};
use xrem_testkit::world::World;

use super::*;

/// Updates a device whose power is cut as soon as `cut` says so; what happens then. `None` when it never does.
fn update_with_cut(syntax: Syntax, kib: u32, cut: impl Fn(&World) -> bool) -> Option<World> {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    let bytes = image(kib);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let task = world.upgrade(Target::Device(name(1)), &file).unwrap();
    while !cut(&world) {
        if world.is_done(task) {
            return None;
        }
        world.step().unwrap();
    }
    world.restart(Node::Device(1));
    world.finish(task).unwrap();
    assert_eq!((world.counts(task), fumo_code(&world, task, 1)), (all_ok(1), Some(200)));
    assert!(runs_image(&world, 1, &bytes));
    world.settle().unwrap();
    let flash = world.flash(1).unwrap();
    assert_eq!(flash.running_slot(), flash.confirmed_slot());
    Some(world)
}

/// What is installed.
#[derive(Debug, Clone, Copy)]
enum Package {
    Full,
    Delta,
}

/// Updates a device whose power fails at these write points. Whatever started was a complete image, the old or the new one,
/// and in the end the new one runs and is kept. Returns the write points that were reached.
fn update_cut_at(syntax: Syntax, package: Package, cuts: &[(usize, Cut)]) -> Vec<Point> {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    let (old, new) = (World::factory_image(), image(160));
    let file = match package {
        Package::Full => world.publish("fw.bin", "2.1", new.clone()).unwrap(),
        Package::Delta => world.publish_delta("fw.bin", "2.1", old, &new).unwrap(),
    };
    world.power_mut(1).unwrap().cut_at(cuts.iter().copied());
    let task = world.upgrade(Target::Device(name(1)), &file).unwrap();
    world.finish(task).unwrap();
    world.settle().unwrap();
    let known = [fingerprint(old), fingerprint(&new)];
    let flash = world.flash(1).unwrap();
    assert!(flash.booted_images().iter().all(|image| known.contains(image)), "{package:?} {cuts:?}");
    assert_eq!((world.counts(task), fumo_code(&world, task, 1)), (all_ok(1), Some(200)), "{package:?} {cuts:?}");
    assert!(runs_image(&world, 1, &new), "{package:?} {cuts:?}");
    assert_eq!(flash.running_slot(), flash.confirmed_slot(), "{package:?} {cuts:?}");
    world.power(1).unwrap().points().to_vec()
}

fn every_write(syntax: Syntax) {
    for package in [Package::Full, Package::Delta] {
        let points = update_cut_at(syntax, package, &[]);
        let count = |kind| points.iter().filter(|point| **point == kind).count();
        assert_eq!((count(Point::Flag), count(Point::Count)), (2, 1));
        // An erasure and a block; with a delta an erasure and three blocks more.
        assert_eq!(count(Point::Block), if let Package::Full = package { 2 } else { 6 });
        for at in 0..points.len() {
            for cut in [Cut::Before, Cut::Torn, Cut::After] {
                update_cut_at(syntax, package, &[(at, cut)]);
            }
        }
        let cuts = 3 * points.len();
        println!("{syntax:?}: {package:?}: {} write points, {cuts} power cuts, 0 unbootable", points.len());
    }
}
both!(d2_a_power_cut_at_every_write_point_of_a_full_and_of_a_delta_update_boots_a_verified_image, every_write);

/// From the last block of the image to the report: the records, flags and counts that decide what boots.
fn every_pair(syntax: Syntax) {
    let points = update_cut_at(syntax, Package::Full, &[]);
    let first = points.iter().rposition(|point| *point == Point::Block).unwrap();
    // The flag that keeps the image, and the records of its result.
    let last = points.iter().rposition(|point| *point == Point::Flag).unwrap() + 4;
    let mut pairs = 0;
    for one in first..last {
        // What the first cut made to be done again is within reach of the second.
        for other in one + 1..last + 4 {
            for (cut, again) in [
                (Cut::Before, Cut::Before),
                (Cut::Before, Cut::After),
                (Cut::After, Cut::Before),
                (Cut::After, Cut::After),
            ] {
                update_cut_at(syntax, Package::Full, &[(one, cut), (other, again)]);
                pairs += 1;
            }
        }
    }
    println!("{syntax:?}: {} write points of the boot flags, {pairs} pairs of power cuts, 0 unbootable", last - first);
    assert!(pairs > 100, "{pairs}");
}
both!(d2_two_power_cuts_at_every_pair_of_write_points_of_the_boot_flags_boot_a_verified_image, every_pair);

fn every_step(syntax: Syntax) {
    let first = World::started(Plan::new(syntax).direct(1)).unwrap().steps();
    let moments =
        (first..).step_by(2).take_while(|step| update_with_cut(syntax, 1, |world| world.steps() >= *step).is_some());
    let count = moments.count();
    println!("{syntax:?}: {count} power cuts");
    assert!(count > 30, "{count}");
}
both!(d2_a_power_cut_at_any_moment_of_an_update_ends_with_the_verified_image, every_step);
