//! Traps that the device raises itself: Condition `event` \[mo 9.4\].

use alloc::string::String;

use omadm_tree::mo::diag_mon::Decimal;
use omadm_tree::uri::NodeUri;

use super::Monitor;
use super::trap::Told;
use crate::drem::Context;

/// What a device tells about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrapEvent {
    told: Told,
}

/// Why an event raises or clears nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrapError {
    /// There is no such trap.
    #[error("{0} is no trap of the tree: give the address of the trap's own node")]
    NoTrap(NodeUri),
    /// The trap watches a metric.
    #[error("the trap {0} watches a metric: only one with the Condition \"event\" is raised and cleared by the device")]
    Measured(NodeUri),
}

impl TrapEvent {
    /// An event that nothing more is known about.
    #[must_use]
    pub const fn new() -> Self {
        Self { told: Told { cause: None, problem: None, value: None } }
    }

    /// The same with its cause, in words; 1024 bytes are reported.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.told.cause = Some(cause.into());
        self
    }

    /// The same with what the matter is, in words; 1024 bytes are reported.
    #[must_use]
    pub fn problem(mut self, problem: impl Into<String>) -> Self {
        self.told.problem = Some(problem.into());
        self
    }

    /// The same with a value.
    #[must_use]
    pub const fn value(mut self, value: Decimal) -> Self {
        self.told.value = Some(value);
        self
    }
}

impl Default for TrapEvent {
    fn default() -> Self {
        Self::new()
    }
}

impl Monitor {
    /// The event of `trap` is there, or over. A trap that is not armed takes no notice.
    pub(crate) fn happened(
        &mut self,
        ctx: &mut Context<'_>,
        uri: NodeUri,
        event: Option<TrapEvent>,
    ) -> Result<(), TrapError> {
        self.refresh(ctx);
        let time = self.clock.utc(ctx.now);
        let Some(trap) = self.traps.get_mut(&uri).filter(|trap| trap.settings.is_some()) else {
            return Err(TrapError::NoTrap(uri));
        };
        if trap.comparison().is_some() {
            return Err(TrapError::Measured(uri));
        }
        let event = event.map(|event| event.told);
        let change = if trap.is_event() { trap.happened(ctx.now, time, event) } else { None };
        if let Some(change) = change {
            self.follow(ctx, &uri, change);
        }
        Ok(())
    }
}
