//! The bytes of a file that a task delivers.

use core::fmt;

use bytes::Bytes;

/// The content of a file, shared by all jobs of its task. Debug output shows its length only.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct FileData(Bytes);

impl FileData {
    /// The most bytes that a configuration file may have: it is held in memory, here and on the device.
    pub const MAX_LEN: usize = 4 << 20;

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<B: Into<Bytes>> From<B> for FileData {
    fn from(bytes: B) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for FileData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileData({} bytes)", self.0.len())
    }
}
