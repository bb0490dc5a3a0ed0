//! Children by name: entries sorted by a hash of the name, in runs of at most a thousand or so.
//!
//! The hash spreads evenly, so that the place of an entry can be guessed within a few cache lines, whether there are ten
//! children or a million. Entries of one hash are sorted by name: a peer that makes up names of one hash gets a binary
//! search, not a slow tree. Nothing here shows outside: the order of children is that of [`super::children`].

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::Index;

/// A run that grows beyond this is split.
const LONGEST_RUN: usize = 1024;

/// So far around the guessed place is looked before the whole run is.
const REACH: usize = 32;

/// The hashes there are.
const ALL_HASHES: u64 = 1 << 32;

/// One child.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u32,
    node: Index,
}

/// The entries from the hash `from` up to the next run.
#[derive(Debug, Clone)]
struct Run {
    from: u32,
    entries: Vec<Entry>,
}

/// The index of one interior node.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// The run from hash 0; nearly always the only one.
    first: Vec<Entry>,
    more: Vec<Run>,
}

/// Where an entry is or belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// 0 is `first`.
    run: usize,
    at: usize,
}

/// Names that differ only in case have one hash, so that both kinds of comparison can be built on it.
pub(super) fn hash(name: &str) -> u32 {
    if name.is_ascii() {
        return hash_folded(name.as_bytes());
    }
    let lowercase: String = name.chars().flat_map(char::to_lowercase).collect();
    hash_folded(lowercase.as_bytes())
}

/// The hash of the bytes with one bit of each left out, by which ASCII letters of either case differ.
fn hash_folded(name: &[u8]) -> u32 {
    const FOLD: u64 = 0x2020_2020_2020_2020;
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = name.as_chunks::<8>();
    let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let mut state = name.len() as u64;
    for word in words.iter().map(|word| u64::from_le_bytes(*word)).chain([rest]) {
        let product = u128::from(state ^ (word | FOLD)) * u128::from(FACTOR);
        let [low @ .., _, _, _, _, _, _, _, _] = product.to_le_bytes();
        let [_, _, _, _, _, _, _, _, high @ ..] = product.to_le_bytes();
        state = u64::from_le_bytes(low) ^ u64::from_le_bytes(high);
    }
    let [low @ .., _, _, _, _] = state.wrapping_mul(FACTOR).rotate_left(32).to_le_bytes();
    u32::from_le_bytes(low)
}

impl Names {
    /// The entry of `hash` whose node `compare` finds equal to the name that is looked for; else the place where it belongs.
    pub(super) fn find(&self, hash: u32, compare: impl Fn(Index) -> Ordering) -> Result<(Place, Index), Place> {
        let (run, entries, from, end) = self.run_of(hash);
        let start = lower_bound(entries, hash, from, end);
        let Some(entry) = entries.get(start).filter(|entry| entry.hash == hash) else {
            return Err(Place { run, at: start });
        };
        if compare(entry.node) == Ordering::Equal {
            return Ok((Place { run, at: start }, entry.node));
        }
        let same = entries.get(start..).unwrap_or_default();
        let same = same.get(..same.partition_point(|entry| entry.hash == hash)).unwrap_or_default();
        let place = |at: usize| Place { run, at: start + at };
        match same.binary_search_by(|entry| compare(entry.node)) {
            Ok(at) => same.get(at).map(|entry| (place(at), entry.node)).ok_or_else(|| place(at)),
            Err(at) => Err(place(at)),
        }
    }

    /// The nodes whose names have `hash`.
    pub(super) fn alike(&self, hash: u32) -> impl Iterator<Item = Index> {
        let (_, entries, from, end) = self.run_of(hash);
        let start = lower_bound(entries, hash, from, end);
        let same = entries.get(start..).unwrap_or_default().iter();
        same.take_while(move |entry| entry.hash == hash).map(|entry| entry.node)
    }

    /// Enters `node` at the place where [`Self::find`] missed it.
    pub(super) fn insert(&mut self, place: Place, hash: u32, node: Index) {
        let Some(entries) = self.run_mut(place.run) else { return };
        entries.insert(place.at.min(entries.len()), Entry { hash, node });
        if entries.len() > LONGEST_RUN
            && let Some(upper) = split(entries)
        {
            self.more.insert(place.run.min(self.more.len()), upper);
        }
    }

    /// Removes the entry that [`Self::find`] found.
    pub(super) fn remove(&mut self, place: Place) {
        let Some(entries) = self.run_mut(place.run) else { return };
        if place.at < entries.len() {
            entries.remove(place.at);
        }
        if entries.is_empty() && place.run > 0 && place.run <= self.more.len() {
            self.more.remove(place.run - 1);
        }
    }

    /// The run of `hash`: its number, entries, and the hashes from which and before which it lies.
    fn run_of(&self, hash: u32) -> (usize, &[Entry], u64, u64) {
        let run = if self.more.is_empty() { 0 } else { self.more.partition_point(|run| run.from <= hash) };
        let end = self.more.get(run).map_or(ALL_HASHES, |next| u64::from(next.from));
        match run.checked_sub(1).and_then(|at| self.more.get(at)) {
            Some(found) => (run, &found.entries, u64::from(found.from), end),
            None => (0, &self.first, 0, end),
        }
    }

    fn run_mut(&mut self, run: usize) -> Option<&mut Vec<Entry>> {
        match run.checked_sub(1) {
            None => Some(&mut self.first),
            Some(at) => self.more.get_mut(at).map(|run| &mut run.entries),
        }
    }
}

/// The first entry that has `hash` or a greater one, in a run of the hashes `from..end`.
fn lower_bound(entries: &[Entry], hash: u32, from: u64, end: u64) -> usize {
    let before = |entry: &Entry| entry.hash < hash;
    let count = entries.len() as u64;
    let guess = (u64::from(hash) - from) * count / (end - from).max(1);
    // The run is no longer than memory, so that the guess is a usize.
    let guess = usize::try_from(guess).unwrap_or(0);
    let (low, high) = (guess.saturating_sub(REACH), (guess + REACH).min(entries.len()));
    let starts_before = low == 0 || entries.get(low - 1).is_some_and(before);
    let ends_behind = entries.get(high).is_none_or(|entry| !before(entry));
    match entries.get(low..high) {
        Some(near) if starts_before && ends_behind => low + near.partition_point(before),
        _ => entries.partition_point(before),
    }
}

/// Takes the upper half off the run; entries of one hash stay together.
fn split(entries: &mut Vec<Entry>) -> Option<Run> {
    let middle = entries.get(entries.len() / 2)?.hash;
    let cut = match entries.partition_point(|entry| entry.hash < middle) {
        0 => entries.partition_point(|entry| entry.hash <= middle),
        cut => cut,
    };
    let from = entries.get(cut)?.hash;
    Some(Run { from, entries: entries.split_off(cut) })
}
