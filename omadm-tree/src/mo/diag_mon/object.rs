//! Performance functions and traps, profile `xrem-diag1` \[mo 9.4\].
//!
//! The identifiers are those of DiagMon as registered, the layout is ours: no source showed the tree of the standard. A
//! device that knows the standard's description uses a table of its own. One function is built for each registered
//! identifier that fits, or for [`moi::XREM_PM`]; traps likewise:
//!
//! ```
//! use omadm_tree::Tree;
//! use omadm_tree::mo::{DIAG_FUNCTION, DIAG_TRAP, TrapView};
//!
//! let tree = Tree::builder()
//!     .mo(DIAG_FUNCTION.with_moi("urn:oma:mo:oma-diag:memory:1.0").instance("./DiagMon/memory"))
//!     .mo(DIAG_TRAP.instance("./DiagMon/Traps/overtemperature").fill("Condition", "temperature > 80"))
//!     .build()?;
//! let trap = TrapView::all(&tree).next().ok_or("no trap")?;
//! assert_eq!(trap.read(TrapView::CONDITION), Some("temperature > 80"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::ops::Deref;

use omadm_proto::message::Format::{Bool, Chr, Float, Int, Node, Null, Xml};

use crate::ddf::Occurrence::{One, ZeroOrMore};
use crate::mo::moi;
use crate::mo::table::Certainty::House;
use crate::mo::table::{E, G, GR, NodeRow, ObjectTable};
use crate::mo::view::{Key, MoView};
use crate::node::{AccessType, NodeRef};
use crate::tree::Tree;

/// The nodes of a performance function; [`ObjectTable::with_moi`] gives it the registered identifier.
pub const DIAG_FUNCTION: ObjectTable<'_> = ObjectTable::new("xrem-diag1 function", moi::XREM_PM, &[FUNCTION_ROWS]);

/// The nodes of a trap; [`ObjectTable::with_moi`] gives it the registered identifier.
pub const DIAG_TRAP: ObjectTable<'_> = ObjectTable::new("xrem-diag1 trap", moi::XREM_TRAP, &[TRAP_ROWS]);

const FUNCTION_ROWS: &[NodeRow<'_>] = &[
    row("", Node, G).occurs(ZeroOrMore).about("A performance function"),
    row("Enabled", Bool, GR).about("Collection is on"),
    row("Period", Int, GR).default("60").within(1, 86_400).about("Seconds between samples"),
    row("Upload", Int, GR).within(0, 86_400).about("Seconds between upload alerts; 0 is none"),
    row("Keep", Int, GR).default("100").about("Samples held; the oldest are dropped and counted"),
    row("Data", Xml, G).about("The samples held; reading does not remove them"),
    row("Operations", Node, G),
    row("Operations/Start", Null, E).about("Switches collection on"),
    row("Operations/Stop", Null, E).about("Switches collection off"),
    row("Operations/Report", Null, E).about("Uploads now"),
];

const TRAP_ROWS: &[NodeRow<'_>] = &[
    row("", Node, G).occurs(ZeroOrMore).about("A trap"),
    row("Enabled", Bool, GR).about("Armed"),
    row("Condition", Chr, GR).default("event").about("Metric, operator, number; event if the device raises it itself"),
    row("Hysteresis", Float, GR).about("Distance back over the threshold before it clears"),
    row("HoldSec", Int, GR).about("Seconds the condition must hold before it raises"),
    row("Latch", Bool, GR).about("Stays raised until cleared"),
    row("Severity", Chr, GR)
        .default("warning")
        .one_of(&["fatal", "critical", "minor", "warning", "informational", "harmless"])
        .about("The Mark of its alerts"),
    row("State", Chr, G).default("normal").one_of(&["normal", "raised", "latched"]),
    row("Operations", Node, G),
    row("Operations/Clear", Null, E).about("Ends a latched state"),
    row("Operations/Poll", Null, E).about("Reports the present state"),
];

/// Periods, sample counts and severities without a value in the profile have one here; chosen because a device must start
/// somewhere.
const fn row(path: &str, format: omadm_proto::message::Format, access: AccessType) -> NodeRow<'_> {
    NodeRow::fixed(path, format, access, One).certainty(House)
}

/// A performance function in a tree.
#[derive(Debug, Clone, Copy)]
pub struct DiagFunctionView<'t>(MoView<'t>);

