//! What devices say by themselves reaches the server through the gateway.

use alloc::collections::BTreeSet;

use omadm_proto::exchange::Syntax;
use xrem_client::GenericAlert;
use xrem_server::nrem::Event;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Link;
use xrem_testkit::world::{WanState, World};

use super::*;

const TRAP: &str = "urn:oma:at:diagmon:1.0:trapnotification";

/// The devices whose traps the server heard of, in order.
fn heard(world: &World) -> Vec<NodeId> {
    let of = |event: &Event| {
        let Event::Alert { node, type_name, .. } = event else { return None };
        (type_name.as_deref() == Some(TRAP)).then(|| node.clone())
    };
    world.server_events().iter().filter_map(of).collect()
}

fn delivered(world: &World) -> bool {
    (1..=20).all(|number| world.drem(number).unwrap().is_idle())
}

fn traps(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 20)).unwrap();
    let before = world.traffic(Link::Wan);
    world.switch_wan(WanState::Down);
    for number in 1..=20 {
        world.raise(number, GenericAlert::new(TRAP, "hot").source("./DiagMonTrap/overheat"));
    }
    // Each device gets its Status at once, although nobody can be told yet.
    world.run_until(MINUTE, delivered).unwrap();
    let cut = world.now();
    world.run_until(3 * HOUR, |world| world.now().since(cut) >= 2 * HOUR).unwrap();
    world.restart(Node::Gateway(1));
    assert_eq!(heard(&world), Vec::<NodeId>::new());
    world.switch_wan(WanState::Up);
    world.settle().unwrap();
    let heard = heard(&world);
    let senders: BTreeSet<&NodeId> = heard.iter().collect();
    assert_eq!((heard.len(), senders.len()), (20, 20));
    println!("{syntax:?}: 20 traps: {:?}", world.traffic(Link::Wan) - before);
}
both!(g3b_traps_of_devices_wait_for_the_wan_and_survive_a_restart, traps);
