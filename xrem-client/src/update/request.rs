//! The device, or its user, asks for an update \[mo 5.5\].

use omadm_proto::alert::types;
use omadm_tree::mo::FumoView;
use omadm_tree::tree::Tree;

use crate::outbox::GenericAlert;

/// Who asks for an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the two alerts of the standard")]
pub enum RequestedBy {
    /// The device.
    Device,
    /// Its user.
    User,
}

impl RequestedBy {
    /// The alert; its Source is the firmware object, and its Data is empty.
    pub(crate) fn alert(self, tree: &Tree) -> GenericAlert {
        use alloc::string::ToString as _;
        let type_name = match self {
            Self::Device => types::FUMO_DEVICE_REQUEST,
            Self::User => types::FUMO_USER_REQUEST,
        };
        let alert = GenericAlert::new(type_name, "");
        match FumoView::find(tree) {
            Some(view) => alert.source(view.uri().to_string()),
            None => alert,
        }
    }
}
