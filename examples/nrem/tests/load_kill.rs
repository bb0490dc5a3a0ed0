//! `kill -9` under load: what devices saw acknowledged is stored, and nothing is executed twice.
#![allow(dead_code, reason = "the process is shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

#[path = "support/process.rs"]
mod process;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::Duration;

use process::{Process, load};

/// A length of time below `most` that nobody chose.
fn random(most: Duration) -> Duration {
    Duration::from_millis(RandomState::new().hash_one(0) % u64::try_from(most.as_millis()).unwrap())
}

#[test]
fn killed_at_random_moments_the_server_has_everything_that_it_acknowledged() {
    let state = tempfile::tempdir().unwrap();
    let mut process = Process::start(state.path(), &[]);
    let url = process.url();
    let options = "--devices 300 --connections 16 --seconds 6";
    let (xml, wbxml) = (url.clone(), url);
    let devices = [
        std::thread::spawn(move || load(&xml, options)),
        std::thread::spawn(move || load(&wbxml, &format!("{options} --wbxml"))),
    ];
    std::thread::sleep(Duration::from_secs(1));
    for _ in 0..4 {
        let pause = random(Duration::from_millis(1500));
        println!("alive for another {pause:?}");
        std::thread::sleep(pause);
        process.kill_and_start();
    }
    for devices in devices {
        let outcome = devices.join().unwrap();
        assert!(outcome.finished() > 0);
        assert_eq!((outcome.lost(), outcome.executed_twice()), (0, 0), "{outcome}");
        assert_eq!(outcome.failed(), 0, "a restart is no reason to give a session up: {outcome}");
    }
}
