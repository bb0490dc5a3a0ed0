//! LAWMO: lock and wipe \[mo 8.1\].
//!
//! The fact sheet tells names, formats and access; which nodes are required is our choice: what the sheet does not call a
//! part of some devices only, and of the operations each that a device offers.

use omadm_proto::message::Format::{Bool, Chr, Int, Node, Null};
use omadm_proto::wire_codes;

use super::moi;
use super::table::Certainty::Unsure;
use super::table::{E, G, GR, NodeRow, ObjectTable};
use super::view::{Key, MoView, leaf_codes, typed_view};
use crate::ddf::Occurrence::{One, ZeroOrMore, ZeroOrOne};
use crate::node::NodeRef;

/// The nodes of LAWMO.
pub const LAWMO: ObjectTable<'_> = ObjectTable::new("LAWMO", moi::LAWMO, &[LAWMO_ROWS]);

const LAWMO_ROWS: &[NodeRow<'_>] = &[
    NodeRow::fixed("", Node, G, ZeroOrOne).about("Lock and wipe"),
    NodeRow::fixed("State", Int, G, One)
        .also(&[Chr])
        .default("30")
        .about("10 fully locked, 20 partially locked, 30 unlocked"),
    NodeRow::fixed("AvailableWipeList", Node, G, ZeroOrOne)
        .certainty(Unsure)
        .about("What Wipe can remove; some devices let servers add and delete, the standard's occurrence was not seen"),
    NodeRow::new("AvailableWipeList/<x>", Node, G, ZeroOrMore),
    NodeRow::new("AvailableWipeList/<x>/ListItemName", Chr, G, One),
    NodeRow::new("AvailableWipeList/<x>/ToBeWiped", Bool, GR, One)
        .about("Set by the server for what Wipe shall remove"),
    NodeRow::fixed("LAWMOConfig", Node, G, ZeroOrOne)
        .certainty(Unsure)
        .about("Settings; the standard's occurrence was not seen"),
    NodeRow::fixed("LAWMOConfig/NotifyUser", Bool, GR, One),
    NodeRow::fixed("Operations", Node, G, One),
    operation("Operations/FullyLock"),
    operation("Operations/PartiallyLock"),
    operation("Operations/UnLock"),
    operation("Operations/FactoryReset"),
    operation("Operations/Wipe"),
    NodeRow::fixed("Ext", Node, G, ZeroOrOne).open(),
];

const fn operation(path: &str) -> NodeRow<'_> {
    NodeRow::fixed(path, Null, E, ZeroOrOne).also(&[Chr, Node])
}

wire_codes! {
    /// The value of State.
    LawmoState;
    10 FULLY_LOCKED "fully locked",
    20 PARTIALLY_LOCKED "partially locked",
    30 UNLOCKED "unlocked",
}

wire_codes! {
    /// Data of the alert that reports an operation, or its meaning in the Status.
    LawmoResult;
    1200 SUCCESS "success",
    1201 WIPED "wipe data successful",
    1202 WIPED_WITH_LIST "wipe of data and list items successful",
    1400 CLIENT_ERROR "client error",
    1401 USER_CANCELLED "user cancelled",
    1402 FULLY_LOCK_FAILED "fully lock failed",
    1403 PARTIALLY_LOCK_FAILED "partially lock failed",
    1404 UNLOCK_FAILED "unlock failed",
    1405 WIPE_FAILED "wipe failed",
    1406 NOT_WIPED "wipe not performed",
}

leaf_codes!(LawmoState);
super::results!(LawmoResult);

/// An operation of LAWMO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the operations of the standard")]
pub enum LawmoOperation {
    /// Locks everything.
    FullyLock,
    /// Locks in part.
    PartiallyLock,
    /// Unlocks.
    UnLock,
    /// Back to the state of the factory.
    FactoryReset,
    /// Removes what ToBeWiped marks.
    Wipe,
}

typed_view! {
    /// A LAWMO object in a tree.
    LawmoView: [moi::LAWMO]
}

impl<'t> LawmoView<'t> {
    /// State. A device that never wrote it may say 10 although it is unlocked.
    pub const STATE: Key<LawmoState> = Key::new("State");
    /// LAWMOConfig/NotifyUser.
    pub const NOTIFY_USER: Key<bool> = Key::new("LAWMOConfig/NotifyUser");
    /// ListItemName of an entry of the wipe list.
    pub const LIST_ITEM_NAME: Key<str> = Key::new("ListItemName");
    /// ToBeWiped of an entry of the wipe list.
    pub const TO_BE_WIPED: Key<bool> = Key::new("ToBeWiped");

    /// The entries of AvailableWipeList.
    #[must_use]
    pub fn wipe_list(self) -> impl DoubleEndedIterator<Item = MoView<'t>> + use<'t> {
        self.entries("AvailableWipeList")
    }

    /// The operation that an Exec on `node` starts.
    #[must_use]
    pub fn operation(self, node: NodeRef<'t>) -> Option<LawmoOperation> {
        Some(match self.names_to(node)?.as_slice() {
            ["Operations", "FullyLock"] => LawmoOperation::FullyLock,
            ["Operations", "PartiallyLock"] => LawmoOperation::PartiallyLock,
            // The second is an older spelling.
            ["Operations", "UnLock" | "Unlock"] => LawmoOperation::UnLock,
            ["Operations", "FactoryReset"] => LawmoOperation::FactoryReset,
            ["Operations", "Wipe"] => LawmoOperation::Wipe,
            _ => return None,
        })
    }
}
