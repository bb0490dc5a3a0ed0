//! Two firmware slots, a staging area, and a boot loader that tries a selected slot a few times and then goes back.

use core::hash::{Hash as _, Hasher as _};
use std::hash::DefaultHasher;

use bytes::Bytes;
use omadm_proto::time::Instant;
use qbsdiff::Bspatch;
use xrem_client::output::{Action, ActionFailure, ActionResult, Delta, Place, Slot};

use crate::power::{Cut, Point, Power};
use crate::station::block;

/// The bytes that the patcher writes at once.
const PATCH_BLOCK: usize = 64 << 10;

/// The flash memory of a device; it survives everything.
#[derive(Debug, Clone)]
pub struct Flash {
    slots: [Vec<u8>; 2],
    staging: Vec<u8>,
    running: Slot,
    confirmed: Slot,
    trial: Option<(Slot, u8)>,
    broken: Option<Slot>,
    fixed: bool,
    operations: u32,
    selections: u32,
    boots: Vec<(Instant, Slot)>,
    images: Vec<u64>,
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
            fixed: false,
            operations: 0,
            selections: 0,
            boots: Vec::new(),
            images: Vec::new(),
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

    /// The image that each of these boots started: its [`fingerprint`].
    #[must_use]
    pub fn booted_images(&self) -> &[u64] {
        &self.images
    }

    /// Bytes in `slot` change by themselves.
    pub fn rot(&mut self, slot: Slot) {
        if let Some(byte) = self.bytes(Place::Slot(slot)).and_then(|bytes| bytes.first_mut()) {
            *byte ^= 1;
        }
    }

    /// The image in `slot` never comes up.
    pub const fn break_slot(&mut self, slot: Slot) {
        self.broken = Some(slot);
    }

    /// From now on nobody can choose what boots.
    pub const fn fix(&mut self) {
        self.fixed = true;
    }

    fn slot(&self, slot: Slot) -> &[u8] {
        let [a, b] = &self.slots;
        match slot {
            Slot::A => a,
            Slot::B => b,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "it has no package store")]
    const fn bytes(&mut self, place: Place) -> Option<&mut Vec<u8>> {
        let [a, b] = &mut self.slots;
        match place {
            Place::Slot(Slot::A) => Some(a),
            Place::Slot(Slot::B) => Some(b),
            Place::Staging => Some(&mut self.staging),
            _ => None,
        }
    }

    /// What the boot loader does: it counts a boot on trial before it starts the image.
    pub(crate) fn boot(&mut self, now: Instant, power: &mut Power) -> Slot {
        loop {
            let Some((slot, left @ 1..)) = self.trial.filter(|(slot, _)| Some(*slot) != self.broken) else {
                self.trial = None;
                break;
            };
            let cut = power.reach(Point::Count);
            if matches!(cut, None | Some(Cut::After)) {
                self.trial = Some((slot, left - 1));
            }
            if cut.is_none() {
                break;
            }
            // The power is back, and the loader starts again.
            power.take_strike();
        }
        self.running = self.trial.map_or(self.confirmed, |(slot, _)| slot);
        self.boots.push((now, self.running));
        self.images.push(fingerprint(self.slot(self.running)));
        self.running
    }

    /// Does what `action` asks; `None` when the power fails in it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are no writes")]
    pub(crate) fn perform(&mut self, action: &Action, power: &mut Power) -> Option<ActionResult> {
        self.operations += u32::from(!matches!(action, Action::ReadAt { .. }));
        let point = match action {
            Action::Erase { .. } | Action::WriteAt { .. } => Point::Block,
            Action::SelectSlot { .. } | Action::ConfirmSlot { .. } => Point::Flag,
            Action::ApplyDelta(delta) => return self.patch(delta, power),
            _ => return Some(self.act(action)),
        };
        match power.reach(point) {
            None => return Some(self.act(action)),
            Some(Cut::Before) => {}
            Some(Cut::Torn) => self.tear(action),
            Some(Cut::After) => drop(self.act(action)),
        }
        None
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are not for a flash memory")]
    fn act(&mut self, action: &Action) -> ActionResult {
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
            Action::SelectSlot { .. } if self.fixed => return ActionResult::refused(),
            Action::SelectSlot { slot, tries } => {
                self.selections += 1;
                self.trial = Some((*slot, *tries));
            }
            Action::ConfirmSlot { slot } => (self.confirmed, self.trial) = (*slot, None),
            _ => return ActionResult::refused(),
        }
        ActionResult::Done
    }

    /// Applies a delta, block by block.
    fn patch(&mut self, delta: &Delta, power: &mut Power) -> Option<ActionResult> {
        let patch = self.bytes(delta.patch).map(|bytes| bytes.clone()).unwrap_or_default();
        let mut result = Vec::new();
        let applied = Bspatch::new(&patch).and_then(|patch| patch.apply(self.slot(delta.source), &mut result));
        if applied.is_err() {
            return Some(ActionResult::Failed(ActionFailure::Storage));
        }
        for (at, block) in (0..).step_by(PATCH_BLOCK).zip(result.chunks(PATCH_BLOCK)) {
            let data = Bytes::copy_from_slice(block);
            let write = Action::WriteAt { place: Place::Slot(delta.target), offset: at, data };
            if self.perform(&write, power)? != ActionResult::Done {
                return Some(ActionResult::Failed(ActionFailure::Storage));
            }
        }
        Some(ActionResult::Done)
    }

    /// The power fails in the middle of `action`: half of it is done, and what was being written is anything.
    pub(crate) fn tear(&mut self, action: &Action) {
        if let Action::Erase { place, .. } = action {
            if let Some(bytes) = self.bytes(*place) {
                bytes.truncate(bytes.len() / 2);
            }
        } else if let Action::WriteAt { place, offset, data } = action {
            let (half, rest) = data.split_at(data.len() / 2);
            let torn: Bytes = half.iter().copied().chain(rest.iter().map(|_| 0xA5)).collect();
            self.act(&Action::WriteAt { place: *place, offset: *offset, data: torn });
        }
    }
}

/// Tells images apart.
#[must_use]
pub fn fingerprint(image: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    image.hash(&mut hasher);
    hasher.finish()
}
