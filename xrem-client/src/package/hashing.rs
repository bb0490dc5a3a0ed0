//! Digests of what lies in a place, block by block.

use alloc::string::String;
use core::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::output::{Action, Place};

/// Bytes asked for and written at once.
pub(crate) const BLOCK: u32 = 256 << 10;

/// A digest over the first `len` bytes.
#[derive(Debug, Clone)]
pub(crate) struct Hashing {
    sha256: Sha256,
    len: u64,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        Self { sha256: Sha256::new(), len: 0 }
    }

    pub(crate) fn add(&mut self, data: &[u8]) {
        self.sha256.update(data);
        self.len = self.len.saturating_add(data.len() as u64);
    }

    /// The bytes so far.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Lower-case hexadecimal, as the house profile wants it.
    pub(crate) fn hex(self) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.sha256.finalize() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// Reads the next block of a place of which `left` bytes are of interest.
pub(crate) fn read(place: Place, offset: u64, left: u64) -> Action {
    Action::ReadAt { place, offset, max_len: u32::try_from(left).unwrap_or(BLOCK).min(BLOCK) }
}
