//! Which Exec was accepted last on each node, so that the same one again is not run twice.
//!
//! A server that lost our answer sends the Exec again with the same Correlator; it gets the same status, and nothing runs.
//! An Exec without a Correlator cannot be told from a new one and always runs. Unspecified how far back this must reach;
//! chosen: the last accepted one of each server and node, for the [`ExecLog::CAPACITY`] nodes used most recently.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::ids::ServerId;
use omadm_proto::status::StatusCode;
use omadm_tree::uri::NodeUri;

/// The accepted Execs: the record that survives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExecLog {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Entry {
    server: ServerId,
    uri: String,
    correlator: String,
    status: StatusCode,
}

impl ExecLog {
    /// How many nodes are remembered.
    pub const CAPACITY: usize = 64;

    /// The status that the same Exec was accepted with.
    pub(crate) fn status_of(&self, server: &ServerId, uri: &NodeUri, correlator: &str) -> Option<StatusCode> {
        let uri = uri.to_string();
        self.entries
            .iter()
            .find(|entry| entry.server == *server && entry.uri == uri && entry.correlator == correlator)
            .map(|entry| entry.status)
    }

    /// Remembers an accepted Exec in place of the earlier one on that node.
    pub(crate) fn remember(&mut self, server: &ServerId, uri: &NodeUri, correlator: &str, status: StatusCode) {
        let uri = uri.to_string();
        self.entries.retain(|entry| entry.server != *server || entry.uri != uri);
        if self.entries.len() >= Self::CAPACITY {
            self.entries.remove(0);
        }
        self.entries.push(Entry { server: server.clone(), uri, correlator: correlator.to_string(), status });
    }
    /// Forgets what was accepted below `object` under `correlator`.
    pub(crate) fn forget(&mut self, server: &ServerId, object: &NodeUri, correlator: &str) {
        let below = alloc::format!("{object}/");
        let is_it =
            |entry: &Entry| entry.server == *server && entry.correlator == correlator && entry.uri.starts_with(&below);
        self.entries.retain(|entry| !is_it(entry));
    }
}
