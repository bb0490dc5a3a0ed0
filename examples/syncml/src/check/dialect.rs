//! What a peer of a certain kind asks of messages sent to it \[windows-quirks 3\].

use clap::ValueEnum;
use omadm_proto::dialect::{self, Dialect, Place, Violation};
use omadm_proto::message::Message;

use super::finding::{Finding, Severity};
use crate::document::Document;
use crate::places;

/// A kind of peer.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Peer {
    /// Whoever goes by OMA DM 1.1.2, 1.2 or 1.3.
    Oma,
    /// The management client of Windows.
    Windows,
}

impl Peer {
    const fn dialect(self) -> Dialect {
        match self {
            Self::Oma => Dialect::Oma,
            Self::Windows => Dialect::Windows,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Oma => "a peer",
            Self::Windows => "Windows",
        }
    }
}

/// What `peer` will not understand in `message`, which `document` holds.
pub(super) fn findings(peer: Peer, document: &Document, message: &Message<'_>) -> Vec<Finding> {
    let places = places::of_commands(document, message);
    let violations = dialect::check(message, peer.dialect());
    violations.into_iter().map(|violation| finding(peer, &places, violation)).collect()
}

fn finding(peer: Peer, places: &[usize], violation: Violation) -> Finding {
    let rule = violation.rule;
    let offset = match violation.place {
        Place::Command { index, .. } => places.get(index).copied(),
        _ => None,
    };
    Finding {
        severity: Severity::Deviation,
        offset,
        row: Some(rule.row()),
        text: format!("{}: {rule}", violation.place),
        readers: "a rule for who writes it; where a reader minds, that is told apart",
        peers: vec![format!("{}: {}; {}", peer.name(), rule.reaction(), rule.remedy())],
    }
}