/// A trap in a tree.
#[derive(Debug, Clone, Copy)]
pub struct TrapView<'t>(MoView<'t>);

/// What an Exec on a function or trap starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiagOperation {
    /// Function: switch collection on.
    Start,
    /// Function: switch it off.
    Stop,
    /// Function: upload now.
    Report,
    /// Trap: end the latched state.
    Clear,
    /// Trap: report the present state.
    Poll,
}

impl<'t> DiagFunctionView<'t> {
    /// Enabled.
    pub const ENABLED: Key<bool> = Key::new("Enabled");
    /// Period in seconds.
    pub const PERIOD: Key<u32> = Key::new("Period");
    /// Upload in seconds, 0 for never.
    pub const UPLOAD: Key<u32> = Key::new("Upload");
    /// Keep.
    pub const KEEP: Key<u32> = Key::new("Keep");
    /// Data.
    pub const DATA: Key<str> = Key::new("Data");

    /// The functions of `tree`.
    pub fn all(tree: &'t Tree) -> impl Iterator<Item = Self> + use<'t> {
        objects(tree, is_function).map(Self)
    }

    /// The function that `node` is or lies in.
    #[must_use]
    pub fn around(node: NodeRef<'t>) -> Option<Self> {
        object_around(node, is_function).map(Self)
    }
}

impl<'t> TrapView<'t> {
    /// Enabled.
    pub const ENABLED: Key<bool> = Key::new("Enabled");
    /// Condition.
    pub const CONDITION: Key<str> = Key::new("Condition");
    /// Hysteresis, as text.
    pub const HYSTERESIS: Key<str> = Key::new("Hysteresis");
    /// HoldSec.
    pub const HOLD_SEC: Key<u32> = Key::new("HoldSec");
    /// Latch.
    pub const LATCH: Key<bool> = Key::new("Latch");
    /// Severity.
    pub const SEVERITY: Key<str> = Key::new("Severity");
    /// State: `normal`, `raised`, `latched`.
    pub const STATE: Key<str> = Key::new("State");

    /// The traps of `tree`.
    pub fn all(tree: &'t Tree) -> impl Iterator<Item = Self> + use<'t> {
        objects(tree, is_trap).map(Self)
    }

    /// The trap that `node` is or lies in.
    #[must_use]
    pub fn around(node: NodeRef<'t>) -> Option<Self> {
        object_around(node, is_trap).map(Self)
    }
}

/// The operation that an Exec on `node` starts in the function or trap it lies in.
#[must_use]
pub fn diag_operation(node: NodeRef<'_>) -> Option<DiagOperation> {
    let function = DiagFunctionView::around(node);
    let object = function.map(|view| view.0).or_else(|| TrapView::around(node).map(|view| view.0))?;
    match (object.names_to(node)?.as_slice(), function.is_some()) {
        (["Operations", "Start"], true) => Some(DiagOperation::Start),
        (["Operations", "Stop"], true) => Some(DiagOperation::Stop),
        (["Operations", "Report"], true) => Some(DiagOperation::Report),
        (["Operations", "Clear"], false) => Some(DiagOperation::Clear),
        (["Operations", "Poll"], false) => Some(DiagOperation::Poll),
        _ => None,
    }
}

fn is_function(moi: &str) -> bool {
    moi::canonical(moi).starts_with("urn:oma:mo:oma-diag:") || moi == moi::XREM_PM
}

fn is_trap(moi: &str) -> bool {
    moi.starts_with("urn:oma:mo:oma-diagmontrap:") || moi == moi::XREM_TRAP
}

fn objects(tree: &Tree, is: fn(&str) -> bool) -> impl Iterator<Item = MoView<'_>> {
    tree.root().subtree().filter(move |node| node.is_interior() && is(node.type_name())).map(MoView::at)
}

fn object_around(node: NodeRef<'_>, is: fn(&str) -> bool) -> Option<MoView<'_>> {
    let mut at = node;
    while !(at.is_interior() && is(at.type_name())) {
        at = at.parent()?;
    }
    Some(MoView::at(at))
}

impl<'t> Deref for DiagFunctionView<'t> {
    type Target = MoView<'t>;

    fn deref(&self) -> &MoView<'t> {
        &self.0
    }
}

impl<'t> Deref for TrapView<'t> {
    type Target = MoView<'t>;

    fn deref(&self) -> &MoView<'t> {
        &self.0
    }
}
