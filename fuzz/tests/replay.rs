//! Replays the seeds of every body, then bytes near to them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::LazyLock;

use omadm_fuzz::{BODIES, Body};
use proptest::prelude::*;

/// The seeds of the body called `name`.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn every_seed_of_every_body_is_survived() {
    for body in BODIES {
        let seeds = seeds(body.name);
        assert!(!seeds.is_empty(), "{} has no seeds", body.name);
        for seed in seeds {
            (body.run)(&seed);
        }
    }
}

/// A body with its seeds.
struct Seeded {
    body: &'static Body,
    seeds: Vec<Vec<u8>>,
}

/// All bodies with their seeds, read once.
static SEEDED: LazyLock<Vec<Seeded>> =
    LazyLock::new(|| BODIES.iter().map(|body| Seeded { body, seeds: seeds(body.name) }).collect());

proptest! {
    #[test]
    fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        for body in BODIES {
            (body.run)(&bytes);
        }
    }

    #[test]
    fn damaged_seeds_are_survived(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        keep in any::<bool>(),
    ) {
        for Seeded { body, seeds } in SEEDED.iter() {
            let mut bytes = seed.get(seeds).clone();
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let len = if keep { bytes.len() } else { cut.index(bytes.len()) };
            (body.run)(&bytes[..len]);
        }
    }
}
