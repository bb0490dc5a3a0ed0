//! Faults as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

/// An alarm: the newest transition of one trap of one node.
#[derive(Serialize, ToSchema)]
pub(crate) struct Fault {
    #[serde(flatten)]
    newest: Transition,
    /// On which ways it was told: `autonomous`, `requested`.
    sources: Vec<String>,
    acknowledged: Option<Acknowledged>,
}

/// Who took note of an alarm.
#[derive(Serialize, ToSchema)]
pub(crate) struct Acknowledged {
    by: String,
    at: String,
}

/// One transition of an alarm.
#[derive(Serialize, ToSchema)]
pub(crate) struct Transition {
    node: String,
    /// The trap; `nrem:` stands before those of the server itself.
    trap: String,
    /// `raised`, `cleared` or `disarmed`.
    state: String,
    /// `fatal`, `critical`, `minor`, `warning`, `informational`, `harmless` or `indeterminate`.
    severity: String,
    /// How often the device began to count anew.
    generation: u32,
    /// Its number by the count of the device.
    seq: u64,
    /// When, by the clock of the device.
    at: Option<String>,
    /// When the server heard of it.
    arrived: String,
    /// Who tells of it: `trap`, `alert` or `server`.
    origin: String,
    /// `autonomous`, or `requested` by a poll.
    source: String,
    /// The type of the alert, if it is not a trap's.
    r#type: Option<String>,
    cause: Option<String>,
    problem: Option<String>,
    value: Option<f64>,
}

/// A page of the alarms that are raised, by node and trap.
#[derive(Serialize, ToSchema)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
    /// What `after` is for the next page; null behind the last one.
    next: Option<String>,
}

/// A page of the history.
#[derive(Serialize, ToSchema)]
pub(crate) struct Transitions {
    transitions: Vec<Transition>,
    /// What `after` is for the next page; null behind the last one.
    next: Option<String>,
}
