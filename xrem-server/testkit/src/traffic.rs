//! Bytes and messages that were sent, by network.

use core::ops::{AddAssign, Sub};

/// The two kinds of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are two")]
pub enum Link {
    /// Between a gateway and a device.
    Lan,
    /// All others.
    Wan,
}

/// What was sent so far: what a network lost counts, because its sender paid for it. Bytes are those of bodies; the headers of
/// the transport are not simulated, the number of messages tells how many there would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// DM messages, in both directions.
    pub messages: u64,
    /// Their bytes.
    pub message_bytes: u64,
    /// Blocks of images.
    pub blocks: u64,
    /// Their bytes, and those of the requests for them.
    pub image_bytes: u64,
    /// Notifications.
    pub datagrams: u64,
    /// Their bytes.
    pub datagram_bytes: u64,
}

impl Traffic {
    /// All bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.message_bytes + self.image_bytes + self.datagram_bytes
    }
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, more: Self) {
        self.messages += more.messages;
        self.message_bytes += more.message_bytes;
        self.blocks += more.blocks;
        self.image_bytes += more.image_bytes;
        self.datagrams += more.datagrams;
        self.datagram_bytes += more.datagram_bytes;
    }
}

impl Sub for Traffic {
    type Output = Self;

    /// What was sent since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Self {
            messages: self.messages - earlier.messages,
            message_bytes: self.message_bytes - earlier.message_bytes,
            blocks: self.blocks - earlier.blocks,
            image_bytes: self.image_bytes - earlier.image_bytes,
            datagrams: self.datagrams - earlier.datagrams,
            datagram_bytes: self.datagram_bytes - earlier.datagram_bytes,
        }
    }
}
