//! DCMO: one object for each capability of the device that can be switched \[mo 8.2\].
//!
//! Occurrences are those of the one implementation that was seen, whose formats are all `chr`; the booleans are `bool`
//! here, as the standard is believed to have them. Which result codes 1401 and above mean what was not found.

use omadm_proto::message::Format::{Bool, Chr, Node, Null};
use omadm_proto::wire_codes;

use super::moi;
use super::table::Certainty::Unsure;
use super::table::{E, G, GR, NodeRow, ObjectTable};
use super::view::{Key, typed_view};
use crate::ddf::Occurrence::{self, One, ZeroOrOne};
use crate::node::NodeRef;

/// The nodes of DCMO.
pub const DCMO: ObjectTable<'_> = ObjectTable::new("DCMO", moi::DCMO, &[DCMO_ROWS]);

/// The values of Group.
pub const DCMO_GROUPS: [&str; 6] = ["Hardware", "I/O", "IO", "Connectivity", "Software", "Service"];

const DCMO_ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("", Node, G, ZeroOrOne)
        .about("One capability of the device; as many objects as there are capabilities"),
    NodeRow::fixed("Property", Chr, G, One),
    NodeRow::fixed("Group", Chr, G, One).one_of(&DCMO_GROUPS).about("IO is the spelling of one implementation for I/O"),
    NodeRow::fixed("Description", Chr, G, One),
    switch("Attached", G, One).about("Whether removable hardware is present; format chr in one implementation"),
    switch("Enabled", G, One).about("Format chr in one implementation"),
    NodeRow::fixed("DCMOConfig", Node, G, One),
    switch("DCMOConfig/DenyUserEnable", GR, ZeroOrOne).about("Whether servers may Replace is not certain"),
    switch("DCMOConfig/NotifyUser", GR, One).about("Whether servers may Replace is not certain"),
    NodeRow::fixed("Operations", Node, G, One).certainty(Unsure).about("Occurrence not seen"),
    NodeRow::fixed("Operations/Enable", Null, E, One).also(&[Chr, Node]),
    NodeRow::fixed("Operations/Disable", Null, E, One).also(&[Chr, Node]),
    NodeRow::fixed("Operations/Ext", Node, G, One).open(),
    NodeRow::fixed("Ext", Node, G, One).open(),
];

const fn switch(path: &str, access: crate::node::AccessType, occurrence: Occurrence) -> NodeRow<'_> {
    NodeRow::fixed(path, Bool, access, occurrence).also(&[Chr]).certainty(Unsure)
}

wire_codes! {
    /// Data of the alert that reports an operation.
    DcmoResult;
    1200 SUCCESS "success",
}

super::results!(DcmoResult);

/// An operation of DCMO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DcmoOperation {
    /// Switches the capability on.
    Enable,
    /// Switches it off.
    Disable,
}

typed_view! {
    /// A DCMO object in a tree.
    DcmoView: [moi::DCMO]
}

impl<'t> DcmoView<'t> {
    /// Property.
    pub const PROPERTY: Key<str> = Key::new("Property");
    /// Group, one of [`DCMO_GROUPS`].
    pub const GROUP: Key<str> = Key::new("Group");
    /// Description.
    pub const DESCRIPTION: Key<str> = Key::new("Description");
    /// Attached.
    pub const ATTACHED: Key<bool> = Key::new("Attached");
    /// Enabled.
    pub const ENABLED: Key<bool> = Key::new("Enabled");
    /// DCMOConfig/DenyUserEnable.
    pub const DENY_USER_ENABLE: Key<bool> = Key::new("DCMOConfig/DenyUserEnable");
    /// DCMOConfig/NotifyUser.
    pub const NOTIFY_USER: Key<bool> = Key::new("DCMOConfig/NotifyUser");

    /// The operation that an Exec on `node` starts.
    #[must_use]
    pub fn operation(self, node: NodeRef<'t>) -> Option<DcmoOperation> {
        match self.names_to(node)?.as_slice() {
            ["Operations", "Enable"] => Some(DcmoOperation::Enable),
            ["Operations", "Disable"] => Some(DcmoOperation::Disable),
            _ => None,
        }
    }
}
