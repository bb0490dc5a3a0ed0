//! Goals of whole systems, each in XML and in WBXML. Letters and numbers in the names are rows of the mission matrix.
#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking, and tells its figures"
)]

extern crate alloc;

/// The same goal in both syntaxes.
macro_rules! both {
    ($name:ident, $goal:ident) => {
        mod $name {
            #[test]
            fn in_xml() {
                super::$goal(omadm_proto::exchange::Syntax::Xml);
            }

            #[test]
            fn in_wbxml() {
                super::$goal(omadm_proto::exchange::Syntax::Wbxml);
            }
        }
    };
}

mod campaign;
mod commands;
mod configuration;
mod connection;
mod directory;
mod fault;
mod faults;
mod firmware;
mod images;
mod locks;
mod monitor;
mod moves;
mod performance;
mod power;
mod recovery;
mod registration;
mod relay;
mod restarts;
mod scale;
mod software;
mod tasks;

use core::hash::{BuildHasher as _, Hasher as _};
use core::time::Duration;

use omadm_proto::ids::DevId;
use xrem_server::directory::NodeId;
use xrem_server::task::{Target, TaskId};
use xrem_testkit::dice::Dice;
use xrem_testkit::node::Node;
use xrem_testkit::world::{Counts, World};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// A seed that nobody chose, printed; `WORLD_SEED` repeats one.
fn any_seed(what: &str) -> u64 {
    let given = std::env::var("WORLD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish());
    println!("{what}: WORLD_SEED={seed}");
    seed
}

/// Lets `goal` come about as it is, and then once for each of `nodes`, which restarts at a random step of it.
fn whoever_restarts(row: &str, nodes: &[Node], start: impl Fn() -> World, goal: impl Fn(&mut World)) {
    let mut world = start();
    let begun = world.steps();
    goal(&mut world);
    let length = world.steps() - begun;
    drop(world);
    let mut dice = Dice::new(any_seed(row));
    for node in nodes {
        let steps = dice.below(length);
        println!("{row}: {node} restarts after {steps} of {length} steps");
        let mut world = start();
        world.restart_in(steps, *node);
        goal(&mut world);
        assert!(!world.awaits_restart());
    }
}

/// An image of `kib` KiB in which no two blocks are the same.
fn image(kib: u32) -> Vec<u8> {
    (0..kib * 256).flat_map(|word| word.wrapping_mul(0x9E37_79B1).to_be_bytes()).collect()
}

fn dev(number: u32) -> DevId {
    Node::Device(number).dev_id()
}

/// What applications call the device `number`.
fn name(number: u32) -> NodeId {
    dev(number).into()
}

fn devices(numbers: impl IntoIterator<Item = u32>) -> Target {
    Target::Devices(numbers.into_iter().map(name).collect())
}

const fn all_ok(ok: usize) -> Counts {
    Counts { ok, failed: 0, other: 0 }
}

/// How often each Exec of the device's application ran.
fn runs(world: &World, device: u32) -> Vec<u32> {
    world.execs(device).into_values().collect()
}

fn text(world: &World, device: u32, uri: &str) -> String {
    world.tree(device).unwrap().text(uri).unwrap_or_else(|| panic!("dev{device} has no {uri}")).to_string()
}

/// What the device returned for the Get that is command `index` of the task.
fn value(world: &World, task: TaskId, device: u32, index: usize) -> String {
    world.results(task)[&dev(device)].outcomes[index].results[0].text().unwrap().to_string()
}

/// The result code in the alert that ended the last command of the task on the device.
fn fumo_code(world: &World, task: TaskId, device: u32) -> Option<u16> {
    let results = world.results(task);
    results[&dev(device)].outcomes.last()?.alert.as_ref()?.code()
}

fn runs_image(world: &World, device: u32, image: &[u8]) -> bool {
    world.flash(device).unwrap().running_image() == image
}
