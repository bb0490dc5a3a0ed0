//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, Result};

/// Whether the user wants out.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens for Ctrl-C from now on.
    pub(crate) fn install() -> Result<Self> {
        let flag = Arc::<AtomicBool>::default();
        let handler = Arc::clone(&flag);
        ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed))
            .map_err(|error| Failure::new(format!("cannot handle Ctrl-C: {error}")))?;
        Ok(Self(flag))
    }

    /// Fails when the user wants out.
    pub(crate) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
    }
}
