//! Room for the messages in hand: what does not fit is answered 503, so that the memory of the server is bounded by what it
//! works on and never by what is thrown at it.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Bytes of one unit of room.
const UNIT: usize = 1024;
/// What a message takes besides its own bytes: its records, its answer and the step that waits for the disk.
const OVERHEAD: usize = 16 * UNIT;
/// The shortest and the longest pause that is asked for, in seconds.
const PAUSES: (u64, u64) = (2, 9);

/// The room, and who found none.
#[derive(Debug)]
pub(crate) struct Room {
    free: Semaphore,
    units: usize,
    refused: AtomicU64,
}

impl Room {
    /// Room for messages of `bytes` altogether, their overhead included.
    pub(crate) fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { free: Semaphore::new(units), units, refused: AtomicU64::new(0) }
    }

    /// Room for a message of `bytes`, until it is dropped; or the seconds after which its sender may come back. They differ
    /// from sender to sender, so that those who are sent away do not come back all at once.
    pub(crate) fn take(&self, bytes: usize) -> Result<SemaphorePermit<'_>, u64> {
        // A message that is larger than all the room has it to itself.
        let units = bytes.saturating_add(OVERHEAD).div_ceil(UNIT).min(self.units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        self.free.try_acquire_many(units).map_err(|_| {
            let refused = self.refused.fetch_add(1, Ordering::Relaxed);
            PAUSES.0 + refused % (PAUSES.1 - PAUSES.0 + 1)
        })
    }

    /// Bytes that are taken.
    pub(crate) fn taken(&self) -> usize {
        (self.units - self.free.available_permits()) * UNIT
    }

    /// How many found none so far.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_sent_away_with_different_pauses_until_there_is_room() {
        let room = Room::new(64 << 10);
        let first = room.take(16 << 10).unwrap();
        let second = room.take(16 << 10).unwrap();
        assert_eq!(room.taken(), 64 << 10);
        assert_eq!([room.take(0).unwrap_err(), room.take(0).unwrap_err()], [2, 3]);
        assert_eq!(room.refused(), 2);
        drop(first);
        assert!(room.take(0).is_ok());
        drop(second);
        assert_eq!(room.taken(), 0);
    }

    #[test]
    fn a_message_larger_than_the_room_is_taken_when_it_is_alone() {
        let room = Room::new(64 << 10);
        let whole = room.take(1 << 20).unwrap();
        assert!(room.take(0).is_err());
        drop(whole);
        assert!(room.take(0).is_ok());
    }
}
