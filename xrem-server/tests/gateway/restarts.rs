//! Power cuts: what was stored is enough to go on.

use crate::jobs::{REPLACE, firmware, image};
use crate::world::World;

#[test]
fn a_download_that_a_power_cut_interrupted_fetches_only_the_rest() {
    let (bytes, sha256) = image(2_000_000);
    let mut world = World::new(0);
    world.source.clone_from(&bytes);
    world.slow_store = true;
    world.server.image("fw", &format!("sha256:{sha256}"), bytes.len());
    let wake = world.server.wake();
    world.grem.handle_notification(world.now, &wake);
    while world.step() {}
    for _ in 0..7 {
        assert!(world.act_once());
        while world.step() {}
    }
    assert!(world.fetched > 500_000 && world.server.ready().is_empty());
    world.restart();
    world.slow_store = false;
    world.run();
    assert_eq!(world.server.ready().len(), 1);
    assert!(world.fetched <= bytes.len() + (256 << 10), "{}", world.fetched);
    assert_eq!(world.files.values().next().unwrap(), &bytes);
}

#[test]
fn a_job_goes_on_after_a_power_cut_at_any_moment() {
    let (bytes, sha256) = image(300_000);
    for cut in (1..200).step_by(11) {
        let mut world = World::with_attached(6);
        world.source.clone_from(&bytes);
        world.server.image("fw", &format!("sha256:{sha256}"), bytes.len());
        world.wake();
        world.server.job(
            "j1",
            &["*"],
            &firmware(&sha256),
            &[("Command/Images/1", "fw"), ("Policy/RetryUnknown", "true")],
        );
        let wake = world.server.wake();
        world.grem.handle_notification(world.now, &wake);
        for _ in 0..cut {
            world.step_once();
        }
        world.restart();
        world.run();
        // What the server got no answer to, it sends again in its next session.
        world.wake();
        let boots: Vec<usize> = world.devices.values().map(|device| device.boots).collect();
        assert!(boots.iter().all(|boots| *boots == 1), "cut {cut}: {boots:?}");
        let completion = world.server.completions();
        assert_eq!((completion.len(), completion[0].ok), (1, 6), "cut {cut}");
    }
}

#[test]
fn what_a_server_reads_is_the_same_after_a_restart() {
    let mut world = World::with_attached(3);
    world.server.job("j1", &["*"], REPLACE, &[]);
    world.wake();
    world.restart();
    for uri in [
        "./GwMO/DevInv/Records/r3/DeviceID",
        "./GwMO/Fanout/Fanout/j1/State",
        "./GwMO/Fanout/Fanout/j1/Results/r2/State",
    ] {
        world.server.get(uri);
    }
    world.wake();
    assert_eq!(world.server.value("./GwMO/DevInv/Records/r3/DeviceID"), "urn:dev:3");
    assert_eq!(world.server.value("./GwMO/Fanout/Fanout/j1/State"), "30");
    assert_eq!(world.server.value("./GwMO/Fanout/Fanout/j1/Results/r2/State"), "10");
    assert_eq!(world.server.completions().len(), 1);
}
