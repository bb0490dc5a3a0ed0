//! Faults: what is wrong with which node, and what was \[mission-matrix N3, mo 9.4\].
//!
//! An [`Alarm`] is one trap of one device: its newest transition, and what is known of the earlier ones. A report changes it
//! as if everything had come in order and once: transitions are ordered by the device's own count, so neither duplicates nor
//! detours make a difference, and every transition goes into the history once. An alert that counts nothing (another
//! profile, a vendor's) and the server's own faults are ordered as they come, and only a change counts.
//!
//! | file | its one job |
//! |---|---|
//! | `alarm` | one alarm: which report is new, late, or a repetition |
//! | `alarms` | the alarms that a step needs, and what it changed |
//! | `report` | what is told about a fault, by whom |
//! | `transition` | one line of the history, and what subscribers are told |
//! | `seen` | the numbers of the transitions that came |
//! | `filter` | which faults somebody wants to see |
//! | `subscription` | the current list first, then every transition once |
//! | `trap` | the commands that arm, disarm and poll a trap |
//! | `port`, `memory` | what a database offers, and the one in memory |
//!
//! A poll is an ordinary task with an Exec of the trap's Operations/Poll ([`poll`]). The alert that answers it and the alert
//! that comes by itself are the same report from two sources, and both are noted on the one alarm.
//!
//! Unspecified, chosen: a device whose numbers begin anew (it was reset) is recognised by a number that came before with a
//! later time of the device; its alarm goes on in the next generation. For alerts without numbers the Mark decides: `warning`
//! and above raise, `informational` and below clear what is raised, because no Mark says that a fault is over.

mod alarm;
mod alarms;
mod filter;
mod memory;
mod port;
mod report;
mod seen;
mod subscription;
mod transition;
mod trap;

pub use alarm::{Acknowledgement, Alarm, Sources};
pub use alarms::{Alarms, TooManyAlarms};
pub use filter::Filter;
pub(crate) use memory::FaultMemory;
pub use port::{FmStore, HistoryQuery, Order};
pub use report::{OwnFault, Report};
pub use subscription::{Notice, Subscription};
pub use transition::{AlarmKey, AlarmState, FaultEvent, Origin, Source, Standing, Transition, TransitionKey};
pub(crate) use trap::POLL;
pub use trap::{Condition, ConditionError, TrapSettings, activate, deactivate, poll};

/// Traps of one device that are known at a time; the reports of more are refused until old ones are forgotten.
pub const MAX_ALARMS: usize = 256;
