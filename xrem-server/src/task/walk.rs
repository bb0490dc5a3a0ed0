//! Reading a subtree node by node, for devices that give no lists \[dm 4.4, 4.5\].
//!
//! A [`super::CommandSpec::Walk`] asks for the list first. A device that refuses is asked for the node, and then for the
//! children that it named, some at a time, until no name is left. What cannot be read is left out; since every name makes
//! the path longer there is no way round in a circle, and depth and number are limited.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::status::StatusCode;

use super::{Outcome, OutcomeFault};

/// Nodes asked for in one Get.
const AT_ONCE: usize = 16;
/// Nodes of one walk.
const MAX_NODES: usize = 4_096;
/// Slashes in a URI.
const MAX_DEPTH: usize = 64;

/// Where a walk is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Walk {
    /// Nodes that are still to be asked for.
    open: Vec<String>,
    /// How many were found.
    found: usize,
}

impl Walk {
    /// A walk that begins at `uri`.
    fn new(uri: &str) -> Self {
        Self { open: alloc::vec![uri.to_string()], found: 1 }
    }

    /// What is asked for next.
    pub(crate) fn asked(&self) -> &[String] {
        self.open.get(..AT_ONCE).unwrap_or(&self.open)
    }

    /// Takes in what came back; adds the children to what is open. `false` when there are too many.
    fn take(&mut self, outcome: &Outcome) -> bool {
        let asked: Vec<String> = self.asked().to_vec();
        self.open.drain(..asked.len());
        for uri in &asked {
            let value = outcome.results.iter().find(|value| bare(&value.uri) == bare(uri));
            let Some(value) = value.filter(|value| value.format.as_deref() == Some("node")) else { continue };
            let names: BTreeSet<&str> = value.text().unwrap_or_default().split('/').map(str::trim).collect();
            for name in names.into_iter().filter(|name| !matches!(*name, "" | "." | "..") && !name.contains('?')) {
                if self.found >= MAX_NODES || uri.matches('/').count() >= MAX_DEPTH {
                    return false;
                }
                self.found += 1;
                self.open.push(format!("{uri}/{name}"));
            }
        }
        true
    }

    /// Whether the walk from `uri` goes on after `answer`; the outcome so far is kept in `outcome`.
    pub fn go_on(walk: &mut Option<Self>, uri: &str, outcome: &mut Outcome, mut answer: Outcome) -> bool {
        let Some(walk) = walk else {
            if answer.status.is_some_and(StatusCode::is_good) && !answer.results.is_empty() {
                *outcome = answer;
                return false;
            }
            // Refused, or answered with nothing: the nodes are asked for one by one.
            *walk = Some(Self::new(uri));
            return true;
        };
        let complete = walk.take(&answer);
        let is_first = outcome.results.is_empty();
        if is_first && answer.results.is_empty() {
            *outcome = answer;
            return false;
        }
        outcome.status = Some(StatusCode::OK);
        outcome.fault = (!complete).then_some(OutcomeFault::TooManyNodes);
        outcome.results.append(&mut answer.results);
        complete && !walk.open.is_empty()
    }
}

fn bare(uri: &str) -> &str {
    let uri = uri.trim();
    uri.strip_prefix("./").unwrap_or(uri)
}
