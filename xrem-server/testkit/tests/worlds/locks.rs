//! Devices are locked, unlocked, wiped and reset by tasks.

use omadm_proto::exchange::Syntax;
use omadm_tree::mo::{LAWMO, LawmoOperation, LawmoState};
use xrem_server::lock::LockRequest;
use xrem_server::task::{Kind, OutcomeFault, Target};
use xrem_testkit::dice::Dice;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::{Counts, World};

use super::*;

fn all() -> Target {
    Target::All(Kind::Devices)
}

/// Locks and unlocks two devices with accounts and one behind a gateway.
fn locked(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 1).direct(2)).unwrap();
    let operations = [
        (LawmoOperation::FullyLock, LawmoState::FULLY_LOCKED),
        (LawmoOperation::PartiallyLock, LawmoState::PARTIALLY_LOCKED),
        (LawmoOperation::UnLock, LawmoState::UNLOCKED),
    ];
    for (operation, state) in operations {
        let task = world.lock(LockRequest::new(all(), operation)).unwrap();
        world.finish(task).unwrap();
        assert_eq!(world.counts(task), all_ok(3), "{operation:?}: {:?}", world.results(task));
        for number in 1..=3 {
            assert_eq!(text(&world, number, "./LAWMO/State"), state.as_u16().to_string(), "dev{number}");
        }
    }
    world.settle().unwrap();
}
both!(n7b_devices_are_locked_and_unlocked_and_their_state_is_read_back, locked);

/// A list with two entries, of which somebody has marked the second.
fn with_list(world: &mut World, number: u32) {
    for (node, item, marked) in [("a", "contacts", false), ("b", "messages", true)] {
        let at = format!("./LAWMO/AvailableWipeList/{node}");
        let entry = LAWMO.entry("AvailableWipeList/<x>", &at).fill("ListItemName", item).fill("ToBeWiped", marked);
        entry.put_into(world.tree_mut(number).unwrap()).unwrap();
    }
}

fn wiped(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(2)).unwrap();
    with_list(&mut world, 1);
    // The second device has nothing that is called so.
    let task = world.lock(LockRequest::wipe_of(all(), ["contacts"])).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 1, failed: 1, other: 0 });
    assert_eq!(world.results(task)[&dev(2)].outcomes[0].fault, Some(OutcomeFault::NotListed));
    let wipe = world.results(task)[&dev(1)].outcomes.last().unwrap().alert.clone().unwrap();
    assert_eq!(wipe.result().as_deref(), Some("1201 wipe data successful"));
    for node in ["a", "b"] {
        assert_eq!(text(&world, 1, &format!("./LAWMO/AvailableWipeList/{node}/ToBeWiped")), "false");
    }
    // Without names everything is wiped, with a list and without one.
    let task = world.lock(LockRequest::new(all(), LawmoOperation::Wipe)).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(2), "{:?}", world.results(task));
    // What devices behind a gateway could wipe, a template does not know.
    let mut behind = World::started(Plan::new(syntax).gateways(1, 1)).unwrap();
    assert!(behind.lock(LockRequest::new(all(), LawmoOperation::Wipe)).is_err());
}
both!(n7b_a_wipe_removes_what_was_asked_for_and_nothing_else, wiped);

/// Somebody restarts at a random moment of a wipe: it is done once.
fn interrupted(syntax: Syntax) {
    let seed = 0x1A50 + u64::from(syntax == Syntax::Wbxml);
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    for node in [Node::Server, Node::Device(1)] {
        let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
        with_list(&mut world, 1);
        let task = world.lock(LockRequest::wipe_of(all(), ["messages"])).unwrap();
        world.run_steps(dice.below(40)).unwrap();
        world.restart(node);
        world.finish(task).unwrap();
        assert_eq!(world.counts(task), all_ok(1), "{node}: {:?}", world.results(task));
        assert_eq!(text(&world, 1, "./LAWMO/AvailableWipeList/b/ToBeWiped"), "false");
        world.settle().unwrap();
    }
}
both!(n7b_a_wipe_survives_a_restart_of_the_server_and_of_the_device, interrupted);
