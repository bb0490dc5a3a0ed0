//! A counting allocator: what a piece of work allocates, and how much of it at once.
#![allow(unsafe_code, reason = "a global allocator is an unsafe trait; every call goes on to the system's allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// Allocations and reallocations of this thread.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes that this thread has and did not have when the measurement began.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    /// The most that [`LIVE`] has been.
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting thread by thread. A program declares it as its global allocator and then uses
/// [`measure`].
#[derive(Debug)]
pub struct Counting;

fn note(bytes: isize) {
    let live = LIVE.get() + bytes;
    LIVE.set(live);
    PEAK.set(PEAK.get().max(live));
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).expect("no allocation is larger than isize::MAX")
}

// SAFETY: every call goes on to `System` with the caller's own arguments; counting touches no memory but the counters.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        note(signed(layout.size()));
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note(-signed(layout.size()));
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        note(signed(size) - signed(layout.size()));
        // SAFETY: the caller's contract.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// What a piece of work took from the allocator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocations {
    /// Allocations and reallocations.
    pub count: usize,
    /// The most bytes that it had at one time.
    pub peak: usize,
}

impl Allocations {
    /// `count` allocations, `peak` bytes.
    #[must_use]
    pub const fn new(count: usize, peak: usize) -> Self {
        Self { count, peak }
    }
}

/// What `work` takes from the allocator, if that is [`Counting`].
pub fn measure<T>(work: impl FnOnce() -> T) -> Allocations {
    LIVE.set(0);
    PEAK.set(0);
    let before = COUNT.get();
    work();
    Allocations { count: COUNT.get() - before, peak: usize::try_from(PEAK.get()).unwrap_or(0) }
}

/// What `work` makes, and the bytes that are still taken when it is done.
pub fn held<T>(work: impl FnOnce() -> T) -> (T, usize) {
    LIVE.set(0);
    let made = work();
    (made, usize::try_from(LIVE.get()).unwrap_or(0))
}

/// The bytes that `work` gives back to the allocator and does not take again.
pub fn freed(work: impl FnOnce()) -> usize {
    LIVE.set(0);
    work();
    usize::try_from(-LIVE.get()).unwrap_or(0)
}
