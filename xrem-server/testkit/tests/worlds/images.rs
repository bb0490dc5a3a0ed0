//! Images cross the WAN once, and devices are served from the gateway.

use omadm_gwmo::code::JobState;
use omadm_proto::exchange::Syntax;
use xrem_server::task::{Kind, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Link;
use xrem_testkit::world::{WanState, World};

use super::*;

fn cut_and_resumed(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 3)).unwrap();
    let before = world.traffic(Link::Wan);
    let bytes = image(2048);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let task = world.upgrade(Target::All(Kind::Devices), &file).unwrap();
    let fetched = |world: &World| (world.traffic(Link::Wan) - before).image_bytes;
    world.run_until(HOUR, |world| fetched(world) * 10 >= file.size * 4).unwrap();
    world.restart(Node::Gateway(1));
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(3));
    assert!((1..=3).all(|number| runs_image(&world, number, &bytes)));
    let source = fetched(&world);
    println!("{syntax:?}: {} bytes fetched {source} with a restart at 40 %", file.size);
    assert!(source * 100 <= file.size * 101, "{source} of {}", file.size);
}
both!(g9_a_download_that_is_cut_at_40_percent_is_resumed, cut_and_resumed);

fn without_wan(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 10)).unwrap();
    let bytes = image(64);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let task = world.upgrade(Target::All(Kind::Devices), &file).unwrap();
    let started =
        |world: &World| world.gateway(1).unwrap().fanout().jobs().any(|job| job.record().state == JobState::Running);
    world.run_until(HOUR, started).unwrap();
    world.switch_wan(WanState::Down);
    let cut_off = world.traffic(Link::Wan);
    world.run_until(HOUR, |world| (1..=10).all(|number| runs_image(world, number, &bytes))).unwrap();
    world.run_until(HOUR, |world| world.gateway(1).unwrap().waiting_alerts() > 0).unwrap();
    assert!(!world.is_done(task));
    assert_eq!((world.traffic(Link::Wan) - cut_off).blocks, 0);
    world.switch_wan(WanState::Up);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(10));
}
both!(g10_devices_update_while_the_wan_is_cut_and_the_results_arrive_later, without_wan);

fn wrong_digest(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 2)).unwrap();
    let file = world.publish("fw.bin", "2.1", image(64)).unwrap();
    // Somebody changes the file behind the server's back.
    let mut other = image(64);
    other[1000] ^= 1;
    world.publish("fw.bin", "2.1", other).unwrap();
    let task = world.upgrade(Target::All(Kind::Devices), &file).unwrap();
    let lan = world.traffic(Link::Lan);
    world.finish(task).unwrap();
    assert_eq!(world.counts(task).failed, 2);
    let codes: Vec<u16> = world.results(task).values().map(|result| result.code.as_u16()).collect();
    assert_eq!(codes, [1423, 1423]);
    world.settle().unwrap();
    assert_eq!((world.traffic(Link::Lan) - lan).blocks, 0, "nobody was served");
}
both!(g9_an_image_with_another_digest_is_never_served, wrong_digest);
