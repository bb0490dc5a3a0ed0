//! A file as the driver gets it.

use alloc::string::String;
use core::fmt;

use bytes::Bytes;
use omadm_tree::uri::NodeUri;

/// A configuration file that is to be applied; its digest is right.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigurationFile {
    /// Names the job. A number that was applied before is a repetition after a restart.
    pub number: u64,
    /// The object that it came to.
    pub object: NodeUri,
    /// Its name.
    pub name: String,
    /// Its version; empty when there is none.
    pub version: String,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub data: Bytes,
}

impl fmt::Debug for ConfigurationFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfigurationFile(job {}, {} {:?}, {} bytes)", self.number, self.object, self.name, self.data.len())
    }
}
