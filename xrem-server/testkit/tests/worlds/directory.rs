//! Applications speak of nodes by one name, wherever these are.

use omadm_proto::exchange::Syntax;
use xrem_server::directory::{NodeId, RouteError, is_local, routes};
use xrem_server::nrem::Event;
use xrem_server::store::Store as _;
use xrem_server::task::{CommandSpec, Target};
use xrem_testkit::plan::Plan;
use xrem_testkit::world::World;

use super::*;

const ATTACHED: &str = "urn:oma:at:oma-gwmo:deviceattached:1.1";
const DETACHED: &str = "urn:oma:at:oma-gwmo:devicedetached:1.0";

fn tell(world: &mut World, gateway: u32, kind: &str, device: &str) {
    let payload = format!(r#"<Devices xmlns="urn:x-xrem:gwmo:1" rev="9">{device}</Devices>"#);
    world.report(gateway, kind, &payload);
    world.settle().unwrap();
}

fn place(world: &World, number: u32) -> String {
    let Ok(place) = world.store().place(&dev(number));
    place.unwrap().gateway.to_string()
}

fn conflicts(world: &World) -> usize {
    world.server_events().iter().filter(|event| matches!(event, Event::Conflict { .. })).count()
}

/// Device 1 is at gateway 1 and is reported by gateway 2 as well.
fn both_gateways(syntax: Syntax) -> World {
    let mut world = World::started(Plan::new(syntax).gateways(2, 2)).unwrap();
    world.settle().unwrap();
    tell(&mut world, 2, ATTACHED, r#"<Dev id="urn:dev:1" rec="r77" mode="2"/>"#);
    world
}

fn moved(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(2, 2)).unwrap();
    world.settle().unwrap();
    tell(&mut world, 1, DETACHED, r#"<Dev id="urn:dev:1" rec="r1" why="left"/>"#);
    tell(&mut world, 2, ATTACHED, r#"<Dev id="urn:dev:1" rec="r77" mode="2"/>"#);
    assert_eq!((place(&world, 1), conflicts(&world)), ("urn:gw:2".into(), 0));
    let task = world.submit(Target::Device(name(1)), vec![CommandSpec::get("./DevInfo/Man")]).unwrap();
    assert_eq!(world.jobs(task)[0].node.as_str(), "urn:gw:2", "the handle reaches it at its new place");
}
both!(n4_a_device_that_moves_is_reached_through_its_new_gateway, moved);

fn duplicate(syntax: Syntax) {
    let mut world = both_gateways(syntax);
    // The device still answers behind gateway 1, which was asked for it.
    assert_eq!(conflicts(&world), 1, "one conflict for two devices");
    let refusal = routes(world.store(), &Target::Device(name(1)));
    assert_eq!(refusal.unwrap_err(), RouteError::Disputed(name(1)));
    assert!(routes(world.store(), &Target::Device(name(2))).is_ok());
    tell(&mut world, 2, DETACHED, r#"<Dev id="urn:dev:1" rec="r77" why="left"/>"#);
    assert!(world.server_events().iter().any(|event| matches!(event, Event::ConflictEnded(_))));
    assert_eq!(place(&world, 1), "urn:gw:1");
    let task = world.submit(Target::Device(name(1)), vec![CommandSpec::get("./DevInfo/Man")]).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1));
}
both!(n4_a_second_device_with_the_same_dev_id_raises_one_conflict_and_is_not_mixed_up, duplicate);

fn adapted(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(2, 1)).unwrap();
    world.settle().unwrap();
    for gateway in [1, 2] {
        tell(&mut world, gateway, ATTACHED, r#"<Dev id="sensor-7" rec="r9" mode="3" proto="LWM2M-1.1"/>"#);
    }
    let mut names = Vec::new();
    for gateway in 1..=2 {
        let Ok(behind) = world.store().behind(&Node::Gateway(gateway).dev_id());
        let (id, place) = behind.into_iter().find(|(id, _)| is_local(id)).unwrap();
        let name = place.name.clone().unwrap();
        assert!(!name.as_str().contains("sensor"), "{name}");
        let Ok(found) = world.store().node_by_name(&name);
        assert_eq!(found, Some(id.clone()));
        assert_eq!(name, NodeId::of(&id), "the same each time");
        names.push(name);
    }
    assert_ne!(names[0], names[1], "two devices that two gateways call the same");
    assert_eq!(conflicts(&world), 0);
}
both!(n4_adapted_devices_without_identity_get_stable_names_of_their_own, adapted);

/// Gateway `gateway` says `kind` of `device`, and nobody waits until that has arrived; it is stored and no more.
fn say(world: &mut World, gateway: u32, kind: &str, device: &str) {
    world.report(gateway, kind, &format!(r#"<Devices xmlns="urn:x-xrem:gwmo:1" rev="9">{device}</Devices>"#));
    world.run_steps(1).unwrap();
}

fn settled(syntax: Syntax, gateways: u32, behind: u32) -> World {
    let mut world = World::started(Plan::new(syntax).gateways(gateways, behind)).unwrap();
    world.settle().unwrap();
    world
}

fn moved_restart(syntax: Syntax) {
    let start = || {
        let mut world = settled(syntax, 2, 2);
        tell(&mut world, 1, DETACHED, r#"<Dev id="urn:dev:1" rec="r1" why="left"/>"#);
        say(&mut world, 2, ATTACHED, r#"<Dev id="urn:dev:1" rec="r77" mode="2"/>"#);
        world
    };
    whoever_restarts("n4a", &[Node::Server, Node::Gateway(1), Node::Gateway(2)], start, |world| {
        world.settle().unwrap();
        assert_eq!((place(world, 1), conflicts(world)), ("urn:gw:2".into(), 0));
        let task = world.submit(Target::Device(name(1)), vec![CommandSpec::get("./DevInfo/Man")]).unwrap();
        assert_eq!(world.jobs(task)[0].node.as_str(), "urn:gw:2");
    });
}
both!(n4a_a_device_that_moves_is_reached_at_its_new_gateway_whoever_restarts, moved_restart);

fn duplicate_restart(syntax: Syntax) {
    let start = || {
        let mut world = settled(syntax, 2, 2);
        say(&mut world, 2, ATTACHED, r#"<Dev id="urn:dev:1" rec="r77" mode="2"/>"#);
        world
    };
    whoever_restarts("n4b", &[Node::Server, Node::Gateway(1), Node::Gateway(2)], start, |world| {
        world.settle().unwrap();
        assert_eq!(conflicts(world), 1, "told once");
        let refusal = routes(world.store(), &Target::Device(name(1)));
        assert_eq!(refusal.unwrap_err(), RouteError::Disputed(name(1)));
    });
}
both!(n4b_a_conflict_is_told_once_whoever_restarts, duplicate_restart);

fn adapted_restart(syntax: Syntax) {
    let start = || {
        let mut world = settled(syntax, 1, 1);
        say(&mut world, 1, ATTACHED, r#"<Dev id="sensor-7" rec="r9" mode="3" proto="LWM2M-1.1"/>"#);
        world
    };
    whoever_restarts("n4a", &[Node::Server, Node::Gateway(1)], start, |world| {
        world.settle().unwrap();
        let Ok(behind) = world.store().behind(&Node::Gateway(1).dev_id());
        let (id, place) = behind.into_iter().find(|(id, _)| is_local(id)).unwrap();
        assert_eq!(place.name, Some(NodeId::of(&id)), "the same name before and after");
    });
}
both!(n4a_an_adapted_device_keeps_its_name_whoever_restarts, adapted_restart);

fn hidden(syntax: Syntax) {
    let mut world = both_gateways(syntax);
    let alert = r"urn:x-xrem:at:test";
    world.relay(1, alert, "./GwMO/DevInv/Records/r2/Tree/If/10.1.2.3/State");
    world.settle().unwrap();
    let is_record = |word: &str| word.strip_prefix('r').is_some_and(|rest| rest.parse::<u32>().is_ok());
    for event in world.server_events() {
        for shown in [event.to_string(), format!("{event:?}")] {
            assert!(!shown.contains("10.1.2.3") && !shown.contains("GwMO"), "{shown}");
            assert!(!shown.split(|c: char| !c.is_alphanumeric()).any(is_record), "{shown}");
        }
    }
    let relayed =
        |event: &&Event| matches!(event, Event::Alert { source: Some(source), .. } if source == "./If/*/State");
    assert_eq!(world.server_events().iter().filter(relayed).count(), 1);
}
both!(n4_no_event_shows_an_address_or_the_record_of_a_gateway, hidden);
