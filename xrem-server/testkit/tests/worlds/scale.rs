//! A thousand devices behind one gateway: what the WAN carries.

use omadm_proto::exchange::Syntax;
use xrem_server::task::{CommandSpec, Kind, Target};
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Link;
use xrem_testkit::world::World;

use super::*;

const DEVICES: u32 = 1000;

fn thousand(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, DEVICES)).unwrap();
    println!("{syntax:?}: start: WAN {:?} LAN {:?}", world.traffic(Link::Wan), world.traffic(Link::Lan));

    let before = world.traffic(Link::Wan);
    let task = world.submit(Target::All(Kind::Devices), vec![CommandSpec::get("./DevInfo/Man")]).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1000));
    let equal = world.traffic(Link::Wan) - before;
    println!("{syntax:?}: equal answers: WAN {equal:?}");
    assert!(equal.bytes() < 16 << 10, "{equal:?}");

    let before = world.traffic(Link::Wan);
    let task = world.submit(Target::All(Kind::Devices), vec![CommandSpec::get("./DevInfo/DevId")]).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1000));
    assert_eq!(value(&world, task, 777, 0), "urn:dev:777");
    let different = world.traffic(Link::Wan) - before;
    println!("{syntax:?}: different answers: WAN {different:?}");
    assert!(different.bytes() < 64 << 10, "{different:?}");

    let (wan, lan) = (world.traffic(Link::Wan), world.traffic(Link::Lan));
    let bytes = image(64);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let task = world.upgrade(Target::All(Kind::Devices), &file).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(1000));
    assert!((1..=DEVICES).all(|number| runs_image(&world, number, &bytes)));
    let (wan, lan) = (world.traffic(Link::Wan) - wan, world.traffic(Link::Lan) - lan);
    println!("{syntax:?}: firmware: WAN {wan:?} LAN {lan:?}");
    assert!(wan.bytes() <= file.size * 102 / 100 + (64 << 10), "{wan:?}");
}
both!(g6_a_thousand_devices_cost_the_wan_one_image_and_few_messages, thousand);
