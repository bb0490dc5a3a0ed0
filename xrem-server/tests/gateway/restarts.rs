//! Power cuts: what was stored is enough to go on.

use alloc::collections::BTreeSet;
use core::time::Duration;

use omadm_gwmo::code::{JobState, ResultCode};
use omadm_proto::message::Verb;

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

/// Cuts the power after each step of what `begin` leads to, lets everything go on, and shows `check` what came of it.
fn cut_after_each_step(begin: impl Fn() -> World, check: impl Fn(&World, usize)) {
    let mut goes_on = true;
    let mut cut = 0;
    while goes_on {
        let mut world = begin();
        goes_on = (0..cut).all(|_| world.step_once());
        world.restart();
        world.grem.start_session(world.now).unwrap();
        world.run();
        check(&world, cut);
        cut += 1;
    }
    assert!(cut > 5, "something happened: {cut}");
}

/// A job on two devices, of which the second does not come.
fn half_done() -> World {
    let mut world = World::with_attached(2);
    world.devices.get_mut(&2).unwrap().deaf = true;
    world.server.job("j1", &["*"], REPLACE, &[("Policy/RetryMax", "0")]);
    let wake = world.server.wake();
    world.grem.handle_notification(world.now, &wake);
    while world.step() {}
    assert!(world.server.completions().is_empty());
    world
}

/// The server opens the session that it has something to say in.
fn told(mut world: World) -> World {
    world.grem.start_session(world.now).unwrap();
    world
}

/// The job ended with these devices good and failed, in the state `state`; how often the server was told does not count.
fn has_ended(world: &World, cut: usize, state: u16, ok: u32, failed: u32) {
    let completions = world.server.completions();
    assert!(!completions.is_empty(), "cut {cut}: the job has not ended");
    for job in completions {
        assert_eq!((job.state.number(), job.ok, job.failed), (state, ok, failed), "cut {cut}");
    }
    assert!(world.server.reports().iter().any(|report| report.last), "cut {cut}: no last report");
    assert_eq!(world.grem.waiting_alerts(), 0, "cut {cut}");
    let states: Vec<_> = world.grem.fanout().jobs().map(|job| job.record().state.number()).collect();
    assert_eq!(states, [state], "cut {cut}: everything is acknowledged");
}

#[test]
fn a_job_that_ends_with_its_last_device_is_reported_after_a_power_cut_at_any_moment() {
    let begin = || {
        let mut world = World::with_attached(2);
        world.server.job("j1", &["*"], REPLACE, &[]);
        told(world)
    };
    cut_after_each_step(begin, |world, cut| has_ended(world, cut, 30, 2, 0));
}

#[test]
fn a_job_whose_last_device_the_server_forgets_is_reported_after_a_power_cut_at_any_moment() {
    let begin = || {
        let mut world = half_done();
        world.server.delete("./GwMO/DevInv/Records/r2");
        told(world)
    };
    cut_after_each_step(begin, |world, cut| {
        has_ended(world, cut, 30, 1, 1);
        let reports = world.server.reports();
        let mut groups = reports.iter().flat_map(|report| &report.groups);
        assert!(groups.any(|group| group.code == ResultCode::DEVICE_LEFT), "cut {cut}");
    });
}

#[test]
fn a_job_that_the_server_stops_is_reported_after_a_power_cut_at_any_moment() {
    let begin = || {
        let mut world = half_done();
        world.server.exec("./GwMO/Fanout/Fanout/j1/Operations/Stop", "s");
        told(world)
    };
    cut_after_each_step(begin, |world, cut| has_ended(world, cut, 40, 1, 0));
}

#[test]
fn a_job_whose_last_device_does_not_come_in_time_is_reported_after_a_power_cut_at_any_moment() {
    let begin = || {
        let mut world = half_done();
        while world.grem.fanout().jobs().all(|job| job.record().state == JobState::Running) {
            while world.step() {}
            world.now = world.grem.next_timeout().unwrap().at;
            world.grem.handle_timeout(world.now);
        }
        world
    };
    cut_after_each_step(begin, |world, cut| has_ended(world, cut, 30, 1, 1));
}

#[test]
fn a_device_that_attaches_is_announced_after_a_power_cut_at_any_moment() {
    let begin = || {
        let mut world = World::new(1);
        world.server.write(Verb::Replace, "./GwMO/Config/Self/Alerts/BatchSec", "60");
        world.wake();
        let now = world.now;
        world.devices.get_mut(&1).unwrap().start_session(now);
        while world.step() {}
        assert!(world.server.attached().is_empty());
        // The announcement is due when a session with the server begins for another reason.
        world.now = now + Duration::from_secs(60);
        told(world)
    };
    cut_after_each_step(begin, |world, cut| {
        let known: Vec<_> = world.grem.inventory().devices().map(|device| device.id.clone()).collect();
        let announced: BTreeSet<_> =
            world.server.attached().into_iter().flat_map(|devices| devices.devices).map(|device| device.id).collect();
        assert_eq!((known.len(), Vec::from_iter(announced)), (1, known), "cut {cut}");
    });
}

#[test]
fn bytes_delivered_in_the_session_are_stored_and_told_of_after_a_power_cut_at_any_moment() {
    let (bytes, sha256) = image(2_000);
    let deliver = |hash: &str| {
        let mut world = World::new(0);
        let base = "./GwMO/ImgInv/Images/fw";
        world.server.add_node(base);
        world.server.write(Verb::Replace, &format!("{base}/Kind"), "1");
        world.server.write(Verb::Replace, &format!("{base}/Hash"), &format!("sha256:{hash}"));
        world.server.write_bytes(&format!("{base}/Data"), &bytes);
        told(world)
    };
    let is_empty = |world: &World| world.grem.tree().find("./GwMO/ImgInv/Images/fw/Data").is_none();
    cut_after_each_step(
        || deliver(&sha256),
        |world, cut| {
            assert!(!world.server.ready().is_empty() && world.server.failed().is_empty(), "cut {cut}");
            assert_eq!(Vec::from_iter(world.files.values()), [&bytes], "cut {cut}");
            assert!(is_empty(world), "cut {cut}: the bytes are held twice");
        },
    );
    let (_, other) = image(2_001);
    cut_after_each_step(
        || deliver(&other),
        |world, cut| {
            assert!(!world.server.failed().is_empty() && world.server.ready().is_empty(), "cut {cut}");
            assert!(is_empty(world) && world.files.is_empty(), "cut {cut}");
        },
    );
}
