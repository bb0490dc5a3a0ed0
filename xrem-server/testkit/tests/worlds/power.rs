//! Power cuts of a device that is being updated.

use omadm_proto::exchange::Syntax;
use xrem_server::task::Target;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
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

fn every_write(syntax: Syntax) {
    let mut cuts = 0;
    // Three blocks: one erasure, three writes, a selection, a confirmation.
    for operations in 0..6 {
        let world = update_with_cut(syntax, 600, |world| {
            let flash = world.flash(1).unwrap();
            flash.operations() >= operations && (operations > 0 || text(world, 1, "./FUMO/State") != "10")
        });
        cuts += u32::from(world.is_some());
    }
    assert_eq!(cuts, 6);
}
both!(d2_a_power_cut_at_every_write_of_an_update_ends_with_the_verified_image, every_write);

fn every_step(syntax: Syntax) {
    let first = World::started(Plan::new(syntax).direct(1)).unwrap().steps();
    let moments =
        (first..).step_by(2).take_while(|step| update_with_cut(syntax, 1, |world| world.steps() >= *step).is_some());
    let count = moments.count();
    println!("{syntax:?}: {count} power cuts");
    assert!(count > 30, "{count}");
}
both!(d2_a_power_cut_at_any_moment_of_an_update_ends_with_the_verified_image, every_step);
