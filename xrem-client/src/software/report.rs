//! The alert that reports an operation, and the codes in it \[mo 7.4, 7.5\].
//!
//! One Item for each component. Unspecified which Mark a success has: examples say `warning` even then; chosen:
//! `informational` as for firmware, because only a failure should use another one \[mo 1.3\].

use alloc::string::{String, ToString as _};

use omadm_proto::alert::types;
use omadm_proto::download::InstallStatus;
use omadm_proto::message::Format;
use omadm_tree::mo::{ResultClass, ScomoReport, ScomoResult};
use omadm_tree::uri::NodeUri;

use crate::outbox::{GenericAlert, Mark};
use crate::output::ActionFailure;
use crate::package::Failure;

/// What one Item of a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// ID of the component, or PkgID where there is none.
    pub(super) identifier: String,
    /// Its node in the inventory.
    pub(super) node: Option<NodeUri>,
}

/// The alert of the operation `source` that ended with `result` for these subjects, of which there is one at least.
pub(super) fn alert(source: &NodeUri, result: ScomoResult, first: &Subject, more: &[Subject]) -> GenericAlert {
    let item = |subject: &Subject| {
        let alert =
            GenericAlert::new(types::SCOMO_COMPLETE, ScomoReport::new(result, subject.identifier.as_str()).to_string())
                .source(source.to_string())
                .format(Format::Xml)
                .mark(if result.class() == ResultClass::Success { Mark::Informational } else { Mark::Warning });
        match &subject.node {
            Some(node) => alert.target(node.to_string()),
            None => alert,
        }
    };
    more.iter().map(item).fold(item(first), GenericAlert::and_item)
}

/// Whether a package came from a URL or with the session: the same failure has two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Url,
    Session,
}

/// Why a package is not in the store. Unspecified for those that came with the session, chosen: what keeps them out keeps
/// them from being installed; and a digest that is not the one its server tells is a package that is not validated.
pub(super) const fn of_delivery(failure: Failure, way: Way) -> ScomoResult {
    match (failure, way) {
        (Failure::Fetch(failure), _) => of_fetch(failure),
        (Failure::Storage(ActionFailure::Unsupported), _) => ScomoResult::NOT_IMPLEMENTED,
        (Failure::Storage(ActionFailure::NoSpace) | Failure::TooLong, Way::Url) => ScomoResult::DOWNLOAD_MEMORY,
        (Failure::Storage(ActionFailure::NoSpace) | Failure::TooLong, Way::Session) => ScomoResult::INSTALL_MEMORY,
        (Failure::Storage(_) | Failure::Corrupted, Way::Url) => ScomoResult::DOWNLOAD_FAILED,
        (Failure::Storage(_), Way::Session) => ScomoResult::INSTALL_FAILED,
        (Failure::Corrupted, Way::Session) => ScomoResult::NOT_AUTHENTIC,
        (Failure::Descriptor(status), _) => of_descriptor(status),
        (Failure::Driver, _) => ScomoResult::UNDEFINED,
        (Failure::Cancelled, _) => ScomoResult::USER_CANCELLED,
    }
}

const fn of_fetch(failure: ActionFailure) -> ScomoResult {
    match failure {
        ActionFailure::Unsupported => ScomoResult::NOT_IMPLEMENTED,
        ActionFailure::Network | ActionFailure::Timeout | ActionFailure::BadUrl | ActionFailure::Storage => {
            ScomoResult::DOWNLOAD_FAILED
        }
        ActionFailure::Unauthorized => ScomoResult::DOWNLOAD_AUTHENTICATION,
        ActionFailure::Unavailable => ScomoResult::DOWNLOAD_UNAVAILABLE,
        ActionFailure::Server => ScomoResult::DOWNLOAD_SERVER,
        ActionFailure::NoSpace => ScomoResult::DOWNLOAD_MEMORY,
    }
}

/// As \[mo 6\] suggests; of its two proposals for 953 and 954 the one that says more.
const fn of_descriptor(status: InstallStatus) -> ScomoResult {
    match status.as_u16() {
        901 => ScomoResult::DOWNLOAD_MEMORY,
        902 => ScomoResult::USER_CANCELLED,
        952 => ScomoResult::CLIENT_ERROR,
        953 => ScomoResult::ENVIRONMENT_NOT_SUPPORTED,
        954 => ScomoResult::DOWNLOAD_SERVER,
        _ => ScomoResult::DOWNLOAD_FAILED,
    }
}
