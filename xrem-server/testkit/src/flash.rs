//! Two firmware slots and a boot loader that tries a selected slot a few times and then goes back.

use omadm_proto::time::Instant;
use xrem_client::output::{Action, ActionFailure, ActionResult, Place, Slot};

use crate::station::block;

/// Boots that a selected slot gets to confirm itself.
const TRIAL_BOOTS: u8 = 3;

/// The flash memory of a device; it survives everything.
#[derive(Debug, Clone)]
pub struct Flash {
    slots: [Vec<u8>; 2],
    staging: Vec<u8>,
    running: Slot,
    confirmed: Slot,
    trial: Option<(Slot, u8)>,
    broken: Option<Slot>,
    operations: u32,
    selections: u32,
    boots: Vec<(Instant, Slot)>,
}

impl Flash {
    /// Slot A holds `image`, which runs and is confirmed.
    #[must_use]
    pub fn running(image: &[u8]) -> Self {
        Self {
            slots: [image.to_vec(), Vec::new()],
            staging: Vec::new(),
            running: Slot::A,
            confirmed: Slot::A,
            trial: None,
            broken: None,
            operations: 0,
            selections: 0,
            boots: Vec::new(),
        }
    }

    /// The image that runs.
    #[must_use]
    pub fn running_image(&self) -> &[u8] {
        self.slot(self.running)
    }

    /// The slot that runs.
    #[must_use]
    pub const fn running_slot(&self) -> Slot {
        self.running
    }

    /// The slot that the boot loader takes when nothing is on trial.
    #[must_use]
    pub const fn confirmed_slot(&self) -> Slot {
        self.confirmed
    }

    /// Operations that changed it so far.
    #[must_use]
    pub const fn operations(&self) -> u32 {
        self.operations
    }

    /// How often a slot was selected.
    #[must_use]
    pub const fn selections(&self) -> u32 {
        self.selections
    }

    /// Every boot so far: when, and which slot.
    #[must_use]
    pub fn boots(&self) -> &[(Instant, Slot)] {
        &self.boots
    }

    /// The image in `slot` never comes up.
    pub const fn break_slot(&mut self, slot: Slot) {
        self.broken = Some(slot);
    }

    fn slot(&self, slot: Slot) -> &[u8] {
        let [a, b] = &self.slots;
        match slot {
            Slot::A => a,
            Slot::B => b,
        }
    }

    const fn bytes(&mut self, place: Place) -> Option<&mut Vec<u8>> {
        let [a, b] = &mut self.slots;
        match place {
            Place::Slot(Slot::A) => Some(a),
            Place::Slot(Slot::B) => Some(b),
            Place::Staging => Some(&mut self.staging),
            _ => None,
        }
    }

    /// What the boot loader does.
    pub(crate) fn boot(&mut self, now: Instant) -> Slot {
        self.trial = match self.trial {
            Some((slot, left @ 1..)) if Some(slot) != self.broken => Some((slot, left - 1)),
            _ => None,
        };
        self.running = self.trial.map_or(self.confirmed, |(slot, _)| slot);
        self.boots.push((now, self.running));
        self.running
    }

    /// Does what `action` asks; a write may not start behind the end.
    pub(crate) fn perform(&mut self, action: &Action) -> ActionResult {
        self.operations += u32::from(!matches!(action, Action::ReadAt { .. }));
        match action {
            Action::Erase { place, .. } => {
                let Some(bytes) = self.bytes(*place) else { return ActionResult::refused() };
                bytes.clear();
            }
            Action::WriteAt { place, offset, data } => {
                let Some(bytes) = self.bytes(*place) else { return ActionResult::refused() };
                match usize::try_from(*offset) {
                    Ok(offset) if offset <= bytes.len() => bytes.truncate(offset),
                    _ => return ActionResult::Failed(ActionFailure::Storage),
                }
                bytes.extend_from_slice(data);
            }
            Action::ReadAt { place, offset, max_len } => {
                let Some(bytes) = self.bytes(*place) else { return ActionResult::refused() };
                let (data, end) = block(bytes, *offset, *max_len);
                return ActionResult::Block { data, end };
            }
            Action::SelectSlot { slot } => {
                self.selections += 1;
                self.trial = Some((*slot, TRIAL_BOOTS));
            }
            Action::ConfirmSlot { slot } => (self.confirmed, self.trial) = (*slot, None),
            Action::Read(_) | Action::Exec { .. } | Action::Fetch { .. } | Action::Reboot | _ => {
                return ActionResult::refused();
            }
        }
        ActionResult::Done
    }

    /// The power fails in the middle of `action`: half of it is done.
    pub(crate) fn tear(&mut self, action: &Action) {
        if let Action::Erase { place, .. } = action {
            if let Some(bytes) = self.bytes(*place) {
                bytes.truncate(bytes.len() / 2);
            }
        } else if let Action::WriteAt { place, offset, data } = action {
            let half = data.slice(..data.len() / 2);
            self.perform(&Action::WriteAt { place: *place, offset: *offset, data: half });
        }
    }
}
