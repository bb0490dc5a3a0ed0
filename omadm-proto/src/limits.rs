//! Everything a peer controls has a limit; all of them are here.

/// Limits that a reader of messages enforces. The defaults are generous for DM and small for an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one message; 1 MiB.
    pub message_bytes: usize,
    /// Element nesting; 64. Real messages stay below 12, a serialized tree adds one level a node.
    pub depth: usize,
    /// Commands in one message, those inside Atomic and Sequence counted; 4096.
    pub commands: usize,
    /// Items in one command; 4096.
    pub items: usize,
    /// Elements, attributes and texts that are kept of what the typed message has no types for; 16384.
    pub pieces: usize,
    /// Attributes of one XML element; 16.
    pub attributes: usize,
    /// Bytes that string-table references may expand to in one WBXML document; 4 MiB.
    pub expanded_bytes: usize,
    /// Bytes of one reassembled large object; 64 MiB.
    pub object_bytes: u64,
    /// Characters of one LocURI; 2048.
    pub uri_chars: usize,
    /// Segments of one LocURI; 32.
    pub uri_segments: usize,
}

impl Limits {
    /// The defaults, as a constant.
    pub const DEFAULT: Self = Self {
        message_bytes: 1 << 20,
        depth: 64,
        commands: 4096,
        items: 4096,
        pieces: 16384,
        attributes: 16,
        expanded_bytes: 4 << 20,
        object_bytes: 64 << 20,
        uri_chars: 2048,
        uri_segments: 32,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
